//! Reports: SQL over documented views, as data.
//!
//! A report is a text of SQL with what is said of its columns; those that come with the program are files
//! (`config/reports/*.toml`), others are written by people. Both go the same way: [`read_sql`] lets nothing through but
//! one question over the [`VIEWS`], and what is run is printed from what was read ([`Question::statement`]), so that the
//! database never sees a text that was not understood here. It runs nothing itself: that is the store's business.
//!
//! | what of a text | is allowed |
//! | --- | --- |
//! | statements | one `SELECT`, with sub-questions, `WITH` at its head, `UNION` |
//! | tables | the views by their names, and what stands in `WITH` before |
//! | functions | those of [`FUNCTIONS`] |
//! | filters | `:from`, `:to`, `:now` (microseconds), `:queue`, `:agent` (keys, or `NULL`), and numbers that the report asks for |
//! | anything else | is refused, with the word that is wrong |
//!
//! | limit | |
//! | --- | --- |
//! | a text | [`TEXT_MAX`] bytes, and 40 levels of brackets |
//! | rows | of the one who asks, see [`Filling::rows`] |
//!
//! Rows are of one's scope only: each view is read through a sub-question of the same name that holds them back.

mod allowed;
mod definition;
mod guard;
mod statement;
mod view;

pub use allowed::FUNCTIONS;
pub use definition::{Chart, Column, Filter, NotAReport, Number, Report, Unit, Wording, read};
pub use guard::{Forbidden, Question, TEXT_MAX, read_sql};
pub use statement::{Filling, Scope, Shift};
pub use view::{Own, VIEWS, View, ViewColumn, reference};
