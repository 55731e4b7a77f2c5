//! The decision rules of a trace said a second time, as plainly as possible: loops over vectors, no
//! index, no list kept in order, nothing shared with the router. Both decide thousands of random small
//! traces; every decision must be the same.

use carillon::acd::simulate::run_trace;
use carillon::base::Rng;
use serde_json::json;

const AGENT_CHOICES: [&str; 6] = ["lisf", "level_lisf", "fsf", "lor", "order", "miaf"];
const CALL_CHOICES: [&str; 7] = ["fcfs", "priority", "level", "priority_level", "score", "fqr", "lqf"];

/// Times in microseconds.
struct Class {
    priority: u64,
    service_s: u64,
    /// Thousandths of seconds of score, and of score a second.
    base: i128,
    weight: i128,
    /// Thousandths.
    share: i128,
    rings: Vec<(u64, u64)>,
}

struct Group {
    agents: usize,
    levels: Vec<Option<u64>>,
    service_s: Vec<Option<u64>>,
    reserve: Vec<Option<usize>>,
    shifts: Option<Vec<(u64, u64)>>,
}

struct Call {
    class: usize,
    at: u64,
    service: u64,
    patience: Option<u64>,
}

struct Case {
    classes: Vec<Class>,
    groups: Vec<Group>,
    agent_choice: &'static str,
    call_choice: &'static str,
    most: Option<usize>,
    calls: Vec<Call>,
}

fn some_case(rng: &mut Rng) -> Case {
    let classes = 1 + rng.below(3) as usize;
    let shares = [vec![1_000], vec![300, 700], vec![200, 300, 500]];
    let class = |ix: usize, rng: &mut Rng| Class {
        priority: 1 + rng.below(3),
        service_s: 20 + rng.below(100),
        base: rng.below(60_000).into(),
        weight: (500 + rng.below(2_000)).into(),
        share: shares[classes - 1][ix],
        rings: match rng.below(2) {
            0 => Vec::new(),
            _ => {
                let (second, third) = (1_000 * (1 + rng.below(15_000)), 1_000 * (15_001 + rng.below(30_000)));
                vec![(0, 1), (second, 2), (third, 3)]
            }
        },
    };
    let group = |rng: &mut Rng| Group {
        agents: 1 + rng.below(4) as usize,
        levels: (0..classes).map(|_| rng.chance(0.75).then(|| 1 + rng.below(3))).collect(),
        service_s: (0..classes).map(|_| rng.chance(0.4).then(|| 10 + rng.below(120))).collect(),
        reserve: (0..classes).map(|_| rng.chance(0.15).then(|| rng.below(3) as usize)).collect(),
        shifts: rng.chance(0.25).then(|| {
            let from = rng.below(200_000_000);
            let to = from + 1 + rng.below(400_000_000);
            let again = to + 1 + rng.below(200_000_000);
            vec![(from, to), (again, again + 1 + rng.below(400_000_000))]
        }),
    };
    let mut at = 0;
    let calls = (0..10 + rng.below(50)).map(|_| {
        at += 1 + rng.below(40_000_000);
        Call {
            class: rng.below(classes as u64) as usize,
            at,
            service: 1 + rng.below(150_000_000),
            patience: rng.chance(0.8).then(|| 1 + rng.below(90_000_000)),
        }
    });
    let calls = calls.collect();
    Case {
        classes: (0..classes).map(|ix| class(ix, rng)).collect(),
        groups: (0..1 + rng.below(3)).map(|_| group(rng)).collect(),
        agent_choice: AGENT_CHOICES[rng.below(6) as usize],
        call_choice: CALL_CHOICES[rng.below(7) as usize],
        most: rng.chance(0.3).then(|| rng.below(12) as usize),
        calls,
    }
}

