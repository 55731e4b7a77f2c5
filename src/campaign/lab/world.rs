//! One day: people who answer or do not, agents with a will of their own, and a dialler between them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

use super::day::Day;
use super::people::{Does, SimAgent, SimCall};
use super::policy::Dialler;
use super::scenario::{Harm, MORNING, Scenario, Time};
use crate::base::{AgentId, Instant, Rng};
use crate::campaign::list::{
    AttemptRules, Attempted, CallHours, CampaignId, Hopper, NewEntry, PersonKey, Taken, Tries,
};
use crate::campaign::pace::{
    Answerer, Class, Counted, Cover, DialEnd, DialId, Input, Law, Line, Mode, Output, Presence, TakenBack, Tally, What,
    verify,
};

/// What happens by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Happens {
    Shift { agent: usize, on: bool },
    Answers { dial: DialId },
    Verdict { dial: DialId, machine: bool },
    Refused { dial: DialId, end: DialEnd },
    TalkEnds { agent: usize, turn: u32 },
    WrapEnds { agent: usize, turn: u32 },
    Asks { agent: usize, turn: u32 },
    Caller,
    CallerGone { agent: usize, turn: u32 },
    Harm { at: usize, begins: bool },
    Drift,
    Refill,
}

const CAMPAIGN: CampaignId = CampaignId(1);

pub(super) struct World<'a> {
    scenario: &'a Scenario,
    law: Law,
    rng: Rng,
    pub dialler: Dialler,
    agents: Vec<SimAgent>,
    calls: BTreeMap<DialId, SimCall>,
    hopper: Hopper,
    ahead: Option<Taken>,
    plan: BinaryHeap<Reverse<(Instant, u64, Happens)>>,
    planned: u64,
    todo: VecDeque<Input>,
    now: Instant,
    /// A server that saw nothing sees everything from then on.
    floor: Instant,
    harms: BTreeSet<usize>,
    touched: BTreeSet<PersonKey>,
    in_call: BTreeSet<PersonKey>,
    lines: Vec<Line>,
    pub day: Day,
}

impl<'a> World<'a> {
    pub fn new(scenario: &'a Scenario, law: Law, seed: u64, dialler: Dialler) -> Self {
        let headcount = scenario.agents.iter().map(|group| group.count).sum();
        let mut world = Self {
            scenario,
            law,
            rng: Rng::new(seed),
            dialler,
            agents: (0..headcount).map(SimAgent::new).collect(),
            calls: BTreeMap::new(),
            hopper: Hopper::new(usize::try_from(scenario.entries()).unwrap_or(0)),
            ahead: None,
            plan: BinaryHeap::new(),
            planned: 0,
            todo: VecDeque::new(),
            now: MORNING,
            floor: MORNING,
            harms: BTreeSet::new(),
            touched: BTreeSet::new(),
            in_call: BTreeSet::new(),
            lines: Vec::new(),
            day: Day::default(),
        };
        world.fill();
        world.plan_day();
        world
    }

    fn fill(&mut self) {
        self.hopper.campaign(CAMPAIGN, CallHours::default(), AttemptRules::default());
        let mut person = 0;
        for (list, of) in self.scenario.lists.iter().enumerate() {
            for _ in 0..of.entries {
                person += 1;
                let new = NewEntry {
                    campaign: CAMPAIGN,
                    list: u16::try_from(list).unwrap_or(u16::MAX),
                    kind: of.kind,
                    person: PersonKey(person),
                    zones: &of.zones,
                    tries: Tries::default(),
                };
                self.day.entries += u64::from(self.hopper.add(&new).is_ok());
            }
        }
        self.day.hopper_bytes = self.hopper.bytes() as u64;
    }

    fn minutes(&self, minutes: f64) -> Instant {
        MORNING + Duration::from_secs_f64(minutes * 60.0)
    }

    fn end(&self) -> Instant {
        self.minutes(self.scenario.hours * 60.0)
    }

