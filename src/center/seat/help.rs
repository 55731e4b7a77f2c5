//! What agents and supervisors tell each other: an agent asks for help, a supervisor writes to agents.
//!
//! | input | the desktop is told | the wallboard shows |
//! | --- | --- | --- |
//! | `help.ask` | `help.changed` | the flag, with words and time |
//! | a supervisor listens, or writes to the agent | `help.changed`: seen, and by whom | the same |
//! | `help.withdraw`, `agent.help_end`, sign-out | `help.changed`: none | no flag |
//! | `agent.notify` | `notice.shown` | one more that is not read |
//! | `notice.read` | `notice.read`: every tab takes it off | one less |
//!
//! Limits: [`HELP_MAX`] and [`NOTICE_MAX`] characters; [`UNREAD_MAX`] messages an agent, beyond which the oldest goes.

use std::collections::BTreeSet;

use crate::acd::AgentState;
use crate::base::{AgentId, NoticeId};
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{Addressees, CommandOutcome, DeskCommand, DeskEvent, Help, LeftOut, Notice, Refusal};
use crate::center::event::Event;
use crate::center::seat::{Seat, Seats};
use crate::center::turn::Turn;
use crate::center::visit::Visits;

const HELP_MAX: usize = 200;
const NOTICE_MAX: usize = 500;
const UNREAD_MAX: usize = 20;

const TOO_LONG: Refused = (Refusal::NotAllowed, "too many words");

impl Seat {
    /// Somebody sits at a desktop, or is about to be back at it.
    fn reads(&self) -> bool {
        self.desktop || (self.is_at_work() && self.static_phone.is_none())
    }
}

impl Seats {
    /// What an agent tells supervisors, or has read of theirs.
    pub fn says(&mut self, agent: AgentId, ask: DeskCommand, visits: &mut Visits, turn: &mut Turn<'_>) -> Done {
        match ask {
            DeskCommand::HelpAsk { words } => self.ask_for_help(agent, &words, visits, turn),
            DeskCommand::HelpWithdraw => self.end_help(agent, None, visits, turn),
            DeskCommand::NoticeRead { notice } => self.has_read(agent, notice, turn),
            _ => Err((Refusal::WrongState, "nothing is said by it")),
        }
    }

    fn ask_for_help(&mut self, agent: AgentId, words: &str, visits: &mut Visits, turn: &mut Turn<'_>) -> Done {
        let words = words.trim().to_owned();
        if words.chars().count() > HELP_MAX {
            return Err(TOO_LONG);
        }
        let seat = self.known(agent)?;
        if seat.state == AgentState::SignedOut {
            return Err((Refusal::NotSignedIn, "the agent is not signed in"));
        }
        if seat.help.as_ref().is_some_and(|help| help.words == words) {
            return Ok(Obeyed::Done);
        }
        let since = seat.help.as_ref().map_or(turn.now, |help| help.since);
        self.set_help(agent, Some(Help { since, words: words.clone(), seen_by: None }), turn);
        self.log_on_hand(agent, Event::HelpAsked { agent, words }, visits, turn);
        Ok(Obeyed::Done)
    }

    /// `by`: the supervisor who has seen to it; `None`: the agent needs it no more.
    pub fn end_help(&mut self, agent: AgentId, by: Option<String>, visits: &mut Visits, turn: &mut Turn<'_>) -> Done {
        if self.known(agent)?.help.is_none() {
            return Err((Refusal::WrongState, "the agent asks for no help"));
        }
        self.set_help(agent, None, turn);
        self.log_on_hand(agent, Event::HelpEnded { agent, by }, visits, turn);
        Ok(Obeyed::Done)
    }

    /// A supervisor is there.
    pub fn help_is_seen(&mut self, agent: AgentId, by: &str, turn: &mut Turn<'_>) {
        let help = self.get(&agent).and_then(|seat| seat.help.clone()).filter(|help| help.seen_by.is_none());
        if let Some(help) = help {
            self.set_help(agent, Some(Help { seen_by: Some(by.to_owned()), ..help }), turn);
        }
    }

    /// Nobody helps who is not there.
    pub(super) fn forget_help(&mut self, agent: AgentId, turn: &mut Turn<'_>) {
        if self.get(&agent).is_some_and(|seat| seat.help.is_some()) {
            self.set_help(agent, None, turn);
        }
    }

