//! Statistics folded from the journal: what went into the router and what came out, nothing else. Any
//! figure can be had again for any day, also after thresholds have changed.
//!
//! A stay in a queue counts in the interval in which the contact came: for its queue, for the channel of that
//! queue, and for every skill that the queue or the contact itself asked for (a stay that asks for two skills
//! counts for both, so skills do not add up to queues). An agent's time counts in the intervals in which it
//! passed.
//!
//! Every service level is one of the eight variants in use, and stands beside its formula.

mod counts;
mod past;
mod rows;
mod settled;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use counts::{AgentTimes, Figure, QueueCounts, Sheet};
pub use past::PastFigures;
pub use rows::Rows;
use rows::{Activity, CellKey, Cells, Doing, People};
pub use settled::{QUARTER_S, Settled, SettledAgent, SettledStays};

use crate::acd::engine::router::Router;
use crate::acd::engine::tables::id_map::IdMap;
use crate::acd::rules::{QueueRule, Rules};
use crate::acd::{AgentState, Input, Left, Output, Withdrawn};
use crate::base::{AgentId, Channel, ContactId, Instant, QueueId, ReservationId, SkillId};

/// What a queue's rule says about counting.
#[derive(Clone, Debug, Default)]
struct Measure {
    /// Service and short-abandon threshold, in microseconds.
    within_us: u64,
    short_us: u64,
    channel: Channel,
    /// Sorted, each once.
    skills: Arc<[SkillId]>,
    /// The cell of a contact without skills of its own, in the interval in which the last one came.
    last: Option<(Instant, u32)>,
}

impl Measure {
    fn of(rule: &QueueRule) -> Self {
        let needs = rule.requirement.all.iter().chain(&rule.requirement.any);
        Self {
            within_us: u64::from(rule.answer_within_s) * 1_000_000,
            short_us: u64::from(rule.short_abandon_s) * 1_000_000,
            channel: rule.channel,
            skills: sorted(needs.map(|need| need.skill).collect()),
            last: None,
        }
    }
}

fn sorted(mut skills: Vec<SkillId>) -> Arc<[SkillId]> {
    skills.sort_unstable();
    skills.dedup();
    skills.into()
}

#[derive(Clone, Debug)]
struct Stay {
    queue: QueueId,
    /// Where it counts.
    cell: u32,
    /// Skills that the contact asked for, beside the queue.
    own_skills: Vec<SkillId>,
    arrived: Instant,
    answered: Option<Instant>,
    /// An agent did not answer for it.
    rang_out: bool,
    /// Who did not, here or in a queue before.
    missed_by: Vec<AgentId>,
}

/// The fold: hand it every input and output in order.
#[derive(Clone, Debug)]
pub struct Statistics {
    interval_us: u64,
    measures: BTreeMap<QueueId, Measure>,
    stays: IdMap<ContactId, Stay>,
    /// The conversation that was just over, and its cell: its wrap-up may begin now.
    over: Option<(ContactId, u32)>,
    /// Cells whose contacts are wrapped up.
    wrapping: IdMap<AgentId, u32>,
    rings: IdMap<ReservationId, (ContactId, AgentId)>,
    people: People,
    cells: Cells,
}

impl Statistics {
    /// `interval_s`: 900 and 1800 are usual.
    pub fn new(interval_s: u32) -> Self {
        Self {
            interval_us: u64::from(interval_s.max(1)) * 1_000_000,
            measures: BTreeMap::new(),
            stays: IdMap::default(),
            over: None,
            wrapping: IdMap::default(),
            rings: IdMap::default(),
            people: People::default(),
            cells: Cells::default(),
        }
    }

    fn interval(&self, at: Instant) -> Instant {
        Instant::from_micros(at.as_micros() / self.interval_us * self.interval_us)
    }

    fn agent(&mut self, at: Instant, agent: AgentId) -> &mut AgentTimes {
        self.people.row(self.interval(at), agent)
    }

