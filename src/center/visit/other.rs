//! Others in a call, beside the customer and the agent who has it.

use crate::base::{AgentId, ContactId, Instant, LegId, ReservationId};
use crate::call::{self, AttemptId, Mode};
use crate::center::answer::Refused;
use crate::center::desk::{OtherState, Refusal};
use crate::center::event::Event;
use crate::center::input::Watch;
use crate::center::outbound::attempt::OutboundAttempt;
use crate::center::turn::Turn;
use crate::center::visit::Visit;

/// Somebody who is asked into a call, or gets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::center) enum Who {
    /// Occupied by `contact` from the first ring on; `None`: the agent is not at work.
    Agent { agent: AgentId, contact: Option<ContactId> },
    /// As trunks are told the number.
    Outside(String),
    /// A supervisor without a seat.
    User(String),
}

impl Who {
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Agent { agent, .. } => Some(*agent),
            Self::Outside(_) | Self::User(_) => None,
        }
    }
}

/// Somebody in the call beside the customer and the agent who has it.
#[derive(Clone, Debug)]
pub(in crate::center) struct Other {
    pub who: Who,
    pub part: Part,
    pub stage: Stage,
    pub since: Instant,
    /// What an agent's desktop shows of it.
    pub pop: ReservationId,
    /// As in [`super::Talking`].
    pub phone: Option<String>,
    /// Joined, and heard by nobody.
    pub muted: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::center) enum Part {
    /// Talks with the agent alone.
    Consulted,
    /// Waits while the agent talks with the customer.
    Waiting,
    /// Talks with all.
    Joined,
    /// A supervisor, by user name.
    Supervisor { user: String, watch: Watch },
}

#[derive(Clone, Debug)]
pub(in crate::center) enum Stage {
    Rings(OutboundAttempt),
    Up(LegId),
}

impl Other {
    pub fn leg(&self) -> Option<LegId> {
        match self.stage {
            Stage::Up(leg) => Some(leg),
            Stage::Rings(_) => None,
        }
    }

    pub fn rings_as(&self, attempt: AttemptId) -> bool {
        matches!(&self.stage, Stage::Rings(going) if going.attempt == attempt)
    }

    /// Asked by the agent while the customer waits, or waiting meanwhile.
    pub fn is_asked(&self) -> bool {
        matches!(self.part, Part::Consulted | Part::Waiting)
    }

    pub fn is_supervisor(&self) -> bool {
        matches!(self.part, Part::Supervisor { .. })
    }
}

impl Other {
    /// By the agent, while the customer is on hold.
    pub(in crate::center) fn is_heard_on_hold(&self) -> bool {
        match &self.part {
            Part::Joined => true,
            Part::Supervisor { watch, .. } => *watch != Watch::Listen,
            Part::Consulted | Part::Waiting => false,
        }
    }

    pub(in crate::center) fn state(&self) -> OtherState {
        match (&self.stage, &self.part) {
            (Stage::Rings(_), _) => OtherState::Ringing,
            (_, Part::Consulted) => OtherState::Consulted,
            (_, Part::Waiting) => OtherState::Waiting,
            (_, Part::Joined) if self.muted => OtherState::Muted,
            (_, Part::Joined) => OtherState::Joined,
            (_, Part::Supervisor { watch: Watch::Listen, .. }) => OtherState::Listening,
            (_, Part::Supervisor { watch: Watch::Whisper, .. }) => OtherState::Whispering,
            (_, Part::Supervisor { watch: Watch::Barge, .. }) => OtherState::Barging,
        }
    }
}

impl Visit {
    /// Who of the others is rung by this attempt.
    pub fn other_rung(&self, attempt: call::AttemptId) -> Option<usize> {
        self.others.iter().position(|other| other.rings_as(attempt))
    }

    /// How this agent takes part in it, where it is a colleague's.
    pub fn part_of(&self, agent: AgentId) -> Option<OtherState> {
        self.others.iter().find(|other| other.who.agent() == Some(agent)).map(Other::state)
    }

    /// The one of the others who is not joined, or was asked last.
    pub fn asked(&self) -> Option<usize> {
        let joined = |other: &Other| other.part == Part::Joined;
        self.others.iter().position(Other::is_asked).or_else(|| self.others.iter().rposition(joined))
    }

    /// This supervisor, by user name.
    pub fn supervisor_at(&self, user: &str) -> Option<usize> {
        let is = |other: &Other| matches!(&other.part, Part::Supervisor { user: of, .. } if of == user);
        self.others.iter().position(is)
    }

    /// One of those in a conference is heard by nobody, or again.
    pub fn mute_other(&mut self, id: ReservationId, muted: bool, turn: &mut Turn<'_>) -> Result<(), Refused> {
        self.in_talk()?;
        let Some(other) = self.others.iter_mut().find(|other| other.pop == id) else {
            return Err((Refusal::WrongState, "nobody of that name is in the call"));
        };
        let Some(leg) = other.leg().filter(|_| other.part == Part::Joined) else {
            return Err((Refusal::WrongState, "only who talks with all can be muted"));
        };
        if std::mem::replace(&mut other.muted, muted) != muted {
            let event = Event::CallOtherMuted { agent: other.who.agent(), muted };
            self.log(turn.now, event, turn.out);
            let mode = if muted { Mode::Listen } else { Mode::Talk };
            turn.todo.to_calls(call::Command::SetMode { call: self.call, leg, mode });
            self.tell_all(turn);
        }
        Ok(())
    }

    /// Who of the others has this leg.
    pub fn other_with(&self, leg: LegId) -> Option<usize> {
        self.others.iter().position(|other| other.leg() == Some(leg))
    }
}

pub(in crate::center) fn watch_mode(watch: Watch, agent: Option<LegId>) -> Mode {
    match (watch, agent) {
        (Watch::Whisper, Some(leg)) => Mode::Whisper(leg),
        (Watch::Listen | Watch::Whisper, _) => Mode::Listen,
        (Watch::Barge, _) => Mode::Talk,
    }
}
