//! Commands of supervisors.

use crate::acd::Author;
use crate::base::{CommandId, Instant};
use crate::center::Center;
use crate::center::answer::Obeyed;
use crate::center::input::SuperviseCommand;
use crate::center::output::Output;
use crate::center::steps::place::Wanted;
use crate::center::turn::at_hand;

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
            SuperviseCommand::SetReady { agent } => self.seats.set_ready(agent, author, &mut self.todo),
            SuperviseCommand::SetReadyTogether { agents } => {
                let outcome = self.seats.set_ready_together(&agents, author, &mut self.todo);
                return out.push(Output::Reply { command, outcome, after_write: false });
            }
            SuperviseCommand::SetNotReady { agent, reason } => {
                self.seats.set_not_ready(agent, reason, author, at_hand!(self, now, out))
            }
            SuperviseCommand::SignOut { agent } => self.seats.sign_out(agent, author),
            SuperviseCommand::HangUp { agent, interaction } => {
                self.in_talk(now, (agent, interaction), out, |circle| Ok(circle.hang_up_for(agent, &user)))
            }
            SuperviseCommand::Supervise { agent, watch, phone } => {
                let phone = phone.as_deref();
                let done = self.in_talk(now, (agent, None), out, |circle| circle.supervise(&user, agent, watch, phone));
                if done.is_ok() {
                    self.seats.help_is_seen(agent, &user, at_hand!(self, now, out));
                }
                done
            }
            SuperviseCommand::SuperviseEnd { agent } => {
                self.in_talk(now, (agent, None), out, |circle| circle.supervise_end(&user))
            }
            SuperviseCommand::TakeCall { agent } => {
                self.in_talk(now, (agent, None), out, |circle| circle.take_call(&user))
            }
            SuperviseCommand::AcknowledgeAlert { alert } => {
                self.wall.acknowledge(alert, &user, at_hand!(self, now, out))
            }
            SuperviseCommand::EndHelp { agent } => {
                self.seats.end_help(agent, Some(user), &mut self.visits, at_hand!(self, now, out))
            }
            SuperviseCommand::Notify { to, words } => {
                let outcome = self.seats.notify(&to, (&user, &words), at_hand!(self, now, out));
                return out.push(Output::Reply { command, outcome, after_write: false });
            }
            SuperviseCommand::RaiseContact { interaction, priority } => {
                self.move_contact(now, (interaction, user), (None, Some(priority)), out)
            }
            SuperviseCommand::MoveContact { interaction, queue, priority } => {
                self.move_contact(now, (interaction, user), (Some(&queue), priority), out)
            }
            SuperviseCommand::GiveContact { interaction, agent } => {
                self.give_contact(now, (interaction, user), agent, out)
            }
            SuperviseCommand::CallBackContact { interaction } => self.call_contact_back(now, (interaction, user), out),
            SuperviseCommand::HangUpContact { interaction } => self.hang_up_contact(now, (interaction, user), out),
            SuperviseCommand::PlaceCall { number, with, queue, language } => {
                self.place_for(now, user, &number, Wanted { with, queue, language }, out)
            }
            SuperviseCommand::CancelCallBack { call_back } => {
                let turn = at_hand!(self, now, out);
                let cancelled = self.call_backs.cancel(call_back, user, &mut self.seats, &mut self.visits, turn);
                cancelled.map(|()| Obeyed::WhenWritten)
            }
        };
        self.todo.reply(command, done, out);
    }
}
