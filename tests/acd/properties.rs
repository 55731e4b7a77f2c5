//! What holds after any event, whatever happens and in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use carillon::acd::*;
use carillon::base::{AgentId, Channel, ContactId, Instant, QueueId, ReservationId, Rng, SkillId};
use proptest::prelude::*;

/// One thing that happens; the numbers pick whom it happens to among those it can happen to.
#[derive(Clone, Debug)]
enum Event {
    SignIn(u8),
    Ready(u8),
    NotReady(u8),
    SignOut(u8),
    Arrive {
        queue: u8,
        urgency: u8,
        extra: u8,
        earlier_ms: u16,
    },
    /// Agents by bit.
    ReadyTogether(u8),
    Occupy(u8),
    WrapUpMore(u8),
    /// Other rules over the running center.
    Configure(u8),
    Leave(u8),
    /// The caller rings off and is called back.
    KeepPlace(u8),
    /// At work again after a restart.
    ComeBack(u8),
    Accept(u8),
    Refuse(u8),
    End(u8),
    WrapUpDone(u8),
    Wait(u16),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => any::<u8>().prop_map(Event::SignIn),
        4 => any::<u8>().prop_map(Event::Ready),
        1 => any::<u8>().prop_map(Event::NotReady),
        1 => any::<u8>().prop_map(Event::SignOut),
        8 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
            .prop_map(|(queue, urgency, extra, earlier_ms)| Event::Arrive { queue, urgency, extra, earlier_ms }),
        2 => any::<u8>().prop_map(Event::Leave),
        5 => any::<u8>().prop_map(Event::Accept),
        1 => any::<u8>().prop_map(Event::Refuse),
        4 => any::<u8>().prop_map(Event::End),
        2 => any::<u8>().prop_map(Event::WrapUpDone),
        4 => any::<u16>().prop_map(Event::Wait),
        1 => any::<u8>().prop_map(Event::ReadyTogether),
        1 => any::<u8>().prop_map(Event::Occupy),
        1 => any::<u8>().prop_map(Event::WrapUpMore),
        1 => any::<u8>().prop_map(Event::Configure),
        1 => any::<u8>().prop_map(Event::KeepPlace),
        1 => any::<u8>().prop_map(Event::ComeBack),
    ]
}

const TEN_SECONDS: std::time::Duration = std::time::Duration::from_secs(10);

const CONDITIONS: [Condition; 5] = [
    Condition::NoAgents,
    Condition::WaitingAbove(1),
    Condition::WaitingAbove(3),
    Condition::EstimateAbove(10),
    Condition::ServiceLevelBelow(60),
];

pub const AGENT_POLICIES: [AgentSelection; 12] = [
    AgentSelection::LongestIdle,
    AgentSelection::LevelThenLongestIdle,
    AgentSelection::MostSkilled,
    AgentSelection::LeastSkilled,
    AgentSelection::FewestContacts,
    AgentSelection::LowestOccupancy,
    AgentSelection::RoundRobin,
    AgentSelection::FixedOrder,
    AgentSelection::MostRecentlyIdle,
    AgentSelection::FastestService,
    AgentSelection::Random,
    AgentSelection::WeightedRandom,
];

const CONTACT_POLICIES: [ContactSelection; 7] = [
    ContactSelection::LongestWaiting,
    ContactSelection::Priority,
    ContactSelection::Level,
    ContactSelection::PriorityThenLevel,
    ContactSelection::Score,
    ContactSelection::FixedRatio,
    ContactSelection::LongestQueue,
];

