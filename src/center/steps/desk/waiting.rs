//! What supervisors do with a contact in a line: it goes to another place or another line, to an agent, is called back
//! later, or is over. It is named by its interaction; a customer who waits to be called back, by the call in which that
//! was asked for.

use crate::acd::{self, AgentState, Author, Rejection};
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, QueueId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::call_back::CallBacks;
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::turn::at_hand;
use crate::center::uncallable::Uncallable;
use crate::center::visit::{Phase, Then, Visits};
use crate::crm::EndedBy;

const NOT_IN_LINE: Refused = (Refusal::WrongState, "it waits in no line");
const UNKNOWN: Refused = (Refusal::UnknownInteraction, "there is no such contact");

/// The contact, and the supervisor by user name.
type By = (InteractionId, String);

/// Where a contact stands.
struct InLine {
    contact: ContactId,
    queue: QueueId,
    /// `None`: nobody holds the line.
    call: Option<CallId>,
}

impl Center {
    /// `to`: the key of the queue; `None`: where it is.
    pub(super) fn move_contact(
        &mut self,
        now: Instant,
        (interaction, user): By,
        (to, priority): (Option<&str>, Option<u8>),
        out: &mut Vec<Output>,
    ) -> Done {
        let InLine { contact, queue: from, call } = in_line(interaction, &self.visits, &self.call_backs)?;
        if priority == Some(0) {
            return Err((Refusal::NotAllowed, "1 is the most urgent"));
        }
        let wanted = to.map(|key| self.rules.queue_id(key).ok_or((Refusal::UnknownQueue, "there is no such queue")));
        let queue = wanted.transpose()?.unwrap_or(from);
        if let Some((_, record)) = self.call_backs.place(interaction)
            && self.rules.routes_back(queue, record.trunk.as_deref(), &record.number).is_empty()
        {
            return Err((Refusal::NoRoute, "this queue has no way to call the customer back"));
        }
        let author = Author::Supervisor(user.clone());
        // A call-back may be given to an agent by the very step.
        let before = if call.is_none() { self.call_backs.put(interaction, (queue, priority)) } else { None };
        if let Err(refused) = self.routed(now, acd::Input::Move { contact, queue, priority, author }, out) {
            if let Some(before) = before {
                self.call_backs.put(interaction, before);
            }
            return Err(refused);
        }
        self.todo.board_changed = true;
        let raised = priority.filter(|_| queue == from);
        match call {
            Some(call) => self.with(now, call, out, |visit, turn| {
                if let Phase::Queued(queued) = &mut visit.phase {
                    queued.wish.priority = priority;
                }
                if let Some(priority) = raised {
                    visit.log(turn.now, Event::QueueRaised { priority, by: user }, turn.out);
                }
            }),
            None => {
                let event = match raised {
                    Some(priority) => Event::QueueRaised { priority, by: user },
                    None => Event::QueueMoved { queue, by: Some(user) },
                };
                let numbering = (&mut self.seats, &mut self.visits);
                self.call_backs.log(interaction, &event, numbering, at_hand!(self, now, out));
            }
        }
        Ok(Obeyed::Done)
    }

    /// Whoever it rings at already is let go.
    pub(super) fn give_contact(
        &mut self,
        now: Instant,
        (interaction, user): By,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Done {
        let InLine { contact, call, .. } = in_line(interaction, &self.visits, &self.call_backs)?;
        if self.seats.known(agent)?.state != AgentState::Ready {
            return Err((Refusal::TargetUnavailable, "only an agent who is ready can be given a contact"));
        }
        self.routed(now, acd::Input::Take { agent, contact }, out)?;
        // A call that is made back to the customer has a record of its own.
        if let Some(call) = call.or_else(|| self.visits.contacts.call_of(contact)) {
            self.with(now, call, out, |visit, turn| {
                visit.log(turn.now, Event::QueueGiven { agent, by: user }, turn.out);
            });
        }
        Ok(Obeyed::Done)
    }

    pub(super) fn call_contact_back(&mut self, now: Instant, (interaction, user): By, out: &mut Vec<Output>) -> Done {
        let call = in_line(interaction, &self.visits, &self.call_backs)?
            .call
            .ok_or((Refusal::WrongState, "it waits to be called back already"))?;
        let visit = self.visits.get(&call).ok_or(UNKNOWN)?;
        if self.call_backs.digit(visit, &self.rules).is_none() {
            return Err((Refusal::NotAllowed, "this queue calls nobody back now"));
        }
        let number = visit.record.caller.clone().ok_or((Refusal::BadNumber, "the number is withheld"))?;
        match visit.uncallable(&number, &self.rules) {
            None => {}
            Some(Uncallable::NoWay) => return Err((Refusal::NoRoute, "no trunk lets this number out")),
            Some(_) => return Err((Refusal::BadNumber, "nobody is called back at this number")),
        }
        self.with(now, call, out, |visit, turn| {
            if let Phase::Queued(queued) = &mut visit.phase {
                queued.asking = None;
            }
            visit.log(turn.now, Event::CallBackAsked { by: Some(user) }, turn.out);
        });
        self.book(now, call, &number, out);
        Ok(Obeyed::WhenWritten)
    }

    pub(super) fn hang_up_contact(&mut self, now: Instant, (interaction, user): By, out: &mut Vec<Output>) -> Done {
        let Some(visit) = self.visits.with_interaction_mut(interaction).filter(|visit| visit.call_back().is_none())
        else {
            let turn = at_hand!(self, now, out);
            let cancelled = self.call_backs.cancel(interaction, user, &mut self.seats, &mut self.visits, turn);
            return cancelled.map(|()| Obeyed::WhenWritten).map_err(|refused| match refused {
                (Refusal::UnknownCallBack, _) => UNKNOWN,
                refused => refused,
            });
        };
        if !matches!(visit.phase, Phase::Flow | Phase::Placing(_) | Phase::Queued(_) | Phase::InSlot(_)) {
            return Err((Refusal::WrongState, "somebody has this call"));
        }
        let call = visit.call;
        visit.log(now, Event::CallHungUp { agent: None, by: user }, out);
        self.then(now, call, Then::Over(EndedBy::Supervisor, None), out);
        Ok(Obeyed::Done)
    }

    /// Has the router do it now.
    fn routed(&mut self, now: Instant, input: acd::Input, out: &mut Vec<Output>) -> Result<(), Refused> {
        match self.work_router(now, input, out) {
            None => Ok(()),
            Some(Rejection::BeingRung) => Err((Refusal::WrongState, "an agent is being rung for it")),
            Some(Rejection::QueueRefuses) => {
                Err((Refusal::TargetUnavailable, "the queue takes nobody now: closed, full, or nobody at work"))
            }
            Some(_) => Err(NOT_IN_LINE),
        }
    }
}

/// Of somebody who waits and has not been promised a call.
fn in_line(interaction: InteractionId, visits: &Visits, call_backs: &CallBacks) -> Result<InLine, Refused> {
    if let Some((contact, record)) = call_backs.place(interaction) {
        return Ok(InLine { contact, queue: record.queue, call: None });
    }
    let visit = visits.with_interaction(interaction).ok_or(UNKNOWN)?;
    match &visit.phase {
        Phase::Queued(queued) if queued.booked.is_none() && !visit.is_unheld() => {
            let answering = queued.rings.values().any(|ring| ring.answering);
            let place = InLine { contact: queued.contact, queue: queued.queue, call: Some(visit.call) };
            if answering { Err((Refusal::WrongState, "an agent is answering it")) } else { Ok(place) }
        }
        _ => Err(NOT_IN_LINE),
    }
}