/// The trace as the command reads it.
fn written(case: &Case) -> String {
    let seconds = |us: u64| us as f64 / 1e6;
    let name = |ix: usize| format!("c{ix}");
    let classes = case.classes.iter().enumerate().map(|(ix, class)| {
        let rings: Vec<_> =
            class.rings.iter().map(|(after, level)| json!({ "after": seconds(*after), "max_level": level })).collect();
        let mut value = json!({
            "name": name(ix),
            "priority": class.priority,
            "service": { "dist": "exp", "mean": class.service_s },
            "score": { "base": class.base as f64 / 1e3, "weight": class.weight as f64 / 1e3 },
            "queue_share": class.share as f64 / 1e3,
        });
        if !rings.is_empty() {
            value["relax"] = rings.into();
        }
        value
    });
    let groups = case.groups.iter().enumerate().map(|(ix, group)| {
        let named = |values: Vec<Option<serde_json::Value>>| -> serde_json::Value {
            let present = values.into_iter().enumerate().filter_map(|(ix, value)| Some((name(ix), value?)));
            serde_json::Value::Object(present.collect())
        };
        let mut value = json!({
            "name": format!("g{ix}"),
            "agents": group.agents,
            "skills": named(group.levels.iter().map(|level| level.map(Into::into)).collect()),
            "service_mean": named(group.service_s.iter().map(|mean| mean.map(Into::into)).collect()),
            "reserve": named(group.reserve.iter().map(|kept| kept.map(Into::into)).collect()),
        });
        if let Some(shifts) = &group.shifts {
            value["shifts"] = shifts.iter().map(|(from, to)| json!([seconds(*from), seconds(*to)])).collect();
        }
        value
    });
    let head = json!({
        "classes": classes.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        "capacity": { "max_in_system": case.most },
        "policy": { "agent_selection": case.agent_choice, "call_selection": case.call_choice },
    });
    let millis = |us: u64| us as f64 / 1e3;
    let calls = case.calls.iter().enumerate().map(|(id, call)| {
        json!({
            "id": id,
            "t": millis(call.at),
            "cls": name(call.class),
            "service": millis(call.service),
            "patience": call.patience.map(millis),
        })
        .to_string()
    });
    std::iter::once(head.to_string()).chain(calls).collect::<Vec<_>>().join("\n")
}

#[derive(Clone)]
struct Agent {
    group: usize,
    signed_in: Option<u64>,
    /// Since when, and which becoming idle it was.
    idle: Option<(u64, u64)>,
    serves: Option<usize>,
    until: u64,
    leaving: bool,
    busy: u64,
    signed: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Coming,
    Waiting,
    Over,
}

struct Oracle<'a> {
    case: &'a Case,
    agents: Vec<Agent>,
    states: Vec<State>,
    idles: u64,
    /// By call: outcome, agent, time.
    decided: Vec<(&'static str, Option<usize>, Option<u64>)>,
}

impl<'a> Oracle<'a> {
    fn new(case: &'a Case) -> Self {
        let mut oracle = Self {
            case,
            agents: Vec::new(),
            states: vec![State::Coming; case.calls.len()],
            idles: 0,
            decided: vec![("waiting", None, None); case.calls.len()],
        };
        for (group, rule) in case.groups.iter().enumerate() {
            for _ in 0..rule.agents {
                let away = Agent {
                    group,
                    signed_in: None,
                    idle: None,
                    serves: None,
                    until: 0,
                    leaving: false,
                    busy: 0,
                    signed: 0,
                };
                oracle.agents.push(away);
            }
        }
        for agent in 0..oracle.agents.len() {
            if case.groups[oracle.agents[agent].group].shifts.is_none() {
                oracle.log_in(agent, 0);
            }
        }
        oracle
    }

    fn log_in(&mut self, agent: usize, now: u64) {
        self.agents[agent].leaving = false;
        if self.agents[agent].signed_in.is_none() {
            self.agents[agent].signed_in = Some(now);
            self.become_idle(agent, now);
        }
    }

    fn log_out(&mut self, agent: usize, now: u64) {
        if self.agents[agent].serves.is_some() {
            self.agents[agent].leaving = true;
        } else {
            self.go(agent, now);
        }
    }

    fn go(&mut self, agent: usize, now: u64) {
        let agent = &mut self.agents[agent];
        if let Some(since) = agent.signed_in.take() {
            agent.signed += now - since;
        }
        agent.idle = None;
        agent.leaving = false;
    }

