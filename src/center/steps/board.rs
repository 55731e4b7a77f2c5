//! The wallboard is asked for, or who waits.

use crate::base::{AgentId, ContactId, Instant};
use crate::center::Center;
use crate::center::board::read::Sight;
use crate::center::board::{Board, BoardChanges};
use crate::center::caller::Caller;
use crate::center::desk::Snapshot;
use crate::sip::TrunkView;

/// What the board may see, beside the wall itself.
macro_rules! sight {
    ($center:ident) => {
        &Sight {
            rules: &$center.rules,
            router: &$center.router,
            seats: &$center.seats,
            visits: &$center.visits,
            call_backs: &$center.call_backs,
            tallies: &$center.tallies,
        }
    };
}

impl Center {
    /// The wallboard at this moment.
    pub fn board(&mut self, now: Instant) -> Board {
        let touched = self.seats.take_touched();
        self.wall.board(now, touched, sight!(self))
    }

    /// What may have changed since this was asked last; everything at first, and under new rules.
    pub fn board_changes(&mut self, now: Instant) -> BoardChanges {
        let touched = self.seats.take_touched();
        self.wall.changes(now, touched, sight!(self))
    }

    /// Everything the agent's desktop shows; `None` for somebody who is no agent.
    pub fn snapshot(&self, agent: AgentId) -> Option<Snapshot> {
        let preview = self.campaigns.reads(agent, &self.rules.configuration.region);
        Some(Snapshot { preview, ..self.seats.snapshot(agent, &self.visits, &self.rules)? })
    }

    /// What is known of the trunks that calls may go out through, by name.
    pub fn trunks(&self, now: Instant) -> Vec<TrunkView> {
        self.sip.trunks(now)
    }

    /// Those of `contacts` that are here.
    pub fn callers(&self, contacts: &[ContactId]) -> Vec<Caller> {
        let sight = sight!(self);
        contacts.iter().filter_map(|contact| sight.caller(*contact)).collect()
    }
}
