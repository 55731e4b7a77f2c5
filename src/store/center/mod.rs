//! Center as code: the model of a center, its TOML form, and the way between both and the store.
//!
//! Not here: the server's own settings (`config`) and the flows (`dialplan`).
//!
//! File -> [`read()`] -> [`CenterModel`] -> [`Store::plan`](super::Store::plan) ->
//! [`Store::apply`](super::Store::apply) -> rows -> [`Store::center`](super::Store::center) ->
//! [`configuration()`] for the running center, or [`print()`] for a file that plans to nothing.

mod check;
mod configuration;
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
pub use kinds::Kind;
pub use model::{
    AgentModel, CenterModel, CenterSettings, DispositionModel, GroupModel, HoursModel, Label, Need, NumberModel,
    OverflowModel, Password, QueueModel, ReasonModel, RelaxModel, Role, SipPassword, SkillModel, Span, TrunkModel,
    UserModel, WeightedNeed,
};
pub use objects::Objects;
pub use plan::{Change, FieldChange, Plan, What};
pub use print::print;
pub use read::{Located, read};

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
