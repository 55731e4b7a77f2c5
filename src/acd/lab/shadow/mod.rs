//! Changed rules beside the live ones: what they would decide, from the same inputs, at the same times.
//!
//! A pure machine with two routers in it: a copy of the live one, which decides as the live one does (same
//! state, same inputs), and another under the changed rules. Both start from one [`Checkpoint`]. It learns of
//! the live center by its inputs alone and has no way back to it.
//!
//! What people do belongs to what was decided for them, so the other side needs assumptions where the two
//! part (told in [`ASSUMPTIONS`] with every report):
//!
//! | on the other side | happens |
//! | --- | --- |
//! | signing in and out, ready, not ready, arrivals | as live |
//! | the same agent rings for the same contact as live | answered, refused or left ringing as live |
//! | another agent rings | answered after the mean time that live rings took |
//! | conversation, wrap-up | as long as live for this contact, never over before that is known; the mean where it never is |
//! | a caller who gives up live | gives up too, if still waiting |
//! | a caller who was answered live | waits on for as long as it takes |
//!
//! With unchanged rules both sides decide alike (a test). It ends when the live rules change.

mod course;
mod report;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::acd::figures::statistics::Statistics;
use crate::acd::{AgentState, Author, Checkpoint, DECLINED, Input, NO_ANSWER, NO_MEDIA, Output, Router, Rules, Why};
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId};
pub use course::Decisions;
use course::{Mean, Pair, Tally};
pub use report::{ASSUMPTIONS, Decided, Difference, QueueReport, Report, State};

/// Differing decisions kept to be looked at.
const RECENT: usize = 50;
/// A shadow nobody ends ends by itself.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// One ring of either side.
#[derive(Clone, Debug)]
struct Ring {
    contact: ContactId,
    agent: AgentId,
    at: Instant,
    why: Arc<Why>,
}

/// A router with its figures.
struct Side {
    router: Router,
    figures: Statistics,
    rings: BTreeMap<ReservationId, Ring>,
}

impl Side {
    fn new(begin: Checkpoint) -> Self {
        let now = begin.at;
        let router = begin.restore();
        let mut figures = Statistics::new(900);
        figures.note_input(now, &Input::Configure(Box::new(router.rules().clone())));
        Self { router, figures, rings: BTreeMap::new() }
    }

    fn tell(&mut self, now: Instant, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        self.figures.note_input(now, &input);
        self.router.handle(now, input, &mut out);
        for output in &out {
            self.figures.note_output(now, output);
            match output {
                Output::Reserve { reservation, contact, agent, why, .. } => {
                    let ring = Ring { contact: *contact, agent: *agent, at: now, why: why.clone() };
                    self.rings.insert(*reservation, ring);
                }
                Output::Withdraw { reservation, .. } => drop(self.rings.remove(reservation)),
                _ => {}
            }
        }
        out
    }

    /// The contact that the agent talks about or wraps up.
    fn at_work(&self, agent: AgentId) -> Option<ContactId> {
        match self.router.agent(agent)?.state {
            AgentState::Busy { contact } | AgentState::WrapUp { contact, .. } => Some(contact),
            _ => None,
        }
    }
}

/// What the other side does by itself later on.
#[derive(Clone, Copy, Debug)]
enum Act {
    Answer(ReservationId),
    End(ContactId),
    FinishWrapUp(AgentId, ContactId),
}

pub struct Shadow {
    live: Side,
    other: Side,
    began: Instant,
    now: Instant,
    inputs: u64,
    ended: Option<State>,
    pairs: BTreeMap<ContactId, Pair>,
    /// Rings of the other side that share the fate of a live one.
    follows: BTreeMap<(ContactId, AgentId), ReservationId>,
    /// Live wrap-ups that are on.
    wrapping: BTreeMap<AgentId, (ContactId, Instant)>,
    acts: BTreeMap<(Instant, u64), Act>,
    next_act: u64,
    rings: Mean,
    talks: Mean,
    wrap_ups: Mean,
    tally: Tally,
    recent: VecDeque<Difference>,
}

impl Shadow {
    /// From the live router's state, at the moment it was taken.
    pub fn new(begin: Checkpoint, rules: Rules) -> Self {
        let now = begin.at;
        let live = Side::new(begin.clone());
        let other = Side::new(begin);
        let mut shadow = Self {
            live,
            other,
            began: now,
            now,
            inputs: 0,
            ended: None,
            pairs: BTreeMap::new(),
            follows: BTreeMap::new(),
            wrapping: BTreeMap::new(),
            acts: BTreeMap::new(),
            next_act: 0,
            rings: Mean::new(Duration::from_secs(5)),
            talks: Mean::new(Duration::from_secs(180)),
            wrap_ups: Mean::new(Duration::from_secs(30)),
            tally: Tally::default(),
            recent: VecDeque::new(),
        };
        shadow.take_up(now);
        shadow.tell_other(now, Input::Configure(Box::new(rules)));
        shadow
    }

