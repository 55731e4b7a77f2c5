//! The machine.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::beliefs::Beliefs;
use super::certificate::{Counted, Cover, DialWhy, Line, NotNow, What, count};
use super::dials::{Dial, DialState, Dials};
use super::expect::{Expectation, Prospect, thousandths};
use super::input::{Answerer, Class, DialEnd, DialId, Input, Presence};
use super::law::Law;
use super::ledger::Ledger;
use super::mode::Mode;
use super::output::{Output, TakenBack};
use super::staff::{Doing, Staff, Worked};
use crate::base::{AgentId, Deadlines, Instant};

/// What a campaign says of its pace.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Settings {
    pub law: Law,
    pub mode: Mode,
    /// How long a call rings before it is taken back; at least what the law says.
    pub ring: Duration,
    /// Calls at once, those with an agent among them.
    pub lines: usize,
}

/// A call that nobody has ended so long after it was taken back is over; after a restart it counts as abandoned.
const ADRIFT: Duration = Duration::from_secs(90);
/// Beyond ringing and grace, the time in which a call may still be answered: detection, a slow network.
const MARGIN: Duration = Duration::from_secs(30);
/// How often it is looked whether it is no longer too early.
const TICK: Duration = Duration::from_millis(500);

/// Calls in the air without an agent, for each agent, for which a budget is kept: about what keeps agents busy.
const CALLS_AN_AGENT: f64 = 0.36;
/// The chance of finding no agent at which a call is made while such a budget is there. Measured: bolder spends the
/// budget that carries the calls in the air, and fewer can be made.
const BOLD: f64 = 0.012;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Deadline {
    Ring(DialId),
    Grace(DialId),
    Adrift(DialId),
    Preview(AgentId),
    Tick,
}

/// What outlives a restart. Written down before the outputs of the same step are done, it loses no call and
/// makes none twice.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Kept {
    ledger: Ledger,
    beliefs: Beliefs,
    dials: Dials,
    paused: bool,
}

/// The pacer of one campaign. It decides nothing by lot.
#[derive(Clone, Debug)]
pub struct Pacer {
    settings: Settings,
    kept: Kept,
    staff: Staff,
    /// People who wait for an agent, by the end of their grace.
    waiting: BTreeSet<(Instant, DialId)>,
    next: Option<Class>,
    deadlines: Deadlines<Deadline>,
    expectation: Expectation,
    not_now: Option<NotNow>,
    last: Instant,
}

impl Kept {
    /// The law under which the campaign began: it binds it to the end.
    pub fn law(&self) -> &Law {
        self.ledger.law()
    }

    /// What its calls have taught.
    pub fn beliefs(&self) -> &Beliefs {
        &self.beliefs
    }
}

impl Pacer {
    /// A campaign that begins.
    pub fn new(settings: Settings) -> Self {
        let kept = Kept {
            ledger: Ledger::new(settings.law),
            beliefs: Beliefs::default(),
            dials: Dials::default(),
            paused: false,
        };
        Self {
            settings,
            kept,
            staff: Staff::default(),
            waiting: BTreeSet::new(),
            next: None,
            deadlines: Deadlines::new(),
            expectation: Expectation::default(),
            not_now: None,
            last: Instant::ZERO,
        }
    }

    /// A campaign that goes on after a restart. Calls that were in the air keep their claim on the budget until the
    /// network tells their end, and count as abandoned when it does not.
    pub fn resume(settings: Settings, kept: Kept, now: Instant, out: &mut Vec<Output>) -> Self {
        let mut pacer = Self { kept, last: now, ..Self::new(settings) };
        let open: Vec<(DialId, DialState)> = pacer.kept.dials.iter().map(|(id, dial)| (id, dial.is)).collect();
        for (id, is) in open {
            if !matches!(is, DialState::Connected { .. } | DialState::Unmanned) {
                pacer.kept.dials.set(id, DialState::Adrift);
            }
            pacer.deadlines.set(Deadline::Adrift(id), now + ADRIFT);
        }
        out.push(record(now, What::Restarted));
        pacer
    }

    /// Other settings from now on; what binds the calls in the air stays.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// What is to be written down.
    pub fn keep(&self) -> &Kept {
        &self.kept
    }

    /// The budget, window by window.
    pub fn ledger(&self) -> &Ledger {
        &self.kept.ledger
    }

