//! How a center is set up, as code: its model, its TOML form, its checks, the plan of a change, and what the
//! running center and its router are told of it.
//!
//! File -> [`read()`] -> [`CenterModel`] -> [`Plan`] -> rows of the store -> [`CenterModel`] ->
//! [`configuration()`] for the running center, or [`print()`] for a file that plans to nothing.
//!
//! | file | holds |
//! | --- | --- |
//! | `model`, `kinds`, `objects` | what can be said of a center, kind by kind; **a new key enters here** |
//! | `read`, `print`, `object` | TOML and back; the form that files, rows and plans share |
//! | `check` | mistakes that no single value shows |
//! | `plan` | what would change |
//! | `configuration`, `ids` | from keys and words to rules; the numbers that keys have |
//! | `edit` | one object by kind and key: what forms and programs change |
//! | `form` | the fields of each kind, for whoever draws a form of them |
//! | `missing`, `opening` | how a center begins and what it still needs; what opening hours say of a moment |
//! | `secrets` | a center without its passwords, and with those it had |
//!
//! Not here: rows and versions (`store::center`), hashing of passwords (there too: it is slow and draws salts),
//! the server's own settings (`config`), what the text of a flow means (`dialplan`). Pure: no clock, no file, no randomness.
//!
//! Limits: a few thousand objects; a file is bounded by whoever reads it.

mod check;
mod configuration;
pub mod edit;
pub mod form;
mod ids;
mod kinds;
mod missing;
mod model;
mod object;
mod objects;
mod opening;
mod plan;
mod print;
mod read;
mod secrets;

pub use check::{Mistake, check};
pub use configuration::{configuration, rules_of, to_rules};
pub use ids::CenterIds;
pub use kinds::Kind;
pub use missing::{Beginning, PASSWORD_MIN, Step, is_password, needs_administrator, with_password};
pub use model::{
    AccountModel, AgentModel, AlertModel, CampaignModel, CenterModel, CenterSettings, DispositionModel, FlowModel,
    GroupModel, HoursModel, ItemModel, Label, Need, NumberModel, OverflowModel, Password, PickModel, QueueModel,
    ReasonModel, RelaxModel, Role, ScorecardModel, SectionModel, SipPassword, SkillModel, Span, TrunkModel, UserModel,
    WeightedNeed, holiday_years,
};
pub use object::{Object, model_of, objects_of};
pub use objects::Objects;
pub use opening::{Opening, opening};
pub use plan::{Change, FieldChange, Plan, What, changes};
pub use print::{print, print_one};
pub use read::{Located, locate, read};
pub use secrets::{keep_secrets, without_secrets};

/// Who is to blame when objects and the model do not fit.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SetupError {
    /// Whoever made the model: a value that no file can hold.
    #[error("{0}")]
    Invalid(String),
    /// Whoever kept the objects: one that the model cannot read.
    #[error("{0}")]
    Unreadable(String),
}
