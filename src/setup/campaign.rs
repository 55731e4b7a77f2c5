//! A campaign: whom its calls are for, by whom and when they are made, and what follows on each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Found;
use super::model::{CenterModel, HoursModel, Label};
use super::{CenterIds, Kind};
use crate::base::Number;
use crate::campaign::{AttemptRules, CallHours, Counting, FollowUp, Hours, Mode};
use crate::center::calling::CampaignRule;
use crate::center::desk::Words;

/// What is said of a campaign. Its lists, its state and its figures are rows of the store, by its key.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignModel {
    pub name: Label,
    /// What its calls are for: for people, and for the records of what was done with their data.
    pub purpose: String,
    /// What the agent reads to the called.
    pub script: Label,
    /// How calls are started: `{ mode = "preview", limit_s = 60 }`.
    pub mode: Mode,
    /// Key of the queue whose agents make the calls, and whose recording, wrap-up and dispositions hold for them.
    pub queue: String,
    /// Numbers of ours that the called are shown, in turn; none: as the queue, else the center, has it.
    pub caller_ids: Vec<String>,
    /// Key of the hours in which people may be called, by the clock on their wall; a day of `special` is a holiday.
    /// `None`: 8 a.m. to 9 p.m. on every day.
    pub hours: Option<String>,
    /// IANA zone of the called of whom the list says none; `None`: the center's.
    pub timezone: Option<String>,
    /// How often and when somebody is tried again, by how the last call ended.
    pub attempts: AttemptRules,
    /// What follows a disposition: `{ refused = "do_not_call", later = { again = { after_min = 60 } } }`. One that is
    /// not named ends the entry: a person was spoken with.
    pub after: BTreeMap<String, FollowUp>,
    /// How long the phone of the called rings, seconds. 15-120.
    pub ring_s: u32,
    /// Calls at once. 1-1,000.
    pub lines: u32,
    /// The law by which abandoned calls are counted.
    pub counting: Counting,
    /// Of a million answered calls at most so many are abandoned. 1-500,000.
    pub cap_ppm: u32,
}

impl Default for CampaignModel {
    fn default() -> Self {
        Self {
            name: Label::default(),
            purpose: String::new(),
            script: Label::default(),
            mode: Mode::Progressive,
            queue: String::new(),
            caller_ids: Vec::new(),
            hours: None,
            timezone: None,
            attempts: AttemptRules::default(),
            after: BTreeMap::new(),
            ring_s: 25,
            lines: 60,
            counting: Counting::default(),
            cap_ppm: 30_000,
        }
    }
}

/// Longest text of a campaign: a script of some pages.
const TEXT_MAX: usize = 8_192;
/// Numbers shown in turn.
const CALLER_IDS_MAX: usize = 200;
/// Tries of one entry.
const TRIES_MAX: u8 = 30;
/// A try is not put off for longer: thirty days.
const LATEST_MIN: u32 = 30 * 24 * 60;
/// An agent reads no longer before a call.
const PREVIEW_MAX_S: u32 = 600;

pub(super) fn check(model: &CenterModel, campaign: &CampaignModel, found: &mut Found) {
    found.known(&["queue"], &model.queues, Kind::Queue, &campaign.queue);
    if let Some(hours) = &campaign.hours {
        found.known(&["hours"], &model.hours, Kind::Hours, hours);
        if model.hours.get(hours).is_some_and(|hours| call_hours(hours).weekly.is_empty()) {
            found.add(&["hours"], "on no day of these hours may anybody be called");
        }
    }
    if let Some(zone) = &campaign.timezone {
        super::check::zone(&["timezone"], zone, found);
    }
    for number in &campaign.caller_ids {
        if Number::parse(number, &model.center.region).is_err() {
            found.add(&["caller_ids"], format!("`{number}` is no number"));
        }
    }
    if campaign.caller_ids.len() > CALLER_IDS_MAX {
        found.add(&["caller_ids"], format!("more than {CALLER_IDS_MAX} numbers"));
    }
    for (key, follow_up) in &campaign.after {
        found.known(&["after", key], &model.dispositions, Kind::Disposition, key);
        if matches!(follow_up, FollowUp::Again { after_min } if !(1..=LATEST_MIN).contains(after_min)) {
            found.add(&["after", key], format!("after_min is 1 to {LATEST_MIN}"));
        }
    }
    let script: &[&str] = &["en", "zh"];
    if campaign.purpose.len() > TEXT_MAX || script.iter().any(|it| campaign.script.in_language(it).len() > TEXT_MAX) {
        found.add(&["script"], format!("a text has at most {TEXT_MAX} bytes"));
    }
    numbers(campaign, found);
}