/// Some center: three skills, three queues (one of them for chats), six agents in two groups.
fn some_rules(seed: u64) -> Rules {
    let mut rng = Rng::new(seed);
    let pick = |rng: &mut Rng, bound: u64| rng.below(bound) as u32;
    let count = 2 + u32::from(rng.chance(0.8));
    let queues = (0..count).map(|id| {
        let needs = (0..pick(&mut rng, 3)).map(|_| SkillNeed {
            skill: SkillId(pick(&mut rng, 3)),
            min: 1 + pick(&mut rng, 8) as u8,
            weight: 1,
        });
        let all: Vec<SkillNeed> = needs.collect();
        let relax = match pick(&mut rng, 3) {
            0 => Vec::new(),
            _ => vec![
                RelaxStep { after_ms: 5_000, min_level: Some(2), ..RelaxStep::default() },
                RelaxStep {
                    when: Some(CONDITIONS[rng.below(5) as usize]),
                    add_groups: vec!["g1".into()],
                    lower: vec![(SkillId(0), 1)],
                    ..RelaxStep::default()
                },
                RelaxStep { after_ms: 20_000, drop: all.iter().map(|n| n.skill).collect(), ..RelaxStep::default() },
            ],
        };
        let any = match pick(&mut rng, 4) {
            0 => vec![
                SkillNeed { skill: SkillId(0), min: 3, weight: 2 },
                SkillNeed { skill: SkillId(2), min: 1, weight: 1 },
            ],
            _ => Vec::new(),
        };
        let overflow = match pick(&mut rng, 3) {
            0 => vec![
                Overflow { when: OverflowWhen::Full, to: QueueId((id + 1) % 3) },
                Overflow { when: OverflowWhen::Timeout, to: QueueId((id + 2) % 3) },
                Overflow { when: OverflowWhen::EstimateAbove(40), to: QueueId((id + 1) % 3) },
            ],
            _ => Vec::new(),
        };
        let reserve = match pick(&mut rng, 3) {
            0 => vec![Reserve { group: "g0".into(), agents: 1 }],
            _ => Vec::new(),
        };
        QueueRule {
            id: QueueId(id),
            key: format!("q{id}"),
            requirement: Requirement { all, any },
            channel: if id == 2 {
                Channel::Chat
            } else {
                [Channel::Voice, Channel::Voice, Channel::Email][rng.below(3) as usize]
            },
            overflow,
            max_waiting: (pick(&mut rng, 3) == 0).then_some(4),
            redial_s: 20 * pick(&mut rng, 2),
            agent_selection: AGENT_POLICIES[rng.below(12) as usize],
            relax,
            reserve,
            ring_several: 1 + pick(&mut rng, 2) as u8,
            wrap_up: WrapUp { mode: [WrapUpMode::None, WrapUpMode::Timed][rng.below(2) as usize], seconds: 10 },
            share_ppm: 333_333,
            max_wait_s: (pick(&mut rng, 2) == 0).then_some(60),
            ..QueueRule::default()
        }
    });
    let queues = queues.collect();
    let count = 5 + u32::from(rng.chance(0.8));
    let agents = (0..count).map(|id| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: (0..pick(&mut rng, 4)).map(|skill| (SkillId(skill % 3), 1 + pick(&mut rng, 10) as u8)).collect(),
        group: Some(format!("g{}", id % 2)),
        weight: 1 + pick(&mut rng, 4) as u16,
        capacity: match pick(&mut rng, 3) {
            0 => vec![(Channel::Voice, 1), (Channel::Chat, 2)],
            _ => Vec::new(),
        },
        ..AgentRule::default()
    });
    let agents = agents.collect();
    let max_contacts = (pick(&mut rng, 4) == 0).then_some(9);
    Rules {
        queues,
        agents,
        max_contacts,
        contact_selection: CONTACT_POLICIES[rng.below(7) as usize],
        ..Rules::default()
    }
}

/// A contact as the test sees it.
#[derive(Clone, Debug)]
struct Seen {
    /// As the router keeps it: with the queue it moved to and the place it got back.
    arrival: Arrival,
    served_by: Option<AgentId>,
}

struct Center {
    router: Router,
    rules: Rules,
    now: Instant,
    open: BTreeMap<ContactId, Seen>,
    ended: BTreeSet<ContactId>,
    ringing: BTreeMap<ReservationId, (ContactId, AgentId)>,
    next: u64,
    outputs: Vec<Output>,
    inputs: Vec<Entry>,
    /// Says the same rules in another order.
    turn: fn(Rules) -> Rules,
}

impl Center {
    fn new(rules: Rules) -> Self {
        Self::turned(rules, |rules| rules)
    }

    fn turned(rules: Rules, turn: fn(Rules) -> Rules) -> Self {
        let rules = turn(rules);
        let mut center = Self {
            router: Router::new(Settings::default(), 3),
            rules: rules.clone(),
            now: Instant::from_micros(1_000_000_000),
            open: BTreeMap::new(),
            ended: BTreeSet::new(),
            ringing: BTreeMap::new(),
            next: 0,
            outputs: Vec::new(),
            inputs: Vec::new(),
            turn,
        };
        center.tell(Input::Configure(Box::new(rules)));
        center
    }

