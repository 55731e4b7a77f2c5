//! The agents' side.

use super::*;

impl Agent {
    pub(super) fn new(id: AgentId, now: Instant) -> Self {
        Self {
            id,
            duty: Duty::SignedOut,
            since: now,
            next: None,
            holds: Vec::new(),
            idle: None,
            wants_wrap_up: false,
            last_contact: None,
            last_queue: None,
            contacts: 0,
            busy: Clock::default(),
            signed_in: Clock::default(),
        }
    }
}

impl Naive {
    /// Presence as the router publishes it.
    pub(super) fn state(&self, agent: AgentId) -> AgentState {
        let agent = self.look_up(agent);
        match &agent.duty {
            Duty::SignedOut => AgentState::SignedOut,
            Duty::NotReady(reason) => AgentState::NotReady { reason: reason.clone() },
            Duty::Ready => AgentState::Ready,
            Duty::Reserved => {
                let ringing = |c: &Contact| c.rings.iter().find(|r| r.agent == agent.id).map(|r| (c.id, r.clone()));
                let (contact, ring) = self.contacts.iter().find_map(ringing).expect("a contact rings");
                AgentState::Reserved { reservation: ring.id.unwrap_or(ReservationId(0)), contact, until: ring.until }
            }
            Duty::Busy => AgentState::Busy { contact: agent.holds.last().expect("a conversation").0 },
            Duty::WrapUp { contact, until, .. } => AgentState::WrapUp { contact: *contact, until: *until },
        }
    }

    pub(super) fn set_duty(&mut self, agent: AgentId, duty: Duty) {
        let now = self.now;
        let agent = self.agent(agent);
        let works = match duty {
            Duty::Busy | Duty::WrapUp { .. } => true,
            Duty::Reserved => !agent.holds.is_empty(),
            _ => false,
        };
        match works {
            true => agent.busy.run(now),
            false => agent.busy.stop(now),
        }
        (agent.duty, agent.since, agent.idle) = (duty, now, None);
    }

    pub(super) fn sign_in(&mut self, agent: AgentId) {
        if self.look_up(agent).duty != Duty::SignedOut {
            return self.reject();
        }
        let now = self.now;
        self.agent(agent).signed_in.run(now);
        self.set_duty(agent, Duty::NotReady(SIGNED_IN.into()));
        self.conditions();
    }

    pub(super) fn come_back(&mut self, agent: AgentId, was: Was, since: Instant) {
        match self.look_up(agent).duty {
            Duty::SignedOut | Duty::NotReady(_) | Duty::Ready => {}
            _ => return self.reject(),
        }
        let now = self.now;
        self.agent(agent).signed_in.run(now);
        match was {
            Was::NotReady { reason } => self.set_duty(agent, Duty::NotReady(reason)),
            Was::WrapUp { contact, queue, until } => {
                self.agent(agent).last_queue = queue;
                self.begin_wrap_up(agent, contact, until);
            }
        }
        self.agent(agent).since = since.min(now);
        self.conditions();
    }

    pub(super) fn sign_out(&mut self, agent: AgentId) {
        match self.look_up(agent).duty {
            Duty::SignedOut => self.reject(),
            Duty::Busy => {
                self.agent(agent).next = Some(NextState::SignedOut);
                self.agent(agent).idle = None;
            }
            Duty::Reserved => {
                self.agent(agent).next = Some(NextState::SignedOut);
                self.stop_ring(agent, Withdrawn::AgentGone);
            }
            _ => self.leave_shift(agent),
        }
    }

    pub(super) fn leave_shift(&mut self, agent: AgentId) {
        self.set_duty(agent, Duty::SignedOut);
        let (now, employed) = (self.now, self.is_employed(agent));
        let found = self.agent(agent);
        (found.next, found.last_contact) = (None, None);
        found.signed_in.stop(now);
        for at in 0..self.contacts.len() {
            if self.contacts[at]
                .wants
                .is_some_and(|(wanted, until)| wanted == agent && (until != Instant::FAR_FUTURE || !employed))
            {
                self.contacts[at].wants = None;
                self.contacts[at].widens_at = self.next_step(&self.contacts[at]);
            }
        }
        // Who waited for this agent, and who may be asked because nobody is there now, compete.
        if !self.gathering {
            self.look();
            self.offer_all();
        }
    }

    pub(super) fn ready(&mut self, agent: AgentId) {
        match self.look_up(agent).duty {
            Duty::SignedOut | Duty::Ready => self.reject(),
            Duty::NotReady(_) => self.become_ready(agent, None),
            Duty::WrapUp { .. } => {
                self.agent(agent).next = Some(NextState::Ready);
                if !self.lasts_its_time(agent) {
                    self.finish_wrap_up(agent);
                }
            }
            Duty::Busy => {
                self.agent(agent).next = Some(NextState::Ready);
                if self.look_up(agent).idle.is_none() {
                    self.available(agent, None);
                }
            }
            Duty::Reserved => self.agent(agent).next = Some(NextState::Ready),
        }
    }

