//! From answers to a figure.
//!
//! Each section is the weighted mean of its items' shares (points given of points possible), rounded to a hundredth of a
//! percent; the whole is the weighted mean of the sections as they are shown, rounded again: whoever reckons it again
//! from what the page shows gets the same. Rounding is half up. What is not applicable leaves the weights of its section,
//! a section without any applicable item leaves those of the whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::card::{Card, Section};

/// The whole of everything: 100.00 percent.
const WHOLE: u64 = 10_000;
/// Every number of points divides it: shares are whole numbers of it.
const SHARES: u64 = 2_520;

/// What a rater says of one item.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationAnswer)]
pub struct Answer {
    /// `null`: it was not applicable.
    pub points: Option<u32>,
    /// For the agent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Where it is heard in the recording, in milliseconds from its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at_ms: Option<u32>,
}

/// By the key of the item.
pub type Answers = BTreeMap<String, Answer>;

/// What it comes to, in hundredths of a percent: 8750 is 87.50 %.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = EvaluationScore)]
pub struct Score {
    /// `null`: nothing was applicable, or nothing is answered.
    pub total: Option<u32>,
    /// In their order, as they would be without what is fatal.
    pub sections: Vec<Option<u32>>,
    /// Keys of the fatal items that got no point: each makes the whole 0.
    pub fatal: Vec<String>,
}

/// Why an answer cannot be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The card has no such item.
    Unknown,
    /// More points than the item has.
    TooMany,
    /// It is always applicable.
    NotOptional,
    /// It was not answered.
    Missing,
}

/// An item and what is wrong with its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faulty {
    pub item: String,
    pub fault: Fault,
}

/// What is wrong with the answers, in the order of the card; `whole`: every item must be answered.
pub fn faults(card: &Card, answers: &Answers, whole: bool) -> Vec<Faulty> {
    let of = |item: &str, fault| Faulty { item: item.to_owned(), fault };
    let mut found = Vec::new();
    for item in card.items() {
        let fault = match answers.get(&item.key) {
            None => whole.then_some(Fault::Missing),
            Some(Answer { points: None, .. }) => (!item.optional).then_some(Fault::NotOptional),
            Some(Answer { points: Some(points), .. }) => (*points > item.points).then_some(Fault::TooMany),
        };
        found.extend(fault.map(|fault| of(&item.key, fault)));
    }
    let unknown = answers.keys().filter(|key| card.items().all(|item| item.key != **key));
    found.extend(unknown.map(|key| of(key, Fault::Unknown)));
    found
}

/// What the answers come to. What is not answered yet counts as what is not applicable.
pub fn score(card: &Card, answers: &Answers) -> Score {
    let sections: Vec<Option<u32>> = card.sections.iter().map(|section| of_section(section, answers)).collect();
    let failed = |key: &str| answers.get(key).is_some_and(|answer| answer.points == Some(0));
    let fatal: Vec<String> =
        card.items().filter(|item| item.fatal && failed(&item.key)).map(|item| item.key.clone()).collect();
    let applicable = || card.sections.iter().zip(&sections).filter_map(|(section, of)| Some((section, (*of)?)));
    let weights: u64 = applicable().map(|(section, _)| u64::from(section.weight)).sum();
    let sum: u64 = applicable().map(|(section, of)| u64::from(section.weight) * u64::from(of)).sum();
    let total = if fatal.is_empty() { rounded(sum, weights) } else { Some(0) };
    Score { total, sections, fatal }
}

fn of_section(section: &Section, answers: &Answers) -> Option<u32> {
    let (mut got, mut weights) = (0u64, 0u64);
    for item in &section.items {
        let points = answers.get(&item.key).and_then(|answer| answer.points);
        let (Some(points), true) = (points, item.points > 0) else { continue };
        let weight = u64::from(item.weight);
        got += weight * u64::from(points.min(item.points)) * SHARES / u64::from(item.points);
        weights += weight * SHARES;
    }
    rounded(got * WHOLE, weights)
}

/// Half up; `None`: there is nothing to share by.
fn rounded(sum: u64, by: u64) -> Option<u32> {
    (by > 0).then(|| u32::try_from((2 * sum + by) / (2 * by)).unwrap_or(u32::MAX))
}
