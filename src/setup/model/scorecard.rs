//! Scorecards: what contacts are judged by, and which contacts are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Label;
use crate::quality::{Card, Item, PickRule, Section};

/// What is said of a scorecard. What was judged by it are rows of the store, each with the card as it was then.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScorecardModel {
    #[schema(required = true)]
    pub name: Label,
    /// Keys of the queues whose contacts it is for; none: all contacts that an agent spoke in.
    #[schema(required = true)]
    pub queues: Vec<String>,
    #[schema(required = true)]
    pub sections: Vec<SectionModel>,
    /// Which contacts are judged by themselves.
    #[schema(required = true)]
    pub pick: PickModel,
}

/// A part of a scorecard.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ScorecardSection)]
pub struct SectionModel {
    #[schema(required = true)]
    pub name: Label,
    /// Against the other sections. 1-100.
    #[schema(required = true)]
    pub weight: u32,
    #[schema(required = true)]
    pub items: Vec<ItemModel>,
}

/// One thing that is judged.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ScorecardItem)]
pub struct ItemModel {
    /// What the answers go by; one of its card.
    #[schema(required = true)]
    pub key: String,
    #[schema(required = true)]
    pub name: Label,
    /// What earns how many points.
    #[schema(required = true)]
    pub guide: Label,
    /// Against the other items of its section. 1-100.
    #[schema(required = true)]
    pub weight: u32,
    /// The most that can be given: 1 is yes or no. 1-10.
    #[schema(required = true)]
    pub points: u32,
    /// No point here, and the whole evaluation is 0.
    #[schema(required = true)]
    pub fatal: bool,
    /// May be not applicable: then it counts nothing.
    #[schema(required = true)]
    pub optional: bool,
}

/// Which contacts a scorecard is filled in for, and by whom.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ScorecardPick)]
pub struct PickModel {
    /// Sign-in names of those who judge; none: nothing is picked.
    #[schema(required = true)]
    pub raters: Vec<String>,
    /// Of a hundred contacts so many, by chance.
    #[schema(required = true)]
    pub share_percent: u32,
    /// All of agents whose first contact was at most so many days before.
    pub new_agent_days: Option<u32>,
    /// All in which the customer was on hold at least so long, seconds.
    pub held_s: Option<u32>,
    /// What a survey's answer is called on the contact.
    #[schema(required = true)]
    pub survey: String,
    /// All of which that answer is at most this; of no effect without `survey`.
    pub survey_most: Option<u32>,
    /// Of one agent at most so many in one go.
    pub most_per_agent: Option<u32>,
}

impl Default for SectionModel {
    fn default() -> Self {
        Self { name: Label::default(), weight: 1, items: Vec::new() }
    }
}

impl Default for ItemModel {
    fn default() -> Self {
        Self {
            key: String::new(),
            name: Label::default(),
            guide: Label::default(),
            weight: 1,
            points: 1,
            fatal: false,
            optional: false,
        }
    }
}

impl ScorecardModel {
    /// What a score is reckoned from.
    pub fn card(&self) -> Card {
        let item = |it: &ItemModel| Item {
            key: it.key.clone(),
            weight: it.weight,
            points: it.points,
            fatal: it.fatal,
            optional: it.optional,
        };
        let section = |it: &SectionModel| Section { weight: it.weight, items: it.items.iter().map(item).collect() };
        Card { sections: self.sections.iter().map(section).collect() }
    }
}

impl PickModel {
    pub fn rule(&self) -> PickRule {
        let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
        PickRule {
            share_percent: self.share_percent,
            new_agent: self.new_agent_days.map(days),
            held: self.held_s.map(|seconds| Duration::from_secs(seconds.into())),
            survey_most: self.survey_most.filter(|_| !self.survey.is_empty()),
            most_per_agent: self.most_per_agent,
        }
    }
}
