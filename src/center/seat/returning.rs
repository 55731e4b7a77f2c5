//! After a restart agents come back as they were.
//!
//! | was | is after the start | and then |
//! | --- | --- | --- |
//! | signed out | signed out | |
//! | not ready | not ready, for the same reason since the same time | |
//! | ready, or rung | not ready, `unreachable` | ready when the phone is back (a browser's phone: its desktop too) |
//! | not ready, `unreachable`, a moment ago | the same | as above |
//! | in a call that goes on | in the call, see `steps::kept` | as ready |
//! | in another call | wrap-up of the call that was interrupted, if its queue has one; else as ready | |
//! | in wrap-up with time left | in wrap-up until the same time, the form and the card open | |
//! | in wrap-up that is over meanwhile | as ready; the form can still be saved | |
//!
//! The card shows what is stored: the customer or the candidates, why it was this agent, the place that was kept.
//! The day's counts of an agent go on from those before the start.
//!
//! A phone with a fixed address needs not come back: its agent is ready at once, unless it was not ready.

use serde::Deserialize;

use crate::acd::{self, AgentState, Kept, UNREACHABLE, Was, WrapUp, WrapUpMode};
use crate::base::{AgentId, ContactId, Instant, Number, ReservationId};
use crate::center::Times;
use crate::center::desk::{AgentDay, DeskEvent, PlaceKept, ScreenPop, Words};
use crate::center::event::EventKind;
use crate::center::input::{AgentWas, OpenWork};
use crate::center::rules::Rules;
use crate::center::seat::pop::CANDIDATES_MAX;
use crate::center::seat::{Closed, Form, Seats};
use crate::center::turn::{self, Turn, seconds};
use crate::center::visit::Visits;
use crate::crm::{CustomerCard, Interaction, InteractionEvent};

impl OpenWork {
    /// `events`: those of the interaction, in order. `cards`: who has the caller's number, or the one customer
    /// whom the record names.
    pub fn of(agent: AgentId, record: Interaction, events: &[InteractionEvent], cards: Vec<CustomerCard>) -> Self {
        let linked = |card: &&CustomerCard| Some(card.id) == record.customer;
        let customer = cards.iter().find(linked).cloned();
        let candidates = if record.customer.is_none() { cards } else { Vec::new() };
        let next_seq = events.last().map_or(1, |event| event.seq.saturating_add(1));
        let mut work = Self { record, next_seq, customer, candidates, why: Words::default(), place_kept: None };
        for event in events {
            work.take(agent, event);
        }
        work
    }

    fn take(&mut self, agent: AgentId, event: &InteractionEvent) {
        /// Fields of the events' details; of earlier versions some may be missing.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Detail {
            agent: Option<AgentId>,
            words: Words,
            since: Option<Instant>,
        }
        let by = match EventKind::of(&event.kind) {
            Some(EventKind::QueuePlaceKept) => Kept::Redial,
            Some(EventKind::CallBackTakenOver) => Kept::CallBack,
            Some(EventKind::AgentReserved) => {
                let detail = Detail::deserialize(&event.detail).unwrap_or_default();
                if detail.agent == Some(agent) {
                    self.why = detail.words;
                }
                return;
            }
            _ => return,
        };
        let since = Detail::deserialize(&event.detail).unwrap_or_default().since;
        self.place_kept = since.map(|since| PlaceKept { by, since }).or(self.place_kept);
    }
}

impl Seats {
    /// On top of what was counted since the start. Desktops that are there already see it at once.
    pub fn days_were(&mut self, since: Instant, days: Vec<(AgentId, AgentDay)>, visits: &Visits, turn: &mut Turn<'_>) {
        let day = turn.rules.day(turn.now);
        if day != turn.rules.day(since) {
            return;
        }
        for (agent, before) in days {
            let Some(seat) = self.get_mut(&agent) else { continue };
            seat.roll(day);
            seat.today = seat.today.plus(before);
            if let Some(shown) = self.snapshot(agent, visits, turn.rules) {
                turn.push(agent, DeskEvent::Snapshot(Box::new(shown)));
            }
        }
    }

    pub fn agents_were(&mut self, agents: Vec<AgentWas>, visits: &Visits, turn: &mut Turn<'_>) {
        for was in agents {
            if was.state != AgentState::SignedOut && self.contains_key(&was.agent) {
                self.agent_was(was, visits, turn);
            }
        }
    }