    /// What is going on at the beginning goes on alike on both sides.
    fn take_up(&mut self, now: Instant) {
        for queue in self.live.router.queues() {
            for waiting in self.live.router.waiting(queue.queue, now) {
                self.pairs.insert(waiting.contact, Pair::new(queue.queue, waiting.arrived));
            }
        }
        for view in self.live.router.agents() {
            match view.state {
                AgentState::Reserved { reservation, contact, .. } => {
                    let why = Arc::default();
                    let ring = Ring { contact, agent: view.agent, at: now, why };
                    self.live.rings.insert(reservation, ring.clone());
                    self.other.rings.insert(reservation, ring);
                    self.follows.insert((contact, view.agent), reservation);
                }
                AgentState::WrapUp { contact, .. } => drop(self.wrapping.insert(view.agent, (contact, now))),
                _ => {}
            }
        }
    }

    /// An input of the live router, with its time. In their order, without a gap.
    pub fn note(&mut self, at: Instant, input: &Input) {
        // A report may have let the other side's time run ahead of an input that was on its way.
        let now = at.max(self.now);
        if self.ended.is_none() && now.since(self.began) > LONGEST {
            self.ended = Some(State::Expired);
        }
        if self.ended.is_none() && matches!(input, Input::Configure(_)) {
            self.ended = Some(State::RulesChanged);
        }
        if self.ended.is_some() {
            return;
        }
        self.inputs = self.inputs.saturating_add(1);
        self.advance(now);
        let answered = match input {
            Input::Accepted { reservation } => self.live.rings.remove(reservation),
            _ => None,
        };
        let refused = match input {
            Input::Refused { reservation, .. } => self.live.rings.get(reservation).cloned(),
            _ => None,
        };
        let same_work = agent_of(input)
            .is_some_and(|agent| self.live.at_work(agent).is_some_and(|it| self.other.at_work(agent) == Some(it)));
        let outputs = self.live.tell(at, input.clone());
        self.live_did(now, &outputs);
        match input {
            Input::Configure(_) => {}
            Input::Deadline => {
                if self.other.router.next_deadline().is_some_and(|due| due <= now) {
                    self.tell_other(now, Input::Deadline);
                }
            }
            Input::Arrive(arrival) => {
                self.pairs.entry(arrival.contact).or_insert_with(|| Pair::new(arrival.queue, now));
                self.tell_other(now, input.clone());
            }
            Input::SignIn { .. }
            | Input::ComeBack { .. }
            | Input::SignOut { .. }
            | Input::Ready { .. }
            | Input::ReadyTogether { .. }
            | Input::NotReady { .. }
            | Input::KeepPlace { .. }
            | Input::Move { .. }
            | Input::Occupy { .. } => self.tell_other(now, input.clone()),
            // The other side's answer is the live side's.
            Input::Answering { .. } | Input::Take { .. } => {}
            Input::Leave { contact, .. } => self.live_left(now, *contact, input),
            Input::Accepted { .. } => {
                if let Some(ring) = answered {
                    self.live_answered(now, &ring);
                }
            }
            Input::Refused { why, .. } => {
                let own = refused.and_then(|ring| self.follows.remove(&(ring.contact, ring.agent)));
                if let Some(reservation) = own {
                    self.tell_other(now, Input::Refused { reservation, why: *why });
                }
            }
            Input::Ended { contact } => self.live_ended(now, *contact),
            Input::WrapUpDone { .. } | Input::ExtendWrapUp { .. } | Input::RequestWrapUp { .. } => {
                if same_work {
                    self.tell_other(now, input.clone());
                }
            }
        }
        self.settle_left(&outputs, true);
    }

