//! Values at the ends of their types and rules that no linter would let pass: nothing panics, nothing runs
//! for ever, and who waits can still be taken away.

use super::*;
use carillon::base::Rng;
use proptest::prelude::*;

fn pick<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    list[rng.below(list.len() as u64) as usize]
}

const BYTES: [u8; 5] = [0, 1, 2, 10, u8::MAX];
const WORDS: [u32; 5] = [0, 1, 2, 1_000, u32::MAX];
const LONGS: [u64; 5] = [0, 1, 1_000, u64::MAX - 1, u64::MAX];

fn selections(rng: &mut Rng) -> (AgentSelection, ContactSelection) {
    use AgentSelection::*;
    let agents = [
        LongestIdle,
        LevelThenLongestIdle,
        MostSkilled,
        LeastSkilled,
        FewestContacts,
        LowestOccupancy,
        RoundRobin,
        FixedOrder,
        MostRecentlyIdle,
        FastestService,
        Random,
        WeightedRandom,
    ];
    let contacts = [
        ContactSelection::LongestWaiting,
        ContactSelection::Level,
        ContactSelection::Score,
        ContactSelection::Score,
        ContactSelection::FixedRatio,
        ContactSelection::LongestQueue,
    ];
    (pick(rng, &agents), pick(rng, &contacts))
}

fn need(rng: &mut Rng) -> SkillNeed {
    SkillNeed { skill: SkillId(pick(rng, &WORDS)), min: pick(rng, &BYTES), weight: pick(rng, &BYTES) }
}

fn strange_step(rng: &mut Rng) -> RelaxStep {
    let conditions = [
        Condition::NoAgents,
        Condition::EstimateAbove(pick(rng, &WORDS)),
        Condition::ServiceLevelBelow(pick(rng, &BYTES)),
        Condition::WaitingAbove(pick(rng, &WORDS)),
    ];
    RelaxStep {
        after_ms: pick(rng, &LONGS),
        when: rng.chance(0.5).then(|| pick(rng, &conditions)),
        min_level: rng.chance(0.5).then(|| pick(rng, &BYTES)),
        lower: vec![(SkillId(1), pick(rng, &BYTES)), (SkillId(1), pick(rng, &BYTES))],
        drop: vec![SkillId(pick(rng, &WORDS)); 2],
        add_queues: vec![QueueId(pick(rng, &WORDS))],
        add_groups: vec!["g".into(), "nobody".into()],
    }
}

fn strange_queue(rng: &mut Rng, id: u32) -> QueueRule {
    use OverflowWhen::*;
    let whens = [Full, Timeout, NoAgents, Closed, EstimateAbove(0), EstimateAbove(u32::MAX)];
    let modes = [WrapUpMode::None, WrapUpMode::Optional, WrapUpMode::Timed, WrapUpMode::Fixed, WrapUpMode::Requested];
    QueueRule {
        id: QueueId(id),
        channel: pick(rng, &[Channel::Voice, Channel::Chat, Channel::Email]),
        requirement: Requirement {
            all: (0..rng.below(3)).map(|_| need(rng)).collect(),
            any: (0..rng.below(2)).map(|_| need(rng)).collect(),
        },
        agent_selection: selections(rng).0,
        priority: pick(rng, &BYTES),
        priority_step_s: pick(rng, &WORDS),
        score: Score {
            base_ms: pick(rng, &[i64::MIN, -1, 0, i64::MAX]),
            ageing_ppm: pick(rng, &LONGS),
            max_bonus_s: pick(rng, &WORDS),
        },
        share_ppm: pick(rng, &WORDS),
        relax: (0..pick(rng, &[0, 1, 3, 40])).map(|_| strange_step(rng)).collect(),
        reserve: vec![Reserve { group: pick(rng, &["g", "nobody"]).into(), agents: pick(rng, &WORDS) }; 2],
        ring_s: pick(rng, &WORDS),
        ring_several: pick(rng, &BYTES),
        wrap_up: WrapUp { mode: pick(rng, &modes), seconds: pick(rng, &WORDS) },
        answer_within_s: pick(rng, &WORDS),
        short_abandon_s: pick(rng, &WORDS),
        max_waiting: rng.chance(0.3).then(|| pick(rng, &WORDS)),
        max_wait_s: rng.chance(0.5).then(|| pick(rng, &WORDS)),
        overflow: whens.into_iter().map(|when| Overflow { when, to: QueueId(pick(rng, &[0, 1, 1, id, 9])) }).collect(),
        hours: rng.chance(0.2).then(|| pick(rng, &["nowhere", "nobody"]).into()),
        leave_without_agents: rng.chance(0.3),
        redial_s: pick(rng, &WORDS),
        announce_s: pick(rng, &[0, 1_000, u32::MAX]),
        announce_first_s: rng.chance(0.5).then(|| pick(rng, &WORDS)),
        ..QueueRule::default()
    }
}

