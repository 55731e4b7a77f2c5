//! The checker: makes the choice again from the record alone. It shares no code with the router, so
//! a router that decides by something it did not write down is found out.

use super::rules::{AgentSelection, ContactSelection};
use super::why::{AgentCandidate, Because, ContactCandidate, Pick, Who, Why};

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
        let fits = |c: &ContactCandidate| {
            let (priority, fit) = (i64::from(c.priority), -i64::from(c.fit));
            match policy {
                ContactSelection::LongestWaiting => c.key == (0, 0),
                ContactSelection::Priority => c.key == (priority, 0),
                ContactSelection::Level => c.key == (fit, priority),
                ContactSelection::PriorityThenLevel => c.key == (priority, fit),
                ContactSelection::Score | ContactSelection::FixedRatio | ContactSelection::LongestQueue => {
                    c.key.1 == 0 && c.arrived <= self.at
                }
            }
        };
        match candidates.iter().all(fits) {
            true => Ok(()),
            false => Err(WhyError::KeyContradictsPolicy { policy: format!("{policy:?}") }),
        }
    }
}

fn check_agents(policy: AgentSelection, candidates: &[AgentCandidate]) -> Result<(), WhyError> {
    let fits = |c: &AgentCandidate| match policy {
        AgentSelection::LongestIdle => c.key == 0,
        AgentSelection::LevelThenLongestIdle => c.key == -i64::from(c.fit),
        AgentSelection::MostRecentlyIdle => c.key == -(c.tie as i64),
        AgentSelection::MostSkilled => c.key <= 0,
        _ => c.key >= 0,
    };
    match candidates.iter().all(fits) {
        true => Ok(()),
        false => Err(WhyError::KeyContradictsPolicy { policy: format!("{policy:?}") }),
    }
}
