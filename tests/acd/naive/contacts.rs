//! The contacts' side.

use super::*;

const MOST_HOPS: u8 = 8;

impl Naive {
    pub(super) fn new_contact(&self, id: ContactId, arrival: Arrival) -> Contact {
        Contact {
            id,
            queue: Some(arrival.queue),
            skills: arrival.skills,
            arrived: arrival.arrived.min(self.now),
            order: self.turn,
            priority: arrival.priority.unwrap_or(0),
            bonus_s: arrival.bonus_s,
            caller: arrival.caller,
            call_back: arrival.call_back,
            timeout_at: Instant::FAR_FUTURE,
            announce_at: Instant::FAR_FUTURE,
            widens_at: Instant::FAR_FUTURE,
            hops: 0,
            wants: None,
            rings: Vec::new(),
            served_by: None,
        }
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let id = arrival.contact;
        if !self.knows_queue(arrival.queue) || self.contacts.iter().any(|c| c.id == id) {
            return self.reject();
        }
        if self.rules.max_contacts.is_some_and(|most| self.contacts.len() >= most as usize) {
            return self.facts.push(format!("{id} left {}: Full", arrival.queue));
        }
        let old = self.old_place(&arrival);
        self.turn += 1;
        let (queue, timeout, preferred) = (arrival.queue, arrival.timeout_ms, arrival.preferred);
        let mut contact = self.new_contact(id, arrival);
        contact.arrived = old.map_or(contact.arrived, |old| old.min(contact.arrived));
        let (arrived, caller) = (contact.arrived, contact.caller);
        if !self.enter(contact, queue, timeout.map(Duration::from_millis)) {
            return;
        }
        if old.is_some() {
            self.redials.retain(|place| (place.queue, Some(place.caller)) != (queue, caller));
            self.facts.push(format!("{id} keeps its place in {queue}: {arrived:?}"));
        }
        self.place(id, preferred);
        self.conditions();
    }

    fn old_place(&self, arrival: &Arrival) -> Option<Instant> {
        let caller = arrival.caller.filter(|_| !arrival.call_back)?;
        let place = self.redials.iter().find(|p| (p.queue, p.caller) == (arrival.queue, caller))?;
        let within = u64::from(self.queue(arrival.queue).redial_s);
        (self.now.since(place.left).as_secs() <= within).then_some(place.arrived)
    }

    /// Into the queue or where its overflow leads; false: it has left.
    fn enter(&mut self, mut contact: Contact, queue: QueueId, timeout: Option<Duration>) -> bool {
        contact.queue = Some(queue);
        let mut passed = Vec::new();
        while let Some((why, to)) = self.turned_away(&contact, &passed) {
            let from = contact.queue.expect("a queue");
            passed.push(from);
            let Some(to) = to.filter(|to| !passed.contains(to) && contact.hops < MOST_HOPS) else {
                self.facts.push(format!("{} left {from}: {why:?}", contact.id));
                return false;
            };
            self.moves(&mut contact, from, to, why);
        }
        let rule = self.queue_of(&contact);
        let limit = timeout.or(rule.max_wait_s.map(|seconds| Duration::from_secs(seconds.into())));
        let announce = rule.announce_first_s.unwrap_or(rule.announce_s);
        if contact.priority == 0 {
            contact.priority = rule.priority;
        }
        if !contact.call_back {
            contact.timeout_at = limit.map_or(Instant::FAR_FUTURE, |limit| self.now + limit);
            contact.announce_at = if announce == 0 { Instant::FAR_FUTURE } else { self.after(announce) };
        }
        contact.widens_at = self.next_step(&contact);
        self.contacts.push(contact);
        true
    }

    fn moves(&mut self, contact: &mut Contact, from: QueueId, to: QueueId, why: Left) {
        contact.hops += 1;
        contact.queue = Some(to);
        self.facts.push(format!("{} moved from {from} to {to}: {why:?}", contact.id));
        let id = contact.id;
        let at = self.hints.iter().position(|hint| matches!(hint, Output::Moved { contact, .. } if *contact == id));
        at.map(|at| self.hints.remove(at));
    }

