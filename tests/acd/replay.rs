//! Replay against what really happened, on days that use everything the rules can say, with deadlines that
//! are served late and therefore fall together.

use carillon::acd::*;
use carillon::base::{AgentId, Channel, ContactId, Instant, QueueId, ReservationId, Rng, SkillId};
use std::time::Duration;

const AGENTS: u32 = 16;

/// Five queues: plain, by condition, with a reserve, ringing several, chat.
fn rules(version: u32, rng: &mut Rng) -> Rules {
    let need = |skill, min| SkillNeed { skill: SkillId(skill), min, weight: 1 };
    let step = |after_ms, when, min| RelaxStep { after_ms, when, min_level: Some(min), ..RelaxStep::default() };
    let policies = [
        AgentSelection::LongestIdle,
        AgentSelection::LowestOccupancy,
        AgentSelection::RoundRobin,
        AgentSelection::WeightedRandom,
        AgentSelection::LevelThenLongestIdle,
    ];
    let modes =
        [WrapUpMode::Optional, WrapUpMode::Discretionary, WrapUpMode::Timed, WrapUpMode::Fixed, WrapUpMode::Requested];
    let queue = |id: u32, rng: &mut Rng| QueueRule {
        id: QueueId(id),
        key: format!("q{id}"),
        requirement: Requirement { all: vec![need(id % 3, 1 + rng.below(6) as u8)], any: Vec::new() },
        agent_selection: policies[rng.below(5) as usize],
        wrap_up: WrapUp { mode: modes[rng.below(5) as usize], seconds: 10 },
        announce_s: 7,
        ring_s: 12,
        redial_s: 60,
        max_wait_s: (id == 1).then_some(90),
        overflow: match id {
            1 => vec![Overflow { when: OverflowWhen::Timeout, to: QueueId(0) }],
            2 => vec![Overflow { when: OverflowWhen::EstimateAbove(200), to: QueueId(0) }],
            _ => Vec::new(),
        },
        relax: match id {
            0 => vec![step(5_000, None, 3), step(20_000, None, 1)],
            1 => vec![
                step(0, Some(Condition::WaitingAbove(3)), 3),
                step(0, Some(Condition::ServiceLevelBelow(60)), 2),
                step(0, Some(Condition::EstimateAbove(40)), 1),
            ],
            _ => vec![step(9_000, Some(Condition::NoAgents), 1)],
        },
        reserve: if id == 2 { vec![Reserve { group: "g0".into(), agents: 1 }] } else { Vec::new() },
        ring_several: if id == 3 { 2 } else { 1 },
        channel: if id == 4 { Channel::Chat } else { Channel::Voice },
        ..QueueRule::default()
    };
    let queues = (0..5).filter(|id| version == 1 || *id != 3).map(|id| queue(id, rng)).collect();
    let agent = |id: u32, rng: &mut Rng| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: (0..3)
            .filter(|skill| !(id + skill).is_multiple_of(4))
            .map(|skill| (SkillId(skill), 1 + rng.below(9) as u8))
            .collect(),
        group: Some(format!("g{}", id % 3)),
        capacity: if id.is_multiple_of(3) { vec![(Channel::Voice, 1), (Channel::Chat, 3)] } else { Vec::new() },
        ..AgentRule::default()
    };
    let agents = (0..AGENTS).filter(|id| version == 1 || id % 5 != 1).map(|id| agent(id, rng)).collect();
    let groups = (0..3).map(|id| GroupRule { key: format!("g{id}"), name: String::new(), own_wrap_up: None }).collect();
    Rules { version, queues, agents, groups, contact_selection: ContactSelection::Score, ..Rules::default() }
}

struct Life {
    router: Router,
    now: Instant,
    rng: Rng,
    journal: Vec<Entry>,
    /// Place in the journal, and the state there.
    checkpoints: Vec<(usize, Checkpoint)>,
    inputs: u64,
    rings: Vec<ReservationId>,
    contacts: Vec<ContactId>,
    next: u64,
}

impl Life {
    fn new(seed: u64) -> Self {
        let now = Instant::from_micros(1_767_605_400_000_000);
        let start = Checkpoint::start(Settings::default(), seed, now);
        Self {
            router: start.clone().restore(),
            now,
            rng: Rng::new(seed),
            journal: vec![Entry::Begin(Box::new(start.clone()))],
            checkpoints: vec![(1, start)],
            inputs: 0,
            rings: Vec::new(),
            contacts: Vec::new(),
            next: 0,
        }
    }

