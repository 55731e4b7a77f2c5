//! What the journal tells about the day: the router is run as it was, and everything people did of their
//! own will is noted.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use super::Question;
use super::estimates::Estimates;
use crate::acd::engine::router::Router;
use crate::acd::engine::tables::id_map::IdMap;
use crate::acd::figures::statistics::Statistics;
use crate::acd::journal;
use crate::acd::journal::Checkpoint;
use crate::acd::rules::Rules;
use crate::acd::{AgentState, Input, Left, Output, Withdrawn};
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId};

/// What is known of one contact.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub came: Instant,
    pub queue: QueueId,
    /// It was there at the beginning: it is served, but not counted.
    pub carried: bool,
    pub answered: Option<Instant>,
    /// From the ring to the answer, microseconds.
    pub ring_us: Option<u64>,
    pub ended: Option<Instant>,
    pub wrapped_up: Option<Instant>,
    /// From then on nobody holds the line: the customer is called back.
    pub call_back: Option<Instant>,
    /// By its own will or its owner's.
    pub left: Option<(Instant, Left)>,
    /// Put out of the line by the router.
    pub put_out: Option<Instant>,
}

impl Contact {
    fn new(came: Instant, queue: QueueId, carried: bool) -> Self {
        Self {
            came,
            queue,
            carried,
            answered: None,
            ring_us: None,
            ended: None,
            wrapped_up: None,
            call_back: None,
            left: None,
            put_out: None,
        }
    }

    /// `None`: no conversation, or it goes on.
    pub fn talk_us(&self) -> Option<u64> {
        Some(micros(self.answered?, self.ended?))
    }

    /// What is seen of a conversation that goes on at the end.
    pub fn talk_so_far_us(&self, end: Instant) -> Option<u64> {
        self.ended.is_none().then_some(micros(self.answered?, end))
    }

    /// `None`: no wrap-up, or it goes on.
    pub fn wrap_up_us(&self) -> Option<u64> {
        Some(micros(self.ended?, self.wrapped_up?))
    }

    /// The wait in microseconds, and whether it ended by giving up.
    pub fn waited(&self, end: Instant) -> Option<(u64, bool)> {
        let gave_up = matches!(self.left, Some((_, Left::Abandoned))) && self.call_back.is_none();
        let ended = self.left.map(|(at, _)| at).or(self.answered).or(self.put_out);
        let until = self.call_back.or(ended).unwrap_or(end);
        (until > self.came).then(|| (micros(self.came, until), gave_up))
    }

    /// It stayed at least until then, if it was not told to go.
    pub fn stayed_until(&self) -> Option<Instant> {
        self.answered.or(self.put_out)
    }
}

/// An agent who let a contact ring: not there from the ring on, until they said otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Absence {
    pub from: Instant,
    pub to: Instant,
    /// Declined after so many microseconds; `None`: never answered.
    pub declined_us: Option<u64>,
}

/// The contacts in the order in which they came.
pub(super) struct Known {
    list: Vec<(ContactId, Contact)>,
    index: IdMap<ContactId, usize>,
}

/// About so many inputs tell of one contact: it comes, is answered, ends, is wrapped up.
const INPUTS_OF_A_CONTACT: usize = 4;

