//! What one input makes: work for the machines, deadlines, new ids. The parts write it down, the pump does it.

use std::collections::VecDeque;
use std::time::Duration;

use super::Times;
use super::answer::{Done, Obeyed};
use super::desk::{CommandOutcome, DeskEvent};
use super::input::QueryId;
use super::ledger::Ledger;
use super::output::Output;
use super::rules::Rules;
use crate::base::{
    AgentId, CallId, CommandId, ContactId, Deadlines, IdSource, Instant, InteractionId, LegId, ReservationId, Rng,
};
use crate::campaign::CampaignId;
use crate::dialplan::Mailbox;
use crate::media::{PlayId, Sound};
use crate::sip;
use crate::sip::endpoint::{self, Endpoint};
use crate::{acd, call};

/// Something one machine wants of another. First come, first done.
#[derive(Debug)]
pub(super) enum Work {
    Sip(endpoint::Input),
    Call(call::Input),
    Router(acd::Input),
    /// Somebody waits for the answer.
    Ask {
        command: CommandId,
        input: acd::Input,
    },
}

/// Deadlines of this floor; those of the machines below are their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Due {
    /// The caller did not press a digit in time.
    Listen(CallId),
    /// The agent's phone did not come back.
    Rejoin(CallId),
    MaxCall(CallId),
    /// Nobody picked the parked call up.
    Slot(CallId),
    /// A customer of an earlier process has not been heard of.
    TakeUp(CallId),
    /// The agent's desktop did not come back.
    Desktop(AgentId),
    /// The store did not answer: the call goes on without.
    Query(QueryId),
    /// No desktop said that it has the pop: the phone rings all the same.
    Pop(CallId, ReservationId),
    /// A customer who was rung in vain is rung again.
    CallBack(InteractionId),
    /// No agent came in time for somebody whom a campaign reached.
    Offer(CallId),
    /// Something is due in a campaign.
    Campaign(CampaignId),
    /// Figures are looked at.
    Alerts,
    /// Refused calls have waited for the row that tells of them.
    Refused,
}

/// What is to be done.
#[derive(Debug)]
pub(super) struct Todo {
    pub work: VecDeque<Work>,
    pub deadlines: Deadlines<Due>,
    pub ids: IdSource,
    rng: Rng,
    /// The wallboard would show something else.
    pub board_changed: bool,
    /// Another call is parked, or one of them no more.
    pub parked_changed: bool,
    /// Messages that were left just now.
    pub messages: Vec<(InteractionId, Mailbox)>,
}

impl Todo {
    pub fn new(start: Instant, rng: Rng) -> Self {
        let (work, deadlines, ids) = (VecDeque::new(), Deadlines::new(), IdSource::new(start, 0));
        Self { work, deadlines, ids, rng, board_changed: false, parked_changed: false, messages: Vec::new() }
    }

    /// The name of a new one.
    pub fn interaction(&mut self, now: Instant) -> InteractionId {
        InteractionId::new(now, &mut self.rng)
    }

    pub fn to_sip(&mut self, input: endpoint::Input) {
        self.work.push_back(Work::Sip(input));
    }

    pub fn to_calls(&mut self, command: call::Command) {
        self.work.push_back(Work::Call(call::Input::Command(command)));
    }

    pub fn to_router(&mut self, input: acd::Input) {
        self.work.push_back(Work::Router(input));
    }

    /// This place is given up.
    pub fn leave_line(&mut self, contact: Option<ContactId>) {
        if let Some(contact) = contact {
            self.to_router(acd::Input::Leave { contact, why: acd::Left::Removed });
        }
    }

    /// A command is answered, or the router answers it.
    pub fn reply(&mut self, command: CommandId, done: Done, out: &mut Vec<Output>) {
        let (outcome, after_write) = match done {
            Ok(Obeyed::ByRouter(input)) => return self.work.push_back(Work::Ask { command, input }),
            Ok(Obeyed::Done) => (CommandOutcome::Done, false),
            Ok(Obeyed::Placed(interaction)) => (CommandOutcome::Placed { interaction }, false),
            Ok(Obeyed::WhenWritten) => (CommandOutcome::Done, true),
            Err((code, message)) => (CommandOutcome::Refused { code, message: message.to_owned() }, false),
        };
        out.push(Output::Reply { command, outcome, after_write });
    }

    /// This party hears it.
    pub fn play(&mut self, leg: LegId, sounds: Vec<String>, repeat: bool) -> PlayId {
        let play = PlayId(self.ids.take());
        let sounds = sounds.into_iter().map(Sound).collect();
        self.to_calls(call::Command::Play { leg, play, sounds, repeat });
        play
    }
}

/// What a part has at hand in one step: the time, the rules, which trunks work and have room, and where it writes
/// down what follows.
pub(super) struct Turn<'a> {
    pub now: Instant,
    pub times: Times,
    pub rules: &'a Rules,
    pub trunks: &'a Endpoint,
    pub ledger: &'a mut Ledger,
    pub todo: &'a mut Todo,
    pub out: &'a mut Vec<Output>,
}

/// The turn of a part, from the center's own fields: all others stay free to be lent with it.
macro_rules! at_hand {
    ($center:ident, $now:ident, $out:ident) => {
        &mut $crate::center::turn::Turn {
            now: $now,
            times: $center.settings.times,
            rules: &$center.rules,
            trunks: &$center.sip,
            ledger: &mut $center.ledger,
            todo: &mut $center.todo,
            out: &mut *$out,
        }
    };
}
pub(super) use at_hand;

impl Turn<'_> {
    /// To the desktops of an agent.
    pub fn push(&mut self, agent: AgentId, event: DeskEvent) {
        self.out.push(Output::Push { agent, event });
    }
}

pub(super) fn sip_reason(status: u16, text: &str) -> sip::Reason {
    sip::Reason { status, text: text.to_owned() }
}

pub(super) fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

/// Beyond what fits, the most that fits.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn push(agent: AgentId, event: DeskEvent, out: &mut Vec<Output>) {
    out.push(Output::Push { agent, event });
}