    /// Why no call is made at present.
    pub fn not_now(&self) -> Option<NotNow> {
        self.not_now
    }

    /// Ready agents who may take other work without any call in the air losing its cover.
    pub fn spare(&self) -> usize {
        let ready = self.staff.ready();
        (0..=ready).rev().find(|taken| self.covered(ready - taken, false)).unwrap_or(0)
    }

    /// Agents who are free, and all who are there.
    pub fn staff(&self) -> (usize, usize) {
        (self.staff.ready(), self.staff.len())
    }

    /// The ready agents who carry calls in the air: nobody else may have them, or their callers would find nobody. Who is
    /// ready for longest first.
    pub fn holds(&self) -> impl Iterator<Item = AgentId> {
        self.staff.all_ready().take(self.staff.ready() - self.spare())
    }

    /// Before the first call: people whom the campaign has served in this window already.
    pub fn carry_over(&mut self, now: Instant, served: u64) {
        let window = self.settings.law.window(now);
        self.kept.ledger.count(window, |tally| tally.served += served);
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// One event; what is to be done is appended in order. A clock that runs backwards stands still here.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        let now = now.max(self.last);
        self.last = now;
        let late = self.grace_ends(now, out);
        match input {
            Input::Agent { agent, is } => self.agent(agent, is, now, out),
            Input::Next(next) => self.next = next,
            Input::Ringing(dial) => self.ringing(dial, now),
            Input::Answered { dial, by, greeted } => self.answered(dial, by, greeted, now, out),
            Input::Unbridged(dial) => self.unbridged(dial, now, out),
            Input::Ended { dial, end } => self.ended(dial, end, now, out),
            Input::Served { dial, person } => self.served(dial, person, now, out),
            Input::Ask(agent) => self.ask(agent, now, out),
            Input::Skip(agent) => self.skip(agent, now, out),
            Input::Pause(paused) => self.kept.paused = paused,
            Input::Wake => {}
        }
        for (deadline, was) in late {
            self.due(deadline, was, now, out);
        }
        self.connect_waiting(now, out);
        self.protect(now, out);
        self.go_on(now, out);
    }

    /// Whose grace is over is abandoned, whatever else is told in this step. The other deadlines that are due wait for
    /// what is told: a call that rang out while the clock jumped may have been answered.
    fn grace_ends(&mut self, now: Instant, out: &mut Vec<Output>) -> Vec<(Deadline, Option<DialState>)> {
        let mut late = Vec::new();
        while let Some(deadline) = self.deadlines.pop_due(now) {
            match deadline {
                Deadline::Grace(dial) => {
                    out.push(Output::SafeMessage(dial));
                    self.abandon(dial, now, out);
                }
                Deadline::Ring(dial) | Deadline::Adrift(dial) => late.push((deadline, self.state_of(dial))),
                Deadline::Preview(_) | Deadline::Tick => late.push((deadline, None)),
            }
        }
        late
    }

    fn state_of(&self, dial: DialId) -> Option<DialState> {
        self.kept.dials.get(dial).map(|dial| dial.is)
    }

    /// `was`: how far the call was before this step; it may have come further.
    fn due(&mut self, deadline: Deadline, was: Option<DialState>, now: Instant, out: &mut Vec<Output>) {
        match deadline {
            Deadline::Ring(dial) => self.take_back(dial, TakenBack::RangOut, now, out),
            Deadline::Adrift(dial) if self.state_of(dial) == was => match was {
                // It was in the air at a restart, and nobody ever told its end: as if it were abandoned.
                Some(DialState::Adrift) => self.abandon(dial, now, out),
                // Taken back, and no answer came in three times what the network has for one (RFC 3261 §9.1: 64 T1).
                // Or nobody told whether the agent spoke to a person: it earns nothing.
                _ => self.close(dial, Counted::Unanswered, now, out),
            },
            Deadline::Preview(agent) => self.ask(agent, now, out),
            Deadline::Grace(_) | Deadline::Adrift(_) | Deadline::Tick => {}
        }
    }

    // ---- agents

