//! The agents' side: signing in and out, ready and not ready, conversation and wrap-up.

use super::router::Router;
use super::tables::contacts::{Contact, Whereabouts};
use super::tables::idle::{IdleEntry, IdleWord};
use super::tables::index::{AgentIx, ContactIx, DemandIx, ReservationIx};
use super::tables::line::Urgency;
use super::tables::roster::Duty;
use super::tables::timers::Owner;
use crate::acd::output::rejected;
use crate::acd::rules::{WrapUp, WrapUpMode};
use crate::acd::why::Rejection;
use crate::acd::{NextState, Output, SIGNED_IN, Was};
use crate::base::{CallDirection, Channel, ContactId, Instant, QueueId};

impl Router {
    pub(in crate::acd) fn sign_in(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        if self.roster.agents[agent].duty != Duty::SignedOut {
            return out.push(rejected(Rejection::SignedInAlready));
        }
        self.roster.agents[agent].tally.sign_in(now);
        self.count_staff(agent, true);
        self.set_duty(now, agent, Duty::NotReady(SIGNED_IN.to_owned()), out);
        self.conditions_changed(now, out);
    }

    /// After a restart; the work before it is not counted here.
    pub(in crate::acd) fn come_back(
        &mut self,
        now: Instant,
        agent: AgentIx,
        was: Was,
        since: Instant,
        out: &mut Vec<Output>,
    ) {
        match self.roster.agents[agent].duty {
            Duty::SignedOut => {
                self.roster.agents[agent].tally.sign_in(now);
                self.count_staff(agent, true);
            }
            Duty::NotReady(_) | Duty::Ready => {}
            _ => return out.push(rejected(Rejection::AtWork)),
        }
        match was {
            Was::NotReady { reason } => self.enter_duty(now, agent, Duty::NotReady(reason)),
            Was::WrapUp { contact, queue, until } => {
                self.roster.agents[agent].last_queue = queue;
                self.enter_wrap_up(now, agent, contact, until);
            }
        }
        self.roster.agents[agent].since = since.min(now);
        self.publish(agent, out);
        self.conditions_changed(now, out);
    }

    pub(in crate::acd) fn sign_out(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        match self.roster.agents[agent].duty {
            Duty::SignedOut => out.push(rejected(Rejection::NotSignedIn)),
            Duty::Busy => {
                self.set_next(agent, NextState::SignedOut, out);
                self.withdraw_idle(agent);
            }
            Duty::Reserved { reservation } => {
                self.roster.agents[agent].next = Some(NextState::SignedOut);
                self.no_answer(now, reservation, crate::acd::Withdrawn::AgentGone, out);
            }
            _ => self.leave_shift(now, agent, None, out),
        }
    }

    /// Signed out for good: nothing is held any more. `back`: a contact that rang here.
    pub(in crate::acd) fn leave_shift(
        &mut self,
        now: Instant,
        agent: AgentIx,
        back: Option<ContactIx>,
        out: &mut Vec<Output>,
    ) {
        self.stop_wrap_up_timer(agent);
        let found = &mut self.roster.agents[agent];
        found.next = None;
        found.last_contact = None;
        self.set_duty(now, agent, Duty::SignedOut, out);
        self.roster.agents[agent].tally.sign_out(now);
        self.count_staff(agent, false);
        let mut freed = self.wanting_others_too(agent);
        freed.extend(back);
        self.line_up_together(now, &freed, out);
    }

    pub(in crate::acd) fn ready(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        match &self.roster.agents[agent].duty {
            Duty::SignedOut => out.push(rejected(Rejection::NotSignedIn)),
            Duty::Ready => out.push(rejected(Rejection::ReadyAlready)),
            Duty::NotReady(_) => self.become_ready(now, agent, None, out),
            Duty::WrapUp { .. } if self.wrap_up_is_fixed(agent) => self.set_next(agent, NextState::Ready, out),
            Duty::WrapUp { .. } => {
                self.roster.agents[agent].next = Some(NextState::Ready);
                self.finish_wrap_up(now, agent, out);
            }
            Duty::Busy => {
                self.set_next(agent, NextState::Ready, out);
                if !self.roster.idle[agent].is_idle() {
                    self.make_available(now, agent, None, out);
                }
            }
            Duty::Reserved { .. } => self.set_next(agent, NextState::Ready, out),
        }
    }

