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

use std::collections::BTreeMap;
use std::sync::Arc;

pub use counts::{AgentTimes, Figure, QueueCounts, Sheet};
pub use past::PastFigures;

use super::router::Router;
use super::rules::{Channel, QueueRule, Rules};
use super::{AgentState, Input, Left, Output, Withdrawn};
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId, SkillId};

/// What a queue's rule says about counting.
#[derive(Clone, Debug, Default)]
struct Measure {
    /// Service and short-abandon threshold, in microseconds.
    within_us: u64,
    short_us: u64,
    channel: Channel,
    skills: Arc<[SkillId]>,
}

impl Measure {
    fn of(rule: &QueueRule) -> Self {
        let needs = rule.requirement.all.iter().chain(&rule.requirement.any);
        let mut skills: Vec<SkillId> = needs.map(|need| need.skill).collect();
        skills.sort_unstable();
        skills.dedup();
        Self {
            within_us: u64::from(rule.answer_within_s) * 1_000_000,
            short_us: u64::from(rule.short_abandon_s) * 1_000_000,
            channel: rule.channel,
            skills: skills.into(),
        }
    }
}

#[derive(Clone, Debug)]
struct Stay {
    queue: QueueId,
    channel: Channel,
    /// Of the queue.
    skills: Arc<[SkillId]>,
    /// Of the contact besides.
    own_skills: Vec<SkillId>,
    arrived: Instant,
    answered: Option<Instant>,
}

/// The fold: hand it every input and output in order.
#[derive(Clone, Debug)]
pub struct Statistics {
    interval_us: u64,
    measures: BTreeMap<QueueId, Measure>,
    stays: BTreeMap<ContactId, Stay>,
    /// The conversation that was just over: its wrap-up may begin now.
    over: Option<(ContactId, Stay)>,
    wrapping: BTreeMap<AgentId, Stay>,
    rings: BTreeMap<ReservationId, (ContactId, AgentId)>,
    doing: BTreeMap<AgentId, (AgentState, Instant)>,
    /// By beginning of the interval.
    pub queues: BTreeMap<(Instant, QueueId), QueueCounts>,
    pub agents: BTreeMap<(Instant, AgentId), AgentTimes>,
    pub skills: BTreeMap<(Instant, SkillId), QueueCounts>,
    pub channels: BTreeMap<(Instant, Channel), QueueCounts>,
}

impl Statistics {
    /// `interval_s`: 900 and 1800 are usual.
    pub fn new(interval_s: u32) -> Self {
        Self {
            interval_us: u64::from(interval_s.max(1)) * 1_000_000,
            measures: BTreeMap::new(),
            stays: BTreeMap::new(),
            over: None,
            wrapping: BTreeMap::new(),
            rings: BTreeMap::new(),
            doing: BTreeMap::new(),
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            skills: BTreeMap::new(),
            channels: BTreeMap::new(),
        }
    }

    fn interval(&self, at: Instant) -> Instant {
        Instant::from_micros(at.as_micros() / self.interval_us * self.interval_us)
    }

    /// Counts something of a stay wherever the stay counts.
    fn count(&mut self, stay: &Stay, change: impl Fn(&mut QueueCounts)) {
        let interval = self.interval(stay.arrived);
        change(self.queues.entry((interval, stay.queue)).or_default());
        change(self.channels.entry((interval, stay.channel)).or_default());
        let own = stay.own_skills.iter().filter(|skill| !stay.skills.contains(skill));
        for skill in stay.skills.iter().chain(own) {
            change(self.skills.entry((interval, *skill)).or_default());
        }
    }

    fn agent(&mut self, at: Instant, agent: AgentId) -> &mut AgentTimes {
        self.agents.entry((self.interval(at), agent)).or_default()
    }

