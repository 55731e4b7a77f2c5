//! The steps of the center: what one input, or the output of one machine, means to all the others.
//!
//! A step looks up, asks the parts, and hands on what they say; only files of this room see the whole
//! [`Center`]. What can be decided from one part alone is decided there; what from one contact and the agents in it,
//! by [`Circle`].
//!
//! | room | steps |
//! | --- | --- |
//! | `door` | a call comes, is led by its flow, is refused, is over |
//! | `line` | between the router and everybody else: arrivals, rings, who is told |
//! | `talk` | an agent has the customer, by this phone or another |
//! | `phone` | what agents' phones do by themselves: transfers, second calls, picking up |
//! | `dial`, `place` | calls that agents make, and calls that begin with nobody on the line |
//! | `call_back` | customers who keep their place without waiting |
//! | `campaign` | calls of campaigns |
//! | `kept` | calls of the process before this one |
//! | `desk` | commands of desktops and supervisors |

mod board;
mod call_back;
mod campaign;
mod configure;
mod desk;
mod dial;
mod door;
mod held;
mod journal;
mod kept;
mod line;
mod phone;
mod place;
mod talk;

use super::Center;
use super::circle::Circle;
use super::output::Output;
use super::turn::{Turn, at_hand};
use super::visit::{Then, Visit};
use crate::base::{CallId, Instant};

impl Center {
    /// Has one contact do something of its own; nothing comes of it when the contact is gone.
    pub(in crate::center) fn with<R: Default>(
        &mut self,
        now: Instant,
        call: CallId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Visit, &mut Turn<'_>) -> R,
    ) -> R {
        let Some(visit) = self.visits.get_mut(&call) else { return R::default() };
        act(visit, at_hand!(self, now, out))
    }

    /// One contact, and the agents around it.
    pub(in crate::center) fn circle<'a>(
        &'a mut self,
        now: Instant,
        call: CallId,
        out: &'a mut Vec<Output>,
    ) -> Option<Circle<'a>> {
        let (visit, contacts) = self.visits.one(call)?;
        let (times, rules, trunks) = (self.settings.times, &self.rules, &self.sip);
        let (ledger, todo) = (&mut self.ledger, &mut self.todo);
        let turn = Turn { now, times, rules, trunks, ledger, todo, out };
        Some(Circle { visit, contacts, seats: &mut self.seats, turn })
    }

    /// Has them do something, and what follows for the call is done.
    pub(in crate::center) fn around(
        &mut self,
        now: Instant,
        call: CallId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Circle<'_>) -> Then,
    ) {
        let Some(mut circle) = self.circle(now, call, out) else { return };
        let then = act(&mut circle);
        self.then(now, call, then, out);
    }

    /// Does what follows for the call.
    pub(in crate::center) fn then(&mut self, now: Instant, call: CallId, then: Then, out: &mut Vec<Output>) {
        match then {
            Then::GoesOn => {}
            Then::GoesOnElsewhere => self.keep_legs(call, out),
            Then::Connect(talk) => self.connect(now, call, talk, out),
            Then::Over(by, why) => self.finish(now, call, by, why, out),
            Then::Flow(event) => self.drive(now, call, event, out),
            Then::LineUp(request) => {
                if let Some(event) = self.enqueue(now, call, &request, false, out) {
                    self.drive(now, call, event, out);
                }
            }
            Then::NotOffered(agent) => self.campaigns.unbridged(call, agent, at_hand!(self, now, out)),
        }
    }
}