    pub(in crate::acd) fn not_ready(&mut self, now: Instant, agent: AgentIx, reason: String, out: &mut Vec<Output>) {
        if let Some(why) = self.pause_refused(agent, &reason) {
            return out.push(rejected(why));
        }
        match &self.roster.agents[agent].duty {
            Duty::SignedOut => out.push(rejected(Rejection::NotSignedIn)),
            Duty::Ready | Duty::NotReady(_) => self.set_duty(now, agent, Duty::NotReady(reason), out),
            Duty::Busy => {
                self.set_next(agent, NextState::NotReady { reason }, out);
                self.withdraw_idle(agent);
            }
            Duty::Reserved { .. } | Duty::WrapUp { .. } => self.set_next(agent, NextState::NotReady { reason }, out),
        }
    }

    /// A pause reason may be limited to so many agents at once; who will take it next has a place already.
    fn pause_refused(&self, agent: AgentIx, reason: &str) -> Option<Rejection> {
        let limit = self.model.rules.reasons.iter().find(|r| r.key == reason)?.max_agents?;
        let paused = self.roster.agents.pairs().filter(|(ix, other)| {
            let takes_it_next = matches!(&other.next, Some(NextState::NotReady { reason: next }) if next == reason);
            let has_it = matches!(&other.duty, Duty::NotReady(held) if held == reason);
            *ix != agent && (has_it || takes_it_next)
        });
        (paused.count() >= limit as usize).then_some(Rejection::PauseFull)
    }

    fn set_next(&mut self, agent: AgentIx, next: NextState, out: &mut Vec<Output>) {
        self.roster.agents[agent].next = Some(next);
        self.publish(agent, out);
    }

    /// Moves to another state and publishes it.
    pub(in crate::acd) fn set_duty(&mut self, now: Instant, agent: AgentIx, duty: Duty, out: &mut Vec<Output>) {
        self.enter_duty(now, agent, duty);
        self.publish(agent, out);
    }

    /// Keeps the counts that hang on the state; the agent takes nothing until `make_available`.
    pub(in crate::acd) fn enter_duty(&mut self, now: Instant, agent: AgentIx, duty: Duty) {
        self.withdraw_idle(agent);
        let group = self.profile_of(agent).group;
        let found = &mut self.roster.agents[agent];
        if let (Duty::Ready, Some(group)) = (&found.duty, group) {
            self.roster.ready_in_group[group as usize] -= 1;
        }
        if let (Duty::Ready, Some(group)) = (&duty, group) {
            self.roster.ready_in_group[group as usize] += 1;
        }
        match duty {
            Duty::Busy | Duty::WrapUp { .. } => found.tally.work(now),
            // Another contact rings during a conversation.
            Duty::Reserved { .. } if !found.holds.is_empty() => found.tally.work(now),
            _ => found.tally.pause(now),
        }
        found.duty = duty;
        found.since = now;
    }

    pub(in crate::acd) fn withdraw_idle(&mut self, agent: AgentIx) {
        self.roster.idle[agent] = IdleWord::NOT_IDLE;
    }

    /// `kept`: the idle stamp and time that the agent gets back.
    pub(in crate::acd) fn become_ready(
        &mut self,
        now: Instant,
        agent: AgentIx,
        kept: Option<(u64, Instant)>,
        out: &mut Vec<Output>,
    ) {
        self.enter_duty(now, agent, Duty::Ready);
        let found = &mut self.roster.agents[agent];
        found.next = None;
        if let Some((_, since)) = kept {
            found.since = since;
        }
        self.publish(agent, out);
        self.make_available(now, agent, kept.map(|(stamp, _)| stamp), out);
    }

    /// Takes the best waiting contact for an agent with room, or stands idle from now on.
    pub(in crate::acd) fn make_available(
        &mut self,
        now: Instant,
        agent: AgentIx,
        kept: Option<u64>,
        out: &mut Vec<Output>,
    ) {
        let profile = self.profile_of(agent);
        let found = &self.roster.agents[agent];
        let channels = if found.is_open() { profile.capacity.free_channels(&found.load) } else { 0 };
        let group = profile.group;
        let stamp = kept.unwrap_or_else(|| {
            self.roster.stamp += 1;
            self.roster.stamp
        });
        self.roster.idle[agent] = IdleWord::new(stamp, channels);
        if channels == 0 {
            return;
        }
        if !self.gathering
            && let Some(contact) = self.best_contact(agent, now)
        {
            return self.reserve_contact_for(now, contact, agent, out);
        }
        let Self { demands, roster, model, .. } = self;
        let profile = &model.profiles[model.profile_of[agent] as usize];
        demands.admit(IdleEntry { stamp, agent }, profile, &roster.idle);
        if let Some(group) = group.filter(|_| !self.gathering) {
            self.offer_reserving(now, group, out);
        }
    }

