//! What the center goes by in one campaign.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Instant, Number, QueueId};
use crate::campaign::{AttemptRules, CallHours, Counting, DialId, FollowUp, Law, Mode, Settings};
use crate::center::desk::Words;
use crate::dialplan::Language;

/// A campaign as it is set up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CampaignRule {
    pub key: String,
    pub name: Words,
    /// What the agent reads to the called.
    pub script: Words,
    pub mode: Mode,
    /// Whose agents make the calls.
    pub queue: QueueId,
    /// Shown in turn; none: as the queue has it.
    pub caller_ids: Vec<String>,
    pub hours: CallHours,
    pub attempts: AttemptRules,
    /// What follows a disposition, by its key.
    pub after: BTreeMap<String, FollowUp>,
    pub ring_s: u32,
    pub lines: u32,
    pub counting: Counting,
    pub cap_ppm: u32,
    /// IANA zone: its midnights begin the windows of the law.
    pub zone: String,
    /// What is spoken where nobody speaks; `None`: as the center has it.
    pub language: Option<Language>,
    /// Sounds for whoever answered and could not be spoken with in time; the number that the call shows is said after them.
    pub sorry: Vec<String>,
    /// Flow of the dialplan that leads whoever answers, where no agent is wanted.
    pub flow: Option<String>,
}

/// A call to somebody begins with a ring at the agent's own phone: for so long its ringing counts longer.
const OWN_RING: Duration = Duration::from_secs(3);

impl CampaignRule {
    /// Of the pacer; `kept`: the law under which the campaign began, if it did.
    pub fn pace(&self, began: Instant, kept: Option<&Law>) -> Settings {
        let begin = match self.counting {
            Counting::Ofcom => midnight(&self.zone, began),
            Counting::Ftc => began,
        };
        let law = Law { counting: self.counting, cap: self.cap_ppm, begin, mistaken: 0 };
        Settings {
            law: kept.copied().unwrap_or(law),
            mode: self.mode,
            ring: Duration::from_secs(self.ring_s.into()) + if self.mode.binds() { OWN_RING } else { Duration::ZERO },
            lines: self.lines as usize,
        }
    }

    /// The number of ours that this call shows: of those with most digits in common with the number the next in turn.
    pub fn caller_id(&self, number: &Number, dial: DialId) -> Option<&str> {
        let common = |shown: &str| shown.bytes().zip(number.as_str().bytes()).take_while(|(a, b)| a == b).count();
        let country = self.caller_ids.iter().map(|shown| common(shown)).max()?;
        let nearest: Vec<&String> = self.caller_ids.iter().filter(|shown| common(shown) == country).collect();
        let turn = usize::try_from(dial.0).unwrap_or(0) % nearest.len().max(1);
        nearest.get(turn).map(|shown| shown.as_str())
    }
}

/// The midnight in this zone before or at this time.
fn midnight(zone: &str, at: Instant) -> Instant {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let begin = || {
        let stamp = jiff::Timestamp::from_microsecond(i64::try_from(at.as_micros()).ok()?).ok()?;
        let micros = stamp.to_zoned(zone).start_of_day().ok()?.timestamp().as_microsecond();
        u64::try_from(micros).ok().map(Instant::from_micros)
    };
    begin().unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_at_a_midnight_of_the_campaigns_zone() {
        let at = Instant::read("2026-07-15T22:30:00Z", Instant::ZERO).unwrap();
        let begin = Instant::read("2026-07-15T22:00:00Z", Instant::ZERO).unwrap();
        assert_eq!(midnight("Europe/Berlin", at), begin);
        assert_eq!(midnight("Nowhere/Land", at), Instant::read("2026-07-15T00:00:00Z", Instant::ZERO).unwrap());
    }

    #[test]
    fn the_shown_number_is_of_the_same_place_and_in_turn() {
        let ids = ["+493011", "+493012", "+8621", "+4989"].map(str::to_owned).to_vec();
        let rule = CampaignRule { caller_ids: ids, ..CampaignRule::example() };
        let shown = |number: &str, dial| rule.caller_id(&Number::parse(number, "DE").unwrap(), DialId(dial));
        assert_eq!(shown("+4930998877", 0), Some("+493011"));
        assert_eq!(shown("+4930998877", 1), Some("+493012"));
        assert_eq!(shown("+862155500100", 5), Some("+8621"));
        let none = CampaignRule { caller_ids: Vec::new(), ..CampaignRule::example() };
        assert_eq!(none.caller_id(&Number::parse("+4930998877", "DE").unwrap(), DialId(0)), None);
    }

    impl CampaignRule {
        fn example() -> Self {
            Self {
                key: "care".to_owned(),
                name: Words { en: "Care".to_owned(), zh: "关怀".to_owned() },
                script: Words::default(),
                mode: Mode::Progressive,
                queue: QueueId(1),
                caller_ids: Vec::new(),
                hours: CallHours::default(),
                attempts: AttemptRules::default(),
                after: BTreeMap::new(),
                ring_s: 25,
                lines: 10,
                counting: Counting::Ofcom,
                cap_ppm: 30_000,
                zone: "UTC".to_owned(),
                language: None,
                sorry: Vec::new(),
                flow: None,
            }
        }
    }
}
