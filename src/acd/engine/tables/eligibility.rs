//! Who may serve what: a demand (a queue's requirement and what the contact adds) against a skill
//! profile, at each relaxation stage.

use super::index::QueueIx;
use super::model::Profile;
use crate::acd::rules::{QueueRule, SkillNeed};
use crate::base::SkillId;

/// How a profile stands to a demand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) struct Bearing {
    /// The first relaxation stage at which the profile may be asked; 0: at once.
    pub ring: u8,
    /// Weighted mean level over the required skills, in hundredths.
    pub fit: u16,
}

/// Why a profile may not be asked at a stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) enum Lack {
    Queue,
    Skill,
    Level,
}

/// Relaxation steps that count; more are refused by the linter.
pub(in crate::acd) const MAX_STAGES: usize = 30;

/// `None`: never.
pub(in crate::acd) fn standing(
    profile: &Profile,
    queue_ix: QueueIx,
    rule: &QueueRule,
    extra: &[(SkillId, u8)],
) -> Option<Bearing> {
    let last = rule.relax.len().min(MAX_STAGES);
    let ring = (0..=last).find(|stage| lack(profile, queue_ix, rule, extra, *stage).is_none())?;
    Some(Bearing { ring: ring as u8, fit: fit(profile, rule, extra) })
}

/// What the profile lacks at this stage; `None`: nothing.
pub(in crate::acd) fn lack(
    profile: &Profile,
    queue_ix: QueueIx,
    rule: &QueueRule,
    extra: &[(SkillId, u8)],
    stage: usize,
) -> Option<Lack> {
    let steps = rule.relax.get(..stage).unwrap_or(&rule.relax);
    let invited = steps.iter().any(|step| {
        profile.group_key.as_ref().is_some_and(|group| step.add_groups.contains(group))
            || step.add_queues.iter().any(|queue| profile.serves_queue_id(*queue))
    });
    if !profile.serves_queue(queue_ix) && !invited {
        return Some(Lack::Queue);
    }
    let mut lacks = None;
    for need in needs(rule, extra) {
        match relaxed_minimum(need, steps) {
            Some(min) if profile.level(need.skill) == 0 && min > 0 => return Some(Lack::Skill),
            Some(min) if profile.level(need.skill) < min => lacks = Some(Lack::Level),
            _ => {}
        }
    }
    if lacks.is_some() || rule.requirement.any.is_empty() {
        return lacks;
    }
    let mut lacks = Some(Lack::Skill);
    for need in &rule.requirement.any {
        let level = profile.level(need.skill);
        match relaxed_minimum(*need, steps) {
            None => return None,
            Some(min) if level >= min && level > 0 => return None,
            Some(_) if level > 0 => lacks = Some(Lack::Level),
            Some(_) => {}
        }
    }
    lacks
}

fn needs<'a>(rule: &'a QueueRule, extra: &'a [(SkillId, u8)]) -> impl Iterator<Item = SkillNeed> + 'a {
    let extra = extra.iter().map(|(skill, min)| SkillNeed { skill: *skill, min: *min, weight: 1 });
    rule.requirement.all.iter().copied().chain(extra)
}

/// The minimum after these steps; `None`: the skill is no longer needed.
fn relaxed_minimum(need: SkillNeed, steps: &[crate::acd::rules::RelaxStep]) -> Option<u8> {
    let mut min = need.min.max(1);
    for step in steps {
        if step.drop.contains(&need.skill) {
            return None;
        }
        if let Some(level) = step.min_level {
            min = min.min(level);
        }
        if let Some((_, level)) = step.lower.iter().find(|(skill, _)| *skill == need.skill) {
            min = min.min(*level);
        }
    }
    Some(min.max(1))
}

fn fit(profile: &Profile, rule: &QueueRule, extra: &[(SkillId, u8)]) -> u16 {
    let (mut sum, mut weights) = (0u32, 0u32);
    for need in needs(rule, extra) {
        let weight = u32::from(need.weight);
        sum += weight * u32::from(profile.level(need.skill));
        weights += weight;
    }
    let best = rule.requirement.any.iter().max_by_key(|need| profile.level(need.skill) as u32 * need.weight as u32);
    if let Some(need) = best {
        sum += u32::from(need.weight) * u32::from(profile.level(need.skill));
        weights += u32::from(need.weight);
    }
    (sum * 100).checked_div(weights).unwrap_or(0).min(u32::from(u16::MAX)) as u16
}
