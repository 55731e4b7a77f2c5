//! The open call-backs as supervisors see them, the longest waiting first.

use crate::base::{AgentId, ContactId, Instant};
use crate::center::Center;
use crate::center::call_back::{CallBackPage, CallBackState, Open, OpenCallBack, Stage};
use crate::center::visit::{Phase, Visit};

impl Center {
    /// One page of the open call-backs.
    pub fn open_call_backs(&self, now: Instant, page: &CallBackPage) -> Vec<OpenCallBack> {
        let key = |open: &Open| (open.record.arrived, open.record.interaction);
        let of_queue = |open: &&Open| page.queue.is_none_or(|queue| queue == open.record.queue);
        let behind = |open: &&Open| page.after.is_none_or(|after| key(open) > after);
        let mut found: Vec<&Open> = self.call_backs.open.values().filter(of_queue).filter(behind).collect();
        found.sort_unstable_by_key(|open| key(open));
        found.into_iter().take(page.limit).map(|open| self.shown_call_back(now, open)).collect()
    }

    fn shown_call_back(&self, now: Instant, open: &Open) -> OpenCallBack {
        let record = &open.record;
        let made = match open.stage {
            Stage::Under(call) => self.visits.get(&call),
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
            place: self.contact_in_line(open).and_then(|contact| self.router.place_of(contact, now)),
            due: (open.stage == Stage::Rests).then_some(record.due),
            attempts: record.tries,
            agent: made.and_then(agent_of),
            call: made.map(|visit| visit.record.id),
        }
    }

    fn contact_in_line(&self, open: &Open) -> Option<ContactId> {
        let queued = |visit: &Visit| match &visit.phase {
            Phase::Queued(queued) => Some(queued.contact),
            _ => None,
        };
        match open.stage {
            Stage::Waits(contact) => Some(contact),
            Stage::Under(call) => self.visits.get(&call).and_then(queued),
            Stage::OnLine => self.visits.with_interaction(open.record.interaction).and_then(queued),
            Stage::Rests => None,
        }
    }
}

fn state_of(visit: &Visit) -> CallBackState {
    match &visit.phase {
        Phase::Queued(_) if visit.record.answered.is_some() => CallBackState::Talking,
        Phase::Queued(_) => CallBackState::Ringing,
        Phase::Calling(_) => CallBackState::Dialling,
        Phase::Talking(_) | Phase::Parked(_) | Phase::Handing(_) | Phase::PassedOn(_) => CallBackState::Talking,
        Phase::Flow | Phase::Fetching(_) | Phase::Dialling(_) | Phase::Dialled(_) | Phase::Ended => {
            CallBackState::Waiting
        }
    }
}

fn agent_of(visit: &Visit) -> Option<AgentId> {
    match &visit.phase {
        Phase::Queued(queued) => queued.rings.values().next().map(|ring| ring.agent),
        phase => phase.talk().map(|talk| talk.agent),
    }
}