    fn stay(&mut self, queue: QueueId, own_skills: Vec<SkillId>, arrived: Instant) -> Stay {
        let interval = self.interval(arrived);
        let measure = self.measures.entry(queue).or_default();
        let cell = match measure.last {
            Some((last, cell)) if last == interval && own_skills.is_empty() => cell,
            _ => {
                let skills = match own_skills.is_empty() {
                    true => Arc::clone(&measure.skills),
                    false => sorted(measure.skills.iter().chain(&own_skills).copied().collect()),
                };
                let cell = self.cells.find(CellKey { interval, queue, channel: measure.channel, skills });
                if own_skills.is_empty() {
                    measure.last = Some((interval, cell));
                }
                cell
            }
        };
        Stay { queue, cell, own_skills, arrived, answered: None, rang_out: false, missed_by: Vec::new() }
    }

    /// Service and short-abandon threshold now, in microseconds.
    fn thresholds(&self, queue: QueueId) -> (u64, u64) {
        self.measures.get(&queue).map_or((0, 0), |measure| (measure.within_us, measure.short_us))
    }

    /// Before the outputs it causes.
    pub fn note_input(&mut self, now: Instant, input: &Input) {
        match input {
            Input::Configure(rules) => self.configure(rules),
            Input::Arrive(arrival) if !self.stays.contains_key(&arrival.contact) => {
                let own_skills = arrival.skills.iter().map(|(skill, _)| *skill).collect();
                let stay = self.stay(arrival.queue, own_skills, arrival.arrived.min(now));
                self.cells.at(stay.cell).offered += u64::from(!arrival.waited_on);
                self.stays.insert(arrival.contact, stay);
            }
            Input::Leave { contact, why } => {
                if let Some(stay) = self.stays.remove(contact).filter(|stay| stay.answered.is_none()) {
                    self.leave(now, &stay, *why);
                }
            }
            Input::Accepted { reservation } => self.accept(now, *reservation),
            Input::Ended { contact } => {
                let talked = self.stays.remove(contact).and_then(|stay| Some((stay.answered?, stay.cell)));
                if let Some((answered, cell)) = talked {
                    let counts = self.cells.at(cell);
                    counts.talk_us += span_us(now, answered);
                    counts.talks += 1;
                    self.over = Some((*contact, cell));
                }
            }
            _ => {}
        }
    }

    pub fn note_output(&mut self, now: Instant, output: &Output) {
        match output {
            Output::Reserve { reservation, contact, agent, .. } => {
                self.rings.insert(*reservation, (*contact, *agent));
                if let Some(stay) = self.stays.get(contact) {
                    self.cells.at(stay.cell).rings += 1;
                }
            }
            Output::Withdraw { reservation, because, .. } => self.withdraw(now, *reservation, *because),
            Output::LeftQueue { contact, why, .. } => {
                if let Some(stay) = self.stays.remove(contact) {
                    self.leave(now, &stay, *why);
                }
            }
            Output::Moved { contact, to, .. } => {
                if let Some(old) = self.stays.remove(contact) {
                    let late = span_us(now, old.arrived) > self.thresholds(old.queue).0;
                    self.cells.at(old.cell).flow_out(late);
                    let stay = Stay { missed_by: old.missed_by, ..self.stay(*to, old.own_skills, old.arrived) };
                    self.cells.at(stay.cell).offered += 1;
                    self.stays.insert(*contact, stay);
                }
            }
            Output::AgentState { agent, state, .. } => self.agent_state(now, *agent, state),
            Output::PlaceKept { .. } | Output::Position { .. } | Output::Rejected { .. } => {}
        }
    }

    fn configure(&mut self, rules: &Rules) {
        self.measures = rules.queues.iter().map(|rule| (rule.id, Measure::of(rule))).collect();
    }

