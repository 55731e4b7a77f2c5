//! What an agent has become, and what the desktop shows of it.

use crate::acd::{AgentState, UNREACHABLE};
use crate::base::AgentId;
use crate::center::desk::{ContactOnHand, DeskEvent, ParkedCall, Snapshot};
use crate::center::output::Output;
use crate::center::rules::Rules;
use crate::center::seat::{Became, OnHand, Seats};
use crate::center::turn::{Turn, push};
use crate::center::visit::Visits;

impl Seats {
    /// The router changed an agent's state.
    pub fn became(&mut self, agent: AgentId, became: Became, visits: &mut Visits, turn: &mut Turn<'_>) {
        turn.todo.board_changed = true;
        let day = turn.rules.day(turn.now);
        let Some(seat) = self.get_mut(&agent) else { return };
        seat.roll(day);
        let (before, Became { state, since, next, .. }) = (seat.state.clone(), became.clone());
        seat.become_state(became);
        let by = seat.by.clone();
        if !matches!(&state, AgentState::NotReady { reason } if reason == UNREACHABLE) {
            seat.ready_with_phone = false;
        }
        if matches!(state, AgentState::Ready | AgentState::NotReady { .. } | AgentState::SignedOut) {
            seat.hand.clear();
        }
        if let AgentState::WrapUp { contact, .. } = &before
            && !matches!(state, AgentState::WrapUp { .. })
        {
            self.wrap_up_ended(agent, *contact, visits, turn);
        }
        if let Some(seat) = self.get_mut(&agent) {
            match &state {
                AgentState::Ready => seat.set_aside_without_phone(turn.todo),
                AgentState::NotReady { reason } if reason == UNREACHABLE => seat.ready_again(turn.todo),
                _ => {}
            }
            seat.mind_microphone(&before, turn.todo);
        }
        turn.push(agent, DeskEvent::AgentStateChanged { state: state.clone(), since, next, by });
        if state == AgentState::SignedOut {
            self.forget_help(agent, turn);
        }
        if let AgentState::WrapUp { contact, until } = state {
            let closed = self.get(&agent).and_then(|seat| seat.closed.iter().find(|c| c.contact == contact));
            if let Some(interaction) = closed.map(|closed| closed.interaction) {
                turn.push(agent, DeskEvent::WrapUpStarted { interaction, until });
            }
        }
    }

    /// Everything the agent's desktop shows; `None` for somebody who is no agent.
    pub fn snapshot(&self, agent: AgentId, visits: &Visits, rules: &Rules) -> Option<Snapshot> {
        let seat = self.get(&agent)?;
        let view = |on_hand: &OnHand| visits.get(&on_hand.call?)?.view_now(rules, agent);
        let shown = |on_hand: &OnHand| ContactOnHand {
            interaction: on_hand.pop.interaction,
            pop: on_hand.pop.clone(),
            call: view(on_hand),
        };
        let on_hand: Vec<ContactOnHand> = seat.hand.all().into_iter().map(shown).collect();
        Some(Snapshot {
            agent,
            state: seat.state.clone(),
            since: seat.since,
            next: seat.next.clone(),
            by: seat.by.clone(),
            phone_reachable: seat.is_reachable(),
            pop: on_hand.first().map(|latest| latest.pop.clone()),
            call: on_hand.first().and_then(|latest| latest.call.clone()),
            on_hand,
            today: seat.today,
            parked: visits.parked(rules),
            preview: None,
            help: seat.help.clone(),
            notices: seat.notices.iter().cloned().collect(),
        })
    }

    /// Every desktop shows what is parked.
    pub fn tell_parked(&self, parked: &[ParkedCall], out: &mut Vec<Output>) {
        for agent in self.at_desktops() {
            push(agent, DeskEvent::ParkedChanged { parked: parked.to_vec() }, out);
        }
    }
}
