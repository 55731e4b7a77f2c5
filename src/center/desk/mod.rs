//! What an agent's desktop is told and may ask. These are the words of the CTI protocol: serialised
//! as JSON objects with a `type`; field names are frozen once released.

mod answer;
mod call;
mod command;
mod event;
mod notice;
mod pop;

pub use answer::{CommandOutcome, LeftOut, Refusal};
pub use call::{CallState, CallView, OtherState, OtherView};
pub use command::{DeskCommand, Target};
pub use event::{AgentDay, ContactOnHand, DeskEvent, ParkedCall, RingEnd, Snapshot};
pub use notice::{Addressees, Help, Notice};
pub use pop::{CampaignPop, Handed, HandedHow, PlaceKept, Preview, ScreenPop, Words};
