//! What contacts ask for: a queue's requirement and what a contact adds to it. Contacts with the same
//! demand share the lists of idle agents, sorted into tiers, and differ only in urgency (their line).

use super::eligibility::{MAX_STAGES, standing};
use super::idle::{IdleEntry, IdleList, IdleWords};
use super::index::{DemandIx, Ix as _, LineIx, QueueIx, Table};
use super::line::{Line, Urgency};
use super::model::{Model, Profile, Serves};
use crate::acd::rules::{AgentSelection, Condition, ContactSelection, QueueRule};
use crate::acd::why::ContactFacts;
use crate::base::{Instant, SkillId};

/// Idle agents that the queue's policy ranks equally and that become eligible together.
#[derive(Debug)]
pub(in crate::acd) struct Tier {
    key: TierKey,
    pub idle: IdleList,
}

/// The smaller rank is asked first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::acd) struct TierKey {
    pub rank: i64,
    pub ring: u8,
    pub fit: u16,
    /// Group index, and how many of it stay free.
    pub reserve: Option<(u16, u32)>,
}

impl Tier {
    pub fn key(&self) -> TierKey {
        self.key
    }

    /// May be asked at this stage with so many of each group ready.
    pub fn is_open(&self, stage: u8, ready_in_group: &[u32]) -> bool {
        self.key.ring <= stage && self.reserve_allows(ready_in_group)
    }

    pub fn reserve_allows(&self, ready_in_group: &[u32]) -> bool {
        match self.key.reserve {
            None => true,
            Some((group, kept)) => ready_in_group[group as usize] > kept,
        }
    }
}

#[derive(Debug)]
pub(in crate::acd) struct Demand {
    pub queue: QueueIx,
    pub extra: Vec<(SkillId, u8)>,
    pub channel: crate::base::Channel,
    /// Of the queue's rule, at hand where contacts are compared.
    pub ageing_ppm: u64,
    pub share_ppm: u32,
    /// Microseconds of waiting after which each relaxation step holds; `u64::MAX`: by condition only.
    after_us: Vec<u64>,
    pub conditions: Vec<Option<Condition>>,
    /// Stage that conditions give to every contact.
    pub floor: u8,
    /// Sorted by key.
    pub tiers: Vec<Tier>,
    /// False: all lists of idle agents are empty.
    pub lists_idle: bool,
    /// Lines that are not empty.
    pub lines: Vec<LineIx>,
    /// Signed-in agents by the stage at which they may be asked.
    pub staffed: Vec<u32>,
}

impl Demand {
    fn new(queue: QueueIx, extra: Vec<(SkillId, u8)>, rule: &QueueRule) -> Self {
        let steps = rule.relax.get(..MAX_STAGES).unwrap_or(&rule.relax);
        let after = |step: &crate::acd::RelaxStep| match (step.when, step.after_ms) {
            (Some(_), 0) => u64::MAX,
            (_, ms) => ms.saturating_mul(1_000),
        };
        Self {
            queue,
            extra,
            channel: rule.channel,
            ageing_ppm: rule.score.ageing_ppm,
            share_ppm: rule.share_ppm,
            after_us: steps.iter().map(after).collect(),
            conditions: steps.iter().map(|step| step.when).collect(),
            floor: 0,
            tiers: Vec::new(),
            lists_idle: false,
            lines: Vec::new(),
            staffed: vec![0; steps.len() + 1],
        }
    }

    /// Relaxation steps in force for a contact that came at `arrived`.
    pub fn stage(&self, arrived: Instant, now: Instant) -> u8 {
        self.stage_by_time(arrived, now).max(self.floor)
    }

    fn stage_by_time(&self, arrived: Instant, now: Instant) -> u8 {
        let waited = now.as_micros().saturating_sub(arrived.as_micros());
        self.after_us.iter().rposition(|after| *after <= waited).map_or(0, |step| step as u8 + 1)
    }

    /// When the next step holds by time, whether or not a condition gives it already: by then the condition
    /// may be over.
    pub fn next_stage_at(&self, arrived: Instant, now: Instant) -> Option<Instant> {
        self.step_above(self.stage_by_time(arrived, now), arrived)
    }

    /// When more than now may be asked, by time.
    pub fn widens_at(&self, arrived: Instant, now: Instant) -> Option<Instant> {
        self.step_above(self.stage(arrived, now), arrived)
    }

    fn step_above(&self, stage: u8, arrived: Instant) -> Option<Instant> {
        let after = *self.after_us.get(stage as usize..)?.iter().min()?;
        (after < u64::MAX).then(|| Instant::from_micros(arrived.as_micros().saturating_add(after)))
    }

    /// Signed-in agents who may be asked at this stage.
    pub fn staffed_at(&self, stage: u8) -> u32 {
        self.staffed.iter().take(stage as usize + 1).sum()
    }
}

