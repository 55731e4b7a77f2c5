//! The seats of all agents, the forms that they may still fill in, and what they have called. Whoever is handed out to
//! be changed is noted, so that the wallboard looks at nobody else.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd::{self, AgentState};
use crate::base::{AgentId, Instant, InteractionId};
use crate::call::Branch;
use crate::center::answer::Refused;
use crate::center::desk::Refusal;
use crate::center::outbound::spending::Spending;
use crate::center::seat::{Closed, Form, Phones, Seat};
use crate::center::turn::Todo;
use crate::center::visit::Visit;

#[derive(Debug, Default)]
pub(in crate::center) struct Seats {
    all: BTreeMap<AgentId, Seat>,
    touched: BTreeSet<AgentId>,
    forms: BTreeMap<InteractionId, Form>,
    /// In how many seats each contact is closed and not forgotten.
    closed: BTreeMap<InteractionId, u32>,
    /// Forms that nobody may fill in any more: who numbers the events of their interactions from now on has not
    /// got them yet.
    given_up: Vec<Form>,
    pub phones: Phones,
    pub spending: Spending,
}

impl Seats {
    pub fn get(&self, agent: &AgentId) -> Option<&Seat> {
        self.all.get(agent)
    }

    pub fn known(&self, agent: AgentId) -> Result<&Seat, Refused> {
        self.get(&agent).ok_or((Refusal::UnknownAgent, "there is no such agent"))
    }

    /// Where an agent is rung who can speak.
    pub fn phones_of(&self, agent: AgentId) -> Result<Vec<Branch>, Refused> {
        let seat = self.known(agent)?;
        seat.can_speak()?;
        Ok(seat.branches())
    }

    /// A desktop-less agent (a desk phone, a program) signs in with the first state it asks for.
    pub fn sign_in_if_needed(&self, agent: AgentId, todo: &mut Todo) {
        if self.get(&agent).is_some_and(|seat| seat.state == AgentState::SignedOut) {
            todo.to_router(acd::Input::SignIn { agent });
        }
    }

    /// The wallboard shows for which queue they are in the call.
    pub fn touch_others(&mut self, visit: &Visit) {
        visit.others.iter().filter_map(|other| other.who.agent()).for_each(|agent| self.touch(agent));
    }

    pub fn get_mut(&mut self, agent: &AgentId) -> Option<&mut Seat> {
        let seat = self.all.get_mut(agent)?;
        self.touched.insert(*agent);
        Some(seat)
    }

    /// Since when a new state is to be written down: one that began earlier and follows on nothing was
    /// brought back from before a restart.
    pub fn state_from(&self, now: Instant, agent: AgentId, since: Instant) -> Instant {
        let signed_out = self.get(&agent).is_some_and(|seat| seat.state == AgentState::SignedOut);
        if signed_out { since } else { now }
    }

    /// The wallboard looks at this one again.
    pub fn touch(&mut self, agent: AgentId) {
        self.touched.insert(agent);
    }

    pub fn contains_key(&self, agent: &AgentId) -> bool {
        self.all.contains_key(agent)
    }

    /// An empty one where there is none.
    pub fn make(&mut self, agent: AgentId, now: Instant) {
        self.all.entry(agent).or_insert_with(|| Seat::new(agent, now));
        self.touched.insert(agent);
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&AgentId, &mut Seat)> {
        self.touched.extend(self.all.keys());
        self.all.iter_mut()
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&AgentId, &Seat) -> bool) {
        self.all.retain(|agent, seat| keep(agent, seat));
        self.closed.clear();
        for closed in self.all.values().flat_map(|seat| &seat.closed) {
            *self.closed.entry(closed.interaction).or_default() += 1;
        }
        let closed = &self.closed;
        self.forms.retain(|interaction, _| closed.contains_key(interaction));
    }

    /// A contact is over for this agent, though its call may go on with another.
    pub fn close(&mut self, agent: AgentId, closed: Closed) {
        let Some(seat) = self.get_mut(&agent) else { return };
        let dropped = seat.close(closed);
        *self.closed.entry(closed.interaction).or_default() += 1;
        let Some(dropped) = dropped.map(|dropped| dropped.interaction) else { return };
        let Some(seats) = self.closed.get_mut(&dropped) else { return };
        *seats = seats.saturating_sub(1);
        if *seats == 0 {
            self.closed.remove(&dropped);
            self.given_up.extend(self.forms.remove(&dropped));
        }
    }

    /// Forms that nobody may fill in any more since this was asked last.
    pub fn take_given_up(&mut self) -> Vec<Form> {
        std::mem::take(&mut self.given_up)
    }

    /// The call is over: from now on the form numbers the events of its interaction, if an agent had it.
    pub fn file(&mut self, form: Form) {
        if self.closed.contains_key(&form.record.id) {
            self.forms.insert(form.record.id, form);
        }
    }

    /// The open form of an interaction whose call is over: nothing that the wallboard shows.
    pub fn form_mut(&mut self, interaction: InteractionId) -> Option<&mut Form> {
        self.forms.get_mut(&interaction)
    }

    pub fn form(&self, interaction: InteractionId) -> Option<&Form> {
        self.forms.get(&interaction)
    }

    /// Who has a desktop.
    pub fn at_desktops(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.all.iter().filter(|(_, seat)| seat.desktop).map(|(agent, _)| *agent)
    }

    /// How many there are.
    pub fn forms(&self) -> usize {
        self.forms.len()
    }

    /// Who was handed out since this was asked last.
    pub fn take_touched(&mut self) -> BTreeSet<AgentId> {
        std::mem::take(&mut self.touched)
    }
}
