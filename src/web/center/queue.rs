//! The rules of one queue.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::change::{Changed, Meant, change};
use crate::acd::ContactSelection;
use crate::acd::lint::{Finding, ToldFinding, lint};
use crate::base::with_nearest;
use crate::door::Role;
use crate::setup::{CenterModel, QueueModel, rules_of};
use crate::web::access::Signed;
use crate::web::answer::Named;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::tagged::tagged;
use crate::web::{ApiError, WebState};

/// The queues and their choices.
#[derive(Serialize, ToSchema)]
#[schema(as = QueuesRules)]
struct Queues {
    version: u32,
    items: Vec<Named>,
    /// Of a queue of which nothing is said.
    defaults: QueueModel,
    contact_selection: ContactSelection,
    choices: Choices,
}

/// Keys that a queue's rules may name.
#[derive(Serialize, ToSchema)]
struct Choices {
    skills: Vec<Named>,
    groups: Vec<Named>,
    queues: Vec<Named>,
    hours: Vec<Named>,
}

#[derive(Serialize, ToSchema)]
struct QueueRules {
    version: u32,
    key: String,
    rules: QueueModel,
    /// Of a queue of which nothing is said.
    defaults: QueueModel,
    #[schema(value_type = Vec<ToldFinding>)]
    findings: Vec<Finding>,
    /// `null`: the rules promise nothing.
    overtaking_bound_s: Option<f64>,
    contact_selection: ContactSelection,
    choices: Choices,
}

/// Which queues there are, and what a new one begins with: a center without any has its first one made so.
#[utoipa::path(
    get, path = "/center/queues", tag = "rules",
    responses((status = 200, description = "The queues", body = Queues))
)]
pub async fn queues(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Response, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let (model, ids) = state.store.center().await?;
    let choices = choices(&model);
    let body = Queues {
        version: ids.version,
        items: choices.queues.clone(),
        defaults: QueueModel::default(),
        contact_selection: model.center.contact_selection,
        choices,
    };
    Ok(tagged(ids.version, body))
}

/// What a queue says, what it may refer to, and what the linter thinks of it.
#[utoipa::path(
    get, path = "/center/queues/{key}", tag = "rules", params(("key" = String, Path)),
    responses((status = 200, description = "The rules", body = QueueRules))
)]
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
    let body = QueueRules {
        version: ids.version,
        key,
        rules: queue.clone(),
        defaults: QueueModel::default(),
        findings,
        overtaking_bound_s: bound.map(|bound| bound.as_secs_f64()),
        contact_selection: model.center.contact_selection,
        choices: choices(&model),
    };
    Ok(tagged(ids.version, body))
}

fn choices(model: &CenterModel) -> Choices {
    Choices {
        skills: model.skills.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
        groups: model.groups.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
        queues: model.queues.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
        hours: model.hours.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
    }
}

/// The whole queue; what is not named gets its default. A new key is a new queue.
#[utoipa::path(
    put, path = "/center/queues/{key}", tag = "rules", request_body = QueueModel,
    params(("key" = String, Path), Meant, ("If-Match" = Option<String>, Header, description = "The version that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
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
#[utoipa::path(
    patch, path = "/center/queues/{key}", tag = "rules", request_body = QueueModel,
    params(("key" = String, Path), Meant, ("If-Match" = Option<String>, Header, description = "The version that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
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

pub(super) fn merge(target: &mut Value, patch: &Value, depth: u8) {
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
#[utoipa::path(
    get, path = "/center/findings", tag = "rules",
    responses((status = 200, description = "The findings", body = Findings))
)]
pub async fn findings(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Findings>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let (model, ids) = state.store.center().await?;
    let doors = state.keeper.doors(&model);
    Ok(Json(Findings { version: ids.version, findings: lint(&rules_of(&model, &ids), doors.as_ref()) }))
}

#[derive(Serialize, ToSchema)]
pub struct Findings {
    version: u32,
    #[schema(value_type = Vec<ToldFinding>)]
    findings: Vec<Finding>,
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
