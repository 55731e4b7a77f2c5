//! Quality: how well contacts were handled, judged by people with a scorecard.
//!
//! A [`Card`] is sections of items with weights. A rater gives each item points, or says that it was not applicable;
//! [`score()`] makes of it a figure in hundredths of a percent, exactly, in whole numbers. [`pick()`] says which contacts are
//! judged, why, and by whom; [`agreement()`] how far two raters see the same. An evaluation goes from [`Stage`] to stage:
//!
//! | stage | who may | leads to |
//! | --- | --- | --- |
//! | `open` | its rater: fill in, hand in | `submitted` |
//! | `submitted` | the agent whose contact it was: dispute, with reasons | `disputed` |
//! | `disputed` | its rater or another supervisor, never the agent: answer, with or without other points | `settled` |
//! | `settled` | nobody: it stands | |
//!
//! The agent sees it from `submitted` on. Several raters who calibrate themselves on one contact judge it each for
//! themselves, and the agent never sees that.
//!
//! It knows no database, no clock and no words: what items are called stands in the center
//! (`setup::ScorecardModel`), rows stand in `store::quality`, requests in `web::quality`.
//!
//! | what | limit |
//! | --- | --- |
//! | sections of a card, items of a section | [`SECTIONS_MAX`], [`ITEMS_MAX`] |
//! | points of an item, weights | [`POINTS_MAX`], [`WEIGHT_MAX`] |

mod agreement;
mod card;
mod pick;
mod score;
mod stage;

#[cfg(test)]
mod tests;

pub use agreement::{Agreement, agreement, mean};
pub use card::{Card, ITEMS_MAX, Item, POINTS_MAX, SECTIONS_MAX, Section, WEIGHT_MAX};
pub use pick::{Candidate, Pick, PickRule, Rater, Why, pick};
pub use score::{Answer, Answers, Fault, Faulty, Score, faults, score};
pub use stage::Stage;
