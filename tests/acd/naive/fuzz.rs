//! Anything that may happen, told to the router and to the model: both say the same.

use super::*;
use carillon::base::Rng;
use proptest::prelude::*;

use crate::properties::AGENT_POLICIES;

const AGENTS: u32 = 5;
const QUEUES: u32 = 4;

/// What happens, and numbers that pick whom it happens to.
#[derive(Clone, Debug)]
struct Event {
    kind: u8,
    a: u8,
    b: u8,
    c: u16,
}

fn event() -> impl Strategy<Value = Event> {
    (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(kind, a, b, c)| Event { kind, a, b, c })
}

fn one_of<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    list[rng.below(list.len() as u64) as usize]
}

fn condition(rng: &mut Rng) -> Condition {
    match rng.below(4) {
        0 => Condition::NoAgents,
        1 => Condition::ServiceLevelBelow(one_of(rng, &[1, 60, 101])),
        _ => Condition::WaitingAbove(one_of(rng, &[0, 1, 2])),
    }
}

fn step(rng: &mut Rng) -> RelaxStep {
    let mut step = RelaxStep { after_ms: one_of(rng, &[0, 1_000, 5_000, 20_000]), ..RelaxStep::default() };
    step.when = rng.chance(0.4).then(|| condition(rng));
    match rng.below(5) {
        0 => step.min_level = Some(one_of(rng, &[0, 1, 3])),
        1 => step.lower = vec![(SkillId(rng.below(3) as u32), 1)],
        2 => step.drop = vec![SkillId(rng.below(3) as u32)],
        3 => step.add_queues = vec![QueueId(rng.below(5) as u32)],
        _ => step.add_groups = vec![one_of(rng, &["g0", "g1", "nobody"]).to_owned()],
    }
    step
}

fn overflow(rng: &mut Rng) -> Overflow {
    use OverflowWhen::*;
    let when = one_of(rng, &[Full, Timeout, NoAgents, Closed, EstimateAbove(0), EstimateAbove(20)]);
    Overflow { when, to: QueueId(rng.below(u64::from(QUEUES) + 1) as u32) }
}

fn needs(rng: &mut Rng, most: u64) -> Vec<SkillNeed> {
    let mut need = || SkillNeed {
        skill: SkillId(rng.below(3) as u32),
        min: one_of(rng, &[0, 1, 2, 4, 8]),
        weight: one_of(rng, &[0, 1, 2]),
    };
    let first = need();
    let rest = [need(), need()];
    std::iter::once(first).chain(rest).take(rng.below(most + 1) as usize).collect()
}

fn queue(rng: &mut Rng, id: u32) -> QueueRule {
    use WrapUpMode::*;
    let most = |rng: &mut Rng, list: &[u32]| rng.chance(0.2).then(|| one_of(rng, list));
    QueueRule {
        id: QueueId(id),
        key: format!("q{id}"),
        channel: one_of(rng, &[Channel::Voice, Channel::Voice, Channel::Chat, Channel::Email, Channel::Voice]),
        requirement: Requirement { all: needs(rng, 2), any: if rng.chance(0.3) { needs(rng, 3) } else { vec![] } },
        agent_selection: one_of(rng, &AGENT_POLICIES),
        priority: one_of(rng, &[0, 1, 5, 10]),
        score: Score {
            base_ms: one_of(rng, &[0, 5_000, -5_000]),
            ageing_ppm: one_of(rng, &[0, 500_000, 1_000_000, 1_000_000]),
            max_bonus_s: one_of(rng, &[0, 60, 600]),
        },
        share_ppm: one_of(rng, &[0, 300_000, 700_000]),
        relax: (0..rng.below(4)).map(|_| step(rng)).collect(),
        reserve: match rng.below(4) {
            0 => vec![Reserve { group: format!("g{}", rng.below(2)), agents: one_of(rng, &[0, 1, 2, 9]) }],
            _ => vec![],
        },
        ring_s: one_of(rng, &[0, 5, 20, 20, 20, 20, 20]),
        ring_several: one_of(rng, &[0, 1, 1, 2, 3]),
        wrap_up: WrapUp {
            mode: one_of(rng, &[None, Optional, Discretionary, Timed, Fixed, Requested]),
            seconds: one_of(rng, &[0, 5, 30]),
        },
        answer_within_s: one_of(rng, &[0, 5, 20]),
        max_waiting: most(rng, &[0, 1, 3, 3, 5]),
        max_wait_s: most(rng, &[0, 5, 30, 30]),
        overflow: (0..rng.below(3)).map(|_| overflow(rng)).collect(),
        hours: rng.chance(0.15).then(|| one_of(rng, &["early", "nobody"]).to_owned()),
        leave_without_agents: rng.chance(0.1),
        redial_s: one_of(rng, &[0, 5, 60]),
        announce_s: one_of(rng, &[0, 3, 30]),
        announce_first_s: most(rng, &[0, 2]),
        ..QueueRule::default()
    }
}

