//! A shadow beside a router: alike under the same rules, telling under others, never in the way.

use std::time::Duration;

use carillon::acd::shadow::{Report, Shadow, State};
use carillon::acd::*;
use carillon::base::{AgentId, ContactId, Instant, QueueId, ReservationId, Rng, SkillId};

const GEMS: SkillId = SkillId(1);

/// The live center: a router, and people who answer, talk and wrap up.
struct Day {
    router: Router,
    now: Instant,
    rng: Rng,
    shadow: Option<Shadow>,
    plans: Vec<(Instant, Plan)>,
    /// Agents who let the phone ring, in per cent.
    silent: u64,
}

#[derive(Clone, Debug)]
enum Plan {
    Answer(ReservationId),
    End(ContactId),
    WrapUp(AgentId),
    Ready(AgentId),
    GiveUp(ContactId),
    Arrive(u64),
}

fn rules() -> Rules {
    let queue = |id: u32, min: u8| QueueRule {
        id: QueueId(id),
        key: format!("q{id}"),
        requirement: Requirement { all: vec![SkillNeed { skill: GEMS, min, weight: 1 }], any: vec![] },
        relax: vec![RelaxStep { after_ms: 15_000, min_level: Some(1), ..RelaxStep::default() }],
        ring_s: 12,
        announce_s: 0,
        ..QueueRule::default()
    };
    let agent = |id: u32| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: vec![(GEMS, 1 + (id % 9) as u8)],
        ..AgentRule::default()
    };
    Rules {
        skills: vec![SkillRule { id: GEMS, key: "gems".into(), name: String::new() }],
        queues: vec![queue(1, 3), queue(2, 7)],
        agents: (1..=9).map(agent).collect(),
        ..Rules::default()
    }
}

impl Day {
    fn new(seed: u64, silent: u64) -> Self {
        let now = Instant::from_micros(1_790_000_000_000_000);
        let router = Router::new(Settings::default(), seed);
        let mut day = Self { router, now, rng: Rng::new(seed), shadow: None, plans: Vec::new(), silent };
        day.tell(Input::Configure(Box::new(rules())));
        for agent in (1..=9).map(AgentId) {
            day.tell(Input::SignIn { agent });
            day.tell(Input::Ready { agent, author: Author::Agent });
        }
        day.later(0, Plan::Arrive(1));
        day
    }

    fn later(&mut self, ms: u64, plan: Plan) {
        self.plans.push((self.now + Duration::from_millis(ms), plan));
    }

    fn tell(&mut self, input: Input) {
        let mut out = Vec::new();
        self.router.handle(self.now, input.clone(), &mut out);
        if let Some(shadow) = &mut self.shadow {
            shadow.note(self.now, &input);
        }
        for output in out {
            match output {
                Output::Reserve { reservation, .. } if !self.rng.chance(self.silent as f64 / 100.0) => {
                    let ms = 1_000 + self.rng.below(6_000);
                    self.later(ms, Plan::Answer(reservation));
                }
                Output::AgentState { agent, state: AgentState::WrapUp { .. }, .. } => {
                    let ms = 1_000 + self.rng.below(40_000);
                    self.later(ms, Plan::WrapUp(agent));
                }
                Output::AgentState { agent, state: AgentState::NotReady { reason }, .. } if reason == NO_ANSWER => {
                    self.later(20_000, Plan::Ready(agent));
                }
                Output::AgentState { state: AgentState::Busy { contact }, .. } => {
                    let ms = 20_000 + self.rng.below(120_000);
                    self.later(ms, Plan::End(contact));
                }
                _ => {}
            }
        }
    }