    fn target(&self, queue: QueueId, when: OverflowWhen) -> Option<QueueId> {
        let to = self.queue(queue).overflow.iter().find(|overflow| overflow.when == when)?.to;
        self.knows_queue(to).then_some(to)
    }

    /// Why the queue does not take the contact, and where it goes instead.
    fn turned_away(&self, contact: &Contact, passed: &[QueueId]) -> Option<(Left, Option<QueueId>)> {
        let (id, rule) = (contact.queue.expect("a queue"), self.queue_of(contact));
        if contact.call_back {
            return None;
        }
        let calendar = self.rules.calendars.iter().find(|calendar| Some(&calendar.key) == rule.hours.as_ref());
        if calendar.is_some_and(|calendar| !self.is_within(calendar)) {
            return Some((Left::Closed, self.target(id, OverflowWhen::Closed)));
        }
        if rule.max_waiting.is_some_and(|most| self.waiting_in(id) >= most) {
            return Some((Left::Full, self.target(id, OverflowWhen::Full)));
        }
        // What the estimate is, is not known here: the router is believed where a rule allows the move.
        let next = self.hints.iter().find_map(|hint| match hint {
            Output::Moved { contact: moved, from, to, why: Left::Full } if *moved == contact.id => Some((*from, *to)),
            _ => None,
        });
        let by_estimate = |to: QueueId| {
            let allows = |o: &Overflow| matches!(o.when, OverflowWhen::EstimateAbove(_)) && o.to == to && to != id;
            rule.overflow.iter().any(allows) && !passed.contains(&to)
        };
        if let Some((from, to)) = next
            && from == id
            && by_estimate(to)
        {
            return Some((Left::Full, Some(to)));
        }
        let could = |agent: &&Agent| {
            agent.duty != Duty::SignedOut && self.is_eligible(agent.id, rule, &contact.skills, usize::MAX)
        };
        if rule.leave_without_agents && !self.agents.iter().any(|agent| could(&agent)) {
            return Some((Left::NoAgents, self.target(id, OverflowWhen::NoAgents)));
        }
        None
    }

    /// All calendars of these tests keep the same hours every day, in UTC.
    fn is_within(&self, calendar: &Calendar) -> bool {
        let minute = (self.now.as_micros() / 60_000_000 % 1_440) as u16;
        calendar.weekly.iter().any(|hours| (hours.from_min..hours.to_min).contains(&minute))
    }

    fn place(&mut self, contact: ContactId, preferred: Option<(AgentId, u64)>) {
        let Some((agent, ms)) = preferred.filter(|(agent, _)| self.is_employed(*agent)) else {
            return self.offer(contact);
        };
        if self.has_room(agent, contact) {
            return self.ring(contact, agent);
        }
        if self.look_up(agent).duty == Duty::SignedOut && ms != u64::MAX {
            return self.offer(contact);
        }
        let until = if ms == u64::MAX { Instant::FAR_FUTURE } else { self.now + Duration::from_millis(ms) };
        self.contact(contact).wants = Some((agent, until));
    }

    /// Rings the best agents there are.
    pub(super) fn offer(&mut self, contact: ContactId) {
        let several = self.queue_of(self.look_at(contact)).ring_several.max(1);
        for _ in 0..several {
            let Some(agent) = self.best_agent(contact) else { return };
            self.ring(contact, agent);
        }
    }

    /// Everybody in line, in the order of the contact policy: who comes first is offered first.
    pub(super) fn offer_all(&mut self) {
        for contact in self.in_order(|contact| contact.stands_in_line()) {
            self.offer(contact);
        }
    }

