//! Commands of supervisors.

use std::collections::BTreeSet;

use crate::acd::{self, AgentState, Author};
use crate::base::{AgentId, CommandId, Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::{CommandOutcome, LeftOut};
use crate::center::event::Event;
use crate::center::input::SuperviseCommand;
use crate::center::output::Output;
use crate::center::seat::Seat;
use crate::crm::EndedBy;

impl Center {
    pub(in crate::center) fn supervise(
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
            SuperviseCommand::SetNotReady { agent, reason } => match self.seats.known(agent).err() {
                Some(refused) => Err(refused),
                None => self.set_not_ready(agent, reason, author),
            },
            SuperviseCommand::SignOut { agent } => self.sign_out(agent, author),
            SuperviseCommand::HangUp { agent, interaction } => self.hang_up_for(now, (agent, interaction), &user, out),
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
    fn hang_up_for(
        &mut self,
        now: Instant,
        (agent, interaction): (AgentId, Option<InteractionId>),
        user: &str,
        out: &mut Vec<Output>,
    ) -> Done {
        let call = self.call_in_talk(agent, interaction)?;
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.log(now, Event::CallHungUp { agent, by: user.to_owned() }, out);
        }
        self.finish(now, call, EndedBy::Supervisor, None, out);
        Ok(Obeyed::Done)
    }

    /// One board: the router sees them all before it gives a contact to any.
    fn set_ready_together(&mut self, agents: &[AgentId], author: Author) -> CommandOutcome {
        let (mut able, mut left_out) = (Vec::new(), Vec::new());
        for agent in agents.iter().copied().collect::<BTreeSet<_>>() {
            match self.seats.known(agent).and_then(Seat::may_be_ready) {
                Ok(state) if *state == AgentState::Ready => {}
                Ok(_) => able.push(agent),
                Err((code, message)) => left_out.push(LeftOut { agent, code, message: message.to_owned() }),
            }
        }
        able.iter().for_each(|agent| self.seats.sign_in_if_needed(*agent, &mut self.todo));
        if !able.is_empty() {
            self.todo.to_router(acd::Input::ReadyTogether { agents: able, author });
        }
        if left_out.is_empty() { CommandOutcome::Done } else { CommandOutcome::Partly { left_out } }
    }
}
