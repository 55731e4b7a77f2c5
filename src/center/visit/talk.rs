//! The conversation with an agent: begun, held, resumed.

use super::recording::recording_path;
use crate::acd;
use crate::base::{Instant, InteractionId, LegId, ReservationId};
use crate::call::{self, Mode};
use crate::center::answer::Refused;
use crate::center::desk::{CallState, Refusal};
use crate::center::event::Event;
use crate::center::turn::{Turn, millis, sip_reason};
use crate::center::visit::{Other, Part, Phase, Talking, Visit};

impl Visit {
    /// `false`: it is held already, or nobody talks.
    pub fn hold(&mut self, turn: &mut Turn<'_>) -> bool {
        let Phase::Talking(talk) = &mut self.phase else { return false };
        if talk.held.is_some() {
            return false;
        }
        talk.held = Some(turn.now);
        let agent = talk.agent;
        self.log(turn.now, Event::CallHeld { agent }, turn.out);
        self.part(turn);
        self.face_asked(true, turn);
        self.tell_own(CallState::Held, turn.now, turn);
        true
    }

    /// `false`: it is not held.
    pub fn resume(&mut self, turn: &mut Turn<'_>) -> bool {
        let Phase::Talking(talk) = &mut self.phase else { return false };
        let Some(held) = talk.held.take() else { return false };
        let agent = talk.agent;
        let held_ms = self.held_since(held, turn.now);
        self.log(turn.now, Event::CallResumed { agent, held_ms }, turn.out);
        self.face_asked(false, turn);
        self.set_customer_mode(Mode::Talk, turn);
        self.tell_own(CallState::Talking, turn.now, turn);
        true
    }

    /// A hold is over: it counts in the record.
    pub fn held_since(&mut self, held: Instant, now: Instant) -> u64 {
        let held_ms = millis(now.since(held));
        self.record.hold_ms += held_ms;
        held_ms
    }

    /// The agent pressed hold on the phone itself, or pressed it again.
    pub fn held_by_phone(&mut self, leg: LegId, held: bool, turn: &mut Turn<'_>) {
        if matches!(&self.phase, Phase::Talking(talk) if talk.leg == leg) {
            let _ = if held { self.hold(turn) } else { self.resume(turn) };
        }
    }

    /// An agent has the customer from now on. Gives the call-back that was booked in the line, and whether it is
    /// recorded: by the rules, or because it was with the agent before.
    pub fn connect(&mut self, talk: Talking, turn: &mut Turn<'_>) -> (Option<InteractionId>, bool) {
        let (agent, now) = (talk.agent, turn.now);
        let runs = self.record.recording.is_some() && !self.off_record;
        let recorded = runs || self.is_to_be_recorded(talk.queue, turn.rules);
        let waited = now.since(self.record.queued.unwrap_or(now));
        self.record.agent = Some(agent);
        self.record.answered.get_or_insert(now);
        self.playing = None;
        let before = self.enter(now, Phase::Talking(talk));
        if recorded && self.record.recording.is_none() {
            self.record.recording = Some(recording_path(&self.record));
        }
        self.log(now, Event::CallConnected { agent, waited_ms: Some(waited.as_millis() as u64) }, turn.out);
        self.save(turn.out);
        let booked = match before {
            Phase::Queued(queued) => queued.booked,
            _ => None,
        };
        (booked, recorded)
    }

    /// One of the agents who rang has it: the others stop.
    pub fn accept(&self, taken: ReservationId, turn: &mut Turn<'_>) {
        let Phase::Queued(queued) = &self.phase else { return };
        for (_, ring) in queued.rings.iter().filter(|(reservation, _)| **reservation != taken) {
            let reason = sip_reason(200, "completed elsewhere");
            turn.todo.to_calls(call::Command::StopRing { attempt: ring.attempt, reason });
        }
        turn.todo.to_router(acd::Input::Accepted { reservation: taken });
    }
}

/// At most so many at once: they take a quarter of a second each.
const KEYS_MAX: usize = 32;

/// Keys that a phone has: `0`-`9`, `*`, `#`, `A`-`D`; at most 32.
#[derive(Debug)]
pub(in crate::center) struct Keys(String);

impl Keys {
    pub fn of(digits: String) -> Result<Self, Refused> {
        let is_key = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D');
        match (1..=KEYS_MAX).contains(&digits.len()) && digits.chars().all(is_key) {
            true => Ok(Self(digits)),
            false => Err((Refusal::BadDigits, "at most 32 of 0-9, *, #, A-D")),
        }
    }
}

impl Visit {
    /// To whoever the agent speaks with: the customer, or the one who is asked while the customer waits.
    pub fn send_keys(&self, Keys(digits): Keys, turn: &mut Turn<'_>) -> Result<(), Refused> {
        const NOBODY: Refused = (Refusal::WrongState, "nobody is on the line");
        let Phase::Talking(talk) = &self.phase else { return Err(NOBODY) };
        let asked = |other: &&Other| other.part == Part::Consulted && other.leg().is_some();
        let asked = self.others.iter().find(asked).and_then(Other::leg);
        let leg = asked.or(self.caller_leg.filter(|_| talk.held.is_none())).ok_or(NOBODY)?;
        turn.todo.to_calls(call::Command::SendDigits { leg, digits });
        Ok(())
    }
}
