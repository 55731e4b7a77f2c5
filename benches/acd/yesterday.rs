//! A day as a journal: 200,000 calls to four queues, some hundred agents with two skills each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use carillon::acd::{
    AgentRule, Arrival, Author, Checkpoint, Entry, Input, Left, Output, QueueRule, Requirement, Router, Rules,
    Settings, SkillNeed, digest,
};
use carillon::base::{AgentId, ContactId, Instant, QueueId, ReservationId, Rng, SkillId};

const DAY_S: f64 = 86_400.0;
const TALK_S: f64 = 240.0;
const PATIENCE_S: f64 = 180.0;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Answer(ReservationId, ContactId),
    End(ContactId),
    GiveUp(ContactId),
    Call,
}

pub struct Yesterday {
    pub begin: Checkpoint,
    pub entries: Vec<Entry>,
    pub end: Instant,
    router: Router,
    events: BinaryHeap<Reverse<(Instant, Event)>>,
    rng: Rng,
    next: u64,
}

pub fn rules(agents: u32) -> Rules {
    let need = |queue: u32| SkillNeed { skill: SkillId(queue), min: 1, weight: 1 };
    let queue = |id: u32| QueueRule {
        id: QueueId(id),
        key: format!("q{id}"),
        requirement: Requirement { all: vec![need(id)], any: Vec::new() },
        ..QueueRule::default()
    };
    let agent = |id: u32| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: vec![(SkillId(id % 4), 8), (SkillId((id + 1) % 4), 4)],
        ..AgentRule::default()
    };
    Rules { queues: (0..4).map(queue).collect(), agents: (0..agents).map(agent).collect(), ..Rules::default() }
}

impl Yesterday {
    pub fn live(calls: u32, agents: u32) -> Self {
        let now = Instant::from_micros(1_767_571_200_000_000);
        let begin = Checkpoint::start(Settings::default(), 1, now);
        let mut day = Self {
            router: begin.clone().restore(),
            begin,
            entries: Vec::new(),
            end: now + Duration::from_secs(86_400),
            events: BinaryHeap::new(),
            rng: Rng::new(7),
            next: 0,
        };
        day.tell(now, Input::Configure(Box::new(rules(agents))));
        for agent in (0..agents).map(AgentId) {
            day.tell(now, Input::SignIn { agent });
            day.tell(now, Input::Ready { agent, author: Author::Agent });
        }
        for _ in 0..calls {
            let at = now + Duration::from_secs_f64(day.rng.unit() * DAY_S);
            day.events.push(Reverse((at, Event::Call)));
        }
        day.run();
        day
    }

    fn run(&mut self) {
        while let Some(Reverse((at, _))) = self.events.peek() {
            if let Some(due) = self.router.next_deadline().filter(|due| due <= at) {
                self.tell(due, Input::Deadline);
                continue;
            }
            let Some(Reverse((at, event))) = self.events.pop() else { return };
            match event {
                Event::Call => {
                    self.next += 1;
                    let contact = ContactId(self.next);
                    let queue = QueueId(self.rng.below(4) as u32);
                    self.after(at, PATIENCE_S, Event::GiveUp(contact));
                    self.tell(at, Input::Arrive(Arrival::new(contact, queue, at)));
                }
                Event::Answer(reservation, contact) => {
                    if self.router.is_waiting(contact) == Some(true) {
                        self.tell(at, Input::Accepted { reservation });
                        self.after(at, TALK_S, Event::End(contact));
                    }
                }
                Event::End(contact) => self.tell(at, Input::Ended { contact }),
                Event::GiveUp(contact) => {
                    if self.router.is_waiting(contact) == Some(true) {
                        self.tell(at, Input::Leave { contact, why: Left::Abandoned });
                    }
                }
            }
        }
    }

    fn after(&mut self, at: Instant, mean_s: f64, event: Event) {
        let span = Duration::from_secs_f64(-(1.0 - self.rng.unit()).ln() * mean_s);
        self.events.push(Reverse((at + span, event)));
    }

    fn tell(&mut self, at: Instant, input: Input) {
        let mut out = Vec::new();
        self.router.handle(at, input.clone(), &mut out);
        self.entries.push(Entry::Input { at, input, digest: Some(digest(&out)) });
        for output in out {
            if let Output::Reserve { reservation, contact, .. } = output {
                self.events.push(Reverse((at + Duration::from_secs(3), Event::Answer(reservation, contact))));
            }
        }
    }
}