    /// Lets the other side's time pass. A deadline that the live side has too waits until it is due there: the
    /// live router hears of it a little late, and both shall act at the same time.
    pub fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while self.ended.is_none() {
            let deadline = self.other.router.next_deadline();
            let act = self.acts.first_key_value().map(|((at, _), _)| *at);
            match (deadline, act) {
                (Some(due), act) if due <= now && act.is_none_or(|act| due < act) => {
                    if self.live.router.next_deadline() == Some(due) {
                        return;
                    }
                    self.tell_other(due, Input::Deadline);
                }
                (_, Some(due)) if due <= now => {
                    if let Some((_, act)) = self.acts.pop_first() {
                        self.act(due, act);
                    }
                }
                _ => return,
            }
        }
    }

    fn later(&mut self, at: Instant, act: Act) {
        self.next_act = self.next_act.saturating_add(1);
        self.acts.insert((at, self.next_act), act);
    }

    fn act(&mut self, now: Instant, act: Act) {
        match act {
            Act::Answer(reservation) => self.answer_other(now, reservation),
            Act::End(contact) => self.end_other(now, contact),
            Act::FinishWrapUp(agent, contact) => {
                if self.other.at_work(agent) == Some(contact) {
                    self.tell_other(now, Input::WrapUpDone { agent });
                }
            }
        }
    }

    fn live_did(&mut self, now: Instant, outputs: &[Output]) {
        for output in outputs {
            let Output::AgentState { agent, state, .. } = output else { continue };
            let wraps = matches!(state, AgentState::WrapUp { .. });
            if let Some((contact, since)) = self.wrapping.remove(agent).filter(|_| !wraps) {
                self.live_wrapped_up(now, *agent, contact, now.since(since));
            }
            match state {
                AgentState::WrapUp { contact, .. } => drop(self.wrapping.insert(*agent, (*contact, now))),
                AgentState::NotReady { reason } if [NO_ANSWER, DECLINED, NO_MEDIA].contains(&reason.as_str()) => {
                    self.silent_agent(now, *agent, reason);
                }
                _ => {}
            }
        }
    }

    /// Somebody who lets the phone ring live, sends the call on or cannot be heard would not take one on the other side either.
    fn silent_agent(&mut self, now: Instant, agent: AgentId, reason: &str) {
        if self.other.router.agent(agent).is_some_and(|view| view.state == AgentState::Ready) {
            let reason = reason.to_owned();
            self.tell_other(now, Input::NotReady { agent, reason, author: Author::System });
        }
    }

    fn live_wrapped_up(&mut self, now: Instant, agent: AgentId, contact: ContactId, span: Duration) {
        self.wrap_ups.note(span);
        if let Some(pair) = self.pairs.get_mut(&contact) {
            pair.wrap_up = Some(span);
        }
        // Its own deadline ends the other's wrap-up where it has one.
        let endless = AgentState::WrapUp { contact, until: None };
        if self.other.router.agent(agent).is_some_and(|view| view.state == endless) {
            self.tell_other(now, Input::WrapUpDone { agent });
        }
    }

    fn live_answered(&mut self, now: Instant, ring: &Ring) {
        self.rings.note(now.since(ring.at));
        if let Some(pair) = self.pairs.get_mut(&ring.contact) {
            pair.live.answered(ring.clone(), now);
            pair.rang = Some(now.since(ring.at));
        }
        let same = self.follows.get(&(ring.contact, ring.agent)).copied();
        let any = || {
            let of_contact = (ring.contact, AgentId(0))..=(ring.contact, AgentId(u32::MAX));
            self.follows.range(of_contact).map(|(_, reservation)| *reservation).next()
        };
        if let Some(reservation) = same.or_else(any) {
            self.answer_other(now, reservation);
        }
        self.settle(ring.contact);
    }

    fn live_left(&mut self, now: Instant, contact: ContactId, input: &Input) {
        let waits = self.other.router.is_waiting(contact) == Some(true);
        if waits {
            self.tell_other(now, input.clone());
        }
        let mean = self.talks.get();
        let Some(pair) = self.pairs.get_mut(&contact) else { return };
        pair.live.over = true;
        if waits {
            pair.other.over = true;
        } else if let Some(since) = pair.other.answered.as_ref().map(|(_, at)| *at) {
            self.later((since + mean).max(now), Act::End(contact));
        }
        self.settle(contact);
    }

    fn live_ended(&mut self, now: Instant, contact: ContactId) {
        let Some(pair) = self.pairs.get_mut(&contact) else {
            return self.tell_other(now, Input::Ended { contact });
        };
        pair.live.over = true;
        let talk = pair.live.answered.as_ref().map(|(_, at)| now.since(*at));
        pair.talk = talk;
        let other = pair.other.answered.as_ref().map(|(_, at)| *at);
        if let Some(talk) = talk {
            self.talks.note(talk);
        }
        match other.map(|since| since + talk.unwrap_or_default()) {
            Some(end) if end > now => self.later(end, Act::End(contact)),
            Some(_) => self.end_other(now, contact),
            None => {}
        }
        self.forget(contact);
    }

    fn tell_other(&mut self, now: Instant, input: Input) {
        let outputs = self.other.tell(now, input);
        for output in &outputs {
            match output {
                Output::Reserve { reservation, contact, agent, .. } => {
                    self.other_rings(now, *reservation, *contact, *agent);
                }
                Output::Withdraw { contact, agent, .. } => drop(self.follows.remove(&(*contact, *agent))),
                Output::AgentState { agent, state: AgentState::WrapUp { contact, .. }, .. } => {
                    self.other_wraps_up(now, *agent, *contact);
                }
                _ => {}
            }
        }
        self.settle_left(&outputs, false);
    }

    fn other_rings(&mut self, now: Instant, reservation: ReservationId, contact: ContactId, agent: AgentId) {
        let rings_live = self.live.router.agent(agent).is_some_and(
            |view| matches!(view.state, AgentState::Reserved { contact: rings_for, .. } if rings_for == contact),
        );
        if rings_live {
            self.follows.insert((contact, agent), reservation);
            return;
        }
        let known = self.pairs.get(&contact).and_then(|pair| pair.rang);
        self.later(now + known.unwrap_or_else(|| self.rings.get()), Act::Answer(reservation));
    }

    fn other_wraps_up(&mut self, now: Instant, agent: AgentId, contact: ContactId) {
        if self.wrapping.get(&agent).is_some_and(|(live, _)| *live == contact) {
            return;
        }
        let known = self.pairs.get(&contact).and_then(|pair| pair.wrap_up);
        self.later(now + known.unwrap_or_else(|| self.wrap_ups.get()), Act::FinishWrapUp(agent, contact));
        self.forget(contact);
    }

    fn answer_other(&mut self, now: Instant, reservation: ReservationId) {
        // Withdrawn meanwhile: nobody is there to answer.
        let Some(ring) = self.other.rings.remove(&reservation) else { return };
        self.follows.remove(&(ring.contact, ring.agent));
        self.tell_other(now, Input::Accepted { reservation });
        let mean = self.talks.get();
        if let Some(pair) = self.pairs.get_mut(&ring.contact) {
            let contact = ring.contact;
            pair.other.answered(ring, now);
            let talk = pair.talk.or(if pair.live.over { Some(mean) } else { None });
            if let Some(talk) = talk {
                self.later(now + talk, Act::End(contact));
            }
            self.settle(contact);
        }
    }

    fn end_other(&mut self, now: Instant, contact: ContactId) {
        self.tell_other(now, Input::Ended { contact });
        if let Some(pair) = self.pairs.get_mut(&contact) {
            pair.other.over = true;
        }
        self.forget(contact);
    }

    /// Contacts that a side sent away.
    fn settle_left(&mut self, outputs: &[Output], live: bool) {
        for output in outputs {
            let Output::LeftQueue { contact, .. } = output else { continue };
            let Some(pair) = self.pairs.get_mut(contact) else { continue };
            let course = if live { &mut pair.live } else { &mut pair.other };
            course.over = true;
            self.settle(*contact);
        }
    }

    /// Compares what became of a contact, once both sides have decided.
    fn settle(&mut self, contact: ContactId) {
        let Some(pair) = self.pairs.get_mut(&contact) else { return };
        if pair.is_decided() && !pair.counted {
            pair.counted = true;
            if self.tally.count(pair) {
                let difference = report::difference(contact, pair, &self.live, &self.other);
                self.recent.push_front(difference);
                self.recent.truncate(RECENT);
            }
        }
        self.forget(contact);
    }

    fn forget(&mut self, contact: ContactId) {
        if self.pairs.get(&contact).is_some_and(|pair| pair.counted && pair.live.over && pair.other.over) {
            self.pairs.remove(&contact);
        }
    }

    /// What there is to tell at `now`.
    pub fn report(&mut self, now: Instant) -> Report {
        self.advance(now);
        let queues = self.live.router.rules().queues.iter().map(|queue| queue.id).collect::<Vec<_>>();
        let of_queue = |queue: QueueId| QueueReport {
            queue,
            live: report::sheet(&self.live, queue),
            shadow: report::sheet(&self.other, queue),
        };
        Report {
            state: self.ended.unwrap_or(State::Running),
            since: self.began,
            until: self.now,
            inputs: self.inputs,
            decisions: self.tally.decisions(),
            queues: queues.into_iter().map(of_queue).collect(),
            recent: self.recent.iter().cloned().collect(),
            assumptions: ASSUMPTIONS,
        }
    }
}

fn agent_of(input: &Input) -> Option<AgentId> {
    match input {
        Input::WrapUpDone { agent } | Input::ExtendWrapUp { agent } | Input::RequestWrapUp { agent } => Some(*agent),
        _ => None,
    }
}
