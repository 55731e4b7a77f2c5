//! Calls that agents make: the agent's own phone first, then the customer's through a trunk.
//!
//! | phase | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | `call.dial` | `Fetching` | row; journal `call.started`; router `Occupy`; pop; INVITE to the agent's phones |
//! | `Fetching` | a phone of the agent answers | `Calling` | ringback; journal `call.dialled`; INVITE to the customer |
//! | `Fetching` | no phone answers | `Ended` | row `NotReached` |
//! | `Calling` | the customer answers | `Talking` | as a call back |
//! | `Calling` | not reached | `Ended` | journal `call.not_reached`; row; the cause on the desktop |
//!
//! The agent is busy for the router from the first ring on, and comes back to the former status. Limits: numbers
//! that a trunk lets out and the rules do not forbid; calls a minute and minutes a day of each agent.

use crate::base::{AgentId, Instant, ReservationId};
use crate::call::{self, AttemptId, Ring};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::{CallState, Refusal};
use crate::center::lookup::Asker;
use crate::center::outbound::attempt::own_call;
use crate::center::output::{Output, Query};
use crate::center::seat::Showing;
use crate::center::turn::at_hand;
use crate::center::visit::{Visit, caller_party};

/// How long an agent's own phone rings for a call that the agent makes.
const FETCH_MS: u64 = 30_000;

impl Center {
    pub(in crate::center) fn dial_out(
        &mut self,
        now: Instant,
        agent: AgentId,
        number: &str,
        queue: Option<&str>,
        out: &mut Vec<Output>,
    ) -> Done {
        let branches = self.seats.known(agent)?.may_dial()?;
        let queue = match queue {
            Some(key) => Some(self.rules.queue_id(key).ok_or((Refusal::UnknownQueue, "there is no such queue"))?),
            None => None,
        };
        let (number, routes) = self.rules.reachable_outside(number)?;
        if self.draining {
            return Err((Refusal::Unavailable, "the server is about to stop"));
        }
        self.seats.spending.may_spend(now, agent, &self.rules)?;
        let attempt = AttemptId(self.todo.ids.take());
        let turn = at_hand!(self, now, out);
        let (visit, contact) = Visit::outbound((agent, queue), number.clone(), routes, attempt, turn);
        let (call, from, headers) = (visit.call, caller_party(&visit), own_call(visit.record.id));
        self.visits.open_outbound(visit, turn);
        self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), turn.todo, turn.out);
        if let Some(visit) = self.visits.get(&call) {
            let (pop, why) = (ReservationId(attempt.0), Default::default());
            self.seats.show_pop(visit, Showing { agent, contact, pop, queue, why, handed: None }, turn);
            visit.tell(agent, CallState::Ringing, turn);
        }
        let (give_up_after_ms, unheard_after_ms) = (FETCH_MS, None);
        let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms };
        self.todo.to_calls(call::Command::Ring(ring));
        Ok(Obeyed::Done)
    }
}
