//! What a desktop needs to show the center.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{AgentId, QueueId};
use crate::web::WebState;
use crate::web::access::Signed;
use crate::web::answer::{Language, Named};

/// The center as its people know it.
#[derive(Serialize, ToSchema)]
#[schema(as = Center)]
pub struct CenterView {
    name: String,
    /// ISO 3166.
    region: String,
    language: Language,
    /// IANA.
    zone: String,
    queues: Vec<QueueEntry>,
    agents: Vec<AgentEntry>,
    /// Everybody who signs in, by name.
    people: Vec<PersonEntry>,
    groups: Vec<Named>,
    reasons: Vec<Reason>,
    dispositions: Vec<Disposition>,
    /// Of the server.
    version: &'static str,
}

#[derive(Serialize, ToSchema)]
struct QueueEntry {
    #[serde(flatten)]
    names: Named,
    id: QueueId,
    /// In the language of the user.
    name: String,
    wrap_up_s: u32,
    /// Wrap-up ends only with a disposition (or by its time).
    disposition_required: bool,
}

#[derive(Serialize, ToSchema)]
struct AgentEntry {
    id: AgentId,
    key: String,
    name: String,
    group: Option<String>,
}

/// Somebody who signs in, with a seat or without.
#[derive(Serialize, ToSchema)]
struct PersonEntry {
    /// Sign-in name.
    key: String,
    name: String,
}

/// Why somebody is not ready; a longer pause than `limit_s` counts as too long.
#[derive(Serialize, ToSchema)]
struct Reason {
    #[serde(flatten)]
    names: Named,
    limit_s: Option<u32>,
}

/// What a contact was about.
#[derive(Serialize, ToSchema)]
struct Disposition {
    #[serde(flatten)]
    names: Named,
    /// Keys of those that offer it; none: all do.
    queues: Vec<String>,
    note_required: bool,
}

/// The center: queues, agents, people, groups, reasons, dispositions.
#[utoipa::path(
    get, path = "/center", tag = "center",
    responses((status = 200, description = "The center", body = CenterView))
)]
pub async fn center(State(state): State<Arc<WebState>>, Signed(identity): Signed) -> Json<CenterView> {
    let listed = state.directory.now();
    let model = &listed.model;
    let queues = model.queues.iter().filter_map(|(key, queue)| {
        Some(QueueEntry {
            names: Named::new(key, &queue.name),
            id: *listed.ids.queues.get(key)?,
            name: queue.name.in_language(&identity.language).to_owned(),
            wrap_up_s: queue.wrap_up.seconds,
            disposition_required: queue.disposition_required,
        })
    });
    let agents = model.agents.iter().filter_map(|(key, agent)| {
        let id = *listed.ids.agents.get(key)?;
        Some(AgentEntry { id, key: key.to_owned(), name: agent.name.clone(), group: agent.group.clone() })
    });
    let people = model.users.iter().map(|(key, user)| {
        let name = if user.name.is_empty() { key } else { &user.name };
        PersonEntry { key: key.to_owned(), name: name.to_owned() }
    });
    let dispositions = model.dispositions.iter().map(|(key, disposition)| Disposition {
        names: Named::new(key, &disposition.name),
        queues: disposition.queues.clone(),
        note_required: disposition.note_required,
    });
    let reasons = model.reasons.iter();
    Json(CenterView {
        name: model.center.company.clone(),
        region: model.center.region.clone(),
        language: Language::of(listed.language()),
        zone: model.center.timezone.clone(),
        queues: queues.collect(),
        agents: agents.collect(),
        people: people.collect(),
        groups: model.groups.iter().map(|(key, group)| Named::new(key, &group.name)).collect(),
        reasons: reasons.map(|(key, it)| Reason { names: Named::new(key, &it.name), limit_s: it.limit_s }).collect(),
        dispositions: dispositions.collect(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
