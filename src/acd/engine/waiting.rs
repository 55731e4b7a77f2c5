//! The contacts' side: coming, waiting in line, widening, leaving.

use super::admission::Refusal;
use super::router::Router;
use super::tables::contacts::{Contact, Whereabouts};
use super::tables::demand::MAX_DEMANDS;
use super::tables::index::{AgentIx, ContactIx, DemandIx, LineIx, QueueIx, ReservationIx};
use super::tables::line::{LineEntry, Urgency};
use super::tables::scratch::RankedHead;
use super::tables::timers::Owner;
use crate::acd::output::rejected;
use crate::acd::why::Rejection;
use crate::acd::why::{Kept, Pick};
use crate::acd::{Arrival, Left, Output, Withdrawn};
use crate::base::{CallDirection, Channel, ContactId, Instant};
use std::cmp::Reverse;
use std::time::Duration;

impl Router {
    pub(in crate::acd) fn arrive(&mut self, now: Instant, arrival: Arrival, out: &mut Vec<Output>) {
        let Some(queue) = self.model.queue_ix(arrival.queue) else {
            return out.push(rejected(Rejection::UnknownQueue));
        };
        if self.contacts.find(arrival.contact).is_some() {
            return out.push(rejected(Rejection::ContactKnown));
        }
        let limit = self.model.rules.max_contacts.unwrap_or(u32::MAX).min(self.settings.max_contacts);
        if self.contacts.len() >= limit as usize {
            return out.push(Output::LeftQueue { contact: arrival.contact, queue: arrival.queue, why: Left::Full });
        }
        let old = self.old_place(&arrival, queue, now);
        let arrived = old.unwrap_or(arrival.arrived).min(arrival.arrived).min(now);
        let kept = if arrival.call_back { Some(Kept::CallBack) } else { old.map(|_| Kept::Redial) };
        self.seq += 1;
        let mut extra = arrival.skills;
        extra.sort_unstable();
        self.make_room_for_demand(now, queue, &extra);
        let contact = Contact {
            id: arrival.contact,
            queue: Some(queue),
            demand: DemandIx::NONE,
            whereabouts: Whereabouts::Moving,
            arrived,
            seq: self.seq,
            urgency: Urgency { priority: arrival.priority.unwrap_or(0), bonus_s: arrival.bonus_s },
            extra,
            timeout_at: Instant::FAR_FUTURE,
            announce_at: Instant::FAR_FUTURE,
            timer: 0,
            due_at: Instant::FAR_FUTURE,
            caller: arrival.caller,
            kept,
            ringing: ReservationIx::NONE,
            spoken_s: None,
            hops: 0,
            channel: Channel::default(),
            direction: CallDirection::Inbound,
            is_own: false,
            predicted: Default::default(),
            answered_at: now,
        };
        let slot = self.contacts.insert(contact);
        let timeout = arrival.timeout_ms.map(Duration::from_millis);
        if self.enter_queue(now, slot, queue, timeout, out) {
            if kept == Some(Kept::Redial) {
                // Once; who was turned away may try again.
                self.redials.forget(arrival.queue, arrival.caller);
                out.push(Output::PlaceKept { contact: arrival.contact, queue: arrival.queue, arrived });
            }
            self.place(now, slot, arrival.preferred, out);
            self.conditions_changed(now, out);
        }
    }

    /// Demands that nobody has any more are forgotten when there is no room for another one.
    fn make_room_for_demand(&mut self, now: Instant, queue: QueueIx, extra: &[(crate::base::SkillId, u8)]) {
        if self.demands.all.len() >= MAX_DEMANDS && self.demands.find(queue, extra).is_none() && self.demands.are_idle()
        {
            self.reindex(now);
            self.set_floors(now, &mut Vec::new());
        }
    }

    /// The arrival time of a caller who gave up a short while ago.
    fn old_place(&self, arrival: &Arrival, queue: QueueIx, now: Instant) -> Option<Instant> {
        let within_s = self.model.queue(queue).redial_s;
        if arrival.call_back {
            return None;
        }
        self.redials.find(arrival.queue, arrival.caller?, within_s, now)
    }

    fn remember_place(&mut self, slot: ContactIx, queue: QueueIx, now: Instant) {
        let rule = self.model.queue(queue);
        let contact = &self.contacts[slot];
        if let (Some(caller), true) = (contact.caller, rule.redial_s > 0) {
            let longest = self.model.rules.queues.iter().map(|queue| queue.redial_s).max().unwrap_or(0);
            self.redials.forget_before(now - Duration::from_secs(u64::from(longest)));
            self.redials.note(rule.id, caller, contact.arrived, now);
        }
    }

