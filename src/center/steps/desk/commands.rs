//! Commands from desktops and supervisors: each is done or refused with a reason, never ignored. What the
//! router decides is answered when it has decided.

use crate::acd::{self, AgentState, Author, RefusedWhy};
use crate::base::{AgentId, CallId, CommandId, Instant};
use crate::center::Center;
use crate::center::answer::{Done, Refused, Settled, done_if};
use crate::center::desk::{DeskCommand, Outcome, Refusal};
use crate::center::lookup::Choosing;
use crate::center::output::Output;
use crate::center::seat::Seat;
use crate::center::steps::desk::forms::WrapUp;
use crate::center::turn::{Turn, Work};
use crate::center::visit::Visit;
use crate::crm::EndedBy;

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
            DeskCommand::Hold => self.in_talk(now, agent, out, "the call is on hold already", Visit::hold),
            DeskCommand::Resume => self.in_talk(now, agent, out, "the call is not on hold", Visit::resume),
            DeskCommand::HangUp => {
                if self.leave_colleague(now, agent, out) {
                    return Ok(Settled::Done);
                }
                let call = self.call_in_talk(agent)?;
                self.finish(now, call, EndedBy::Agent, None, out);
                Ok(Settled::Done)
            }
            DeskCommand::TakeOver { phone } => {
                let call = self.call_in_talk(agent)?;
                self.take_call_over(now, agent, call, phone)
            }
            DeskCommand::RecordingStart => {
                let record = |visit: &mut Visit, turn: &mut Turn<'_>| visit.start_recording(agent, turn);
                self.in_talk(now, agent, out, "the call is recorded already", record)
            }
            DeskCommand::RecordingPause => {
                let pause = |visit: &mut Visit, turn: &mut Turn<'_>| visit.pause_recording(true, turn);
                self.in_talk(now, agent, out, "nothing is being recorded", pause)
            }
            DeskCommand::RecordingResume => {
                let resume = |visit: &mut Visit, turn: &mut Turn<'_>| visit.pause_recording(false, turn);
                self.in_talk(now, agent, out, "the recording is not paused", resume)
            }
            DeskCommand::Decline => self.decline(now, agent, out),
            DeskCommand::Dial { number, queue } => self.dial_out(now, agent, &number, queue.as_deref(), out),
            DeskCommand::Transfer { to, note } => {
                let call = self.call_in_talk(agent)?;
                self.transfer(now, agent, call, (&to, &note), out)
            }
            DeskCommand::Consult { to } => {
                let call = self.call_in_talk(agent)?;
                self.consult(now, agent, call, &to, out)
            }
            DeskCommand::Swap => self.call_in_talk(agent).and_then(|call| self.swap(now, call, out)),
            DeskCommand::Merge => self.call_in_talk(agent).and_then(|call| self.merge(now, call, out)),
            DeskCommand::Complete => self.call_in_talk(agent).and_then(|call| self.complete(now, call, out)),
            DeskCommand::DropOther => self.call_in_talk(agent).and_then(|call| self.drop_other(now, call, out)),
            DeskCommand::WrapUpSave { interaction, disposition, notes, done } => {
                self.save_wrap_up(now, agent, WrapUp { interaction, disposition, notes, done }, out)
            }
            DeskCommand::WrapUpExtend => {
                self.expect_state(agent, |state| matches!(state, AgentState::WrapUp { .. }), "no wrap-up is on")?;
                Ok(Settled::ByRouter(acd::Input::ExtendWrapUp { agent }))
            }
            DeskCommand::WrapUpRequest => Ok(Settled::ByRouter(acd::Input::RequestWrapUp { agent })),
            // Obeyed where it is taken.
            DeskCommand::PopChoose { .. } => Ok(Settled::Done),
            DeskCommand::PopSeen { reservation } => {
                self.pop_seen(agent, reservation);
                Ok(Settled::Done)
            }
            ask @ (DeskCommand::MicrophoneLost | DeskCommand::MicrophoneFound) => {
                self.microphone(agent, ask == DeskCommand::MicrophoneLost);
                Ok(Settled::Done)
            }
        }
    }

    /// What concerns nobody but the call itself; `otherwise`: why it has nothing to do.
    fn in_talk(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Output>,
        otherwise: &'static str,
        act: impl FnOnce(&mut Visit, &mut Turn<'_>) -> bool,
    ) -> Done {
        let call = self.call_in_talk(agent)?;
        done_if(self.with(now, call, out, act), otherwise)
    }

    pub(in crate::center) fn seat(&self, agent: AgentId) -> Result<&Seat, Refused> {
        self.seats.get(&agent).ok_or((Refusal::UnknownAgent, "there is no such agent"))
    }

    /// A desktop-less agent (a desk phone, a program) signs in with the first state it asks for.
    pub(in crate::center) fn sign_in_if_needed(&mut self, agent: AgentId) {
        if self.seats.get(&agent).is_some_and(|seat| seat.state == AgentState::SignedOut) {
            self.todo.to_router(acd::Input::SignIn { agent });
        }
    }

    pub(in crate::center) fn may_be_ready(&self, agent: AgentId) -> Result<&AgentState, Refused> {
        let seat = self.seat(agent)?;
        if !seat.is_reachable() {
            return Err((Refusal::WrongState, "no phone of this agent is registered"));
        }
        seat.can_speak()?;
        Ok(&seat.state)
    }

    pub(in crate::center) fn set_ready(&mut self, agent: AgentId, author: Author) -> Done {
        self.may_be_ready(agent)?;
        self.sign_in_if_needed(agent);
        Ok(Settled::ByRouter(acd::Input::Ready { agent, author }))
    }

    pub(in crate::center) fn set_not_ready(&mut self, agent: AgentId, reason: String, author: Author) -> Done {
        if !self.rules.configuration.reasons.iter().any(|known| known.key == reason) {
            return Err((Refusal::UnknownReason, "there is no such reason"));
        }
        self.sign_in_if_needed(agent);
        Ok(Settled::ByRouter(acd::Input::NotReady { agent, reason, author }))
    }

    pub(in crate::center) fn sign_out(&mut self, agent: AgentId, author: Author) -> Done {
        self.expect_state(agent, |state| *state != AgentState::SignedOut, "the agent is not signed in")?;
        Ok(Settled::ByRouter(acd::Input::SignOut { agent, author }))
    }

    fn expect_state(
        &self,
        agent: AgentId,
        fits: impl Fn(&AgentState) -> bool,
        what: &'static str,
    ) -> Result<(), Refused> {
        if fits(&self.seat(agent)?.state) { Ok(()) } else { Err((Refusal::WrongState, what)) }
    }

    /// The call this agent talks on (held and parked ones included).
    pub(in crate::center) fn call_in_talk(&self, agent: AgentId) -> Result<CallId, Refused> {
        let call = self.seat(agent)?.call.filter(|call| self.visits.has(*call, agent));
        call.ok_or((Refusal::NoCall, "there is no call on hand"))
    }

    fn decline(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Output>) -> Done {
        let seat = self.seat(agent)?;
        if let AgentState::Reserved { reservation, .. } = seat.state {
            return Ok(Settled::ByRouter(acd::Input::Refused { reservation, why: RefusedWhy::Declined }));
        }
        let call = seat.call.ok_or((Refusal::NoCall, "no call rings"))?;
        done_if(self.decline_colleague(now, call, agent, out), "no call rings")
    }

    /// Answers a command, or has the router answer it.
    pub(in crate::center) fn reply(&mut self, command: CommandId, done: Done, out: &mut Vec<Output>) {
        let (outcome, after_write) = match done {
            Ok(Settled::ByRouter(input)) => return self.todo.work.push_back(Work::Ask { command, input }),
            Ok(Settled::Done) => (Outcome::Done, false),
            Ok(Settled::WhenWritten) => (Outcome::Done, true),
            Err((code, message)) => (Outcome::Refused { code, message: message.to_owned() }, false),
        };
        out.push(Output::Reply { command, outcome, after_write });
    }
}
