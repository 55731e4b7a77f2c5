//! What happened before: calls of the last four months.

use std::time::Duration;

use super::words::CALLS;
use crate::base::{AgentId, CallDirection, CustomerId, Instant, InteractionId, Number, QueueId, Rng};
use crate::center::event::Event;
use crate::crm::{CustomerDraft, EndedBy, Interaction, InteractionEvent, Outcome};
use crate::setup::{CenterIds, CenterModel};

const DAYS: u64 = 120;
const CALLS_MAX: u64 = 5;

/// Where the calls of the sample went.
pub(super) struct SampleCenter<'a> {
    pub model: &'a CenterModel,
    pub ids: &'a CenterIds,
}

impl SampleCenter<'_> {
    fn queue(&self, vip: bool, disposition: &str) -> Option<QueueId> {
        let wanted = match disposition {
            _ if vip => "vip",
            "repair" | "complaint" | "delivery" => "service",
            _ => "sales",
        };
        self.ids.queues.get(wanted).or_else(|| self.ids.queues.values().next()).copied()
    }

    fn queue_key(&self, id: Option<QueueId>) -> Option<String> {
        self.ids.queues.iter().find(|(_, of)| Some(**of) == id).map(|(key, _)| key.clone())
    }

    fn agent(&self, rng: &mut Rng) -> Option<AgentId> {
        let agents: Vec<&AgentId> = self.ids.agents.values().collect();
        agents.get(usize::try_from(rng.below(agents.len() as u64)).unwrap_or(0)).map(|id| **id)
    }
}

/// The past calls of one customer, finished all of them, with their events.
pub(super) fn history(
    rng: &mut Rng,
    id: CustomerId,
    customer: &CustomerDraft,
    center: &SampleCenter<'_>,
    now: Instant,
) -> Vec<(Interaction, Vec<InteractionEvent>)> {
    let mut calls = Vec::new();
    for _ in 0..rng.below(CALLS_MAX + 1) {
        // Not today nor yesterday: the board's day begins empty in every time zone.
        let ago = Duration::from_secs(2 * 86_400 + rng.below(DAYS * 86_400));
        let Some((key, zh, en)) = CALLS.get(usize::try_from(rng.below(CALLS.len() as u64)).unwrap_or(0)) else {
            continue;
        };
        let note = if customer.language.as_deref() == Some("zh") { zh } else { en };
        let mut record = opened(rng, id, customer, now - ago);
        let vip = customer.tier.as_deref() == Some("vip");
        record.queue = center.queue(vip, key);
        let known = center.model.dispositions.contains(key);
        finish(rng, &mut record, center, known.then_some((*key, *note)));
        let steps = steps(&record, center.queue_key(record.queue));
        calls.push((record, steps));
    }
    calls
}

fn opened(rng: &mut Rng, id: CustomerId, customer: &CustomerDraft, started: Instant) -> Interaction {
    let phone = customer.contact_points.iter().find(|point| point.kind == "phone");
    let caller = phone.and_then(|point| Number::try_from(point.value.clone()).ok());
    let chinese = customer.language.as_deref() == Some("zh");
    Interaction {
        caller_text: caller.as_ref().map(|number| number.as_str().to_owned()).unwrap_or_default(),
        caller,
        called: String::from("4000"),
        customer: Some(id),
        menu_path: vec![String::from(if chinese { "中文" } else { "English" })],
        ..Interaction::call(InteractionId::new(started, rng), CallDirection::Inbound, started)
    }
}

/// Handled, abandoned in the line, or served by the menu.
fn finish(rng: &mut Rng, record: &mut Interaction, center: &SampleCenter<'_>, about: Option<(&str, &str)>) {
    let seconds = |from: u64, below: u64, rng: &mut Rng| Duration::from_secs(from + rng.below(below));
    let queued = record.started + seconds(12, 20, rng);
    match rng.below(100) {
        0..6 => {
            record.queue = None;
            record.ended = Some(queued + seconds(5, 20, rng));
            record.outcome = Some(Outcome::SelfService);
            record.ended_by = Some(EndedBy::Customer);
        }
        6..18 => {
            record.queued = Some(queued);
            record.ended = Some(queued + seconds(20, 160, rng));
            record.outcome = Some(Outcome::Abandoned);
            record.ended_by = Some(EndedBy::Customer);
        }
        _ => {
            let answered = queued + seconds(3, 60, rng);
            let ended = answered + seconds(60, 420, rng);
            record.queued = Some(queued);
            record.agent = center.agent(rng);
            record.answered = Some(answered);
            record.ended = Some(ended);
            record.wrap_up_ended = Some(ended + seconds(5, 25, rng));
            record.hold_ms = if rng.chance(0.2) { 1_000 * (10 + rng.below(60)) } else { 0 };
            record.outcome = Some(Outcome::Handled);
            record.ended_by = Some(if rng.chance(0.7) { EndedBy::Customer } else { EndedBy::Agent });
            if let Some((disposition, note)) = about {
                record.disposition = Some(disposition.to_owned());
                record.notes = note.to_owned();
            }
        }
    }
    record.end_reason = Some(String::from("BYE"));
}

fn steps(record: &Interaction, queue: Option<String>) -> Vec<InteractionEvent> {
    let called = record.called.clone();
    let started = Event::CallStarted { called, sip_call_id: None, linked: None, direction: None, agent: None };
    let entered = queue.map(|queue| Event::QueueEntered { queue, priority: None, bonus_s: 0, agent_first: None });
    let waited = record.answered.map_or(Duration::ZERO, |at| at.since(record.queued.unwrap_or(record.started)));
    let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    let ended =
        record.ended_by.map(|by| Event::CallEnded { by, outcome: record.outcome, reason: record.end_reason.clone() });
    let disposition = record.disposition.clone();
    let steps = [
        (Some(record.started), Some(started)),
        (record.queued, entered),
        (record.answered, record.agent.map(|agent| Event::CallConnected { agent, waited_ms: Some(waited_ms) })),
        (record.ended, ended),
        (record.wrap_up_ended, record.agent.map(|agent| Event::WrapUpSaved { agent, disposition })),
    ];
    let happened = steps.into_iter().filter_map(|(at, event)| at.zip(event));
    (1u32..).zip(happened).map(|(seq, (at, event))| event.written(record.id, seq, at)).collect()
}
