//! The dialplan: `dialplans/*.toml` -> checked [`Flow`] -> [`Run`], resumable, no async.
//!
//! A flow is a graph of named steps. The run of a call says what it wants as a [`Verb`]; whoever
//! drives it (the center) does that and tells it what happened as an [`Event`]. It knows no SIP, no
//! queue engine and no customer store: a queue is a key, a customer is [`Facts`].
//!
//! Pipeline: [`crate::written::source`] (TOML text -> values with places) -> `read` (values -> steps, by
//! the tables in `keys`) -> `check` (names, sounds, queues, the graph) -> [`Flow`] -> [`Run`]. Beside it
//! `facts` (what a condition may ask of), [`say`] (numbers, dates, the place in the line -> sounds) and
//! `sounds` (which sounds there are); conditions and opening hours are read by [`crate::written`]. A flow
//! with any mistake is refused whole, with every mistake in it ([`Mistake`]: file, line, a caret under the
//! place). For editors: [`drawing`] (a flow as steps and fields, and back into its text) and [`mod@rehearse`] (what a
//! caller would hear).
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
//! | `OptOut` | `OptedOut` | `Digit`, `Found` |
//! | `Queue` | `QueueLeft`, `Finished` | `Digit`, `Found` |
//! | `CallBack` | `QueueLeft`, `Finished` | `Digit`, `Found` |
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

use std::collections::BTreeMap;
use std::sync::Arc;

mod check;
pub mod drawing;
mod error;
mod facts;
mod flow;
mod keys;
mod read;
pub mod rehearse;
mod run;
pub mod say;
mod sounds;
mod verb;

pub use error::{Mistake, Problem};
pub use flow::Flow;
pub use run::{Choice, Entry, Run};
pub use say::Language;
pub use sounds::{Surroundings, check_texts};
pub use verb::{DialFailed, Event, Facts, FirstAgent, Mailbox, Prompt, QueueLeft, QueueRequest, Verb};

impl Flow {
    /// `file_name`: where the text is from (`dialplans/hotline.toml`); its stem is the flow's name.
    /// Every mistake is reported, in the order of the text; mistakes of TOML itself come alone.
    pub fn parse(file_name: &str, text: &str, around: &Surroundings) -> Result<Self, Vec<Mistake>> {
        const MAX_BYTES: usize = 256 * 1024;
        let mut mistakes = error::Mistakes::new(file_name, text);
        let flow = if text.len() > MAX_BYTES {
            mistakes.add(0..0, Problem::TooLarge(text.len()));
            None
        } else {
            parse(stem(file_name), around, &mut mistakes)
        };
        flow.ok_or_else(|| mistakes.into_vec())
    }
}

fn parse(name: &str, around: &Surroundings, mistakes: &mut error::Mistakes) -> Option<Flow> {
    let root = mistakes.read_toml();
    if !mistakes.is_empty() {
        return None;
    }
    let draft = read::read(&root, mistakes);
    check::check(name, draft, around, mistakes)
}

/// `hotline` for `dialplans/hotline.toml`.
fn stem(file_name: &str) -> &str {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    base.strip_suffix(".toml").unwrap_or(base)
}

/// A folder of flows at once: `(file name, text)` each. All flows by name, or all mistakes.
pub fn check_all(
    files: &[(String, String)],
    around: &Surroundings,
) -> Result<BTreeMap<String, Arc<Flow>>, Vec<Mistake>> {
    let mut flows = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (file_name, text) in files {
        match Flow::parse(file_name, text, around) {
            Ok(flow) if flows.contains_key(flow.name()) => {
                let mut found = error::Mistakes::new(file_name, text);
                found.add(0..0, Problem::TwoFlows(flow.name().to_owned()));
                mistakes.extend(found.into_vec());
            }
            Ok(flow) => {
                flows.insert(flow.name().to_owned(), Arc::new(flow));
            }
            Err(found) => mistakes.extend(found),
        }
    }
    if mistakes.is_empty() { Ok(flows) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests;