    fn leave(&mut self, now: Instant, stay: &Stay, why: Left) {
        let (within, short) = self.thresholds(stay.queue);
        let wait = span_us(now, stay.arrived);
        let counts = self.cells.at(stay.cell);
        counts.longest_wait_us = counts.longest_wait_us.max(wait);
        match why {
            Left::Abandoned => {
                counts.wait_abandoned_us += wait;
                match wait {
                    wait if wait <= short => counts.abandoned_short += 1,
                    wait if wait <= within => counts.abandoned_in_time += 1,
                    _ => counts.abandoned_late += 1,
                }
            }
            Left::Removed if wait <= within => counts.removed_in_time += 1,
            Left::Removed => counts.removed_late += 1,
            Left::Timeout => counts.flow_out(wait > within),
            Left::Full | Left::NoAgents | Left::Closed => {
                counts.offered -= 1;
                counts.refused += 1;
            }
        }
    }

    fn accept(&mut self, now: Instant, reservation: ReservationId) {
        let Some((contact, agent)) = self.rings.remove(&reservation) else { return };
        self.agent(now, agent).answered += 1;
        let Some(stay) = self.stays.get_mut(&contact) else { return };
        stay.answered = Some(now);
        let (cell, queue, wait) = (stay.cell, stay.queue, span_us(now, stay.arrived));
        let (within, _) = self.thresholds(queue);
        let counts = self.cells.at(cell);
        counts.wait_answered_us += wait;
        counts.longest_wait_us = counts.longest_wait_us.max(wait);
        match wait <= within {
            true => counts.answered_in_time += 1,
            false => counts.answered_late += 1,
        }
    }

    fn withdraw(&mut self, now: Instant, reservation: ReservationId, because: Withdrawn) {
        let Some((contact, agent)) = self.rings.remove(&reservation) else { return };
        if !matches!(because, Withdrawn::NoAnswer | Withdrawn::Refused) {
            return;
        }
        // Of a contact that came before the fold began, nobody knows who missed it already.
        let mut once = true;
        if let Some(stay) = self.stays.get_mut(&contact) {
            let counts = self.cells.at(stay.cell);
            counts.unanswered_rings += 1;
            counts.stays_with_unanswered_rings += u64::from(!std::mem::replace(&mut stay.rang_out, true));
            once = !stay.missed_by.contains(&agent);
            if once {
                stay.missed_by.push(agent);
            }
        }
        let times = self.agent(now, agent);
        times.unanswered_rings += 1;
        times.contacts_rung_in_vain += u64::from(once);
    }

    fn agent_state(&mut self, now: Instant, agent: AgentId, state: &AgentState) {
        let activity = Activity::of(state);
        let begun = match state {
            AgentState::WrapUp { contact, .. } => self.over.take_if(|(over, _)| over == contact).map(|(_, cell)| cell),
            _ => None,
        };
        if let Some(was) = self.people.doing(agent) {
            self.spend(agent, was, now);
        }
        self.people.set(agent, Doing { activity, since: now });
        match begun {
            Some(cell) => drop(self.wrapping.insert(agent, cell)),
            // The same wrap-up, extended.
            None if activity == Activity::WrapUp => {}
            None => drop(self.wrapping.remove(&agent)),
        }
    }

    /// Books an agent's time in the intervals in which it passed, and the wrap-up for its contact.
    fn spend(&mut self, agent: AgentId, doing: Doing, to: Instant) {
        if doing.activity == Activity::SignedOut {
            return;
        }
        if doing.activity == Activity::WrapUp
            && let Some(cell) = self.wrapping.get(&agent)
        {
            self.cells.at(*cell).wrap_up_us += span_us(to, doing.since);
        }
        let mut at = doing.since;
        while at < to {
            let end = (self.interval(at) + Duration::from_micros(self.interval_us)).min(to);
            let span = span_us(end, at);
            let times = self.agent(at, agent);
            match doing.activity {
                Activity::SignedOut => {}
                Activity::NotReady => times.not_ready_us += span,
                Activity::Ready => times.ready_us += span,
                Activity::Reserved => times.reserved_us += span,
                Activity::Busy => times.busy_us += span,
                Activity::WrapUp => times.wrap_up_us += span,
            }
            at = end;
        }
    }

