//! The router a second time, as plainly as it can be said: lists, no indexes, everything looked at on every
//! event. Written from the documents (`src/acd/mod.rs`, `rules/mod.rs`, `docs/fairness.md`), not from the code.
//!
//! It predicts who rings whom, who is withdrawn, moved or leaves, every agent's state, every line and the
//! next deadline. Where chance or an estimate decides, it takes the router's answer if that is admissible.

mod agents;
mod choice;
mod contacts;
mod extremes;
mod fuzz;
mod matching;

use carillon::acd::*;
use carillon::base::{AgentId, Channel, ContactId, Instant, QueueId, ReservationId, SkillId};
use std::time::Duration;

#[derive(Clone, PartialEq, Debug)]
enum Duty {
    SignedOut,
    NotReady(String),
    Ready,
    Reserved,
    Busy,
    WrapUp { contact: ContactId, until: Option<Instant>, extended: bool },
}

#[derive(Clone, Debug)]
struct Agent {
    id: AgentId,
    duty: Duty,
    since: Instant,
    next: Option<NextState>,
    /// In the order of their beginning.
    holds: Vec<(ContactId, Channel)>,
    /// Stands idle since this turn.
    idle: Option<u64>,
    wants_wrap_up: bool,
    last_contact: Option<ContactId>,
    last_queue: Option<QueueId>,
    contacts: u64,
    busy: Clock,
    signed_in: Clock,
}

/// Adds up spans.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    sum: u64,
    since: Option<Instant>,
}

impl Clock {
    fn run(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    fn stop(&mut self, now: Instant) {
        (self.sum, self.since) = (self.at(now), None);
    }

    fn at(&self, now: Instant) -> u64 {
        self.sum + self.since.map_or(0, |since| now.since(since).as_micros() as u64)
    }
}

#[derive(Clone, Debug)]
struct Ring {
    agent: AgentId,
    until: Instant,
    order: u64,
    id: Option<ReservationId>,
    was_busy: bool,
    /// What the agent gets back.
    idle: u64,
    since: Instant,
}

#[derive(Clone, Debug)]
struct Contact {
    id: ContactId,
    queue: Option<QueueId>,
    skills: Vec<(SkillId, u8)>,
    arrived: Instant,
    order: u64,
    priority: u8,
    bonus_s: u32,
    caller: Option<u64>,
    call_back: bool,
    timeout_at: Instant,
    announce_at: Instant,
    widens_at: Instant,
    hops: u8,
    wants: Option<(AgentId, Instant)>,
    /// The latest stands last.
    rings: Vec<Ring>,
    served_by: Option<AgentId>,
}

impl Contact {
    fn stands_in_line(&self) -> bool {
        self.served_by.is_none() && self.rings.is_empty() && self.wants.is_none()
    }

