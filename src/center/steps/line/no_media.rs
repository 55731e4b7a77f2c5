//! An agent picked up in a browser, and whether the two can hear each other.
//!
//! Until a packet came of the browser nothing is answered: the caller goes on hearing the music, and if none
//! comes the contact is redirected as without an answer, from its first arrival. The agent is not ready
//! afterwards, because the next call would end the same way.

use crate::acd::{self, NO_MEDIA, RefusedWhy};
use crate::base::{CallId, Instant};
use crate::call::{AttemptId, Cause};
use crate::center::Center;
use crate::center::desk::CallState;
use crate::center::event::Event;
use crate::center::output::{Observed, Output};
use crate::center::visit::Phase;
use crate::crm::EndedBy;
use crate::sip::Reason;

impl Center {
    pub(in crate::center) fn answering(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &mut visit.phase else { return };
        let Some((reservation, ring)) = queued.rings.iter_mut().find(|(_, ring)| ring.attempt == attempt) else {
            return;
        };
        ring.answering = true;
        let (reservation, agent) = (*reservation, ring.agent);
        self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Connecting, turn));
        self.todo.to_router(acd::Input::Answering { reservation });
    }

    pub(in crate::center) fn no_media(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        why: &Reason,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let ring = match &visit.phase {
            Phase::Queued(queued) => queued.rings.iter().find(|(_, ring)| ring.attempt == attempt),
            _ => None,
        };
        let reserved = ring.map(|(reservation, ring)| (*reservation, ring.agent));
        let rejoining = visit.phase.rejoining().filter(|ring| ring.attempt == attempt);
        if rejoining.is_some_and(|ring| ring.phone.is_some()) {
            // The call stays where it was.
            return self.not_rejoined(now, call, why, out);
        }
        let agent = match &visit.phase {
            Phase::Parked(parked) if rejoining.is_some() => parked.talk.agent,
            Phase::Fetching(fetching) if fetching.attempt == attempt => {
                return self.finish(now, call, EndedBy::Agent, Some(why.clone()), out);
            }
            _ => match reserved {
                Some((_, agent)) => agent,
                None => return self.out_failed(now, call, attempt, (Cause::Unreachable, why), out),
            },
        };
        visit.log(now, Event::AgentNoMedia { agent, reason: why.text.clone() }, out);
        out.push(Output::Observed(Observed::NoMedia { agent, why: why.text.clone() }));
        match reserved {
            Some((reservation, _)) => {
                self.todo.to_router(acd::Input::Refused { reservation, why: RefusedWhy::NoMedia })
            }
            None => self.rejoin_failed(now, call, NO_MEDIA, out),
        }
    }
}
