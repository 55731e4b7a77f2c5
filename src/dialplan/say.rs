//! (being built) Prompts -> names of sounds, in the grammar of each language.

use serde::{Deserialize, Serialize};

use super::Prompt;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Zh,
    En,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// `zh`, `en`: the folder of its sounds and the value of `var.language`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == text)
    }
}

/// Names of the sounds to be played one after another, as the media plane knows them: `zh/welcome`.
pub fn sounds(_language: Language, _prompts: &[Prompt]) -> Vec<String> {
    Vec::new()
}

/// What a waiting caller is told: the place in the line (1 is next) and, if known, about how long.
pub fn position(_position: u32, _estimate_s: Option<u32>) -> Vec<Prompt> {
    Vec::new()
}