/// `twice`: ids that stand for two queues or agents.
fn strange_rules(rng: &mut Rng, twice: bool) -> Rules {
    let channels = [Channel::Voice, Channel::Chat, Channel::Email, Channel::Voice];
    let agents = (0..4).map(|id| AgentRule {
        id: AgentId(if twice && rng.chance(0.2) { 0 } else { id }),
        skills: (0..rng.below(4)).map(|_| (SkillId(pick(rng, &WORDS)), pick(rng, &BYTES))).collect(),
        queues: (0..rng.below(2)).map(|_| QueueId(pick(rng, &WORDS))).collect(),
        group: rng.chance(0.5).then(|| "g".into()),
        capacity: (0..rng.below(4)).map(|_| (pick(rng, &channels), pick(rng, &BYTES))).collect(),
        service_ms: vec![(QueueId(0), pick(rng, &LONGS)), (QueueId(1), pick(rng, &LONGS))],
        weight: pick(rng, &[0, 1, u16::MAX]),
        ..AgentRule::default()
    });
    let agents = agents.collect();
    let hours = Hours { day: pick(rng, &BYTES), from_min: pick(rng, &[0, 1_440, u16::MAX]), to_min: 900 };
    Rules {
        version: pick(rng, &WORDS),
        queues: [0, 1, if twice && rng.chance(0.2) { 1 } else { 2 }]
            .into_iter()
            .map(|id| strange_queue(rng, id))
            .collect(),
        agents,
        reasons: vec![ReasonRule { key: "r".into(), name: String::new(), limit_s: Some(0), max_agents: Some(0) }],
        calendars: vec![Calendar {
            key: "nowhere".into(),
            zone: "No/Where".into(),
            weekly: vec![hours],
            ..Calendar::default()
        }],
        contact_selection: selections(rng).1,
        max_contacts: rng.chance(0.1).then(|| pick(rng, &WORDS)),
        ..Rules::default()
    }
}

fn strange_arrival(rng: &mut Rng, contact: u64, now: Instant) -> Arrival {
    Arrival {
        contact: ContactId(if rng.chance(0.05) { u64::MAX } else { contact }),
        queue: QueueId(pick(rng, &[0, 1, 2, 2, u32::MAX])),
        arrived: Instant::from_micros(pick(rng, &[0, now.as_micros(), now.as_micros(), u64::MAX])),
        priority: rng.chance(0.5).then(|| pick(rng, &BYTES)),
        skills: (0..rng.below(3)).map(|_| (SkillId(pick(rng, &WORDS)), pick(rng, &BYTES))).collect(),
        bonus_s: pick(rng, &WORDS),
        timeout_ms: rng.chance(0.5).then(|| pick(rng, &LONGS)),
        preferred: rng.chance(0.3).then(|| (AgentId(pick(rng, &WORDS)), pick(rng, &LONGS))),
        caller: rng.chance(0.5).then(|| pick(rng, &LONGS)),
        call_back: rng.chance(0.1),
        waited_on: false,
    }
}

