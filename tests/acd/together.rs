//! A shift begins: as many contacts as possible are served, the earlier ones first, each by the best
//! agent that can be spared. Compared with a plain search over all ways.

use std::collections::BTreeMap;

use carillon::acd::*;
use carillon::base::{AgentId, ContactId, Instant, QueueId, Rng, SkillId};

const POLICIES: [AgentSelection; 3] =
    [AgentSelection::FixedOrder, AgentSelection::LongestIdle, AgentSelection::LevelThenLongestIdle];

struct Board {
    rules: Rules,
    router: Router,
    now: Instant,
    /// By arrival: queue and priority.
    contacts: Vec<(u32, u8)>,
}

impl Board {
    fn new(rules: Rules) -> Self {
        let mut board = Self {
            router: Router::new(Settings::default(), 1),
            now: Instant::from_micros(1_000_000),
            contacts: Vec::new(),
            rules: rules.clone(),
        };
        board.tell(Input::Configure(Box::new(rules)));
        board
    }

    fn some(rng: &mut Rng) -> Self {
        let skills = 4;
        let queue = |id: u32, rng: &mut Rng| QueueRule {
            id: QueueId(id),
            key: format!("q{id}"),
            requirement: Requirement {
                all: vec![SkillNeed { skill: SkillId(id % skills), min: 1 + rng.below(3) as u8, weight: 1 }],
                any: Vec::new(),
            },
            agent_selection: POLICIES[rng.below(3) as usize],
            announce_s: 0,
            ..QueueRule::default()
        };
        let agent = |id: u32, rng: &mut Rng| AgentRule {
            id: AgentId(id),
            key: format!("a{id}"),
            skills: (0..skills)
                .map(|skill| (SkillId(skill), rng.chance(0.4), 1 + rng.below(4) as u8))
                .filter_map(|(skill, has, level)| has.then_some((skill, level)))
                .collect(),
            ..AgentRule::default()
        };
        let contact_selection = [ContactSelection::LongestWaiting, ContactSelection::Priority][rng.below(2) as usize];
        let rules = Rules {
            queues: (0..5).map(|id| queue(id, rng)).collect(),
            agents: (0..1 + rng.below(8) as u32).map(|id| agent(id, rng)).collect(),
            contact_selection,
            ..Rules::default()
        };
        let mut board = Self::new(rules);
        for _ in 0..rng.below(10) {
            board.arrive(rng.below(5) as u32, 1 + rng.below(3) as u8);
        }
        board
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.now = self.now + std::time::Duration::from_millis(7);
        let mut out = Vec::new();
        self.router.handle(self.now, input, &mut out);
        out
    }

    fn arrive(&mut self, queue: u32, priority: u8) {
        let contact = ContactId(self.contacts.len() as u64);
        let mut arrival = Arrival::new(contact, QueueId(queue), self.now);
        arrival.priority = Some(priority);
        self.contacts.push((queue, priority));
        self.tell(Input::Arrive(arrival));
    }

    fn begin_shift(&mut self) -> Vec<Output> {
        let agents: Vec<AgentId> = self.rules.agents.iter().map(|agent| agent.id).collect();
        for agent in &agents {
            self.tell(Input::SignIn { agent: *agent });
        }
        self.tell(Input::ReadyTogether { agents, author: Author::System })
    }

    /// Agents who may have this contact, best first.
    fn wishes(&self, contact: usize) -> Vec<u32> {
        let rule = &self.rules.queues[self.contacts[contact].0 as usize];
        let need = rule.requirement.all[0];
        let level = |agent: &AgentRule| agent.skills.iter().find(|(skill, _)| *skill == need.skill).map_or(0, |s| s.1);
        let able = self.rules.agents.iter().filter(|agent| level(agent) >= need.min);
        let mut able: Vec<(u8, u32)> = able.map(|agent| (level(agent), agent.id.0)).collect();
        if rule.agent_selection == AgentSelection::LevelThenLongestIdle {
            able.sort_by_key(|(level, agent)| (u8::MAX - level, *agent));
        }
        able.into_iter().map(|(_, agent)| agent).collect()
    }

    /// Contacts in the order of the rules.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.contacts.len()).collect();
        if self.rules.contact_selection == ContactSelection::Priority {
            order.sort_by_key(|contact| (self.contacts[*contact].1, *contact));
        }
        order
    }
}

/// Can all these contacts have one of their agents each, by trying everything?
fn possible(wishes: &[&Vec<u32>], taken: &mut Vec<u32>) -> bool {
    let Some((first, rest)) = wishes.split_first() else { return true };
    first.iter().any(|agent| {
        if taken.contains(agent) {
            return false;
        }
        taken.push(*agent);
        let found = possible(rest, taken);
        taken.pop();
        found
    })
}

/// Who is served, greedily in order among those that can be served together, and by whom.
fn expected(board: &Board) -> BTreeMap<u64, u32> {
    let wishes: Vec<Vec<u32>> = (0..board.contacts.len()).map(|contact| board.wishes(contact)).collect();
    let mut served: Vec<usize> = Vec::new();
    for contact in board.order() {
        let with: Vec<&Vec<u32>> = served.iter().chain([&contact]).map(|contact| &wishes[*contact]).collect();
        if possible(&with, &mut Vec::new()) {
            served.push(contact);
        }
    }
    let mut taken = Vec::new();
    let mut given = BTreeMap::new();
    for (at, contact) in served.iter().enumerate() {
        let rest: Vec<&Vec<u32>> = served[at + 1..].iter().map(|contact| &wishes[*contact]).collect();
        let best = wishes[*contact].iter().copied().find(|agent| {
            let mut with = taken.clone();
            with.push(*agent);
            !taken.contains(agent) && possible(&rest, &mut with)
        });
        let best = best.expect("the served can be served");
        taken.push(best);
        given.insert(*contact as u64, best);
    }
    given
}