fn agent(rng: &mut Rng, id: u32) -> AgentRule {
    let capacity = match rng.below(3) {
        0 => vec![
            (Channel::Voice, one_of(rng, &[0, 1, 2])),
            (Channel::Chat, one_of(rng, &[1, 2, 3])),
            (Channel::Email, one_of(rng, &[0, 1, 2])),
        ],
        _ => vec![],
    };
    AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: (0..rng.below(4)).map(|_| (SkillId(rng.below(3) as u32), one_of(rng, &[1, 3, 5, 9]))).collect(),
        queues: (0..rng.below(3) * rng.below(2)).map(|_| QueueId(rng.below(5) as u32)).collect(),
        group: rng.chance(0.7).then(|| format!("g{}", rng.below(2))),
        capacity,
        service_ms: (0..rng.below(3)).map(|_| (QueueId(rng.below(4) as u32), one_of(rng, &[0, 9, u64::MAX]))).collect(),
        weight: one_of(rng, &[0, 1, 5]),
        ..AgentRule::default()
    }
}

fn rules(seed: u64) -> Rules {
    use ContactSelection::*;
    let mut rng = Rng::new(seed);
    let rng = &mut rng;
    let mut queues: Vec<QueueRule> = (0..QUEUES).map(|id| queue(rng, id)).collect();
    let mut agents: Vec<AgentRule> = (0..AGENTS).map(|id| agent(rng, id)).collect();
    if seed.is_multiple_of(2) {
        // Hardly anybody lacks anything: more competes.
        queues.iter_mut().for_each(|queue| queue.requirement.all.truncate(usize::from(seed.is_multiple_of(4))));
        queues.iter_mut().for_each(|queue| (queue.requirement.any.clear(), queue.hours = Option::None).0);
        agents.iter_mut().for_each(|agent| agent.queues.truncate(usize::from(seed.is_multiple_of(3))));
    }
    if rng.chance(0.3) {
        queues.remove(rng.below(u64::from(QUEUES)) as usize);
    }
    if rng.chance(0.3) {
        agents.remove(rng.below(u64::from(AGENTS)) as usize);
    }
    if rng.chance(0.3) {
        (queues.reverse(), agents.rotate_left(2)).0
    }
    let weekly = (1..=7).map(|day| Hours { day, from_min: 0, to_min: 17 }).collect();
    let reason =
        |key: &str, max_agents| ReasonRule { key: key.into(), name: String::new(), limit_s: Some(1), max_agents };
    Rules {
        queues,
        agents,
        reasons: vec![reason("break", Some(1)), reason("lunch", Option::None)],
        calendars: vec![Calendar { key: "early".into(), weekly, zone: "UTC".into(), ..Calendar::default() }],
        contact_selection: one_of(
            rng,
            &[LongestWaiting, Priority, Level, PriorityThenLevel, Score, FixedRatio, LongestQueue],
        ),
        max_contacts: rng.chance(0.15).then_some(6),
        ..Rules::default()
    }
}

