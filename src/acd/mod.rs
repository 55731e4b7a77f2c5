//! The router: contacts wait in queues, agents have skills, and every assignment says why.
//!
//! One pure machine: `Router::handle(now, Input, &mut Vec<Output>)`. It knows no SIP and no customer
//! store; chat, e-mail and call-backs queue here like calls. Live routing, simulation, replay and
//! what-if all run this code. Event driven: nothing is ever polled.
//!
//! | room | holds |
//! | --- | --- |
//! | `input`, `output` | what the router is told and wants done |
//! | `rules` | what a center says about its queues, agents, skills, hours; data only |
//! | `why` | the record of a decision, its words, its checker; why an input was refused |
//! | `engine` | the router: presence, waiting, ringing, choice, wrap-up, estimates, and the tables they keep |
//! | `journal` | what happened, so that it can be replayed bit by bit: entries, snapshots, digests |
//! | [`figures`] | [`statistics`] and [`erlang`] |
//! | [`lab`] | [`simulate`], [`what_if`], [`shadow`], rehearsal: the same router under other circumstances |
//! | [`lint`] | rules that can never do what they say |
//!
//! The router owns the agent's state:
//!
//! | agent state | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | `Ready` | chosen | `Reserved` | `Reserve`, `AgentState` |
//! | `Reserved` | `Answering` | same | the ring deadline becomes that of the sound |
//! | `Reserved` | `Accepted` | `Busy` | `AgentState` |
//! | `Reserved` | ring deadline, `Refused` | `NotReady(no-answer, declined or unreachable)` | `Withdraw`, `AgentState`; contact back with its original arrival time, ranked again |
//! | `Reserved` | contact `Leave`s | `Ready` | `Withdraw`, `AgentState`, ranked again |
//! | `Busy` | `Ended` | `WrapUp` | `AgentState` |
//! | `WrapUp` | `WrapUpDone` or deadline | `Ready`, or the state asked for meanwhile | `AgentState`, ranked again |

mod engine;
mod figures;
mod input;
mod journal;
mod lab;
pub mod lint;
mod output;
mod rules;
#[cfg(test)]
mod tests;
mod why;

pub use engine::{AgentView, LineView, Predictor, QueueView, Router, Settings, Standstill, WaitEstimate, WaitingView};
pub use figures::{erlang, statistics};
pub use input::{Arrival, Author, Input, RefusedWhy, Was};
pub use journal::{Checkpoint, Entry, Mismatch, Replay, ReplayError, Replayed, Snapshot, What, digest};
pub use lab::{Rehearsal, RehearsedEnd, shadow, simulate, what_if};
pub use output::{
    AgentState, DECLINED, Left, NO_ANSWER, NO_MEDIA, NextState, Output, SIGNED_IN, UNREACHABLE, Withdrawn,
};
pub use rules::{
    AgentRule, AgentSelection, Calendar, Condition, ContactSelection, Exception, GroupRule, Holiday, HolidayError,
    Hours, Overflow, OverflowWhen, QueueRule, ReasonRule, RelaxStep, Requirement, Reserve, Rules, Score, SkillNeed,
    SkillRule, WrapUp, WrapUpMode, holidays,
};
pub use why::{
    AgentCandidate, AgentFacts, Because, ContactCandidate, ContactFacts, Elsewhere, Excluded, Kept, Language, Names,
    Pick, Rejection, Together, Who, Why, WhyError, explain,
};