fn numbers(campaign: &CampaignModel, found: &mut Found) {
    if !(15..=120).contains(&campaign.ring_s) {
        found.add(&["ring_s"], "is 15 to 120: an unanswered call rings at least 15 seconds");
    }
    if !(1..=1_000).contains(&campaign.lines) {
        found.add(&["lines"], "is 1 to 1000");
    }
    if !(1..=500_000).contains(&campaign.cap_ppm) {
        found.add(&["cap_ppm"], "is 1 to 500000: 30000 is 3 of 100");
    }
    if !(1..=TRIES_MAX).contains(&campaign.attempts.most) {
        found.add(&["attempts"], format!("most is 1 to {TRIES_MAX}"));
    }
    let too_late = |after_min: u32| !(1..=LATEST_MIN).contains(&after_min);
    if campaign.attempts.by.values().any(|retry| too_late(retry.after_min) || retry.most > TRIES_MAX) {
        found.add(&["attempts"], format!("after_min is 1 to {LATEST_MIN}, most at most {TRIES_MAX}"));
    }
    match campaign.mode {
        Mode::Preview { limit_s } if !(5..=PREVIEW_MAX_S).contains(&limit_s) => {
            found.add(&["mode"], format!("limit_s is 5 to {PREVIEW_MAX_S}"));
        }
        Mode::Manual | Mode::Preview { .. } | Mode::Progressive => {}
        Mode::Power { .. } | Mode::Predictive | Mode::Agentless { .. } => {
            found.add(&["mode"], "the center makes calls in the modes `manual`, `preview` and `progressive`");
        }
    }
}

/// The week as hours of the called; whatever day is special is none on which anybody is called.
fn call_hours(hours: &HoursModel) -> CallHours {
    let mut weekly = Vec::new();
    for (day, name) in (1..=7).zip(super::configuration::DAYS) {
        for span in hours.week.get(name).into_iter().flatten() {
            weekly.push(Hours { day, from_min: span.from_min, to_min: span.to_min });
        }
    }
    CallHours { weekly, holidays: hours.special.keys().filter_map(|date| date.parse().ok()).collect() }
}

/// In both languages; without a name, the key.
fn name(key: &str, name: &Label) -> Words {
    let text = |language| match name.in_language(language) {
        "" => key.to_owned(),
        text => text.to_owned(),
    };
    Words { en: text("en"), zh: text("zh") }
}

pub(super) fn rules(model: &CenterModel, ids: &CenterIds) -> Vec<CampaignRule> {
    let rule = |(key, campaign): (&str, &CampaignModel)| {
        let hours = campaign.hours.as_ref().and_then(|hours| model.hours.get(hours));
        let caller_id = |number: &String| Number::parse(number, &model.center.region).ok().map(|it| it.to_string());
        let script = |language| campaign.script.in_language(language).to_owned();
        Some(CampaignRule {
            key: key.to_owned(),
            name: name(key, &campaign.name),
            script: Words { en: script("en"), zh: script("zh") },
            mode: campaign.mode,
            queue: *ids.queues.get(&campaign.queue)?,
            caller_ids: campaign.caller_ids.iter().filter_map(caller_id).collect(),
            hours: hours.map_or_else(CallHours::default, call_hours),
            attempts: campaign.attempts.clone(),
            after: campaign.after.clone(),
            ring_s: campaign.ring_s,
            lines: campaign.lines,
            counting: campaign.counting,
            cap_ppm: campaign.cap_ppm,
            zone: campaign.timezone.clone().unwrap_or_else(|| model.center.timezone.clone()),
        })
    };
    model.campaigns.iter().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use crate::setup::{print, read};

    const CENTER: &str = r#"
[hours.day]
week = { mon = ["09:00-18:00"] }
special = { "2026-10-01" = [] }
[queue.sales]
[disposition.no]
[campaign.care]
name = { en = "After the warranty", zh = "保修回访" }
purpose = "care"
mode = { mode = "preview", limit_s = 60 }
queue = "sales"
hours = "day"
caller_ids = ["+4930123456"]
attempts = { most = 3, by = { busy = { most = 2, after_min = 15 } } }
after = { no = "do_not_call" }
"#;

    fn mistakes(change: (&str, &str)) -> String {
        let found = read(&CENTER.replace(change.0, change.1)).err().unwrap_or_default();
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_campaign_is_read_checked_and_printed_again() {
        let model = read(CENTER).unwrap();
        assert_eq!(read(&print(&model).unwrap()).unwrap(), model);
        let rules = super::rules(&model, &crate::setup::CenterIds::default().completed(&model));
        assert_eq!(rules[0].hours.weekly.len(), 1);
        assert_eq!(rules[0].hours.holidays.len(), 1);
        assert_eq!(rules[0].name.zh, "保修回访");
    }

    #[test]
    fn what_cannot_be_is_told() {
        for (change, told) in [
            (("queue = \"sales\"", "queue = \"gone\""), "there is no queue `gone`"),
            (("hours = \"day\"", "hours = \"night\""), "there is no hours `night`"),
            (("+4930123456", "sales"), "`sales` is no number"),
            (("limit_s = 60", "limit_s = 1"), "limit_s is 5 to 600"),
            (
                ("{ mode = \"preview\", limit_s = 60 }", "{ mode = \"predictive\" }"),
                "the center makes calls in the modes",
            ),
            (("most = 3,", "most = 0,"), "most is 1 to 30"),
            (("{ no = \"do_not_call\" }", "{ yes = \"do_not_call\" }"), "there is no disposition `yes`"),
            (("{ no = \"do_not_call\" }", "{ no = { again = { after_min = 0 } } }"), "after_min is 1 to"),
            (("purpose = \"care\"", "ring_s = 5"), "is 15 to 120"),
            (("purpose = \"care\"", "cap_ppm = 0"), "is 1 to 500000"),
            (("purpose = \"care\"", "timezone = \"Nowhere\""), "Nowhere"),
            (("purpose = \"care\"", "colour = 1"), "colour"),
        ] {
            assert!(mistakes(change).contains(told), "{told}: {}", mistakes(change));
        }
    }
}
