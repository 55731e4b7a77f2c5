//! Commands from desktops and supervisors: each is done or refused with a reason, never ignored. What the
//! router decides is answered when it has decided.

use crate::acd::{self, AgentState, Author, RefusedWhy};
use crate::base::{AgentId, CallId, CommandId, Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused, done_if};
use crate::center::desk::{CommandOutcome, DeskCommand, Refusal};
use crate::center::lookup::Choosing;
use crate::center::output::Output;
use crate::center::steps::desk::forms::WrapUp;
use crate::center::turn::{Turn, Work};
use crate::center::visit::Visit;

impl Center {
    pub(in crate::center) fn desk_command(
        &mut self,
        now: Instant,
        command: CommandId,
        agent: AgentId,
        ask: DeskCommand,
        out: &mut Vec<Output>,
    ) {
        let done = match ask {
            _ if !self.seats.contains_key(&agent) => Err((Refusal::UnknownAgent, "there is no such agent")),
            // Answered by itself, perhaps only when the store has.
            DeskCommand::PopChoose { interaction, customer } => {
                return self.choose(now, Choosing { command, agent, interaction, customer }, out);
            }
            ask => self.obey(now, agent, ask, out),
        };
        self.reply(command, done, out);
    }

    fn obey(&mut self, now: Instant, agent: AgentId, ask: DeskCommand, out: &mut Vec<Output>) -> Done {
        match ask {
            DeskCommand::Ready => self.set_ready(agent, Author::Agent),
            DeskCommand::NotReady { reason } => self.set_not_ready(agent, reason, Author::Agent),
            DeskCommand::SignOut => self.sign_out(agent, Author::Agent),
            DeskCommand::Hold { interaction } => {
                self.in_talk(now, (agent, interaction), out, "the call is on hold already", Visit::hold)
            }
            DeskCommand::Resume { interaction } => {
                self.in_talk(now, (agent, interaction), out, "the call is not on hold", Visit::resume)
            }
            DeskCommand::HangUp { interaction } => {
                if self.leave_colleague(now, agent, interaction, out) {
                    return Ok(Obeyed::Done);
                }
                let call = self.call_in_talk(agent, interaction)?;
                self.agent_hangs_up(now, call, None, out);
                Ok(Obeyed::Done)
            }
            DeskCommand::TakeOver { interaction, phone } => {
                self.take_call_over(now, agent, self.call_in_talk(agent, interaction)?, phone)
            }
            ask @ (DeskCommand::RecordingStart { interaction }
            | DeskCommand::RecordingPause { interaction }
            | DeskCommand::RecordingResume { interaction }) => self.record(now, (agent, interaction), &ask, out),
            DeskCommand::Digits { interaction, digits } => self.send_digits(now, (agent, interaction), digits, out),
            DeskCommand::Decline { interaction } => self.decline(now, agent, interaction, out),
            DeskCommand::Dial { number, queue } => self.dial_out(now, agent, &number, queue.as_deref(), out),
            ask @ (DeskCommand::Transfer { .. }
            | DeskCommand::Park { .. }
            | DeskCommand::PickUp { .. }
            | DeskCommand::Consult { .. }) => self.move_call(now, agent, ask, out),
            DeskCommand::Swap { interaction } => self.swap(now, self.call_in_talk(agent, interaction)?, out),
            DeskCommand::Merge { interaction } => self.merge(now, self.call_in_talk(agent, interaction)?, out),
            DeskCommand::Complete { interaction } => self.complete(now, self.call_in_talk(agent, interaction)?, out),
            DeskCommand::DropOther { interaction, other } => {
                self.drop_other(now, self.call_in_talk(agent, interaction)?, other, out)
            }
            DeskCommand::MuteOther { interaction, other, muted } => {
                let call = self.call_in_talk(agent, interaction)?;
                self.visits.in_talk(call)?;
                self.with(now, call, out, |visit, turn| visit.mute_other(other, muted, turn))
                    .map_or(Ok(Obeyed::Done), Err)
            }
            DeskCommand::WrapUpSave { interaction, disposition, notes, done } => {
                self.save_wrap_up(now, agent, WrapUp { interaction, disposition, notes, done }, out)
            }
            DeskCommand::WrapUpExtend => {
                let wraps_up = |state: &AgentState| matches!(state, AgentState::WrapUp { .. });
                self.seats.known(agent)?.expect(wraps_up, "no wrap-up is on")?;
                Ok(Obeyed::ByRouter(acd::Input::ExtendWrapUp { agent }))
            }
            DeskCommand::WrapUpRequest => Ok(Obeyed::ByRouter(acd::Input::RequestWrapUp { agent })),
            DeskCommand::PopChoose { .. } => Ok(Obeyed::Done), // where it is taken
            DeskCommand::PopSeen { reservation } => {
                self.pop_seen(agent, reservation);
                Ok(Obeyed::Done)
            }
            ask @ (DeskCommand::MicrophoneLost | DeskCommand::MicrophoneFound) => {
                if let Some(seat) = self.seats.get_mut(&agent) {
                    seat.microphone(ask == DeskCommand::MicrophoneLost, &mut self.todo);
                }
                Ok(Obeyed::Done)
            }
        }
    }

