//! The checker: makes the choice again from the record alone. It shares no code with the router, so
//! a router that decides by something it did not write down is found out.

use super::{AgentCandidate, AgentFacts, Because, ContactCandidate, ContactFacts, Elsewhere, Pick, Together, Who, Why};
use crate::acd::rules::{AgentSelection, ContactSelection};

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WhyError {
    #[error("the chosen one is not among the candidates")]
    ChosenNotListed,
    #[error("by {policy} another candidate would have been chosen")]
    OtherChoice { policy: String },
    #[error("the key of a candidate contradicts the policy {policy}")]
    KeyContradictsPolicy { policy: String },
    #[error("a candidate is also listed as not eligible")]
    ListedTwice,
    #[error("a reason does not fit what it is given for")]
    ReasonDoesNotFit,
    #[error("no record was kept")]
    Unrecorded,
}

impl Why {
    /// Makes the choice again; an error says where record and choice disagree.
    pub fn check(&self) -> Result<(), WhyError> {
        let candidates: Vec<Who> = match &self.pick {
            Pick::Unrecorded => return Err(WhyError::Unrecorded),
            Pick::Named { agent } => vec![Who::Agent(*agent)],
            Pick::Agent { policy, candidates, chosen } => {
                check_agents(*policy, candidates)?;
                let best = candidates.iter().min_by_key(|c| (c.key, c.tie));
                if !candidates.iter().any(|c| c.agent == *chosen) {
                    return Err(WhyError::ChosenNotListed);
                }
                if best.map(|c| c.agent) != Some(*chosen) {
                    return Err(WhyError::OtherChoice { policy: format!("{policy:?}") });
                }
                candidates.iter().map(|c| Who::Agent(c.agent)).collect()
            }
            Pick::Contact { policy, candidates, chosen } => {
                self.check_contacts(*policy, candidates)?;
                let best = candidates.iter().min_by_key(|c| (c.key, c.arrived, c.tie));
                if !candidates.iter().any(|c| c.contact == *chosen) {
                    return Err(WhyError::ChosenNotListed);
                }
                if best.map(|c| c.contact) != Some(*chosen) {
                    return Err(WhyError::OtherChoice { policy: format!("{policy:?}") });
                }
                candidates.iter().map(|c| Who::Contact(c.contact)).collect()
            }
            Pick::Together(together) => {
                check_together(together)?;
                together.candidates.iter().map(|c| Who::Agent(c.agent)).collect()
            }
        };
        self.check_excluded(&candidates)
    }

    fn check_excluded(&self, candidates: &[Who]) -> Result<(), WhyError> {
        for entry in &self.excluded {
            if candidates.contains(&entry.who) {
                return Err(WhyError::ListedTwice);
            }
            let about_demand =
                matches!(entry.because, Because::Queue | Because::Skill | Because::Level | Because::Reserve);
            if matches!(entry.who, Who::Contact(_)) && !about_demand {
                return Err(WhyError::ReasonDoesNotFit);
            }
        }
        Ok(())
    }

    fn check_contacts(&self, policy: ContactSelection, candidates: &[ContactCandidate]) -> Result<(), WhyError> {
        let fits = |c: &ContactCandidate| self.contact_key(policy, c) == Some(c.key);
        match candidates.iter().all(fits) {
            true => Ok(()),
            false => Err(WhyError::KeyContradictsPolicy { policy: format!("{policy:?}") }),
        }
    }

    /// The key from the facts; `None`: they are not those that the policy looks at.
    fn contact_key(&self, policy: ContactSelection, c: &ContactCandidate) -> Option<(i64, i64)> {
        let (priority, fit) = (i64::from(c.priority), -i64::from(c.fit));
        let key = match (policy, c.facts) {
            (ContactSelection::LongestWaiting, ContactFacts::Above) => (0, 0),
            (ContactSelection::Priority, ContactFacts::Above) => (priority, 0),
            (ContactSelection::Level, ContactFacts::Above) => (fit, priority),
            (ContactSelection::PriorityThenLevel, ContactFacts::Above) => (priority, fit),
            (ContactSelection::Score, ContactFacts::Score { head_start_us, ageing_ppm }) => {
                let waited_us = i128::try_from(self.at.since(c.arrived).as_micros()).ok()?;
                // Nanoseconds; what no 64 bits hold is the largest they hold.
                let aged = (waited_us * i128::from(ageing_ppm) / 1_000).min(i128::from(i64::MAX));
                let head_start = (i128::from(head_start_us) * 1_000).clamp(i64::MIN.into(), i64::MAX.into());
                let score = (head_start + aged).clamp(-i128::from(i64::MAX), i64::MAX.into());
                (i64::try_from(-score).ok()?, 0)
            }
            (ContactSelection::FixedRatio, ContactFacts::Line { waiting, of, share_ppm }) => {
                (i64::from(share_ppm) * i64::from(of) - i64::from(waiting) * 1_000_000, 0)
            }
            (ContactSelection::LongestQueue, ContactFacts::Line { waiting, .. }) => (-i64::from(waiting), 0),
            _ => return None,
        };
        let lines_hold = match c.facts {
            ContactFacts::Line { waiting, of, .. } => waiting >= 1 && of >= waiting,
            _ => true,
        };
        lines_hold.then_some(key)
    }
}

