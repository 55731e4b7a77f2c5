//! Campaigns that call out: what the running center adds to the machines of [`crate::campaign`].
//!
//! Each running campaign has its pacer; all have one hopper, so that nobody is called twice at once. Who is free is
//! told when the router has settled: an inbound caller who waits has the agent before the next call out. Who carries a
//! call that is nobody's yet is occupied (`loose`): no agent is taken from under a call that may be answered.
//!
//! | call | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | the pacer dials | `Asked` | where each call is one agent's: router `Occupy`; the attempt and the pacer's memory go to the store |
//! | `Asked` | the store has it, and says whom | `Calling` | a contact: the agent's own phone, then the customer's; or the customer's alone |
//! | `Asked` | the store does not answer, or nobody is to be called | over | the agent is free; `AttemptOver` |
//! | `Calling` | the called answers | `Talking` | the two speak at once: the agent is on the line already |
//! | `Calling` | the same, with nobody on the line | `Answered` | the agent of the pacer's choice: pop, then the own phone, which answers by itself |
//! | `Answered` | the agent's phone is up | `Talking` | the two speak |
//! | `Answered` | no agent within two seconds | `Sorry` | the recorded message; then the call ends: abandoned |
//! | `Answered` | no agent is wanted | `Led` | the flow of the campaign |
//! | `Led` | the flow puts them into a queue, and an agent takes them | `Talking` | |
//! | `Sorry`, `Led` | the call is over | over | `AttemptOver` |
//! | `Calling` | busy, no answer, not to be called meanwhile | over | `AttemptOver`; the agent is free |
//! | `Talking` | the conversation is over | `After` | |
//! | `After` | the agent has written up | over | by the disposition: done, again, never again; `AttemptOver` |
//!
//! Not here: which contact rings and speaks when (`steps::campaign`, `steps::outbound`). Limits: [`ENTRIES_MAX`] entries,
//! 64 campaigns, the lines of each.

mod campaigns;
mod hour;
mod loose;
mod pacing;
mod preview;
mod running;

pub(in crate::center) use campaigns::{Campaigns, Order, Over};

/// Entries of all lists that are not over.
pub(in crate::center) const ENTRIES_MAX: usize = 2_000_000;
