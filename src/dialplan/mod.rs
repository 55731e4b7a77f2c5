//! The dialplan: `dialplans/*.toml` -> checked [`Flow`] -> [`Run`], resumable, no async.
//!
//! A flow is a graph of named steps. The run of a call says what it wants as a [`Verb`]; whoever
//! drives it (the center) does that and tells it what happened as an [`Event`]. It knows no SIP, no
//! queue engine and no customer store: a queue is a key, a customer is [`Facts`].
//!
//! Pipeline: `raw` (TOML text -> values with places) -> `read` (values -> steps, by the tables in
//! `keys`) -> `check` (names, sounds, queues, the graph) -> [`Flow`] -> [`Run`]. Beside it
//! `expression` (conditions), `schedule` (opening hours), [`say`] (numbers, dates, the place in the
//! line -> sounds) and `sounds` (which sounds there are). A flow with any mistake is refused whole,
//! with every mistake in it ([`Mistake`]: file, line, a caret under the place).
//!
//! **What the driver does.** `Run::new(&flow, facts)`, then `run.step(&flow, now, Event::Start)`.
//! Each verb other than [`Verb::Wait`] *replaces* the one before: what still plays stops, the timer
//! of a `Listen` is dropped. `Wait` changes nothing: the verb before it stays in force, and its
//! timer goes on. When the caller hangs up, the run is dropped; it is not told.
//!
//! | verb in force | events that move it on | what else may come (answered `Wait`) |
//! | --- | --- | --- |
//! | (none) | `Start`, once | |
//! | `Answer` | `Answered` | `Digit` (kept as typed ahead), `Found` |
//! | `Play` | `PlayEnded`; `Digit` where the prompt may be cut short | `Digit`, `Found` |
//! | `Listen` | `Digit`, `Timeout` | `Found` |
//! | `Lookup` | `Found`, always told, with `customer.known = none` when nobody, or no answer in time | `Digit` |
//! | `Queue` | `QueueLeft`, `Finished` | `Digit`, `Found` |
//! | `Dial` | `Finished`, `DialFailed` | `Digit`, `Found` |
//! | `Echo` | none: it lasts until the caller hangs up | `Digit`, `Found` |
//! | `Hangup` | none: the run is over | anything |
//!
//! `Found` may come at any time: its facts are merged, and it moves the run on only under `Lookup`.
//! An event that does not fit the verb in force (a late `PlayEnded`, say) is answered `Wait` and
//! changes nothing, so a race between planes is harmless.
//!
//! **Limits.** A flow: 200 steps, 256 KiB, 32 choices a step. A run: 64 steps without waiting for
//! anybody and 1,000 in all (then `Hangup { reason: "step_limit" }`), 64 facts of at most 256
//! characters, 32 digits typed ahead, 32 choices remembered.

mod run;
pub mod say;
mod verb;

pub use run::{Choice, Flow, Mistake, Run, Surroundings};
pub use say::Language;
pub use verb::{Event, Facts, Prompt, QueueRequest, Verb};
