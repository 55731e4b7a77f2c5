//! Agents as people with a desk: phones that come and go, desktops that come and go, states told.

use crate::acd::{self, AgentState, Author, UNREACHABLE};
use crate::base::{AgentId, Instant};
use crate::center::Center;
use crate::center::desk::{DeskEvent, Snapshot};
use crate::center::output::Output;
use crate::center::seat::Became;
use crate::center::turn::{Due, push, seconds};
use crate::center::visit::Phase;
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
        let parked = seat.call.filter(|_| reachable);
        if was != reachable {
            self.phone_changed(agent, reachable, out);
        }
        if let Some(call) = parked {
            let waits = |visit: &crate::center::visit::Visit| matches!(&visit.phase, Phase::Parked(parked) if parked.talk.agent == agent);
            if self.visits.get(&call).is_some_and(waits) {
                self.ring_again(call, agent);
            }
        }
    }

    fn phone_changed(&mut self, agent: AgentId, reachable: bool, out: &mut Vec<Output>) {
        self.todo.board_changed = true;
        push(agent, DeskEvent::PhoneStateChanged { reachable }, out);
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        let author = Author::System;
        if reachable {
            self.ready_again(agent);
        } else if matches!(seat.state, AgentState::Ready | AgentState::Reserved { .. }) {
            seat.ready_with_phone = true;
            let reason = UNREACHABLE.to_owned();
            self.todo.to_router(acd::Input::NotReady { agent, reason, author });
        }
    }

    pub(in crate::center) fn desk_connected(&mut self, _now: Instant, agent: AgentId, _out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Desktop(agent));
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        seat.desktop = true;
        if seat.state == AgentState::SignedOut {
            self.todo.to_router(acd::Input::SignIn { agent });
        }
        self.ready_again(agent);
    }

    pub(in crate::center) fn desk_lost(&mut self, now: Instant, agent: AgentId) {
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.desktop = false;
            let grace = seconds(self.settings.times.desktop_grace_s);
            self.todo.deadlines.set(Due::Desktop(agent), now + grace);
        }
    }

    /// The desktop did not come back. A running call goes on; the agent gets no new one.
    pub(in crate::center) fn desktop_gone(&mut self, agent: AgentId) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        if !seat.desktop && seat.state != AgentState::SignedOut {
            // Away for so long: back at work only by the agent's own word.
            seat.ready_with_phone = false;
            seat.microphone_lost = false;
            let (reason, author) = (UNREACHABLE.to_owned(), Author::System);
            self.todo.to_router(acd::Input::NotReady { agent, reason, author });
        }
    }

    /// Since when a new state is to be written down: one that began earlier and follows on nothing was
    /// brought back from before a restart.
    pub(in crate::center) fn state_from(&self, now: Instant, agent: AgentId, since: Instant) -> Instant {
        let signed_out = self.seats.get(&agent).is_some_and(|seat| seat.state == AgentState::SignedOut);
        if signed_out { since } else { now }
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
            seat.pop = None;
            seat.call = None;
        }
        if let AgentState::WrapUp { contact, .. } = &before
            && !matches!(state, AgentState::WrapUp { .. })
        {
            self.wrap_up_ended(now, agent, *contact, out);
        }
        match &state {
            AgentState::Ready => self.set_aside_without_phone(agent),
            AgentState::NotReady { reason } if reason == UNREACHABLE => self.ready_again(agent),
            _ => {}
        }
        self.mind_microphone(agent, &before);
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
        Some(Snapshot {
            agent,
            state: seat.state.clone(),
            since: seat.since,
            next: seat.next.clone(),
            by: seat.by.clone(),
            phone_reachable: seat.is_reachable(),
            pop: seat.pop.clone(),
            call: seat.call.and_then(|call| self.visits.get(&call)?.view_now(&self.rules, agent)),
            today: seat.today,
        })
    }
}
