//! Supervisors in a call: they listen, whisper to the agent, talk with all, or take the call.

use crate::acd::AgentState;
use crate::base::{AgentId, ContactId, ReservationId};
use crate::call;
use crate::center::answer::Refused;
use crate::center::circle::{Circle, MAX, RING_MS};
use crate::center::desk::{CallState, Refusal};
use crate::center::event::Event;
use crate::center::input::Watch;
use crate::center::outbound::attempt::{OutboundAttempt, Shown, own_call};
use crate::center::seat::Showing;
use crate::center::visit::{Other, Part, Stage, Who, caller_party, watch_mode};
use crate::crm::HandoverHow;

const NOT_IN_IT: Refused = (Refusal::WrongState, "you are not in this call");

impl Circle<'_> {
    /// `phone`: the supervisor's.
    pub fn supervise(&mut self, user: &str, agent: AgentId, watch: Watch, phone: Option<&str>) -> Result<(), Refused> {
        if let Some(at) = self.visit.supervisor_at(user) {
            return self.watch_otherwise(at, watch);
        }
        let talk = self.visit.in_talk()?;
        if self.visit.others.len() >= MAX || talk.agent != agent {
            return Err((Refusal::WrongState, "nobody else can join this call"));
        }
        let phone = phone.ok_or((Refusal::UnknownPhone, "the supervisor has no phone"))?;
        let (seat, branches) = self.seats.phone_of_user(phone, &self.turn)?;
        if seat == Some(agent) {
            return Err((Refusal::NotAllowed, "this is your own call"));
        }
        let contact = match seat {
            Some(seat) => self.occupy_if_at_work(seat)?,
            None => None,
        };
        let (from, headers) = (caller_party(self.visit), own_call(self.visit.record.id));
        let shown = Shown { from, headers, ring_ms: RING_MS };
        let Some(going) = OutboundAttempt::to_phones(self.visit.call, branches, shown, &mut self.turn) else {
            return Err((Refusal::UnknownPhone, "no such phone is registered"));
        };
        let pop = ReservationId(going.attempt.0);
        let who = match seat {
            Some(agent) => Who::Agent { agent, contact },
            None => Who::User(user.to_owned()),
        };
        if let Some(agent) = seat {
            // Who is not at work is occupied by nothing.
            let contact = contact.unwrap_or(ContactId(pop.0));
            let queue = self.visit.record.queue;
            let showing = Showing { agent, contact, pop, queue, why: Default::default(), handed: None };
            self.seats.show_pop(self.visit, showing, &mut self.turn);
            self.visit.tell(agent, CallState::Ringing, &mut self.turn);
        }
        let (part, stage) = (Part::Supervisor { user: user.to_owned(), watch }, Stage::Rings(going));
        let since = self.turn.now;
        self.visit.others.push(Other { who, part, stage, since, pop, phone: None, muted: false });
        Ok(())
    }

    /// A supervisor who takes calls, too, gets none meanwhile.
    fn occupy_if_at_work(&mut self, agent: AgentId) -> Result<Option<ContactId>, Refused> {
        match self.seats.known(agent)?.state {
            AgentState::SignedOut => Ok(None),
            AgentState::Reserved { .. } | AgentState::Busy { .. } => Err((Refusal::WrongState, "a call is on hand")),
            AgentState::Ready | AgentState::NotReady { .. } | AgentState::WrapUp { .. } => {
                Ok(Some(self.contacts.occupy(agent, self.visit.call, self.turn.todo)))
            }
        }
    }

    fn watch_otherwise(&mut self, at: usize, watch: Watch) -> Result<(), Refused> {
        let agent = self.visit.phase.talk().map(|talk| talk.leg);
        let other = self.visit.others.get_mut(at).ok_or(NOT_IN_IT)?;
        let Part::Supervisor { user, watch: before } = &mut other.part else { return Err(NOT_IN_IT) };
        if *before == watch {
            return Ok(());
        }
        *before = watch;
        let (user, leg) = (user.clone(), other.leg());
        self.visit.log(self.turn.now, Event::CallSupervised { user, watch }, self.turn.out);
        if let Some(leg) = leg {
            let (call, mode) = (self.visit.call, watch_mode(watch, agent));
            self.turn.todo.to_calls(call::Command::SetMode { call, leg, mode });
        }
        self.visit.tell_all(&mut self.turn);
        Ok(())
    }

    pub fn supervise_end(&mut self, user: &str) -> Result<(), Refused> {
        let at = self.visit.supervisor_at(user);
        let other = at.and_then(|at| self.take_other(at)).ok_or(NOT_IN_IT)?;
        let ended = Event::CallSuperviseEnded { user: user.to_owned() };
        self.visit.log(self.turn.now, ended, self.turn.out);
        self.dismiss(&other, "the supervisor left");
        self.visit.tell_all(&mut self.turn);
        Ok(())
    }

    /// The supervisor has the call from now on.
    pub fn take_call(&mut self, user: &str) -> Result<(), Refused> {
        let at = self.visit.supervisor_at(user).ok_or(NOT_IN_IT)?;
        self.visit.in_talk()?;
        let other = self.visit.others.get(at);
        if !other.is_some_and(|other| other.leg().is_some() && other.who.agent().is_some()) {
            return Err((Refusal::NotAllowed, "only somebody with a seat can have a call"));
        }
        self.dismiss_asked();
        let at = self.visit.supervisor_at(user).ok_or(NOT_IN_IT)?;
        self.hand_to(at, HandoverHow::Taken);
        Ok(())
    }
}