    fn agent(&mut self, agent: AgentId, is: Presence, now: Instant, out: &mut Vec<Output>) {
        let was = self.staff.doing(agent);
        // A preview ends when the call is made, when it is skipped, or when the agent does something else.
        if was == Some(Doing::Previewing) {
            if is == Presence::Ready {
                return;
            }
            self.deadlines.clear(&Deadline::Preview(agent));
            self.next = None;
            out.push(Output::PutBack { agent });
        }
        match self.staff.told(agent, is, now) {
            Some(Worked::Talked(span)) => {
                self.kept.beliefs.talk.learn(span.as_secs_f64());
                if is == Presence::Ready {
                    self.kept.beliefs.wrap.learn(0.0);
                }
            }
            Some(Worked::WroteUp(span)) => self.kept.beliefs.wrap.learn(span.as_secs_f64()),
            None => {}
        }
        self.note_ready(agent, was == Some(Doing::Ready), now, out);
    }

    fn note_ready(&self, agent: AgentId, was: bool, now: Instant, out: &mut Vec<Output>) {
        let is = self.staff.doing(agent) == Some(Doing::Ready);
        if is != was {
            out.push(record(now, What::Ready { agent, is }));
        }
    }

    fn ask(&mut self, agent: AgentId, now: Instant, out: &mut Vec<Output>) {
        let doing = self.staff.doing(agent);
        let previewed = doing == Some(Doing::Previewing);
        let asks = self.settings.mode == Mode::Manual && doing == Some(Doing::Ready);
        let may = previewed || (asks && !self.is_meant(agent));
        let Some(class) = self.next.filter(|_| may && !self.kept.paused && self.has_line()) else {
            if previewed {
                self.skip(agent, now, out);
            }
            return;
        };
        self.deadlines.clear(&Deadline::Preview(agent));
        self.staff.set(agent, Doing::Ready, now);
        self.note_ready(agent, !previewed, now, out);
        if self.bare_with_one_more() == 0 {
            let prospect = self.prospect(class, now);
            self.start(Cover::Agent(agent), Some(agent), class, &prospect, now, out);
        }
    }

    fn skip(&mut self, agent: AgentId, now: Instant, out: &mut Vec<Output>) {
        if self.staff.doing(agent) == Some(Doing::Previewing) {
            self.deadlines.clear(&Deadline::Preview(agent));
            out.push(Output::PutBack { agent });
            self.staff.set(agent, Doing::Ready, now);
            self.note_ready(agent, false, now, out);
            self.next = None;
        }
    }

    // ---- calls

    fn ringing(&mut self, dial: DialId, now: Instant) {
        if self.kept.dials.get(dial).is_some_and(|dial| matches!(dial.is, DialState::Ringing | DialState::Unmanned)) {
            self.deadlines.set(Deadline::Ring(dial), now + self.ring());
        }
    }

    fn ring(&self) -> Duration {
        self.settings.ring.max(self.settings.law.counting.shortest_ring())
    }

    fn answered(&mut self, id: DialId, by: Answerer, greeted: Instant, now: Instant, out: &mut Vec<Output>) {
        let Some(dial) = self.kept.dials.get(id).cloned() else { return };
        if matches!(dial.is, DialState::Waiting { .. } | DialState::Connected { .. }) {
            return;
        }
        self.deadlines.clear(&Deadline::Ring(id));
        self.deadlines.clear(&Deadline::Adrift(id));
        self.kept.beliefs.learn(dial.class, dial.at, by == Answerer::Person, now.since(dial.at));
        if dial.is == DialState::Unmanned {
            out.push(if by == Answerer::Person { Output::Message(id) } else { Output::Machine(id) });
            return self.close(id, Counted::Played, now, out);
        }
        if by == Answerer::Machine && self.affords_machine(dial.window) {
            out.push(Output::Machine(id));
            return self.close(id, Counted::Machine, now, out);
        }
        let until = greeted.min(now) + self.settings.law.counting.grace();
        self.kept.dials.set(id, DialState::Waiting { until });
        self.waiting.insert((until, id));
        self.deadlines.set(Deadline::Grace(id), until);
        // Detection took longer than the grace: the agent who speaks now speaks too late, and the law counts it.
        if until <= now {
            out.push(Output::SafeMessage(id));
            self.abandon(id, now, out);
        }
    }

