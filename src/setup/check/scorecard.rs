//! Mistakes of scorecards.

use std::collections::BTreeSet;

use super::Found;
use crate::quality::{ITEMS_MAX, POINTS_MAX, SECTIONS_MAX, WEIGHT_MAX};
use crate::setup::Kind;
use crate::setup::model::{CenterModel, PickModel, ScorecardModel, SectionModel};

const KEY_MAX: usize = 40;

pub(super) fn scorecard(model: &CenterModel, card: &ScorecardModel, found: &mut Found) {
    found.known_all(&["queues"], &model.queues, Kind::Queue, &card.queues);
    if !(1..=SECTIONS_MAX).contains(&card.sections.len()) {
        found.add(&["sections"], format!("a scorecard has 1 to {SECTIONS_MAX} sections"));
    }
    let mut keys = BTreeSet::new();
    for (at, section) in card.sections.iter().enumerate() {
        self::section(at, section, &mut keys, found);
    }
    pick(model, &card.pick, found);
}

fn section<'c>(at: usize, section: &'c SectionModel, keys: &mut BTreeSet<&'c str>, found: &mut Found) {
    let at = at.to_string();
    if !(1..=ITEMS_MAX).contains(&section.items.len()) {
        found.add(&["sections", &at, "items"], format!("a section has 1 to {ITEMS_MAX} items"));
    }
    if !(1..=WEIGHT_MAX).contains(&section.weight) {
        found.add(&["sections", &at, "weight"], format!("a weight is 1 to {WEIGHT_MAX}"));
    }
    for (nth, item) in section.items.iter().enumerate() {
        let nth = nth.to_string();
        let mut wrong = |field, why: String| found.add(&["sections", &at, "items", &nth, field], why);
        let plain = item.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if !plain || !(1..=KEY_MAX).contains(&item.key.len()) {
            wrong("key", format!("a key has 1 to {KEY_MAX} of a-z, 0-9, `-` and `_`"));
        } else if !keys.insert(&item.key) {
            wrong("key", format!("`{}` stands there twice", item.key));
        }
        if !(1..=WEIGHT_MAX).contains(&item.weight) {
            wrong("weight", format!("a weight is 1 to {WEIGHT_MAX}"));
        }
        if !(1..=POINTS_MAX).contains(&item.points) {
            wrong("points", format!("points are 1 to {POINTS_MAX}"));
        }
    }
}

fn pick(model: &CenterModel, pick: &PickModel, found: &mut Found) {
    found.known_all(&["pick", "raters"], &model.users, Kind::User, &pick.raters);
    let may = |user: &String| model.users.get(user).is_none_or(|user| user.role != crate::setup::Role::Agent);
    if let Some(agent) = pick.raters.iter().find(|user| !may(user)) {
        found.add(&["pick", "raters"], format!("`{agent}` is no supervisor"));
    }
    if pick.share_percent > 100 {
        found.add(&["pick", "share_percent"], "is 0 to 100");
    }
    for (field, value, (least, most)) in [
        ("new_agent_days", pick.new_agent_days, (1, 3_650)),
        ("held_s", pick.held_s, (1, 86_400)),
        ("survey_most", pick.survey_most, (0, 10)),
        ("most_per_agent", pick.most_per_agent, (1, 1_000)),
    ] {
        if value.is_some_and(|value| !(least..=most).contains(&value)) {
            found.add(&["pick", field], format!("is {least} to {most}, or left out"));
        }
    }
}
