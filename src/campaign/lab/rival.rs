//! Other ways of calling, to compare with: an adaptive ratio as is usual, and one that knows every rate.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::{Deadlines, Instant};
use crate::campaign::pace::{
    Answerer, Beliefs, Class, Counting, Dial, DialId, DialState, Dials, Doing, Expectation, Input, Output, Staff,
    TakenBack,
};

/// What decides that a call is made.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Lines for each agent, so many; adapted.
    Ratio { level: f64 },
    /// The chance of no agent up to which a call is made.
    Oracle { bold: f64 },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Deadline {
    Ring(DialId),
    Grace(DialId),
    Tick,
}

/// A dialler without a budget: the same flow of a call, another decision.
pub(super) struct Rival {
    rule: Rule,
    pub beliefs: Beliefs,
    ring: Duration,
    grace: Duration,
    staff: Staff,
    dials: Dials,
    waiting: BTreeSet<(Instant, DialId)>,
    next: Option<Class>,
    deadlines: Deadlines<Deadline>,
    expectation: Expectation,
    answered: f64,
    dropped: f64,
}

const ADAPT: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(500);
const DROP_TARGET: f64 = 0.03;

impl Rival {
    pub fn new(rule: Rule, beliefs: Beliefs, ring: Duration, counting: Counting) -> Self {
        Self {
            rule,
            beliefs,
            ring,
            grace: counting.grace(),
            staff: Staff::default(),
            dials: Dials::default(),
            waiting: BTreeSet::new(),
            next: None,
            deadlines: Deadlines::new(),
            expectation: Expectation::default(),
            answered: 0.0,
            dropped: 0.0,
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        while let Some(deadline) = self.deadlines.pop_due(now) {
            match deadline {
                Deadline::Ring(dial) => {
                    self.dials.set(dial, DialState::Cancelling);
                    out.push(Output::Cancel { dial, why: TakenBack::RangOut });
                }
                Deadline::Grace(dial) => {
                    out.push(Output::SafeMessage(dial));
                    self.dropped += 1.0;
                    self.end(dial);
                }
                Deadline::Tick => self.adapt(),
            }
        }
        match input {
            Input::Agent { agent, is } => {
                self.staff.told(agent, is, now);
            }
            Input::Next(next) => self.next = next,
            Input::Answered { dial, by, .. } => self.answered(dial, by, now, out),
            Input::Unbridged(dial) => {
                self.dials.set(dial, DialState::Waiting { until: now });
                self.dropped += 1.0;
                self.end(dial);
                out.push(Output::SafeMessage(dial));
            }
            Input::Ended { dial, .. } | Input::Served { dial, .. } => self.end(dial),
            _ => {}
        }
        self.connect(now, out);
        self.go_on(now, out);
    }

    fn answered(&mut self, id: DialId, by: Answerer, now: Instant, out: &mut Vec<Output>) {
        if self.dials.get(id).is_none() {
            return;
        }
        self.deadlines.clear(&Deadline::Ring(id));
        if by == Answerer::Machine {
            self.end(id);
            return out.push(Output::Machine(id));
        }
        self.answered += 1.0;
        let until = now + self.grace;
        self.dials.set(id, DialState::Waiting { until });
        self.waiting.insert((until, id));
        self.deadlines.set(Deadline::Grace(id), until);
    }

    fn end(&mut self, id: DialId) {
        if let Some(DialState::Waiting { until }) = self.dials.end(id).map(|dial| dial.is) {
            self.waiting.remove(&(until, id));
        }
        self.deadlines.clear(&Deadline::Ring(id));
        self.deadlines.clear(&Deadline::Grace(id));
    }

    fn connect(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some((until, dial)) = self.waiting.first().copied() {
            let Some(agent) = self.staff.nth_ready(0) else { return };
            self.waiting.remove(&(until, dial));
            self.deadlines.clear(&Deadline::Grace(dial));
            self.dials.set(dial, DialState::Connected { until });
            self.staff.set(agent, Doing::Talking { frees: None }, now);
            out.push(Output::Connect { dial, agent });
        }
    }

    /// More lines while few calls are dropped, fewer when it was too much: what is dropped is noticed afterwards.
    fn adapt(&mut self) {
        let Rule::Ratio { level } = &mut self.rule else { return };
        let share = if self.answered > 20.0 { self.dropped / self.answered } else { DROP_TARGET };
        *level = (*level + 0.5 * (DROP_TARGET - share).clamp(-0.2, 0.1) + 0.005).clamp(1.0, 6.0);
    }

    fn go_on(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(class) = self.next {
            if !self.wants(class, now) {
                break;
            }
            let dial = Dial { at: now, class, window: 0, is: DialState::Ringing, meant: None };
            let id = self.dials.start(dial);
            self.deadlines.set(Deadline::Ring(id), now + self.ring);
            self.next = None;
            out.push(Output::Dial(id));
        }
        let tick = if let Rule::Ratio { .. } = self.rule { ADAPT } else { TICK };
        if self.deadlines.get(&Deadline::Tick).is_none() {
            self.deadlines.set(Deadline::Tick, now + tick);
        }
    }

    fn wants(&mut self, class: Class, now: Instant) -> bool {
        let (ready, open) = (self.staff.ready(), self.dials.open());
        match self.rule {
            // Lines in use for each agent who is there, conversations among them.
            Rule::Ratio { level } => (self.dials.len() as f64) < level * self.staff.len() as f64,
            Rule::Oracle { .. } if open < ready => true,
            Rule::Oracle { bold } => {
                self.expectation.refresh(&self.beliefs, now, self.grace);
                let met = self.expectation.prospect(&self.beliefs, &self.staff, &self.dials, class, now, self.grace);
                self.staff.len() > 0 && met.abandoned <= bold
            }
        }
    }
}