    /// Books what agents have been doing up to now. The fold may go on afterwards.
    pub fn close(&mut self, now: Instant) {
        for agent in self.people.known() {
            if let Some(doing) = self.people.doing(agent) {
                self.spend(agent, doing, now);
                self.people.set(agent, Doing { since: doing.since.max(now), ..doing });
            }
        }
    }

    /// The end of what is looked at, or of a server: what agents are doing is booked up to here.
    pub fn sign_all_out(&mut self, now: Instant) {
        for agent in self.people.known() {
            self.agent_state(now, agent, &AgentState::SignedOut);
        }
    }

    /// Begins in the midst of things, with a router as it is: agents count from now on, contacts that came
    /// before do not.
    pub fn begin(&mut self, router: &Router, now: Instant) {
        self.configure(router.rules());
        for view in router.agents() {
            if let AgentState::Reserved { reservation, contact, .. } = view.state {
                self.rings.insert(reservation, (contact, view.agent));
            }
            self.people.set(view.agent, Doing { activity: Activity::of(&view.state), since: now });
        }
    }

    /// The server ended here: what was going on is not followed any more.
    pub fn interrupt(&mut self, now: Instant) {
        self.close(now);
        self.people.forget_all();
        self.stays.clear();
        self.rings.clear();
        self.wrapping.clear();
        self.over = None;
    }

    /// All intervals.
    pub fn rows(&self) -> Rows {
        self.rows_where(|_| true)
    }

    /// The intervals that touch this time, with what agents have gone on doing until `to`. The fold goes on as
    /// if nobody had asked.
    pub fn rows_between(&self, from: Instant, to: Instant) -> Rows {
        let mut closed = self.clone();
        closed.close(to);
        let length = Duration::from_micros(self.interval_us);
        closed.rows_where(|at| at < to && at + length > from)
    }

    /// The intervals that begin in this time, to be put away; what agents have gone on doing until `to` with
    /// them.
    pub fn settled_between(&self, from: Instant, to: Instant) -> Settled {
        let mut closed = self.clone();
        closed.close(to);
        let begins = |at: Instant| at >= from && at < to;
        Settled { stays: closed.cells.settled(begins), agents: closed.people.settled(begins) }
    }

    fn rows_where(&self, touches: impl Fn(Instant) -> bool + Copy) -> Rows {
        let mut rows = Rows::default();
        self.cells.add_to(&mut rows, touches);
        self.people.add_to(&mut rows, touches);
        rows
    }

    /// How much is kept: cells and rows of agents.
    pub fn size(&self) -> usize {
        self.cells.len() + self.people.len()
    }

    /// All intervals and queues together.
    pub fn total(&self) -> QueueCounts {
        self.cells.total(|_| true)
    }

    /// All intervals of one queue.
    pub fn total_of(&self, queue: QueueId) -> QueueCounts {
        self.cells.total(|key| key.queue == queue)
    }

    /// The same for every queue that has any, in one pass.
    pub fn totals(&self) -> BTreeMap<QueueId, QueueCounts> {
        self.cells.totals()
    }

    /// All intervals and agents together.
    pub fn agents_total(&self) -> AgentTimes {
        self.people.total()
    }
}

impl Activity {
    fn of(state: &AgentState) -> Self {
        match state {
            AgentState::SignedOut => Self::SignedOut,
            AgentState::NotReady { .. } => Self::NotReady,
            AgentState::Ready => Self::Ready,
            AgentState::Reserved { .. } => Self::Reserved,
            AgentState::Busy { .. } => Self::Busy,
            AgentState::WrapUp { .. } => Self::WrapUp,
        }
    }
}

fn span_us(now: Instant, since: Instant) -> u64 {
    now.as_micros().saturating_sub(since.as_micros())
}