    fn become_idle(&mut self, agent: usize, now: u64) {
        self.idles += 1;
        self.agents[agent].idle = Some((now, self.idles));
        let mut best: Option<(Vec<i128>, usize)> = None;
        for call in 0..self.states.len() {
            if self.states[call] == State::Waiting && self.may(agent, call, now) {
                let rank = self.call_rank(agent, call, now);
                if best.as_ref().is_none_or(|(found, _)| rank < *found) {
                    best = Some((rank, call));
                }
            }
        }
        if let Some((_, call)) = best {
            self.answer(agent, call, now);
        }
    }

    fn answer(&mut self, agent: usize, call: usize, now: u64) {
        self.states[call] = State::Over;
        self.decided[call] = ("answered", Some(agent), Some(now));
        let taken = &mut self.agents[agent];
        taken.idle = None;
        taken.serves = Some(call);
        taken.until = now + self.case.calls[call].service;
    }

    fn may(&self, agent: usize, call: usize, now: u64) -> bool {
        let (group, class) = (self.agents[agent].group, self.case.calls[call].class);
        let rule = &self.case.groups[group];
        let Some(level) = rule.levels[class] else { return false };
        let waited = now - self.case.calls[call].at;
        let ring = self.case.classes[class].rings.iter().rfind(|(after, _)| *after <= waited);
        if ring.is_some_and(|(_, most)| level > *most) {
            return false;
        }
        let idle = self.agents.iter().filter(|other| other.group == group && other.idle.is_some()).count();
        rule.reserve[class].is_none_or(|kept| idle > kept)
    }

    /// The smallest gets the agent.
    fn call_rank(&self, agent: usize, call: usize, now: u64) -> Vec<i128> {
        let given = &self.case.calls[call];
        let class = &self.case.classes[given.class];
        let level = self.case.groups[self.agents[agent].group].levels[given.class].unwrap_or(99) as i128;
        let (priority, at) = (i128::from(class.priority), i128::from(given.at));
        let waiting = |of: Option<usize>| {
            let counts = |call: &usize| {
                self.states[*call] == State::Waiting && of.is_none_or(|class| self.case.calls[*call].class == class)
            };
            (0..self.states.len()).filter(counts).count() as i128
        };
        let first = match self.case.call_choice {
            "fcfs" => vec![],
            "priority" => vec![priority],
            "level" => vec![level, priority],
            "priority_level" => vec![priority, level],
            "score" => vec![-(class.base * 1_000_000 + class.weight * i128::from(now - given.at))],
            "fqr" => vec![class.share * waiting(None) - 1_000 * waiting(Some(given.class))],
            _ => vec![-waiting(Some(given.class))],
        };
        first.into_iter().chain([at, call as i128]).collect()
    }

    fn offer(&mut self, call: usize, now: u64) {
        let mut best: Option<usize> = None;
        for agent in 0..self.agents.len() {
            if self.agents[agent].idle.is_some()
                && self.may(agent, call, now)
                && best.is_none_or(|found| self.is_better(agent, found, call, now))
            {
                best = Some(agent);
            }
        }
        if let Some(agent) = best {
            self.answer(agent, call, now);
        }
    }

    fn is_better(&self, one: usize, other: usize, call: usize, now: u64) -> bool {
        let class = self.case.calls[call].class;
        let idle = |agent: usize| self.agents[agent].idle.unwrap().1;
        let group = |agent: usize| &self.case.groups[self.agents[agent].group];
        let level = |agent: usize| group(agent).levels[class];
        let mean = |agent: usize| group(agent).service_s[class].unwrap_or(self.case.classes[class].service_s);
        let times = |agent: usize| {
            let agent = &self.agents[agent];
            (u128::from(agent.busy), u128::from(agent.signed + agent.signed_in.map_or(0, |since| now - since)))
        };
        match self.case.agent_choice {
            "lisf" => idle(one) < idle(other),
            "level_lisf" => (level(one), idle(one)) < (level(other), idle(other)),
            "fsf" => (mean(one), idle(one)) < (mean(other), idle(other)),
            "lor" => {
                let ((busy, all), (busy_other, all_other)) = (times(one), times(other));
                // Nobody has worked in no time.
                let (left, right) = (busy * all_other.max(1), busy_other * all.max(1));
                (left, idle(one)) < (right, idle(other))
            }
            "order" => one < other,
            _ => idle(one) > idle(other),
        }
    }

