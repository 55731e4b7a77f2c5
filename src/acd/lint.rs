//! The linter: what rules say that they can hardly mean. Run by `carillon check`, by the API before it
//! saves, and in shadow beside live rules.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::eligibility::{MAX_STAGES, lack};
use super::model::Model;
use super::rules::{ContactSelection, QueueRule, Requirement, Rules};
use crate::base::{QueueId, SkillId};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rules cannot be taken.
    Error,
    /// They can, but somebody will be surprised.
    Warning,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    pub fault: Fault,
    /// Where: `queue support`, `agent ana`.
    pub place: String,
    pub message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    DuplicateId,
    UnknownReference,
    OutOfRange,
    UnreachableQueue,
    SkillNobodyHas,
    RelaxationNeverWidens,
    Starvation,
    OverflowLoop,
    CalendarHole,
    ReserveTakesAll,
}

/// All findings, errors first, then in the order of the rules.
pub fn lint(rules: &Rules) -> Vec<Finding> {
    let mut linter = Linter { rules, model: Model::new(rules.clone()), found: Vec::new() };
    linter.ids();
    linter.references();
    linter.ranges();
    linter.reach();
    linter.relaxation();
    linter.starvation();
    linter.overflow();
    linter.calendars();
    linter.reserves();
    linter.found.sort_by_key(|finding| finding.severity);
    linter.found
}

struct Linter<'a> {
    rules: &'a Rules,
    model: Model,
    found: Vec<Finding>,
}

fn at_queue(queue: &QueueRule) -> String {
    format!("queue {}", queue.key)
}

fn needs(requirement: &Requirement) -> impl Iterator<Item = (SkillId, u8)> + '_ {
    requirement.all.iter().chain(&requirement.any).map(|need| (need.skill, need.min))
}

