//! The day again under the given rules: the live router decides, people do what they did.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use super::Question;
use super::past::{Contact, Past, note_agents};
use crate::acd::engine::router::Router;
use crate::acd::engine::tables::id_map::IdMap;
use crate::acd::figures::statistics::Statistics;
use crate::acd::journal::Entry;
use crate::acd::rules::Rules;
use crate::acd::{AgentState, Input, Left, Output};
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId, Rng};

/// What follows from decisions of this day. At the same time the earlier variant goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Event {
    Ended(ContactId),
    WrappedUp(AgentId, ContactId),
    Answers(ReservationId),
    Declines(ReservationId),
    Leaves(ContactId, Left),
}

pub(super) struct Day<'a> {
    past: &'a Past,
    rules: Rules,
    router: Router,
    pub statistics: Statistics,
    events: BinaryHeap<Reverse<(Instant, Event)>>,
    rings: BTreeMap<ReservationId, ContactId>,
    /// Conversations of agents that no queue gave them.
    own: BTreeSet<ContactId>,
    /// Mean patience in seconds.
    patience_s: Option<f64>,
    usual: Usual,
    rng: Rng,
    pub answered: IdMap<ContactId, Instant>,
    pub left: IdMap<ContactId, Instant>,
    /// Conversations of contacts that had none then.
    pub borrowed: u64,
    out: Vec<Output>,
}

/// To borrow from, in microseconds.
struct Usual {
    talks: BTreeMap<QueueId, Vec<u64>>,
    rings: Vec<u64>,
    wrap_up: u64,
}

impl Usual {
    fn of(past: &Past) -> Self {
        let mut talks: BTreeMap<QueueId, Vec<u64>> = BTreeMap::new();
        let known = || past.contacts.values().filter(|contact| !contact.carried);
        for contact in known() {
            if let Some(us) = contact.talk_us() {
                talks.entry(contact.queue).or_default().push(us);
            }
        }
        let mut wrap_ups: Vec<u64> = known().filter_map(Contact::wrap_up_us).collect();
        wrap_ups.sort_unstable();
        let wrap_up = wrap_ups.get(wrap_ups.len() / 2).copied().unwrap_or(0);
        Self { talks, rings: known().filter_map(|contact| contact.ring_us).collect(), wrap_up }
    }
}

impl<'a> Day<'a> {
    pub fn run(question: &Question, past: &'a Past, patience_s: Option<f64>) -> Self {
        let mut day = Self {
            past,
            rules: past.estimates.plain(&question.rules),
            router: past.estimates.restored(&question.begin),
            statistics: Statistics::new(u32::MAX),
            events: BinaryHeap::new(),
            rings: BTreeMap::new(),
            own: BTreeSet::new(),
            patience_s,
            usual: Usual::of(past),
            rng: Rng::new(question.seed),
            answered: IdMap::with_capacity_and_hasher(past.contacts.len(), Default::default()),
            left: IdMap::default(),
            borrowed: 0,
            out: Vec::new(),
        };
        let yardstick = Input::Configure(Box::new(past.yardstick.clone()));
        day.statistics.note_input(question.begin.at, &yardstick);
        day.begin(question.begin.at);
        day.go_on(question);
        day.statistics.sign_all_out(question.to);
        day
    }

    fn go_on(&mut self, question: &Question) {
        let mut entries = question.entries.iter().peekable();
        let mut last = question.begin.at;
        loop {
            let written = entries.peek().map(|entry| time_of(entry));
            let event = self.events.peek().map(|Reverse((at, event))| (*at, matches!(event, Event::Leaves(..))));
            // Who leaves at the moment of something else leaves after it.
            let of_event = event.filter(|(at, last)| written.is_none_or(|written| (*at, *last) <= (written, false)));
            let next = of_event.map(|(at, _)| at).or(written).filter(|at| *at <= question.to);
            if let Some(due) = self.router.next_deadline().filter(|due| *due <= next.unwrap_or(question.to)) {
                self.tell(due.max(last), Input::Deadline);
                continue;
            }
            let Some(at) = next else { return };
            if of_event.is_some() {
                if let Some(Reverse((at, event))) = self.events.pop() {
                    self.happens(at, event);
                }
            } else if let Some(entry) = entries.next() {
                self.written(last, entry);
            }
            last = at;
        }
    }

