//! Who is called: lists, hours, tries, and who is not to be called.

mod attempts;
mod call_hours;
mod hopper;

pub use attempts::{AttemptRules, Attempted, FollowUp, Retry, Tries};
pub use call_hours::{CallHours, Hours};
pub use hopper::{AfterTry, CampaignId, EntryId, Hopper, NewEntry, NotAdded, PersonKey, Taken, Withheld};
