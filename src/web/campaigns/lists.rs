//! Entries loaded into a campaign.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::handing::hand_over;
use super::rows::{Read, Refused, Row, of_csv, of_json};
use super::searched;
use crate::base::with_nearest;
use crate::center::calling::CampaignState;
use crate::door::Role;
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload, Raw, of_kind};
use crate::web::{ApiError, WebState};

/// Of the name of a list, characters.
const NAME_MAX: usize = 80;

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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IntoList {
    /// Name of the list that they come into, a new one where there is none; left out: one without a name.
    list: Option<String>,
}

/// Loads people to be called: JSON, or CSV whose first line names the columns (`number` or `电话`; `name`, `zone`, `kind`;
/// what else there is the agent sees). Numbers are read as the center's region writes them; who is in the campaign
/// already, or is not to be called, is left out. A campaign that runs calls them at once.
#[utoipa::path(
    post, path = "/campaigns/{key}/entries", tag = "campaigns", params(("key" = String, Path), IntoList),
    request_body(content((Rows = "application/json"), (String = "text/csv"))),
    responses((status = 200, description = "What became of the rows", body = Report), problems::Loaded)
)]
pub async fn load(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(into): Asked<IntoList>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Report>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    if !listed.model.campaigns.contains(&key) {
        return Err(ApiError::NotFound);
    }
    let read = read(&headers, &body, &listed.model.center.region)?;
    take(&state, &key, (into.list.as_deref().unwrap_or_default(), None), read, &identity.user).await.map(Json)
}

/// A saved search whose customers are to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignSearch)]
pub struct Search {
    /// Of the records, by key.
    kind: String,
    /// Of that kind: one's own, or one for everybody.
    view: i64,
    /// Name of the list; left out: the search's.
    list: Option<String>,
}

/// Loads the customers of the records that a saved search finds now, each with the phone number that stands first with
/// them; what the record is called the agent sees. Asked again, those who are new come in as well. A campaign that runs
/// calls them at once.
#[utoipa::path(
    post, path = "/campaigns/{key}/lists", tag = "campaigns", params(("key" = String, Path)), request_body = Search,
    responses((status = 200, description = "What became of the records", body = Report), problems::Loaded)
)]
pub async fn load_search(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(search): Payload<Search>,
) -> Result<Json<Report>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?.clone();
    if !state.directory.now().model.campaigns.contains(&key) {
        return Err(ApiError::NotFound);
    }
    let user = identity.user.clone();
    let (name, read) = searched::read(&state, identity, &search.kind, search.view).await?;
    let name = search.list.unwrap_or(name);
    take(&state, &key, (&name, Some(search.view)), read, &user).await.map(Json)
}

/// Into a list of the campaign, and, if it runs, to the center. `view`: what the list is taken from.
async fn take(
    state: &WebState,
    key: &str,
    (list, view): (&str, Option<i64>),
    Read { rows, refused, refused_all }: Read,
    user: &str,
) -> Result<Report, ApiError> {
    let now = (state.clock)();
    let campaign = state.store.campaign(key, user, now).await?;
    if campaign.state == CampaignState::Finished {
        return Err(ApiError::Conflict("the campaign is finished"));
    }
    let list = list.trim();
    if list.chars().count() > NAME_MAX {
        return Err(ApiError::BadRequest(format!("`list` has at most {NAME_MAX} characters")));
    }
    let list = match list.is_empty() {
        true => 0,
        false => {
            let found = state.store.campaign_list(campaign.id, (list, view), user, now).await?;
            found.ok_or(ApiError::Conflict("there are as many lists as a campaign may have"))?
        }
    };
    let before = state.store.last_entry(campaign.id).await?;
    let loaded = state.store.load_entries(campaign.id, list, &rows, now).await?;
    if campaign.state != CampaignState::Draft {
        let handed = hand_over(state, campaign.id, key, before).await;
        handed.map_err(|error| ApiError::overloaded(&error.to_string()))?;
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(Report {
        rows: count(rows.len() + refused_all),
        taken: loaded.taken,
        twice: loaded.twice,
        do_not_call: loaded.do_not_call,
        refused: count(refused_all),
        refusals: refused,
    })
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
