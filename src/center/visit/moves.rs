//! What an agent's phone does by itself: the second line by which it asks somebody, and the transfer that it is told of.

use crate::call::{self, Mode};
use crate::center::turn::{Turn, sip_reason};
use crate::center::visit::{Other, Visit};

/// Who a caller becomes that is taken into a call.
#[derive(Debug)]
pub(in crate::center) enum Taken {
    /// In the place of the agent's phone before; this user's.
    Over(String),
    /// The second line of the agent's phone.
    Second,
}

impl Visit {
    /// How a transfer that a phone asked for has gone on.
    pub fn tell_referral(&mut self, status: u16, turn: &mut Turn<'_>) {
        if let Some(leg) = self.referral.take() {
            turn.todo.to_calls(call::Command::TellReferral { leg, status });
        }
    }

    /// Nobody is asked any more, or the agent has left: the phone's second line is of no use.
    pub fn end_second_line(&mut self, turn: &mut Turn<'_>) {
        if let Some(leg) = self.second_line.take() {
            let reason = sip_reason(200, "nobody is asked");
            turn.todo.to_calls(call::Command::Hangup { leg, reason });
            self.first_line_talks(turn);
        }
    }

    /// The agent speaks by one line at a time: by the second while the customer is on hold.
    pub fn face_second_line(&self, held: bool, turn: &mut Turn<'_>) {
        let call = self.call;
        let (Some(second), Some(talk)) = (self.second_line, self.phase.talk()) else { return };
        let (quiet, speaks) = if held { (talk.leg, second) } else { (second, talk.leg) };
        turn.todo.to_calls(call::Command::Stop { leg: quiet });
        turn.todo.to_calls(call::Command::SetMode { call, leg: quiet, mode: Mode::Apart });
        turn.todo.to_calls(call::Command::SetMode { call, leg: speaks, mode: Mode::Talk });
    }

    pub fn first_line_talks(&self, turn: &mut Turn<'_>) {
        if let Some(talk) = self.phase.talk() {
            turn.todo.to_calls(call::Command::SetMode { call: self.call, leg: talk.leg, mode: Mode::Talk });
        }
    }

    /// Whoever is asked and still rings.
    pub fn rings_for_asked(&self) -> Option<usize> {
        self.others.iter().position(|other| other.is_asked() && other.leg().is_none())
    }

    /// Somebody is asked, or has answered and waits.
    pub fn asks(&self) -> bool {
        self.others.iter().any(Other::is_asked)
    }
}
