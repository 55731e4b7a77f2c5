//! Calls that are nobody's until somebody answers: an agent who is free then, or the flow of the campaign.
//!
//! The agents who carry such calls are occupied meanwhile, so that no caller from outside takes them from under one; who
//! carries none any more is free again. What the pacer says of it: [`crate::campaign::Pacer::holds`].

use std::collections::{BTreeMap, BTreeSet};

use super::campaigns::{Campaigns, Order, Over};
use super::running::{OnTheWay, Running, Stage};
use crate::acd;
use crate::base::{AgentId, CallId, ContactId};
use crate::campaign::{Answerer, Attempted, CampaignId, DialId, FollowUp, Input, Presence};
use crate::center::turn::Turn;

impl OnTheWay {
    pub(super) fn is_with(&self, agent: AgentId) -> bool {
        self.agent.is_some_and(|(with, _)| with == agent)
    }

    /// Whoever is free when it is answered gets it.
    fn is_loose(&self) -> bool {
        let waits = matches!(self.stage, Stage::Asked(_) | Stage::Calling(_) | Stage::Answered { .. });
        self.agent.is_none() && waits
    }
}

impl Running {
    /// Who must not be taken by anybody else.
    fn carriers(&self) -> BTreeSet<AgentId> {
        match self.dials.values().any(OnTheWay::is_loose) {
            true => self.pacer.holds().collect(),
            false => BTreeSet::new(),
        }
    }
}

impl Campaigns {
    /// Has those held who carry calls, and nobody else. `is_ready`: for the router, at this moment.
    pub fn hold(&mut self, is_ready: impl Fn(AgentId) -> bool, turn: &mut Turn<'_>) {
        self.stirred = false;
        for id in self.all.keys().copied().collect::<Vec<_>>() {
            let Some(running) = self.all.get_mut(&id) else { continue };
            let wanted = running.carriers();
            let (kept, idle): (BTreeMap<_, _>, BTreeMap<_, _>) =
                std::mem::take(&mut running.pool).into_iter().partition(|(it, _)| wanted.contains(it));
            running.pool = kept;
            for contact in idle.into_values() {
                turn.todo.to_router(acd::Input::Ended { contact });
            }
            for agent in wanted {
                self.hold_one(id, agent, &is_ready, turn);
            }
        }
    }

    fn hold_one(&mut self, id: CampaignId, agent: AgentId, is_ready: &impl Fn(AgentId) -> bool, turn: &mut Turn<'_>) {
        if self.held.contains_key(&agent) || !is_ready(agent) {
            return;
        }
        let Some(running) = self.all.get_mut(&id) else { return };
        let contact = ContactId(turn.todo.ids.take());
        running.pool.insert(agent, contact);
        turn.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        self.claim(id, agent, turn);
    }

    /// The agent is this campaign's, and no other's.
    fn claim(&mut self, id: CampaignId, agent: AgentId, turn: &mut Turn<'_>) {
        self.held.insert(agent, id);
        for other in self.all.keys().copied().filter(|other| *other != id).collect::<Vec<_>>() {
            self.tell(other, Input::Agent { agent, is: Presence::Gone }, turn);
        }
    }

    /// The network says that it rings: from here on the time counts.
    pub fn rings(&mut self, call: CallId, turn: &mut Turn<'_>) {
        let Some((id, dial)) = self.calls.get(&call).copied() else { return };
        let on = self.all.get_mut(&id).and_then(|running| running.dials.get_mut(&dial));
        let Some(on) = on.filter(|on| on.agent.is_none() && !on.rings) else { return };
        on.rings = true;
        self.tell(id, Input::Ringing(dial), turn);
    }

    /// Somebody answered whom nobody waits for on the line.
    pub(super) fn picked_up(&mut self, call: CallId, (id, dial): (CampaignId, DialId), turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let until = turn.now + running.pacer.keep().law().counting.grace();
        let Some(on) = running.dials.get_mut(&dial) else { return };
        if let Stage::Calling(_) = on.stage {
            on.stage = Stage::Answered { call, since: turn.now, until };
            self.tell(id, Input::Answered { dial, by: Answerer::Person, greeted: turn.now }, turn);
        }
    }

    /// The pacer has found them an agent.
    pub(super) fn connect(&mut self, id: CampaignId, dial: DialId, agent: AgentId, turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        // An agent who was called first is on the line already.
        let Some(on) = running.dials.get_mut(&dial) else { return };
        let Stage::Answered { call, until, .. } = on.stage else { return };
        let contact = running.pool.remove(&agent);
        on.agent = contact.map(|contact| (agent, contact));
        self.orders.push_back(Order::Connect { call, agent, contact, until });
        self.claim(id, agent, turn);
    }

    /// The agent is occupied by this contact now.
    pub fn occupied(&mut self, call: CallId, by: (AgentId, ContactId)) {
        let Some((id, dial)) = self.calls.get(&call) else { return };
        if let Some(on) = self.all.get_mut(id).and_then(|running| running.dials.get_mut(dial)) {
            on.agent = Some(by);
        }
    }

    /// The agent was not there after all, or did not answer in time: whoever answered waits for another.
    pub fn unbridged(&mut self, call: CallId, agent: AgentId, turn: &mut Turn<'_>) {
        let Some((id, dial)) = self.calls.get(&call).copied() else { return };
        self.held.remove(&agent);
        let on = self.all.get_mut(&id).and_then(|running| running.dials.get_mut(&dial));
        let Some(on) = on.filter(|on| matches!(on.stage, Stage::Answered { .. })) else { return };
        on.agent = None;
        self.tell(id, Input::Unbridged(dial), turn);
    }

    /// Nobody could speak in time: they are told so.
    pub(super) fn say_sorry(&mut self, id: CampaignId, dial: DialId) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let Some(on) = running.dials.get_mut(&dial) else { return };
        if let Stage::Answered { call, since, .. } = on.stage {
            on.stage = Stage::Sorry;
            self.orders.push_back(Order::Lead { call, flow: None, since });
        }
    }

    /// No agent is wanted: the flow of the campaign has them.
    pub(super) fn lead(&mut self, id: CampaignId, dial: DialId) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let Some(on) = running.dials.get_mut(&dial) else { return };
        if let Stage::Answered { call, since, .. } = on.stage {
            on.stage = Stage::Led;
            let flow = running.rule.as_ref().and_then(|rule| rule.flow.clone()).unwrap_or_default();
            self.orders.push_back(Order::Lead { call, flow: Some(flow), since });
        }
    }

    /// The flow is done with them, or they with it.
    pub(super) fn led_to(&mut self, (id, dial): (CampaignId, DialId), how: &Over, turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let Some(on) = running.dials.get_mut(&dial) else { return };
        on.disposition.clone_from(&how.said);
        let (ended, again, _) = running.came_to(dial, Attempted::Played);
        let after = running.rule.as_ref().map(|rule| &rule.after);
        let follow_up = how.said.as_ref().and_then(|said| after?.get(said)).copied();
        self.over(id, dial, ended, again, turn);
        if let (Some(FollowUp::DoNotCall), Some(number)) = (follow_up, &how.number) {
            self.never_again(number, "caller".to_owned(), how.interaction, turn);
        }
    }
}
