//! The wallboard is asked for, or who waits; its figures are watched.

use crate::base::{AgentId, AlertId, ContactId, Instant};
use crate::center::Center;
use crate::center::alert::{self, Writer};
use crate::center::board::read::Sight;
use crate::center::board::watching::figure_of;
use crate::center::board::{Board, BoardChanges};
use crate::center::caller::Caller;
use crate::center::desk::Snapshot;
use crate::center::output::Output;
use crate::center::turn::Due;
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

    /// Figures are looked at: has one been beyond its limit for so long that somebody should know?
    pub(in crate::center) fn alerts_due(&mut self, now: Instant, out: &mut Vec<Output>) {
        let rules = &self.rules.configuration;
        if rules.alerts.is_empty() {
            return;
        }
        let touched = self.seats.take_touched();
        let tiles = self.wall.figures(now, touched, sight!(self));
        let (language, zone) = (self.rules.language(), self.rules.zone.as_ref());
        let calendar = |key: &String| rules.rules.calendars.iter().find(|known| known.key == *key);
        for rule in &rules.alerts {
            let looks = rule.hours.as_ref().and_then(calendar).is_none_or(|calendar| calendar.is_open(now));
            for tile in tiles.iter().filter(|tile| rule.is_of(tile.id)) {
                let writer = Writer { language, zone, queue: &tile.name };
                let (alerts, ids) = (&mut self.wall.alerts, &mut self.todo.ids);
                let news = match looks {
                    true => alerts
                        .look(now, (rule, tile.id), figure_of(rule.figure, tile, now), writer, || AlertId(ids.take())),
                    false => alerts.rest(now, rule, tile.id),
                };
                news.into_iter().for_each(|news| self.wall.tell(news, &self.rules, &mut self.todo, out));
            }
        }
        self.todo.deadlines.set(Due::Alerts, now + alert::TICK);
    }
}
