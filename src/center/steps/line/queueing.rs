//! Between the router and everybody else: arrivals, rings, answers, and who is told.

use crate::acd::{self, Arrival, Kept, Left};
use crate::base::{CallId, ContactId, Instant, Number, QueueId};
use crate::center::Center;
use crate::center::desk::PlaceKept;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::rules::Rules;
use crate::center::turn::{Due, at_hand};
use crate::center::visit::{Phase, Queued, Visit, Wish};
use crate::dialplan::{Event as FlowEvent, QueueLeft, QueueRequest};

impl Center {
    /// Puts the caller into the line. `only_call_back`: to be called back, and for nothing else.
    pub(in crate::center) fn enqueue(
        &mut self,
        now: Instant,
        call: CallId,
        request: &QueueRequest,
        only_call_back: bool,
        out: &mut Vec<Output>,
    ) -> Option<FlowEvent> {
        let Some(queue) = self.rules.queue_id(&request.queue) else {
            return Some(FlowEvent::QueueLeft(QueueLeft::Closed));
        };
        let contact = ContactId(self.todo.ids.take());
        let skills = request.skills.iter().filter_map(|(key, level)| Some((self.rules.skill_id(key)?, *level)));
        let skills = skills.collect();
        let bonus_s = bonus(&self.rules, self.visits.get(&call)?, queue, request.bonus_s);
        let wish = Wish { priority: request.priority, skills, bonus_s, first: self.rules.first_agent(request) };
        let visit = self.visits.get_mut(&call)?;
        // Who comes back from a line to be called back keeps the first place.
        let since = visit.record.queued.filter(|_| only_call_back).unwrap_or(now);
        visit.enter(now, Phase::Queued(Queued { wish, only_call_back, ..Queued::new(contact, queue, now, since) }));
        let digit = self.visits.get(&call).and_then(|visit| self.call_backs.digit(visit, &self.rules));
        if only_call_back && digit.is_none() {
            self.visits.get_mut(&call)?.enter(now, Phase::Flow);
            return Some(FlowEvent::QueueLeft(QueueLeft::Impossible));
        }
        self.visits.contacts.name(contact, call);
        // The router says nothing of somebody who only waits.
        self.todo.board_changed = true;
        let visit = self.visits.get_mut(&call)?;
        visit.record.queue = Some(queue);
        visit.record.queued.get_or_insert(now);
        let entered = Event::QueueEntered {
            queue: request.queue.clone(),
            priority: request.priority,
            bonus_s,
            agent_first: request.first.as_ref().map(|first| first.agent.clone()),
        };
        visit.log(now, entered, out);
        visit.save(out);
        self.keep_legs(call, out);
        self.arrive(now, call, request.timeout_ms, out);
        match only_call_back {
            true => drop(self.with(now, call, out, Visit::ask_for_call_back)),
            false => self.with(now, call, out, |visit, turn| visit.play_queue_music(turn)),
        }
        None
    }

    /// Tells the router of a caller in the line; one who waited to be called back has that place.
    pub(in crate::center) fn arrive(
        &mut self,
        now: Instant,
        call: CallId,
        timeout_ms: Option<u64>,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        let (queue, caller) = (queued.queue, visit.record.caller.clone());
        let mut arrival = Arrival::new(queued.contact, queue, queued.arrived);
        (arrival.priority, arrival.skills) = (queued.wish.priority, queued.wish.skills.clone());
        (arrival.bonus_s, arrival.call_back) = (queued.wish.bonus_s, queued.only_call_back);
        arrival.preferred = queued.wish.first;
        arrival.waited_on = visit.kept.taking_up.is_some();
        (arrival.timeout_ms, arrival.caller) = (timeout_ms, caller.as_ref().map(Number::digits));
        let taken =
            caller.and_then(|number| self.call_backs.take_over(&number, queue, &self.visits, at_hand!(self, now, out)));
        if let Some(taken) = &taken {
            arrival.arrived = taken.arrived.min(arrival.arrived);
            let kept = PlaceKept { by: Kept::CallBack, since: arrival.arrived };
            self.with(now, call, out, |visit, turn| visit.keep_place(kept, turn));
        }
        self.todo.to_router(acd::Input::Arrive(arrival));
        if let Some(taken) = taken {
            self.let_go(now, taken, out);
        }
    }

    pub(in crate::center) fn left_queue(
        &mut self,
        now: Instant,
        contact: ContactId,
        queue: QueueId,
        why: Left,
        out: &mut Vec<Output>,
    ) {
        let Some(call) = self.visits.contacts.unname(contact) else {
            return self.call_backs.left(contact, at_hand!(self, now, out));
        };
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let why = match why {
            Left::Abandoned | Left::Removed => return,
            Left::Timeout => QueueLeft::Timeout,
            Left::Full => QueueLeft::Full,
            Left::NoAgents => QueueLeft::NoAgents,
            Left::Closed => QueueLeft::Closed,
        };
        visit.log(now, Event::QueueLeft { queue: Some(queue), why }, out);
        let booked = match visit.enter(now, Phase::Flow) {
            Phase::Queued(queued) => queued.booked.or(visit.call_back().filter(|_| visit.record.answered.is_none())),
            _ => None,
        };
        self.todo.deadlines.clear(&Due::Listen(call));
        self.with(now, call, out, |visit, turn| visit.stop_music(turn));
        if let Some(id) = booked {
            self.call_backs.booked_call_left(id, false, at_hand!(self, now, out));
        }
        self.drive(now, call, FlowEvent::QueueLeft(why), out);
    }
}

/// What the flow gives and what the customer has by tier and value.
fn bonus(rules: &Rules, visit: &Visit, queue: QueueId, given_s: u32) -> u32 {
    let card = visit.only_customer();
    let settings = rules.queue_settings(queue);
    let vip = card.zip(settings).map_or(0, |(card, settings)| settings.vip_bonus.of(card));
    given_s.saturating_add(vip)
}