    fn stay(&self, queue: QueueId, own_skills: Vec<SkillId>, arrived: Instant) -> Stay {
        let measure = self.measures.get(&queue).cloned().unwrap_or_default();
        Stay { queue, channel: measure.channel, skills: measure.skills, own_skills, arrived, answered: None }
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
                self.count(&stay, |counts| counts.offered += 1);
                self.stays.insert(arrival.contact, stay);
            }
            Input::Leave { contact, why } => {
                if let Some(stay) = self.stays.remove(contact).filter(|stay| stay.answered.is_none()) {
                    self.leave(now, &stay, *why);
                }
            }
            Input::Accepted { reservation } => self.accept(now, *reservation),
            Input::Ended { contact } => {
                let talked = self.stays.remove(contact).and_then(|stay| Some((stay.answered?, stay)));
                if let Some((answered, stay)) = talked {
                    let span = span_us(now, answered);
                    self.count(&stay, |counts| {
                        counts.talk_us += span;
                        counts.talks += 1;
                    });
                    self.over = Some((*contact, stay));
                }
            }
            _ => {}
        }
    }

    pub fn note_output(&mut self, now: Instant, output: &Output) {
        match output {
            Output::Reserve { reservation, contact, agent, .. } => {
                self.rings.insert(*reservation, (*contact, *agent));
                if let Some(stay) = self.stays.get(contact).cloned() {
                    self.count(&stay, |counts| counts.rings += 1);
                }
            }
            Output::Withdraw { reservation, because, .. } => self.withdraw(now, *reservation, *because),
            Output::LeftQueue { contact, why, .. } => {
                if let Some(stay) = self.stays.remove(contact) {
                    self.leave(now, &stay, *why);
                }
            }
            Output::Moved { contact, to, .. } => {
                if let Some(old) = self.stays.get(contact).cloned() {
                    self.count(&old, |counts| counts.flowed_out += 1);
                    let stay = self.stay(*to, old.own_skills, old.arrived);
                    self.count(&stay, |counts| counts.offered += 1);
                    self.stays.insert(*contact, stay);
                }
            }
            Output::AgentState { agent, state, .. } => self.agent_state(now, *agent, state.clone()),
            Output::PlaceKept { .. } | Output::Position { .. } | Output::Rejected { .. } => {}
        }
    }

    fn configure(&mut self, rules: &Rules) {
        self.measures = rules.queues.iter().map(|rule| (rule.id, Measure::of(rule))).collect();
    }

    fn leave(&mut self, now: Instant, stay: &Stay, why: Left) {
        let (within, short) = self.thresholds(stay.queue);
        let wait = span_us(now, stay.arrived);
        self.count(stay, |counts| {
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
                Left::Timeout => counts.flowed_out += 1,
                Left::Full | Left::NoAgents | Left::Closed => {
                    counts.offered -= 1;
                    counts.refused += 1;
                }
            }
        });
    }

    fn accept(&mut self, now: Instant, reservation: ReservationId) {
        let Some((contact, agent)) = self.rings.remove(&reservation) else { return };
        self.agent(now, agent).answered += 1;
        let Some(stay) = self.stays.get_mut(&contact) else { return };
        stay.answered = Some(now);
        let stay = stay.clone();
        let (within, _) = self.thresholds(stay.queue);
        let wait = span_us(now, stay.arrived);
        self.count(&stay, |counts| {
            counts.wait_answered_us += wait;
            counts.longest_wait_us = counts.longest_wait_us.max(wait);
            match wait <= within {
                true => counts.answered_in_time += 1,
                false => counts.answered_late += 1,
            }
        });
    }

    fn withdraw(&mut self, now: Instant, reservation: ReservationId, because: Withdrawn) {
        let Some((contact, agent)) = self.rings.remove(&reservation) else { return };
        if !matches!(because, Withdrawn::NoAnswer | Withdrawn::Refused) {
            return;
        }
        if let Some(stay) = self.stays.get(&contact).cloned() {
            self.count(&stay, |counts| counts.unanswered_rings += 1);
        }
        self.agent(now, agent).unanswered_rings += 1;
    }

    fn agent_state(&mut self, now: Instant, agent: AgentId, state: AgentState) {
        let begun = match &state {
            AgentState::WrapUp { contact, .. } => self.over.take_if(|(over, _)| over == contact).map(|(_, stay)| stay),
            _ => None,
        };
        let extended = matches!(state, AgentState::WrapUp { .. }) && begun.is_none();
        if let Some((was, since)) = self.doing.insert(agent, (state, now)) {
            self.spend(agent, &was, since, now);
        }
        match begun {
            Some(stay) => drop(self.wrapping.insert(agent, stay)),
            None if extended => {}
            None => drop(self.wrapping.remove(&agent)),
        }
    }

    /// Books an agent's time in the intervals in which it passed, and the wrap-up for its contact.
    fn spend(&mut self, agent: AgentId, doing: &AgentState, from: Instant, to: Instant) {
        if *doing == AgentState::SignedOut {
            return;
        }
        if matches!(doing, AgentState::WrapUp { .. })
            && let Some(stay) = self.wrapping.get(&agent).cloned()
        {
            let span = span_us(to, from);
            self.count(&stay, |counts| counts.wrap_up_us += span);
        }
        let mut at = from;
        while at < to {
            let end = Instant::from_micros(self.interval(at).as_micros() + self.interval_us).min(to);
            let span = span_us(end, at);
            let times = self.agent(at, agent);
            match doing {
                AgentState::SignedOut => {}
                AgentState::NotReady { .. } => times.not_ready_us += span,
                AgentState::Ready => times.ready_us += span,
                AgentState::Reserved { .. } => times.reserved_us += span,
                AgentState::Busy { .. } => times.busy_us += span,
                AgentState::WrapUp { .. } => times.wrap_up_us += span,
            }
            at = end;
        }
    }

    /// Books what agents have been doing up to now. The fold may go on afterwards.
    pub fn close(&mut self, now: Instant) {
        let open: Vec<_> = self.doing.iter().map(|(agent, (state, since))| (*agent, state.clone(), *since)).collect();
        for (agent, state, since) in open {
            self.spend(agent, &state, since, now);
            self.doing.insert(agent, (state, since.max(now)));
        }
    }

    /// The end of what is looked at, or of a server: what agents are doing is booked up to here.
    pub fn sign_all_out(&mut self, now: Instant) {
        let agents: Vec<AgentId> = self.doing.keys().copied().collect();
        for agent in agents {
            self.agent_state(now, agent, AgentState::SignedOut);
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
            self.doing.insert(view.agent, (view.state, now));
        }
    }

    /// The server ended here: what was going on is not followed any more.
    pub fn interrupt(&mut self, now: Instant) {
        self.close(now);
        self.doing.clear();
        self.stays.clear();
        self.rings.clear();
        self.wrapping.clear();
        self.over = None;
    }

    /// All intervals and queues together.
    pub fn total(&self) -> QueueCounts {
        self.queues.values().fold(QueueCounts::default(), |sum, counts| sum.plus(counts))
    }
}

fn span_us(now: Instant, since: Instant) -> u64 {
    now.as_micros().saturating_sub(since.as_micros())
}