impl Known {
    fn with_room(contacts: usize) -> Self {
        let index = IdMap::with_capacity_and_hasher(contacts, Default::default());
        Self { list: Vec::with_capacity(contacts), index }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// What is known already stays.
    fn add(&mut self, id: ContactId, contact: Contact) {
        if let Entry::Vacant(slot) = self.index.entry(id) {
            slot.insert(self.list.len());
            self.list.push((id, contact));
        }
    }

    pub fn get(&self, id: &ContactId) -> Option<&Contact> {
        self.list.get(*self.index.get(id)?).map(|(_, contact)| contact)
    }

    fn get_mut(&mut self, id: &ContactId) -> Option<&mut Contact> {
        self.list.get_mut(*self.index.get(id)?).map(|(_, contact)| contact)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ContactId, &Contact)> {
        self.list.iter().map(|(id, contact)| (*id, contact))
    }

    pub fn values(&self) -> impl Iterator<Item = &Contact> {
        self.list.iter().map(|(_, contact)| contact)
    }

    fn values_mut(&mut self) -> impl Iterator<Item = &mut Contact> {
        self.list.iter_mut().map(|(_, contact)| contact)
    }
}

pub(super) struct Past {
    pub contacts: Known,
    pub absences: BTreeMap<AgentId, Vec<Absence>>,
    pub statistics: Statistics,
    /// Keys of all queues there were and will be.
    pub queues: BTreeMap<QueueId, String>,
    /// The given rules, and queues that only the old ones have: one yardstick for both days.
    pub yardstick: Rules,
    pub end: Instant,
    pub inputs: u64,
    pub estimates: Estimates,
}

/// The run of the day as it was.
struct Reading {
    past: Past,
    router: Router,
    rings: BTreeMap<ReservationId, (ContactId, AgentId, Instant)>,
    refused: BTreeMap<ReservationId, Instant>,
    wrapping: BTreeMap<AgentId, ContactId>,
    out: Vec<Output>,
}

impl Past {
    pub fn read(question: &Question) -> Self {
        let past = Self {
            contacts: Known::with_room(question.entries.len() / INPUTS_OF_A_CONTACT),
            absences: BTreeMap::new(),
            statistics: Statistics::new(u32::MAX),
            queues: BTreeMap::new(),
            yardstick: question.rules.clone(),
            end: question.to,
            inputs: 0,
            estimates: Estimates::of(question),
        };
        let router = past.estimates.restored(&question.begin);
        let mut reading = Reading {
            past,
            router,
            rings: BTreeMap::new(),
            refused: BTreeMap::new(),
            wrapping: BTreeMap::new(),
            out: Vec::new(),
        };
        reading.know(&question.rules.clone());
        reading.know(&question.begin.state.rules().clone());
        reading.carry(question.begin.at);
        let mut last = question.begin.at;
        for entry in &question.entries {
            match entry {
                journal::Entry::Begin(checkpoint) => reading.restart(last, checkpoint),
                journal::Entry::Mark { .. } => {}
                journal::Entry::Input { at, input, .. } => {
                    last = *at;
                    reading.input(*at, input);
                }
            }
        }
        reading.past.statistics.sign_all_out(question.to);
        reading.still_ringing(question.to);
        reading.past
    }

    /// Was this agent away when a contact rang then?
    pub fn absence(&self, agent: AgentId, at: Instant) -> Option<&Absence> {
        let absences = self.absences.get(&agent)?;
        let next = absences.partition_point(|absence| absence.from <= at);
        absences.get(next.checked_sub(1)?).filter(|absence| at < absence.to)
    }
}

impl Reading {
    /// Queues of other rules are measured too.
    fn know(&mut self, rules: &Rules) {
        for queue in &rules.queues {
            self.past.queues.entry(queue.id).or_insert_with(|| queue.key.clone());
            if self.past.yardstick.queues.iter().all(|known| known.id != queue.id) {
                self.past.yardstick.queues.push(queue.clone());
            }
        }
        let yardstick = Input::Configure(Box::new(self.past.yardstick.clone()));
        self.past.statistics.note_input(Instant::ZERO, &yardstick);
    }

    /// Contacts that are there already.
    fn carry(&mut self, at: Instant) {
        let queues: Vec<QueueId> = self.router.rules().queues.iter().map(|queue| queue.id).collect();
        for waiting in queues.iter().flat_map(|queue| self.router.waiting(*queue, at)) {
            let contact = Contact::new(waiting.arrived, waiting.queue, true);
            self.past.contacts.add(waiting.contact, contact);
        }
        for view in self.router.agents() {
            for contact in &view.contacts {
                let known = Contact { answered: Some(at), ..Contact::new(at, QueueId(u32::MAX), true) };
                self.past.contacts.add(*contact, known);
            }
            match view.state {
                AgentState::Reserved { reservation, contact, .. } => {
                    self.rings.insert(reservation, (contact, view.agent, view.since));
                }
                AgentState::WrapUp { contact, .. } => {
                    let known =
                        Contact { answered: Some(at), ended: Some(at), ..Contact::new(at, QueueId(u32::MAX), true) };
                    self.past.contacts.add(contact, known);
                    self.wrapping.insert(view.agent, contact);
                }
                _ => {}
            }
        }
        note_agents(&self.router, at, &mut self.past.statistics);
    }

    /// Rings that nobody has answered take longer than what is seen of them.
    fn still_ringing(&mut self, end: Instant) {
        for (contact, _, rang) in self.rings.values() {
            if let Some(known) = self.past.contacts.get_mut(contact).filter(|known| known.answered.is_none()) {
                known.ring_us.get_or_insert(micros(*rang, end) + 1);
            }
        }
    }

    /// A server that stops ends what is open.
    fn restart(&mut self, last: Instant, checkpoint: &Checkpoint) {
        for known in self.past.contacts.values_mut() {
            match (known.answered, known.left) {
                (Some(_), _) => drop(known.ended.get_or_insert(last)),
                (None, None) => drop(known.put_out.get_or_insert(last)),
                (None, Some(_)) => {}
            }
        }
        self.past.statistics.sign_all_out(last);
        self.router = self.past.estimates.restored(checkpoint);
        self.know(&checkpoint.state.rules().clone());
        (self.rings, self.wrapping) = (BTreeMap::new(), BTreeMap::new());
        self.carry(checkpoint.at);
    }