    fn tell(&mut self, input: Input) {
        let mut out = Vec::new();
        let mut waiting = self.in_line();
        let written = input.clone();
        let is_configure = matches!(input, Input::Configure(_));
        self.router.handle(self.now, input, &mut out);
        self.inputs.push(Entry::Input { at: self.now, input: written, digest: Some(digest(&out)) });
        for output in &out {
            if !is_configure {
                self.check_order(&mut waiting, output);
            }
            self.note(output);
        }
        self.outputs.extend(out);
    }

    /// Contacts that wait and do not ring.
    fn in_line(&self) -> BTreeSet<ContactId> {
        let rings: BTreeSet<ContactId> = self.ringing.values().map(|(contact, _)| *contact).collect();
        let waits = |(id, seen): &(&ContactId, &Seen)| seen.served_by.is_none() && !rings.contains(id);
        self.open.iter().filter(waits).map(|(id, _)| *id).collect()
    }

    /// First come first served among equals, and no overtaking beyond the bound, among those who wait at
    /// this moment of a step. Reserves of groups are left out: they are about how many are idle then.
    fn check_order(&self, waiting: &mut BTreeSet<ContactId>, output: &Output) {
        let Output::Reserve { contact, agent, .. } = output else { return };
        waiting.remove(contact);
        if self.rules.queues.iter().any(|queue| !queue.reserve.is_empty()) {
            return;
        }
        let Some(chosen) = self.open.get(contact).map(|seen| &seen.arrival) else { return };
        for other in waiting.iter().filter_map(|id| self.open.get(id)).map(|seen| &seen.arrival) {
            let is_wanting = other.preferred.is_some();
            // Beside a chat there may be room for another chat, but not for a call.
            let is_other_room = self.channel(other) != self.channel(chosen);
            if is_wanting
                || is_other_room
                || other.arrived >= chosen.arrived
                || !self.admits(*agent, other, &|_| u32::MAX)
            {
                continue;
            }
            let equals = (other.queue, other.priority, other.bonus_s, &other.skills)
                == (chosen.queue, chosen.priority, chosen.bonus_s, &chosen.skills);
            assert!(!equals, "{contact} before {}, which came first", other.contact);
            if let Some(bound) = self.router.overtaking_bound(other.contact) {
                let later = chosen.arrived.since(other.arrived);
                assert!(later <= bound, "{contact} came {later:?} after {} (bound {bound:?})", other.contact);
            }
        }
    }

    fn channel(&self, arrival: &Arrival) -> Option<Channel> {
        self.rules.queues.iter().find(|queue| queue.id == arrival.queue).map(|queue| queue.channel)
    }

    fn note(&mut self, output: &Output) {
        match output {
            Output::Reserve { reservation, contact, agent, why, .. } => {
                why.check().unwrap_or_else(|error| panic!("{error}: {why:?}"));
                assert!(self.ringing.values().all(|(_, other)| other != agent), "agent {agent} reserved twice");
                let seen = self.open.get(contact).expect("a contact that is open");
                assert_eq!(seen.served_by, None, "contact {contact} is in conversation");
                self.ringing.insert(*reservation, (*contact, *agent));
            }
            Output::Withdraw { reservation, .. } => {
                assert!(self.ringing.remove(reservation).is_some(), "withdrawn without a ring");
            }
            Output::LeftQueue { contact, .. } => self.end(*contact),
            Output::Moved { contact, to, .. } => {
                let seen = self.open.get_mut(contact).expect("a contact that is open");
                seen.arrival.queue = *to;
            }
            Output::PlaceKept { contact, arrived, .. } => {
                let seen = self.open.get_mut(contact).expect("a contact that is open");
                seen.arrival.arrived = *arrived;
            }
            _ => {}
        }
    }

    fn end(&mut self, contact: ContactId) {
        assert!(self.open.remove(&contact).is_some(), "{contact} ended, but is not open");
        assert!(self.ended.insert(contact), "{contact} ended twice");
    }