    pub(super) fn ready_together(&mut self, agents: &[AgentId]) {
        self.gathering = true;
        for agent in agents {
            match self.is_employed(*agent) {
                true => self.ready(*agent),
                false => self.reject(),
            }
        }
        self.gathering = false;
        self.match_all();
        self.conditions();
    }

    pub(super) fn not_ready(&mut self, agent: AgentId, reason: String) {
        let limit = self.rules.reasons.iter().find(|rule| rule.key == reason).and_then(|rule| rule.max_agents);
        let pauses = |other: &&Agent| {
            let next = NextState::NotReady { reason: reason.clone() };
            other.id != agent && (other.duty == Duty::NotReady(reason.clone()) || other.next == Some(next))
        };
        if limit.is_some_and(|limit| self.agents.iter().filter(pauses).count() >= limit as usize) {
            return self.reject();
        }
        match self.look_up(agent).duty {
            Duty::SignedOut => self.reject(),
            Duty::Ready | Duty::NotReady(_) => self.set_duty(agent, Duty::NotReady(reason)),
            Duty::Busy => {
                self.agent(agent).next = Some(NextState::NotReady { reason });
                self.agent(agent).idle = None;
            }
            Duty::Reserved | Duty::WrapUp { .. } => self.agent(agent).next = Some(NextState::NotReady { reason }),
        }
    }

    /// `kept`: turn of standing idle, and since when ready.
    fn become_ready(&mut self, agent: AgentId, kept: Option<(u64, Instant)>) {
        self.set_duty(agent, Duty::Ready);
        self.agent(agent).next = None;
        if let Some((_, since)) = kept {
            self.agent(agent).since = since;
        }
        self.available(agent, kept.map(|(turn, _)| turn));
    }

    /// Takes the best waiting contact, or stands idle: then one more of a kept group may be asked.
    pub(super) fn available(&mut self, agent: AgentId, kept: Option<u64>) {
        self.turn += u64::from(kept.is_none());
        let turn = kept.unwrap_or(self.turn);
        let found = self.look_up(agent);
        if !self.is_open(found) || self.rooms(found).is_empty() {
            return self.agent(agent).idle = None;
        }
        self.agent(agent).idle = Some(turn);
        if self.gathering {
            return;
        }
        match self.best_contact(agent) {
            Some(contact) => self.ring(contact, agent),
            None => self.offer_all(),
        }
    }

    /// Stops the ring at an agent who did nothing wrong.
    pub(super) fn release(&mut self, ring: Ring, contact: ContactId, because: Withdrawn) {
        self.facts.push(format!("{contact} withdrawn from {}: {because:?}", ring.agent));
        let agent = ring.agent;
        if ring.was_busy {
            self.set_duty(agent, Duty::Busy);
            return self.available(agent, Some(ring.idle));
        }
        match self.agent(agent).next.take() {
            Some(NextState::NotReady { reason }) => self.set_duty(agent, Duty::NotReady(reason)),
            Some(NextState::SignedOut) => self.leave_shift(agent),
            _ => self.become_ready(agent, Some((ring.idle, ring.since))),
        }
    }

    /// The agent did not take it: not ready, and the contact is ranked again.
    pub(super) fn stop_ring(&mut self, agent: AgentId, because: Withdrawn) {
        let at = self.contacts.iter().position(|c| c.rings.iter().any(|r| r.agent == agent)).expect("it rings");
        let ring_at = self.contacts[at].rings.iter().position(|r| r.agent == agent).expect("it rings");
        let ring = self.contacts[at].rings.remove(ring_at);
        let contact = self.contacts[at].id;
        self.facts.push(format!("{contact} withdrawn from {agent}: {because:?}"));
        self.contacts[at].widens_at = self.next_step(&self.contacts[at]);
        let leaves = self.look_up(agent).next == Some(NextState::SignedOut);
        if ring.was_busy {
            let no_answer = NextState::NotReady { reason: because.reason().into() };
            self.agent(agent).next = Some(if leaves { NextState::SignedOut } else { no_answer });
            self.set_duty(agent, Duty::Busy);
        } else if leaves {
            return self.leave_shift(agent);
        } else {
            self.agent(agent).next = None;
            self.set_duty(agent, Duty::NotReady(because.reason().into()));
        }
        if self.look_at(contact).rings.is_empty() {
            self.offer(contact);
        }
    }