    /// The person waits again, for what is left of the grace.
    fn unbridged(&mut self, id: DialId, now: Instant, out: &mut Vec<Output>) {
        let Some(DialState::Connected { until }) = self.kept.dials.get(id).map(|dial| dial.is) else { return };
        self.kept.dials.set(id, DialState::Waiting { until });
        self.waiting.insert((until, id));
        self.deadlines.set(Deadline::Grace(id), until);
        out.push(record(now, What::Unbridged { dial: id }));
        if until <= now {
            out.push(Output::SafeMessage(id));
            self.abandon(id, now, out);
        }
    }

    /// Whether the window can pay for the chance that this machine is a person. Where it cannot, an agent listens.
    fn affords_machine(&self, window: u32) -> bool {
        let besides = self.settings.law.allowance();
        if besides == 0 {
            return true;
        }
        let open = self.kept.dials.open().saturating_sub(1);
        let bare = open.saturating_sub(self.staff.ready());
        let in_window = self.kept.dials.open_by_window(false).find(|(of, _)| *of == window).map_or(0, |(_, open)| open);
        self.kept.ledger.carries(window, bare.min(in_window.saturating_sub(1)), besides)
    }

    fn ended(&mut self, id: DialId, end: DialEnd, now: Instant, out: &mut Vec<Output>) {
        let Some(dial) = self.kept.dials.get(id).cloned() else { return };
        if let DialState::Connected { .. } = dial.is {
            return;
        }
        // Hung up while an agent was looked for. The grace was not over; to be safe it counts all the same.
        if let DialState::Waiting { .. } = dial.is {
            return self.abandon(id, now, out);
        }
        let crossed = end == DialEnd::Crossed;
        self.kept.beliefs.learn(dial.class, dial.at, crossed, now.since(dial.at));
        match dial.is {
            // No budget was kept for a call that wants no agent.
            DialState::Unmanned if crossed => self.close(id, Counted::Lost, now, out),
            _ if crossed => self.abandon(id, now, out),
            _ => self.close(id, Counted::Unanswered, now, out),
        }
    }

    fn served(&mut self, id: DialId, person: bool, now: Instant, out: &mut Vec<Output>) {
        if self.kept.dials.get(id).is_some_and(|dial| matches!(dial.is, DialState::Connected { .. })) {
            self.close(id, if person { Counted::Served } else { Counted::MetMachine }, now, out);
        }
    }

    /// Counts a call that a person answered and no agent spoke in: the budget pays, or it is lost.
    fn abandon(&mut self, id: DialId, now: Instant, out: &mut Vec<Output>) {
        let Some(dial) = self.kept.dials.get(id) else { return };
        if dial.is == DialState::Unmanned {
            return self.close(id, Counted::Played, now, out);
        }
        let counted = if self.kept.ledger.carries(dial.window, 1, 0) { Counted::Abandoned } else { Counted::Lost };
        self.close(id, counted, now, out);
    }

    fn close(&mut self, id: DialId, counted: Counted, now: Instant, out: &mut Vec<Output>) {
        let Some(dial) = self.kept.dials.end(id) else { return };
        if let DialState::Waiting { until } = dial.is {
            self.waiting.remove(&(until, id));
        }
        for deadline in [Deadline::Ring(id), Deadline::Grace(id), Deadline::Adrift(id)] {
            self.deadlines.clear(&deadline);
        }
        self.kept.ledger.count(dial.window, |tally| counted.add_to(tally));
        out.push(record(now, What::Ended { dial: id, counted }));
    }

    fn take_back(&mut self, id: DialId, why: TakenBack, now: Instant, out: &mut Vec<Output>) {
        if self.kept.dials.get(id).is_some_and(|dial| matches!(dial.is, DialState::Ringing | DialState::Unmanned)) {
            if self.kept.dials.get(id).is_some_and(|dial| dial.is == DialState::Ringing) {
                self.kept.dials.set(id, DialState::Cancelling);
            }
            self.deadlines.clear(&Deadline::Ring(id));
            self.deadlines.set(Deadline::Adrift(id), now + ADRIFT);
            out.push(Output::Cancel { dial: id, why });
        }
    }

