//! What agents' phones do by themselves: see [`crate::center::circle`]; which call they mean is found here.

use crate::acd::{self, AgentState};
use crate::base::{AgentId, CallId, Instant};
use crate::call::{self, Referred, Started};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::circle::{Move, NOTHING, status, turn_away};
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::input::NumberRule;
use crate::center::output::{Observed, Output};
use crate::center::parking::Spot;
use crate::center::seat::{Meant, Seat};
use crate::center::turn::at_hand;
use crate::center::visit::{Phase, Picked, Taken};
use crate::sip::{Contact, Origin};

impl Center {
    /// A phone of the house has dialled what is no number of ours. `None`: it is seen to; else what leads it.
    pub(in crate::center) fn dialled_by_phone(
        &mut self,
        now: Instant,
        started: &Started,
        (agent, user): (Option<AgentId>, &str),
        out: &mut Vec<Output>,
    ) -> Result<Option<NumberRule>, Refused> {
        let emergency = self.rules.emergency_rule(&started.called);
        let Some(agent) = agent else {
            return emergency.map(Some).ok_or((Refusal::BadNumber, "no such number"));
        };
        if self.picks_up_by_phone(now, started, (agent, user), out) || self.asks_by_phone(now, started, agent, out) {
            return Ok(None);
        }
        let at_work = self.seats.get(&agent).is_some_and(Seat::is_at_work);
        match emergency.filter(|_| !at_work) {
            Some(rule) => Ok(Some(rule)),
            None => {
                let number = started.called_whole.as_deref().unwrap_or(&started.called);
                let by = Some((started.leg, user));
                self.dial_out(now, agent, (number, None), by, out).map(|_| None)
            }
        }
    }

    /// An agent's phone has dialled a slot or the code of picking up. `false`: an ordinary call.
    fn picks_up_by_phone(
        &mut self,
        now: Instant,
        started: &Started,
        (agent, user): (AgentId, &str),
        out: &mut Vec<Output>,
    ) -> bool {
        let parking = &self.rules.configuration.parking;
        let by = Picked { agent, by: Some((started.leg, user.to_owned())) };
        let done = match parking.spot(&started.called) {
            Some(Spot::Slot(slot)) => self.pick_up(now, by, Some(slot), out),
            None if !parking.pick_up.is_empty() && parking.pick_up == started.called => {
                self.pick_up(now, by, None, out)
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

    /// The call in this slot; `None`: what rings longest at a colleague of the group.
    pub(in crate::center) fn pick_up(
        &mut self,
        now: Instant,
        by: Picked,
        slot: Option<u16>,
        out: &mut Vec<Output>,
    ) -> Done {
        let seat = self.seats.known(by.agent)?;
        seat.may_pick_up()?;
        let group = self.rules.colleagues(by.agent);
        let ringing = self.visits.rings_at(&group).filter(|_| slot.is_none());
        if let Some((call, contact)) = ringing {
            if seat.state != AgentState::Ready {
                return Err((Refusal::WrongState, "who is not ready takes no calls of a line"));
            }
            let agent = by.agent;
            self.with(now, call, out, |visit, turn| {
                visit.log(now, Event::CallPickedUp { agent }, turn.out);
                visit.picked = Some(by);
            });
            return Ok(Obeyed::ByRouter(acd::Input::Take { contact, agent }));
        }
        let call = match slot {
            Some(slot) => self.visits.in_slot(slot).ok_or((Refusal::UnknownSlot, "nobody waits there"))?,
            None => self.visits.handed_to(&group).ok_or(NOTHING)?,
        };
        let mut circle = self.circle(now, call, out).ok_or(NOTHING)?;
        match slot {
            Some(_) => circle.pick_up_parked(by)?,
            None => circle.pick_up_handed(by)?,
        }
        Ok(Obeyed::Done)
    }

    /// Phones come and go; those of an agent are rung again for the calls that wait for one.
    pub(in crate::center) fn registered(
        &mut self,
        now: Instant,
        (user, agent): (String, Option<AgentId>),
        contacts: Vec<Contact>,
        out: &mut Vec<Output>,
    ) {
        let calls = self.seats.registered(user, agent, contacts, at_hand!(self, now, out));
        for call in calls {
            if let (Some(agent), Some(mut circle)) = (agent, self.circle(now, call, out)) {
                circle.phone_is_back(agent);
            }
        }
    }

    /// The phone of an agent sends its call elsewhere.
    pub(in crate::center) fn referred(&mut self, now: Instant, referred: &Referred, out: &mut Vec<Output>) {
        let meant = self.seats.phones.means(&referred.called, referred.called_whole.as_deref(), &self.rules);
        let to = match meant {
            Meant::To(to) => Move::To(to),
            Meant::Spot(Spot::Slot(slot)) => Move::Park(self.visits.free_slot(&self.rules, Some(slot), None)),
            Meant::Spot(Spot::Anywhere(lot)) => Move::Park(self.visits.free_slot(&self.rules, None, Some(&lot))),
        };
        let Some(mut circle) = self.circle(now, referred.call, out) else {
            return self.todo.to_calls(call::Command::AnswerRefer { leg: referred.leg, status: 603 });
        };
        let then = circle.referred(referred, to);
        self.then(now, referred.call, then, out);
    }

    /// A caller who wants to take the place of a leg: another phone of the agent whose it is. `false`: it is an
    /// ordinary call.
    pub(in crate::center) fn replaces(&mut self, started: &Started, out: &mut Vec<Output>) -> bool {
        let Some((call, leg)) = started.replaces else { return false };
        match (&started.origin, self.visits.get_mut(&call)) {
            (Origin::User { agent: Some(agent), user }, Some(visit)) if matches!(&visit.phase, Phase::Talking(talk) if talk.agent == *agent && talk.leg == leg) =>
            {
                visit.take_in(started.leg, Taken::Over(user.clone()), &mut self.todo);
            }
            _ => {
                out.push(Output::Observed(Observed::Dropped { what: "replaces_refused".to_owned() }));
                turn_away(&mut self.todo, started, 403, "not a call of this user");
            }
        }
        true
    }

    /// An agent's phone, in a call, calls somebody else: whoever it is is asked into the call. `false`: an ordinary
    /// call.
    fn asks_by_phone(&mut self, now: Instant, started: &Started, agent: AgentId, out: &mut Vec<Output>) -> bool {
        let talks = |call: &CallId| {
            let phase = self.visits.get(call).map(|visit| &visit.phase);
            matches!(phase, Some(Phase::Talking(talk)) if talk.agent == agent)
        };
        let call = self.seats.get(&agent).and_then(|seat| seat.hand.meant(None).find(talks));
        let Some(call) = call else { return false };
        let meant = self.seats.phones.means(&started.called, started.called_whole.as_deref(), &self.rules);
        let Some(mut circle) = self.circle(now, call, out) else { return false };
        let asked: Result<_, Refused> = match meant {
            Meant::To(to) => circle.ask_by_second_line(started.leg, &to),
            Meant::Spot(_) => Err((Refusal::WrongState, "a call is on hand")),
        };
        if let Err((refusal, why)) = asked {
            turn_away(&mut self.todo, started, status(refusal), why);
        }
        true
    }
}
