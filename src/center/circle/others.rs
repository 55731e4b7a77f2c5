//! Those beside the customer and the agent who has the call: they come, they go, they are let go.

use crate::base::{AgentId, LegId};
use crate::call::{self, Cause, Mode, Party, Role};
use crate::center::circle::Circle;
use crate::center::desk::{CallState, RingEnd};
use crate::center::event::Event;
use crate::center::turn::sip_reason;
use crate::center::visit::{Other, Part, Phase, Stage, Who, watch_mode};

impl Circle<'_> {
    /// The phone of one of the others has answered.
    pub(super) fn other_reached(&mut self, at: usize, (leg, phone): (LegId, Option<String>)) {
        let now = self.turn.now;
        let held = matches!(&self.visit.phase, Phase::Talking(talk) if talk.held.is_some());
        let agent_leg = self.visit.phase.talk().map(|talk| talk.leg);
        let Some(other) = self.visit.others.get_mut(at) else { return };
        (other.stage, other.phone, other.since) = (Stage::Up(leg), phone, now);
        if other.part == Part::Consulted && !held {
            other.part = Part::Waiting;
        }
        let (part, agent) = (other.part.clone(), other.who.agent());
        let beside = if agent.is_some() { Role::Agent } else { Role::Guest };
        let (role, mode) = match &part {
            Part::Supervisor { watch, .. } => (Role::Supervisor, watch_mode(*watch, agent_leg)),
            Part::Waiting => (beside, Mode::Apart),
            Part::Consulted | Part::Joined => (beside, Mode::Talk),
        };
        let event = match &part {
            Part::Supervisor { user, watch } => Event::CallSupervised { user: user.clone(), watch: *watch },
            _ => Event::CallConsultAnswered { agent },
        };
        self.visit.log(now, event, self.turn.out);
        let party = Party { leg, role, mode };
        self.turn.todo.to_calls(call::Command::Enter { call: self.visit.call, party });
        if mode == Mode::Apart {
            self.visit.play_music_to(leg, &mut self.turn);
        }
        if let Some(agent) = agent {
            self.visit.tell(agent, CallState::Talking, &mut self.turn);
        }
        self.visit.tell_all(&mut self.turn);
    }

    /// Rung in vain.
    pub(super) fn other_failed(&mut self, at: usize, cause: Cause) {
        let Some(other) = self.take_other(at) else { return };
        if !other.is_supervisor() {
            self.visit.cause = Some(cause);
            let failed = Event::CallConsultFailed { to: other.who.agent(), why: cause };
            self.visit.log(self.turn.now, failed, self.turn.out);
        }
        self.visit.stop_ringback(&mut self.turn);
        self.visit.end_second_line(&mut self.turn);
        self.release(&other, RingEnd::after(cause));
        self.visit.tell_all(&mut self.turn);
    }

    /// The leg of one of the others is gone.
    pub(super) fn other_left(&mut self, at: usize) {
        let Some(other) = self.take_other(at) else { return };
        self.visit.log(self.turn.now, Event::CallOtherLeft { agent: other.who.agent() }, self.turn.out);
        if !other.is_supervisor() {
            self.visit.end_second_line(&mut self.turn);
        }
        self.release(&other, RingEnd::CallerGone);
        self.visit.tell_all(&mut self.turn);
    }

    /// An agent who is in a colleague's call leaves it by the desktop; the call goes on.
    pub fn leave_colleague(&mut self, agent: AgentId) {
        let is = |other: &Other| other.who.agent() == Some(agent) && other.leg().is_some();
        let at = self.visit.others.iter().position(is);
        let Some(other) = at.and_then(|at| self.take_other(at)) else { return };
        self.visit.log(self.turn.now, Event::CallOtherLeft { agent: Some(agent) }, self.turn.out);
        self.dismiss(&other, "left");
        self.visit.tell_all(&mut self.turn);
    }

    /// The agent is away for a while, or leaves: nobody waits for an answer any more.
    pub(super) fn dismiss_asked(&mut self) {
        let others = std::mem::take(&mut self.visit.others);
        let (gone, kept): (Vec<Other>, _) = others.into_iter().partition(Other::is_asked);
        self.visit.others = kept;
        self.visit.end_second_line(&mut self.turn);
        for other in &gone {
            self.dismiss(other, "the one who asked is gone");
        }
    }

    /// The call is over: everybody who was asked into it is free.
    pub(super) fn release_all(&mut self) {
        for other in std::mem::take(&mut self.visit.others) {
            if let Stage::Rings(going) = &other.stage {
                let reason = sip_reason(487, "the call is over");
                self.turn.todo.to_calls(call::Command::StopRing { attempt: going.attempt, reason });
            }
            self.release(&other, RingEnd::CallerGone);
        }
    }

    /// Ends the part of one of the others: the phone, the router, the desktop.
    pub(super) fn dismiss(&mut self, other: &Other, why: &str) {
        let reason = sip_reason(200, why);
        self.turn.todo.to_calls(match &other.stage {
            Stage::Up(leg) => call::Command::Hangup { leg: *leg, reason },
            Stage::Rings(going) => call::Command::StopRing { attempt: going.attempt, reason },
        });
        self.release(other, RingEnd::CallerGone);
    }

    pub(super) fn take_other(&mut self, at: usize) -> Option<Other> {
        (at < self.visit.others.len()).then(|| self.visit.others.remove(at))
    }

    /// Somebody is in the call no more: free for the router, told on the desktop.
    fn release(&mut self, other: &Other, why: RingEnd) {
        let Who::Agent { agent, contact } = other.who else { return };
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.put_down_ring(other.pop);
        }
        match other.stage {
            Stage::Up(_) => self.visit.tell(agent, CallState::Ended, &mut self.turn),
            Stage::Rings(_) => self.withdraw_pop(agent, other.pop, why),
        }
        self.contacts.free(contact, self.turn.todo);
    }
}
