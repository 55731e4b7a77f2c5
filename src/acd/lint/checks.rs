//! The checks, one after the other.

use std::collections::BTreeSet;

use super::{Doors, Fault, Finding, Location, LocationKind};
use crate::acd::engine::tables::demand::head_start_us;
use crate::acd::engine::tables::eligibility::{MAX_STAGES, lack};
use crate::acd::engine::tables::index::QueueIx;
use crate::acd::engine::tables::line::Urgency;
use crate::acd::engine::tables::model::{Model, Profile};
use crate::acd::rules::Calendar;
use crate::acd::rules::{Condition, ContactSelection, QueueRule, Requirement, Rules};
use crate::base::{QueueId, SkillId};

pub(super) fn run(rules: &Rules, doors: Option<&Doors>) -> Vec<Finding> {
    let mut linter = Linter { rules, model: Model::new(rules.clone()), found: Vec::new() };
    linter.ids();
    linter.references();
    linter.ranges();
    linter.reach();
    linter.relaxation();
    linter.starvation();
    linter.effects();
    linter.overflow();
    linter.calendars();
    linter.reserves();
    linter.agents();
    if let Some(doors) = doors {
        linter.doors(doors);
    }
    linter.found.sort_by_key(Finding::severity);
    linter.found
}

struct Linter<'a> {
    rules: &'a Rules,
    model: Model,
    found: Vec<Finding>,
}

fn needs(requirement: &Requirement) -> impl Iterator<Item = (SkillId, u8)> + '_ {
    requirement.all.iter().chain(&requirement.any).map(|need| (need.skill, need.min))
}