    fn connect_waiting(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some((until, id)) = self.waiting.first().copied() {
            let meant = self.kept.dials.get(id).and_then(|dial| dial.meant);
            let meant = meant.filter(|agent| self.staff.doing(*agent) == Some(Doing::Ready));
            let Some(agent) = meant.or_else(|| self.staff.nth_ready(0)) else { return };
            self.waiting.remove(&(until, id));
            self.deadlines.clear(&Deadline::Grace(id));
            self.kept.dials.set(id, DialState::Connected { until });
            self.staff.set(agent, Doing::Talking { frees: None }, now);
            out.push(record(now, What::Connected { dial: id, agent }));
            out.push(Output::Connect { dial: id, agent });
        }
    }

    // ---- the cap

    /// Whether so many ready agents and the budget carry every call in the air, should a person answer each;
    /// `firm`: those that are taken back left out.
    fn covered(&self, ready: usize, firm: bool) -> bool {
        let open: usize = self.kept.dials.open_by_window(firm).map(|(_, open)| open).sum();
        let bare = open.saturating_sub(ready);
        let mut windows = self.kept.dials.open_by_window(firm);
        windows.all(|(window, open)| self.kept.ledger.carries(window, bare.min(open), 0))
    }

    /// After an agent has gone: calls that nothing carries any more are taken back, the newest first.
    fn protect(&mut self, now: Instant, out: &mut Vec<Output>) {
        while !self.covered(self.staff.ready(), true) {
            let ringing = self.kept.dials.iter().rev().find(|(_, dial)| dial.is == DialState::Ringing);
            let Some((newest, _)) = ringing else { return };
            self.take_back(newest, TakenBack::Uncovered, now, out);
        }
    }

    /// A call in the air is this agent's.
    fn is_meant(&self, agent: AgentId) -> bool {
        let spoken = |dial: &Dial| matches!(dial.is, DialState::Connected { .. } | DialState::Unmanned);
        self.kept.dials.iter().any(|(_, dial)| dial.meant == Some(agent) && !spoken(dial))
    }

    /// Who carries one more call: where each call has its own agent, whoever is ready for longest and has none; else
    /// the first ready agents are held by the calls in the air, whichever these are.
    fn free_agent(&self) -> Option<AgentId> {
        let open = self.kept.dials.open();
        if !self.settings.mode.binds() {
            return self.staff.nth_ready(open);
        }
        self.staff.all_ready().find(|agent| !self.is_meant(*agent)).filter(|_| open < self.staff.ready())
    }

    fn bare_with_one_more(&self) -> usize {
        (self.kept.dials.open() + 1).saturating_sub(self.staff.ready())
    }

    /// Whether the budget carries one more call without an agent, in every window of which calls are in the air.
    fn carries_one_more(&self, window: u32) -> bool {
        let bare = self.bare_with_one_more();
        let mut here = 1;
        for (of, open) in self.kept.dials.open_by_window(false) {
            if of == window {
                here += open;
            } else if !self.kept.ledger.carries(of, bare.min(open), 0) {
                return false;
            }
        }
        self.kept.ledger.carries(window, bare.min(here), 0)
    }

    // ---- the pace

    fn has_line(&self) -> bool {
        self.kept.dials.len() < self.settings.lines
    }

    fn go_on(&mut self, now: Instant, out: &mut Vec<Output>) {
        loop {
            match self.decide(now) {
                Ok((cover, class, prospect)) => {
                    let meant = match cover {
                        Cover::Agent(agent) => Some(agent).filter(|_| self.settings.mode.binds()),
                        Cover::Budget | Cover::Message => None,
                    };
                    self.start(cover, meant, class, &prospect, now, out);
                }
                Err(why) => {
                    self.not_now = Some(why);
                    break;
                }
            }
        }
        self.deadlines.clear(&Deadline::Tick);
        if self.not_now == Some(NotNow::TooEarly) {
            self.deadlines.set(Deadline::Tick, now + TICK);
        }
        if self.not_now == Some(NotNow::AgentsAsk) {
            self.preview(now, out);
        }
    }

    /// Shows the next record to the agent who is ready for longest; one at a time, for there is one next record.
    fn preview(&mut self, now: Instant, out: &mut Vec<Output>) {
        let Some(limit) = self.settings.mode.preview() else { return };
        let reads = self.staff.busy().any(|(_, doing, _)| doing == Doing::Previewing);
        let free = self.free_agent();
        if let Some(agent) = free.filter(|_| !reads && self.next.is_some()) {
            self.staff.set(agent, Doing::Previewing, now);
            self.note_ready(agent, true, now, out);
            self.deadlines.set(Deadline::Preview(agent), now + limit);
            out.push(Output::Preview { agent, until: now + limit });
        }
    }