    /// The demand of a contact in a queue, made known when it is new.
    pub(in crate::acd) fn demand_of(&mut self, now: Instant, slot: ContactIx, queue: QueueIx) -> DemandIx {
        if let Some(demand) = self.demands.find(queue, &self.contacts[slot].extra) {
            return demand;
        }
        let demand = self.add_demand(queue, self.contacts[slot].extra.clone());
        // As if it had always been known.
        self.demands.all[demand].floor = self.floor_of(demand, now);
        demand
    }

    /// To the preferred agent, to the best agent, or into the line.
    fn place(
        &mut self,
        now: Instant,
        slot: ContactIx,
        preferred: Option<(crate::base::AgentId, u64)>,
        out: &mut Vec<Output>,
    ) {
        let employed = |agent| self.model.agent_ix(agent).filter(|ix| self.is_employed(*ix));
        let wanted = preferred.and_then(|(agent, ms)| Some((employed(agent)?, ms)));
        let Some((agent, ms)) = wanted else { return self.line_up(now, slot, out) };
        let channel = self.demands.all[self.contacts[slot].demand].channel;
        if self.roster.idle[agent].free_for(channel) {
            let named = Pick::Named { agent: self.roster.agents[agent].id };
            return self.reserve(now, slot, agent, (named, 0), out);
        }
        let nobody_else = ms == u64::MAX;
        if self.roster.agents[agent].duty == super::tables::roster::Duty::SignedOut && !nobody_else {
            return self.line_up(now, slot, out);
        }
        let until = if nobody_else { Instant::FAR_FUTURE } else { now + Duration::from_millis(ms) };
        self.contacts[slot].whereabouts = Whereabouts::Wants { agent, until };
        self.roster.agents[agent].wanted_by.push(slot);
        self.set_contact_timer(now, slot);
    }

    /// A waiting contact rings the best agents there are now, or stands in its line.
    pub(in crate::acd) fn line_up(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) {
        if self.gathering || !self.offer(now, slot, out) {
            self.stand_in_line(slot);
            self.remember_prediction(slot, now);
            self.set_contact_timer(now, slot);
        }
    }

    /// Rings the best agents there are now; true when at least one rings.
    pub(in crate::acd) fn offer(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) -> bool {
        let rings = self.offer_to_one(now, slot, out);
        if rings {
            self.ring_others(now, slot, out);
        }
        rings
    }

    /// Rings the best agent there is now.
    pub(in crate::acd) fn offer_to_one(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) -> bool {
        let Some(agent) = self.best_agent(slot, now) else { return false };
        self.reserve_agent_for(now, slot, agent, out);
        true
    }

    /// Where several agents are rung at once: those beside the first.
    pub(in crate::acd) fn ring_others(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) {
        let queue = self.demands.all[self.contacts[slot].demand].queue;
        for _ in 1..self.model.queue(queue).ring_several {
            if !self.offer_to_one(now, slot, out) {
                return;
            }
        }
    }

    pub(in crate::acd) fn stand_in_line(&mut self, slot: ContactIx) {
        let contact = &self.contacts[slot];
        let rule = self.model.queue(self.demands.all[contact.demand].queue);
        let line = self.demands.line(contact.demand, contact.urgency, rule);
        let entry = LineEntry { arrived: contact.arrived, seq: contact.seq, contact: slot };
        self.demands.lines[line].insert(entry);
        self.contacts[slot].whereabouts = Whereabouts::Line(line);
    }

    /// Takes a contact out of its line or from the agent it wants.
    pub(in crate::acd) fn take_from_place(&mut self, slot: ContactIx) {
        let contact = &self.contacts[slot];
        match contact.whereabouts {
            Whereabouts::Line(line) => {
                self.demands.lines[line].remove(contact.arrived, contact.seq);
                self.demands.release_if_empty(line);
            }
            Whereabouts::Wants { agent, .. } => self.roster.agents[agent].wanted_by.retain(|other| *other != slot),
            Whereabouts::Moving | Whereabouts::Ringing | Whereabouts::Served(_) => {}
        }
    }

