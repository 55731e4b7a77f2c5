//! What an agent's phone does by itself: the second line by which it asks somebody, and the transfer that it is told of.

use crate::base::{AgentId, LegId};
use crate::call::{self, AttemptId, Mode};
use crate::center::desk::ParkedCall;
use crate::center::rules::Rules;
use crate::center::turn::{Todo, Turn, sip_reason};
use crate::center::visit::{InSlot, Other, Phase, Visit};

/// Who a caller becomes that is taken into a call.
#[derive(Debug)]
pub(in crate::center) enum Taken {
    /// In the place of the agent's phone before; this user's.
    Over(String),
    /// The second line of the agent's phone.
    Second,
    /// In the place of the phones that this attempt would ring; this user's.
    Reached(AttemptId, String),
}

/// Who takes what rings at somebody else, or is parked.
#[derive(Clone, Debug)]
pub(in crate::center) struct Picked {
    pub agent: AgentId,
    /// By this phone, which has called, and its user; `None`: by the desktop, the phones are rung.
    pub by: Option<(LegId, String)>,
}

impl Visit {
    /// A caller comes into this call.
    pub fn take_in(&mut self, leg: LegId, taken: Taken, todo: &mut Todo) {
        self.taken_in.insert(leg, taken);
        todo.to_calls(call::Command::TakeIn { leg, call: self.call });
    }

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

impl Visit {
    /// The customer hears the music of the lot.
    pub fn wait_in_slot(&mut self, parked: InSlot, turn: &mut Turn<'_>) {
        let lot = turn.rules.configuration.parking.lot_of(parked.slot);
        let music = lot.map_or_else(|| turn.rules.music(None), |lot| lot.music.clone());
        self.enter(turn.now, Phase::InSlot(parked));
        self.set_customer_mode(Mode::Apart, turn);
        self.play(vec![music], true, turn);
        self.save(turn.out);
        turn.todo.parked_changed = true;
    }

    /// As desktops show it; `None`: it is in no slot.
    pub fn parked_call(&self, rules: &Rules) -> Option<ParkedCall> {
        let Phase::InSlot(parked) = &self.phase else { return None };
        let by = parked.from.agent;
        Some(ParkedCall {
            slot: parked.slot,
            interaction: self.record.id,
            caller_shown: self.caller_shown(rules),
            customer: self.card().map(|card| card.name.clone()),
            by,
            by_name: rules.name_of(by),
            since: parked.since,
            until: parked.until,
        })
    }
}
