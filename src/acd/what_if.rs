//! Yesterday under other rules. The journal says who came when, how long the conversations were and when
//! agents were there; the live router decides anew. What callers who gave up would have done, and how
//! long those who were answered would have stayed, the journal does not say: patience is estimated from
//! the censored waits (exponential, maximum likelihood), and its uncertainty is part of the result.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::Serialize;

use super::journal::Entry;
use super::router::{Router, Settings};
use super::rules::Rules;
use super::statistics::{QueueCounts, Statistics};
use super::{AgentState, Input, Left, Output};
use crate::base::{AgentId, ContactId, Instant, Rng};

/// Mean patience, from waits that ended by giving up and waits cut short by an answer.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Patience {
    /// Seconds; `None`: nobody gave up.
    pub mean_s: Option<f64>,
    /// 95 % interval of the mean in seconds, from the number who gave up.
    pub low_s: Option<f64>,
    pub high_s: Option<f64>,
    pub gave_up: u64,
}

/// How one contact fared, then and now. Seconds of waiting; `None`: not answered.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Fate {
    pub contact: ContactId,
    pub then_s: Option<f64>,
    pub now_s: Option<f64>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct WhatIf {
    pub then: QueueCounts,
    pub now: QueueCounts,
    /// Who was answered sooner, or answered at all.
    pub winners: u64,
    pub losers: u64,
    pub fates: Vec<Fate>,
    pub patience: Patience,
    /// Conversations were given to contacts that had none then, drawn from those that had.
    pub borrowed_conversations: u64,
}

/// What the journal tells about one contact.
struct Known {
    came: Instant,
    answered: Option<Instant>,
    talk_us: Option<u64>,
    wrap_up_us: Option<u64>,
    left: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Event {
    Ended(ContactId),
    WrappedUp(AgentId),
    Journaled(usize),
    GaveUp(ContactId),
}

/// Runs the day of these entries under `rules`. The same seed gives the same day.
pub fn what_if(entries: &[Entry], rules: &Rules, seed: u64) -> WhatIf {
    let (known, then) = read(entries);
    let patience = patience(&known);
    let mut day = Day::new(&known, rules, patience.mean_s, seed);
    day.run(entries);
    let fates: Vec<Fate> = known
        .iter()
        .map(|(contact, known)| Fate {
            contact: *contact,
            then_s: known.answered.map(|at| at.since(known.came).as_secs_f64()),
            now_s: day.answered.get(contact).map(|at| at.since(known.came).as_secs_f64()),
        })
        .collect();
    // Below a millisecond nobody won or lost.
    let sooner = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => a + 1e-3 < b,
        (answered, not) => answered.is_some() && not.is_none(),
    };
    WhatIf {
        then,
        now: day.statistics.total(),
        winners: fates.iter().filter(|fate| sooner(fate.now_s, fate.then_s)).count() as u64,
        losers: fates.iter().filter(|fate| sooner(fate.then_s, fate.now_s)).count() as u64,
        fates,
        patience,
        borrowed_conversations: day.borrowed,
    }
}

/// What the router decided then, by replaying it.
fn read(entries: &[Entry]) -> (BTreeMap<ContactId, Known>, QueueCounts) {
    let mut known: BTreeMap<ContactId, Known> = BTreeMap::new();
    let mut rings = BTreeMap::new();
    let mut wrapping: BTreeMap<AgentId, (ContactId, Instant)> = BTreeMap::new();
    let mut statistics = Statistics::new(900);
    let mut router: Option<Router> = None;
    let mut out = Vec::new();
    for entry in entries {
        let (at, input) = match entry {
            Entry::Start { settings, seed } if router.is_none() => {
                router = Some(Router::new(settings.clone(), *seed));
                continue;
            }
            Entry::Snapshot { at, settings, state } if router.is_none() => {
                router = Some(Router::restore(settings.clone(), (**state).clone(), *at));
                continue;
            }
            Entry::Input { at, input } => (*at, input),
            Entry::Start { .. } | Entry::Snapshot { .. } => continue,
        };
        let Some(router) = &mut router else { continue };
        router.handle(at, input.clone(), &mut out);
        statistics.note_input(at, input);
        match input {
            Input::Arrive(arrival) => {
                let came = arrival.arrived.min(at);
                known.entry(arrival.contact).or_insert(Known {
                    came,
                    answered: None,
                    talk_us: None,
                    wrap_up_us: None,
                    left: None,
                });
            }
            Input::Accepted { reservation } => {
                if let Some(found) = rings.remove(reservation).and_then(|contact| known.get_mut(&contact)) {
                    found.answered = Some(at);
                }
            }
            Input::Ended { contact } => {
                // A second end of the same conversation is refused by the router and counts for nothing.
                if let Some(found) = known.get_mut(contact).filter(|found| found.talk_us.is_none()) {
                    found.talk_us = found.answered.map(|answered| at.since(answered).as_micros() as u64);
                }
            }
            Input::Leave { contact, why: Left::Abandoned } => {
                if let Some(found) = known.get_mut(contact) {
                    found.left = Some(at);
                }
            }
            _ => {}
        }
        for output in out.drain(..) {
            statistics.note_output(at, &output);
            match output {
                Output::Reserve { reservation, contact, .. } => {
                    rings.insert(reservation, contact);
                }
                Output::AgentState { agent, state, .. } => {
                    if let Some((contact, since)) = wrapping.remove(&agent)
                        && let Some(found) = known.get_mut(&contact)
                    {
                        found.wrap_up_us = Some(at.since(since).as_micros() as u64);
                    }
                    if let AgentState::WrapUp { contact, .. } = state {
                        wrapping.insert(agent, (contact, at));
                    }
                }
                _ => {}
            }
        }
    }
    (known, statistics.total())
}