    /// What comes after the last conversation.
    pub(super) fn conversation_ended(&mut self, agent: AgentId, contact: &Contact) {
        let now = self.now;
        let is_last = self.look_up(agent).holds.is_empty();
        if self.look_up(agent).duty == Duty::Reserved {
            if is_last {
                self.agent(agent).busy.stop(now);
                let rings = self.contacts.iter_mut().flat_map(|c| &mut c.rings);
                if let Some(ring) = rings.into_iter().find(|r| r.agent == agent) {
                    (ring.was_busy, ring.since) = (false, now);
                }
            }
            return;
        }
        if !is_last {
            return self.available(agent, None);
        }
        let found = self.agent(agent);
        (found.last_contact, found.last_queue) = (Some(contact.id), contact.queue);
        let asked = std::mem::take(&mut found.wants_wrap_up);
        let Some(wrap_up) = contact.queue.map(|queue| self.queue(queue).wrap_up) else { return self.after_work(agent) };
        let timed = (wrap_up.seconds > 0).then(|| self.after(wrap_up.seconds));
        let until = match wrap_up.mode {
            WrapUpMode::Discretionary => None,
            WrapUpMode::Timed | WrapUpMode::Fixed if timed.is_some() => timed,
            WrapUpMode::Requested if asked => timed,
            _ => return self.after_work(agent),
        };
        self.begin_wrap_up(agent, contact.id, until);
    }

    /// What lasts its full time is never extended.
    fn begin_wrap_up(&mut self, agent: AgentId, contact: ContactId, until: Option<Instant>) {
        let is_fixed = self.mode(agent).is_some_and(|wrap_up| wrap_up.mode == WrapUpMode::Fixed);
        self.set_duty(agent, Duty::WrapUp { contact, until, extended: is_fixed && until.is_some() });
    }

    fn after_work(&mut self, agent: AgentId) {
        match self.agent(agent).next.take() {
            None | Some(NextState::Ready) => self.become_ready(agent, None),
            Some(NextState::NotReady { reason }) => self.set_duty(agent, Duty::NotReady(reason)),
            Some(NextState::SignedOut) => self.leave_shift(agent),
        }
    }

    pub(super) fn finish_wrap_up(&mut self, agent: AgentId) {
        self.agent(agent).last_contact = None;
        self.after_work(agent);
    }

    fn mode(&self, agent: AgentId) -> Option<WrapUp> {
        let queue = self.look_up(agent).last_queue.filter(|queue| self.knows_queue(*queue))?;
        Some(self.queue(queue).wrap_up)
    }

    fn lasts_its_time(&self, agent: AgentId) -> bool {
        matches!(self.look_up(agent).duty, Duty::WrapUp { until: Some(_), .. })
            && self.mode(agent).is_some_and(|wrap_up| wrap_up.mode == WrapUpMode::Fixed)
    }

    pub(super) fn wrap_up_done(&mut self, agent: AgentId) {
        match self.look_up(agent).duty {
            Duty::WrapUp { .. } if !self.lasts_its_time(agent) => self.finish_wrap_up(agent),
            _ => self.reject(),
        }
    }

    pub(super) fn extend_wrap_up(&mut self, agent: AgentId) {
        let now = self.now;
        let seconds = self.mode(agent).map_or(0, |wrap_up| wrap_up.seconds);
        match &mut self.agent(agent).duty {
            Duty::WrapUp { until: Some(until), extended: extended @ false, .. } if seconds > 0 => {
                *until = (*until).max(now) + Duration::from_secs(seconds.into());
                *extended = true;
            }
            _ => self.reject(),
        }
    }

    pub(super) fn request_wrap_up(&mut self, agent: AgentId) {
        let found = self.look_up(agent);
        if !found.holds.is_empty() {
            return self.agent(agent).wants_wrap_up = true;
        }
        let optional = self.mode(agent).is_some_and(|wrap_up| wrap_up.mode == WrapUpMode::Optional);
        match (&found.duty, found.last_contact) {
            (Duty::Ready, Some(contact)) if optional => {
                self.set_duty(agent, Duty::WrapUp { contact, until: None, extended: false });
            }
            _ => self.reject(),
        }
    }

    pub(super) fn occupy(&mut self, agent: AgentId, contact: ContactId) {
        let found = self.look_up(agent);
        let is_known = self.contacts.iter().any(|c| c.id == contact);
        if is_known || matches!(found.duty, Duty::SignedOut | Duty::Reserved) {
            return self.reject();
        }
        if let Duty::NotReady(reason) = &found.duty {
            self.agent(agent).next = Some(NextState::NotReady { reason: reason.clone() });
        }
        let mut own = self.new_contact(contact, Arrival::new(contact, QueueId(0), self.now));
        (own.queue, own.served_by) = (None, Some(agent));
        self.contacts.push(own);
        let found = self.agent(agent);
        found.holds.push((contact, Channel::Voice));
        found.last_queue = None;
        self.set_duty(agent, Duty::Busy);
    }
}