/// Where the policy puts agents of a profile; dynamic policies rank all alike here.
fn rank(policy: AgentSelection, profile: &Profile, fit: u16, rule: &QueueRule) -> i64 {
    match policy {
        AgentSelection::LevelThenLongestIdle => -i64::from(fit),
        AgentSelection::MostSkilled => -i64::from(profile.level_sum),
        AgentSelection::LeastSkilled => i64::from(profile.level_sum),
        AgentSelection::FastestService => match profile.service_ms(rule.id) {
            0 => i64::MAX,
            ms => i64::try_from(ms).unwrap_or(i64::MAX),
        },
        _ => 0,
    }
}

#[derive(Debug, Default)]
pub(in crate::acd) struct Demands {
    pub all: Table<DemandIx, Demand>,
    /// By queue: its demands, by what they add to the queue's own, which comes first.
    of_queue: Table<QueueIx, Vec<DemandIx>>,
    pub lines: Table<LineIx, Line>,
    free_lines: Vec<LineIx>,
}

/// Bounds the memory that strange combinations of demanded skills can take.
pub(in crate::acd) const MAX_DEMANDS: usize = 4_096;

impl Demands {
    /// `extra`: sorted. The queue's own demand stands at the queue's index.
    pub fn find(&self, queue: QueueIx, extra: &[(SkillId, u8)]) -> Option<DemandIx> {
        if extra.is_empty() {
            let own = DemandIx::of_queue(queue);
            return self.all.get(own).map(|_| own);
        }
        let known = self.of_queue.get(queue)?;
        known.binary_search_by(|ix| self.all[*ix].extra.as_slice().cmp(extra)).ok().map(|at| known[at])
    }

    /// At least half of what there is room for is not in use.
    pub fn are_idle(&self) -> bool {
        self.all.iter().filter(|demand| !demand.lines.is_empty() || demand.extra.is_empty()).count() <= MAX_DEMANDS / 2
    }

    /// All demands of a queue.
    pub fn of_queue(&self, queue: QueueIx) -> impl Iterator<Item = &Demand> {
        self.of_queue.get(queue).into_iter().flatten().map(|ix| &self.all[*ix])
    }

    /// Puts a demand into a list that is kept in the order of queues and of what is added to them: the
    /// order in which demands came up must not decide, since after a restart it is another.
    pub fn insert_in_order(&self, list: &mut Vec<DemandIx>, demand: DemandIx) {
        let key = |ix: DemandIx| (self.all[ix].queue, &self.all[ix].extra);
        let at = list.partition_point(|other| key(*other) < key(demand));
        list.insert(at, demand);
    }

    /// Adds a demand and tells each profile its standing. Idle agents come in with `admit`.
    pub fn add(&mut self, queue: QueueIx, extra: Vec<(SkillId, u8)>, model: &mut Model) -> DemandIx {
        let ix = DemandIx(self.all.len() as u32);
        let Model { rules, profiles, .. } = model;
        let rule = &rules.queues[queue.row()];
        let mut demand = Demand::new(queue, extra, rule);
        let mut placed: Vec<(TierKey, usize)> = Vec::new();
        for (at, profile) in profiles.iter().enumerate() {
            let Some(found) = standing(profile, queue, rule, &demand.extra) else { continue };
            let kept = |group: &str| rule.reserve.iter().find(|r| r.group == group).map(|r| r.agents);
            let reserve = profile.group.zip(profile.group_key.as_deref().and_then(kept));
            let rank = rank(rule.agent_selection, profile, found.fit, rule);
            placed.push((TierKey { rank, ring: found.ring, fit: found.fit, reserve }, at));
        }
        placed.sort_unstable();
        for (key, at) in placed {
            if demand.tiers.last().is_none_or(|tier| tier.key != key) {
                demand.tiers.push(Tier { key, idle: IdleList::new(demand.channel) });
            }
            let tier = demand.tiers.len() as u16 - 1;
            let is_reserved = key.reserve.is_some();
            profiles[at].serves.push(Serves { demand: ix, tier, fit: key.fit, ring: key.ring, is_reserved });
        }
        self.all.push(demand);
        if self.of_queue.len() <= queue.row() {
            self.of_queue.resize(queue.row() + 1, Vec::new());
        }
        let mut known = std::mem::take(&mut self.of_queue[queue]);
        self.insert_in_order(&mut known, ix);
        self.of_queue[queue] = known;
        ix
    }

    /// Puts an idle agent into the lists of all demands its profile serves.
    pub fn admit(&mut self, entry: IdleEntry, profile: &Profile, words: &IdleWords) {
        let word = words[entry.agent];
        for serves in &profile.serves {
            let demand = &mut self.all[serves.demand];
            if word.free_for(demand.channel) {
                demand.lists_idle = true;
                demand.tiers[serves.tier as usize].idle.push(entry, words);
            }
        }
    }

