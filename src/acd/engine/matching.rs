//! Many contacts and many agents at one time: who gets whom. Plain numbers only; `together` makes them
//! of contacts and agents, and decisions of the result.
//!
//! Contacts stand in the order of the rules. Contacts of one class want the same agents, best first.
//!
//! 1. Contact by contact, each is given an agent if all served before it can keep one (an augmenting
//!    path). Sets that can be served together are independent sets of a transversal matroid, so this
//!    greedy order serves the lexicographically first of the largest sets: no contact loses its agent to
//!    a later one, and nobody waits whom a maximum matching could serve beside those before it
//!    (Edmonds and Fulkerson 1965).
//! 2. In the same order each served contact takes the best agent that still leaves one for every served
//!    contact behind it.
//!
//! Cost: a search goes over each edge (class and agent) at most once, and there are two searches a
//! contact; the caller bounds contacts and edges.

const NONE: u32 = u32::MAX;

/// One contact's agent, in the order of the contacts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::acd) struct Given {
    pub contact: u32,
    pub agent: u32,
    /// Why the first of the better agents, best first, went elsewhere; not all of them may be listed.
    pub passed_over: Vec<PassedOver>,
}

/// Why a better agent was left to others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::acd) enum PassedOver {
    /// This contact chose earlier.
    Earlier(u32),
    /// These contacts, later ones, can be served by these agents only, one each.
    Needed { contacts: Vec<u32>, agents: Vec<u32> },
}

pub(in crate::acd) struct Matching<'a> {
    /// By class: agents, best first.
    wants: &'a [Vec<u32>],
    /// By contact, in the order of the rules.
    class_of: &'a [u32],
    /// By class: its contacts in order.
    members: Vec<Vec<u32>>,
    /// By agent: classes that want it.
    wanted_by: Vec<Vec<u32>>,
    agent_of: Vec<u32>,
    holder: Vec<u32>,
    /// By agent: the contact that has it has chosen for good.
    is_fixed: Vec<bool>,
    seen: Seen,
}

/// Marks of the running search.
struct Seen {
    round: u32,
    class: Vec<u32>,
    agent: Vec<u32>,
    /// Contacts to look at.
    queue: Vec<u32>,
    /// By agent: the contact that came upon it. By contact: the agent that it moves to.
    via: Vec<u32>,
    next: Vec<u32>,
}

impl Seen {
    fn begin(&mut self) {
        self.round += 1;
        self.queue.clear();
    }

    fn class(&mut self, class: u32) -> bool {
        std::mem::replace(&mut self.class[class as usize], self.round) != self.round
    }

    fn agent(&mut self, agent: u32) -> bool {
        std::mem::replace(&mut self.agent[agent as usize], self.round) != self.round
    }
}

impl<'a> Matching<'a> {
    /// `wants`: by class, agents below `agents` without repetition. `class_of`: by contact.
    pub fn new(agents: usize, wants: &'a [Vec<u32>], class_of: &'a [u32]) -> Self {
        let mut members = vec![Vec::new(); wants.len()];
        for (class, contact) in class_of.iter().zip(0..) {
            members[*class as usize].push(contact);
        }
        let mut wanted_by = vec![Vec::new(); agents];
        for (list, class) in wants.iter().zip(0..) {
            list.iter().for_each(|agent| wanted_by[*agent as usize].push(class));
        }
        let contacts = class_of.len();
        Self {
            wants,
            class_of,
            members,
            wanted_by,
            agent_of: vec![NONE; contacts],
            holder: vec![NONE; agents],
            is_fixed: vec![false; agents],
            seen: Seen {
                round: 0,
                class: vec![0; wants.len()],
                agent: vec![0; agents],
                queue: Vec::new(),
                via: vec![NONE; agents],
                next: vec![NONE; contacts],
            },
        }
    }

    /// Who gets whom, with so many reasons each at most.
    pub fn solve(mut self, reasons: usize) -> Vec<Given> {
        self.serve_as_many_as_possible();
        let mut given = Vec::new();
        for contact in 0..self.class_of.len() as u32 {
            if self.agent_of[contact as usize] != NONE {
                given.push(self.choose(contact, reasons));
            }
        }
        given
    }