    fn plan_day(&mut self) {
        let scenario = self.scenario;
        let mut agent = 0;
        for group in &scenario.agents {
            for _ in 0..group.count {
                self.plan(self.minutes(group.from_min), Happens::Shift { agent, on: true });
                let to = group.to_min.unwrap_or(scenario.hours * 60.0);
                self.plan(self.minutes(to).min(self.end()), Happens::Shift { agent, on: false });
                agent += 1;
            }
        }
        for (at, harm) in scenario.hostile.iter().enumerate() {
            self.plan(self.minutes(harm.at_min), Happens::Harm { at, begins: true });
            self.plan(self.minutes(harm.at_min + harm.for_min), Happens::Harm { at, begins: false });
        }
        for drift in &scenario.drift {
            self.plan(self.minutes(drift.at_min), Happens::Drift);
        }
        if scenario.inbound.is_some_and(|inbound| inbound.per_hour > 0.0) {
            self.plan(MORNING, Happens::Caller);
        }
        self.plan(MORNING, Happens::Refill);
    }

    fn plan(&mut self, at: Instant, what: Happens) {
        self.planned += 1;
        self.plan.push(Reverse((at, self.planned, what)));
    }

    fn after(&mut self, time: Time, what: Happens) {
        let span = time.draw(&mut self.rng);
        self.plan(self.now + Duration::from_secs_f64(span), what);
    }

    /// Runs it; five minutes after its end nothing is in the air any more.
    pub fn run(mut self) -> Day {
        let close = self.end() + Duration::from_secs(300);
        let mut paused = false;
        loop {
            let planned = self.plan.peek().map(|Reverse((at, ..))| *at);
            let deadline = self.dialler.next_deadline();
            let Some(at) = planned.into_iter().chain(deadline).min().filter(|at| *at <= close) else { break };
            self.pass_to(at.max(self.floor));
            self.day.events += 1;
            if !paused && self.now >= self.end() {
                paused = true;
                self.tell(Input::Pause(true));
            }
            if planned.is_some_and(|planned| planned <= at) {
                if let Some(Reverse((_, _, what))) = self.plan.pop() {
                    self.happens(what);
                }
            } else {
                self.tell(Input::Wake);
            }
        }
        self.finish()
    }

    fn pass_to(&mut self, now: Instant) {
        if let Some(why) = self.dialler.not_now().filter(|_| now < self.end()) {
            *self.day.not_now.entry(why).or_default() += now.since(self.now).as_secs_f64();
        }
        self.now = now.max(self.now);
    }

    fn finish(mut self) -> Day {
        let end = self.end();
        for agent in &mut self.agents {
            agent.turn_to(Does::Off, end.max(agent.since), end);
            self.day.talk += agent.talk;
            self.day.wrap += agent.wrap;
            self.day.idle += agent.idle;
            self.day.inbound += agent.inbound;
        }
        let day = &mut self.day;
        day.touched = self.touched.len() as u64;
        let served = day.served + self.scenario.law.served_before;
        let (abandoned, machines) = (day.abandoned, day.machines);
        let seen = Tally { served, abandoned, machines, ..Tally::default() };
        let counting = self.law.counting;
        day.rate = counting.rate(&seen, self.law.mistaken);
        day.true_rate = counting.rate(&Tally { abandoned: abandoned + day.mistaken, machines: 0, ..seen }, 0);
        if self.dialler.ledger().is_some() {
            let before = self.dialler.carried_over(self.law.window(MORNING));
            match verify(&self.law, &before, &self.lines) {
                Ok(verified) => day.certified = verified.held + verified.over,
                Err(flaw) => day.flaw = Some(flaw.to_string()),
            }
        }
        self.day
    }

    // ---- what the dialler hears and says

    fn tell(&mut self, input: Input) {
        self.todo.push_back(input);
        let mut out = Vec::new();
        while let Some(input) = self.todo.pop_front() {
            self.dialler.handle(self.now, input, &mut out);
            for output in std::mem::take(&mut out) {
                self.does(output);
            }
            if let Some(ledger) = self.dialler.ledger() {
                let tally = ledger.tally(self.law.window(self.now));
                self.day.breaches += u64::from(tally.spent(&self.law) > tally.earned(&self.law));
            }
        }
    }