    /// Who wants this agent, but not alone; everybody when the agent is no longer in the rules.
    pub(in crate::acd) fn wanting_others_too(&self, agent: AgentIx) -> Vec<ContactIx> {
        let gone = !self.is_employed(agent);
        let takes_others = |slot: &ContactIx| match self.contacts[*slot].whereabouts {
            Whereabouts::Wants { until, .. } => gone || until != Instant::FAR_FUTURE,
            _ => false,
        };
        self.roster.agents[agent].wanted_by.iter().copied().filter(takes_others).collect()
    }

    /// One event brings these contacts back into line, and perhaps changes conditions: all of them, and those
    /// whose demand becomes wider, are offered in the order of the contact policy.
    pub(in crate::acd) fn line_up_together(&mut self, now: Instant, slots: &[ContactIx], out: &mut Vec<Output>) {
        for slot in slots.iter().copied() {
            self.take_from_place(slot);
            self.stand_in_line(slot);
            self.remember_prediction(slot, now);
            self.set_contact_timer(now, slot);
        }
        if self.gathering {
            return;
        }
        let mut demands = std::mem::take(&mut self.scratch.demands);
        demands.clear();
        self.set_floors(now, &mut demands);
        demands.extend(slots.iter().map(|slot| self.contacts[*slot].demand));
        demands.sort_unstable();
        demands.dedup();
        self.offer_demands(now, &demands, out);
        self.scratch.demands = demands;
    }

    /// Offers the waiting contacts of these demands in the order of the contact policy, until none finds
    /// anybody. Which demand stands first in the rules must not decide. A head that finds nobody speaks for
    /// its line, whose others wait for less long, but not for the other lines.
    pub(in crate::acd) fn offer_demands(&mut self, now: Instant, demands: &[DemandIx], out: &mut Vec<Output>) {
        let mut heads = std::mem::take(&mut self.scratch.lines);
        heads.clear();
        for demand in demands.iter().map(|ix| &self.demands.all[*ix]).filter(|demand| demand.lists_idle) {
            heads.extend(demand.lines.iter().filter_map(|line| self.ranked_head(*line, now)).map(Reverse));
        }
        while let Some(Reverse((_, contact, line))) = heads.pop() {
            if self.offer(now, contact, out) {
                heads.extend(self.ranked_head(line, now).map(Reverse));
            }
        }
        self.scratch.lines = heads;
    }

    fn ranked_head(&self, line: LineIx, now: Instant) -> Option<RankedHead> {
        let found = &self.demands.lines[line];
        found.head().map(|head| (self.rank_without_agent(found, head, now), head.contact, line))
    }

    pub(in crate::acd) fn rank_without_agent(
        &self,
        line: &super::tables::line::Line,
        entry: LineEntry,
        now: Instant,
    ) -> super::tables::scratch::ContactRank {
        let key = self.contact_key(&self.demands.all[line.demand], now).of(
            (line.urgency, line.head_start_us),
            entry.arrived,
            0,
        );
        (key, entry.arrived, entry.seq)
    }

    pub(in crate::acd) fn set_contact_timer(&mut self, now: Instant, slot: ContactIx) {
        let contact = &self.contacts[slot];
        let demand = &self.demands.all[contact.demand];
        let widens = match contact.whereabouts {
            Whereabouts::Wants { until, .. } => until,
            _ => demand.next_stage_at(contact.arrived, now).unwrap_or(Instant::FAR_FUTURE),
        };
        let at = contact.timeout_at.min(contact.announce_at).min(widens);
        self.start_contact_timer(slot, at);
    }

    /// In place of the one that runs; none for the far future.
    pub(in crate::acd) fn start_contact_timer(&mut self, slot: ContactIx, at: Instant) {
        let contact = &mut self.contacts[slot];
        self.timers.clear(&mut contact.timer);
        if at < Instant::FAR_FUTURE {
            contact.timer = self.timers.set(at, Owner::Contact(slot), contact.seq);
            contact.due_at = at;
        }
    }

    /// Something about a waiting contact is due: leave, widen or announce.
    pub(in crate::acd) fn contact_due(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) {
        if self.contacts[slot].timeout_at <= now {
            return self.time_out(now, slot, out);
        }
        match self.contacts[slot].whereabouts {
            Whereabouts::Wants { until, .. } if until <= now => {
                self.take_from_place(slot);
                self.line_up(now, slot, out);
            }
            Whereabouts::Line(_) => {
                self.offer(now, slot, out);
            }
            _ => {}
        }
        if self.is_ringing(slot) {
            return;
        }
        if self.contacts[slot].announce_at <= now {
            self.announce(now, slot, out);
        }
        self.set_contact_timer(now, slot);
    }

