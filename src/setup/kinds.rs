//! The kinds of objects, in the order in which they are written: what is referred to comes first.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    Center,
    Skill,
    Group,
    Hours,
    Queue,
    Agent,
    User,
    Flow,
    Trunk,
    Number,
    Reason,
    Disposition,
    Campaign,
    Alert,
    Scorecard,
}

impl Kind {
    pub const ALL: [Self; 15] = [
        Self::Center,
        Self::Skill,
        Self::Group,
        Self::Hours,
        Self::Queue,
        Self::Agent,
        Self::User,
        Self::Flow,
        Self::Trunk,
        Self::Number,
        Self::Reason,
        Self::Disposition,
        Self::Campaign,
        Self::Alert,
        Self::Scorecard,
    ];

    /// As in files and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Center => "center",
            Self::Skill => "skill",
            Self::Group => "group",
            Self::Hours => "hours",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::User => "user",
            Self::Flow => "flow",
            Self::Trunk => "trunk",
            Self::Number => "number",
            Self::Reason => "reason",
            Self::Disposition => "disposition",
            Self::Campaign => "campaign",
            Self::Alert => "alert",
            Self::Scorecard => "scorecard",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