    fn does(&mut self, output: Output) {
        match output {
            Output::Record(line) => self.record(line),
            Output::Dial(dial) => self.dial(dial),
            Output::Cancel { dial, why } => self.cancel(dial, why),
            Output::Connect { dial, agent } => self.connect(dial, agent),
            Output::SafeMessage(dial) => {
                let person = self.calls.get(&dial).is_some_and(|call| call.person && call.answered && !call.over);
                self.day.abandoned += u64::from(person);
                self.over(dial, Attempted::Abandoned);
            }
            Output::Machine(dial) => {
                let person = self.calls.get(&dial).is_some_and(|call| call.person && !call.over);
                self.day.mistaken += u64::from(person);
                self.day.machines += 1;
                self.over(dial, Attempted::Machine);
            }
            Output::Message(dial) => {
                self.day.served += u64::from(self.calls.get(&dial).is_some_and(|call| call.person));
                self.over(dial, Attempted::Spoken);
            }
            Output::Preview { agent, .. } => self.reads(agent),
            Output::PutBack { .. } => {
                if let Some(taken) = self.ahead.take() {
                    self.hopper.done(&taken, Attempted::TakenBack, self.now);
                }
                self.refill();
            }
        }
    }

    fn record(&mut self, line: Line) {
        match &line.what {
            What::Dialled { why, .. } => self.day.over_dials += u64::from(why.cover == Cover::Budget),
            What::Ended { counted: Counted::Abandoned, .. } => self.day.counted_abandoned += 1,
            What::Ended { counted: Counted::Lost, .. } => self.day.counted_lost += 1,
            _ => {}
        }
        self.lines.push(line);
    }

    fn refill(&mut self) {
        if self.ahead.is_none() {
            self.ahead = self.hopper.take(CAMPAIGN, self.now);
        }
        let next = self.ahead.map(|taken| Class { list: taken.list, kind: taken.kind });
        if next.is_none() {
            self.plan(self.now + Duration::from_secs(20), Happens::Refill);
        }
        self.todo.push_back(Input::Next(next));
    }

    fn harmed(&self, harm: Harm) -> bool {
        self.harms.iter().any(|at| self.scenario.hostile.get(*at).is_some_and(|it| it.what == harm))
    }

    fn dial(&mut self, dial: DialId) {
        let taken = self.ahead.take();
        self.refill();
        let Some(taken) = taken else { return };
        if self.hopper.confirm(&taken, self.now).is_err() {
            self.day.withheld += 1;
            self.hopper.done(&taken, Attempted::TakenBack, self.now);
            self.todo.push_back(Input::Ended { dial, end: DialEnd::Cancelled });
            return;
        }
        self.day.dials += 1;
        self.touched.insert(taken.person);
        self.day.at_once += u64::from(!self.in_call.insert(taken.person));
        let mut call = SimCall { taken, at: self.now, person: false, answered: false, over: false };
        let minute = self.now.since(MORNING).as_secs_f64() / 60.0;
        let list = self.scenario.lists.get(usize::from(taken.list));
        let chances = list.map_or([0.0; 4], |list| [list.person, list.machine, list.busy, list.failed]);
        let mut person = (chances[0] * self.scenario.factor(minute)).min(1.0);
        if self.harmed(Harm::AllAnswer) {
            person = 1.0;
        }
        let others = (1.0 - person) / (1.0 - chances[0]).max(1e-9);
        let [_, machine, busy, failed] = chances.map(|chance| chance * others);
        let lot = self.rng.unit();
        let ring = self.scenario.ring;
        if self.harmed(Harm::TrunkFails) {
            self.after(ring.refused, Happens::Refused { dial, end: DialEnd::Failed });
        } else if lot < person {
            call.person = true;
            self.after(ring.person, Happens::Answers { dial });
        } else if lot < person + machine {
            self.after(ring.machine, Happens::Answers { dial });
        } else if lot < person + machine + busy {
            self.after(ring.refused, Happens::Refused { dial, end: DialEnd::Busy });
        } else if lot < person + machine + busy + failed {
            self.after(ring.refused, Happens::Refused { dial, end: DialEnd::Failed });
        } else if self.harmed(Harm::LateAnswers) || self.harmed(Harm::CrossedAnswers) {
            call.person = true;
        }
        self.calls.insert(dial, call);
        self.todo.push_back(Input::Ringing(dial));
    }