    /// The state at the beginning, under the given rules from now on.
    fn begin(&mut self, at: Instant) {
        note_agents(&self.router, at, &mut self.statistics);
        let queues: Vec<QueueId> = self.router.rules().queues.iter().map(|queue| queue.id).collect();
        let waiting: Vec<_> = queues.iter().flat_map(|queue| self.router.waiting(*queue, at)).collect();
        for view in waiting {
            self.will_leave(view.contact);
        }
        let known = |contact: &ContactId| self.past.contacts.get(contact);
        let mut due = Vec::new();
        let mut rings = Vec::new();
        for view in self.router.agents() {
            let ends = view.contacts.iter().filter_map(|id| Some((known(id)?.ended?, Event::Ended(*id))));
            due.extend(ends);
            match view.state {
                AgentState::WrapUp { contact, .. } => {
                    let done = known(&contact).and_then(|known| known.wrapped_up);
                    due.extend(done.map(|at| (at, Event::WrappedUp(view.agent, contact))));
                }
                AgentState::Reserved { reservation, contact, .. } => {
                    rings.push((view.since, reservation, contact, view.agent));
                }
                _ => {}
            }
        }
        self.events.extend(due.into_iter().map(Reverse));
        for (since, reservation, contact, agent) in rings {
            self.rings(since, reservation, contact, agent);
        }
        self.tell(at, Input::Configure(Box::new(self.rules.clone())));
    }

    fn written(&mut self, last: Instant, entry: &Entry) {
        let (at, input) = match entry {
            Entry::Input { at, input, .. } => (*at, input),
            Entry::Mark { .. } => return,
            Entry::Begin(checkpoint) => {
                self.statistics.sign_all_out(last);
                self.stop(last);
                self.events.clear();
                self.rings.clear();
                self.own.clear();
                self.router = self.past.estimates.restored(checkpoint);
                return self.begin(checkpoint.at);
            }
        };
        match input {
            Input::Arrive(arrival) => self.will_leave(arrival.contact),
            Input::Occupy { contact, .. } => {
                self.own.insert(*contact);
            }
            Input::Ended { contact } if self.own.remove(contact) => {}
            Input::SignIn { .. }
            | Input::ComeBack { .. }
            | Input::SignOut { .. }
            | Input::Ready { .. }
            | Input::ReadyTogether { .. }
            | Input::NotReady { .. } => {}
            Input::KeepPlace { contact } | Input::Move { contact, .. }
                if self.router.is_waiting(*contact) == Some(true) => {}
            // The rest follows from decisions and is made anew.
            _ => return,
        }
        self.tell(at, input.clone());
    }

    /// The server stops: whoever waits is gone.
    fn stop(&mut self, at: Instant) {
        let queues: Vec<QueueId> = self.router.rules().queues.iter().map(|queue| queue.id).collect();
        let waiting = queues.iter().flat_map(|queue| self.router.waiting(*queue, at));
        self.left.extend(waiting.map(|view| (view.contact, at)));
    }

    fn happens(&mut self, at: Instant, event: Event) {
        match event {
            Event::Ended(contact) => self.tell(at, Input::Ended { contact }),
            Event::WrappedUp(agent, contact) => {
                let state = self.router.agent(agent).map(|view| view.state);
                if matches!(state, Some(AgentState::WrapUp { contact: of, .. }) if of == contact) {
                    self.tell(at, Input::WrapUpDone { agent });
                }
            }
            Event::Answers(reservation) => {
                if let Some(contact) = self.rings.remove(&reservation) {
                    self.answered(at, contact);
                    self.tell(at, Input::Accepted { reservation });
                }
            }
            Event::Declines(reservation) => {
                if self.rings.contains_key(&reservation) {
                    self.tell(at, Input::Refused { reservation, why: crate::acd::RefusedWhy::Declined });
                }
            }
            Event::Leaves(contact, why) => {
                if self.router.is_waiting(contact) == Some(true) {
                    self.left.insert(contact, at);
                    self.tell(at, Input::Leave { contact, why });
                }
            }
        }
    }