    /// One more of the group is ready: demands that keep some of it free may now get another one.
    fn offer_reserving(&mut self, now: Instant, group: u16, out: &mut Vec<Output>) {
        let demands = std::mem::take(&mut self.reserving[group as usize]);
        self.offer_demands(now, &demands, out);
        self.reserving[group as usize] = demands;
    }

    /// Conversation over: wrap-up, or what comes after it.
    pub(in crate::acd) fn conversation_ended(
        &mut self,
        now: Instant,
        agent: AgentIx,
        contact: &Contact,
        out: &mut Vec<Output>,
    ) {
        let found = &mut self.roster.agents[agent];
        if let Duty::Reserved { reservation } = found.duty {
            // The next one rings already: no wrap-up. Who is withdrawn from this ring is ready.
            if let Some(ring) = self.reservations.get_mut(reservation).filter(|_| found.holds.is_empty()) {
                (ring.was_busy, ring.ready_since) = (false, now);
                found.tally.pause(now);
            }
            return self.publish(agent, out);
        }
        if !found.holds.is_empty() {
            self.publish(agent, out);
            return self.make_available(now, agent, None, out);
        }
        found.last_queue = contact.queue.map(|queue| self.model.queue(queue).id);
        let asked = std::mem::take(&mut found.wants_wrap_up);
        // What was neither for a queue nor the agent's own leaves nothing to be wrapped up.
        let owed = contact.queue.is_some() || contact.is_own;
        found.last_contact = owed.then_some(contact.id.0);
        let rule = self.rule_of_last(agent).filter(|_| owed);
        let limit = |seconds: u32| Some(now + std::time::Duration::from_secs(u64::from(seconds)));
        let until = match rule.map(|wrap_up| (wrap_up.mode, wrap_up.seconds)) {
            Some((WrapUpMode::Discretionary, _)) => None,
            Some((WrapUpMode::Timed | WrapUpMode::Fixed, seconds)) if seconds > 0 => limit(seconds),
            Some((WrapUpMode::Requested, seconds)) if asked => {
                if seconds > 0 {
                    limit(seconds)
                } else {
                    None
                }
            }
            _ => return self.after_work(now, agent, out),
        };
        self.begin_wrap_up(now, agent, contact.id, until, out);
    }

    fn begin_wrap_up(
        &mut self,
        now: Instant,
        agent: AgentIx,
        contact: ContactId,
        until: Option<Instant>,
        out: &mut Vec<Output>,
    ) {
        self.enter_wrap_up(now, agent, contact, until);
        self.publish(agent, out);
    }

    fn enter_wrap_up(&mut self, now: Instant, agent: AgentIx, contact: ContactId, until: Option<Instant>) {
        let fixed = until.is_some_and(|_| self.mode_of_last(agent) == Some(WrapUpMode::Fixed));
        self.enter_duty(now, agent, Duty::WrapUp { contact: contact.0, until, extended: fixed });
        if let Some(until) = until {
            let found = &mut self.roster.agents[agent];
            found.timer = self.timers.set(until, Owner::WrapUp(agent), found.id.0.into());
        }
    }

    /// Ready, or what was asked for meanwhile.
    pub(in crate::acd) fn after_work(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        match self.roster.agents[agent].next.take() {
            None | Some(NextState::Ready) => self.become_ready(now, agent, None, out),
            Some(NextState::NotReady { reason }) => self.set_duty(now, agent, Duty::NotReady(reason), out),
            Some(NextState::SignedOut) => self.leave_shift(now, agent, None, out),
        }
    }

    fn stop_wrap_up_timer(&mut self, agent: AgentIx) {
        self.timers.clear(&mut self.roster.agents[agent].timer);
    }

    pub(in crate::acd) fn finish_wrap_up(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        self.stop_wrap_up_timer(agent);
        self.roster.agents[agent].last_contact = None;
        self.after_work(now, agent, out);
    }

    pub(in crate::acd) fn wrap_up_done(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        match self.roster.agents[agent].duty {
            Duty::WrapUp { .. } if self.wrap_up_is_fixed(agent) => {
                out.push(rejected(Rejection::WrapUpFixed));
            }
            Duty::WrapUp { .. } => self.finish_wrap_up(now, agent, out),
            _ => out.push(rejected(Rejection::NotInWrapUp)),
        }
    }

