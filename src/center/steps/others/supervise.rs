//! Supervisors in a call: they listen, whisper to the agent, talk with all, or take the call.

use crate::acd::AgentState;
use crate::base::{AgentId, CallId, ContactId, Instant, ReservationId};
use crate::call::{self, Branch};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{CallState, Refusal};
use crate::center::event::Event;
use crate::center::input::Watch;
use crate::center::outbound::route::{Shown, own_call};
use crate::center::output::Output;
use crate::center::steps::line::pop::Showing;
use crate::center::steps::others::{MAX, RING_MS};
use crate::center::visit::{Other, Part, Stage, Who, watch_mode};
use crate::crm::HandoverHow;
use crate::sip;

const NOT_IN_IT: Refused = (Refusal::WrongState, "you are not in this call");

impl Center {
    pub(in crate::center) fn supervise_call(
        &mut self,
        now: Instant,
        user: &str,
        (agent, watch, phone): (AgentId, Watch, Option<String>),
        out: &mut Vec<Output>,
    ) -> Done {
        let call = self.call_in_talk(agent, None)?;
        if let Some(at) = self.visits.get(&call).and_then(|visit| visit.supervisor_at(user)) {
            return self.watch_otherwise(now, call, at, watch, out);
        }
        let (talk, others) = self.visits.in_talk(call)?;
        if others.len() >= MAX || talk.agent != agent {
            return Err((Refusal::WrongState, "nobody else can join this call"));
        }
        let phone = phone.ok_or((Refusal::UnknownPhone, "the supervisor has no phone"))?;
        let (seat, branches) = self.phone_of_user(&phone)?;
        if seat == Some(agent) {
            return Err((Refusal::NotAllowed, "this is your own call"));
        }
        let contact = match seat {
            Some(seat) => self.occupy_if_at_work(seat, call)?,
            None => None,
        };
        let Some(visit) = self.visits.get(&call) else { return Err(NOT_IN_IT) };
        let headers = own_call(visit.record.id);
        let (queue, from) = (visit.record.queue, crate::center::visit::caller_party(visit));
        let Some(going) = self.go_to_phones(now, call, branches, Shown { from, headers, ring_ms: RING_MS }) else {
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
            self.show_pop(
                now,
                call,
                Showing { agent, contact, pop, queue, why: Default::default(), handed: None },
                out,
            );
            self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Ringing, turn));
        }
        let part = Part::Supervisor { user: user.to_owned(), watch };
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.others.push(Other {
                who,
                part,
                stage: Stage::Rings(going),
                since: now,
                pop,
                phone: None,
                muted: false,
            });
        }
        Ok(Obeyed::Done)
    }

    /// Registered under this SIP user; the seat whose phone it is, if any.
    fn phone_of_user(&self, phone: &str) -> Result<(Option<AgentId>, Vec<Branch>), Refused> {
        let none = (Refusal::UnknownPhone, "no such phone is registered");
        let configured = self.rules.configuration.users.iter().find(|user| user.name == phone);
        let user: &sip::User = self.phones.user(phone).or(configured).ok_or(none)?;
        let branches: Vec<Branch> = match user.agent {
            Some(agent) => {
                let all = self.seats.known(agent)?.branches();
                all.into_iter().filter(|branch| branch.user() == Some(phone)).collect()
            }
            None => self.phones.branches(phone),
        };
        if branches.is_empty() { Err(none) } else { Ok((user.agent, branches)) }
    }

    /// A supervisor who takes calls, too, gets none meanwhile.
    fn occupy_if_at_work(&mut self, agent: AgentId, call: CallId) -> Result<Option<crate::base::ContactId>, Refused> {
        match self.seats.known(agent)?.state {
            AgentState::SignedOut => Ok(None),
            AgentState::Reserved { .. } | AgentState::Busy { .. } => Err((Refusal::WrongState, "a call is on hand")),
            AgentState::Ready | AgentState::NotReady { .. } | AgentState::WrapUp { .. } => {
                Ok(Some(self.visits.occupy(agent, call, &mut self.todo)))
            }
        }
    }

    fn watch_otherwise(&mut self, now: Instant, call: CallId, at: usize, watch: Watch, out: &mut Vec<Output>) -> Done {
        let Some(visit) = self.visits.get_mut(&call) else { return Err(NOT_IN_IT) };
        let agent = visit.phase.talk().map(|talk| talk.leg);
        let Some(other) = visit.others.get_mut(at) else { return Err(NOT_IN_IT) };
        let Part::Supervisor { user, watch: before } = &mut other.part else { return Err(NOT_IN_IT) };
        if *before == watch {
            return Ok(Obeyed::Done);
        }
        *before = watch;
        let (user, leg) = (user.clone(), other.leg());
        visit.log(now, Event::CallSupervised { user, watch }, out);
        if let Some(leg) = leg {
            self.todo.to_calls(call::Command::SetMode { call, leg, mode: watch_mode(watch, agent) });
        }
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
        Ok(Obeyed::Done)
    }

    pub(in crate::center) fn supervise_end(
        &mut self,
        now: Instant,
        user: &str,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Done {
        let call = self.call_in_talk(agent, None)?;
        let at = self.visits.get(&call).and_then(|visit| visit.supervisor_at(user)).ok_or(NOT_IN_IT)?;
        let Some(visit) = self.visits.get_mut(&call) else { return Err(NOT_IN_IT) };
        let other = visit.others.remove(at);
        visit.log(now, Event::CallSuperviseEnded { user: user.to_owned() }, out);
        self.dismiss(now, call, &other, "the supervisor left", out);
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
        Ok(Obeyed::Done)
    }

    /// The supervisor has the call from now on.
    pub(in crate::center) fn take_call(
        &mut self,
        now: Instant,
        user: &str,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Done {
        let call = self.call_in_talk(agent, None)?;
        let at = self.visits.get(&call).and_then(|visit| visit.supervisor_at(user)).ok_or(NOT_IN_IT)?;
        let (_, others) = self.visits.in_talk(call)?;
        let can = others.get(at).is_some_and(|other| other.leg().is_some() && other.who.agent().is_some());
        if !can {
            return Err((Refusal::NotAllowed, "only somebody with a seat can have a call"));
        }
        self.dismiss_asked(now, call, out);
        let at = self.visits.get(&call).and_then(|visit| visit.supervisor_at(user)).ok_or(NOT_IN_IT)?;
        self.hand_to(now, call, at, HandoverHow::Taken, out);
        Ok(Obeyed::Done)
    }
}
