//! After a restart agents come back as they were.
//!
//! | was | is after the start | and then |
//! | --- | --- | --- |
//! | signed out | signed out | |
//! | not ready | not ready, for the same reason since the same time | |
//! | ready, or rung | not ready, `unreachable` | ready when the phone is back (a browser's phone: its desktop too) |
//! | not ready, `unreachable`, a moment ago | the same | as above |
//! | in a call | wrap-up of the call that was interrupted, if its queue has one; else as ready | |
//! | in wrap-up with time left | in wrap-up until the same time, the form and the card open | |
//! | in wrap-up that is over meanwhile | as ready; the form can still be saved | |
//!
//! A phone with a fixed address needs not come back: its agent is ready at once, unless it was not ready.

use super::desk::{ScreenPop, Words};
use super::input::{AgentWas, OpenWork};
use super::seat::Closed;
use super::work::Work;
use super::{Center, Seat};
use crate::acd::{self, AgentState, Author, UNREACHABLE, Was, WrapUp, WrapUpMode};
use crate::base::{AgentId, ContactId, Instant, Number, ReservationId};
use crate::crm::Interaction;

impl Center {
    pub(super) fn agents_were(&mut self, now: Instant, agents: Vec<AgentWas>) {
        for was in agents {
            if was.state != AgentState::SignedOut && self.seats.contains_key(&was.agent) {
                self.agent_was(now, was);
            }
        }
    }

    fn agent_was(&mut self, now: Instant, was: AgentWas) {
        let AgentWas { agent, state, since, work } = was;
        let contact = ContactId(self.ids.take());
        let until = self.wrap_up_left(now, &state, work.as_deref());
        let record = work.as_ref().map(|work| work.record.clone());
        let pop = work.as_ref().map(|work| self.pop_of(work));
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        if let Some(work) = work {
            seat.close(Closed { contact, record: work.record, next_seq: work.next_seq });
        }
        let (was, since) = match (state, until) {
            (_, Some(until)) => {
                seat.pop = pop;
                let queue = record.and_then(|record| record.queue);
                (Was::WrapUp { contact, queue, until }, since)
            }
            (AgentState::NotReady { reason }, _) if !just_lost(now, &reason, since, self.settings.times) => {
                (Was::NotReady { reason }, since)
            }
            _ if seat.static_phone.is_some() => return,
            _ => {
                seat.ready_with_phone = true;
                (Was::NotReady { reason: UNREACHABLE.to_owned() }, now)
            }
        };
        self.work.push_back(Work::Router(acd::Input::ComeBack { agent, was, since }));
    }

    /// Until when the agent wraps up; the outer `None`: not at all.
    fn wrap_up_left(&self, now: Instant, state: &AgentState, work: Option<&OpenWork>) -> Option<Option<Instant>> {
        let record = &work?.record;
        match state {
            AgentState::WrapUp { until, .. } if record.wrap_up_ended.is_none() => {
                until.is_none_or(|until| until > now).then_some(*until)
            }
            AgentState::Busy { .. } => match self.rules.queue(record.queue?)?.wrap_up {
                WrapUp { mode: WrapUpMode::Discretionary, .. } => Some(None),
                WrapUp { mode: WrapUpMode::Timed | WrapUpMode::Fixed, seconds } if seconds > 0 => {
                    Some(Some(now + Self::seconds(seconds)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The card as it stood on the screen, as far as it is known.
    fn pop_of(&self, work: &OpenWork) -> ScreenPop {
        let record = &work.record;
        let rule = record.queue.and_then(|queue| self.rules.queue(queue));
        let region = &self.rules.configuration.region;
        let mut customer = work.customer.clone();
        customer.iter_mut().for_each(|card| card.show_numbers(region));
        ScreenPop {
            // Of an earlier process: nothing rings.
            reservation: ReservationId(0),
            interaction: record.id,
            caller: record.caller.as_ref().map(ToString::to_string),
            caller_shown: record.caller_shown(region),
            called: record.called.clone(),
            called_shown: Number::shown_text(&record.called, region),
            queue: rule.map_or_else(String::new, |rule| rule.key.clone()),
            queue_name: rule.map_or_else(String::new, |rule| rule.name.clone()),
            waited_ms: waited_ms(record),
            place_kept: None,
            customer,
            candidates: Vec::new(),
            looking_up: false,
            menu_path: record.menu_path.clone(),
            entered: record.entered.clone(),
            why: Words::default(),
        }
    }

    /// An agent who was ready when the phone vanished is ready again with it.
    pub(super) fn ready_again(&mut self, agent: AgentId) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        if seat.ready_with_phone && seat.is_back() {
            seat.ready_with_phone = false;
            if seat.microphone_lost {
                return self.set_aside_without_microphone(agent);
            }
            self.work.push_back(Work::Router(acd::Input::Ready { agent, author: Author::System }));
        }
    }

    /// The router made somebody ready whose phone is not there: nobody shall be sent to it.
    pub(super) fn set_aside_without_phone(&mut self, agent: AgentId) {
        if let Some(seat) = self.seats.get_mut(&agent).filter(|seat| !seat.is_reachable()) {
            seat.ready_with_phone = true;
            let (reason, author) = (UNREACHABLE.to_owned(), Author::System);
            self.work.push_back(Work::Router(acd::Input::NotReady { agent, reason, author }));
        }
    }
}

/// The phone was lost shortly before the end, or by it.
fn just_lost(now: Instant, reason: &str, since: Instant, times: super::Times) -> bool {
    reason == UNREACHABLE && now.since(since) <= Center::seconds(times.desktop_grace_s.saturating_mul(2))
}

fn waited_ms(record: &Interaction) -> u64 {
    let waited = record.queued.zip(record.answered).map(|(queued, answered)| answered.since(queued));
    waited.map_or(0, |waited| u64::try_from(waited.as_millis()).unwrap_or(u64::MAX))
}

impl Seat {
    /// The phone is there; in a browser its desktop is, too.
    fn is_back(&self) -> bool {
        self.is_reachable() && (self.desktop || self.branches().iter().any(|branch| !branch.webrtc))
    }
}
