//! What comes after the end of a call: the counters of its legs, the end of its recording. While an agent's form is
//! open, that numbers the events of its interaction.

use crate::base::{CallId, InteractionId, LegId};
use crate::center::event::Event;
use crate::center::output::{Observed, Output};
use crate::center::seat::Seats;
use crate::center::turn::Turn;
use crate::center::visit::Visits;
use crate::media::LegStats;

impl Seats {
    /// `false`: the call is forgotten.
    pub fn log_late(
        &mut self,
        interaction: InteractionId,
        event: Event,
        visits: &mut Visits,
        turn: &mut Turn<'_>,
    ) -> bool {
        match self.form_mut(interaction) {
            Some(form) => form.log(turn.now, event, turn.out),
            None => return visits.log(turn.now, interaction, event, turn.out),
        }
        true
    }

    /// Counters of a leg: part of the record even after the end.
    pub fn measured(
        &mut self,
        (call, leg): (CallId, LegId),
        stats: LegStats,
        visits: &mut Visits,
        turn: &mut Turn<'_>,
    ) {
        let Some((caller_leg, interaction)) = visits.measured(call) else { return };
        let party = if Some(leg) == caller_leg { "caller" } else { "agent" };
        let measured = Event::LegMeasured { party, media: stats, mos: stats.mos(), mos_heard: stats.mos_heard() };
        self.log_late(interaction, measured, visits, turn);
        turn.out.push(Output::Observed(Observed::Media { party: party.to_owned(), stats }));
    }
}