    fn arrive(&mut self, call: usize, now: u64) {
        let waiting = self.states.iter().filter(|state| **state == State::Waiting).count();
        let talking = self.agents.iter().filter(|agent| agent.serves.is_some()).count();
        if self.case.most.is_some_and(|most| waiting + talking >= most) {
            self.states[call] = State::Over;
            self.decided[call] = ("blocked", None, Some(now));
            return;
        }
        self.states[call] = State::Waiting;
        self.offer(call, now);
    }

    fn end(&mut self, agent: usize, now: u64) {
        let ended = &mut self.agents[agent];
        if let Some(call) = ended.serves.take() {
            ended.busy += self.case.calls[call].service;
        }
        if ended.leaving { self.go(agent, now) } else { self.become_idle(agent, now) }
    }

    /// Time, kind in the order of simultaneous events, and whom it concerns: the next of all.
    fn next(&self, after: Option<(u64, usize, usize)>) -> Option<(u64, usize, usize)> {
        let mut events = Vec::new();
        for (ix, agent) in self.agents.iter().enumerate() {
            if agent.serves.is_some() {
                events.push((agent.until, 0, ix));
            }
            for (from, to) in self.case.groups[agent.group].shifts.iter().flatten() {
                events.extend([(*from, 1, ix), (*to, 2, ix)]);
            }
        }
        for (ix, call) in self.case.calls.iter().enumerate() {
            match self.states[ix] {
                State::Coming => events.push((call.at, 5, ix)),
                State::Waiting => {
                    events.extend(call.patience.map(|patience| (call.at + patience, 4, ix)));
                    events
                        .extend(self.case.classes[call.class].rings.iter().map(|(after, _)| (call.at + after, 3, ix)));
                }
                State::Over => {}
            }
        }
        events.into_iter().filter(|event| after.is_none_or(|after| *event > after)).min()
    }

    fn run(mut self) -> Vec<(&'static str, Option<usize>, Option<u64>)> {
        let mut last = None;
        while let Some((now, kind, ix)) = self.next(last) {
            last = Some((now, kind, ix));
            match kind {
                0 => self.end(ix, now),
                1 => self.log_in(ix, now),
                2 => self.log_out(ix, now),
                3 => self.offer(ix, now),
                4 => {
                    self.states[ix] = State::Over;
                    self.decided[ix] = ("abandoned", None, Some(now));
                }
                _ => self.arrive(ix, now),
            }
        }
        self.decided
    }
}

#[test]
fn a_second_implementation_decides_alike() {
    let mut rng = Rng::new(2_026);
    let mut seen = std::collections::BTreeMap::new();
    for number in 0..4_000 {
        let case = some_case(&mut rng);
        let text = written(&case);
        let got = run_trace(&text).unwrap_or_else(|error| panic!("case {number}: {error}\n{text}"));
        for (decision, (outcome, agent, at)) in got.iter().zip(Oracle::new(&case).run()) {
            let wanted = (outcome, agent.map(|agent| agent as u32), at.map(|at| at / 1_000));
            let own = (decision.outcome.as_str(), decision.agent, decision.at);
            assert_eq!(own, wanted, "case {number}, call {}\n{text}", decision.id);
            *seen.entry((case.agent_choice, case.call_choice, outcome)).or_insert(0u32) += 1;
        }
    }
    for (agent_choice, call_choice) in AGENT_CHOICES.iter().flat_map(|a| CALL_CHOICES.iter().map(move |c| (*a, *c))) {
        let answered = seen.get(&(agent_choice, call_choice, "answered")).copied().unwrap_or(0);
        assert!(answered > 500, "{agent_choice} with {call_choice} is hardly tried: {answered}");
    }
}
