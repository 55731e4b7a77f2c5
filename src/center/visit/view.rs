//! How a call stands for each of the agents in it, and who of them is told.

use crate::base::{AgentId, Instant, Number};
use crate::center::desk::{CallState, CallView, DeskEvent, OtherView};
use crate::center::rules::Rules;
use crate::center::turn::Turn;
use crate::center::visit::{Errand, Other, Phase, Visit, Who};
use crate::crm::EndedBy;

impl Visit {
    /// Tells one of those in the call how it stands for them from now on.
    pub fn tell(&self, agent: AgentId, state: CallState, turn: &mut Turn<'_>) {
        let view = self.view(turn.rules, agent, state, turn.now);
        turn.push(agent, DeskEvent::CallStateChanged(view));
    }

    /// Tells the agent who has the call, or had it last.
    pub fn tell_own(&self, state: CallState, since: Instant, turn: &mut Turn<'_>) {
        if let Some(agent) = self.record.agent {
            let view = self.view(turn.rules, agent, state, since);
            turn.push(agent, DeskEvent::CallStateChanged(view));
        }
    }

    /// It is over for this agent; `by`: whoever ended it, `None`: it goes on with others.
    pub fn tell_ended(&self, agent: AgentId, by: Option<EndedBy>, turn: &mut Turn<'_>) {
        let mut view = self.view(turn.rules, agent, CallState::Ended, turn.now);
        view.ended_by = by.and_then(key_of);
        turn.push(agent, DeskEvent::CallStateChanged(view));
    }

    /// Tells the agent who has the call, or had it last, that it is over.
    pub fn tell_own_ended(&self, by: EndedBy, turn: &mut Turn<'_>) {
        if let Some(agent) = self.record.agent {
            self.tell_ended(agent, Some(by), turn);
        }
    }

    /// The others in the call are not what they were: everybody on it is told.
    pub fn tell_all(&self, turn: &mut Turn<'_>) {
        let others = self.others.iter().filter_map(|other| other.who.agent());
        for agent in self.phase.talk().map(|talk| talk.agent).into_iter().chain(others) {
            if let Some(view) = self.view_now(turn.rules, agent) {
                turn.push(agent, DeskEvent::CallStateChanged(view));
            }
        }
    }

    /// As this agent sees it; `None`: is not in it.
    pub fn view_now(&self, rules: &Rules, reader: AgentId) -> Option<CallView> {
        let (state, since) = self.stands(reader)?;
        Some(self.view(rules, reader, state, since))
    }

    fn view(&self, rules: &Rules, reader: AgentId, state: CallState, since: Instant) -> CallView {
        CallView {
            interaction: self.record.id,
            state,
            since,
            caller_shown: self.caller_shown(rules),
            recording: self.record.recording.is_some()
                && !self.off_record
                && !matches!(self.errand, Errand::TakenUp(_)),
            recording_paused: self.recording_paused,
            ended_by: None,
            direction: self.record.direction,
            cause: self.cause,
            part: self.part_of(reader),
            others: self.others_seen(rules, reader),
        }
    }

    /// How the call stands for this agent, and since when.
    fn stands(&self, agent: AgentId) -> Option<(CallState, Instant)> {
        if let Some(other) = self.others.iter().find(|other| other.who.agent() == Some(agent)) {
            let state = if other.leg().is_some() { CallState::Talking } else { CallState::Ringing };
            return Some((state, other.since));
        }
        match &self.phase {
            Phase::Talking(talk) if talk.agent == agent => Some(match talk.held {
                Some(held) => (CallState::Held, held),
                None => (CallState::Talking, talk.since),
            }),
            Phase::Calling(calling) if calling.talk.agent == agent => Some((CallState::Connecting, calling.talk.since)),
            Phase::Fetching(fetching) if fetching.agent == agent => Some((CallState::Ringing, self.record.started)),
            Phase::Handing(handing) if handing.to.agent() == Some(agent) => {
                Some((CallState::Ringing, handing.from.since))
            }
            Phase::Offered(Some(offer)) if offer.agent == agent => Some((CallState::Ringing, self.record.started)),
            Phase::Dialling(dialling) if dialling.agent() == Some(agent) => {
                Some((CallState::Ringing, self.record.started))
            }
            Phase::Parked(parked) if parked.talk.agent == agent => {
                let state = if parked.returned { CallState::Ringing } else { CallState::Parked };
                Some((state, parked.talk.since))
            }
            Phase::Queued(queued) => {
                let ring = queued.rings.values().find(|ring| ring.agent == agent)?;
                let state = if ring.answering { CallState::Connecting } else { CallState::Ringing };
                Some((state, queued.since))
            }
            _ => None,
        }
    }

    /// What the desktop of `reader` shows of the others.
    fn others_seen(&self, rules: &Rules, reader: AgentId) -> Vec<OtherView> {
        let shown = |other: &&Other| {
            let own = other.who.agent() == Some(reader);
            !own && (!other.is_supervisor() || rules.configuration.supervision.shown)
        };
        let view = |other: &Other| OtherView {
            id: other.pop,
            agent: other.who.agent(),
            name: match (&other.who, &other.part) {
                (Who::Agent { agent, .. }, _) => rules.name_of(*agent),
                (Who::Outside(dialled), _) => Number::shown_text(dialled, &rules.configuration.region),
                (Who::User(user), _) => user.clone(),
            },
            state: other.state(),
            since: other.since,
        };
        self.others.iter().filter(shown).map(view).collect()
    }

    /// The agents whose desktops show this contact.
    pub fn watched_by(&self) -> Vec<AgentId> {
        match &self.phase {
            Phase::Queued(queued) => queued.rings.values().map(|ring| ring.agent).collect(),
            Phase::Fetching(fetching) => vec![fetching.agent],
            Phase::Handing(handing) => handing.to.agent().into_iter().collect(),
            Phase::Dialling(dialling) => dialling.agent().into_iter().collect(),
            Phase::Offered(Some(offer)) => vec![offer.agent],
            phase => {
                let others = self.others.iter().filter_map(|other| other.who.agent());
                phase.talk().map(|talk| talk.agent).into_iter().chain(others).collect()
            }
        }
    }
}

fn key_of(by: EndedBy) -> Option<String> {
    serde_json::to_value(by).ok()?.as_str().map(str::to_owned)
}