    pub(super) fn in_order(&self, which: impl Fn(&Contact) -> bool) -> Vec<ContactId> {
        let mut ranked: Vec<_> = self.contacts.iter().filter(|c| which(c)).map(|c| (self.rank(c, 0), c.id)).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn ring(&mut self, contact: ContactId, agent: AgentId) {
        let queue = self.queue_of(self.look_at(contact));
        let (queue, until) = (queue.id, self.after(queue.ring_s));
        self.turn += 1;
        let found = self.look_up(agent);
        let mut ring = Ring {
            agent,
            until,
            order: self.turn,
            id: None,
            was_busy: found.duty == Duty::Busy,
            idle: found.idle.expect("idle"),
            since: found.since,
        };
        let fits = |hint: &Output| matches!(hint, Output::Reserve { contact: c, agent: a, .. } if (*c, *a) == (contact, agent));
        if let Some(at) = self.hints.iter().position(fits)
            && let Output::Reserve { reservation, .. } = self.hints.remove(at)
        {
            ring.id = Some(reservation);
        }
        let found = self.contact(contact);
        found.rings.push(ring);
        found.wants = None;
        self.last_rung.retain(|(of, _)| *of != queue);
        self.last_rung.push((queue, agent));
        self.facts.push(format!("{contact} of {queue} rings {agent} until {until:?}"));
        self.set_duty(agent, Duty::Reserved);
    }

    pub(super) fn conditions(&mut self) {
        if !self.gathering {
            self.look();
            self.offer_all();
        }
    }

    pub(super) fn look(&mut self) {
        let queues: Vec<QueueId> = self.rules.queues.iter().map(|queue| queue.id).collect();
        self.seen.waiting = queues.iter().map(|queue| (*queue, self.waiting_in(*queue))).collect();
        self.seen.level = queues.iter().map(|queue| (*queue, self.service_level(*queue))).collect();
        self.seen.staff = self.agents.iter().filter(|a| a.duty != Duty::SignedOut).map(|a| a.id).collect();
    }

    fn service_level(&self, queue: QueueId) -> Option<u32> {
        let (_, all) = self.recent.iter().find(|(of, _)| *of == queue)?;
        let last = &all[all.len().saturating_sub(100)..];
        Some(last.iter().filter(|good| **good).count() as u32 * 100 / last.len() as u32)
    }

    fn note(&mut self, queue: QueueId, good: bool) {
        match self.recent.iter_mut().find(|(of, _)| *of == queue) {
            Some((_, all)) => all.push(good),
            None => self.recent.push((queue, vec![good])),
        }
    }

    pub(super) fn keep_place(&mut self, contact: ContactId) {
        if !self.contacts.iter().any(|c| c.id == contact && c.is_waiting()) {
            return self.reject();
        }
        let found = self.contact(contact);
        found.call_back = true;
        (found.timeout_at, found.announce_at) = (Instant::FAR_FUTURE, Instant::FAR_FUTURE);
    }

    pub(super) fn leave(&mut self, id: ContactId, why: Left) {
        let Some(at) = self.contacts.iter().position(|c| c.id == id && c.is_waiting()) else {
            return self.reject();
        };
        let contact = self.contacts.remove(at);
        if why == Left::Abandoned {
            self.note(contact.queue.expect("a queue"), false);
            self.remember(&contact);
        }
        self.conditions();
        for ring in contact.rings.into_iter().rev() {
            self.release(ring, id, Withdrawn::ContactGone);
        }
    }

    fn remember(&mut self, contact: &Contact) {
        let (Some(caller), rule) = (contact.caller, self.queue_of(contact)) else { return };
        if rule.redial_s == 0 {
            return;
        }
        let (queue, now) = (rule.id, self.now);
        let longest = self.rules.queues.iter().map(|queue| queue.redial_s).max().unwrap_or(0);
        let oldest = now - Duration::from_secs(longest.into());
        self.redials.retain(|p| p.left >= oldest && (p.queue, p.caller) != (queue, caller));
        self.redials.push(Redial { queue, caller, arrived: contact.arrived, left: now });
    }

    pub(super) fn accepted(&mut self, reservation: ReservationId) {
        let rung = |c: &Contact| c.rings.iter().any(|ring| ring.id == Some(reservation));
        let Some(at) = self.contacts.iter().position(rung) else { return self.reject() };
        let rings = std::mem::take(&mut self.contacts[at].rings);
        let contact = self.contacts[at].clone();
        let rule = self.queue_of(&contact);
        let (queue, channel, within) = (rule.id, rule.channel, rule.answer_within_s);
        self.note(queue, self.now.since(contact.arrived) <= Duration::from_secs(within.into()));
        let (taken, others): (Vec<Ring>, Vec<Ring>) = rings.into_iter().partition(|ring| ring.id == Some(reservation));
        let agent = taken[0].agent;
        self.contacts[at].served_by = Some(agent);
        let found = self.agent(agent);
        found.holds.push((contact.id, channel));
        found.contacts += 1;
        (found.last_queue, found.last_contact) = (Some(queue), None);
        self.set_duty(agent, Duty::Busy);
        self.conditions();
        for ring in others.into_iter().rev() {
            self.release(ring, contact.id, Withdrawn::ContactGone);
        }
        self.available(agent, None);
    }

    /// Picked up by an agent, wherever it waits or rings.
    pub(super) fn take(&mut self, agent: AgentId, id: ContactId) {
        let waits = |contact: &&mut Contact| contact.id == id && contact.is_waiting();
        let is_ready = self.look_up(agent).duty == Duty::Ready;
        let Some(contact) = self.contacts.iter_mut().find(waits).filter(|_| is_ready) else { return self.reject() };
        let others = std::mem::take(&mut contact.rings);
        self.ring(id, agent);
        for ring in others.into_iter().rev() {
            self.release(ring, id, Withdrawn::ContactGone);
        }
    }

    /// Moved or raised by somebody of the center.
    pub(super) fn relocate(&mut self, id: ContactId, to: QueueId, priority: Option<u8>) {
        let waits = |c: &Contact| c.id == id && c.is_waiting() && c.rings.is_empty();
        let Some(at) = self.contacts.iter().position(waits).filter(|_| self.knows_queue(to)) else {
            return self.reject();
        };
        let priority = priority.filter(|priority| *priority > 0).unwrap_or(self.queue(to).priority);
        let from = self.contacts[at].queue.expect("a queue");
        if from == to {
            self.contacts[at].priority = priority;
            return;
        }
        let mut contact = Contact { queue: Some(to), hops: 0, priority, wants: None, ..self.contacts[at].clone() };
        let moved = |hint: &Output| matches!(hint, Output::Moved { contact, why: Left::Removed, .. } if *contact == id);
        let by_estimate = self.queue(to).overflow.iter().any(|o| matches!(o.when, OverflowWhen::EstimateAbove(_)));
        // What the estimate is, is not known here.
        let too_long = by_estimate && !self.hints.iter().any(moved);
        // Where an estimate leads it on afterwards is no reason against the move itself.
        let hints = std::mem::take(&mut self.hints);
        let refused = too_long || self.turned_away(&contact, &[]).is_some();
        self.hints = hints;
        if refused {
            return self.reject();
        }
        self.contacts.remove(at);
        self.moves(&mut contact, from, to, Left::Removed);
        if self.enter(contact, to, None) {
            self.offer(id);
        }
        self.conditions();
    }

    pub(super) fn answering(&mut self, reservation: ReservationId) {
        let until = self.now + Duration::from_secs(30);
        let mut rings = self.contacts.iter_mut().flat_map(|c| &mut c.rings);
        match rings.find(|ring| ring.id == Some(reservation)) {
            Some(ring) => ring.until = ring.until.max(until),
            None => self.reject(),
        }
    }

    pub(super) fn refused(&mut self, reservation: ReservationId, ended: Withdrawn) {
        let rings = self.contacts.iter().flat_map(|c| &c.rings);
        match rings.into_iter().find(|ring| ring.id == Some(reservation)).map(|ring| ring.agent) {
            Some(agent) => self.stop_ring(agent, ended),
            None => self.reject(),
        }
    }

    pub(super) fn ended(&mut self, id: ContactId) {
        let Some(at) = self.contacts.iter().position(|c| c.id == id && c.served_by.is_some()) else {
            return self.reject();
        };
        let contact = self.contacts.remove(at);
        let agent = contact.served_by.expect("an agent");
        self.agent(agent).holds.retain(|(held, _)| *held != id);
        self.conversation_ended(agent, &contact);
    }

    /// What is due first: at one instant rings, then wrap-ups, then contacts, each in the order of coming.
    pub(super) fn due(&self) -> Option<(Instant, u8, u64)> {
        let rings = self.contacts.iter().flat_map(|c| &c.rings).map(|ring| (ring.until, 0, ring.order));
        let wrap_ups = self.agents.iter().filter_map(|agent| match agent.duty {
            Duty::WrapUp { until: Some(until), .. } => Some((until, 1, u64::from(agent.id.0))),
            _ => None,
        });
        let waits = self.contacts.iter().filter(|c| c.is_waiting() && c.rings.is_empty());
        let contacts = waits.map(|c| {
            let own = c.wants.map_or(c.widens_at, |(_, until)| until);
            (c.timeout_at.min(c.announce_at).min(own), 2, c.order)
        });
        rings.chain(wrap_ups).chain(contacts.filter(|(at, ..)| *at < Instant::FAR_FUTURE)).min()
    }

    pub(super) fn deadline(&mut self) {
        while let Some((_, kind, order)) = self.due().filter(|(at, ..)| *at <= self.now) {
            match kind {
                0 => {
                    let rings = self.contacts.iter().flat_map(|c| &c.rings);
                    let agent = rings.into_iter().find(|ring| ring.order == order).expect("it is due").agent;
                    self.stop_ring(agent, Withdrawn::NoAnswer);
                }
                1 => self.finish_wrap_up(AgentId(order as u32)),
                _ => {
                    let id =
                        self.contacts.iter().find(|c| c.order == order && c.queue.is_some()).expect("it is due").id;
                    self.contact_due(id);
                }
            }
        }
    }

    fn contact_due(&mut self, id: ContactId) {
        let (now, contact) = (self.now, self.look_at(id));
        if contact.timeout_at <= now {
            return self.time_out(id);
        }
        if contact.wants.is_some_and(|(_, until)| until <= now) {
            self.contact(id).wants = None;
        }
        if self.look_at(id).wants.is_none() {
            self.offer(id);
        }
        if !self.look_at(id).rings.is_empty() {
            return;
        }
        if self.look_at(id).announce_at <= now {
            self.announce(id);
        }
        let widens_at = self.next_step(self.look_at(id));
        self.contact(id).widens_at = widens_at;
    }

    fn announce(&mut self, id: ContactId) {
        let contact = self.look_at(id);
        let every = self.queue_of(contact).announce_s;
        let mine = self.rank(contact, 0);
        let ahead = |c: &&Contact| c.queue == contact.queue && c.stands_in_line() && self.rank(c, 0) < mine;
        let place = self.contacts.iter().filter(ahead).count() + 1;
        let next = if every == 0 { Instant::FAR_FUTURE } else { self.after(every) };
        self.contact(id).announce_at = next;
        self.facts.push(format!("{id} hears {place}"));
    }

    fn time_out(&mut self, id: ContactId) {
        let at = self.contacts.iter().position(|c| c.id == id).expect("it is due");
        let mut contact = self.contacts.remove(at);
        contact.wants = None;
        let from = contact.queue.expect("a queue");
        match self.target(from, OverflowWhen::Timeout).filter(|_| contact.hops < MOST_HOPS) {
            Some(to) => {
                self.moves(&mut contact, from, to, Left::Timeout);
                if self.enter(contact, to, None) {
                    self.offer(id);
                }
            }
            None => self.facts.push(format!("{id} left {from}: Timeout")),
        }
        self.conditions();
    }
}
