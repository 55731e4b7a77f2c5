//! Picking up what is parked, or rings at a colleague of the group: by the desktop, which rings the agent's phones, or
//! by dialling the code from one of them, which is in the call then.

use crate::acd::{self, AgentState};
use crate::base::{AgentId, CallId, Instant, LegId};
use crate::call::{self, Started};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{HandedHow, Refusal, RingEnd};
use crate::center::event::Event;
use crate::center::outbound::route::{OutboundAttempt, Shown, own_call};
use crate::center::output::Output;
use crate::center::parking::Spot;
use crate::center::steps::others::refer::{status, turn_away};
use crate::center::steps::others::{RING_MS, Rung};
use crate::center::turn::{Due, sip_reason};
use crate::center::visit::{Handing, Phase, Picked, Taken, caller_party};

/// An agent, and by which phone, with its user; `None`: the phones are rung.
type By = (AgentId, Option<(LegId, String)>);

const NOTHING: Refused = (Refusal::NoCall, "nothing rings in the group");

impl Center {
    /// An agent's phone has dialled a slot or the code of picking up. `false`: an ordinary call.
    pub(in crate::center) fn picks_up_by_phone(
        &mut self,
        now: Instant,
        started: &Started,
        (agent, user): (AgentId, &str),
        out: &mut Vec<Output>,
    ) -> bool {
        let parking = &self.rules.configuration.parking;
        let by = (agent, Some((started.leg, user.to_owned())));
        let done = match parking.spot(&started.called) {
            Some(Spot::Slot(slot)) => self.pick_up_slot(now, by, slot, out),
            None if !parking.pick_up.is_empty() && parking.pick_up == started.called => {
                self.pick_up_ringing(now, by, out)
            }
            _ => return false,
        };
        match done {
            Ok(Obeyed::ByRouter(input)) => self.todo.to_router(input),
            Ok(_) => {}
            Err((refusal, why)) => turn_away(&mut self.todo, started, status(refusal), why),
        }
        true
    }

    pub(in crate::center) fn pick_up_slot(&mut self, now: Instant, by: By, slot: u16, out: &mut Vec<Output>) -> Done {
        self.seats.known(by.0)?.may_pick_up()?;
        let call = self.visits.in_slot(slot).ok_or((Refusal::UnknownSlot, "nobody waits there"))?;
        let Some(Phase::InSlot(parked)) = self.visits.get(&call).map(|visit| &visit.phase) else { return Err(NOTHING) };
        let parked = parked.clone();
        let from = parked.from.clone();
        let handed = self.rules.handed_by(from.agent, HandedHow::Parked, "");
        let Some(going) = self.fetch(now, call, by.clone()) else {
            return Err((Refusal::UnknownPhone, "no phone of this agent is registered"));
        };
        let Rung { who: to, going, pop } = self.rung_agent(now, call, (by.0, going), handed, out);
        self.todo.deadlines.clear(&Due::Slot(call));
        let Some(visit) = self.visits.get_mut(&call) else { return Ok(Obeyed::Done) };
        visit.enter(now, Phase::Handing(Handing { from, to, going, pop, slot: Some(parked) }));
        self.tell_parked(out);
        Ok(Obeyed::Done)
    }

    /// What rings longest at a colleague of the group.
    pub(in crate::center) fn pick_up_ringing(&mut self, now: Instant, by: By, out: &mut Vec<Output>) -> Done {
        let agent = by.0;
        self.seats.known(agent)?.may_pick_up()?;
        let group = self.rules.colleagues(agent);
        if let Some((call, contact)) = self.visits.rings_at(&group) {
            if self.seats.known(agent)?.state != AgentState::Ready {
                return Err((Refusal::WrongState, "who is not ready takes no calls of a line"));
            }
            let Some(visit) = self.visits.get_mut(&call) else { return Err(NOTHING) };
            visit.log(now, Event::CallPickedUp { agent }, out);
            visit.picked = Some(Picked { agent, by: by.1 });
            return Ok(Obeyed::ByRouter(acd::Input::Take { contact, agent }));
        }
        let call = self.visits.handed_to(&group).ok_or(NOTHING)?;
        self.pick_up_handed(now, call, by, out)
    }

    /// Out of the hands of the colleague to whom it was sent.
    fn pick_up_handed(&mut self, now: Instant, call: CallId, by: By, out: &mut Vec<Output>) -> Done {
        let agent = by.0;
        let Some(Phase::Handing(handing)) = self.visits.get(&call).map(|visit| &visit.phase) else {
            return Err(NOTHING);
        };
        let Handing { from, to, going: before, pop, slot } = handing.clone();
        let handed = self.rules.handed_by(from.agent, HandedHow::Transferred, "");
        let Some(going) = self.fetch(now, call, by) else {
            return Err((Refusal::UnknownPhone, "no phone of this agent is registered"));
        };
        let reason = sip_reason(200, "completed elsewhere");
        self.todo.to_calls(call::Command::StopRing { attempt: before.attempt, reason });
        self.withdraw_handed(now, call, &to, pop, RingEnd::CallerGone, out);
        let Rung { who: to, going, pop } = self.rung_agent(now, call, (agent, going), handed, out);
        let Some(visit) = self.visits.get_mut(&call) else { return Ok(Obeyed::Done) };
        visit.log(now, Event::CallPickedUp { agent }, out);
        visit.enter(now, Phase::Handing(Handing { from, to, going, pop, slot }));
        Ok(Obeyed::Done)
    }

    /// Rings the phones of who picks up, or takes the one in that has called.
    fn fetch(&mut self, now: Instant, call: CallId, (agent, by): By) -> Option<OutboundAttempt> {
        let visit = self.visits.get(&call)?;
        let shown = Shown { from: caller_party(visit), headers: own_call(visit.record.id), ring_ms: RING_MS };
        let Some((leg, user)) = by else {
            let branches = self.seats.get(&agent)?.branches();
            return self.go_to_phones(now, call, branches, shown);
        };
        let attempt = call::AttemptId(self.todo.ids.take());
        self.take_reached(call, attempt, (leg, user));
        Some(OutboundAttempt::taken_in(attempt, shown, now))
    }

    /// A caller comes into the call in the place of phones that would be rung.
    pub(in crate::center) fn take_reached(
        &mut self,
        call: CallId,
        attempt: call::AttemptId,
        (leg, user): (LegId, String),
    ) {
        self.taken_in.insert(leg, Taken::Reached(attempt, user));
        self.todo.to_calls(call::Command::TakeIn { leg, call });
    }
}