impl Linter<'_> {
    fn at(&mut self, kind: LocationKind, key: &str, fault: Fault) {
        self.found.push(Finding { place: Location { kind, key: key.to_owned() }, fault });
    }

    fn at_queue(&mut self, queue: &QueueRule, fault: Fault) {
        self.at(LocationKind::Queue, &queue.key, fault);
    }

    fn ids(&mut self) {
        let rules = self.rules;
        let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
        let skills = rules.skills.iter().map(|s| (LocationKind::Skill, s.id.0, &s.key));
        let queues = rules.queues.iter().map(|q| (LocationKind::Queue, q.id.0, &q.key));
        let agents = rules.agents.iter().map(|a| (LocationKind::Agent, a.id.0, &a.key));
        for (kind, id, key) in skills.chain(queues).chain(agents) {
            if !ids.insert((kind.word(), id)) {
                self.at(kind, key, Fault::IdTwice { id });
            }
            if !keys.insert((kind.word(), key)) {
                self.at(kind, key, Fault::KeyTwice);
            }
        }
    }

    fn references(&mut self) {
        let rules = self.rules;
        let skills: BTreeSet<SkillId> = rules.skills.iter().map(|skill| skill.id).collect();
        let queues: BTreeSet<QueueId> = rules.queues.iter().map(|queue| queue.id).collect();
        let groups: BTreeSet<&String> = rules.groups.iter().map(|group| &group.key).collect();
        for queue in &rules.queues {
            let steps = || queue.relax.iter();
            let named = needs(&queue.requirement).map(|(skill, _)| skill);
            let named =
                named.chain(steps().flat_map(|s| s.drop.iter().copied().chain(s.lower.iter().map(|(k, _)| *k))));
            for id in named.filter(|skill| !skills.contains(skill)) {
                self.at_queue(queue, Fault::NoSkill { id });
            }
            let others = queue.overflow.iter().map(|o| o.to).chain(steps().flat_map(|s| s.add_queues.iter().copied()));
            for id in others.filter(|other| !queues.contains(other)) {
                self.at_queue(queue, Fault::NoQueue { id });
            }
            let teams = queue.reserve.iter().map(|r| &r.group).chain(steps().flat_map(|s| &s.add_groups));
            for key in teams.filter(|group| !groups.contains(group)) {
                self.at_queue(queue, Fault::NoGroup { key: key.clone() });
            }
            if let Some(key) = queue.hours.as_ref().filter(|key| !rules.calendars.iter().any(|c| c.key == **key)) {
                self.at_queue(queue, Fault::NoCalendar { key: key.clone() });
            }
        }
        for agent in &rules.agents {
            for (id, _) in agent.skills.iter().filter(|(skill, _)| !skills.contains(skill)) {
                self.at(LocationKind::Agent, &agent.key, Fault::NoSkill { id: *id });
            }
            for id in agent.queues.iter().filter(|queue| !queues.contains(queue)) {
                self.at(LocationKind::Agent, &agent.key, Fault::NoQueue { id: *id });
            }
            if let Some(key) = agent.group.as_ref().filter(|group| !groups.contains(group)) {
                self.at(LocationKind::Agent, &agent.key, Fault::NoGroup { key: key.clone() });
            }
        }
    }

    fn ranges(&mut self) {
        let rules = self.rules;
        for queue in &rules.queues {
            let levels = needs(&queue.requirement).map(|(_, min)| min);
            if levels.chain(queue.relax.iter().filter_map(|s| s.min_level)).any(|level| !(1..=10).contains(&level)) {
                self.at_queue(queue, Fault::Level);
            }
            if !(1..=10).contains(&queue.priority) {
                self.at_queue(queue, Fault::Priority);
            }
            if queue.ring_s == 0 {
                self.at_queue(queue, Fault::RingTime);
            }
            if queue.relax.len() > MAX_STAGES {
                self.at_queue(queue, Fault::TooManySteps { most: MAX_STAGES });
            }
            if queue.short_abandon_s > queue.answer_within_s {
                self.at_queue(queue, Fault::ShortAboveThreshold);
            }
        }
        for agent in &rules.agents {
            if agent.skills.iter().any(|(_, level)| !(1..=10).contains(level)) {
                self.at(LocationKind::Agent, &agent.key, Fault::Level);
            }
        }
    }

    fn may_be_asked(profile: &Profile, queue_ix: QueueIx, queue: &QueueRule, stage: usize) -> bool {
        lack(profile, queue_ix, queue, &[], stage).is_none()
    }

    /// Profiles that may be asked at this stage.
    fn able(&self, queue_ix: QueueIx, queue: &QueueRule, stage: usize) -> usize {
        self.model.profiles.iter().filter(|profile| Self::may_be_asked(profile, queue_ix, queue, stage)).count()
    }

    fn reach(&mut self) {
        let rules = self.rules;
        let had: BTreeSet<SkillId> =
            rules.agents.iter().flat_map(|a| a.skills.iter().map(|(skill, _)| *skill)).collect();
        for (queue, ix) in rules.queues.iter().zip((0..).map(QueueIx)) {
            if self.able(ix, queue, queue.relax.len()) == 0 {
                self.at_queue(queue, Fault::UnreachableQueue);
            }
            let named = needs(&queue.requirement).map(|(skill, _)| skill);
            let nobody: BTreeSet<SkillId> = named.filter(|skill| !had.contains(skill)).collect();
            for id in nobody {
                let known = rules.skills.iter().find(|skill| skill.id == id);
                let skill = known.map_or_else(|| id.to_string(), |skill| skill.key.clone());
                self.at_queue(queue, Fault::SkillNobodyHas { skill });
            }
        }
    }

    fn relaxation(&mut self) {
        let rules = self.rules;
        for (queue, ix) in rules.queues.iter().zip((0..).map(QueueIx)) {
            for step in 1..=queue.relax.len() {
                if self.able(ix, queue, step) == self.able(ix, queue, step - 1) {
                    self.at_queue(queue, Fault::StepWidensNothing { step });
                }
            }
            let times = queue.relax.iter().filter(|step| step.when.is_none()).map(|step| step.after_ms);
            if !times.is_sorted() {
                self.at_queue(queue, Fault::StepsOutOfOrder);
            }
            let limit_ms = queue.max_wait_s.map(|seconds| u64::from(seconds).saturating_mul(1_000));
            for (relax, step) in queue.relax.iter().zip(1..) {
                if limit_ms.is_some_and(|limit| relax.after_ms >= limit) {
                    self.at_queue(queue, Fault::StepAfterMaxWait { step });
                }
            }
        }
    }

    fn starvation(&mut self) {
        let rules = self.rules;
        let strict =
            matches!(rules.contact_selection, ContactSelection::Priority | ContactSelection::PriorityThenLevel);
        let priorities: BTreeSet<u8> = rules.queues.iter().map(|queue| queue.priority).collect();
        if strict && priorities.len() > 1 {
            self.at(LocationKind::Center, "", Fault::StrictPriority);
        }
        if rules.contact_selection == ContactSelection::Level && rules.queues.len() > 1 {
            self.at(LocationKind::Center, "", Fault::BestFirst);
        }
        for queue in rules.queues.iter().filter(|queue| queue.score.ageing_ppm == 0) {
            if rules.contact_selection == ContactSelection::Score {
                self.at_queue(queue, Fault::NoAgeing);
            }
        }
    }

    /// What is written down and changes nothing.
    fn effects(&mut self) {
        let rules = self.rules;
        for queue in &rules.queues {
            let at = |priority| head_start_us(queue, Urgency { priority, bonus_s: 0 });
            let by_score = rules.contact_selection == ContactSelection::Score && queue.priority_step_s > 0;
            if by_score && at(1) == at(10) {
                self.at_queue(queue, Fault::PriorityHasNoEffect);
            }
            if rules.contact_selection == ContactSelection::FixedRatio && queue.share_ppm == 0 {
                self.at_queue(queue, Fault::NoShare);
            }
            for (relax, step) in queue.relax.iter().zip(1..) {
                if let Some(when @ (Condition::ServiceLevelBelow(101..) | Condition::WaitingAbove(0))) = relax.when {
                    self.at_queue(queue, Fault::ConditionAtOnce { step, when });
                }
            }
        }
    }

    /// Following the overflows for one cause must come to an end.
    fn overflow(&mut self) {
        let rules = self.rules;
        for queue in &rules.queues {
            for first in &queue.overflow {
                let mut passed = vec![queue.id];
                let mut next = Some(first.to);
                while let Some(to) = next {
                    if passed.contains(&to) {
                        self.at_queue(queue, Fault::OverflowLoop { when: first.when });
                        break;
                    }
                    passed.push(to);
                    let rule = rules.queues.iter().find(|rule| rule.id == to);
                    next = rule.and_then(|rule| rule.overflow.iter().find(|o| o.when == first.when)).map(|o| o.to);
                }
            }
        }
    }

    /// From the doors on through overflows and relaxation steps every queue must be met.
    fn doors(&mut self, doors: &Doors) {
        let rules = self.rules;
        let mut met: BTreeSet<QueueId> = BTreeSet::new();
        let mut next: Vec<&QueueRule> = rules.queues.iter().filter(|queue| doors.contains(&queue.key)).collect();
        while let Some(queue) = next.pop() {
            if met.insert(queue.id) {
                let over = queue.overflow.iter().map(|over| over.to);
                let to: Vec<QueueId> =
                    over.chain(queue.relax.iter().flat_map(|step| step.add_queues.iter().copied())).collect();
                next.extend(rules.queues.iter().filter(|other| to.contains(&other.id)));
            }
        }
        for queue in rules.queues.iter().filter(|queue| !met.contains(&queue.id)) {
            self.at_queue(queue, Fault::NothingLeadsHere);
        }
    }

    fn calendars(&mut self) {
        for calendar in &self.rules.calendars {
            for fault in calendar_faults(calendar) {
                self.at(LocationKind::Hours, &calendar.key, fault);
            }
        }
    }

    fn reserves(&mut self) {
        let rules = self.rules;
        for queue in &rules.queues {
            for reserve in &queue.reserve {
                let members = rules.agents.iter().filter(|agent| agent.group.as_ref() == Some(&reserve.group)).count();
                if members > 0 && reserve.agents as usize >= members {
                    self.at_queue(queue, Fault::ReserveTakesAll { group: reserve.group.clone(), members });
                }
            }
        }
    }

    fn agents(&mut self) {
        let rules = self.rules;
        let useless = |profile: &Profile| {
            let mut queues = rules.queues.iter().zip((0..).map(QueueIx));
            !queues.any(|(queue, ix)| Self::may_be_asked(profile, ix, queue, queue.relax.len()))
        };
        let useless: Vec<bool> = self.model.profiles.iter().map(useless).collect();
        let profiles = self.model.profile_of.clone();
        for (agent, profile) in rules.agents.iter().zip(profiles) {
            if !rules.queues.is_empty() && useless.get(profile as usize) == Some(&true) {
                self.at(LocationKind::Agent, &agent.key, Fault::AgentWithoutQueue);
            }
        }
    }
}