    /// To or from somebody else.
    fn move_call(&mut self, now: Instant, agent: AgentId, ask: DeskCommand, out: &mut Vec<Output>) -> Done {
        match ask {
            DeskCommand::Transfer { interaction, to, note } => {
                let call = self.call_in_talk(agent, interaction)?;
                self.transfer(now, agent, call, (&to, &note), out)
            }
            DeskCommand::Park { interaction, slot, lot } => {
                let call = self.call_in_talk(agent, interaction)?;
                self.park_in_slot(now, call, (slot, lot.as_deref()), out)
            }
            DeskCommand::PickUp { slot: Some(slot) } => self.pick_up_slot(now, (agent, None), slot, out),
            DeskCommand::PickUp { slot: None } => self.pick_up_ringing(now, (agent, None), out),
            DeskCommand::Consult { interaction, to } => {
                let call = self.call_in_talk(agent, interaction)?;
                self.consult(now, agent, call, &to, out)
            }
            _ => Err((Refusal::WrongState, "nothing is moved by it")),
        }
    }

    fn record(
        &mut self,
        now: Instant,
        meant: (AgentId, Option<InteractionId>),
        ask: &DeskCommand,
        out: &mut Vec<Output>,
    ) -> Done {
        let otherwise = match ask {
            DeskCommand::RecordingPause { .. } => "nothing is being recorded",
            DeskCommand::RecordingResume { .. } => "the recording is not paused",
            _ => "the call is recorded already",
        };
        self.in_talk(now, meant, out, otherwise, |visit, turn| match ask {
            DeskCommand::RecordingPause { .. } => visit.pause_recording(true, turn),
            DeskCommand::RecordingResume { .. } => visit.pause_recording(false, turn),
            _ => visit.start_recording(meant.0, turn),
        })
    }

    fn send_digits(
        &mut self,
        now: Instant,
        meant: (AgentId, Option<InteractionId>),
        digits: String,
        out: &mut Vec<Output>,
    ) -> Done {
        if !are_keys(&digits) {
            return Err((Refusal::BadDigits, "at most 32 of 0-9, *, #, A-D"));
        }
        self.in_talk(now, meant, out, "nobody is on the line", |visit, turn| visit.send_digits(digits, turn))
    }

    /// What concerns nobody but the call itself; `otherwise`: why it has nothing to do.
    fn in_talk(
        &mut self,
        now: Instant,
        (agent, named): (AgentId, Option<InteractionId>),
        out: &mut Vec<Output>,
        otherwise: &'static str,
        act: impl FnOnce(&mut Visit, &mut Turn<'_>) -> bool,
    ) -> Done {
        let call = self.call_in_talk(agent, named)?;
        done_if(self.with(now, call, out, act), otherwise)
    }

    pub(in crate::center) fn set_ready(&mut self, agent: AgentId, author: Author) -> Done {
        self.seats.known(agent)?.may_be_ready()?;
        self.seats.sign_in_if_needed(agent, &mut self.todo);
        Ok(Obeyed::ByRouter(acd::Input::Ready { agent, author }))
    }

    pub(in crate::center) fn set_not_ready(&mut self, agent: AgentId, reason: String, author: Author) -> Done {
        if !self.rules.configuration.reasons.iter().any(|known| known.key == reason) {
            return Err((Refusal::UnknownReason, "there is no such reason"));
        }
        self.seats.sign_in_if_needed(agent, &mut self.todo);
        Ok(Obeyed::ByRouter(acd::Input::NotReady { agent, reason, author }))
    }

    pub(in crate::center) fn sign_out(&mut self, agent: AgentId, author: Author) -> Done {
        self.seats.known(agent)?.expect(|state| *state != AgentState::SignedOut, "the agent is not signed in")?;
        Ok(Obeyed::ByRouter(acd::Input::SignOut { agent, author }))
    }

    /// The call this agent talks on (held and parked ones included); of several the one that is named.
    pub(in crate::center) fn call_in_talk(
        &self,
        agent: AgentId,
        named: Option<InteractionId>,
    ) -> Result<CallId, Refused> {
        let mut calls = self.seats.known(agent)?.hand.meant(named).filter(|call| self.visits.has(*call, agent));
        match (calls.next(), calls.next()) {
            (Some(call), None) => Ok(call),
            (Some(_), Some(_)) => Err((Refusal::WrongState, "several contacts are on hand: name one")),
            (None, _) => Err((Refusal::NoCall, "there is no call on hand")),
        }
    }

    fn decline(&mut self, now: Instant, agent: AgentId, named: Option<InteractionId>, out: &mut Vec<Output>) -> Done {
        let seat = self.seats.known(agent)?;
        let is_named = |contact| self.visits.of(contact).is_some_and(|visit| Some(visit.record.id) == named);
        match seat.state {
            AgentState::Reserved { reservation, contact, .. } if named.is_none() || is_named(contact) => {
                return Ok(Obeyed::ByRouter(acd::Input::Refused { reservation, why: RefusedWhy::Declined }));
            }
            _ => {}
        }
        let calls: Vec<CallId> = seat.hand.meant(named).collect();
        let declined = calls.into_iter().any(|call| self.decline_colleague(now, call, agent, out));
        if declined { Ok(Obeyed::Done) } else { Err((Refusal::NoCall, "no call rings")) }
    }

    /// Answers a command, or has the router answer it.
    pub(in crate::center) fn reply(&mut self, command: CommandId, done: Done, out: &mut Vec<Output>) {
        let (outcome, after_write) = match done {
            Ok(Obeyed::ByRouter(input)) => return self.todo.work.push_back(Work::Ask { command, input }),
            Ok(Obeyed::Done) => (CommandOutcome::Done, false),
            Ok(Obeyed::WhenWritten) => (CommandOutcome::Done, true),
            Err((code, message)) => (CommandOutcome::Refused { code, message: message.to_owned() }, false),
        };
        out.push(Output::Reply { command, outcome, after_write });
    }
}

/// At most so many at once: they take a quarter of a second each.
const DIGITS_MAX: usize = 32;

fn are_keys(digits: &str) -> bool {
    let is_key = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D');
    (1..=DIGITS_MAX).contains(&digits.len()) && digits.chars().all(is_key)
}