    fn decide(&mut self, now: Instant) -> Result<(Cover, Class, Prospect), NotNow> {
        if self.kept.paused {
            return Err(NotNow::Paused);
        }
        let class = self.next.ok_or(NotNow::NobodyToCall)?;
        if !self.has_line() {
            return Err(NotNow::AllLines);
        }
        let (ready, open) = (self.staff.ready(), self.kept.dials.open());
        match self.settings.mode {
            Mode::Manual | Mode::Preview { .. } => return Err(NotNow::AgentsAsk),
            Mode::Agentless { lines } => {
                let free = self.kept.dials.len() < lines as usize;
                return free.then(|| (Cover::Message, class, self.prospect(class, now))).ok_or(NotNow::AllLines);
            }
            Mode::Power { ratio_percent } if ready == 0 || (open + 1) * 100 > ready * ratio_percent as usize => {
                return Err(if ready == 0 { NotNow::NoAgentFree } else { NotNow::Ratio });
            }
            Mode::Progressive | Mode::Power { .. } | Mode::Predictive => {}
        }
        if let Some(agent) = self.free_agent() {
            return Ok((Cover::Agent(agent), class, self.prospect(class, now)));
        }
        self.over_dial(class, now).map(|prospect| (Cover::Budget, class, prospect))
    }

    /// A call for which no agent is free: only in the modes that make such calls, and only on budget.
    fn over_dial(&mut self, class: Class, now: Instant) -> Result<Prospect, NotNow> {
        if !self.settings.mode.over_dials() || self.staff.len() == 0 {
            return Err(NotNow::NoAgentFree);
        }
        let window = self.settings.law.window(now);
        if !self.carries_one_more(window) {
            return Err(NotNow::NoBudget);
        }
        let longest = self.ring() + self.settings.law.counting.grace() + MARGIN;
        if now + longest >= self.settings.law.end_of(window) {
            return Err(NotNow::WindowEnds);
        }
        let prospect = self.prospect(class, now);
        let too_early = self.settings.mode == Mode::Predictive && prospect.abandoned > self.bold(window);
        if too_early { Err(NotNow::TooEarly) } else { Ok(prospect) }
    }

    /// How likely a call may find no agent, and is made all the same. It grows with what is left of the budget, so
    /// that as much is spent as is earned, and nearly nothing is left over.
    fn bold(&self, window: u32) -> f64 {
        let law = &self.settings.law;
        let left = self.kept.ledger.balance(window).max(0) as f64 / law.price() as f64;
        let wanted = 1.5 + CALLS_AN_AGENT * self.staff.len() as f64;
        (BOLD * left / wanted).min(0.3)
    }

    fn prospect(&mut self, class: Class, now: Instant) -> Prospect {
        let grace = self.settings.law.counting.grace();
        self.expectation.refresh(&self.kept.beliefs, now, grace);
        self.expectation.prospect(&self.kept.beliefs, &self.staff, &self.kept.dials, class, now, grace)
    }

    fn start(
        &mut self,
        cover: Cover,
        meant: Option<AgentId>,
        class: Class,
        prospect: &Prospect,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let window = self.settings.law.window(now);
        let bare = i64::try_from(self.bare_with_one_more()).unwrap_or(i64::MAX);
        let why = DialWhy {
            cover,
            class,
            ready: count(self.staff.ready()),
            open: count(self.kept.dials.open()),
            balance: self.kept.ledger.balance(window),
            reserved: bare.saturating_mul(self.settings.law.price()),
            person: thousandths(prospect.person),
            abandoned: thousandths(prospect.abandoned),
            bold: thousandths(self.bold(window)),
            expected: prospect.expected.clone(),
        };
        // A call that wants no agent claims none and no budget.
        let is = if cover == Cover::Message { DialState::Unmanned } else { DialState::Ringing };
        let id = self.kept.dials.start(Dial { at: now, class, window, is, meant });
        self.deadlines.set(Deadline::Ring(id), now + self.ring());
        self.next = None;
        out.push(record(now, What::Dialled { dial: id, why }));
        out.push(Output::Dial(id));
    }
}

fn record(at: Instant, what: What) -> Output {
    Output::Record(Line { at, what })
}
