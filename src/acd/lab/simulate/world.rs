//! Calls and agents around the router: what happens when, in virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::call::{Call, Fate};
use super::measure::AgentLog;
use crate::acd::{Arrival, Author, Input, Left, Output, Router, Rules, Settings};
use crate::base::{AgentId, ContactId, Instant, QueueId};

/// In the order in which simultaneous events happen. Widening rings are the router's own deadlines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Event {
    ServiceEnd {
        call: u32,
    },
    LogIn {
        group: u32,
    },
    LogOut {
        group: u32,
    },
    Ring,
    Abandon {
        call: u32,
    },
    /// The next call of this source.
    Arrival {
        source: u32,
    },
}

pub(super) struct World {
    router: Router,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    pub calls: Vec<Call>,
    pub agents: Vec<AgentLog>,
    group_of: Vec<u32>,
    /// By group and class: the group's mean service by the class's.
    pace: Vec<Vec<f64>>,
    out: Vec<Output>,
    pub steps: u64,
    /// Calls that came before this are followed to their end.
    pub follow_until: u64,
    /// Followed calls whose fate is open.
    pub open: u64,
}

impl World {
    /// Agents are idle from time 0 in their order, except in groups with shifts.
    pub fn new(rules: Rules, seed: u64, group_of: Vec<u32>, pace: Vec<Vec<f64>>, with_shifts: &[bool]) -> Self {
        let settings = Settings { explain: 0, max_contacts: u32::MAX, estimates: false };
        let agents = group_of.iter().map(|_| AgentLog::default()).collect();
        let mut world = Self {
            router: Router::new(settings, seed),
            events: BinaryHeap::new(),
            calls: Vec::new(),
            agents,
            group_of,
            pace,
            out: Vec::new(),
            steps: 0,
            follow_until: u64::MAX,
            open: 0,
        };
        world.tell(0, Input::Configure(Box::new(rules)));
        for group in (0..with_shifts.len() as u32).filter(|group| !with_shifts[*group as usize]) {
            world.sign_in(0, group);
        }
        world
    }

    pub fn schedule(&mut self, at_us: u64, event: Event) {
        self.events.push(Reverse((at_us, event)));
    }

    /// The next event, the router's deadlines among them.
    pub fn next(&mut self) -> Option<(u64, Event)> {
        let deadline = self.router.next_deadline().map(|at| (at.as_micros(), Event::Ring));
        let planned = self.events.peek().map(|Reverse(next)| *next);
        match (planned, deadline) {
            (Some(planned), Some(deadline)) if deadline < planned => Some(deadline),
            (None, deadline) => deadline,
            (Some(planned), _) => {
                self.events.pop();
                Some(planned)
            }
        }
    }

    /// Everything but arrivals, which are their source's business.
    pub fn act(&mut self, at_us: u64, event: Event) {
        self.steps += 1;
        match event {
            Event::ServiceEnd { call } => self.service_end(at_us, call),
            Event::LogIn { group } => self.sign_in(at_us, group),
            Event::LogOut { group } => self.sign_out(at_us, group),
            Event::Ring => self.tell(at_us, Input::Deadline),
            Event::Abandon { call } => self.abandon(at_us, call),
            Event::Arrival { .. } => {}
        }
    }

    pub fn arrive(&mut self, call: Call) {
        self.steps += 1;
        let (ix, at_us, queue) = (self.calls.len() as u32, call.arrived_us, QueueId(call.class));
        self.calls.push(call);
        self.open += u64::from(at_us < self.follow_until);
        let arrival = Arrival::new(ContactId(u64::from(ix)), queue, Instant::from_micros(at_us));
        self.tell(at_us, Input::Arrive(arrival));
        let call = &self.calls[ix as usize];
        if let (Fate::Waiting, Some(patience)) = (call.fate, call.patience_us) {
            self.schedule(at_us.saturating_add(patience), Event::Abandon { call: ix });
        }
    }

    fn sign_in(&mut self, at_us: u64, group: u32) {
        for ix in self.members(group) {
            let agent = AgentId(ix);
            self.agents[ix as usize].sign_in(at_us);
            self.tell(at_us, Input::SignIn { agent });
            self.tell(at_us, Input::Ready { agent, author: Author::Agent });
        }
    }

    fn sign_out(&mut self, at_us: u64, group: u32) {
        for ix in self.members(group) {
            self.agents[ix as usize].sign_out(at_us);
            self.tell(at_us, Input::SignOut { agent: AgentId(ix), author: Author::Agent });
        }
    }

    fn members(&self, group: u32) -> Vec<u32> {
        (0..self.group_of.len() as u32).filter(|ix| self.group_of[*ix as usize] == group).collect()
    }

    fn service_end(&mut self, at_us: u64, call: u32) {
        if let Fate::Answered { agent, .. } = self.calls[call as usize].fate {
            self.agents[agent as usize].become_idle(at_us);
        }
        self.tell(at_us, Input::Ended { contact: ContactId(u64::from(call)) });
    }

    fn abandon(&mut self, at_us: u64, call: u32) {
        if self.calls[call as usize].fate != Fate::Waiting {
            return;
        }
        self.settle(call, Fate::Abandoned { at_us });
        self.tell(at_us, Input::Leave { contact: ContactId(u64::from(call)), why: Left::Abandoned });
    }

    /// Hands one input in; every ring is answered at once.
    fn tell(&mut self, at_us: u64, input: Input) {
        let now = Instant::from_micros(at_us);
        let mut out = std::mem::take(&mut self.out);
        self.router.handle(now, input, &mut out);
        let mut at = 0;
        while at < out.len() {
            match out[at] {
                Output::Reserve { reservation, contact, agent, .. } => {
                    self.answer(at_us, contact.0 as u32, agent.0);
                    self.router.handle(now, Input::Accepted { reservation }, &mut out);
                }
                Output::LeftQueue { contact, .. } => {
                    self.settle(contact.0 as u32, Fate::Blocked);
                }
                _ => {}
            }
            at += 1;
        }
        out.clear();
        self.out = out;
    }

    fn answer(&mut self, at_us: u64, call: u32, agent: u32) {
        self.settle(call, Fate::Answered { agent, at_us });
        let found = &self.calls[call as usize];
        let pace = self.pace[self.group_of[agent as usize] as usize][found.class as usize];
        let service = if pace == 1.0 { found.service_us } else { (found.service_us as f64 * pace).round() as u64 };
        self.agents[agent as usize].become_busy(at_us);
        self.schedule(at_us.saturating_add(service), Event::ServiceEnd { call });
    }

    fn settle(&mut self, call: u32, fate: Fate) {
        let call = &mut self.calls[call as usize];
        call.fate = fate;
        self.open -= u64::from(call.arrived_us < self.follow_until);
    }

    pub fn group_of(&self, agent: u32) -> u32 {
        self.group_of[agent as usize]
    }
}