    fn happen(&mut self, event: &Event) {
        self.wait(1);
        let agent = |n: u8| AgentId(u32::from(n) % 6);
        match *event {
            Event::SignIn(n) => self.tell(Input::SignIn { agent: agent(n) }),
            Event::Ready(n) => self.tell(Input::Ready { agent: agent(n), author: Author::Agent }),
            Event::NotReady(n) => {
                self.tell(Input::NotReady { agent: agent(n), reason: "break".into(), author: Author::Agent });
            }
            Event::SignOut(n) => self.tell(Input::SignOut { agent: agent(n), author: Author::Agent }),
            Event::Arrive { queue, urgency, extra, earlier_ms } => self.arrive(queue, urgency, extra, earlier_ms),
            Event::Leave(n) => self.leave(n),
            Event::KeepPlace(n) => {
                let waiting = self.waiting();
                if let Some(contact) = waiting.get(usize::from(n) % waiting.len().max(1)).copied() {
                    self.tell(Input::KeepPlace { contact });
                }
            }
            Event::ComeBack(n) => {
                let was = match n % 2 {
                    0 => Was::NotReady { reason: "break".into() },
                    _ => Was::WrapUp { contact: ContactId(900_000), queue: None, until: Some(self.now + TEN_SECONDS) },
                };
                self.tell(Input::ComeBack { agent: agent(n), was, since: self.now });
            }
            Event::Accept(n) => self.accept(n),
            Event::Refuse(n) => {
                if let Some((reservation, _)) = nth(&self.ringing, n) {
                    self.tell(Input::Refused { reservation, why: RefusedWhy::Declined });
                }
            }
            Event::End(n) => {
                let served: Vec<ContactId> =
                    self.open.iter().filter(|(_, seen)| seen.served_by.is_some()).map(|(id, _)| *id).collect();
                if let Some(contact) = served.get(usize::from(n) % served.len().max(1)).copied() {
                    self.end(contact);
                    self.tell(Input::Ended { contact });
                }
            }
            Event::WrapUpDone(n) => self.tell(Input::WrapUpDone { agent: agent(n) }),
            Event::WrapUpMore(n) => {
                self.tell(Input::RequestWrapUp { agent: agent(n) });
                self.tell(Input::ExtendWrapUp { agent: agent(n) });
            }
            Event::ReadyTogether(bits) => {
                let agents: Vec<AgentId> = (0..6).filter(|bit| bits >> bit & 1 == 1).map(AgentId).collect();
                agents.iter().for_each(|agent| self.tell(Input::SignIn { agent: *agent }));
                self.tell(Input::ReadyTogether { agents, author: Author::System });
            }
            Event::Occupy(n) => self.occupy(agent(n)),
            Event::Configure(seed) => {
                let rules = (self.turn)(some_rules(seed.into()));
                self.rules = rules.clone();
                self.tell(Input::Configure(Box::new(rules)));
            }
            Event::Wait(ms) => self.wait(u64::from(ms)),
        }
    }

    fn arrive(&mut self, queue: u8, urgency: u8, extra: u8, earlier_ms: u16) {
        self.next += 1;
        let contact = ContactId(self.next);
        let mut arrival = Arrival::new(contact, QueueId(u32::from(queue) % self.rules.queues.len() as u32), self.now);
        arrival.priority = urgency.is_multiple_of(3).then_some(1 + urgency % 10);
        arrival.bonus_s = u32::from(urgency % 4) * 30;
        if extra.is_multiple_of(4) {
            arrival.skills = vec![(SkillId(u32::from(extra) % 3), 1 + extra % 5)];
        }
        if extra.is_multiple_of(5) {
            arrival.preferred = Some((AgentId(u32::from(extra) % 6), 1 + u64::from(earlier_ms) / 4));
        }
        if extra.is_multiple_of(3) {
            arrival.caller = Some(u64::from(urgency) % 3);
        }
        if earlier_ms.is_multiple_of(5) {
            arrival.arrived = self.now - std::time::Duration::from_millis(earlier_ms.into());
        }
        self.open.insert(contact, Seen { arrival: arrival.clone(), served_by: None });
        self.tell(Input::Arrive(arrival));
    }

    /// An own call of the agent's.
    fn occupy(&mut self, agent: AgentId) {
        self.next += 1;
        let contact = ContactId(self.next);
        let before = self.outputs.len();
        let arrival = Arrival::new(contact, QueueId(0), self.now);
        self.tell(Input::Occupy { agent, contact, queue: None, own: false });
        if matches!(self.outputs[before..], [Output::Rejected { .. }]) {
            self.ended.insert(contact);
        } else {
            self.open.insert(contact, Seen { arrival, served_by: Some(agent) });
        }
    }

    /// Not in conversation.
    fn waiting(&self) -> Vec<ContactId> {
        self.open.iter().filter(|(_, seen)| seen.served_by.is_none()).map(|(id, _)| *id).collect()
    }

    fn leave(&mut self, n: u8) {
        let waiting = self.waiting();
        if let Some(contact) = waiting.get(usize::from(n) % waiting.len().max(1)).copied() {
            self.tell(Input::Leave { contact, why: Left::Abandoned });
            self.end(contact);
        }
    }