    fn input(&mut self, at: Instant, input: &Input) {
        self.past.inputs += 1;
        let mut out = std::mem::take(&mut self.out);
        match input {
            Input::Configure(rules) => {
                let plain = self.past.estimates.plain(rules);
                self.router.handle(at, Input::Configure(Box::new(plain)), &mut out);
                self.know(rules);
            }
            _ => {
                self.router.handle(at, input.clone(), &mut out);
                self.past.statistics.note_input(at, input);
            }
        }
        self.note_input(at, input);
        for output in out.drain(..) {
            self.past.statistics.note_output(at, &output);
            self.note_output(at, output);
        }
        self.out = out;
    }

    fn note_input(&mut self, at: Instant, input: &Input) {
        match input {
            Input::Arrive(arrival) => {
                let call_back = arrival.call_back.then_some(at);
                let contact = Contact { call_back, ..Contact::new(arrival.arrived.min(at), arrival.queue, false) };
                self.past.contacts.add(arrival.contact, contact);
            }
            Input::Accepted { reservation } => {
                if let Some((contact, _, rang)) = self.rings.remove(reservation)
                    && let Some(known) = self.past.contacts.get_mut(&contact)
                {
                    known.answered = Some(at);
                    known.ring_us = Some(micros(rang, at));
                }
            }
            Input::Refused { reservation, .. } => {
                self.refused.insert(*reservation, at);
            }
            Input::Ended { contact } => {
                // A second end of the same conversation is refused by the router and counts for nothing.
                if let Some(known) = self.past.contacts.get_mut(contact) {
                    known.ended.get_or_insert(at);
                }
            }
            Input::KeepPlace { contact } => {
                if let Some(known) = self.past.contacts.get_mut(contact).filter(|known| known.answered.is_none()) {
                    known.call_back.get_or_insert(at);
                }
            }
            Input::Leave { contact, why } => {
                if let Some(known) = self.past.contacts.get_mut(contact).filter(|known| known.answered.is_none()) {
                    known.left.get_or_insert((at, *why));
                }
            }
            Input::Ready { agent, .. }
            | Input::SignIn { agent }
            | Input::ComeBack { agent, .. }
            | Input::SignOut { agent, .. } => self.is_back(at, *agent),
            Input::ReadyTogether { agents, .. } => agents.iter().for_each(|agent| self.is_back(at, *agent)),
            _ => {}
        }
    }

    fn is_back(&mut self, at: Instant, agent: AgentId) {
        if let Some(absence) = self.past.absences.get_mut(&agent).and_then(|list| list.last_mut()) {
            absence.to = absence.to.min(at);
        }
    }

    fn note_output(&mut self, at: Instant, output: Output) {
        match output {
            Output::Reserve { reservation, contact, agent, .. } => {
                self.rings.insert(reservation, (contact, agent, at));
            }
            Output::Withdraw { reservation, because, .. } => self.withdrawn(reservation, because),
            Output::LeftQueue { contact, .. } => {
                if let Some(known) = self.past.contacts.get_mut(&contact) {
                    known.put_out = Some(at);
                }
            }
            Output::AgentState { agent, state, .. } => {
                if let Some(contact) = self.wrapping.remove(&agent)
                    && let Some(known) = self.past.contacts.get_mut(&contact)
                {
                    known.wrapped_up = Some(at);
                }
                if let AgentState::WrapUp { contact, .. } = state {
                    self.wrapping.insert(agent, contact);
                }
            }
            _ => {}
        }
    }

    fn withdrawn(&mut self, reservation: ReservationId, because: Withdrawn) {
        let refused = self.refused.remove(&reservation);
        let Some((_, agent, rang)) = self.rings.remove(&reservation) else { return };
        if matches!(because, Withdrawn::NoAnswer | Withdrawn::Refused | Withdrawn::NoMedia) {
            let declined_us = refused.map(|at| micros(rang, at));
            let absence = Absence { from: rang, to: Instant::FAR_FUTURE, declined_us };
            self.past.absences.entry(agent).or_default().push(absence);
        }
    }
}

/// What every agent does at the beginning.
pub(super) fn note_agents(router: &Router, at: Instant, statistics: &mut Statistics) {
    for view in router.agents() {
        let state = Output::AgentState { agent: view.agent, state: view.state, since: at, next: None };
        statistics.note_output(at, &state);
    }
}

pub(super) fn micros(from: Instant, to: Instant) -> u64 {
    to.as_micros().saturating_sub(from.as_micros())
}