    /// Who left then leaves at the same time now. Who was answered had at least that much patience; how
    /// much more is drawn: an exponential patience has no memory.
    fn will_leave(&mut self, contact: ContactId) {
        let Some(known) = self.past.contacts.get(&contact) else { return };
        let leaves = match (known.left, known.stayed_until(), self.patience_s) {
            (Some((at, why)), ..) => Some((at, why)),
            (None, Some(stayed), Some(mean)) if known.call_back.is_none() => {
                let more = -(1.0 - self.rng.unit()).ln() * mean;
                Some((stayed + Duration::from_micros((more * 1e6) as u64), Left::Abandoned))
            }
            _ => None,
        };
        if let Some((at, why)) = leaves {
            self.events.push(Reverse((at, Event::Leaves(contact, why))));
        }
    }

    fn rings(&mut self, at: Instant, reservation: ReservationId, contact: ContactId, agent: AgentId) {
        self.rings.insert(reservation, contact);
        let after = |us: u64| at + Duration::from_micros(us);
        let event = match self.past.absence(agent, at) {
            Some(absence) => absence.declined_us.map(|us| (after(us), Event::Declines(reservation))),
            None => {
                let known = self.past.contacts.get(&contact).and_then(|known| known.ring_us);
                let us = known.unwrap_or_else(|| borrow(&self.usual.rings, &mut self.rng).unwrap_or(0));
                Some((after(us), Event::Answers(reservation)))
            }
        };
        self.events.extend(event.map(Reverse));
    }

    fn answered(&mut self, at: Instant, contact: ContactId) {
        self.answered.insert(contact, at);
        let known = self.past.contacts.get(&contact);
        let talk = known.and_then(Contact::talk_us).unwrap_or_else(|| {
            // One that goes on at the end lasts longer than what is seen of it.
            let so_far = known.and_then(|known| known.talk_so_far_us(self.past.end));
            self.borrowed += u64::from(so_far.is_none());
            let others = known.and_then(|known| self.usual.talks.get(&known.queue));
            so_far.map_or(0, |us| us + 1) + others.and_then(|talks| borrow(talks, &mut self.rng)).unwrap_or(0)
        });
        let ends = at + Duration::from_micros(talk);
        self.events.push(Reverse((ends, Event::Ended(contact))));
    }

    fn tell(&mut self, at: Instant, input: Input) {
        if !matches!(input, Input::Configure(_)) {
            self.statistics.note_input(at, &input);
        }
        let mut out = std::mem::take(&mut self.out);
        self.router.handle(at, input, &mut out);
        for output in out.drain(..) {
            self.statistics.note_output(at, &output);
            self.follow(at, &output);
        }
        self.out = out;
    }

    fn follow(&mut self, at: Instant, output: &Output) {
        match output {
            Output::Reserve { reservation, contact, agent, .. } => self.rings(at, *reservation, *contact, *agent),
            Output::Withdraw { reservation, .. } => {
                self.rings.remove(reservation);
            }
            Output::LeftQueue { contact, .. } => {
                self.left.insert(*contact, at);
            }
            Output::AgentState { agent, state: AgentState::WrapUp { contact, .. }, .. } => {
                // As long as then, or the usual time where there was none.
                let known = self.past.contacts.get(contact).and_then(Contact::wrap_up_us);
                let done = at + Duration::from_micros(known.unwrap_or(self.usual.wrap_up));
                self.events.push(Reverse((done, Event::WrappedUp(*agent, *contact))));
            }
            _ => {}
        }
    }
}

fn time_of(entry: &Entry) -> Instant {
    match entry {
        Entry::Begin(checkpoint) => checkpoint.at,
        Entry::Mark { at, .. } | Entry::Input { at, .. } => *at,
    }
}

fn borrow(from: &[u64], rng: &mut Rng) -> Option<u64> {
    from.get(usize::try_from(rng.below(from.len() as u64)).ok()?).copied()
}
