//! The step that takes a message: `voicemail`.
//!
//! | phase | event | next | verb |
//! | --- | --- | --- | --- |
//! | greeting | prompt ended, terminator | message | `TakeMessage` |
//! | message | terminator, time over | the next step | |
//!
//! Who hangs up has left what was said until then.

use super::{Phase, Run, Turn, Voicemail};
use crate::dialplan::{Event, Prompt, Verb};
use crate::written::schedule::Local;

const TONE: &str = "tone/beep";

impl Run {
    pub(super) fn enter_voicemail(&mut self, voicemail: &Voicemail, local: Option<Local>) -> Turn {
        self.typed.clear();
        let mut prompts = self.spoken(&voicemail.greeting, local);
        prompts.push(Prompt::Sound(TONE.to_owned()));
        Turn::Do(Verb::Play { prompts }, Phase::Greeting)
    }

    pub(super) fn voicemail_event(&mut self, voicemail: &Voicemail, phase: &Phase, event: &Event) -> Turn {
        let ends = matches!(event, Event::Digit(digit) if Some(*digit) == voicemail.terminator);
        match (phase, event) {
            (Phase::Greeting, _) if ends => Turn::Do(take(voicemail), Phase::Message),
            (Phase::Greeting, Event::PlayEnded) => Turn::Do(take(voicemail), Phase::Message),
            (Phase::Message, _) if ends => self.came_back("recorded", &voicemail.next),
            (Phase::Message, Event::Timeout) => self.came_back("recorded", &voicemail.next),
            _ => Turn::Stay,
        }
    }
}

fn take(voicemail: &Voicemail) -> Verb {
    Verb::TakeMessage { mailbox: voicemail.mailbox.clone(), max_ms: voicemail.max_ms }
}