    fn tell(&mut self, input: Input) {
        let mut out = Vec::new();
        self.router.handle(self.now, input.clone(), &mut out);
        self.inputs += 1;
        self.journal.push(Entry::Input { at: self.now, input, digest: Some(digest(&out)) });
        self.rings.extend(out.iter().filter_map(|output| match output {
            Output::Reserve { reservation, .. } => Some(*reservation),
            _ => None,
        }));
        if self.rng.chance(0.01) {
            let checkpoint = self.router.checkpoint(self.now, self.inputs);
            let state_hash = checkpoint.state.hash();
            self.journal.push(Entry::Mark { at: self.now, inputs: self.inputs, state_hash });
            self.checkpoints.push((self.journal.len(), checkpoint));
        }
    }

    /// Deadlines are served when the control task gets to them.
    fn deadlines(&mut self) {
        for _ in 0..64 {
            if self.router.next_deadline().is_none_or(|due| due > self.now) {
                return;
            }
            self.tell(Input::Deadline);
        }
    }

    fn live(&mut self, steps: usize) {
        for step in 0..steps {
            self.now = self.now + Duration::from_millis(self.rng.below(2_500));
            if self.rng.chance(0.6) {
                self.deadlines();
            }
            if step == steps / 2 {
                let rules = rules(2, &mut self.rng);
                self.tell(Input::Configure(Box::new(rules)));
            }
            self.happen();
            self.deadlines();
        }
    }

    fn happen(&mut self) {
        let agent = AgentId(self.rng.below(AGENTS.into()) as u32);
        let author = Author::Agent;
        match self.rng.below(43) {
            0..=1 => self.tell(Input::SignIn { agent }),
            2..=6 => self.tell(Input::Ready { agent, author }),
            7 => self.tell(Input::NotReady { agent, reason: "break".into(), author }),
            8 => self.tell(Input::SignOut { agent, author }),
            9..=10 => self.tell(Input::WrapUpDone { agent }),
            11 => self.tell(Input::ExtendWrapUp { agent }),
            12 => self.tell(Input::RequestWrapUp { agent }),
            13 => {
                let contact = self.new_contact();
                self.tell(Input::Occupy { agent, contact, queue: None, own: false });
            }
            14..=24 => self.arrive(),
            25..=26 => {
                if let Some(contact) = self.pick_contact() {
                    self.tell(Input::Leave { contact, why: Left::Abandoned });
                }
            }
            27 => {
                if let Some(reservation) = self.pick_ring() {
                    self.tell(Input::Refused { reservation, why: RefusedWhy::Declined });
                }
            }
            42 => {
                let was = Was::NotReady { reason: "break".into() };
                self.tell(Input::ComeBack { agent, was, since: self.now - Duration::from_secs(9) });
            }
            41 => {
                let agents = (0..6).map(|_| AgentId(self.rng.below(AGENTS.into()) as u32)).collect();
                self.tell(Input::ReadyTogether { agents, author });
            }
            40 => {
                if let Some(contact) = self.pick_contact() {
                    self.tell(Input::KeepPlace { contact });
                }
            }
            28..=33 => {
                if let Some(reservation) = self.pick_ring() {
                    self.tell(Input::Accepted { reservation });
                }
            }
            _ => {
                if let Some(contact) = self.pick_contact() {
                    self.tell(Input::Ended { contact });
                }
            }
        }
    }

    fn arrive(&mut self) {
        let contact = self.new_contact();
        let mut arrival = Arrival::new(contact, QueueId(self.rng.below(5) as u32), self.now);
        arrival.priority = self.rng.chance(0.3).then_some(1 + self.rng.below(9) as u8);
        arrival.bonus_s = self.rng.below(3) as u32 * 30;
        arrival.caller = Some(self.rng.below(20));
        if self.rng.chance(0.4) {
            arrival.skills = vec![(SkillId(self.rng.below(3) as u32), 1 + self.rng.below(6) as u8)];
        }
        if self.rng.chance(0.2) {
            arrival.preferred = Some((AgentId(self.rng.below(AGENTS.into()) as u32), self.rng.below(30_000)));
        }
        self.tell(Input::Arrive(arrival));
    }

    fn new_contact(&mut self) -> ContactId {
        self.next += 1;
        self.contacts.push(ContactId(self.next));
        ContactId(self.next)
    }

    fn pick_contact(&mut self) -> Option<ContactId> {
        let router = &self.router;
        self.contacts.retain(|contact| router.is_waiting(*contact).is_some());
        let at = self.rng.below(self.contacts.len() as u64);
        self.contacts.get(at as usize).copied()
    }

