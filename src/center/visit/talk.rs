//! The conversation with an agent: held, resumed, recorded.

use crate::acd;
use crate::base::{AgentId, Instant, InteractionId, LegId, ReservationId};
use crate::call::{self, Mode};
use crate::center::desk::CallState;
use crate::center::event::Event;
use crate::center::turn::{Turn, millis, sip_reason};
use crate::center::visit::{Phase, Talking, Visit};
use crate::crm::Interaction;

/// Whose voices, and where they are kept.
type Recorded = (InteractionId, String);

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

    /// The agent presses hold, or resumes, on the phone itself.
    pub fn is_talking_on(&self, leg: LegId) -> bool {
        matches!(&self.phase, Phase::Talking(talk) if talk.leg == leg)
    }

    /// The agent wants a call on record that is not. `false`: it is.
    pub fn start_recording(&mut self, agent: AgentId, turn: &mut Turn<'_>) -> bool {
        if self.record.recording.is_some() || !matches!(self.phase, Phase::Talking(_)) {
            return false;
        }
        let path = recording_path(&self.record);
        self.record.recording = Some(path.clone());
        self.log(turn.now, Event::RecordingStarted { agent }, turn.out);
        self.save(turn.out);
        turn.todo.to_calls(call::Command::Record { call: self.call, interaction: self.record.id, path });
        self.tell_all(turn);
        true
    }

    /// `false`: it is so already, or there is none.
    pub fn pause_recording(&mut self, paused: bool, turn: &mut Turn<'_>) -> bool {
        if self.record.recording.is_none() || self.recording_paused == paused {
            return false;
        }
        self.recording_paused = paused;
        let agent = self.record.agent;
        let event = if paused { Event::RecordingPaused { agent } } else { Event::RecordingResumed { agent } };
        self.log(turn.now, event, turn.out);
        turn.todo.to_calls(call::Command::PauseRecording { call: self.call, paused });
        self.tell_all(turn);
        true
    }

    /// An agent has the customer from now on. Gives the call-back that was booked in the line, and what is to be
    /// recorded.
    pub fn connect(&mut self, talk: Talking, turn: &mut Turn<'_>) -> (Option<InteractionId>, Option<Recorded>) {
        let (agent, now) = (talk.agent, turn.now);
        let recording = turn.rules.records(talk.queue);
        let waited = now.since(self.record.queued.unwrap_or(now));
        self.record.agent = Some(agent);
        self.record.answered.get_or_insert(now);
        self.playing = None;
        let before = self.enter(now, Phase::Talking(talk));
        if recording && self.record.recording.is_none() {
            self.record.recording = Some(recording_path(&self.record));
        }
        self.log(now, Event::CallConnected { agent, waited_ms: Some(waited.as_millis() as u64) }, turn.out);
        self.save(turn.out);
        let booked = match before {
            Phase::Queued(queued) => queued.booked,
            _ => None,
        };
        // A message that was left stays what is kept of this contact.
        let recorded = self.record.recording.clone().filter(|_| !self.left_message);
        (booked, recorded.map(|path| (self.record.id, path)))
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

/// `2026/11/22/<interaction>.wav`, by the day in UTC.
pub(super) fn recording_path(record: &Interaction) -> String {
    let micros = i64::try_from(record.started.as_micros()).unwrap_or(i64::MAX);
    let day = jiff::Timestamp::from_microsecond(micros).map(|stamp| stamp.strftime("%Y/%m/%d").to_string());
    format!("{}/{}.wav", day.unwrap_or_default(), record.id)
}
