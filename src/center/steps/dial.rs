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

use crate::base::{AgentId, Instant, InteractionId, LegId};
use crate::call::{self, AttemptId};
use crate::center::Center;
use crate::center::answer::Refused;
use crate::center::desk::Refusal;
use crate::center::lookup::Asker;
use crate::center::outbound::spending::Payer;
use crate::center::output::{Output, Query};
use crate::center::turn::at_hand;
use crate::center::visit::{Taken, Visit};

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
    ) -> Result<InteractionId, Refused> {
        let seat = self.seats.known(agent)?;
        seat.may_dial(by.is_none())?;
        let branches = seat.branches();
        let known = |key| self.rules.queue_id(key).ok_or((Refusal::UnknownQueue, "there is no such queue"));
        let queue = queue.map(known).transpose()?;
        let to = self.rules.reachable_outside(number)?;
        if self.draining {
            return Err((Refusal::Unavailable, "the server is about to stop"));
        }
        to.has_room(at_hand!(self, now, out))?;
        self.seats.spending.may_call(now, &Payer::Agent(agent), &to, &self.rules)?;
        let attempt = AttemptId(self.todo.ids.take());
        let turn = at_hand!(self, now, out);
        let number = to.number.clone();
        let visit = Visit::outbound((agent, queue), to, attempt, turn);
        let (call, interaction) = (visit.call, visit.record.id);
        let ring = visit.own_ring(attempt, branches, FETCH_MS);
        self.seats.begin_outbound(visit, attempt, &mut self.visits, turn);
        if let Some(number) = number {
            self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), turn.todo, turn.out);
        }
        match (by, self.visits.get_mut(&call)) {
            (Some((leg, user)), Some(visit)) => {
                visit.take_in(leg, Taken::Reached(attempt, user.to_owned()), turn.todo);
            }
            _ => turn.todo.to_calls(call::Command::Ring(ring)),
        }
        Ok(interaction)
    }
}
