//! Whether waits must be predicted when a day is run again. What is told to callers decides nothing, so both
//! days are run without announcements and predictions, unless some rule asks for the estimate.

use super::Question;
use crate::acd::Input;
use crate::acd::engine::router::{Router, Settings};
use crate::acd::journal::Checkpoint;
use crate::acd::journal::Entry;
use crate::acd::rules::{Condition, OverflowWhen, Rules};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Estimates {
    Needed,
    Idle,
}

impl Estimates {
    pub fn of(question: &Question) -> Self {
        let in_journal = question.entries.iter().filter_map(|entry| match entry {
            Entry::Begin(checkpoint) => Some(checkpoint.state.rules()),
            Entry::Input { input: Input::Configure(rules), .. } => Some(&**rules),
            Entry::Mark { .. } | Entry::Input { .. } => None,
        });
        let mut rules = in_journal.chain([&question.rules, question.begin.state.rules()]);
        if rules.any(asks_for_estimates) { Self::Needed } else { Self::Idle }
    }

    /// The rules as they decide, without what is only told.
    pub fn plain(self, rules: &Rules) -> Rules {
        let mut rules = rules.clone();
        if self == Self::Idle {
            for queue in &mut rules.queues {
                (queue.announce_s, queue.announce_first_s) = (0, None);
            }
        }
        rules
    }

    /// As it was, without records of the reasons: they decide nothing.
    pub fn restored(self, checkpoint: &Checkpoint) -> Router {
        let estimates = checkpoint.settings.estimates && self == Self::Needed;
        let settings = Settings { explain: 0, estimates, ..checkpoint.settings.clone() };
        Router::restore(settings, checkpoint.state.clone(), checkpoint.at)
    }
}

fn asks_for_estimates(rules: &Rules) -> bool {
    rules.queues.iter().any(|queue| {
        queue.relax.iter().any(|step| matches!(step.when, Some(Condition::EstimateAbove(_))))
            || queue.overflow.iter().any(|over| matches!(over.when, OverflowWhen::EstimateAbove(_)))
    })
}