fn check_agents(policy: AgentSelection, candidates: &[AgentCandidate]) -> Result<(), WhyError> {
    let fits = |c: &AgentCandidate| match (policy, c.facts) {
        (AgentSelection::LongestIdle, AgentFacts::Key) => c.key == 0,
        (AgentSelection::LevelThenLongestIdle, AgentFacts::Key) => c.key == -i64::from(c.fit),
        (AgentSelection::MostRecentlyIdle, AgentFacts::Key) => i64::try_from(c.tie).is_ok_and(|tie| c.key == -tie),
        (AgentSelection::MostSkilled, AgentFacts::Key) => c.key <= 0,
        (AgentSelection::LowestOccupancy, AgentFacts::Times { busy_us, signed_in_us }) => {
            // A fraction of 2^52; who was never signed in was never busy.
            let part = (u128::from(busy_us) << 52).checked_div(u128::from(signed_in_us)).unwrap_or(0);
            i64::try_from(part).is_ok_and(|part| part == c.key)
        }
        (AgentSelection::RoundRobin, AgentFacts::Turn { place, before, of }) => {
            let first = before.map_or(0, |before| before + 1);
            // How many come before this one, beginning behind the last and going round.
            let steps = if place >= first { place - first } else { of.saturating_sub(first) + place };
            place < of && c.key == i64::from(steps)
        }
        (
            AgentSelection::LeastSkilled
            | AgentSelection::FewestContacts
            | AgentSelection::FixedOrder
            | AgentSelection::FastestService
            | AgentSelection::Random
            | AgentSelection::WeightedRandom,
            AgentFacts::Key,
        ) => c.key >= 0,
        _ => false,
    };
    match candidates.iter().all(fits) {
        true => Ok(()),
        false => Err(WhyError::KeyContradictsPolicy { policy: format!("{policy:?}") }),
    }
}

/// The chosen one is the best whom nobody earlier has and nobody later cannot do without.
fn check_together(together: &Together) -> Result<(), WhyError> {
    let Together { policy, candidates, chosen, passed_over, place, served, contacts, agents } = together;
    check_agents(*policy, candidates)?;
    let at = candidates.iter().position(|c| c.agent == *chosen).ok_or(WhyError::ChosenNotListed)?;
    let in_order = candidates.is_sorted_by(|a, b| (a.key, a.tie) < (b.key, b.tie));
    if !in_order || passed_over.len() != at {
        return Err(WhyError::OtherChoice { policy: format!("{policy:?}") });
    }
    let counts_hold = *served >= 1 && served <= contacts && served <= agents && (1..=*contacts).contains(place);
    let reasons_hold = candidates.iter().zip(passed_over).all(|(candidate, why)| match why {
        Elsewhere::Earlier { place: other, .. } => other < place,
        Elsewhere::Needed { contacts: theirs, agents: only } => {
            let mut distinct: Vec<_> = only.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let mut needing: Vec<_> = theirs.iter().map(|(contact, _)| *contact).collect();
            needing.sort_unstable();
            needing.dedup();
            distinct.len() == needing.len()
                && needing.len() == theirs.len()
                && distinct.contains(&candidate.agent)
                && !distinct.contains(chosen)
                && theirs.iter().all(|(_, other)| other > place)
        }
        Elsewhere::NeededByMany { contacts: theirs } => theirs <= served,
    });
    if counts_hold && reasons_hold { Ok(()) } else { Err(WhyError::ReasonDoesNotFit) }
}