    fn time_out(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) {
        let Some(queue) = self.contacts[slot].queue else { return };
        self.uncount(slot);
        self.take_from_place(slot);
        self.contacts[slot].whereabouts = Whereabouts::Moving;
        match self.overflow_target(slot, queue, Refusal::Timeout, &[]) {
            Some(next) => {
                self.push_moved(slot, queue, next, Left::Timeout, out);
                if self.enter_queue(now, slot, next, None, out) {
                    self.line_up(now, slot, out);
                }
            }
            None => {
                let queue = self.model.queue(queue).id;
                if let Some(contact) = self.contacts.remove(slot) {
                    out.push(Output::LeftQueue { contact: contact.id, queue, why: Left::Timeout });
                }
            }
        }
        self.conditions_changed(now, out);
    }

    fn announce(&mut self, now: Instant, slot: ContactIx, out: &mut Vec<Output>) {
        let Some(queue) = self.contacts[slot].queue else { return };
        let period = Duration::from_secs(u64::from(self.model.queue(queue).announce_s));
        let contact = &mut self.contacts[slot];
        contact.announce_at = if period.is_zero() { Instant::FAR_FUTURE } else { now + period };
        let contact = contact.id;
        let position = self.position(slot, now);
        let estimate_s = self.spoken_estimate(slot, position, now);
        out.push(Output::Position { contact, position, estimate_s });
    }

    /// Nobody holds the line for this contact any more; it is called back from the place it has.
    pub(in crate::acd) fn keep_place(&mut self, now: Instant, contact: ContactId, out: &mut Vec<Output>) {
        let waiting = self.contacts.find(contact).filter(|slot| self.contacts[*slot].is_waiting());
        let Some(slot) = waiting else { return out.push(rejected(Rejection::UnknownContact)) };
        let contact = &mut self.contacts[slot];
        contact.kept = Some(Kept::CallBack);
        (contact.timeout_at, contact.announce_at) = (Instant::FAR_FUTURE, Instant::FAR_FUTURE);
        if !self.is_ringing(slot) {
            self.set_contact_timer(now, slot);
        }
    }

    pub(in crate::acd) fn uncount(&mut self, slot: ContactIx) {
        let Some(queue) = self.contacts[slot].queue else { return };
        self.waiting -= 1;
        self.queue_counts[queue].waiting -= 1;
        if self.is_ringing(slot) {
            self.queue_counts[queue].ringing -= 1;
        }
    }

    pub(in crate::acd) fn leave(&mut self, now: Instant, contact: ContactId, why: Left, out: &mut Vec<Output>) {
        let Some(slot) = self.contacts.find(contact) else {
            return out.push(rejected(Rejection::UnknownContact));
        };
        if matches!(self.contacts[slot].whereabouts, Whereabouts::Served(_)) {
            return out.push(rejected(Rejection::InConversation));
        }
        if let (Left::Abandoned, Some(queue)) = (why, self.contacts[slot].queue) {
            self.recent[queue].note(false);
            self.remember_place(slot, queue, now);
            let waited = now.as_micros().saturating_sub(self.contacts[slot].arrived.as_micros());
            self.pace[queue].note_abandoned(waited);
        }
        self.uncount(slot);
        self.take_from_place(slot);
        let rang = self.withdraw_all(slot);
        let mut timer = self.contacts[slot].timer;
        self.timers.clear(&mut timer);
        // Who is free now finds the demands as they are without this contact.
        self.conditions_changed(now, out);
        for reservation in rang {
            self.release(now, reservation, Withdrawn::ContactGone, out);
        }
        self.contacts.remove(slot);
    }

    pub(in crate::acd) fn ended(&mut self, now: Instant, contact: ContactId, out: &mut Vec<Output>) {
        let Some(slot) = self.contacts.find(contact) else {
            return out.push(rejected(Rejection::UnknownContact));
        };
        let Whereabouts::Served(agent) = self.contacts[slot].whereabouts else {
            return out.push(rejected(Rejection::NotInConversation));
        };
        let channel = self.contacts[slot].channel;
        let found = &mut self.roster.agents[agent];
        found.holds.retain(|held| *held != slot);
        found.load[channel as usize] = found.load[channel as usize].saturating_sub(1);
        if let Some(queue) = self.contacts[slot].queue {
            let span = now.as_micros().saturating_sub(self.contacts[slot].answered_at.as_micros());
            self.pace[queue].note_service(span);
        }
        if let Some(contact) = self.contacts.remove(slot) {
            self.conversation_ended(now, agent, &contact, out);
        }
    }
}