    fn act(&mut self, plan: Plan) {
        match plan {
            Plan::Answer(reservation) => self.tell(Input::Accepted { reservation }),
            Plan::End(contact) => self.tell(Input::Ended { contact }),
            Plan::WrapUp(agent) => self.tell(Input::WrapUpDone { agent }),
            Plan::Ready(agent) => self.tell(Input::Ready { agent, author: Author::Agent }),
            Plan::GiveUp(contact) => {
                if self.router.is_waiting(contact) == Some(true) {
                    self.tell(Input::Leave { contact, why: Left::Abandoned });
                }
            }
            Plan::Arrive(contact) => {
                let queue = QueueId(1 + self.rng.below(2) as u32);
                self.tell(Input::Arrive(Arrival::new(ContactId(contact), queue, self.now)));
                let (patience, next) = (20_000 + self.rng.below(120_000), self.rng.below(26_000));
                self.later(patience, Plan::GiveUp(ContactId(contact)));
                self.later(next, Plan::Arrive(contact + 1));
            }
        }
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let plan = self.plans.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(ix, (at, _))| (*at, ix));
            let deadline = self.router.next_deadline();
            let next = [plan.map(|(at, _)| at), deadline].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            if deadline == Some(next) {
                self.tell(Input::Deadline);
            } else if let Some((_, ix)) = plan {
                let (_, plan) = self.plans.swap_remove(ix);
                self.act(plan);
            }
        }
        self.now = end;
    }

    fn begin(&mut self, rules: Rules) {
        let checkpoint = self.router.checkpoint(self.now, 1);
        self.shadow = Some(Shadow::new(checkpoint, rules));
    }

    fn report(&mut self) -> Report {
        let now = self.now;
        self.shadow.as_mut().expect("it was begun").report(now)
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn under_the_same_rules_both_sides_decide_alike() {
    for seed in 0..6 {
        let mut day = Day::new(seed, 10 * (seed % 2));
        day.run(HOUR);
        day.begin(rules());
        day.run(HOUR);
        let report = day.report();
        let decisions = report.decisions;
        assert!(decisions.compared > 150, "{decisions:?}");
        assert_eq!(report.recent, [], "seed {seed}");
        assert_eq!((decisions.other_agent, decisions.sooner, decisions.later), (0, 0, 0));
        assert_eq!((decisions.only_live, decisions.only_shadow), (0, 0));
        assert_eq!(decisions.same_agent + decisions.neither, decisions.compared);
        for queue in &report.queues {
            assert_eq!(queue.live.service_levels, queue.shadow.service_levels, "seed {seed}");
            assert_eq!(queue.live.counts.talk_us, queue.shadow.counts.talk_us);
        }
        assert_eq!(report.state, State::Running);
    }
}

#[test]
fn other_rules_show_in_decisions_and_service_level() {
    let mut day = Day::new(3, 0);
    day.run(HOUR);
    let mut wide = rules();
    for queue in &mut wide.queues {
        queue.requirement.all[0].min = 1;
        queue.agent_selection = AgentSelection::LongestIdle;
        queue.wrap_up = WrapUp { mode: WrapUpMode::None, seconds: 0 };
    }
    day.begin(wide);
    day.run(2 * HOUR);
    let report = day.report();
    let decisions = report.decisions;
    assert!(decisions.other_agent > 50 && decisions.sooner > decisions.later, "{decisions:?}");
    assert_eq!(report.recent.len(), 50, "the latest are kept");
    let first = &report.recent[0];
    let shadow = report.recent.iter().find_map(|it| it.shadow.as_ref()).unwrap();
    assert!(shadow.en.contains("idle for longest") && shadow.zh.contains("空闲"), "{shadow:?}");
    assert!(first.came < day.now);
    let level = |of: &carillon::acd::statistics::Sheet| of.service_levels[7].value.unwrap();
    let hard = &report.queues[1];
    assert!(level(&hard.shadow) > level(&hard.live) + 0.02, "{} {}", level(&hard.shadow), level(&hard.live));
    let sum = |report: &Report| report.queues.iter().map(|queue| queue.live.counts.offered).sum::<u64>();
    assert!(sum(&report) >= decisions.compared - 20);
}

#[test]
fn the_live_side_goes_on_as_if_there_were_no_shadow() {
    let end = |with_shadow: bool| {
        let mut day = Day::new(5, 5);
        day.run(HOUR);
        if with_shadow {
            let mut odd = rules();
            odd.queues[0].agent_selection = AgentSelection::Random;
            day.begin(odd);
        }
        day.run(HOUR);
        day.router.state_hash()
    };
    assert_eq!(end(true), end(false));
}

#[test]
fn it_ends_when_the_live_rules_change() {
    let mut day = Day::new(1, 0);
    day.begin(rules());
    day.run(HOUR);
    let before = day.report().decisions;
    day.tell(Input::Configure(Box::new(rules())));
    day.run(HOUR);
    let report = day.report();
    assert_eq!((report.state, report.decisions), (State::RulesChanged, before));
}
