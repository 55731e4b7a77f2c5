//! Agents as people with a desk: phones that come and go, desktops that come and go, states told.

use crate::acd::{AgentState, UNREACHABLE};
use crate::base::{AgentId, Instant};
use crate::center::Center;
use crate::center::desk::{ContactOnHand, DeskEvent, Snapshot};
use crate::center::output::Output;
use crate::center::seat::{Became, OnHand};
use crate::center::turn::{Due, push, seconds};
use crate::center::visit::{Phase, Visit};
use crate::sip::Contact;

impl Center {
    pub(in crate::center) fn registered(
        &mut self,
        _now: Instant,
        user: String,
        agent: Option<AgentId>,
        contacts: Vec<Contact>,
        out: &mut Vec<Output>,
    ) {
        let Some(agent) = agent else {
            return self.phones.register(user, contacts);
        };
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        let was = seat.is_reachable();
        seat.register(user, contacts);
        let reachable = seat.is_reachable();
        let calls: Vec<_> = seat.hand.meant(None).filter(|_| reachable).collect();
        if was != reachable {
            self.todo.board_changed = true;
            push(agent, DeskEvent::PhoneStateChanged { reachable }, out);
            seat.phone_changed(reachable, &mut self.todo);
        }
        let waits = |visit: &Visit| matches!(&visit.phase, Phase::Parked(parked) if parked.talk.agent == agent);
        for call in calls {
            if self.visits.get(&call).is_some_and(waits) {
                self.ring_again(call, agent);
            }
        }
    }

    pub(in crate::center) fn desk_lost(&mut self, now: Instant, agent: AgentId) {
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.desktop = false;
            let grace = seconds(self.settings.times.desktop_grace_s);
            self.todo.deadlines.set(Due::Desktop(agent), now + grace);
        }
    }

    /// The router changed an agent's state.
    pub(in crate::center) fn agent_state(
        &mut self,
        now: Instant,
        agent: AgentId,
        became: Became,
        out: &mut Vec<Output>,
    ) {
        self.todo.board_changed = true;
        let day = self.rules.day(now);
        let Some(seat) = self.seats.get_mut(&agent) else { return };
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
            self.wrap_up_ended(now, agent, *contact, out);
        }
        if let Some(seat) = self.seats.get_mut(&agent) {
            match &state {
                AgentState::Ready => seat.set_aside_without_phone(&mut self.todo),
                AgentState::NotReady { reason } if reason == UNREACHABLE => seat.ready_again(&mut self.todo),
                _ => {}
            }
            seat.mind_microphone(&before, &mut self.todo);
        }
        push(agent, DeskEvent::AgentStateChanged { state: state.clone(), since, next, by }, out);
        if let AgentState::WrapUp { contact, until } = state {
            let closed = self.seats.get(&agent).and_then(|seat| seat.closed.iter().find(|c| c.contact == contact));
            if let Some(interaction) = closed.map(|closed| closed.interaction) {
                push(agent, DeskEvent::WrapUpStarted { interaction, until }, out);
            }
        }
    }

    /// Everything the agent's desktop shows; `None` for somebody who is no agent.
    pub fn snapshot(&self, agent: AgentId) -> Option<Snapshot> {
        let seat = self.seats.get(&agent)?;
        let view = |on_hand: &OnHand| self.visits.get(&on_hand.call?)?.view_now(&self.rules, agent);
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
            parked: self.visits.parked(&self.rules),
        })
    }
}
