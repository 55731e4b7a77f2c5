//! Asking somebody while the customer waits: back and forth, all together, or the call handed over.

use crate::base::{LegId, ReservationId};
use crate::call::{self, Mode};
use crate::center::answer::Refused;
use crate::center::circle::ring::Aim;
use crate::center::circle::{Circle, MAX};
use crate::center::desk::{CallState, HandedHow, Refusal, Target};
use crate::center::event::Event;
use crate::center::visit::{Other, Part, Phase, Stage, Talking, Who};
use crate::crm::HandoverHow;

const NOBODY: Refused = (Refusal::WrongState, "nobody else is in the call");

impl Circle<'_> {
    pub fn consult(&mut self, to: &Target) -> Result<(), Refused> {
        let talk = self.visit.in_talk()?;
        let (agent, held) = (talk.agent, talk.held.is_some());
        if self.visit.asks() || self.visit.others.len() >= MAX {
            return Err((Refusal::WrongState, "somebody is being asked already"));
        }
        let aim = self.aim(agent, to)?;
        if matches!(aim, Aim::Queue { .. } | Aim::Flow(_)) {
            return Err((Refusal::NotAllowed, "a line or a flow cannot be asked"));
        }
        if !held {
            self.visit.hold(&mut self.turn);
        }
        let handed = self.turn.rules.handed_by(agent, HandedHow::Consulted, "");
        let Some(rung) = self.ring_aim(aim, handed) else {
            return Err((Refusal::TargetUnavailable, "there is no way to reach it"));
        };
        let since = self.turn.now;
        self.visit.cause = None;
        self.visit.log(since, Event::CallConsulted { agent, to: rung.who.agent() }, self.turn.out);
        let (who, part, stage) = (rung.who, Part::Consulted, Stage::Rings(rung.going));
        self.visit.others.push(Other { who, part, stage, since, pop: rung.pop, phone: None, muted: false });
        self.visit.play_ringback(&mut self.turn);
        self.visit.tell_all(&mut self.turn);
        Ok(())
    }

    pub fn swap(&mut self) -> Result<(), Refused> {
        let held = self.visit.in_talk()?.held.is_some();
        if !self.visit.others.iter().any(|other| other.is_asked() && other.leg().is_some()) {
            return Err(NOBODY);
        }
        match held {
            true => self.visit.resume(&mut self.turn),
            false => self.visit.hold(&mut self.turn),
        };
        Ok(())
    }

    pub fn merge(&mut self) -> Result<(), Refused> {
        let held = self.visit.in_talk()?.held.is_some();
        let asked = self.visit.others.iter_mut().find(|other| other.is_asked());
        let (other, leg) = asked.and_then(|other| other.leg().map(|leg| (other, leg))).ok_or(NOBODY)?;
        other.part = Part::Joined;
        let merged = Event::CallMerged { agent: other.who.agent() };
        self.visit.log(self.turn.now, merged, self.turn.out);
        self.turn.todo.to_calls(call::Command::SetMode { call: self.visit.call, leg, mode: Mode::Talk });
        match held {
            true => drop(self.visit.resume(&mut self.turn)),
            false => self.visit.tell_all(&mut self.turn),
        }
        Ok(())
    }

    /// `id`: one of the others who is no supervisor; `None`: whoever was asked last.
    pub fn drop_other(&mut self, id: Option<ReservationId>) -> Result<(), Refused> {
        self.visit.in_talk()?;
        let is_meant = |other: &Other| Some(other.pop) == id && !other.is_supervisor();
        let at = if id.is_some() { self.visit.others.iter().position(is_meant) } else { self.visit.asked() };
        let other = at.and_then(|at| self.take_other(at)).ok_or(NOBODY)?;
        self.visit.log(self.turn.now, Event::CallOtherDropped { agent: other.who.agent() }, self.turn.out);
        if other.leg().is_none() {
            self.visit.stop_ringback(&mut self.turn);
        }
        self.visit.end_second_line(&mut self.turn);
        self.dismiss(&other, "let go");
        self.visit.tell_all(&mut self.turn);
        Ok(())
    }

    /// The agent leaves the call to whoever was asked: a colleague has it then, or nobody of ours.
    pub fn complete(&mut self) -> Result<(), Refused> {
        self.visit.in_talk()?;
        let others = &self.visit.others;
        let up = |other: &Other| !other.is_supervisor() && other.leg().is_some();
        let agents = others.iter().rposition(|other| up(other) && other.who.agent().is_some());
        let at = agents.or_else(|| others.iter().rposition(up)).ok_or(NOBODY)?;
        self.hand_to(at, HandoverHow::Consult);
        Ok(())
    }

    /// One of the others who is up has the call from now on.
    pub(super) fn hand_to(&mut self, at: usize, how: HandoverHow) {
        let Some(talk) = self.visit.phase.talk().cloned() else { return };
        let Some(other) = self.take_other(at) else { return };
        let Some(leg) = other.leg() else { return };
        self.leave_to(&talk, None);
        self.turn.todo.to_calls(call::Command::SetMode { call: self.visit.call, leg, mode: Mode::Talk });
        self.visit.set_customer_mode(Mode::Talk, &mut self.turn);
        self.passed_to(&talk, (other.who, leg, other.phone), how);
    }

    /// Whoever takes the call over is up and in it.
    pub(super) fn passed_to(
        &mut self,
        from: &Talking,
        (who, leg, phone): (Who, LegId, Option<String>),
        how: HandoverHow,
    ) {
        let (now, to, queue) = (self.turn.now, who.agent(), from.queue);
        let phase = match who {
            Who::Agent { agent, contact } => {
                let contact = self.take_on(agent, contact, queue);
                Phase::Talking(Talking::begun(now, (agent, contact), queue, (leg, phone)))
            }
            Who::Outside(_) | Who::User(_) => Phase::PassedOn(leg),
        };
        let visit = &mut *self.visit;
        visit.enter(now, phase);
        visit.record.agent = to.or(visit.record.agent);
        match to {
            // Nobody else had it meanwhile.
            Some(agent) if agent == from.agent => {
                visit.log(now, Event::CallConnected { agent, waited_ms: None }, self.turn.out);
            }
            _ => {
                visit.record.handed(from.agent, how);
                visit.log(now, Event::transferred(from.agent, to, how), self.turn.out);
            }
        }
        visit.save(self.turn.out);
        visit.follow_agent(&mut self.turn);
        if let Some(agent) = to {
            visit.tell(agent, CallState::Talking, &mut self.turn);
        }
    }
}
