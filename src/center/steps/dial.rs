//! Calls that agents make: the agent's own phone first, then the customer's through a trunk. From the desktop, or by a
//! phone that dials, which is the own phone then.
//!
//! | phase | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | `call.dial` | `Fetching` | row; journal `call.started`; router `Occupy`; pop; INVITE to the agent's phones |
//! | - | a phone of the agent dials | `Fetching` | the same without an INVITE; the phone's leg is taken in |
//! | `Fetching` | a phone of the agent answers | `Calling` | ringback; journal `call.dialled`; INVITE to the customer |
//! | `Fetching` | no phone answers | `Ended` | row `NotReached` |
//! | `Calling` | the customer answers | `Talking` | as a call back |
//! | `Calling` | not reached | `Ended` | journal `call.not_reached`; row; the cause on the desktop |
//!
//! The agent is busy for the router from the first ring on, and comes back to the former status. Limits: numbers
//! that a trunk lets out and the rules do not forbid; calls a minute and minutes a day of each agent. Numbers for
//! emergencies have none of these; a phone of nobody at work is led to them by a flow (`Rules::emergency_rule`).

use crate::base::{AgentId, Instant, LegId, ReservationId};
use crate::call::{self, AttemptId, Ring};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::{CallState, Refusal};
use crate::center::lookup::Asker;
use crate::center::outbound::attempt::own_call;
use crate::center::output::{Output, Query};
use crate::center::seat::Showing;
use crate::center::turn::at_hand;
use crate::center::visit::{Taken, Visit, caller_party};

/// How long an agent's own phone rings for a call that the agent makes.
const FETCH_MS: u64 = 30_000;

impl Center {
    /// An agent calls somebody outside, for a line if one is named; by a leg of the own phone, whose user that is, or the
    /// phones are rung.
    pub(in crate::center) fn dial_out(
        &mut self,
        now: Instant,
        agent: AgentId,
        (number, queue): (&str, Option<&str>),
        by: Option<(LegId, &str)>,
        out: &mut Vec<Output>,
    ) -> Done {
        let seat = self.seats.known(agent)?;
        seat.may_dial(by.is_none())?;
        let branches = seat.branches();
        let queue = match queue {
            Some(key) => Some(self.rules.queue_id(key).ok_or((Refusal::UnknownQueue, "there is no such queue"))?),
            None => None,
        };
        let to = self.rules.reachable_outside(number)?;
        if self.draining {
            return Err((Refusal::Unavailable, "the server is about to stop"));
        }
        self.seats.spending.may_call(now, agent, &to, &self.rules)?;
        let attempt = AttemptId(self.todo.ids.take());
        let turn = at_hand!(self, now, out);
        let number = to.number.clone();
        let (visit, contact) = Visit::outbound((agent, queue), to, attempt, turn);
        let call = visit.call;
        let (from, headers) = (caller_party(&visit), own_call(visit.record.id));
        let (pop, why) = (ReservationId(attempt.0), Default::default());
        self.visits.open_outbound(visit, turn);
        if let Some(number) = number {
            self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), turn.todo, turn.out);
        }
        let Some(visit) = self.visits.get_mut(&call) else { return Ok(Obeyed::Done) };
        self.seats.show_pop(visit, Showing { agent, contact, pop, queue, why, handed: None }, turn);
        visit.tell(agent, CallState::Ringing, turn);
        match by {
            Some((leg, user)) => visit.take_in(leg, Taken::Reached(attempt, user.to_owned()), turn.todo),
            None => {
                let (give_up_after_ms, unheard_after_ms) = (FETCH_MS, None);
                let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms };
                turn.todo.to_calls(call::Command::Ring(ring));
            }
        }
        Ok(Obeyed::Done)
    }
}