fn reserved(out: &[Output]) -> BTreeMap<u64, u32> {
    let mut given = BTreeMap::new();
    for output in out {
        if let Output::Reserve { contact, agent, why, .. } = output {
            why.check().unwrap_or_else(|error| panic!("{error}: {why:?}"));
            assert!(matches!(&why.pick, Pick::Together(_)), "{why:?}");
            given.insert(contact.0, agent.0);
        }
    }
    given
}

#[test]
fn as_many_as_possible_the_earlier_ones_first_by_the_best_who_can_be_spared() {
    let mut rng = Rng::new(8);
    let mut better = 0;
    for number in 0..1_500 {
        let mut board = Board::some(&mut rng);
        let wanted = expected(&board);
        let mut one_by_one = Board {
            router: Router::new(Settings::default(), 1),
            contacts: Vec::new(),
            ..Board::new(board.rules.clone())
        };
        one_by_one.tell(Input::Configure(Box::new(board.rules.clone())));
        board.contacts.iter().for_each(|(queue, priority)| one_by_one.arrive(*queue, *priority));
        let out = board.begin_shift();
        assert_eq!(reserved(&out), wanted, "board {number}: {:?}", board.rules);
        for agent in board.rules.agents.iter().map(|agent| agent.id) {
            one_by_one.tell(Input::SignIn { agent });
            one_by_one.tell(Input::Ready { agent, author: Author::Agent });
        }
        let served = board.contacts.len()
            - one_by_one.router.queues().iter().map(|q| q.waiting - q.ringing).sum::<u32>() as usize;
        assert!(served <= wanted.len());
        better += usize::from(served < wanted.len());
    }
    assert!(better > 50, "one by one loses contacts now and then: {better}");
}

/// 30 generalists and 30 specialists of each of 9 kinds against 300 contacts, 30 of each kind and 30 that
/// only generalists serve: the generalists are left to those who need them.
fn large(contacts_a_kind: u32, agents_a_kind: u32) -> Board {
    let need = |skill| Requirement { all: vec![SkillNeed { skill: SkillId(skill), min: 1, weight: 1 }], any: vec![] };
    let queue = |id: u32| QueueRule {
        id: QueueId(id),
        key: format!("q{id}"),
        requirement: need(id),
        agent_selection: AgentSelection::LongestIdle,
        announce_s: 0,
        ..QueueRule::default()
    };
    let agent = |id: u32| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: match id % 10 {
            0 => (0..10).map(|skill| (SkillId(skill), 5)).collect(),
            kind => vec![(SkillId(kind), 5)],
        },
        ..AgentRule::default()
    };
    let rules = Rules {
        queues: (0..10).map(queue).collect(),
        agents: (0..10 * agents_a_kind).map(agent).collect(),
        contact_selection: ContactSelection::LongestWaiting,
        ..Rules::default()
    };
    let mut board = Board::new(rules);
    // Those that can do with a specialist come first.
    for kind in (0..10).rev() {
        (0..contacts_a_kind).for_each(|_| board.arrive(kind, 5));
    }
    board
}

#[test]
fn a_board_of_agents_serves_all_whom_it_can() {
    let mut board = large(30, 30);
    let out = board.begin_shift();
    assert_eq!(reserved(&out).len(), 300);
    let told: Vec<_> = out
        .iter()
        .filter_map(|output| match output {
            Output::Reserve { why, .. } => Some(explain(why, &board.rules, Language::En)),
            _ => None,
        })
        .collect();
    assert!(told[0].starts_with("300 contacts and 300 agents were brought together, and 300 contacts were served."));
    assert!(told[0].contains("left to 30 contacts, for want of other agents"), "{}", told[0]);
}

#[test]
fn above_the_bound_nobody_is_left_idle_beside_a_contact() {
    let mut board = large(60, 60);
    let out = board.begin_shift();
    let given = out.iter().filter(|output| matches!(output, Output::Reserve { .. })).count();
    assert!((540..600).contains(&given), "one by one, generalists go to those who came first: {given}");
    for output in &out {
        if let Output::Reserve { why, .. } = output {
            assert_eq!(why.check(), Ok(()));
            assert!(matches!(why.pick, Pick::Agent { .. }));
        }
    }
}

#[test]
fn new_rules_bring_waiting_and_idle_together() {
    let mut board = large(3, 3);
    let agents = std::mem::take(&mut board.rules.agents);
    let signed_in: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    // Ready, but without skills: nobody can be served.
    let idle = agents.iter().map(|agent| AgentRule { skills: Vec::new(), ..agent.clone() }).collect();
    board.tell(Input::Configure(Box::new(Rules { agents: idle, ..board.rules.clone() })));
    signed_in.iter().for_each(|agent| drop(board.tell(Input::SignIn { agent: *agent })));
    let out = board.tell(Input::ReadyTogether { agents: signed_in, author: Author::System });
    assert_eq!(reserved(&out).len(), 0);
    let out = board.tell(Input::Configure(Box::new(Rules { agents, ..board.rules.clone() })));
    assert_eq!(reserved(&out).len(), 30);
}
