//! The rules compiled: ids become indices, equal agents share a skill profile, keys become numbers.
//! Rebuilt whole when the rules change.

use std::collections::BTreeMap;

use super::id_map::IdMap;
use super::index::{AgentIx, DemandIx, Ix as _, QueueIx, Table};
use crate::acd::rules::{AgentRule, QueueRule, Rules};
use crate::base::{AgentId, Channel, QueueId, SkillId};

/// What agents who are interchangeable for the router have in common. In a center where hardly two are,
/// every choice reads another profile: what choices look at stands first and together.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(in crate::acd) struct Profile {
    /// The demands that agents of this profile may serve, filled in as demands come up.
    pub serves: Vec<Serves>,
    pub capacity: Capacity,
    pub group: Option<u16>,
    /// Sorted by skill.
    skills: Vec<(SkillId, u8)>,
    /// Served queues by index, sorted; empty: all.
    queues: Vec<QueueIx>,
    queue_ids: Vec<QueueId>,
    pub group_key: Option<String>,
    service_ms: Vec<(QueueId, u64)>,
    pub level_sum: u32,
}

/// One demand that a profile may serve.
#[derive(Clone, Copy, Debug)]
pub(in crate::acd) struct Serves {
    pub demand: DemandIx,
    pub tier: u16,
    pub fit: u16,
    pub ring: u8,
    /// Some agents are kept free for others here.
    pub is_reserved: bool,
}

impl Profile {
    pub fn level(&self, skill: SkillId) -> u8 {
        match self.skills.binary_search_by_key(&skill, |(s, _)| *s) {
            Ok(at) => self.skills[at].1,
            Err(_) => 0,
        }
    }

    pub fn serves_queue(&self, queue_ix: QueueIx) -> bool {
        self.queues.is_empty() || self.queues.binary_search(&queue_ix).is_ok()
    }

    pub fn serves_queue_id(&self, queue: QueueId) -> bool {
        self.queue_ids.is_empty() || self.queue_ids.contains(&queue)
    }

    pub fn service_ms(&self, queue: QueueId) -> u64 {
        self.service_ms.iter().find(|(q, _)| *q == queue).map_or(0, |(_, ms)| *ms)
    }
}

/// Contacts at once, by channel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(in crate::acd) enum Capacity {
    /// One of any channel.
    #[default]
    One,
    Each([u8; CHANNELS]),
}

pub(in crate::acd) const CHANNELS: usize = Channel::ALL.len();
pub(in crate::acd) const ALL_CHANNELS: u8 = (1 << CHANNELS) - 1;

impl Capacity {
    fn of(rule: &AgentRule) -> Self {
        if rule.capacity.is_empty() {
            return Self::One;
        }
        let mut each = [0; CHANNELS];
        for (channel, count) in &rule.capacity {
            each[*channel as usize] = *count;
        }
        Self::Each(each)
    }

    /// The channels, as bits, of which one more contact fits beside these. On the telephone
    /// is one contact, with e-mail alone beside it, which waits meanwhile.
    pub fn free_channels(self, load: &[u8; CHANNELS]) -> u8 {
        match self {
            Self::One => match load.iter().all(|n| *n == 0) {
                true => ALL_CHANNELS,
                false => 0,
            },
            Self::Each(max) => Channel::ALL
                .into_iter()
                .filter(|channel| load[*channel as usize] < max[*channel as usize] && beside(*channel, load))
                .fold(0, |bits, channel| bits | 1 << channel as u8),
        }
    }
}

fn beside(channel: Channel, load: &[u8; CHANNELS]) -> bool {
    Channel::ALL.into_iter().filter(|other| load[*other as usize] > 0).all(|other| match channel == Channel::Voice {
        true => other == Channel::Email,
        false => other != Channel::Voice,
    })
}

#[derive(Debug, Default)]
pub(in crate::acd) struct Model {
    pub rules: Rules,
    queue_ix: IdMap<QueueId, QueueIx>,
    agent_ix: IdMap<AgentId, AgentIx>,
    pub profiles: Vec<Profile>,
    /// By agent index.
    pub profile_of: Table<AgentIx, u32>,
    groups: BTreeMap<String, u16>,
}

