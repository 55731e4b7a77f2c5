//! What happened before: calls of the last four months.

use std::time::Duration;

use serde_json::{Value, json};

use super::words::CALLS;
use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId, Rng};
use crate::crm::{CallDirection, CustomerDraft, EndedBy, Interaction, InteractionEvent, Outcome};
use crate::setup::{CenterIds, CenterModel};

const DAYS: u64 = 120;
const CALLS_MAX: u64 = 5;

/// Where the calls of the sample went.
pub(super) struct Center<'a> {
    pub model: &'a CenterModel,
    pub ids: &'a CenterIds,
}

impl Center<'_> {
    fn queue(&self, vip: bool, disposition: &str) -> Option<QueueId> {
        let wanted = match disposition {
            _ if vip => "vip",
            "repair" | "complaint" | "delivery" => "service",
            _ => "sales",
        };
        self.ids.queues.get(wanted).or_else(|| self.ids.queues.values().next()).copied()
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
    center: &Center<'_>,
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
        let steps = steps(&record);
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
fn finish(rng: &mut Rng, record: &mut Interaction, center: &Center<'_>, about: Option<(&str, &str)>) {
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

fn steps(record: &Interaction) -> Vec<InteractionEvent> {
    let times = [
        ("call.started", Some(record.started), json!({ "called": record.called })),
        ("queue.entered", record.queued, json!({ "queue": record.queue })),
        ("call.connected", record.answered, json!({ "agent": record.agent })),
        ("call.ended", record.ended, json!({ "by": record.ended_by, "outcome": record.outcome })),
        ("wrap_up.saved", record.wrap_up_ended, json!({ "disposition": record.disposition })),
    ];
    let happened =
        times.into_iter().filter_map(|(kind, at, detail): (&str, Option<Instant>, Value)| Some((kind, at?, detail)));
    (1u32..)
        .zip(happened)
        .map(|(seq, (kind, at, detail))| InteractionEvent {
            interaction: record.id,
            seq,
            at,
            kind: kind.to_owned(),
            detail,
        })
        .collect()
}
