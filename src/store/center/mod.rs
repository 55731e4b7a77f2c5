//! Center as code: the model of a center, its TOML form, and the way between both and the store.
//!
//! Not here: the server's own settings (`config`) and the flows (`dialplan`).
//!
//! File -> [`read()`] -> [`CenterModel`] -> [`Store::plan`](super::Store::plan) ->
//! [`Store::apply`](super::Store::apply) -> rows -> [`Store::center`](super::Store::center) ->
//! [`configuration()`] for the running center, or [`print()`] for a file that plans to nothing.

mod check;
mod configuration;
mod history;
mod kinds;
mod model;
mod object;
mod objects;
mod plan;
mod print;
mod read;
mod rows;
mod secrets;

use std::collections::BTreeMap;

pub use check::{Mistake, check};
pub use configuration::{configuration, to_rules};
pub use history::CenterVersion;
pub use kinds::Kind;
pub use model::{
    AccountModel, AgentModel, CenterModel, CenterSettings, DispositionModel, GroupModel, HoursModel, Label, Need,
    NumberModel, OverflowModel, Password, QueueModel, ReasonModel, RelaxModel, Role, SipPassword, SkillModel, Span,
    TrunkModel, UserModel, WeightedNeed, holiday_years,
};
pub use objects::Objects;
pub use plan::{Change, FieldChange, Plan, What, changes};
pub use print::print;
pub use read::{Located, locate, read};
pub use secrets::{keep_secrets, without_secrets};

use crate::acd::Rules;
use crate::base::{AgentId, QueueId, SkillId};

/// The store's numbers for keys. A number is never given to another key; a key that comes back
/// after its removal gets its old number, so its history goes on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CenterIds {
    /// Of the center as applied; 0: nothing was applied yet.
    pub version: u32,
    pub skills: BTreeMap<String, SkillId>,
    pub queues: BTreeMap<String, QueueId>,
    pub agents: BTreeMap<String, AgentId>,
}

impl CenterIds {
    /// With numbers for keys that the store does not know yet, to judge rules before they are applied.
    pub fn completed(&self, model: &CenterModel) -> Self {
        let mut ids = self.clone();
        number(&mut ids.skills, model.skills.keys(), SkillId, |id| id.0);
        number(&mut ids.queues, model.queues.keys(), QueueId, |id| id.0);
        number(&mut ids.agents, model.agents.keys(), AgentId, |id| id.0);
        ids
    }
}

/// Numbers above all that are given.
fn number<'a, T>(
    known: &mut BTreeMap<String, T>,
    keys: impl Iterator<Item = &'a str>,
    make: impl Fn(u32) -> T,
    value: impl Fn(&T) -> u32,
) {
    let mut last = known.values().map(value).max().unwrap_or(0);
    for key in keys {
        known.entry(key.to_owned()).or_insert_with(|| {
            last = last.saturating_add(1);
            make(last)
        });
    }
}

/// The routing rules of a center that may not have been applied yet.
pub fn rules_of(model: &CenterModel, ids: &CenterIds) -> Rules {
    to_rules(model, &ids.completed(model))
}