fn patience(known: &BTreeMap<ContactId, Known>) -> Patience {
    let waited = |k: &Known| k.left.or(k.answered).map_or(0.0, |end| end.since(k.came).as_secs_f64());
    let total: f64 = known.values().map(waited).sum();
    let gave_up = known.values().filter(|k| k.left.is_some()).count() as u64;
    let mean = |count: f64| (count > 0.0).then(|| total / count);
    let count = gave_up as f64;
    let spread = 1.96 * count.sqrt();
    Patience { mean_s: mean(count), low_s: mean(count + spread), high_s: mean(count - spread), gave_up }
}

struct Day<'a> {
    known: &'a BTreeMap<ContactId, Known>,
    router: Router,
    statistics: Statistics,
    events: BinaryHeap<Reverse<(Instant, Event)>>,
    /// By mean patience in microseconds.
    patience_us: Option<f64>,
    talks: Vec<u64>,
    usual_wrap_up_us: u64,
    rng: Rng,
    answered: BTreeMap<ContactId, Instant>,
    borrowed: u64,
}

impl<'a> Day<'a> {
    fn new(known: &'a BTreeMap<ContactId, Known>, rules: &Rules, patience_s: Option<f64>, seed: u64) -> Self {
        let settings = Settings { explain: 0, estimates: false, ..Settings::default() };
        let mut day = Self {
            known,
            router: Router::new(settings, seed),
            statistics: Statistics::new(900),
            events: BinaryHeap::new(),
            patience_us: patience_s.map(|seconds| seconds * 1e6),
            talks: known.values().filter_map(|k| k.talk_us).collect(),
            usual_wrap_up_us: median(known.values().filter_map(|k| k.wrap_up_us).collect()),
            rng: Rng::new(seed),
            answered: BTreeMap::new(),
            borrowed: 0,
        };
        day.tell(Instant::ZERO, Input::Configure(Box::new(rules.clone())));
        day
    }

    fn run(&mut self, entries: &[Entry]) {
        for (entry, ix) in entries.iter().zip(0..) {
            if let Entry::Input { at, input } = entry
                && is_behaviour(input)
            {
                self.events.push(Reverse((*at, Event::Journaled(ix))));
            }
        }
        while let Some(Reverse((at, _))) = self.events.peek() {
            if let Some(due) = self.router.next_deadline().filter(|due| due <= at) {
                self.tell(due, Input::Deadline);
                continue;
            }
            let Some(Reverse((at, event))) = self.events.pop() else { return };
            match event {
                Event::Ended(contact) => self.tell(at, Input::Ended { contact }),
                Event::WrappedUp(agent) => self.tell(at, Input::WrapUpDone { agent }),
                Event::GaveUp(contact) if self.router.is_waiting(contact) == Some(true) => {
                    self.tell(at, Input::Leave { contact, why: Left::Abandoned });
                }
                Event::GaveUp(_) => {}
                Event::Journaled(ix) => {
                    if let Some(Entry::Input { input, .. }) = entries.get(ix) {
                        self.journaled(at, input.clone());
                    }
                }
            }
        }
    }

    fn journaled(&mut self, at: Instant, input: Input) {
        if let Input::Arrive(arrival) = &input
            && let Some(gives_up) = self.gives_up(at, arrival.contact)
        {
            self.events.push(Reverse((gives_up, Event::GaveUp(arrival.contact))));
        }
        self.tell(at, input);
    }

    /// Who gave up then gives up at the same time now. Who was answered had at least that much
    /// patience; how much more is drawn: an exponential patience has no memory.
    fn gives_up(&mut self, at: Instant, contact: ContactId) -> Option<Instant> {
        let known = self.known.get(&contact)?;
        if known.left.is_some() {
            return known.left;
        }
        let rest = -(1.0 - self.rng.unit()).ln() * self.patience_us?;
        Some(known.answered.unwrap_or(at) + std::time::Duration::from_micros(rest as u64))
    }

    /// Every ring is answered at once; who had no conversation then gets somebody's of that day.
    fn tell(&mut self, at: Instant, input: Input) {
        let mut out = Vec::new();
        self.statistics.note_input(at, &input);
        self.router.handle(at, input, &mut out);
        for output in out {
            self.statistics.note_output(at, &output);
            if let Output::AgentState { agent, state: AgentState::WrapUp { contact, .. }, .. } = output {
                // As long as then, or the usual time where there was none.
                let wrap_up =
                    self.known.get(&contact).and_then(|known| known.wrap_up_us).unwrap_or(self.usual_wrap_up_us);
                self.events.push(Reverse((at + std::time::Duration::from_micros(wrap_up), Event::WrappedUp(agent))));
            }
            let Output::Reserve { reservation, contact, .. } = output else { continue };
            let talk = self.known.get(&contact).and_then(|known| known.talk_us);
            let talk_us = talk.unwrap_or_else(|| {
                self.borrowed += 1;
                self.talks.get(self.rng.below(self.talks.len() as u64) as usize).copied().unwrap_or(0)
            });
            self.answered.insert(contact, at);
            self.events.push(Reverse((at + std::time::Duration::from_micros(talk_us), Event::Ended(contact))));
            self.tell(at, Input::Accepted { reservation });
        }
    }
}

/// What people did of their own will; the rest follows from decisions and is made anew.
fn is_behaviour(input: &Input) -> bool {
    matches!(
        input,
        Input::SignIn { .. }
            | Input::SignOut { .. }
            | Input::Ready { .. }
            | Input::ReadyTogether { .. }
            | Input::NotReady { .. }
            | Input::Arrive(_)
            | Input::KeepPlace { .. }
    )
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}