    fn accept(&mut self, n: u8) {
        if let Some((reservation, (contact, agent))) = nth(&self.ringing, n) {
            self.ringing.remove(&reservation);
            if let Some(seen) = self.open.get_mut(&contact) {
                seen.served_by = Some(agent);
            }
            self.tell(Input::Accepted { reservation });
        }
    }

    fn wait(&mut self, ms: u64) {
        let end = self.now + std::time::Duration::from_millis(ms);
        while let Some(at) = self.router.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.tell(Input::Deadline);
            self.check();
        }
        self.now = end;
    }

    /// No idle agent beside a waiting contact that the agent may have; counts agree.
    fn check(&self) {
        let agents = self.router.agents();
        let idle = |group: &str| {
            let of_group = |view: &&AgentView| {
                let rule = self.rules.agents.iter().find(|rule| rule.id == view.agent);
                view.state == AgentState::Ready && rule.and_then(|rule| rule.group.as_deref()) == Some(group)
            };
            agents.iter().filter(of_group).count() as u32
        };
        let rings: BTreeSet<ContactId> = self.ringing.values().map(|(contact, _)| *contact).collect();
        for (contact, seen) in self.open.iter().filter(|(id, seen)| seen.served_by.is_none() && !rings.contains(id)) {
            for view in agents.iter().filter(|view| view.state == AgentState::Ready) {
                // Who waits for one agent may wait beside the others for a while.
                if seen.arrival.preferred.is_some_and(|(wanted, _)| wanted != view.agent) {
                    continue;
                }
                assert!(!self.admits(view.agent, &seen.arrival, &idle), "{} idle beside {contact}", view.agent);
            }
        }
        let waiting = self.open.values().filter(|seen| seen.served_by.is_none()).count() as u32;
        assert_eq!(self.router.waiting_count(), waiting);
        let by_queue: u32 = self.router.queues().iter().map(|queue| queue.waiting).sum();
        assert_eq!(by_queue, waiting);
    }

    /// Eligibility said again, as plainly as possible.
    fn admits(&self, agent: AgentId, arrival: &Arrival, idle: &dyn Fn(&str) -> u32) -> bool {
        let rule = self.rules.agents.iter().find(|rule| rule.id == agent).expect("an agent of the rules");
        let queue = self.rules.queues.iter().find(|queue| queue.id == arrival.queue).expect("a queue of the rules");
        let room = rule.capacity.is_empty() || rule.capacity.iter().any(|(channel, _)| *channel == queue.channel);
        if !room {
            return false;
        }
        if queue.reserve.iter().any(|r| Some(&r.group) == rule.group.as_ref() && idle(&r.group) <= r.agents) {
            return false;
        }
        let waited_ms = self.now.since(arrival.arrived).as_millis() as u64;
        let by_time = |step: &&RelaxStep| step.when.is_none() && step.after_ms <= waited_ms;
        let steps: Vec<&RelaxStep> = queue.relax.iter().filter(by_time).collect();
        let mut needs: Vec<(SkillId, u8)> = queue.requirement.all.iter().map(|need| (need.skill, need.min)).collect();
        needs.extend(&arrival.skills);
        let meets = |skill: &SkillId, min: u8| {
            let min = steps.iter().filter_map(|step| step.min_level).fold(min, u8::min);
            let dropped = steps.iter().any(|step| step.drop.contains(skill));
            dropped || rule.skills.iter().any(|(has, level)| has == skill && *level >= min)
        };
        let any = &queue.requirement.any;
        needs.iter().all(|(skill, min)| meets(skill, *min))
            && (any.is_empty() || any.iter().any(|need| meets(&need.skill, need.min)))
    }
}

fn nth<K: Copy, V: Copy>(map: &BTreeMap<K, V>, n: u8) -> Option<(K, V)> {
    map.iter().nth(usize::from(n) % map.len().max(1)).map(|(key, value)| (*key, *value))
}

/// The two policies that go by the order of the rules are left out.
fn without_order(mut rules: Rules) -> Rules {
    for queue in &mut rules.queues {
        if matches!(queue.agent_selection, AgentSelection::FixedOrder | AgentSelection::RoundRobin) {
            queue.agent_selection = AgentSelection::LongestIdle;
        }
    }
    rules
}

fn in_another_order(rules: Rules) -> Rules {
    let mut rules = without_order(rules);
    rules.queues.reverse();
    rules.agents.rotate_left(2);
    rules.agents.swap(0, 3);
    rules
}

