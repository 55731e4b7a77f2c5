//! How often and when somebody is tried again, by how the last call ended.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a call to somebody ended, for the next try.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attempted {
    Busy,
    NoAnswer,
    Machine,
    Failed,
    /// Answered, and no agent could speak.
    Abandoned,
    /// It was not made, or taken back before it was answered.
    TakenBack,
    /// They spoke to an agent: what follows is the disposition's business.
    Spoken,
    /// They answered, and were led by the flow of the campaign. It may say what follows.
    Played,
}

/// The tries of one entry so far, by how they ended; the last two kinds are never tried again by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tries([u8; 6]);

impl Tries {
    fn at(of: Attempted) -> Option<usize> {
        (of < Attempted::Spoken).then_some(of as usize)
    }

    /// Calls that ended so.
    pub fn of(&self, ended: Attempted) -> u8 {
        Self::at(ended).and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }

    /// All calls; those that were taken back have not reached anybody and do not count.
    pub fn all(&self) -> u8 {
        let back = self.of(Attempted::TakenBack);
        self.0.iter().fold(0_u8, |sum, count| sum.saturating_add(*count)).saturating_sub(back)
    }

    fn add(&mut self, ended: Attempted) {
        if let Some(count) = Self::at(ended).and_then(|at| self.0.get_mut(at)) {
            *count = count.saturating_add(1);
        }
    }
}

/// Try again: at most so many calls that end so, and not before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    pub most: u8,
    pub after_min: u32,
}

/// The rules of a campaign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttemptRules {
    /// Calls to one entry, however they end.
    pub most: u8,
    /// Where an ending is not named, there is no other try.
    pub by: BTreeMap<Attempted, Retry>,
}

impl Default for AttemptRules {
    /// Six calls. A machine is tried again after a day and an abandoned person after three: Ofcom's statement of
    /// 2010 asks for an agent's guaranteed presence before that.
    fn default() -> Self {
        let by = [
            (Attempted::Busy, Retry { most: 3, after_min: 15 }),
            (Attempted::NoAnswer, Retry { most: 4, after_min: 120 }),
            (Attempted::Machine, Retry { most: 2, after_min: 24 * 60 }),
            (Attempted::Abandoned, Retry { most: 1, after_min: 72 * 60 }),
            (Attempted::TakenBack, Retry { most: 5, after_min: 15 }),
        ];
        Self { most: 6, by: by.into() }
    }
}

/// What follows a conversation, by what the agent says it came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FollowUp {
    /// They were spoken with, and are not called again.
    Done,
    /// It was a machine: it earns nothing, and is tried again as the rules say.
    Machine,
    /// They are never called again, by no campaign.
    DoNotCall,
    /// They are called once more, not before.
    Again { after_min: u32 },
}

impl AttemptRules {
    /// Counts a call; how long to wait before the next, `None`: there is none.
    ///
    /// `most: 1` for an ending lets one call end so and allows one more call after it; the second such end is the last.
    pub fn after(&self, tries: &mut Tries, ended: Attempted) -> Option<Duration> {
        tries.add(ended);
        Tries::at(ended)?;
        let retry = self.by.get(&ended)?;
        let more = tries.all() < self.most && tries.of(ended) <= retry.most;
        more.then(|| Duration::from_secs(u64::from(retry.after_min) * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ending_has_its_own_patience_and_all_have_one_limit() {
        let rules = AttemptRules::default();
        let mut tries = Tries::default();
        let mut after = |ended| rules.after(&mut tries, ended).map(|span| span.as_secs() / 60);
        assert_eq!(after(Attempted::Busy), Some(15));
        assert_eq!(after(Attempted::Busy), Some(15));
        assert_eq!(after(Attempted::NoAnswer), Some(120));
        assert_eq!(after(Attempted::TakenBack), Some(15), "nobody was reached: it is no call");
        assert_eq!(after(Attempted::Machine), Some(24 * 60));
        assert_eq!(after(Attempted::Busy), Some(15));
        assert_eq!(after(Attempted::NoAnswer), None, "the sixth call");
        assert_eq!(rules.after(&mut Tries::default(), Attempted::Failed), None);
        assert_eq!(rules.after(&mut Tries::default(), Attempted::Spoken), None);
        let spoken = [Attempted::Spoken, Attempted::Played].map(|ended| (ended, Retry { most: 3, after_min: 1 }));
        let eager = AttemptRules { most: 6, by: spoken.into() };
        assert_eq!(eager.after(&mut Tries::default(), Attempted::Played), None, "nobody hears it time and again");
        let mut tries = Tries::default();
        assert!(rules.after(&mut tries, Attempted::Abandoned).is_some());
        assert_eq!(rules.after(&mut tries, Attempted::Abandoned), None);
    }
}
