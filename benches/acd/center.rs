//! A center of any size, kept busy: whoever ends a conversation gets the next contact.

use std::time::{Duration, Instant as Clock};

use carillon::acd::*;
use carillon::base::{AgentId, ContactId, Instant, QueueId, Rng, SkillId};

use crate::latency::Histogram;

pub struct Center {
    router: Router,
    now: u64,
    rng: Rng,
    next_contact: u64,
    out: Vec<Output>,
    /// In conversation, in the order in which they end.
    talking: std::collections::VecDeque<ContactId>,
    /// Every skill of every agent: an arrival asks for one that somebody has.
    skills: Vec<u32>,
}

/// Every agent has five skills of some level; every skill has a queue.
fn rules(agents: u32, skills: u32, rng: &mut Rng) -> Rules {
    let queue = |skill: u32| QueueRule {
        id: QueueId(skill),
        key: format!("q{skill}"),
        requirement: Requirement { all: vec![SkillNeed { skill: SkillId(skill), min: 1, weight: 1 }], any: vec![] },
        wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 },
        announce_s: 0,
        ..QueueRule::default()
    };
    let mut agent = |id: u32| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: (0..5).map(|_| (SkillId(rng.below(skills.into()) as u32), 1 + rng.below(10) as u8)).collect(),
        ..AgentRule::default()
    };
    Rules {
        queues: (0..skills).map(queue).collect(),
        agents: (0..agents).map(&mut agent).collect(),
        ..Rules::default()
    }
}

impl Center {
    pub fn signed_out(agents: u32, skills: u32) -> Self {
        Self::build(agents, skills, 0)
    }

    fn build(agents: u32, skills: u32, explain: u16) -> Self {
        let mut rng = Rng::new(42);
        let router = Router::new(Settings { explain, max_contacts: u32::MAX, estimates: explain > 0 }, 1);
        let rules = Box::new(rules(agents, skills, &mut rng));
        let skills = rules.agents.iter().flat_map(|agent| &agent.skills).map(|(skill, _)| skill.0).collect();
        let mut center = Self {
            router,
            now: 1_000_000_000,
            rng,
            next_contact: 0,
            out: Vec::new(),
            talking: std::collections::VecDeque::new(),
            skills,
        };
        center.tell(Input::Configure(rules));
        center
    }

    /// All agents signed in and ready.
    pub fn new(agents: u32, skills: u32, explain: u16) -> Self {
        let mut center = Self::build(agents, skills, explain);
        center.log_in_everybody();
        center
    }

    fn tell(&mut self, input: Input) {
        self.now += 10;
        self.out.clear();
        self.router.handle(Instant::from_micros(self.now), input, &mut self.out);
    }

    /// Answers the ring that the last input caused; 1 when there was one.
    fn answer(&mut self) -> u64 {
        let ring = self.out.iter().find_map(|output| match output {
            Output::Reserve { reservation, contact, .. } => Some((*reservation, *contact)),
            _ => None,
        });
        let Some((reservation, contact)) = ring else { return 0 };
        self.tell(Input::Accepted { reservation });
        self.talking.push_back(contact);
        1
    }

    fn arrival(&mut self) -> Input {
        self.next_contact += 1;
        let queue = QueueId(self.skills[self.rng.below(self.skills.len() as u64) as usize]);
        Input::Arrive(Arrival::new(ContactId(self.next_contact), queue, Instant::from_micros(self.now)))
    }

    /// Lets contacts come until so many wait.
    pub fn fill_line(&mut self, waiting: u32) {
        while self.router.waiting_count() < waiting {
            let arrival = self.arrival();
            self.tell(arrival);
            self.answer();
        }
    }

    /// One agent ends a conversation and gets the next contact; another contact comes. Counts inputs.
    fn turn(&mut self) -> u64 {
        let Some(contact) = self.talking.pop_front() else { return 0 };
        self.tell(Input::Ended { contact });
        let answered = self.answer();
        let arrival = self.arrival();
        self.tell(arrival);
        2 + answered + self.answer()
    }

    pub fn cycle(&mut self, turns: u64) -> u64 {
        (0..turns).map(|_| self.turn()).sum()
    }

    pub fn cycle_for(&mut self, span: Duration) -> u64 {
        let start = Clock::now();
        let mut events = 0;
        while start.elapsed() < span {
            events += self.cycle(1_000);
        }
        events
    }

    /// Arrive, answer, end, with everybody else idle.
    pub fn cycle_idle(&mut self, turns: u64) -> u64 {
        for _ in 0..turns {
            let arrival = self.arrival();
            self.tell(arrival);
            self.answer();
            if self.talking.len() > 50
                && let Some(contact) = self.talking.pop_front()
            {
                self.tell(Input::Ended { contact });
            }
        }
        3 * turns
    }

    /// As `cycle`, each input timed together with its line in a journal kept in memory (or alone).
    pub fn cycle_timed(&mut self, turns: u64, journaled: bool, histogram: &mut Histogram) {
        let mut journal: Vec<u8> = Vec::with_capacity(1 << 20);
        for _ in 0..turns {
            let Some(contact) = self.talking.pop_front() else { return };
            self.tell_timed(Input::Ended { contact }, journaled.then_some(&mut journal), histogram);
            self.answer();
            let arrival = self.arrival();
            self.tell_timed(arrival, journaled.then_some(&mut journal), histogram);
            self.answer();
        }
    }

    fn tell_timed(&mut self, input: Input, journal: Option<&mut Vec<u8>>, histogram: &mut Histogram) {
        let Some(journal) = journal else {
            let start = Clock::now();
            self.tell(input);
            return histogram.note(start.elapsed());
        };
        if journal.len() > 900_000 {
            journal.clear();
        }
        let start = Clock::now();
        serde_json::to_writer(&mut *journal, &input).expect("an input is a plain value");
        self.tell(input);
        for output in &self.out {
            serde_json::to_writer(&mut *journal, output).expect("an output is a plain value");
        }
        histogram.note(start.elapsed());
    }

    /// The same with one input for all of them.
    pub fn log_in_together(&mut self) -> u64 {
        let agents: Vec<AgentId> = self.router.rules().agents.iter().map(|agent| agent.id).collect();
        for agent in &agents {
            self.tell(Input::SignIn { agent: *agent });
        }
        self.tell(Input::ReadyTogether { agents, author: Author::System });
        self.out.iter().filter(|output| matches!(output, Output::Reserve { .. })).count() as u64
    }

    /// How many waiting contacts found an agent.
    pub fn log_in_everybody(&mut self) -> u64 {
        let agents: Vec<AgentId> = self.router.rules().agents.iter().map(|agent| agent.id).collect();
        let mut taken = 0;
        for agent in agents {
            self.tell(Input::SignIn { agent });
            self.tell(Input::Ready { agent, author: Author::Agent });
            taken += self.answer();
        }
        taken
    }
}
