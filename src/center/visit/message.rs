//! A message that a caller leaves: recorded as a talk is, and owed an answer as a call-back is.

use std::time::Duration;

use super::Visit;
use crate::base::{Instant, LegId};
use crate::call;
use crate::center::event::Event;
use crate::center::output::{Output, Write};
use crate::center::turn::{Due, Turn, millis};
use crate::crm::{OF_AGENT, Task, VOICEMAIL};
use crate::dialplan::Mailbox;

/// What is shorter says nothing.
const SHORTEST: Duration = Duration::from_secs(1);

/// A message while it is spoken.
#[derive(Debug)]
pub(in crate::center) struct Message {
    mailbox: Mailbox,
    since: Instant,
}

impl Visit {
    /// Records the caller alone, so long at most.
    pub fn take_message(&mut self, leg: LegId, mailbox: Mailbox, max_ms: u64, turn: &mut Turn<'_>) {
        self.playing = None;
        self.message = Some(Message { mailbox, since: turn.now });
        turn.todo.to_calls(call::Command::Stop { leg });
        self.keep_voices(turn);
        self.save(turn.out);
        turn.todo.deadlines.set(Due::Listen(self.call), turn.now + Duration::from_millis(max_ms));
    }

    /// The caller has said it, or is gone: who answers it finds it among the tasks.
    pub fn message_is_over(&mut self, turn: &mut Turn<'_>) {
        let Some(Message { mailbox, since }) = self.message.take() else { return };
        let length = turn.now.since(since);
        if length >= SHORTEST {
            self.left_message = true;
            turn.todo.messages.push((self.record.id, mailbox.clone()));
            let (queue, agent, note) = match mailbox {
                Mailbox::Queue(key) => (Some(key.clone()), None, key),
                Mailbox::Agent(key) => (None, Some(key.clone()), format!("{OF_AGENT}{key}")),
            };
            let left = Event::MessageLeft { queue, agent, duration_ms: millis(length) };
            self.log(turn.now, left, turn.out);
            turn.out.push(Output::Write(Write::Task(Task {
                interaction: self.record.id,
                customer: self.record.customer,
                number: self.record.caller.clone(),
                kind: VOICEMAIL.to_owned(),
                due: turn.now,
                note,
            })));
        }
        self.go_off_record(turn);
    }
}
