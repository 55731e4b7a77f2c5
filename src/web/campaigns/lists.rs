//! Entries loaded into a campaign.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::handing::hand_over;
use super::rows::{Read, Refused, Row, of_csv, of_json};
use crate::base::with_nearest;
use crate::center::calling::CampaignState;
use crate::door::Role;
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Id, Raw, of_kind};
use crate::web::{ApiError, WebState};

/// People to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignRows)]
pub struct Rows {
    /// At most 20,000.
    rows: Vec<Row>,
}

/// What became of the rows.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignLoad)]
pub struct Report {
    rows: u64,
    taken: u64,
    /// In the campaign already, or twice in the load.
    twice: u64,
    /// Not to be called.
    do_not_call: u64,
    refused: u64,
    /// The first hundred of them.
    refusals: Vec<Refused>,
}

/// Loads people to be called: JSON, or CSV whose first line names the columns (`number` or `电话`; `name`, `zone`, `kind`;
/// what else there is the agent sees). Numbers are read as the center's region writes them; who is in the campaign
/// already, or is not to be called, is left out. A campaign that runs calls them at once.
#[utoipa::path(
    post, path = "/campaigns/{key}/entries", tag = "campaigns", params(("key" = String, Path)),
    request_body(content((Rows = "application/json"), (String = "text/csv"))),
    responses((status = 200, description = "What became of the rows", body = Report), problems::Loaded)
)]
pub async fn load(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Report>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    if !listed.model.campaigns.contains(&key) {
        return Err(ApiError::NotFound);
    }
    let Read { rows, refused, refused_all } = read(&headers, &body, &listed.model.center.region)?;
    let now = (state.clock)();
    let campaign = state.store.campaign(&key, &identity.user, now).await?;
    if campaign.state == CampaignState::Finished {
        return Err(ApiError::Conflict("the campaign is finished"));
    }
    let before = state.store.last_entry(campaign.id).await?;
    let loaded = state.store.load_entries(campaign.id, &rows, now).await?;
    if campaign.state != CampaignState::Draft {
        let handed = hand_over(&state, campaign.id, &key, before).await;
        handed.map_err(|error| ApiError::overloaded(&error.to_string()))?;
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(Json(Report {
        rows: count(rows.len() + refused_all),
        taken: loaded.taken,
        twice: loaded.twice,
        do_not_call: loaded.do_not_call,
        refused: count(refused_all),
        refusals: refused,
    }))
}

fn read(headers: &HeaderMap, body: &[u8], region: &str) -> Result<Read, ApiError> {
    if let Some(said) = of_kind(headers, "text/csv") {
        let text = crate::store::decode(body, said, region);
        return of_csv(&text.map_err(|error| ApiError::BadRequest(error.to_string()))?.text, region);
    }
    of_kind(headers, "application/json").ok_or(ApiError::NotJson)?;
    let rows: Rows =
        serde_json::from_slice(body).map_err(|error| ApiError::BadRequest(with_nearest(&error.to_string())))?;
    of_json(rows.rows, region)
}
