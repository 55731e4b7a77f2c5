//! The customer side in values: who calls, what happened before, what came of it. Matching and
//! life-cycle rules; no SQL.

mod call_back;
mod customer;
mod handling;
mod interaction;
mod matching;
pub mod message;
mod organisation;
mod resolution;
mod segment;
pub mod task;

pub use call_back::{CallBack, Ended, HowEnded};
pub use customer::{ContactPoint, CustomerCard, CustomerDraft, Order};
pub use handling::{Handled, Handling, Receiver};
pub use interaction::{EndedBy, Entered, Interaction, InteractionEvent, Outcome, TimelineEntry};
pub use matching::{ContactPointError, MATCHES_MAX, piece_terms, query_terms, search_terms, text_terms};
pub use message::{BODY_MAX, Message, MessageChannel, MessageDraft, MessageFault, MessageState, SUBJECT_MAX};
pub use organisation::organisation_key;
pub use resolution::{Judged, ResolutionBy, ResolutionCounts, ResolutionFigure, ResolutionRows, ResolutionSpan};
pub use segment::{Handover, HandoverHow, Holder, Segment, tiles};
pub use task::{OF_AGENT, Task, VOICEMAIL};