    fn pick_ring(&mut self) -> Option<ReservationId> {
        let at = self.rng.below(self.rings.len().min(4) as u64) as usize;
        let at = self.rings.len().checked_sub(at + 1)?;
        Some(self.rings.remove(at))
    }
}

fn day(seed: u64, steps: usize) -> Life {
    let mut life = Life::new(seed);
    let first = rules(1, &mut life.rng);
    life.tell(Input::Configure(Box::new(first)));
    for agent in (0..AGENTS).map(AgentId) {
        life.tell(Input::SignIn { agent });
        life.tell(Input::Ready { agent, author: Author::Agent });
    }
    life.live(steps);
    life
}

fn run(begin: Entry, rest: &[Entry]) -> Replay {
    let mut replay = Replay::new(Instant::ZERO);
    for entry in std::iter::once(begin).chain(rest.iter().cloned()) {
        replay.take(entry).unwrap();
    }
    replay
}

#[test]
fn every_decision_comes_again_from_every_checkpoint() {
    for seed in 1..=12 {
        let life = day(seed, 1_200);
        let end = life.router.state_hash();
        assert!(life.checkpoints.len() > 5, "{}", life.checkpoints.len());
        for (place, checkpoint) in &life.checkpoints {
            let text = serde_json::to_string(checkpoint).unwrap();
            let begin = Entry::Begin(Box::new(serde_json::from_str(&text).unwrap()));
            let replay = run(begin, &life.journal[*place..]);
            assert_eq!(replay.done().first, [], "seed {seed}, from entry {place}");
            assert_eq!(replay.router().unwrap().state_hash(), end, "seed {seed}, from entry {place}");
            assert_eq!(replay.since_start(), life.inputs);
        }
        let whole = run(life.journal[0].clone(), &life.journal[1..]);
        assert_eq!(whole.done().compared, life.journal.len() as u64 - 1);
        assert!(whole.done().decisions > 20, "{:?}", whole.done());
    }
}

#[test]
fn a_changed_decision_is_found_where_it_is() {
    let life = day(5, 300);
    let mut journal = life.journal.clone();
    let place = journal.len() / 2;
    let at = journal[..=place].iter().rposition(|entry| matches!(entry, Entry::Input { .. })).unwrap();
    if let Entry::Input { digest, .. } = &mut journal[at] {
        *digest = digest.map(|digest| digest ^ 1);
    }
    let replay = run(journal[0].clone(), &journal[1..]);
    assert_eq!(replay.done().mismatches, 1);
    let found = &replay.done().first[0];
    assert_eq!((found.entry, matches!(found.what, What::Outputs { .. })), (at as u64 + 1, true), "{found:?}");
}

#[test]
fn a_lost_input_is_counted_and_seen() {
    let mut life = day(6, 300);
    let (place, _) = *life.checkpoints.last().unwrap();
    // An arrival is no input without consequences.
    let lost = life.journal[..place - 1]
        .iter()
        .rposition(|entry| matches!(entry, Entry::Input { input: Input::Arrive(_), .. }));
    life.journal.remove(lost.unwrap());
    let replay = run(life.journal[0].clone(), &life.journal[1..]);
    assert!(replay.done().mismatches > 0);
    let missing = replay.done().first.iter().any(|found| found.what == What::Missing { inputs: 1 });
    assert!(missing || replay.done().mismatches > 20, "{:?}", replay.done().first);
}

#[test]
fn a_new_start_begins_anew() {
    let (first, second) = (day(7, 200), day(8, 200));
    let mut journal = first.journal.clone();
    journal.extend(second.journal.iter().cloned());
    let replay = run(journal[0].clone(), &journal[1..]);
    assert_eq!((replay.done().mismatches, replay.done().starts), (0, 2));
    assert_eq!(replay.router().unwrap().state_hash(), second.router.state_hash());
    assert_eq!(replay.since_start(), second.inputs);
}

#[test]
fn a_journal_without_beginning_or_order_is_refused() {
    let life = day(9, 20);
    let mut replay = Replay::new(Instant::ZERO);
    assert_eq!(replay.take(life.journal[1].clone()).unwrap_err(), ReplayError::NoBeginning);
    replay.take(life.journal[0].clone()).unwrap();
    replay.take(life.journal[5].clone()).unwrap();
    let early = Entry::Input { at: Instant::ZERO, input: Input::Deadline, digest: None };
    assert_eq!(replay.take(early).unwrap_err(), ReplayError::OutOfOrder { entry: 4 });
}
