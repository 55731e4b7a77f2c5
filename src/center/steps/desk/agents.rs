//! Commands from desktops: each is done or refused with a reason, never ignored. What the router decides is answered
//! when it has decided.

use crate::acd::{self, AgentState, Author, RefusedWhy};
use crate::base::{AgentId, CallId, CommandId, Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused, done_if};
use crate::center::circle::Circle;
use crate::center::desk::{DeskCommand, Refusal};
use crate::center::lookup::Choosing;
use crate::center::output::Output;
use crate::center::seat::WrapUp;
use crate::center::turn::{Turn, at_hand};
use crate::center::visit::{Keys, Picked, Then, Visit};

/// The agent, and of several contacts on hand the one that is named.
type Named = (AgentId, Option<InteractionId>);

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
            DeskCommand::PopChoose { interaction, customer } => {
                let choosing = Choosing { command, agent, interaction, customer };
                let turn = at_hand!(self, now, out);
                match self.seats.choose(choosing, &mut self.visits, &mut self.lookups, turn) {
                    Some(done) => done,
                    // Answered when the store has.
                    None => return,
                }
            }
            ask => self.obey(now, agent, ask, out),
        };
        self.todo.reply(command, done, out);
    }

    fn obey(&mut self, now: Instant, agent: AgentId, ask: DeskCommand, out: &mut Vec<Output>) -> Done {
        match ask {
            DeskCommand::Ready => self.seats.set_ready(agent, Author::Agent, &mut self.todo),
            DeskCommand::NotReady { reason } => {
                self.seats.set_not_ready(agent, reason, Author::Agent, at_hand!(self, now, out))
            }
            DeskCommand::SignOut => self.seats.sign_out(agent, Author::Agent),
            DeskCommand::HangUp { interaction } => {
                let colleagues = self.seats.call_of_colleague(agent, interaction, &self.visits);
                if let Some(mut circle) = colleagues.and_then(|call| self.circle(now, call, out)) {
                    circle.leave_colleague(agent);
                    return Ok(Obeyed::Done);
                }
                self.in_talk(now, (agent, interaction), out, |circle| Ok(circle.agent_hangs_up(None)))
            }
            DeskCommand::TakeOver { interaction, phone } => {
                self.in_talk(now, (agent, interaction), out, |circle| circle.take_over(phone))
            }
            ask @ (DeskCommand::Hold { interaction }
            | DeskCommand::Resume { interaction }
            | DeskCommand::RecordingStart { interaction }
            | DeskCommand::RecordingPause { interaction }
            | DeskCommand::RecordingResume { interaction }) => self.switch(now, (agent, interaction), &ask, out),
            DeskCommand::Digits { interaction, digits } => {
                let keys = Keys::of(digits)?;
                self.in_talk(now, (agent, interaction), out, |circle| circle.visit.send_keys(keys, &mut circle.turn))
            }
            DeskCommand::Decline { interaction } => self.decline(now, (agent, interaction), out),
            DeskCommand::Dial { number, queue } => {
                self.dial_out(now, agent, (&number, queue.as_deref()), None, out).map(|_| Obeyed::Done)
            }
            DeskCommand::PickUp { slot } => self.pick_up(now, Picked { agent, by: None }, slot, out),
            DeskCommand::WrapUpSave { interaction, disposition, notes, done } => {
                let form = WrapUp { interaction, disposition, notes, done };
                let done = self.seats.save_wrap_up(agent, &form, &mut self.visits, at_hand!(self, now, out))?;
                let record = self.visits.with_interaction(form.interaction).map(|visit| &visit.record);
                let record = record.or_else(|| self.seats.form(form.interaction).map(|open| &open.record));
                let of = (form.interaction, record.and_then(|record| record.caller.clone()));
                self.campaigns.disposed(of, form.disposition.as_deref(), agent, at_hand!(self, now, out));
                Ok(done)
            }
            DeskCommand::WrapUpExtend => self.seats.extend_wrap_up(agent),
            DeskCommand::WrapUpRequest => Ok(Obeyed::ByRouter(acd::Input::RequestWrapUp { agent })),
            DeskCommand::PopChoose { .. } => Ok(Obeyed::Done), // where it is taken
            DeskCommand::PopSeen { reservation } => {
                self.seats.pop_seen(agent, reservation, &mut self.visits, &mut self.todo);
                Ok(Obeyed::Done)
            }
            ask @ (DeskCommand::MicrophoneLost | DeskCommand::MicrophoneFound) => {
                if let Some(seat) = self.seats.get_mut(&agent) {
                    seat.microphone(ask == DeskCommand::MicrophoneLost, &mut self.todo);
                }
                Ok(Obeyed::Done)
            }
            ask @ (DeskCommand::HelpAsk { .. } | DeskCommand::HelpWithdraw | DeskCommand::NoticeRead { .. }) => {
                self.seats.says(agent, ask, &mut self.visits, at_hand!(self, now, out))
            }
            DeskCommand::PreviewDial => self.campaigns.dial_now(agent, at_hand!(self, now, out)).map(|()| Obeyed::Done),
            DeskCommand::PreviewSkip => self.campaigns.skip(agent, at_hand!(self, now, out)).map(|()| Obeyed::Done),
            ask => self.move_call(now, agent, ask, out),
        }
    }

    /// To or from somebody else.
    fn move_call(&mut self, now: Instant, agent: AgentId, ask: DeskCommand, out: &mut Vec<Output>) -> Done {
        match ask {
            DeskCommand::Transfer { interaction, to, note } => {
                self.in_talk(now, (agent, interaction), out, |circle| circle.transfer(&to, &note))
            }
            DeskCommand::Park { interaction, slot, lot } => {
                let free = self.visits.free_slot(&self.rules, slot, lot.as_deref());
                self.in_talk(now, (agent, interaction), out, |circle| circle.park(free))
            }
            DeskCommand::Consult { interaction, to } => {
                self.in_talk(now, (agent, interaction), out, |circle| circle.consult(&to))
            }
            DeskCommand::Swap { interaction } => self.in_talk(now, (agent, interaction), out, |circle| circle.swap()),
            DeskCommand::Merge { interaction } => self.in_talk(now, (agent, interaction), out, |circle| circle.merge()),
            DeskCommand::Complete { interaction } => {
                self.in_talk(now, (agent, interaction), out, |circle| circle.complete())
            }
            DeskCommand::DropOther { interaction, other } => {
                self.in_talk(now, (agent, interaction), out, |circle| circle.drop_other(other))
            }
            DeskCommand::MuteOther { interaction, other, muted } => {
                self.in_talk(now, (agent, interaction), out, |circle| {
                    circle.visit.mute_other(other, muted, &mut circle.turn)
                })
            }
            _ => Err((Refusal::WrongState, "nothing is moved by it")),
        }
    }

    /// What is on or off, and concerns nobody but the call itself.
    fn switch(&mut self, now: Instant, meant: Named, ask: &DeskCommand, out: &mut Vec<Output>) -> Done {
        type Switch = fn(&mut Visit, &mut Turn<'_>) -> bool;
        let (switch, otherwise): (Switch, _) = match ask {
            DeskCommand::Hold { .. } => (Visit::hold, "the call is on hold already"),
            DeskCommand::Resume { .. } => (Visit::resume, "the call is not on hold"),
            DeskCommand::RecordingPause { .. } => {
                (|visit, turn| visit.pause_recording(true, turn), "nothing is being recorded")
            }
            DeskCommand::RecordingResume { .. } => {
                (|visit, turn| visit.pause_recording(false, turn), "the recording is not paused")
            }
            _ => (Visit::start_recording, "the call is recorded already"),
        };
        self.in_talk(now, meant, out, |circle| done_if(switch(circle.visit, &mut circle.turn), otherwise))
    }

    /// Of the call that the agent talks on.
    pub(in crate::center) fn in_talk<T: Into<Then>>(
        &mut self,
        now: Instant,
        (agent, named): Named,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Circle<'_>) -> Result<T, Refused>,
    ) -> Done {
        let call = self.seats.call_in_talk(agent, named, &self.visits)?;
        let mut circle = self.circle(now, call, out).ok_or((Refusal::NoCall, "there is no call on hand"))?;
        let then = act(&mut circle)?.into();
        self.then(now, call, then, out);
        Ok(Obeyed::Done)
    }

    fn decline(&mut self, now: Instant, (agent, named): Named, out: &mut Vec<Output>) -> Done {
        let seat = self.seats.known(agent)?;
        let is_named = |contact| self.visits.of(contact).is_some_and(|visit| Some(visit.record.id) == named);
        match seat.state {
            AgentState::Reserved { reservation, contact, .. } if named.is_none() || is_named(contact) => {
                return Ok(Obeyed::ByRouter(acd::Input::Refused { reservation, why: RefusedWhy::Declined }));
            }
            _ => {}
        }
        let calls: Vec<CallId> = seat.hand.meant(named).collect();
        for call in calls {
            if let Some(then) = self.circle(now, call, out).and_then(|mut circle| circle.decline(agent)) {
                self.then(now, call, then, out);
                return Ok(Obeyed::Done);
            }
        }
        Err((Refusal::NoCall, "no call rings"))
    }
}