/// The record lists agents in the order of the rules.
fn strip_record(output: &mut Output) {
    if let Output::Reserve { why, .. } = output {
        *why = Default::default();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::cases(150), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_event(seed in any::<u64>(), events in proptest::collection::vec(event(), 1..160)) {
        let mut center = Center::new(some_rules(seed));
        for event in &events {
            center.happen(event);
            center.check();
        }
        // And in the end everything ends.
        for agent in 0..6 {
            center.tell(Input::SignIn { agent: AgentId(agent) });
        }
        while let Some((contact, seen)) = center.open.iter().next().map(|(id, seen)| (*id, seen.clone())) {
            match seen.served_by {
                Some(_) => center.tell(Input::Ended { contact }),
                None => center.tell(Input::Leave { contact, why: Left::Abandoned }),
            }
            center.end(contact);
        }
        prop_assert_eq!(center.router.waiting_count(), 0);
        prop_assert_eq!(center.ended.len() as u64, center.next);
    }

    /// Endless urgent arrivals while one contact of low priority waits.
    #[test]
    fn nobody_is_overtaken_beyond_the_bound(
        seed in any::<u64>(),
        gaps in proptest::collection::vec((1u64..9_000, any::<u8>()), 1..200),
    ) {
        let mut rules = some_rules(seed);
        rules.contact_selection = ContactSelection::Score;
        for queue in &mut rules.queues {
            queue.reserve.clear();
            queue.overflow.clear();
            (queue.max_wait_s, queue.max_waiting, queue.channel) = (None, None, Channel::Voice);
            queue.score.max_bonus_s = 200 + (seed % 200) as u32;
        }
        let mut center = Center::new(rules);
        for agent in [0, 1] {
            center.tell(Input::SignIn { agent: AgentId(agent) });
            center.tell(Input::Ready { agent: AgentId(agent), author: Author::Agent });
        }
        for (gap, urgency) in gaps {
            center.wait(gap);
            center.arrive(urgency, if urgency % 7 == 0 { 9 } else { 3 }, 1, 1);
            center.accept(urgency);
            center.happen(&Event::End(urgency));
            center.happen(&Event::Ready(urgency));
            center.check();
        }
    }

    #[test]
    fn the_order_of_the_rules_decides_nothing(seed in any::<u64>(), events in proptest::collection::vec(event(), 1..120)) {
        let rules = some_rules(seed);
        let run = |turn: fn(Rules) -> Rules| {
            let mut center = Center::turned(rules.clone(), turn);
            events.iter().for_each(|event| center.happen(event));
            let mut outputs = center.outputs;
            outputs.iter_mut().for_each(strip_record);
            outputs
        };
        prop_assert_eq!(run(without_order), run(in_another_order));
    }

    /// From a checkpoint in the middle, and by replay from the beginning: the same outputs, the same state.
    #[test]
    fn replay_is_bit_identical(seed in any::<u64>(), events in proptest::collection::vec(event(), 2..120), cut in any::<u8>()) {
        let mut center = Center::new(some_rules(seed));
        let cut = usize::from(cut) % events.len();
        events[..cut].iter().for_each(|event| center.happen(event));
        let middle = (center.inputs.len(), center.outputs.len());
        let checkpoint = center.router.checkpoint(center.now, middle.0 as u64);
        let text = serde_json::to_string(&Entry::Begin(Box::new(checkpoint))).unwrap();
        events[cut..].iter().for_each(|event| center.happen(event));

        let start = Entry::Begin(Box::new(Checkpoint::start(Settings::default(), 3, Instant::ZERO)));
        for (begin, inputs, outputs) in [(start, 0, 0), (serde_json::from_str(&text).unwrap(), middle.0, middle.1)] {
            let mut replay = Replay::new(Instant::ZERO);
            let mut seen = Vec::new();
            for entry in std::iter::once(begin).chain(center.inputs[inputs..].iter().cloned()) {
                seen.extend_from_slice(replay.take(entry).unwrap());
            }
            prop_assert_eq!(&seen[..], &center.outputs[outputs..]);
            prop_assert_eq!(replay.done().mismatches, 0);
            prop_assert_eq!(replay.router().unwrap().state_hash(), center.router.state_hash());
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_outputs(seed in any::<u64>(), events in proptest::collection::vec(event(), 1..120)) {
        let run = || {
            let mut center = Center::new(some_rules(seed));
            events.iter().for_each(|event| center.happen(event));
            center.outputs
        };
        prop_assert_eq!(run(), run());
    }
}
