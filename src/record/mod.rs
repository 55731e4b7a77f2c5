//! Records: what stands around a call, described as data. A **kind** is a TOML text (`config/kinds/`, or written in the
//! browser) that is read into a checked [`Kind`]; a **record** is a row of it.
//!
//! Pipeline: text -> `read` (all mistakes at once, [`Mistake`]: line, column, both languages, the nearest name) ->
//! [`Kind`]. What somebody sends becomes a [`Draft`] of typed [`Value`]s (`draft`), a step of its life is judged by
//! `life`, what is done by itself and until when by `rule`, access by [`Grant`] and [`Scope`], what a new version of a kind changes is told by [`Plan`].
//!
//! It knows no database and no clock; rows stand in `store::record`, requests in `web::record`. The grammar is
//! `docs/records.md`.
//!
//! | what | limit |
//! | --- | --- |
//! | a definition | 256 KiB, [`FIELDS_MAX`] fields, 4 tables of lines with 20 fields each, 30 states, 40 steps |
//! | choices of a field | 200 |
//! | a text, a long text | [`TEXT_MAX`], [`LONG_MAX`] characters |
//! | lines, references, choices of one record | [`LINES_MAX`], [`MANY_MAX`] |
//! | rules of a kind, what one does | 50, 10 |
//! | records that rules make out of each other | [`DEPTH_MAX`] deep |

mod access;
mod attachment;
mod decimal;
mod draft;
mod facts;
mod kind;
mod life;
mod mistake;
mod pattern;
mod plan;
mod read;
mod reckon;
mod rule;
mod spoken;
mod value;
mod words;

#[cfg(test)]
mod tests;

pub use access::{GRANTS, Grant, Role, Scope, Who};
pub use attachment::attachable;
pub use decimal::Decimal;
pub use draft::{Asking, Draft, LINES_MAX, LONG_MAX, MANY_MAX, People, Refused, TEXT_MAX, condition};
pub use facts::{Line, Record, SYSTEM};
pub use kind::{
    Access, Beside, Beyond, CUSTOMER, Choice, Class, Due, Effect, Field, FieldAccess, FieldType, Guard, Kind, Life,
    Lines, ListView, Make, On, Pop, Preset, Print, PrintPart, Reckoned, Roll, Rule, Section, Share, State, StateKind,
    Step, Take, Use, Verb, Whom, Within,
};
pub use life::{StepRefused, steps_open};
pub use mistake::Mistake;
pub use pattern::Numbering;
pub use plan::{Change, Plan};
pub use read::{FIELDS_MAX, across, read};
pub use reckon::nothing;
pub use rule::{Answer, DEPTH_MAX, Happened, Made, Timer, dated, pick};
pub use spoken::{grouped, spoken_money};
pub use value::Value;
pub use words::Words;