type ProfileKey = (Vec<(SkillId, u8)>, Vec<QueueIx>, Vec<QueueId>, Option<u16>, Vec<(QueueId, u64)>, Capacity);

impl Model {
    pub fn new(rules: Rules) -> Self {
        let queue_ix: IdMap<_, _> = rules.queues.iter().zip(0..).map(|(q, ix)| (q.id, QueueIx(ix))).collect();
        let agent_ix = rules.agents.iter().zip(0..).map(|(a, ix)| (a.id, AgentIx(ix))).collect();
        let mut groups = BTreeMap::new();
        let named = rules.groups.iter().map(|g| &g.key).chain(rules.agents.iter().filter_map(|a| a.group.as_ref()));
        for key in named.chain(rules.queues.iter().flat_map(|q| q.reserve.iter().map(|r| &r.group))) {
            let next = groups.len() as u16;
            groups.entry(key.clone()).or_insert(next);
        }
        let mut model = Self {
            rules: Rules::default(),
            queue_ix,
            agent_ix,
            profiles: Vec::new(),
            profile_of: Table::default(),
            groups,
        };
        let mut known: BTreeMap<ProfileKey, u32> = BTreeMap::new();
        for agent in &rules.agents {
            let profile = model.profile(agent);
            let key = (
                profile.skills.clone(),
                profile.queues.clone(),
                profile.queue_ids.clone(),
                profile.group,
                profile.service_ms.clone(),
                profile.capacity,
            );
            let ix = *known.entry(key).or_insert_with(|| {
                model.profiles.push(profile);
                model.profiles.len() as u32 - 1
            });
            model.profile_of.push(ix);
        }
        model.profiles.shrink_to_fit();
        model.rules = rules;
        model
    }

    fn profile(&self, agent: &AgentRule) -> Profile {
        let mut skills = agent.skills.clone();
        skills.sort_unstable();
        skills.reverse();
        skills.dedup_by_key(|(skill, _)| *skill);
        skills.reverse();
        let mut queues: Vec<QueueIx> = agent.queues.iter().filter_map(|q| self.queue_ix(*q)).collect();
        if queues.is_empty() && !agent.queues.is_empty() {
            queues.push(QueueIx::NONE);
        }
        queues.sort_unstable();
        queues.dedup();
        let mut queue_ids = agent.queues.clone();
        queue_ids.sort_unstable();
        let mut service_ms = agent.service_ms.clone();
        service_ms.sort_unstable();
        Profile {
            level_sum: skills.iter().map(|(_, level)| u32::from(*level)).sum(),
            skills,
            queues,
            queue_ids,
            group: agent.group.as_ref().and_then(|key| self.groups.get(key)).copied(),
            group_key: agent.group.clone(),
            service_ms,
            capacity: Capacity::of(agent),
            serves: Vec::new(),
        }
    }

    /// An agent who is signed in but no longer in the rules: serves nothing, and leaves when done.
    pub fn add_orphan(&mut self, agent: AgentId) {
        let ix = self.profile_of.add(self.profiles.len() as u32);
        self.agent_ix.insert(agent, ix);
        let (queues, queue_ids) = (vec![QueueIx::NONE], vec![QueueId(u32::MAX)]);
        self.profiles.push(Profile { queues, queue_ids, ..Profile::default() });
    }

    pub fn queue_ix(&self, queue: QueueId) -> Option<QueueIx> {
        self.queue_ix.get(&queue).copied()
    }

    pub fn agent_ix(&self, agent: AgentId) -> Option<AgentIx> {
        self.agent_ix.get(&agent).copied()
    }

    pub fn queue(&self, ix: QueueIx) -> &QueueRule {
        &self.rules.queues[ix.row()]
    }

    pub fn group(&self, key: &str) -> Option<u16> {
        self.groups.get(key).copied()
    }

    pub fn group_count(&self) -> usize {
        self.groups.len()
    }
}
