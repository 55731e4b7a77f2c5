//! The rules of one queue.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::change::{Meant, change};
use crate::acd::lint::lint;
use crate::base::with_nearest;
use crate::door::Role;
use crate::setup::{CenterModel, Label, QueueModel, rules_of};
use crate::web::access::Signed;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::tagged::tagged;
use crate::web::{ApiError, WebState};

/// Which queues there are, and what a new one begins with: a center without any has its first one made so.
pub async fn queues(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Response, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let (model, ids) = state.store.center().await?;
    let choices = choices(&model);
    let body = json!({
        "version": ids.version,
        "items": choices["queues"],
        "defaults": QueueModel::default(),
        "contact_selection": model.center.contact_selection,
        "choices": choices,
    });
    Ok(tagged(ids.version, body))
}

/// What a queue says, what it may refer to, and what the linter thinks of it.
pub async fn queue_rules(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<Response, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let (model, ids) = state.store.center().await?;
    let queue = model.queues.get(&key).ok_or(ApiError::NotFound)?;
    let rules = rules_of(&model, &ids);
    let findings: Vec<_> = lint(&rules, state.keeper.doors(&model).as_ref())
        .into_iter()
        .filter(|finding| finding.place.key == key)
        .collect();
    let bound = ids.queues.get(&key).and_then(|id| rules.overtaking_bound(*id));
    let body = json!({
        "version": ids.version,
        "key": key,
        "rules": queue,
        "defaults": QueueModel::default(),
        "findings": findings,
        "overtaking_bound_s": bound.map(|bound| bound.as_secs_f64()),
        "contact_selection": model.center.contact_selection,
        "choices": choices(&model),
    });
    Ok(tagged(ids.version, body))
}

/// Keys that a queue's rules may name.
fn choices(model: &CenterModel) -> Value {
    let both =
        |key: &str, name: &Label| json!({"key": key, "en": name.in_language("en"), "zh": name.in_language("zh")});
    json!({
        "skills": model.skills.iter().map(|(key, it)| both(key, &it.name)).collect::<Vec<_>>(),
        "groups": model.groups.iter().map(|(key, it)| both(key, &it.name)).collect::<Vec<_>>(),
        "queues": model.queues.iter().map(|(key, it)| both(key, &it.name)).collect::<Vec<_>>(),
        "hours": model.hours.iter().map(|(key, it)| both(key, &it.name)).collect::<Vec<_>>(),
    })
}

/// The whole queue; what is not named gets its default. A new key is a new queue.
pub async fn put_queue(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(queue): Payload<QueueModel>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        wanted.queues.insert(key, queue);
        Ok(wanted)
    };
    change(&state, &identity, &meant, &headers, make).await
}

/// Only what is named (RFC 7396): `null` gives a field its default.
pub async fn patch_queue(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(patch): Payload<Value>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let make = |present: &CenterModel| {
        let queue = present.queues.get(&key).ok_or(ApiError::NotFound)?;
        let mut wanted = present.clone();
        wanted.queues.insert(key, patched(queue, &patch)?);
        Ok(wanted)
    };
    change(&state, &identity, &meant, &headers, make).await
}

pub fn patched(queue: &QueueModel, patch: &Value) -> Result<QueueModel, ApiError> {
    if !patch.is_object() {
        return Err(ApiError::BadRequest("a patch is a JSON object".into()));
    }
    let mut value = serde_json::to_value(queue).map_err(|error| ApiError::Internal(error.to_string()))?;
    merge(&mut value, patch, 0);
    serde_json::from_value(value)
        .map_err(|error| ApiError::Mistakes { mistakes: vec![with_nearest(&error.to_string())] })
}

/// Rules are not nested deeper.
const DEEPEST: u8 = 8;

fn merge(target: &mut Value, patch: &Value, depth: u8) {
    let (Some(fields), true) = (patch.as_object(), depth < DEEPEST) else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(table) = target.as_object_mut() else { return };
    for (name, value) in fields {
        if value.is_null() {
            table.remove(name);
        } else {
            merge(table.entry(name).or_insert(Value::Null), value, depth.saturating_add(1));
        }
    }
}

/// What the linter says of the center in force.
pub async fn findings(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Value>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let (model, ids) = state.store.center().await?;
    let doors = state.keeper.doors(&model);
    Ok(Json(json!({"version": ids.version, "findings": lint(&rules_of(&model, &ids), doors.as_ref())})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_what_it_names_and_null_means_default() {
        let mut queue = QueueModel { ring_s: 9, priority: 2, ..QueueModel::default() };
        queue.wrap_up.seconds = 45;
        let patch = json!({"ring_s": null, "wrap_up": {"mode": "fixed"}, "skills": {"gems": {"min": 3, "weight": 2}}});
        let changed = patched(&queue, &patch).unwrap();
        assert_eq!((changed.ring_s, changed.priority, changed.wrap_up.seconds), (20, 2, 45));
        assert_eq!((changed.skills["gems"].min(), changed.skills["gems"].weight()), (3, 2));
        let told = |patch| patched(&queue, &patch).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told(json!({"ring": 3})).ends_with("did you mean `ring_s`?"));
        assert!(told(json!({"wrap_up": {"second": 3}})).ends_with("did you mean `seconds`?"));
        assert!(told(json!({"skills": {"gems": {"min": 3, "wight": 2}}})).ends_with("did you mean `weight`?"));
        assert!(told(json!({"skills": {"gems": "x"}})).contains("a level (1 to 10)"));
        assert!(matches!(patched(&queue, &json!([1])), Err(ApiError::BadRequest(_))));
    }
}