impl Linter<'_> {
    fn report(&mut self, severity: Severity, fault: Fault, place: impl Into<String>, message: impl Into<String>) {
        self.found.push(Finding { severity, fault, place: place.into(), message: message.into() });
    }

    fn error(&mut self, fault: Fault, place: impl Into<String>, message: impl Into<String>) {
        self.report(Severity::Error, fault, place, message);
    }

    fn warn(&mut self, fault: Fault, place: impl Into<String>, message: impl Into<String>) {
        self.report(Severity::Warning, fault, place, message);
    }

    fn ids(&mut self) {
        let rules = self.rules;
        let mut seen = BTreeSet::new();
        let skills = rules.skills.iter().map(|s| ("skill", s.id.0, &s.key));
        let queues = rules.queues.iter().map(|q| ("queue", q.id.0, &q.key));
        let agents = rules.agents.iter().map(|a| ("agent", a.id.0, &a.key));
        for (kind, id, key) in skills.chain(queues).chain(agents) {
            if !seen.insert((kind, id.to_string())) {
                self.error(Fault::DuplicateId, format!("{kind} {key}"), format!("id {id} is used twice"));
            }
            if !seen.insert((kind, format!("key {key}"))) {
                self.error(Fault::DuplicateId, format!("{kind} {key}"), "the key is used twice");
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
            for skill in named.filter(|skill| !skills.contains(skill)) {
                self.error(Fault::UnknownReference, at_queue(queue), format!("no skill with id {skill}"));
            }
            let others = queue.overflow.iter().map(|o| o.to).chain(steps().flat_map(|s| s.add_queues.iter().copied()));
            for other in others.filter(|other| !queues.contains(other)) {
                self.error(Fault::UnknownReference, at_queue(queue), format!("no queue with id {other}"));
            }
            let teams = queue.reserve.iter().map(|r| &r.group).chain(steps().flat_map(|s| &s.add_groups));
            for group in teams.filter(|group| !groups.contains(group)) {
                self.error(Fault::UnknownReference, at_queue(queue), format!("no group {group}"));
            }
            if let Some(key) = queue.hours.as_ref().filter(|key| !rules.calendars.iter().any(|c| c.key == **key)) {
                self.error(Fault::UnknownReference, at_queue(queue), format!("no calendar {key}"));
            }
        }
        for agent in &rules.agents {
            let place = || format!("agent {}", agent.key);
            for (skill, _) in agent.skills.iter().filter(|(skill, _)| !skills.contains(skill)) {
                self.error(Fault::UnknownReference, place(), format!("no skill with id {skill}"));
            }
            for queue in agent.queues.iter().filter(|queue| !queues.contains(queue)) {
                self.error(Fault::UnknownReference, place(), format!("no queue with id {queue}"));
            }
            if let Some(group) = agent.group.as_ref().filter(|group| !groups.contains(group)) {
                self.error(Fault::UnknownReference, place(), format!("no group {group}"));
            }
        }
    }

    fn ranges(&mut self) {
        let rules = self.rules;
        for queue in &rules.queues {
            let levels = needs(&queue.requirement).map(|(_, min)| min);
            if levels.chain(queue.relax.iter().filter_map(|s| s.min_level)).any(|level| !(1..=10).contains(&level)) {
                self.error(Fault::OutOfRange, at_queue(queue), "levels run from 1 to 10");
            }
            if !(1..=10).contains(&queue.priority) {
                self.error(Fault::OutOfRange, at_queue(queue), "priority runs from 1 to 10");
            }
            if queue.ring_s == 0 {
                self.error(Fault::OutOfRange, at_queue(queue), "ring_s must be at least 1");
            }
            if queue.relax.len() > MAX_STAGES {
                self.error(Fault::OutOfRange, at_queue(queue), format!("at most {MAX_STAGES} relaxation steps"));
            }
            if queue.short_abandon_s > queue.answer_within_s {
                self.warn(Fault::OutOfRange, at_queue(queue), "short_abandon_s is above answer_within_s");
            }
        }
        for agent in &rules.agents {
            if agent.skills.iter().any(|(_, level)| !(1..=10).contains(level)) {
                self.error(Fault::OutOfRange, format!("agent {}", agent.key), "levels run from 1 to 10");
            }
        }
    }

    /// Profiles that may be asked at this stage.
    fn able(&self, queue_ix: u32, queue: &QueueRule, stage: usize) -> usize {
        let profiles = self.model.profiles.iter();
        profiles.filter(|profile| lack(profile, queue_ix, queue, &[], stage).is_none()).count()
    }

    fn reach(&mut self) {
        let rules = self.rules;
        for (queue, ix) in rules.queues.iter().zip(0u32..) {
            if self.able(ix, queue, queue.relax.len()) == 0 {
                let message = "no agent could ever serve it, not even fully relaxed";
                self.warn(Fault::UnreachableQueue, at_queue(queue), message);
            }
            let missing = |skill: &SkillId| !rules.agents.iter().any(|a| a.skills.iter().any(|(has, _)| has == skill));
            let nobody: BTreeSet<SkillId> = needs(&queue.requirement).map(|(skill, _)| skill).filter(missing).collect();
            for skill in nobody {
                let key =
                    rules.skills.iter().find(|s| s.id == skill).map_or_else(|| skill.to_string(), |s| s.key.clone());
                self.warn(Fault::SkillNobodyHas, at_queue(queue), format!("no agent has the skill {key}"));
            }
        }
    }

    fn relaxation(&mut self) {
        let rules = self.rules;
        for (queue, ix) in rules.queues.iter().zip(0u32..) {
            for stage in 1..=queue.relax.len() {
                if self.able(ix, queue, stage) == self.able(ix, queue, stage - 1) {
                    let message = format!("step {stage} lets nobody in who was not asked before");
                    self.warn(Fault::RelaxationNeverWidens, at_queue(queue), message);
                }
            }
            let times = queue.relax.iter().filter(|step| step.when.is_none()).map(|step| step.after_ms);
            if !times.is_sorted() {
                self.warn(Fault::RelaxationNeverWidens, at_queue(queue), "the steps are not in order of time");
            }
            let limit_ms = queue.max_wait_s.map(|seconds| u64::from(seconds) * 1_000);
            let late = |ms: u64| limit_ms.is_some_and(|limit| ms >= limit);
            if queue.relax.iter().any(|step| late(step.after_ms)) {
                self.warn(Fault::RelaxationNeverWidens, at_queue(queue), "a step comes after the maximum wait");
            }
        }
    }

    fn starvation(&mut self) {
        let rules = self.rules;
        let strict =
            matches!(rules.contact_selection, ContactSelection::Priority | ContactSelection::PriorityThenLevel);
        let priorities: BTreeSet<u8> = rules.queues.iter().map(|queue| queue.priority).collect();
        if strict && priorities.len() > 1 {
            let message = "strict priority: while urgent contacts keep coming, the others wait for ever";
            self.warn(Fault::Starvation, "contact_selection", message);
        }
        if rules.contact_selection == ContactSelection::Level && rules.queues.len() > 1 {
            let message = "an agent never leaves what they are best at while such contacts wait";
            self.warn(Fault::Starvation, "contact_selection", message);
        }
        for queue in rules.queues.iter().filter(|queue| queue.score.ageing_ppm == 0) {
            if rules.contact_selection == ContactSelection::Score {
                self.warn(Fault::Starvation, at_queue(queue), "without ageing a low score stays low for ever");
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
                        let message = format!("the overflow on {:?} comes back to a queue it left", first.when);
                        self.warn(Fault::OverflowLoop, at_queue(queue), message);
                        break;
                    }
                    passed.push(to);
                    let rule = rules.queues.iter().find(|rule| rule.id == to);
                    next = rule.and_then(|rule| rule.overflow.iter().find(|o| o.when == first.when)).map(|o| o.to);
                }
            }
        }
    }

    fn calendars(&mut self) {
        let rules = self.rules;
        for calendar in &rules.calendars {
            let place = || format!("calendar {}", calendar.key);
            if !calendar.zone_is_known() {
                self.error(Fault::CalendarHole, place(), format!("no time zone {:?}", calendar.zone));
            }
            let broken = |from: u16, to: u16| from >= to || to > 1_440;
            let odd_day = calendar.weekly.iter().any(|hours| !(1..=7).contains(&hours.day));
            let spans = calendar.weekly.iter().map(|hours| (hours.from_min, hours.to_min));
            let spans =
                spans.chain(calendar.exceptions.iter().flat_map(|exception| exception.open_min.iter().copied()));
            if odd_day || spans.clone().any(|(from, to)| broken(from, to)) {
                self.error(Fault::CalendarHole, place(), "hours must lie within a day of the week, from before to");
            }
            if spans.count() == 0 {
                self.warn(Fault::CalendarHole, place(), "never open");
            }
            let working: BTreeSet<u8> = calendar.weekly.iter().map(|hours| hours.day).collect();
            let gap = (2..=4)
                .any(|day| !working.contains(&day) && working.contains(&(day - 1)) && working.contains(&(day + 1)));
            if gap {
                self.warn(Fault::CalendarHole, place(), "closed on one day in the middle of the week");
            }
        }
    }

    fn reserves(&mut self) {
        let rules = self.rules;
        for queue in &rules.queues {
            for reserve in &queue.reserve {
                let members = rules.agents.iter().filter(|agent| agent.group.as_ref() == Some(&reserve.group)).count();
                if members > 0 && reserve.agents as usize >= members {
                    let message = format!("keeps all {members} agents of {} free: it never gets one", reserve.group);
                    self.warn(Fault::ReserveTakesAll, at_queue(queue), message);
                }
            }
        }
    }
}
