//! Center as code: the model of a center, its TOML form, and the way between both and the store.
//!
//! Not here: the server's own settings (`config`) and the flows (`dialplan`).

mod model;

use std::collections::BTreeMap;

pub use model::{
    AgentModel, CenterModel, CenterSettings, DispositionModel, HoursModel, Label, NumberModel, PhoneModel, QueueModel,
    ReasonModel, Role, Secret, Select, SipSecret, SkillModel, Span, TrunkModel, UserModel, WrapUpMode,
};

use crate::base::{AgentId, QueueId, SkillId};

/// The store's numbers for keys. A number is never given to another key; a key that comes back
/// after its removal gets its old number, so its history goes on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CenterIds {
    pub skills: BTreeMap<String, SkillId>,
    pub queues: BTreeMap<String, QueueId>,
    pub agents: BTreeMap<String, AgentId>,
}