    fn set_help(&mut self, agent: AgentId, help: Option<Help>, turn: &mut Turn<'_>) {
        let Some(seat) = self.get_mut(&agent) else { return };
        seat.help.clone_from(&help);
        turn.todo.board_changed = true;
        turn.push(agent, DeskEvent::HelpChanged { help });
    }

    /// It stands in the record of the contact that the agent has on hand.
    fn log_on_hand(&mut self, agent: AgentId, event: Event, visits: &mut Visits, turn: &mut Turn<'_>) {
        let hand = self.get(&agent).map(|seat| seat.hand.all());
        let interaction = hand.and_then(|all| all.first().map(|on_hand| on_hand.pop.interaction));
        if let Some(interaction) = interaction {
            self.log_late(interaction, event, visits, turn);
        }
    }

    /// A supervisor (`by`) writes to agents.
    pub fn notify(&mut self, to: &Addressees, (by, words): (&str, &str), turn: &mut Turn<'_>) -> CommandOutcome {
        let words = words.trim();
        let (mut readers, left_out) = match self.readers(to, turn) {
            Ok(found) if !words.is_empty() && words.chars().count() <= NOTICE_MAX => found,
            Ok(_) => return refused((Refusal::NotAllowed, "between 1 and 500 characters are wanted")),
            Err(why) => return refused(why),
        };
        if readers.is_empty() {
            return refused((Refusal::TargetUnavailable, "nobody of them is at a desktop"));
        }
        while let Some(agent) = readers.pop_first() {
            let notice =
                Notice { id: NoticeId(turn.todo.ids.take()), at: turn.now, by: by.to_owned(), words: words.to_owned() };
            let Some(seat) = self.get_mut(&agent) else { continue };
            seat.notices.push_back(notice.clone());
            if seat.notices.len() > UNREAD_MAX {
                seat.notices.pop_front();
            }
            turn.push(agent, DeskEvent::NoticeShown(notice));
            self.help_is_seen(agent, by, turn);
        }
        turn.todo.board_changed = true;
        if left_out.is_empty() { CommandOutcome::Done } else { CommandOutcome::Partly { left_out } }
    }

    /// Who is written to; of those who are named, who cannot be.
    fn readers(&self, to: &Addressees, turn: &Turn<'_>) -> Result<(BTreeSet<AgentId>, Vec<LeftOut>), Refused> {
        let rules = &turn.rules.configuration.rules;
        let there = |agent: &AgentId| self.get(agent).is_some_and(|seat| seat.is_at_work() && seat.reads());
        match to {
            Addressees::Everybody => Ok((rules.agents.iter().map(|rule| rule.id).filter(there).collect(), Vec::new())),
            Addressees::Group { group } => {
                let members: BTreeSet<AgentId> =
                    rules.agents.iter().filter(|rule| rule.group.as_ref() == Some(group)).map(|rule| rule.id).collect();
                match members.is_empty() {
                    true => Err((Refusal::UnknownAgent, "nobody is of this group")),
                    false => Ok((members.into_iter().filter(there).collect(), Vec::new())),
                }
            }
            Addressees::Agents { agents } => {
                let (mut readers, mut left_out) = (BTreeSet::new(), Vec::new());
                for agent in agents.iter().copied() {
                    let (code, message) = match self.known(agent) {
                        Ok(seat) if seat.reads() => {
                            readers.insert(agent);
                            continue;
                        }
                        Ok(_) => (Refusal::NotSignedIn, "the agent is at no desktop"),
                        Err(why) => why,
                    };
                    left_out.push(LeftOut { agent, code, message: message.to_owned() });
                }
                Ok((readers, left_out))
            }
        }
    }

    fn has_read(&mut self, agent: AgentId, notice: NoticeId, turn: &mut Turn<'_>) -> Done {
        self.known(agent)?;
        let Some(seat) = self.get_mut(&agent) else { return Ok(Obeyed::Done) };
        // Read in another tab already: as wanted.
        seat.notices.retain(|unread| unread.id != notice);
        turn.todo.board_changed = true;
        turn.push(agent, DeskEvent::NoticeRead { notice });
        Ok(Obeyed::Done)
    }
}

fn refused((code, message): Refused) -> CommandOutcome {
    CommandOutcome::Refused { code, message: message.to_owned() }
}
