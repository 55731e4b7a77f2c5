//! Whether a call is made now, why, and what the law's budget says; see the head of the campaign room.

mod beliefs;
mod certificate;
mod dials;
mod expect;
mod forecast;
mod input;
mod law;
mod ledger;
mod mode;
mod output;
mod pacer;
mod staff;

pub use beliefs::{Beliefs, Spans};
pub use certificate::{Counted, Cover, DialWhy, Expected, Flaw, Line, NotNow, Verified, Verifier, What, verify};
pub(in crate::campaign) use dials::{Dial, DialState, Dials};
pub(in crate::campaign) use expect::Expectation;
pub use input::{Answerer, Class, DialEnd, DialId, Input, Presence};
pub use law::{CALL, Counting, Law, Tally};
pub use ledger::Ledger;
pub use mode::Mode;
pub use output::{Output, TakenBack};
pub use pacer::{Kept, Pacer, Settings};
pub(in crate::campaign) use staff::{Doing, Staff};