    fn is_waiting(&self) -> bool {
        self.served_by.is_none()
    }
}

/// What conditions saw when they were last looked at.
#[derive(Clone, Debug, Default)]
struct Seen {
    waiting: Vec<(QueueId, u32)>,
    level: Vec<(QueueId, Option<u32>)>,
    staff: Vec<AgentId>,
}

struct Redial {
    queue: QueueId,
    caller: u64,
    arrived: Instant,
    left: Instant,
}

struct Naive {
    rules: Rules,
    /// In the order of the rules; then those who are gone but not done.
    agents: Vec<Agent>,
    contacts: Vec<Contact>,
    now: Instant,
    turn: u64,
    last_rung: Vec<(QueueId, AgentId)>,
    recent: Vec<(QueueId, Vec<bool>)>,
    redials: Vec<Redial>,
    seen: Seen,
    gathering: bool,
    /// What the router did at this event.
    hints: Vec<Output>,
    facts: Vec<String>,
}

/// What the router says, as the model says it; agents' states are compared as such.
fn fact(output: &Output) -> Option<String> {
    Some(match output {
        Output::Reserve { contact, agent, queue, until, .. } => {
            format!("{contact} of {queue} rings {agent} until {until:?}")
        }
        Output::Withdraw { contact, agent, because, .. } => format!("{contact} withdrawn from {agent}: {because:?}"),
        Output::LeftQueue { contact, queue, why } => format!("{contact} left {queue}: {why:?}"),
        Output::Moved { contact, from, to, why } => format!("{contact} moved from {from} to {to}: {why:?}"),
        Output::PlaceKept { contact, queue, arrived } => format!("{contact} keeps its place in {queue}: {arrived:?}"),
        Output::Position { contact, position, .. } => format!("{contact} hears {position}"),
        Output::Rejected { .. } => "rejected".to_owned(),
        Output::AgentState { .. } => return None,
    })
}

impl Naive {
    fn new() -> Self {
        Self {
            rules: Rules::default(),
            agents: Vec::new(),
            contacts: Vec::new(),
            now: Instant::ZERO,
            turn: 0,
            last_rung: Vec::new(),
            recent: Vec::new(),
            redials: Vec::new(),
            seen: Seen::default(),
            gathering: false,
            hints: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// What follows from the input, in no order.
    fn tell(&mut self, now: Instant, input: &Input, hints: &[Output]) -> Vec<String> {
        (self.now, self.hints) = (now, hints.to_vec());
        match input.clone() {
            Input::Configure(rules) => self.configure(*rules),
            Input::SignIn { agent } => self.of_rules(agent, |m| m.sign_in(agent)),
            Input::ComeBack { agent, was, since } => {
                self.of_rules(agent, |m| m.come_back(agent, was, since));
            }
            Input::SignOut { agent, .. } => self.known(agent, |m| m.sign_out(agent)),
            Input::Ready { agent, .. } => self.of_rules(agent, |m| m.ready(agent)),
            Input::ReadyTogether { agents, .. } => self.ready_together(&agents),
            Input::NotReady { agent, reason, .. } => self.of_rules(agent, |m| m.not_ready(agent, reason)),
            Input::Arrive(arrival) => self.arrive(arrival),
            Input::KeepPlace { contact } => self.keep_place(contact),
            Input::Move { contact, queue, priority, .. } => self.relocate(contact, queue, priority),
            Input::Leave { contact, why } => self.leave(contact, why),
            Input::Accepted { reservation } => self.accepted(reservation),
            Input::Answering { reservation } => self.answering(reservation),
            Input::Refused { reservation, why } => self.refused(reservation, why.ended()),
            Input::Ended { contact } => self.ended(contact),
            Input::WrapUpDone { agent } => self.known(agent, |m| m.wrap_up_done(agent)),
            Input::ExtendWrapUp { agent } => self.known(agent, |m| m.extend_wrap_up(agent)),
            Input::RequestWrapUp { agent } => self.known(agent, |m| m.request_wrap_up(agent)),
            Input::Take { agent, contact } => self.of_rules(agent, |m| m.take(agent, contact)),
            Input::Occupy { agent, contact, .. } => self.of_rules(agent, |m| m.occupy(agent, contact)),
            Input::Deadline => self.deadline(),
        }
        std::mem::take(&mut self.facts)
    }

    fn reject(&mut self) {
        self.facts.push("rejected".to_owned());
    }

    fn known(&mut self, agent: AgentId, act: impl FnOnce(&mut Self)) {
        match self.agents.iter().any(|a| a.id == agent) {
            true => act(self),
            false => self.reject(),
        }
    }

    /// Who is no longer in the rules takes up nothing.
    fn of_rules(&mut self, agent: AgentId, act: impl FnOnce(&mut Self)) {
        match self.is_employed(agent) {
            true => act(self),
            false => self.reject(),
        }
    }

    fn is_employed(&self, agent: AgentId) -> bool {
        self.rules.agents.iter().any(|rule| rule.id == agent)
    }

    fn agent(&mut self, id: AgentId) -> &mut Agent {
        self.agents.iter_mut().find(|agent| agent.id == id).expect("an agent that is known")
    }

    fn look_up(&self, id: AgentId) -> &Agent {
        self.agents.iter().find(|agent| agent.id == id).expect("an agent that is known")
    }

    fn contact(&mut self, id: ContactId) -> &mut Contact {
        self.contacts.iter_mut().find(|contact| contact.id == id).expect("a contact that is known")
    }

    fn look_at(&self, id: ContactId) -> &Contact {
        self.contacts.iter().find(|contact| contact.id == id).expect("a contact that is known")
    }

    fn queue(&self, id: QueueId) -> &QueueRule {
        self.rules.queues.iter().find(|queue| queue.id == id).expect("a queue of the rules")
    }

    fn knows_queue(&self, id: QueueId) -> bool {
        self.rules.queues.iter().any(|queue| queue.id == id)
    }

    fn queue_of(&self, contact: &Contact) -> &QueueRule {
        self.queue(contact.queue.expect("a contact of a queue"))
    }

    fn waiting_in(&self, queue: QueueId) -> u32 {
        self.contacts.iter().filter(|c| c.is_waiting() && c.queue == Some(queue)).count() as u32
    }

    fn after(&self, seconds: u32) -> Instant {
        self.now + Duration::from_secs(seconds.into())
    }

    /// New rules: who waits, rings, talks or is signed in goes on under them.
    fn configure(&mut self, rules: Rules) {
        self.rules = rules;
        let mut old = std::mem::take(&mut self.agents);
        for rule in &self.rules.agents {
            let at = old.iter().position(|agent| agent.id == rule.id);
            self.agents.push(at.map_or_else(|| Agent::new(rule.id, self.now), |at| old.remove(at)));
        }
        old.retain(|agent| agent.duty != Duty::SignedOut);
        self.agents.extend(old);
        let (queues, agents) = (&self.rules.queues, &self.agents);
        self.last_rung.retain(|(queue, agent)| {
            queues.iter().any(|rule| rule.id == *queue) && agents.iter().any(|found| found.id == *agent)
        });
        self.recent.retain(|(queue, _)| queues.iter().any(|rule| rule.id == *queue));
        self.find_room();
        self.gathering = true;
        self.drop_contacts_of_lost_queues();
        self.drop_agents_who_are_gone();
        self.gathering = false;
        for at in 0..self.contacts.len() {
            if self.contacts[at].is_waiting() {
                self.contacts[at].widens_at = self.next_step(&self.contacts[at]);
            }
        }
        self.look();
        self.match_all();
        self.conditions();
    }

    /// Whom the new rules give room stands idle from now on; whom they take it does not.
    fn find_room(&mut self) {
        let mut fresh = Vec::new();
        for at in 0..self.agents.len() {
            let has_room = self.is_open(&self.agents[at]) && !self.rooms(&self.agents[at]).is_empty();
            match (has_room, self.agents[at].idle) {
                (false, _) => self.agents[at].idle = None,
                (true, None) => fresh.push((self.agents[at].since, self.agents[at].id)),
                (true, Some(_)) => {}
            }
        }
        fresh.sort_unstable();
        for (_, agent) in fresh {
            self.turn += 1;
            self.agent(agent).idle = Some(self.turn);
        }
    }

    fn drop_contacts_of_lost_queues(&mut self) {
        let lost = |contact: &Contact| contact.queue.is_some_and(|queue| !self.knows_queue(queue));
        for id in self.contacts.iter().filter(|c| lost(c)).map(|c| c.id).collect::<Vec<_>>() {
            let contact = self.contact(id);
            let queue = contact.queue.take().expect("it had one");
            if contact.served_by.is_some() {
                continue;
            }
            let rings = std::mem::take(&mut contact.rings);
            for ring in rings.into_iter().rev() {
                self.release(ring, id, Withdrawn::ContactGone);
            }
            self.contacts.retain(|c| c.id != id);
            self.facts.push(format!("{id} left {queue}: Closed"));
        }
    }

    /// They finish what they do, and nobody waits for them alone.
    fn drop_agents_who_are_gone(&mut self) {
        for contact in &mut self.contacts {
            if contact.wants.is_some_and(|(agent, _)| !self.rules.agents.iter().any(|rule| rule.id == agent)) {
                contact.wants = None;
            }
        }
        let gone: Vec<AgentId> = self.agents.iter().skip(self.rules.agents.len()).map(|agent| agent.id).collect();
        for id in gone {
            match self.look_up(id).duty {
                Duty::SignedOut => {}
                Duty::Busy | Duty::Reserved => {
                    self.agent(id).next = Some(NextState::SignedOut);
                    self.agent(id).idle = None;
                }
                _ => self.leave_shift(id),
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.due().map(|(at, ..)| at)
    }
}