fn calendar_faults(calendar: &Calendar) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !calendar.zone_is_known() {
        faults.push(Fault::UnknownZone { zone: calendar.zone.clone() });
    }
    let broken = |from: u16, to: u16| from >= to || to > 1_440;
    let odd_day = calendar.weekly.iter().any(|hours| !(1..=7).contains(&hours.day));
    let spans = calendar.weekly.iter().map(|hours| (hours.from_min, hours.to_min));
    let spans = spans.chain(calendar.exceptions.iter().flat_map(|exception| exception.open_min.iter().copied()));
    if odd_day || spans.clone().any(|(from, to)| broken(from, to)) {
        faults.push(Fault::BrokenHours);
    }
    if spans.count() == 0 {
        faults.push(Fault::NeverOpen);
    }
    for day in 1..=7 {
        let mut hours: Vec<_> = calendar
            .weekly
            .iter()
            .filter(|hours| hours.day == day)
            .map(|hours| (hours.from_min, hours.to_min))
            .collect();
        hours.sort_unstable();
        if hours.windows(2).any(|pair| matches!(pair, [(_, end), (begin, _)] if begin < end)) {
            faults.push(Fault::OverlappingHours { day });
        }
    }
    let working: BTreeSet<u8> = calendar.weekly.iter().map(|hours| hours.day).collect();
    let gap =
        (2..=4).find(|day| !working.contains(day) && working.contains(&(day - 1)) && working.contains(&(day + 1)));
    faults.extend(gap.map(|day| Fault::ClosedMidweek { day }));
    faults
}
