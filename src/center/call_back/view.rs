//! The open call-backs as supervisors see them, the longest waiting first.

use serde::{Deserialize, Serialize};

use crate::acd::Router;
use crate::base::{AgentId, ContactId, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::center::call_back::{CallBacks, Open, Stage};
use crate::center::caller::Caller;
use crate::center::visit::{Phase, Visit, Visits};

/// Customers who asked to be called back and were not spoken with yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenCallBack {
    /// The call in which it was asked for; its name.
    pub interaction: InteractionId,
    pub customer: Option<CustomerId>,
    pub number: Number,
    pub queue: QueueId,
    pub asked: Instant,
    /// Waiting counts from here.
    pub arrived: Instant,
    pub state: CallBackState,
    /// In the line of the queue, 1 is next; `None`: not in the line just now.
    pub place: Option<u32>,
    /// Rung in vain: in the line again from then on.
    pub due: Option<Instant>,
    /// Times the customer was rung in vain.
    pub attempts: u8,
    /// Who rings, calls or talks.
    pub agent: Option<AgentId>,
    /// The call that an agent makes.
    pub call: Option<InteractionId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallBackState {
    /// For an agent, or for the next try.
    Waiting,
    /// An agent's phone rings for it.
    Ringing,
    /// The agent is on the line, the customer's phone rings.
    Dialling,
    Talking,
}

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CallBackPage {
    pub queue: Option<QueueId>,
    /// Those behind this one, by arrival and id.
    pub after: Option<(Instant, InteractionId)>,
    pub limit: usize,
}

impl CallBacks {
    /// The end of the number of a customer who waits to be called back.
    pub fn masked(&self, contact: ContactId) -> Option<String> {
        let interaction = self.waits(contact)?;
        Some(self.open.get(&interaction)?.record.number.masked())
    }

    /// Whose place that is.
    pub fn caller(&self, contact: ContactId, region: &str) -> Option<Caller> {
        let interaction = self.waits(contact)?;
        let number = &self.open.get(&interaction)?.record.number;
        let caller_shown = number.shown(region);
        Some(Caller { contact, interaction, call_back: true, caller_shown, customer_name: None })
    }

    /// One page of them.
    pub fn page(&self, now: Instant, page: &CallBackPage, visits: &Visits, router: &Router) -> Vec<OpenCallBack> {
        let key = |open: &Open| (open.record.arrived, open.record.interaction);
        let of_queue = |open: &&Open| page.queue.is_none_or(|queue| queue == open.record.queue);
        let behind = |open: &&Open| page.after.is_none_or(|after| key(open) > after);
        let mut found: Vec<&Open> = self.open.values().filter(of_queue).filter(behind).collect();
        found.sort_unstable_by_key(|open| key(open));
        found.into_iter().take(page.limit).map(|open| open.shown(now, visits, router)).collect()
    }
}

impl Open {
    fn shown(&self, now: Instant, visits: &Visits, router: &Router) -> OpenCallBack {
        let record = &self.record;
        let made = match self.stage {
            Stage::Under(call) => visits.get(&call),
            _ => None,
        };
        OpenCallBack {
            interaction: record.interaction,
            customer: record.customer,
            number: record.number.clone(),
            queue: record.queue,
            asked: record.asked,
            arrived: record.arrived,
            state: made.map_or(CallBackState::Waiting, state_of),
            place: self.in_line(visits).and_then(|contact| router.place_of(contact, now)),
            due: (self.stage == Stage::Rests).then_some(record.due),
            attempts: record.tries,
            agent: made.and_then(agent_of),
            call: made.map(|visit| visit.record.id),
        }
    }

    fn in_line(&self, visits: &Visits) -> Option<ContactId> {
        let queued = |visit: &Visit| match &visit.phase {
            Phase::Queued(queued) => Some(queued.contact),
            _ => None,
        };
        match self.stage {
            Stage::Waits(contact) => Some(contact),
            Stage::Under(call) => visits.get(&call).and_then(queued),
            Stage::OnLine => visits.with_interaction(self.record.interaction).and_then(queued),
            Stage::Rests => None,
        }
    }
}

fn state_of(visit: &Visit) -> CallBackState {
    match &visit.phase {
        Phase::Queued(_) if visit.record.answered.is_some() => CallBackState::Talking,
        Phase::Queued(_) => CallBackState::Ringing,
        Phase::Calling(_) => CallBackState::Dialling,
        Phase::Talking(_) | Phase::Parked(_) | Phase::InSlot(_) | Phase::Handing(_) | Phase::PassedOn(_) => {
            CallBackState::Talking
        }
        Phase::Flow
        | Phase::Placing(_)
        | Phase::Offered(_)
        | Phase::Fetching(_)
        | Phase::Dialling(_)
        | Phase::Dialled(_)
        | Phase::Ended => CallBackState::Waiting,
    }
}

fn agent_of(visit: &Visit) -> Option<AgentId> {
    match &visit.phase {
        Phase::Queued(queued) => queued.rings.values().next().map(|ring| ring.agent),
        phase => phase.talk().map(|talk| talk.agent),
    }
}
