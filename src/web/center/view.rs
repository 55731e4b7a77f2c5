//! `GET /api/v1/center`: what a desktop needs to show the center.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::setup::Label;
use crate::web::WebState;
use crate::web::access::Signed;

pub async fn center(State(state): State<Arc<WebState>>, Signed(identity): Signed) -> Json<Value> {
    let listed = state.directory.now();
    let model = &listed.model;
    let both =
        |key: &str, name: &Label| json!({"key": key, "en": name.in_language("en"), "zh": name.in_language("zh")});
    let queues = model.queues.iter().filter_map(|(key, queue)| {
        let id = listed.ids.queues.get(key)?;
        let name = queue.name.in_language(&identity.language);
        let names = both(key, &queue.name);
        Some(json!({"id": id, "key": key, "name": name, "en": names["en"], "zh": names["zh"], "wrap_up_s": queue.wrap_up.seconds,
            "disposition_required": queue.disposition_required}))
    });
    let agents = model.agents.iter().filter_map(|(key, agent)| {
        let id = listed.ids.agents.get(key)?;
        Some(json!({"id": id, "key": key, "name": agent.name, "group": agent.group}))
    });
    let dispositions = model.dispositions.iter().map(|(key, disposition)| {
        let mut shown = both(key, &disposition.name);
        shown["queues"] = json!(disposition.queues);
        shown["note_required"] = json!(disposition.note_required);
        shown
    });
    let reasons = model.reasons.iter().map(|(key, reason)| {
        let mut shown = both(key, &reason.name);
        shown["limit_s"] = json!(reason.limit_s);
        shown
    });
    Json(json!({
        "name": model.center.company,
        "region": model.center.region,
        "language": listed.language(),
        "zone": model.center.timezone,
        "queues": queues.collect::<Vec<_>>(),
        "agents": agents.collect::<Vec<_>>(),
        "groups": model.groups.iter().map(|(key, group)| both(key, &group.name)).collect::<Vec<_>>(),
        "reasons": reasons.collect::<Vec<_>>(),
        "dispositions": dispositions.collect::<Vec<_>>(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}
