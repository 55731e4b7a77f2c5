//! Calling out: campaigns that never break their promise.
//!
//! Pure machines beside the router; the center asks both. This room knows no SIP, no customer and no store.
//!
//! | room | holds |
//! | --- | --- |
//! | `pace` | [`Pacer`]: whether a call is made now; the law's budget, what is learned, the certificate and its reader |
//! | `list` | [`Hopper`]: who may be called now; hours of the called, tries, do-not-call |
//! | `lab` | a simulated day, and other ways of calling beside ours on the same seeds |
//!
//! **The cap is a condition of admission.** At every instant the ready agents and the budget together carry every call in
//! the air, should a person answer each of them at once: `calls in the air - ready agents <= budget`. A call is made only
//! if that holds with it; a call that is answered takes an agent and itself out of both sides; a call that ends only helps.
//! So nothing that callers, trunks or clocks do can spend more than was earned. Agents can: who vanishes while held takes a
//! piece of the left side away. Then the budget steps in, else the newest calls are taken back, and what is answered all
//! the same is counted as lost: in the rate, told apart, and paid back before the next call without an agent.
//!
//! | call | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | (none) | `Next`, agents, time | `Ringing` | `Record`, `Dial` |
//! | `Ringing`, `Cancelling`, `Adrift` | `Answered` by a person | `Connected`, or `Waiting` for two seconds | `Record`, `Connect` |
//! | the same | `Answered` by a machine | (over), or as a person where the budget has no room for a mistake | `Machine`, `Record` |
//! | `Waiting` | agent ready | `Connected` | `Record`, `Connect` |
//! | `Waiting` | end of the grace | (over): abandoned | `SafeMessage`, `Record` |
//! | `Ringing` | rang out; its agent gone and no budget | `Cancelling` | `Cancel` |
//! | `Connected` | `Unbridged` | `Waiting`, for what is left of the two seconds | `Record` |
//! | `Connected` | `Served` | (over); a person earns | `Record` |
//! | any without an agent | restart | `Adrift`: its claim stays; abandoned if nobody tells its end in 90 s | `Record` |
//!
//! Limits: `Settings::lines` calls at once; 64 windows; 4,096 classes of numbers; the hopper's are in its own head.

mod lab;
mod list;
mod pace;
#[cfg(test)]
mod tests;

pub use lab::{Compared, Day, Mean, Policy, Scenario, ScenarioError, Summary, hostile_day, run_day, summarise, tune};
pub use list::{
    AfterTry, AttemptRules, Attempted, CallHours, CampaignId, EntryId, FollowUp, Hopper, Hours, NewEntry, NotAdded,
    PersonKey, Retry, Taken, Tries, Withheld,
};
pub use pace::{
    Answerer, Beliefs, CALL, Class, Counted, Counting, Cover, DialEnd, DialId, DialWhy, Expected, Flaw, Input, Kept,
    Law, Ledger, Line, Mode, NotNow, Output, Pacer, Presence, Settings, Spans, TakenBack, Tally, Verified, Verifier,
    What, verify,
};
