//! The rules of one campaign.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::change::{Changed, Meant, change};
use crate::door::Role;
use crate::setup::{CampaignModel, CenterModel};
use crate::web::access::Signed;
use crate::web::answer::Named;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::tagged::tagged;
use crate::web::{ApiError, WebState};

#[derive(Serialize, ToSchema)]
struct CampaignRules {
    version: u32,
    key: String,
    rules: CampaignModel,
    /// Of a campaign of which nothing is said.
    defaults: CampaignModel,
    /// What it may refer to.
    queues: Vec<Named>,
    hours: Vec<Named>,
    dispositions: Vec<Named>,
}

/// What is said of a campaign, and what it may refer to.
#[utoipa::path(
    get, path = "/center/campaigns/{key}", tag = "campaigns", params(("key" = String, Path)),
    responses((status = 200, description = "The rules", body = CampaignRules))
)]
pub async fn campaign_rules(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<Response, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let (model, ids) = state.store.center().await?;
    let rules = model.campaigns.get(&key).ok_or(ApiError::NotFound)?.clone();
    let body = CampaignRules {
        version: ids.version,
        key,
        rules,
        defaults: CampaignModel::default(),
        queues: model.queues.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
        hours: model.hours.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
        dispositions: model.dispositions.iter().map(|(key, it)| Named::new(key, &it.name)).collect(),
    };
    Ok(tagged(ids.version, body))
}

/// The whole campaign; what is not named gets its default. A new key is a new campaign: a draft.
#[utoipa::path(
    put, path = "/center/campaigns/{key}", tag = "campaigns", request_body = CampaignModel,
    params(("key" = String, Path), Meant, ("If-Match" = Option<String>, Header, description = "The version that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn put_campaign(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(campaign): Payload<CampaignModel>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        wanted.campaigns.insert(key, campaign);
        Ok(wanted)
    };
    change(&state, &identity, &meant, &headers, make).await
}