    fn cancel(&mut self, dial: DialId, why: TakenBack) {
        let Some(call) = self.calls.get(&dial).copied().filter(|call| !call.over) else { return };
        self.day.uncovered += u64::from(why == TakenBack::Uncovered);
        let short = self.now.since(call.at) < self.law.counting.shortest_ring();
        self.day.short_rings += u64::from(short && !call.answered);
        if call.answered {
            // Too late: the verdict comes.
        } else if call.person && self.harmed(Harm::LateAnswers) {
            self.plan(self.now + Duration::from_millis(200), Happens::Answers { dial });
        } else if call.person && self.harmed(Harm::CrossedAnswers) {
            self.plan(self.now + Duration::from_millis(200), Happens::Refused { dial, end: DialEnd::Crossed });
        } else {
            self.plan(self.now + Duration::from_millis(200), Happens::Refused { dial, end: DialEnd::Cancelled });
        }
    }

    fn over(&mut self, dial: DialId, ended: Attempted) {
        if let Some(call) = self.calls.get_mut(&dial).filter(|call| !call.over) {
            call.over = true;
            self.in_call.remove(&call.taken.person);
            self.hopper.done(&call.taken, ended, self.now);
        }
    }

    fn connect(&mut self, dial: DialId, agent: AgentId) {
        let end = self.end();
        let ix = agent.0 as usize;
        let Some(agent) = self.agents.get_mut(ix) else { return };
        if agent.does != Does::Ready {
            self.todo.push_back(Input::Unbridged(dial));
            return;
        }
        agent.turn_to(Does::Talks(dial), self.now, end);
        let turn = agent.turn;
        let person = self.calls.get(&dial).is_some_and(|call| call.person);
        let talk = if person { self.scenario.talk } else { Time { mean_s: 6.0, cv: 0.3 } };
        self.after(talk, Happens::TalkEnds { agent: ix, turn });
    }

    fn reads(&mut self, agent: AgentId) {
        let ix = agent.0 as usize;
        let turn = self.agents.get(ix).map_or(0, |agent| agent.turn);
        self.after(Time { mean_s: 8.0, cv: 0.7 }, Happens::Asks { agent: ix, turn });
    }

