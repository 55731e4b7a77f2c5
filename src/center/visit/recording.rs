//! What of a contact is recorded: by rule, on demand, and nothing while something is secret.

use crate::base::{AgentId, CallDirection, Instant, QueueId};
use crate::call;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::rules::Rules;
use crate::center::turn::Turn;
use crate::center::visit::{Phase, Visit};
use crate::crm::Interaction;

impl Visit {
    /// By the rules of the number and of the queue for which it is (`None`: a call of an agent's own).
    pub fn is_to_be_recorded(&self, queue: Option<QueueId>, rules: &Rules) -> bool {
        let number = match self.record.direction {
            CallDirection::Inbound => rules.number(&self.record.called, self.trunk()),
            _ => None,
        };
        let settings = queue.and_then(|queue| rules.queue_settings(queue));
        let usual = settings.map_or(rules.configuration.outbound.record, |queue| queue.record);
        let rule = settings.map(|queue| queue.recording).unwrap_or_default();
        let wanted = number.and_then(|number| number.record).unwrap_or(usual);
        wanted && (!rule.consent || self.consent == Some(true)) && rule.takes(self.record.id)
    }

    /// The agent wants a call on record that is not. `false`: it is, or the caller does not want it.
    pub fn start_recording(&mut self, turn: &mut Turn<'_>) -> bool {
        let refused = self.consent == Some(false);
        let runs = self.record.recording.is_some() && !self.off_record;
        let Phase::Talking(talk) = &self.phase else { return false };
        if refused || runs {
            return false;
        }
        let agent = talk.agent;
        self.log(turn.now, Event::RecordingStarted { agent }, turn.out);
        self.keep_voices(turn);
        self.save(turn.out);
        self.tell_all(turn);
        true
    }

    /// From now on the voices are kept, unless something is secret: in the one file that a contact has.
    pub fn keep_voices(&mut self, turn: &mut Turn<'_>) {
        let path = self.record.recording.take().unwrap_or_else(|| recording_path(&self.record));
        self.record.recording = Some(path.clone());
        self.off_record = false;
        let (interaction, paused) = (self.record.id, self.keeps_nothing());
        turn.todo.to_calls(call::Command::Record { call: self.call, interaction, path, paused });
    }

    /// What is said from now on is nothing that was to be recorded.
    pub fn go_off_record(&mut self, turn: &mut Turn<'_>) {
        if self.record.recording.is_some() {
            self.off_record = true;
            turn.todo.to_calls(call::Command::PauseRecording { call: self.call, paused: true });
        }
    }

    /// `false`: it is so already, or there is none.
    pub fn pause_recording(&mut self, paused: bool, turn: &mut Turn<'_>) -> bool {
        if self.record.recording.is_none() || self.recording_paused == paused {
            return false;
        }
        let before = self.keeps_nothing();
        self.recording_paused = paused;
        self.hush_keys(turn);
        self.tell_paused(before, self.record.agent, turn);
        self.tell_all(turn);
        true
    }

    /// What the caller keys in now is nobody's business, or is again.
    pub fn keep_secret(&mut self, secret: bool, turn: &mut Turn<'_>) {
        let before = self.keeps_nothing();
        if secret != self.secret {
            self.secret = secret;
            self.hush_keys(turn);
        }
        self.tell_paused(before, None, turn);
    }

    /// What the caller says to being recorded stands in the events of the contact.
    pub fn hear_consent(&mut self, now: Instant, out: &mut Vec<Output>) {
        let said = self.led.as_ref().and_then(|led| led.run.recording_consent());
        if let Some(given) = said.filter(|_| said != self.consent) {
            self.consent = said;
            self.log(now, Event::RecordingConsent { given }, out);
        }
    }

    /// What the customer keys in while something is secret reaches nobody's ear.
    fn hush_keys(&self, turn: &mut Turn<'_>) {
        if let Some(leg) = self.caller_leg {
            let hushed = self.recording_paused || self.secret;
            turn.todo.to_calls(call::Command::HushKeys { leg, hushed });
        }
    }

    /// Of what is spoken now the recording has silence.
    fn keeps_nothing(&self) -> bool {
        self.recording_paused || self.secret || self.off_record
    }

    /// One of the reasons why nothing is kept came or went.
    fn tell_paused(&mut self, before: bool, agent: Option<AgentId>, turn: &mut Turn<'_>) {
        let paused = self.keeps_nothing();
        if self.record.recording.is_some() && paused != before {
            let event = if paused { Event::RecordingPaused { agent } } else { Event::RecordingResumed { agent } };
            self.log(turn.now, event, turn.out);
            turn.todo.to_calls(call::Command::PauseRecording { call: self.call, paused });
        }
    }
}

/// `2026/11/22/<interaction>.wav`, by the day in UTC.
pub(super) fn recording_path(record: &Interaction) -> String {
    let micros = i64::try_from(record.started.as_micros()).unwrap_or(i64::MAX);
    let day = jiff::Timestamp::from_microsecond(micros).map(|stamp| stamp.strftime("%Y/%m/%d").to_string());
    format!("{}/{}.wav", day.unwrap_or_default(), record.id)
}