/// The router and the model side by side.
struct Pair {
    router: Router,
    model: Naive,
    settings: Settings,
    now: Instant,
    next: u64,
    told: Vec<Input>,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let settings =
            Settings { explain: (seed % 3 * 4) as u16, estimates: !seed.is_multiple_of(5), ..Settings::default() };
        let router = Router::new(settings.clone(), seed);
        let now = Instant::from_micros(1_000_000_000);
        let mut pair = Self { router, model: Naive::new(), settings, now, next: 0, told: Vec::new() };
        pair.tell(Input::Configure(Box::new(rules(seed))));
        if seed % 8 > 1 {
            pair.together(u8::MAX, 0);
        }
        pair
    }

    fn tell(&mut self, input: Input) {
        let mut out = Vec::new();
        self.router.handle(self.now, input.clone(), &mut out);
        let mut facts = self.model.tell(self.now, &input, &out);
        let mut said: Vec<String> = out.iter().filter_map(fact).collect();
        facts.sort();
        said.sort();
        assert_eq!(said, facts, "router and model after {input:?}");
        self.told.push(input);
        self.compare();
        for output in &out {
            if let Output::Reserve { why, .. } = output
                && self.settings.explain > 0
            {
                why.check().unwrap_or_else(|error| panic!("{error}: {why:?}"));
            }
        }
    }

    fn compare(&self) {
        let last = self.told.last().expect("an input");
        let ids: Vec<AgentId> = self.model.agents.iter().map(|agent| agent.id).collect();
        let views = self.router.agents();
        assert_eq!(views.iter().map(|view| view.agent).collect::<Vec<_>>(), ids, "after {last:?}");
        for view in views {
            let agent = self.model.look_up(view.agent);
            let expected = (self.model.state(agent.id), agent.since, agent.next.clone());
            assert_eq!((view.state, view.since, view.next), expected, "{} after {last:?}", agent.id);
            assert_eq!(view.contacts, agent.holds.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        }
        self.router.queues().iter().for_each(|queue| self.compare_queue(queue));
        assert_eq!(self.router.next_deadline(), self.model.next_deadline(), "next deadline after {last:?}");
    }

    fn compare_queue(&self, queue: &QueueView) {
        let last = self.told.last().expect("an input");
        let rule = self.model.queue(queue.queue);
        let own = |c: &Contact| c.is_waiting() && c.queue == Some(queue.queue);
        let line: Vec<_> = self.model.in_order(own).into_iter().map(|id| self.waits(id)).collect();
        let views = self.router.waiting(queue.queue, self.now);
        let seen: Vec<_> = views.into_iter().map(|v| (v.contact, v.stage.into(), v.arrived, v.ringing)).collect();
        assert_eq!(seen, line, "the line of {} after {last:?}", queue.queue);
        let rings = line.iter().filter(|(.., agents)| !agents.is_empty()).count();
        let could = |a: &&Agent| a.duty != Duty::SignedOut && self.model.is_eligible(a.id, rule, &[], usize::MAX);
        let staffed = self.model.agents.iter().filter(could).count();
        let counts = (queue.waiting as usize, queue.ringing as usize, queue.staffed as usize, queue.idle as usize);
        assert_eq!(counts, (line.len(), rings, staffed, self.model.idle_for(rule)), "after {last:?}");
        assert_eq!(queue.oldest, line.iter().map(|(_, _, arrived, _)| *arrived).min());
        for still in self.router.standstills(queue.queue, self.now, usize::MAX) {
            let contact = self.model.look_at(still.line.contact);
            assert_eq!(still.waits_for, contact.wants.map(|(agent, _)| agent));
            // Who neither rings nor wants one agent cannot have any, and every agent has a reason.
            let reasons: u32 = still.excluded.iter().map(|entry| entry.count).sum();
            let agents = if contact.stands_in_line() { self.model.agents.len() as u32 } else { reasons };
            assert_eq!(reasons, agents, "{} waits, and why? after {last:?}", contact.id);
        }
    }

    /// Contact, stage, arrival, and whom it rings, the latest first.
    fn waits(&self, id: ContactId) -> (ContactId, usize, Instant, Vec<AgentId>) {
        let contact = self.model.look_at(id);
        let rings = contact.rings.iter().rev().map(|ring| ring.agent).collect();
        (id, self.model.stage(contact), contact.arrived, rings)
    }

    fn happen(&mut self, event: &Event) {
        let Event { kind, a, b, c } = *event;
        if a % 4 > 0 {
            self.now = self.now + Duration::from_millis(u64::from(a % 3));
            self.catch_up();
        }
        let (agent, author) = (AgentId(u32::from(a) % (AGENTS + 1)), Author::Agent);
        match kind % 40 {
            0 => self.tell(Input::SignIn { agent }),
            1 | 2 => self.of_duty(a, |duty| *duty == Duty::SignedOut, |agent| Input::SignIn { agent }),
            3 => self.tell(Input::Ready { agent, author }),
            4..=7 => self.of_duty(a, |duty| matches!(duty, Duty::NotReady(_)), |agent| Input::Ready { agent, author }),
            8 => self.tell(Input::NotReady {
                agent,
                reason: ["break", "lunch", "other"][usize::from(b % 3)].into(),
                author,
            }),
            9 => self.tell(Input::SignOut { agent, author }),
            10..=17 => self.arrive(a, b, c),
            18 => self.leave(b, [Left::Abandoned, Left::Abandoned, Left::Removed][usize::from(c % 3)]),
            19..=22 => self.answer(b, true),
            23 => self.answer(b, false),
            24..=26 => self.end(b),
            27 if b.is_multiple_of(3) => self.tell(Input::WrapUpDone { agent }),
            27 => self.of_duty(a, |duty| matches!(duty, Duty::WrapUp { .. }), |agent| Input::WrapUpDone { agent }),
            28 if b.is_multiple_of(3) => self.tell(Input::ExtendWrapUp { agent }),
            28 => self.of_duty(a, |duty| matches!(duty, Duty::WrapUp { .. }), |agent| Input::ExtendWrapUp { agent }),
            29 => self.tell(Input::RequestWrapUp { agent }),
            30 => {
                self.next += 1;
                self.tell(Input::Occupy { agent, contact: ContactId(self.next), queue: None, own: false });
            }
            31 => self.together(a, b),
            32 => self.tell(Input::Configure(Box::new(rules(u64::from(c))))),
            33 => self.come_back(agent, b, c),
            34 => {
                if let Some(contact) = self.nth(b, |c| c.is_waiting()) {
                    self.tell(Input::KeepPlace { contact });
                }
            }
            35 => self.restart(),
            36 => {
                if let Some(contact) = self.nth(b, |c| c.is_waiting()) {
                    self.of_duty(a, |duty| *duty == Duty::Ready, |agent| Input::Take { agent, contact });
                }
            }
            37 => {
                if let Some(contact) = self.nth(b, |c| c.is_waiting()) {
                    let queue = QueueId(u32::from(a) % (QUEUES + 1));
                    let priority = [None, Some(1), Some(9), Some(0)][usize::from(c % 4)];
                    self.tell(Input::Move { contact, queue, priority, author });
                }
            }
            _ => self.wait(u64::from(c) / if b % 4 == 0 { 1 } else { 10 }),
        }
    }

    /// To somebody who does this.
    fn of_duty(&mut self, n: u8, does: impl Fn(&Duty) -> bool, input: impl FnOnce(AgentId) -> Input) {
        let found: Vec<AgentId> = self.model.agents.iter().filter(|a| does(&a.duty)).map(|a| a.id).collect();
        if let Some(agent) = found.get(usize::from(n) % found.len().max(1)).copied() {
            self.tell(input(agent));
        }
    }

    fn nth(&self, n: u8, which: impl Fn(&Contact) -> bool) -> Option<ContactId> {
        let found: Vec<ContactId> = self.model.contacts.iter().filter(|c| which(c)).map(|c| c.id).collect();
        found.get(usize::from(n) % found.len().max(1)).copied()
    }

    fn arrive(&mut self, a: u8, b: u8, c: u16) {
        self.next += 1;
        let mut arrival = Arrival::new(ContactId(self.next), QueueId(u32::from(a) % QUEUES), self.now);
        arrival.priority = [None, Some(1), Some(9), Some(0)][usize::from(b % 4)];
        arrival.bonus_s = u32::from(b % 3) * 20;
        let span = Duration::from_millis(u64::from(c) / 4);
        match c % 5 {
            0 => arrival.arrived = self.now - span,
            1 => arrival.arrived = self.now + span,
            _ => {}
        }
        if b.is_multiple_of(4) {
            let skill = |n: u16| (SkillId(u32::from(n) % 3), (n % 4) as u8);
            arrival.skills = [skill(c), skill(c / 7)][..1 + usize::from(c % 2)].to_vec();
        }
        if b % 5 == 1 {
            let ms = [0, 3_000, 15_000, u64::MAX][usize::from(c % 4)];
            arrival.preferred = Some((AgentId(u32::from(c) % (AGENTS + 1)), ms));
        }
        arrival.timeout_ms = [None, None, Some(u64::from(c)), Some(u64::MAX)][usize::from(a / 4 % 4)];
        arrival.caller = b.is_multiple_of(3).then_some(u64::from(c % 2));
        arrival.call_back = b.is_multiple_of(11);
        self.tell(Input::Arrive(arrival));
    }

    fn leave(&mut self, n: u8, why: Left) {
        if let Some(contact) = self.nth(n, |c| c.is_waiting()) {
            self.tell(Input::Leave { contact, why });
        }
    }

    fn answer(&mut self, n: u8, accepts: bool) {
        let rings: Vec<ReservationId> =
            self.model.contacts.iter().flat_map(|c| &c.rings).filter_map(|ring| ring.id).collect();
        if let Some(reservation) = rings.get(usize::from(n) % rings.len().max(1)).copied() {
            if n.is_multiple_of(3) {
                self.tell(Input::Answering { reservation });
            }
            self.tell(match accepts {
                true => Input::Accepted { reservation },
                false if n.is_multiple_of(2) => Input::Refused { reservation, why: RefusedWhy::NoMedia },
                false => Input::Refused { reservation, why: RefusedWhy::Declined },
            });
        }
    }

    fn end(&mut self, n: u8) {
        if let Some(contact) = self.nth(n, |c| c.served_by.is_some()) {
            self.tell(Input::Ended { contact });
        }
    }

    fn together(&mut self, bits: u8, more: u8) {
        let agents: Vec<AgentId> = (0..AGENTS).filter(|bit| bits >> bit & 1 == 1).map(AgentId).collect();
        if more.is_multiple_of(2) {
            agents.iter().for_each(|agent| self.tell(Input::SignIn { agent: *agent }));
        }
        self.tell(Input::ReadyTogether { agents, author: Author::System });
    }

    fn come_back(&mut self, agent: AgentId, b: u8, c: u16) {
        let until = (!b.is_multiple_of(4)).then(|| self.now + Duration::from_millis(c.into()));
        let was = match b % 3 {
            0 => Was::NotReady { reason: "break".into() },
            _ => Was::WrapUp {
                contact: ContactId(900_000),
                queue: (!b.is_multiple_of(5)).then(|| QueueId(u32::from(c) % QUEUES)),
                until,
            },
        };
        self.tell(Input::ComeBack { agent, was, since: self.now - Duration::from_millis(c.into()) });
    }

    /// Through what the journal keeps.
    fn restart(&mut self) {
        let text = serde_json::to_string(&self.router.snapshot()).expect("a plain value");
        let snapshot = serde_json::from_str(&text).expect("what was written");
        self.router = Router::restore(self.settings.clone(), snapshot, self.now);
        self.model.now = self.now;
        self.compare();
    }

    fn wait(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while let Some(at) = self.router.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.tell(Input::Deadline);
        }
        self.now = end;
    }

    fn catch_up(&mut self) {
        if self.router.next_deadline().is_some_and(|at| at <= self.now) {
            self.tell(Input::Deadline);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::cases(150), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_router_does_what_the_naive_one_does(seed in any::<u64>(), events in proptest::collection::vec(event(), 1..200)) {
        let mut pair = Pair::new(seed);
        events.iter().for_each(|event| pair.happen(event));
    }
}
