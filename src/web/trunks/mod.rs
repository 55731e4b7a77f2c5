//! `GET /api/v1/trunks`: the lines that calls go out through, and whether they work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::Items;
use super::{ApiError, WebState};
use crate::base::Instant;
use crate::door::Role;
use crate::sip::{RegistrationView, TrunkState, TrunkTrouble};

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A line that calls go out through.
#[derive(Serialize, ToSchema)]
struct Trunk {
    key: String,
    /// In the language of the user.
    name: Option<String>,
    /// Transport and address, as set.
    destination: Option<String>,
    state: TrunkState,
    /// In this state since then.
    since: Instant,
    /// Why it is not up.
    why: Option<TrunkTrouble>,
    /// From the last OPTIONS to its answer.
    round_trip_us: Option<u64>,
    /// Out through it now.
    calls: u32,
    /// At its registrar; `null`: there is none to be had.
    registration: Option<RegistrationView>,
}

/// The trunks that calls go out through, by key, and whether they work. Supervisors.
#[utoipa::path(
    get, path = "/trunks", tag = "trunks",
    responses((status = 200, description = "All of them", body = Items<Trunk>))
)]
async fn list(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Items<Trunk>>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let trunks = state.door.trunks().await.map_err(|error| ApiError::of_center(error, &state.store))?;
    let listed = state.directory.now();
    let items = trunks.into_iter().map(|trunk| {
        let model = listed.model.trunks.get(&trunk.name);
        Trunk {
            name: model.map(|model| model.name.in_language(&identity.language).to_owned()),
            destination: model.and_then(|model| model.destination.clone()),
            key: trunk.name,
            state: trunk.state,
            since: trunk.since,
            why: trunk.why,
            round_trip_us: trunk.round_trip_us,
            calls: trunk.calls,
            registration: trunk.registration,
        }
    });
    Ok(Json(Items { items: items.collect() }))
}
