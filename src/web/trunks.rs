//! `GET /api/v1/trunks`: the lines that calls go out through, and whether they work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::access::Signed;
use super::{ApiError, WebState};
use crate::door::Role;

pub async fn list(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Value>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let trunks = state.door.trunks().await.map_err(|error| ApiError::of_center(error, &state.store))?;
    let listed = state.directory.now();
    let items = trunks.into_iter().map(|trunk| {
        let model = listed.model.trunks.get(&trunk.name);
        json!({
            "key": trunk.name,
            "name": model.map(|model| model.name.in_language(&identity.language)),
            "destination": model.and_then(|model| model.destination.as_deref()),
            "state": trunk.state,
            "since": trunk.since,
            "why": trunk.why,
            "round_trip_us": trunk.round_trip_us,
            "calls": trunk.calls,
            "registration": trunk.registration,
        })
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}
