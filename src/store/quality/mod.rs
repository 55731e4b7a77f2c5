//! Evaluations of contacts: begun by hand or by rule, filled in, handed in, disputed, settled.
//!
//! | file | holds |
//! | --- | --- |
//! | `rows` | an evaluation as it is kept, and who may see which |
//! | `steps` | from stage to stage; a step that does not fit the stage changes nothing |
//! | `picks` | contacts that a rule picks |
//!
//! What may be done by whom is said in `quality`; each statement holds it once more, so that of two who do the same at
//! once one is told that it is too late.

mod picks;
mod rows;
mod steps;

pub use picks::{PICKED_FROM_MAX, Picking};
pub use rows::{Evaluation, EvaluationFilter, Objection, Reply, Viewer};
pub use steps::{Filled, NewEvaluation};