    // ---- what happens by itself

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Shift { agent, on } => self.shift(agent, on),
            Happens::Answers { dial } => self.answers(dial),
            Happens::Verdict { dial, machine } => {
                if self.calls.get(&dial).is_some_and(|call| !call.over) {
                    let by = if machine { Answerer::Machine } else { Answerer::Person };
                    self.tell(Input::Answered { dial, by, greeted: self.now });
                }
            }
            Happens::Refused { dial, end } => self.refused(dial, end),
            Happens::TalkEnds { agent, turn } => self.talk_ends(agent, turn),
            Happens::WrapEnds { agent, turn } => {
                if self.agents.get(agent).is_some_and(|it| it.turn == turn) {
                    self.ready(agent);
                }
            }
            Happens::Asks { agent, turn } => self.asks(agent, turn),
            Happens::Caller => self.caller(),
            Happens::CallerGone { agent, turn } => {
                if self.agents.get(agent).is_some_and(|it| it.turn == turn) {
                    self.write_up(agent);
                }
            }
            Happens::Harm { at, begins } => self.harm(at, begins),
            Happens::Drift => {
                let minute = self.now.since(MORNING).as_secs_f64() / 60.0;
                self.dialler.learns_truth(self.scenario, minute);
            }
            Happens::Refill => {
                self.refill();
                self.tell(Input::Wake);
            }
        }
    }

    fn ready(&mut self, ix: usize) {
        let end = self.end();
        let Some(agent) = self.agents.get_mut(ix) else { return };
        if !agent.on_duty {
            agent.turn_to(Does::Off, self.now, end);
            let agent = agent.id;
            return self.tell(Input::Agent { agent, is: Presence::Gone });
        }
        agent.turn_to(Does::Ready, self.now, end);
        let (id, turn) = (agent.id, agent.turn);
        if self.scenario.mode == Mode::Manual {
            self.after(Time { mean_s: 5.0, cv: 0.5 }, Happens::Asks { agent: ix, turn });
        }
        self.tell(Input::Agent { agent: id, is: Presence::Ready });
    }

    fn shift(&mut self, ix: usize, on: bool) {
        let spare = self.dialler.spare();
        let Some(agent) = self.agents.get_mut(ix) else { return };
        agent.on_duty = on;
        match (on, agent.does) {
            (true, Does::Off) => self.ready(ix),
            // Whoever is held for a call stays until it is over.
            (false, Does::Ready) if spare == 0 && self.now < self.end() => {
                self.plan(self.now + Duration::from_secs(1), Happens::Shift { agent: ix, on: false });
            }
            (false, Does::Ready) if self.now < self.end() => self.ready(ix),
            _ => {}
        }
    }

    fn answers(&mut self, dial: DialId) {
        let Some(call) = self.calls.get_mut(&dial).filter(|call| !call.over && !call.answered) else { return };
        call.answered = true;
        let person = call.person;
        self.day.answered += u64::from(person);
        let detection = self.scenario.detection;
        let wrong = self.rng.chance(if person { detection.mistaken } else { detection.missed });
        self.after(detection.takes, Happens::Verdict { dial, machine: person == wrong });
    }

    fn refused(&mut self, dial: DialId, end: DialEnd) {
        if self.calls.get(&dial).is_none_or(|call| call.over || call.answered) {
            return;
        }
        let ended = match end {
            DialEnd::Busy => Attempted::Busy,
            DialEnd::Failed => Attempted::Failed,
            DialEnd::NoAnswer | DialEnd::Cancelled | DialEnd::HungUp => Attempted::NoAnswer,
            DialEnd::Crossed => Attempted::Abandoned,
        };
        if end == DialEnd::Crossed {
            self.day.answered += 1;
            self.day.abandoned += 1;
        }
        self.over(dial, ended);
        self.tell(Input::Ended { dial, end });
    }

    fn talk_ends(&mut self, ix: usize, turn: u32) {
        let Some(agent) = self.agents.get(ix).filter(|agent| agent.turn == turn) else { return };
        let Does::Talks(dial) = agent.does else { return };
        self.served(dial);
        self.write_up(ix);
    }

    fn served(&mut self, dial: DialId) {
        let call = self.calls.get(&dial).copied();
        let person = call.is_some_and(|call| call.person);
        if let Some(call) = call.filter(|_| person && self.rng.chance(self.scenario.do_not_call)) {
            self.hopper.forbid(call.taken.person);
        }
        self.day.served += u64::from(person);
        self.over(dial, if person { Attempted::Spoken } else { Attempted::Machine });
        self.tell(Input::Served { dial, person });
    }

    fn write_up(&mut self, ix: usize) {
        let end = self.end();
        let Some(agent) = self.agents.get_mut(ix) else { return };
        agent.turn_to(Does::WritesUp, self.now, end);
        let (agent, turn) = (agent.id, agent.turn);
        self.after(self.scenario.wrap, Happens::WrapEnds { agent: ix, turn });
        self.tell(Input::Agent { agent, is: Presence::WrapUp { frees_in: None } });
    }

    fn asks(&mut self, ix: usize, turn: u32) {
        let Some(agent) = self.agents.get(ix).filter(|agent| agent.turn == turn) else { return };
        let agent = agent.id;
        let skips = self.scenario.mode != Mode::Manual && self.rng.chance(0.1);
        self.tell(if skips { Input::Skip(agent) } else { Input::Ask(agent) });
        // Who got no call asks again.
        if self.scenario.mode == Mode::Manual {
            self.after(Time { mean_s: 5.0, cv: 0.5 }, Happens::Asks { agent: ix, turn });
        }
    }

    fn caller(&mut self) {
        let Some(inbound) = self.scenario.inbound else { return };
        let wait = Time { mean_s: 3_600.0 / inbound.per_hour, cv: 1.0 };
        self.after(wait, Happens::Caller);
        let may = inbound.first || self.dialler.spare() > 0;
        let end = self.end();
        let Some(ix) = self.agents.iter().position(|agent| may && agent.does == Does::Ready) else { return };
        let Some(agent) = self.agents.get_mut(ix) else { return };
        agent.turn_to(Does::Serves, self.now, end);
        let (agent, turn) = (agent.id, agent.turn);
        self.after(inbound.talk, Happens::CallerGone { agent: ix, turn });
        self.tell(Input::Agent {
            agent,
            is: Presence::Talking { frees_in: Some(Duration::from_secs_f64(inbound.talk.mean_s)) },
        });
    }

    // ---- harm

    fn harm(&mut self, at: usize, begins: bool) {
        let Some(harm) = self.scenario.hostile.get(at) else { return };
        if begins {
            self.harms.insert(at)
        } else {
            self.harms.remove(&at)
        };
        match (harm.what, begins) {
            (Harm::AllAnswer, true) => {
                let ringing = self.calls.iter().filter(|(_, call)| !call.over && !call.answered);
                for dial in ringing.map(|(dial, _)| *dial).collect::<Vec<_>>() {
                    if let Some(call) = self.calls.get_mut(&dial) {
                        call.person = true;
                    }
                    self.plan(self.now, Happens::Answers { dial });
                }
            }
            (Harm::AgentsVanish, true) => {
                let half: Vec<usize> = (0..self.agents.len()).filter(|_| self.rng.chance(0.5)).collect();
                half.into_iter().for_each(|agent| self.vanish(agent));
            }
            (Harm::AgentsVanish | Harm::Kill, false) => self.come_back(),
            (Harm::ClockJumps, true) => self.floor = self.now + Duration::from_secs_f64(harm.for_min * 60.0),
            (Harm::Kill, true) => self.kill(),
            _ => {}
        }
    }

    fn vanish(&mut self, ix: usize) {
        let end = self.end();
        let Some(agent) = self.agents.get_mut(ix).filter(|agent| agent.does != Does::Off) else { return };
        let (did, since, id) = (agent.does, agent.since, agent.id);
        agent.turn_to(Does::Off, self.now, end);
        self.tell(Input::Agent { agent: id, is: Presence::Gone });
        if let Does::Talks(dial) = did {
            // In the first second the bridge was not there yet.
            if self.now.since(since) < Duration::from_secs(1) {
                self.tell(Input::Unbridged(dial));
            } else {
                self.served(dial);
            }
        }
    }

    fn come_back(&mut self) {
        for ix in 0..self.agents.len() {
            if self.agents.get(ix).is_some_and(|agent| agent.on_duty && agent.does == Does::Off)
                && self.now < self.end()
            {
                self.ready(ix);
            }
        }
    }

    /// Calls and conversations end; who picks up afterwards hears nothing.
    fn kill(&mut self) {
        let end = self.end();
        for agent in self.agents.iter_mut().filter(|agent| agent.does != Does::Off) {
            agent.turn_to(Does::Off, self.now, end);
        }
        let open = self.calls.iter().filter(|(_, call)| !call.over).map(|(dial, call)| (*dial, *call));
        for (dial, call) in open.collect::<Vec<_>>() {
            self.day.abandoned += u64::from(call.person && call.answered);
            self.over(dial, Attempted::Abandoned);
        }
        let mut out = Vec::new();
        self.dialler.restart(self.now, &mut out);
        out.into_iter().for_each(|output| self.does(output));
        self.refill();
        self.tell(Input::Wake);
    }
}