    fn wants_of(&self, contact: u32) -> &'a [u32] {
        &self.wants[self.class_of[contact as usize] as usize]
    }

    fn serve_as_many_as_possible(&mut self) {
        let mut free = self.holder.len();
        // A class that found nobody finds nobody later: served contacts only move among agents in use.
        let mut hopeless = vec![false; self.wants.len()];
        for contact in 0..self.class_of.len() as u32 {
            if free == 0 {
                return;
            }
            if hopeless[self.class_of[contact as usize] as usize] {
                continue;
            }
            if self.augment(contact) {
                free -= 1;
            } else {
                let seen = &self.seen;
                hopeless.iter_mut().zip(&seen.class).for_each(|(hopeless, round)| *hopeless |= *round == seen.round);
            }
        }
    }

    /// Gives this contact an agent by moving others to other agents of theirs; false: impossible.
    fn augment(&mut self, contact: u32) -> bool {
        self.seen.begin();
        self.seen.queue.push(contact);
        let mut at = 0;
        while let Some(&from) = self.seen.queue.get(at) {
            at += 1;
            if !self.seen.class(self.class_of[from as usize]) {
                continue;
            }
            for &agent in self.wants_of(from) {
                if !self.seen.agent(agent) {
                    continue;
                }
                self.seen.via[agent as usize] = from;
                match self.holder[agent as usize] {
                    NONE => {
                        self.shift(contact, agent);
                        return true;
                    }
                    other => self.seen.queue.push(other),
                }
            }
        }
        false
    }

    /// Along the path found: each takes the agent it came upon and leaves its own to the one before.
    fn shift(&mut self, contact: u32, free: u32) {
        let mut agent = free;
        loop {
            let taker = self.seen.via[agent as usize];
            let left = std::mem::replace(&mut self.agent_of[taker as usize], agent);
            self.holder[agent as usize] = taker;
            if taker == contact {
                return;
            }
            agent = left;
        }
    }

    /// The best agent for this contact that leaves one for everybody served behind it; for good.
    fn choose(&mut self, contact: u32, reasons: usize) -> Given {
        let own = std::mem::replace(&mut self.agent_of[contact as usize], NONE);
        self.holder[own as usize] = NONE;
        let mut passed_over = Vec::new();
        let mut searched = false;
        for &agent in self.wants_of(contact) {
            let holder = self.holder[agent as usize];
            if self.is_fixed[agent as usize] {
                if passed_over.len() < reasons {
                    passed_over.push(PassedOver::Earlier(holder));
                }
                continue;
            }
            if holder != NONE {
                if !std::mem::replace(&mut searched, true) {
                    self.find_who_can_move();
                }
                if self.seen.next[holder as usize] == NONE {
                    if passed_over.len() < reasons {
                        passed_over.push(self.needed(holder));
                    }
                    continue;
                }
                self.move_away(holder);
            }
            self.agent_of[contact as usize] = agent;
            self.holder[agent as usize] = contact;
            self.is_fixed[agent as usize] = true;
            return Given { contact, agent, passed_over };
        }
        unreachable!("the contact's own agent is free and among those it wants")
    }

    /// For each contact that has not chosen: the agent it could move to so that, perhaps after others
    /// moved too, all have one.
    fn find_who_can_move(&mut self) {
        self.seen.begin();
        self.seen.next.fill(NONE);
        let is_open = |agent: &u32| self.holder[*agent as usize] == NONE && !self.is_fixed[*agent as usize];
        self.seen.queue.extend((0..self.holder.len() as u32).filter(is_open));
        let mut at = 0;
        while let Some(&agent) = self.seen.queue.get(at) {
            at += 1;
            for class in &self.wanted_by[agent as usize] {
                if !self.seen.class(*class) {
                    continue;
                }
                for &contact in &self.members[*class as usize] {
                    let has = self.agent_of[contact as usize];
                    if has != NONE && !self.is_fixed[has as usize] {
                        self.seen.next[contact as usize] = agent;
                        self.seen.queue.push(has);
                    }
                }
            }
        }
    }

    fn move_away(&mut self, contact: u32) {
        let mut mover = contact;
        loop {
            let agent = self.seen.next[mover as usize];
            let other = std::mem::replace(&mut self.holder[agent as usize], mover);
            self.agent_of[mover as usize] = agent;
            if other == NONE {
                return;
            }
            mover = other;
        }
    }

    /// The contacts that cannot do without this contact's agent, and their agents: as many.
    fn needed(&mut self, contact: u32) -> PassedOver {
        // Its own marks, so that the reach found before stays as it is.
        let mut is_seen = vec![false; self.wants.len()];
        let (mut contacts, mut agents) = (Vec::new(), Vec::new());
        let mut queue = vec![self.agent_of[contact as usize]];
        let mut is_listed = vec![false; self.holder.len()];
        is_listed[queue[0] as usize] = true;
        while let Some(agent) = queue.pop() {
            let holder = self.holder[agent as usize];
            contacts.push(holder);
            agents.push(agent);
            let class = self.class_of[holder as usize] as usize;
            if std::mem::replace(&mut is_seen[class], true) {
                continue;
            }
            for &other in &self.wants[class] {
                if !self.is_fixed[other as usize] && !std::mem::replace(&mut is_listed[other as usize], true) {
                    queue.push(other);
                }
            }
        }
        contacts.sort_unstable();
        agents.sort_unstable();
        PassedOver::Needed { contacts, agents }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    struct Case {
        agents: usize,
        wants: Vec<Vec<u32>>,
        class_of: Vec<u32>,
    }

    fn some_case(rng: &mut Rng) -> Case {
        let agents = 1 + rng.below(6) as usize;
        let classes = 1 + rng.below(5);
        let mut list = || {
            let mut list: Vec<u32> = (0..agents as u32).filter(|_| rng.chance(0.45)).collect();
            for at in (1..list.len()).rev() {
                list.swap(at, rng.below(at as u64 + 1) as usize);
            }
            list
        };
        let wants = (0..classes).map(|_| list()).collect();
        let class_of = (0..rng.below(7)).map(|_| rng.below(classes) as u32).collect();
        Case { agents, wants, class_of }
    }

    /// Every way to serve contacts, as agent by contact, by trying all.
    fn all_ways(case: &Case) -> Vec<Vec<Option<u32>>> {
        let mut ways = vec![Vec::new()];
        for class in &case.class_of {
            let mut longer = Vec::new();
            for way in &ways {
                let free = |agent: &&u32| !way.contains(&Some(**agent));
                let choices = case.wants[*class as usize].iter().filter(free).map(|agent| Some(*agent));
                longer.extend(choices.chain([None]).map(|choice| {
                    let mut way: Vec<Option<u32>> = way.clone();
                    way.push(choice);
                    way
                }));
            }
            ways = longer;
        }
        ways
    }

    /// Smaller is better: first who is served, in order, then whom they get, in order of their wishes.
    fn badness(case: &Case, way: &[Option<u32>]) -> (Vec<bool>, Vec<usize>) {
        let place = |(agent, class): (&Option<u32>, &u32)| {
            agent.map_or(0, |agent| case.wants[*class as usize].iter().position(|a| *a == agent).unwrap())
        };
        (way.iter().map(Option::is_none).collect(), way.iter().zip(&case.class_of).map(place).collect())
    }

    #[test]
    fn the_largest_and_lexicographically_best_of_all_ways() {
        let mut rng = Rng::new(20);
        for _ in 0..3_000 {
            let case = some_case(&mut rng);
            let ways = all_ways(&case);
            let given = Matching::new(case.agents, &case.wants, &case.class_of).solve(usize::MAX);
            let most = ways.iter().map(|way| way.iter().flatten().count()).max().unwrap();
            assert_eq!(given.len(), most);
            let best = ways.iter().min_by_key(|way| badness(&case, way)).unwrap();
            let mut got = vec![None; case.class_of.len()];
            given.iter().for_each(|one| got[one.contact as usize] = Some(one.agent));
            assert_eq!(&got, best, "{:?} {:?}", case.wants, case.class_of);
            given.iter().for_each(|one| reasons_hold(&case, &given, one));
        }
    }

    /// Each better agent went to an earlier contact, or is one of exactly as many as others cannot do without.
    fn reasons_hold(case: &Case, given: &[Given], one: &Given) {
        let wants = &case.wants[case.class_of[one.contact as usize] as usize];
        assert_eq!(wants.iter().position(|agent| *agent == one.agent), Some(one.passed_over.len()));
        for (agent, why) in wants.iter().zip(&one.passed_over) {
            match why {
                PassedOver::Earlier(contact) => {
                    assert!(*contact < one.contact);
                    assert!(given.iter().any(|other| other.contact == *contact && other.agent == *agent));
                }
                PassedOver::Needed { contacts, agents } => {
                    assert!(contacts.len() == agents.len() && agents.contains(agent));
                    assert!(contacts.iter().all(|c| *c > one.contact && given.iter().any(|g| g.contact == *c)));
                    let taken = |agent: &u32| given.iter().any(|g| g.contact < one.contact && g.agent == *agent);
                    for contact in contacts {
                        let wants = &case.wants[case.class_of[*contact as usize] as usize];
                        assert!(wants.iter().all(|wanted| taken(wanted) || agents.contains(wanted)));
                    }
                }
            }
        }
    }

    #[test]
    fn a_chain_of_many_moves_once_each() {
        // Contact i wants agents i and i + 1; the last wants the first agent only: everybody must move.
        let count = 400u32;
        let mut wants: Vec<Vec<u32>> = (0..count).map(|i| vec![i, i + 1]).collect();
        wants.push(vec![0]);
        let class_of: Vec<u32> = (0..=count).collect();
        let given = Matching::new(count as usize + 1, &wants, &class_of).solve(0);
        assert!(given.iter().all(|one| one.agent == if one.contact == count { 0 } else { one.contact + 1 }));
        assert_eq!(given.len(), count as usize + 1);
    }
}