    pub(in crate::acd) fn extend_wrap_up(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        let seconds = self.wrap_up_seconds(agent);
        let found = &mut self.roster.agents[agent];
        let extensible = match &mut found.duty {
            Duty::WrapUp { until: Some(until), extended: extended @ false, .. } if seconds > 0 => {
                Some((until, extended))
            }
            _ => None,
        };
        let Some((until, extended)) = extensible else {
            return out.push(rejected(Rejection::WrapUpNotExtensible));
        };
        *until = (*until).max(now) + std::time::Duration::from_secs(u64::from(seconds));
        *extended = true;
        let until = *until;
        self.timers.clear(&mut found.timer);
        found.timer = self.timers.set(until, Owner::WrapUp(agent), found.id.0.into());
        self.publish(agent, out);
    }

    /// During the conversation: wrap-up afterwards. After it, where wrap-up is the agent's choice: now.
    pub(in crate::acd) fn request_wrap_up(&mut self, now: Instant, agent: AgentIx, out: &mut Vec<Output>) {
        let mode = self.mode_of_last(agent);
        let found = &mut self.roster.agents[agent];
        match (&found.duty, mode, found.last_contact) {
            (Duty::Busy, ..) => found.wants_wrap_up = true,
            // The next one rings during the conversation.
            (Duty::Reserved { .. }, ..) if !found.holds.is_empty() => found.wants_wrap_up = true,
            (Duty::Ready, Some(WrapUpMode::Optional), Some(contact)) => {
                self.begin_wrap_up(now, agent, ContactId(contact), None, out);
            }
            _ => out.push(rejected(Rejection::NothingToWrapUp)),
        }
    }

    fn wrap_up_is_fixed(&self, agent: AgentIx) -> bool {
        matches!(self.roster.agents[agent].duty, Duty::WrapUp { until: Some(_), .. })
            && self.mode_of_last(agent) == Some(WrapUpMode::Fixed)
    }

    fn mode_of_last(&self, agent: AgentIx) -> Option<WrapUpMode> {
        self.rule_of_last(agent).map(|rule| rule.mode)
    }

    fn wrap_up_seconds(&self, agent: AgentIx) -> u32 {
        self.rule_of_last(agent).map_or(0, |rule| rule.seconds)
    }

    /// Of the queue of the contact that came last; what came from no queue was the agent's own.
    fn rule_of_last(&self, agent: AgentIx) -> Option<WrapUp> {
        match self.roster.agents[agent].last_queue {
            Some(queue) => Some(self.model.queue(self.model.queue_ix(queue)?).wrap_up),
            None => self.model.rules.own_wrap_up(self.profile_of(agent).group_key.as_deref()),
        }
    }

    /// The agent talks with somebody the router did not assign.
    pub(in crate::acd) fn occupy(
        &mut self,
        now: Instant,
        agent: AgentIx,
        contact: ContactId,
        (queue, own): (Option<QueueId>, bool),
        out: &mut Vec<Output>,
    ) {
        if self.contacts.find(contact).is_some() {
            return out.push(rejected(Rejection::ContactKnown));
        }
        let found = &self.roster.agents[agent];
        if found.load[Channel::Voice as usize] == u8::MAX {
            return out.push(rejected(Rejection::TooManyOwn));
        }
        let next = match &found.duty {
            Duty::SignedOut => return out.push(rejected(Rejection::NotSignedIn)),
            Duty::Reserved { .. } => return out.push(rejected(Rejection::Rings)),
            Duty::NotReady(reason) => Some(NextState::NotReady { reason: reason.clone() }),
            Duty::Ready | Duty::Busy | Duty::WrapUp { .. } => found.next.clone(),
        };
        self.stop_wrap_up_timer(agent);
        let slot = self.contacts.insert(Contact {
            id: contact,
            queue: queue.and_then(|queue| self.model.queue_ix(queue)),
            demand: DemandIx::NONE,
            whereabouts: Whereabouts::Served(agent),
            arrived: now,
            seq: 0,
            urgency: Urgency::default(),
            extra: Vec::new(),
            timeout_at: Instant::FAR_FUTURE,
            announce_at: Instant::FAR_FUTURE,
            timer: 0,
            due_at: Instant::FAR_FUTURE,
            caller: None,
            kept: None,
            ringing: ReservationIx::NONE,
            spoken_s: None,
            hops: 0,
            channel: Channel::Voice,
            direction: CallDirection::Outbound,
            is_own: own,
            predicted: Default::default(),
            answered_at: now,
        });
        let found = &mut self.roster.agents[agent];
        found.next = next;
        found.holds.push(slot);
        found.load[Channel::Voice as usize] += 1;
        found.last_queue = None;
        self.set_duty(now, agent, Duty::Busy, out);
    }

    pub(in crate::acd) fn count_staff(&mut self, agent: AgentIx, signed_in: bool) {
        let profile = &self.model.profiles[self.model.profile_of[agent] as usize];
        self.demands.count_staff(profile, signed_in);
    }
}
