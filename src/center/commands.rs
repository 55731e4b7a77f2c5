//! Commands from desktops and supervisors: each is done or refused with a reason, never ignored. What the
//! router decides is answered when it has decided.

use std::collections::BTreeSet;

use super::choosing::Choosing;
use super::desk::{DeskCommand, LeftOut, Outcome, Refusal};
use super::event::Event;
use super::input::SuperviseCommand;
use super::output::Output;
use super::seat::Closed;
use super::visit::Visit;
use super::work::Work;
use super::{Center, Seat};
use crate::acd::{self, AgentState, Author, RefusedWhy, Rejection, WrapUpMode};
use crate::base::{AgentId, CallId, CommandId, ContactId, Instant, InteractionId, QueueId};
use crate::crm::{EndedBy, Interaction};

/// Notes longer than this are refused.
const NOTES_MAX: usize = 16_384;

pub(super) type Refused = (Refusal, &'static str);

/// How a command that was understood is answered.
pub(super) enum Settled {
    Done,
    /// Done; the answer waits for the write.
    WhenWritten,
    /// The router decides.
    ByRouter(acd::Input),
}

pub(super) type Done = Result<Settled, Refused>;

impl Center {
    pub(super) fn desk_command(
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
            DeskCommand::Hold => {
                let call = self.call_in_talk(agent)?;
                done_if(self.hold(now, call, out), "the call is on hold already")
            }
            DeskCommand::Resume => {
                let call = self.call_in_talk(agent)?;
                done_if(self.resume(now, call, out), "the call is not on hold")
            }
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
                let call = self.call_in_talk(agent)?;
                done_if(self.start_recording(now, call, agent, out), "the call is recorded already")
            }
            DeskCommand::RecordingPause => {
                let call = self.call_in_talk(agent)?;
                done_if(self.pause_recording(now, call, true, out), "nothing is being recorded")
            }
            DeskCommand::RecordingResume => {
                let call = self.call_in_talk(agent)?;
                done_if(self.pause_recording(now, call, false, out), "the recording is not paused")
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
            DeskCommand::Swap => {
                let call = self.call_in_talk(agent)?;
                self.swap(now, call, out)
            }
            DeskCommand::Merge => {
                let call = self.call_in_talk(agent)?;
                self.merge(now, call, out)
            }
            DeskCommand::Complete => {
                let call = self.call_in_talk(agent)?;
                self.complete(now, call, out)
            }
            DeskCommand::DropOther => {
                let call = self.call_in_talk(agent)?;
                self.drop_other(now, call, out)
            }
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
            DeskCommand::MicrophoneLost => {
                self.microphone(agent, true);
                Ok(Settled::Done)
            }
            DeskCommand::MicrophoneFound => {
                self.microphone(agent, false);
                Ok(Settled::Done)
            }
        }
    }

    pub(super) fn supervise(
        &mut self,
        now: Instant,
        command: CommandId,
        user: String,
        ask: SuperviseCommand,
        out: &mut Vec<Output>,
    ) {
        let author = Author::Supervisor(user.clone());
        let done = match ask {
            SuperviseCommand::SetReady { agent } => self.set_ready(agent, author),
            SuperviseCommand::SetReadyTogether { agents } => {
                let outcome = self.set_ready_together(&agents, author);
                return out.push(Output::Reply { command, outcome, after_write: false });
            }
            SuperviseCommand::SetNotReady { agent, reason } => match self.seat(agent).err() {
                Some(refused) => Err(refused),
                None => self.set_not_ready(agent, reason, author),
            },
            SuperviseCommand::SignOut { agent } => self.sign_out(agent, author),
            SuperviseCommand::HangUp { agent } => self.hang_up_for(now, agent, &user, out),
            SuperviseCommand::Supervise { agent, watch, phone } => {
                self.supervise_call(now, &user, (agent, watch, phone), out)
            }
            SuperviseCommand::SuperviseEnd { agent } => self.supervise_end(now, &user, agent, out),
            SuperviseCommand::TakeCall { agent } => self.take_call(now, &user, agent, out),
            SuperviseCommand::CancelCallBack { call_back } => self.cancel_call_back(now, call_back, user, out),
        };
        self.reply(command, done, out);
    }

    /// Ended by a supervisor, who is named in the log.
    fn hang_up_for(&mut self, now: Instant, agent: AgentId, user: &str, out: &mut Vec<Output>) -> Done {
        let call = self.call_in_talk(agent)?;
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.log(now, Event::CallHungUp { agent, by: user.to_owned() }, out);
        }
        self.finish(now, call, EndedBy::Supervisor, None, out);
        Ok(Settled::Done)
    }

    /// One board: the router sees them all before it gives a contact to any.
    fn set_ready_together(&mut self, agents: &[AgentId], author: Author) -> Outcome {
        let (mut able, mut left_out) = (Vec::new(), Vec::new());
        for agent in agents.iter().copied().collect::<BTreeSet<_>>() {
            match self.may_be_ready(agent) {
                Ok(state) if *state == AgentState::Ready => {}
                Ok(_) => able.push(agent),
                Err((code, message)) => left_out.push(LeftOut { agent, code, message: message.to_owned() }),
            }
        }
        able.iter().for_each(|agent| self.sign_in_if_needed(*agent));
        if !able.is_empty() {
            self.to_router(acd::Input::ReadyTogether { agents: able, author });
        }
        if left_out.is_empty() { Outcome::Done } else { Outcome::Partly { left_out } }
    }

    pub(super) fn seat(&self, agent: AgentId) -> Result<&Seat, Refused> {
        self.seats.get(&agent).ok_or((Refusal::UnknownAgent, "there is no such agent"))
    }

    /// A desktop-less agent (a desk phone, a program) signs in with the first state it asks for.
    fn sign_in_if_needed(&mut self, agent: AgentId) {
        if self.seats.get(&agent).is_some_and(|seat| seat.state == AgentState::SignedOut) {
            self.work.push_back(Work::Router(acd::Input::SignIn { agent }));
        }
    }

    fn may_be_ready(&self, agent: AgentId) -> Result<&AgentState, Refused> {
        let seat = self.seat(agent)?;
        if !seat.is_reachable() {
            return Err((Refusal::WrongState, "no phone of this agent is registered"));
        }
        seat.can_speak()?;
        Ok(&seat.state)
    }

    fn set_ready(&mut self, agent: AgentId, author: Author) -> Done {
        self.may_be_ready(agent)?;
        self.sign_in_if_needed(agent);
        Ok(Settled::ByRouter(acd::Input::Ready { agent, author }))
    }

    fn set_not_ready(&mut self, agent: AgentId, reason: String, author: Author) -> Done {
        if !self.rules.configuration.reasons.iter().any(|known| known.key == reason) {
            return Err((Refusal::UnknownReason, "there is no such reason"));
        }
        self.sign_in_if_needed(agent);
        Ok(Settled::ByRouter(acd::Input::NotReady { agent, reason, author }))
    }

    fn sign_out(&mut self, agent: AgentId, author: Author) -> Done {
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
    pub(super) fn call_in_talk(&self, agent: AgentId) -> Result<CallId, Refused> {
        let call = self.seat(agent)?.call.ok_or((Refusal::NoCall, "there is no call on hand"))?;
        let talk = self.visits.get(&call).and_then(|visit| visit.phase.talk());
        talk.filter(|talk| talk.agent == agent).map(|_| call).ok_or((Refusal::NoCall, "there is no call on hand"))
    }

    fn decline(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Output>) -> Done {
        let seat = self.seat(agent)?;
        if let AgentState::Reserved { reservation, .. } = seat.state {
            return Ok(Settled::ByRouter(acd::Input::Refused { reservation, why: RefusedWhy::Declined }));
        }
        let call = seat.call.ok_or((Refusal::NoCall, "no call rings"))?;
        done_if(self.decline_colleague(now, call, agent, out), "no call rings")
    }

    fn save_wrap_up(&mut self, now: Instant, agent: AgentId, form: WrapUp, out: &mut Vec<Output>) -> Done {
        self.check_form(&form)?;
        let seat = self.seat(agent)?;
        let closed = seat.closed.iter().find(|closed| closed.interaction == form.interaction).copied();
        let saved = Event::WrapUpSaved { agent, disposition: form.disposition.clone() };
        let on_hand = |visit: &Visit| {
            visit.record.id == form.interaction
                && (closed.is_some() || visit.phase.talk().is_some_and(|talk| talk.agent == agent))
        };
        let queue = if let Some(open) = self.seats.form_mut(form.interaction).filter(|_| closed.is_some()) {
            fill(&mut open.record, &form);
            open.log(now, saved, out);
            open.save(out);
            open.record.queue
        } else if let Some(visit) = self.visits.values_mut().find(|visit| on_hand(visit)) {
            fill(&mut visit.record, &form);
            visit.log(now, saved, out);
            visit.save(out);
            visit.record.queue
        } else {
            return Err((Refusal::UnknownInteraction, "the interaction is not on hand"));
        };
        let wraps_up = closed.is_some_and(|closed| self.is_wrapping_up(agent, closed.contact));
        if form.done && wraps_up && !self.wrap_up_lasts_its_time(queue) {
            self.to_router(acd::Input::WrapUpDone { agent });
        }
        Ok(Settled::WhenWritten)
    }

    fn check_form(&self, form: &WrapUp) -> Result<(), Refused> {
        if form.notes.len() > NOTES_MAX {
            return Err((Refusal::NotAllowed, "the notes are too long"));
        }
        let record = self
            .visits
            .values()
            .map(|visit| &visit.record)
            .find(|record| record.id == form.interaction)
            .or_else(|| self.seats.form(form.interaction).map(|open| &open.record));
        let queue = record.and_then(|record| record.queue);
        let required = queue.and_then(|queue| self.rules.queue_settings(queue)).is_some_and(|q| q.disposition_required);
        match &form.disposition {
            None if form.done && required => Err((Refusal::DispositionRequired, "this queue demands a disposition")),
            None => Ok(()),
            Some(key) => self.check_disposition(key, queue, &form.notes),
        }
    }

    /// A contact that came through no queue may come to anything.
    fn check_disposition(&self, key: &str, queue: Option<QueueId>, notes: &str) -> Result<(), Refused> {
        let known = self.rules.configuration.dispositions.iter().find(|known| known.label.key == key);
        let known = known.ok_or((Refusal::UnknownDisposition, "there is no such disposition"))?;
        let queue = queue.and_then(|queue| self.rules.queue(queue));
        if queue.is_some_and(|queue| !known.queues.is_empty() && !known.queues.contains(&queue.key)) {
            return Err((Refusal::DispositionNotOffered, "this queue does not offer the disposition"));
        }
        if known.note_required && notes.trim().is_empty() {
            return Err((Refusal::NoteRequired, "this disposition demands a note"));
        }
        Ok(())
    }

    /// The form may be done before; the wrap-up goes on.
    fn wrap_up_lasts_its_time(&self, queue: Option<QueueId>) -> bool {
        queue.and_then(|queue| self.rules.queue(queue)).is_some_and(|queue| queue.wrap_up.mode == WrapUpMode::Fixed)
    }

    fn is_wrapping_up(&self, agent: AgentId, contact: ContactId) -> bool {
        let state = self.seats.get(&agent).map(|seat| &seat.state);
        matches!(state, Some(AgentState::WrapUp { contact: of, .. }) if *of == contact)
    }

    /// Wrap-up is over, by the agent or by its deadline.
    pub(super) fn wrap_up_ended(&mut self, now: Instant, agent: AgentId, contact: ContactId, out: &mut Vec<Output>) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        seat.pop = None;
        seat.call = None;
        let closed = seat.closed.iter().find(|closed| closed.contact == contact).copied();
        let Some(Closed { interaction, .. }) = closed else { return };
        if let Some(form) = self.seats.form_mut(interaction) {
            form.record.wrap_up_ended = Some(now);
            form.log(now, Event::WrapUpEnded { agent }, out);
            form.save(out);
        } else if let Some(visit) = self.visits.values_mut().find(|visit| visit.record.id == interaction) {
            visit.log(now, Event::WrapUpEnded { agent }, out);
        }
    }
}