/// Something that may make no sense at all.
fn strange_input(rng: &mut Rng, twice: bool, router: &Router, next: u64, now: Instant) -> Input {
    let agent = AgentId(pick(rng, &[0, 1, 2, 3, u32::MAX]));
    let waiting: Vec<ContactId> =
        router.queues().iter().flat_map(|q| router.waiting(q.queue, now)).map(|view| view.contact).collect();
    let views = router.agents();
    let held: Vec<ContactId> = views.iter().flat_map(|view| view.contacts.clone()).collect();
    let rung = views.iter().filter_map(|view| match view.state {
        AgentState::Reserved { reservation, .. } => Some(reservation),
        _ => None,
    });
    let rung: Vec<ReservationId> = rung.chain([ReservationId(7)]).collect();
    let any =
        |rng: &mut Rng, list: &[ContactId]| list.get(rng.below(9) as usize).copied().unwrap_or(ContactId(u64::MAX));
    let author = Author::System;
    match rng.below(21) {
        0 => Input::SignIn { agent },
        1..=3 => Input::Ready { agent, author },
        4 => Input::SignOut { agent, author },
        5 => Input::NotReady { agent, reason: pick(rng, &["r", ""]).into(), author },
        6 => Input::Configure(Box::new(strange_rules(rng, twice))),
        7 => Input::Leave { contact: any(rng, &waiting), why: pick(rng, &[Left::Abandoned, Left::Full]) },
        8 => Input::KeepPlace { contact: any(rng, &waiting) },
        9 | 10 => Input::Accepted { reservation: pick(rng, &rung) },
        11 if rng.chance(0.5) => Input::Answering { reservation: pick(rng, &rung) },
        11 => {
            Input::Refused { reservation: pick(rng, &rung), why: pick(rng, &[RefusedWhy::Busy, RefusedWhy::NoMedia]) }
        }
        12 => Input::Ended { contact: any(rng, &held) },
        13 => Input::WrapUpDone { agent },
        14 => Input::ExtendWrapUp { agent },
        15 => Input::RequestWrapUp { agent },
        16 => Input::Occupy { agent, contact: ContactId(next), queue: None, own: false },
        17 => Input::ReadyTogether { agents: vec![agent, AgentId(0), agent, AgentId(1)], author },
        18 => {
            let until = rng.chance(0.5).then(|| Instant::from_micros(pick(rng, &LONGS)));
            let was = Was::WrapUp { contact: ContactId(next), queue: Some(QueueId(pick(rng, &WORDS))), until };
            Input::ComeBack { agent, was, since: Instant::from_micros(pick(rng, &LONGS)) }
        }
        19 => {
            let (contact, queue) = (any(rng, &waiting), QueueId(pick(rng, &WORDS)));
            Input::Move { contact, queue, priority: Some(pick(rng, &[0, 1, u8::MAX])), author }
        }
        _ => Input::Deadline,
    }
}

/// Fires what is due; deadlines that keep coming at one instant would never end.
fn catch_up(router: &mut Router, now: Instant, out: &mut Vec<Output>) {
    for _ in 0..1_000 {
        if router.next_deadline().is_none_or(|at| at > now) {
            return;
        }
        router.handle(now, Input::Deadline, out);
    }
    panic!("it never ends");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::cases(150), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_is_too_strange(seed in any::<u64>(), steps in 1usize..250) {
        let mut rng = Rng::new(seed);
        let twice = seed % 4 == 3;
        let mut router = Router::new(Settings { explain: (seed % 4) as u16, ..Settings::default() }, seed);
        let mut now = Instant::from_micros(1_700_000_000_000_000);
        let mut out = Vec::new();
        router.handle(now, Input::Configure(Box::new(strange_rules(&mut rng, twice))), &mut out);
        for id in 0..3 {
            router.handle(now, Input::SignIn { agent: AgentId(id) }, &mut out);
        }
        for step in 0..steps as u64 {
            let input = match rng.chance(0.3) {
                true => Input::Arrive(strange_arrival(&mut rng, 1_000 + step, now)),
                false => strange_input(&mut rng, twice, &router, 1_000 + step, now),
            };
            router.handle(now, input, &mut out);
            now = now + Duration::from_micros(pick(&mut rng, &[0, 0, 1, 1_000_000, 1_000_000_000]));
            catch_up(&mut router, now, &mut out);
            let (queues, _) = (router.queues(), router.agents());
            queues.iter().for_each(|queue| drop(router.standstills(queue.queue, now, 9)));
            let seconds = queues.iter().filter_map(|queue| router.estimate(queue.queue, now)).map(|e| e.seconds);
            prop_assert!(seconds.count() <= queues.len());
        }
        // A record of two agents with one id cannot hold.
        for output in out.iter().filter(|_| seed % 4 > 0 && !twice) {
            if let Output::Reserve { why, .. } = output {
                prop_assert_eq!(why.check(), Ok(()), "{:?}", why);
            }
        }
        let text = serde_json::to_string(&router.snapshot()).expect("a plain value");
        let snapshot: Snapshot = serde_json::from_str(&text).expect("what was written");
        prop_assert_eq!(snapshot.hash(), router.state_hash());
    }
}
