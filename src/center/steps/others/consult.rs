//! Asking somebody while the customer waits: back and forth, all together, or the call handed over.

use crate::base::{AgentId, CallId, Instant, ReservationId};
use crate::call::{self, Mode};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{CallState, HandedHow, Refusal, Target};
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::steps::others::{Aim, MAX};
use crate::center::visit::{Other, Part, Phase, Stage, Talking, Visit, Who};
use crate::crm::HandoverHow;

const NOBODY: Refused = (Refusal::WrongState, "nobody else is in the call");

impl Center {
    pub(in crate::center) fn consult(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        to: &Target,
        out: &mut Vec<Output>,
    ) -> Done {
        let (talk, others) = self.visits.in_talk(call)?;
        if others.iter().any(|other| matches!(other.part, Part::Consulted | Part::Waiting)) || others.len() >= MAX {
            return Err((Refusal::WrongState, "somebody is being asked already"));
        }
        let held = talk.held.is_some();
        let aim = self.aim(now, agent, to)?;
        if matches!(aim, Aim::Queue { .. } | Aim::Flow(_)) {
            return Err((Refusal::NotAllowed, "a line or a flow cannot be asked"));
        }
        if !held {
            self.with(now, call, out, Visit::hold);
        }
        let handed = self.rules.handed_by(agent, HandedHow::Consulted, "");
        let Some(rung) = self.ring_aim(now, call, aim, handed, out) else {
            return Err((Refusal::TargetUnavailable, "there is no way to reach it"));
        };
        let Some(visit) = self.visits.get_mut(&call) else { return Ok(Obeyed::Done) };
        visit.cause = None;
        visit.log(now, Event::CallConsulted { agent, to: rung.who.agent() }, out);
        let (who, part, stage) = (rung.who, Part::Consulted, Stage::Rings(rung.going));
        visit.others.push(Other { who, part, stage, since: now, pop: rung.pop, phone: None, muted: false });
        self.with(now, call, out, |visit, turn| visit.play_ringback(turn));
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
        Ok(Obeyed::Done)
    }

    pub(in crate::center) fn swap(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) -> Done {
        let (talk, others) = self.visits.in_talk(call)?;
        let held = talk.held.is_some();
        let up = |other: &Other| other.leg().is_some() && matches!(other.part, Part::Consulted | Part::Waiting);
        if !others.iter().any(up) {
            return Err(NOBODY);
        }
        match held {
            true => self.with(now, call, out, Visit::resume),
            false => self.with(now, call, out, Visit::hold),
        };
        Ok(Obeyed::Done)
    }

    pub(in crate::center) fn merge(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) -> Done {
        let (talk, _) = self.visits.in_talk(call)?;
        let held = talk.held.is_some();
        let Some(visit) = self.visits.get_mut(&call) else { return Err(NOBODY) };
        let asked = visit.others.iter_mut().find(|other| matches!(other.part, Part::Consulted | Part::Waiting));
        let Some((other, leg)) = asked.and_then(|other| other.leg().map(|leg| (other, leg))) else {
            return Err(NOBODY);
        };
        other.part = Part::Joined;
        let merged = Event::CallMerged { agent: other.who.agent() };
        visit.log(now, merged, out);
        self.todo.to_calls(call::Command::SetMode { call, leg, mode: Mode::Talk });
        match held {
            true => drop(self.with(now, call, out, Visit::resume)),
            false => self.with(now, call, out, |visit, turn| visit.tell_all(turn)),
        }
        Ok(Obeyed::Done)
    }

    /// `id`: one of the others who is no supervisor; `None`: whoever was asked last.
    pub(in crate::center) fn drop_other(
        &mut self,
        now: Instant,
        call: CallId,
        id: Option<ReservationId>,
        out: &mut Vec<Output>,
    ) -> Done {
        self.visits.in_talk(call)?;
        let visit = self.visits.get(&call).ok_or(NOBODY)?;
        let is_meant = |other: &Other| Some(other.pop) == id && !other.is_supervisor();
        let at = if id.is_some() { visit.others.iter().position(is_meant) } else { visit.asked() };
        let at = at.ok_or(NOBODY)?;
        let Some(visit) = self.visits.get_mut(&call) else { return Err(NOBODY) };
        let other = visit.others.remove(at);
        visit.log(now, Event::CallOtherDropped { agent: other.who.agent() }, out);
        if other.leg().is_none() {
            self.with(now, call, out, |visit, turn| visit.stop_ringback(turn));
        }
        self.with(now, call, out, |visit, turn| visit.end_second_line(turn));
        self.dismiss(now, call, &other, "let go", out);
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
        Ok(Obeyed::Done)
    }

    /// The agent leaves the call to whoever was asked: a colleague has it then, or nobody of ours.
    pub(in crate::center) fn complete(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) -> Done {
        let (_, others) = self.visits.in_talk(call)?;
        let up = |other: &Other| !other.is_supervisor() && other.leg().is_some();
        let agents = others.iter().rposition(|other| up(other) && other.who.agent().is_some());
        let at = agents.or_else(|| others.iter().rposition(up)).ok_or(NOBODY)?;
        self.hand_to(now, call, at, HandoverHow::Consult, out);
        Ok(Obeyed::Done)
    }

    /// One of the others who is up has the call from now on.
    pub(in crate::center) fn hand_to(
        &mut self,
        now: Instant,
        call: CallId,
        at: usize,
        how: HandoverHow,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call).filter(|visit| at < visit.others.len()) else { return };
        let Some(talk) = visit.phase.talk().cloned() else { return };
        let other = visit.others.remove(at);
        let Some(leg) = other.leg() else { return };
        self.leave_to(now, call, &talk, None, out);
        self.todo.to_calls(call::Command::SetMode { call, leg, mode: Mode::Talk });
        self.with(now, call, out, |visit, turn| visit.set_customer_mode(Mode::Talk, turn));
        self.passed_to(now, call, &talk, (other.who, leg, other.phone), how, out);
    }

    /// Whoever takes the call over is up and in it.
    pub(in crate::center) fn passed_to(
        &mut self,
        now: Instant,
        call: CallId,
        from: &Talking,
        (who, leg, phone): (Who, crate::base::LegId, Option<String>),
        how: HandoverHow,
        out: &mut Vec<Output>,
    ) {
        let to = who.agent();
        let (queue, since, held, taking_over) = (from.queue, now, None, None);
        let phase = match who {
            Who::Agent { agent, contact } => {
                // Only asked until now: what comes after the call follows the queue's rule.
                let asked = contact;
                let contact = self.visits.take_on(agent, call, queue, &mut self.todo);
                self.visits.free(asked, &mut self.todo);
                if let Some(seat) = self.seats.get_mut(&agent) {
                    seat.hand.own(call, contact);
                }
                Phase::Talking(Talking { contact, queue, agent, leg, phone, since, held, taking_over })
            }
            Who::Number(_) | Who::User(_) => Phase::PassedOn(leg),
        };
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.enter(now, phase);
        visit.record.agent = to.or(visit.record.agent);
        match to {
            // Nobody else had it meanwhile.
            Some(agent) if agent == from.agent => {
                visit.log(now, Event::CallConnected { agent, waited_ms: None }, out);
            }
            _ => {
                visit.record.handed(from.agent, how);
                visit.log(now, Event::transferred(from.agent, to, how), out);
            }
        }
        visit.save(out);
        self.with(now, call, out, |visit, turn| visit.follow_agent(turn));
        if let Some(agent) = to {
            self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Talking, turn));
        }
    }
}