/// The wrap-up form.
struct WrapUp {
    interaction: InteractionId,
    disposition: Option<String>,
    notes: String,
    done: bool,
}

fn fill(record: &mut Interaction, form: &WrapUp) {
    record.disposition.clone_from(&form.disposition);
    record.notes.clone_from(&form.notes);
}

fn done_if(done: bool, otherwise: &'static str) -> Done {
    if done { Ok(Settled::Done) } else { Err((Refusal::WrongState, otherwise)) }
}

impl Center {
    /// Answers a command, or has the router answer it.
    pub(super) fn reply(&mut self, command: CommandId, done: Done, out: &mut Vec<Output>) {
        let (outcome, after_write) = match done {
            Ok(Settled::ByRouter(input)) => return self.work.push_back(Work::Ask { command, input }),
            Ok(Settled::Done) => (Outcome::Done, false),
            Ok(Settled::WhenWritten) => (Outcome::Done, true),
            Err((code, message)) => (Outcome::Refused { code, message: message.to_owned() }, false),
        };
        out.push(Output::Reply { command, outcome, after_write });
    }
}

/// The answer to a command that the router decided; `rejected`: it did not do it.
pub(super) fn outcome(rejected: Option<Rejection>) -> Outcome {
    let code = match rejected {
        // As it was asked for already.
        None | Some(Rejection::ReadyAlready) => return Outcome::Done,
        Some(Rejection::UnknownAgent) => Refusal::UnknownAgent,
        Some(Rejection::NotSignedIn) => Refusal::NotSignedIn,
        Some(Rejection::UnknownReservation) => Refusal::NoCall,
        Some(Rejection::PauseFull) => Refusal::PauseFull,
        Some(Rejection::WrapUpNotExtensible) => Refusal::WrapUpNotExtensible,
        Some(Rejection::NothingToWrapUp) => Refusal::NothingToWrapUp,
        Some(_) => Refusal::WrongState,
    };
    Outcome::Refused { code, message: rejected.map(|why| why.to_string()).unwrap_or_default() }
}