    fn agent_was(&mut self, was: AgentWas, visits: &Visits, turn: &mut Turn<'_>) {
        let (now, AgentWas { agent, state, since, work }) = (turn.now, was);
        if let Some((call, contact)) = visits.talk_of(agent) {
            let pop = work.map(|work| pop_of(turn.rules, &work));
            let seat = self.get_mut(&agent);
            seat.zip(pop).into_iter().for_each(|(seat, pop)| seat.hand.take(contact, Some(call), pop));
            return;
        }
        let contact = ContactId(turn.todo.ids.take());
        let until = wrap_up_left(turn.rules, now, &state, work.as_deref());
        let record = work.as_ref().map(|work| work.record.clone());
        let pop = work.as_ref().map(|work| pop_of(turn.rules, work));
        if let Some(work) = work {
            self.close(agent, Closed { contact, interaction: work.record.id });
            self.file(Form { record: work.record, next_seq: work.next_seq });
        }
        let Some(seat) = self.get_mut(&agent) else { return };
        let (was, since) = match (state, until) {
            (_, Some(until)) => {
                if let Some(pop) = pop {
                    seat.hand.take(contact, None, pop);
                }
                let queue = record.and_then(|record| record.queue);
                (Was::WrapUp { contact, queue, until }, since)
            }
            (AgentState::NotReady { reason }, _) if !just_lost(now, &reason, since, turn.times) => {
                (Was::NotReady { reason }, since)
            }
            _ if seat.static_phone.is_some() => return,
            _ => {
                seat.ready_with_phone = true;
                (Was::NotReady { reason: UNREACHABLE.to_owned() }, now)
            }
        };
        turn.todo.to_router(acd::Input::ComeBack { agent, was, since });
    }
}

/// The phone was lost shortly before the end, or by it.
fn just_lost(now: Instant, reason: &str, since: Instant, times: Times) -> bool {
    reason == UNREACHABLE && now.since(since) <= seconds(times.desktop_grace_s.saturating_mul(2))
}

fn waited_ms(record: &Interaction, kept: Option<PlaceKept>) -> u64 {
    let since = kept.map(|kept| kept.since).or(record.queued);
    let waited = since.zip(record.answered).map(|(queued, answered)| answered.since(queued));
    waited.map_or(0, |waited| u64::try_from(waited.as_millis()).unwrap_or(u64::MAX))
}

/// Until when the agent wraps up; the outer `None`: not at all.
fn wrap_up_left(rules: &Rules, now: Instant, state: &AgentState, work: Option<&OpenWork>) -> Option<Option<Instant>> {
    let record = &work?.record;
    match state {
        AgentState::WrapUp { until, .. } if record.wrap_up_ended.is_none() => {
            until.is_none_or(|until| until > now).then_some(*until)
        }
        AgentState::Busy { .. } => match rules.wrap_up(record.queue, record.agent?)? {
            WrapUp { mode: WrapUpMode::Discretionary, .. } => Some(None),
            WrapUp { mode: WrapUpMode::Timed | WrapUpMode::Fixed, seconds } if seconds > 0 => {
                Some(Some(now + turn::seconds(seconds)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The card as it stood on the screen, as far as it is known.
fn pop_of(rules: &Rules, work: &OpenWork) -> ScreenPop {
    let record = &work.record;
    let rule = record.queue.and_then(|queue| rules.queue(queue));
    let region = &rules.configuration.region;
    let mut customer = work.customer.clone();
    let mut candidates: Vec<_> = work.candidates.iter().take(CANDIDATES_MAX).cloned().collect();
    customer.iter_mut().chain(&mut candidates).for_each(|card| card.show_numbers(region));
    ScreenPop {
        // Of an earlier process: nothing rings.
        reservation: ReservationId(0),
        interaction: record.id,
        direction: record.direction,
        handed: None,
        caller: record.caller.as_ref().map(ToString::to_string),
        caller_shown: record.caller_shown(region),
        called: record.called.clone(),
        called_shown: Number::shown_text(&record.called, region),
        queue: rule.map_or_else(String::new, |rule| rule.key.clone()),
        queue_name: rule.map_or_else(String::new, |rule| rule.name.clone()),
        waited_ms: waited_ms(record, work.place_kept),
        place_kept: work.place_kept,
        customer,
        candidates,
        looking_up: false,
        menu_path: record.menu_path.clone(),
        entered: record.entered.clone(),
        why: work.why.clone(),
        campaign: None,
    }
}