    pub fn admit_to(&mut self, demand: DemandIx, entry: IdleEntry, profile: &Profile, words: &IdleWords) {
        let Some(serves) = profile.serves.iter().find(|s| s.demand == demand) else { return };
        if words[entry.agent].free_for(self.all[demand].channel) {
            self.all[demand].lists_idle = true;
            self.all[demand].tiers[serves.tier as usize].idle.push(entry, words);
        }
    }

    pub fn count_staff(&mut self, profile: &Profile, signed_in: bool) {
        for serves in &profile.serves {
            if let Some(count) = self.all[serves.demand].staffed.get_mut(serves.ring as usize) {
                *count = if signed_in { *count + 1 } else { count.saturating_sub(1) };
            }
        }
    }

    /// The line of this demand and urgency, made when there is none.
    pub fn line(&mut self, demand: DemandIx, urgency: Urgency, rule: &QueueRule) -> LineIx {
        let lines = &self.all[demand].lines;
        if let Some(line) = lines.iter().find(|line| self.lines[**line].urgency == urgency) {
            return *line;
        }
        let line = self.free_lines.pop().unwrap_or_else(|| self.lines.add(Line::default()));
        self.lines[line].reset(demand, urgency, head_start_us(rule, urgency));
        self.all[demand].lines.push(line);
        line
    }

    /// An emptied line goes back.
    pub fn release_if_empty(&mut self, line: LineIx) {
        if !self.lines[line].is_empty() {
            return;
        }
        let lines = &mut self.all[self.lines[line].demand].lines;
        if let Some(at) = lines.iter().position(|l| *l == line) {
            lines.swap_remove(at);
            self.free_lines.push(line);
        }
    }
}

/// Priority, bonus and the queue's own head start together, capped.
pub(in crate::acd) fn head_start_us(rule: &QueueRule, urgency: Urgency) -> i64 {
    let steps = i64::from(10_u8.saturating_sub(urgency.priority));
    let seconds = i64::from(urgency.bonus_s) + steps * i64::from(rule.priority_step_s);
    let wanted = rule.score.base_ms.saturating_mul(1_000).saturating_add(seconds.saturating_mul(1_000_000));
    wanted.min(i64::from(rule.score.max_bonus_s) * 1_000_000)
}

/// What the contact policy compares; the smaller goes first, then the earlier arrival.
pub(in crate::acd) struct ContactKey {
    pub policy: ContactSelection,
    pub ageing_ppm: u64,
    pub share_ppm: u32,
    pub now: Instant,
    pub waiting_in_queue: u32,
    pub waiting: u32,
}

impl ContactKey {
    pub fn of(&self, line: (Urgency, i64), arrived: Instant, fit: u16) -> (i64, i64) {
        let (urgency, head_start_us) = line;
        let priority = i64::from(urgency.priority);
        let fitness = -i64::from(fit);
        match self.policy {
            ContactSelection::LongestWaiting => (0, 0),
            ContactSelection::Priority => (priority, 0),
            ContactSelection::Level => (fitness, priority),
            ContactSelection::PriorityThenLevel => (priority, fitness),
            ContactSelection::Score => (self.score_ns(head_start_us, arrived).saturating_neg(), 0),
            ContactSelection::FixedRatio => {
                let share = i64::from(self.share_ppm) * i64::from(self.waiting);
                (share - i64::from(self.waiting_in_queue) * 1_000_000, 0)
            }
            ContactSelection::LongestQueue => (-i64::from(self.waiting_in_queue), 0),
        }
    }

    /// What the key was computed from, beside priority, fitness and arrival.
    pub fn facts(&self, head_start_us: i64) -> ContactFacts {
        match self.policy {
            ContactSelection::Score => ContactFacts::Score { head_start_us, ageing_ppm: self.ageing_ppm },
            ContactSelection::FixedRatio | ContactSelection::LongestQueue => {
                ContactFacts::Line { waiting: self.waiting_in_queue, of: self.waiting, share_ppm: self.share_ppm }
            }
            _ => ContactFacts::Above,
        }
    }

    /// Nanoseconds of score; what 64 bits do not hold is the largest that they hold.
    fn score_ns(&self, head_start_us: i64, arrived: Instant) -> i64 {
        let waited = self.now.as_micros().saturating_sub(arrived.as_micros());
        let aged = match waited.checked_mul(self.ageing_ppm) {
            Some(product) => i64::try_from(product / 1_000).unwrap_or(i64::MAX),
            None => i64::try_from(u128::from(waited) * u128::from(self.ageing_ppm) / 1_000).unwrap_or(i64::MAX),
        };
        head_start_us.saturating_mul(1_000).saturating_add(aged)
    }
}
