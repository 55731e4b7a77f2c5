//! A small center with a clock: says what happens, remembers what the router wanted.

use std::time::Duration;

use crate::acd::*;
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId, SkillId};

pub const QUEUE: QueueId = QueueId(1);

pub struct World {
    pub router: Router,
    pub now: Instant,
    pub out: Vec<Output>,
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn agent(id: u32, skills: &[(u32, u8)]) -> AgentRule {
    let skills = skills.iter().map(|(skill, level)| (SkillId(*skill), *level)).collect();
    AgentRule { id: AgentId(id), key: format!("a{id}"), skills, ..AgentRule::default() }
}

pub fn need(skill: u32, min: u8) -> SkillNeed {
    SkillNeed { skill: SkillId(skill), min, weight: 1 }
}

pub fn queue(id: u32, needs: &[SkillNeed]) -> QueueRule {
    let requirement = Requirement { all: needs.to_vec(), any: Vec::new() };
    QueueRule { id: QueueId(id), key: format!("q{id}"), requirement, announce_s: 0, ..QueueRule::default() }
}

impl World {
    pub fn new(queues: Vec<QueueRule>, agents: Vec<AgentRule>) -> Self {
        Self::with(Rules { queues, agents, ..Rules::default() })
    }

    pub fn with(rules: Rules) -> Self {
        let router = Router::new(Settings::default(), 7);
        let mut world = Self { router, now: Instant::from_micros(1_000_000_000), out: Vec::new() };
        world.tell(Input::Configure(Box::new(rules)));
        world
    }

    /// Hands one input in and returns what followed from it.
    pub fn tell(&mut self, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        self.router.handle(self.now, input, &mut out);
        for output in &out {
            if let Output::Reserve { why, .. } = output {
                why.check().unwrap_or_else(|error| panic!("{error}: {why:?}"));
            }
        }
        self.out.extend(out.iter().cloned());
        out
    }

    /// Lets time pass, firing each deadline at its time.
    pub fn wait(&mut self, span: Duration) -> Vec<Output> {
        let end = self.now + span;
        let mut all = Vec::new();
        while let Some(at) = self.router.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            all.extend(self.tell(Input::Deadline));
        }
        self.now = end;
        all
    }

    pub fn ready(&mut self, agents: &[u32]) {
        for agent in agents {
            let agent = AgentId(*agent);
            self.tell(Input::SignIn { agent });
            self.tell(Input::Ready { agent, author: Author::Agent });
            self.now = self.now + Duration::from_millis(1);
        }
    }

    pub fn arrive(&mut self, contact: u64, queue: u32) -> Vec<Output> {
        self.now = self.now + Duration::from_millis(1);
        self.arrive_as(Arrival::new(ContactId(contact), QueueId(queue), self.now))
    }

    pub fn arrive_as(&mut self, arrival: Arrival) -> Vec<Output> {
        self.tell(Input::Arrive(arrival))
    }

    pub fn leave(&mut self, contact: u64) -> Vec<Output> {
        self.tell(Input::Leave { contact: ContactId(contact), why: Left::Abandoned })
    }

    pub fn state(&self, agent: u32) -> AgentState {
        self.router.agent(AgentId(agent)).unwrap().state
    }

    /// Who rings for the contact.
    pub fn rings(&self, contact: u64) -> Vec<u32> {
        let rings = |view: &AgentView| match view.state {
            AgentState::Reserved { contact: at, .. } => at == ContactId(contact),
            _ => false,
        };
        self.router.agents().iter().filter(|view| rings(view)).map(|view| view.agent.0).collect()
    }

    pub fn reservation(&self, agent: u32) -> ReservationId {
        match self.state(agent) {
            AgentState::Reserved { reservation, .. } => reservation,
            other => panic!("agent {agent} is {other:?}"),
        }
    }

    pub fn accept(&mut self, agent: u32) -> Vec<Output> {
        let reservation = self.reservation(agent);
        self.tell(Input::Accepted { reservation })
    }

    pub fn end(&mut self, contact: u64) -> Vec<Output> {
        self.tell(Input::Ended { contact: ContactId(contact) })
    }

    pub fn not_ready(&mut self, agent: u32, reason: &str) -> Vec<Output> {
        self.tell(Input::NotReady { agent: AgentId(agent), reason: reason.to_owned(), author: Author::Agent })
    }
}
