//! How campaigns stand; started, paused, finished.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::handing::hand_over;
use crate::base::Instant;
use crate::campaign::Mode;
use crate::center::Input;
use crate::center::calling::{CampaignFigures, CampaignState, Told};
use crate::door::Role;
use crate::setup::CampaignModel;
use crate::store::{Campaign, EntryCounts, StateRefused};
use crate::web::access::Signed;
use crate::web::answer::{Items, Named};
use crate::web::describe::problems;
use crate::web::payload::{Id, Payload};
use crate::web::{ApiError, WebState};

/// A campaign and how it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Campaign)]
pub struct Shown {
    key: String,
    name: Named,
    purpose: String,
    mode: Mode,
    /// Key of the queue whose agents make the calls.
    queue: String,
    state: CampaignState,
    /// When it was started first.
    began: Option<Instant>,
    /// When and by whom it was brought into its state.
    changed: Option<Instant>,
    changed_by: Option<String>,
    entries: EntriesShown,
    /// At this moment; `null`: it does not run, or the center does not answer.
    live: Option<CampaignFigures>,
}

impl Shown {
    pub fn new(
        key: &str,
        campaign: &CampaignModel,
        row: Option<Campaign>,
        counts: EntryCounts,
        live: Option<CampaignFigures>,
    ) -> Self {
        Self {
            key: key.to_owned(),
            name: Named::new(key, &campaign.name),
            purpose: campaign.purpose.clone(),
            mode: campaign.mode,
            queue: campaign.queue.clone(),
            state: row.as_ref().map_or(CampaignState::Draft, |row| row.state),
            began: row.as_ref().and_then(|row| row.began),
            changed: row.as_ref().map(|row| row.changed),
            changed_by: row.map(|row| row.changed_by),
            entries: counts.into(),
            live,
        }
    }
}

/// The entries of a campaign's lists.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignEntries)]
struct EntriesShown {
    all: u64,
    /// Not over.
    open: u64,
    /// Called at least once.
    called: u64,
    /// How those ended that are over.
    over: BTreeMap<String, u64>,
}

impl From<EntryCounts> for EntriesShown {
    fn from(counts: EntryCounts) -> Self {
        let EntryCounts { open, over, called } = counts;
        Self { all: over.values().sum::<u64>().saturating_add(open), open, called, over }
    }
}

/// All campaigns of the center, in their order.
#[utoipa::path(
    get, path = "/campaigns", tag = "campaigns",
    responses((status = 200, description = "The campaigns", body = Items<Shown>))
)]
pub async fn list(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Items<Shown>>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let mut rows = state.store.campaigns().await?;
    let mut counts = state.store.entry_counts().await?;
    let mut live: BTreeMap<_, _> = state.door.campaigns().await.unwrap_or_default().into_iter().collect();
    let listed = state.directory.now();
    let shown = |(key, campaign): (&str, &CampaignModel)| {
        let row = rows.remove(key);
        let counted = row.as_ref().and_then(|row| counts.remove(&row.id)).unwrap_or_default();
        Shown::new(key, campaign, row, counted, live.remove(key))
    };
    Ok(Json(Items { items: listed.model.campaigns.iter().map(shown).collect() }))
}

/// What a campaign shall become.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignStep)]
pub struct Step {
    state: CampaignState,
}

/// Starts, pauses or finishes a campaign. Talks go on; what rings for one that is paused rings on.
#[utoipa::path(
    post, path = "/campaigns/{key}/state", tag = "campaigns", request_body = Step, params(("key" = String, Path)),
    responses((status = 204, description = "It is in that state"), problems::Conflict)
)]
pub async fn step(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(Step { state: wanted }): Payload<Step>,
) -> Result<StatusCode, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    if !state.directory.now().model.campaigns.contains(&key) {
        return Err(ApiError::NotFound);
    }
    // What the store says and what the center is told come in one order.
    let _turn = state.changes.lock().await;
    let set = state.store.set_campaign(&key, wanted, &identity.user, (state.clock)()).await;
    let run = set.map_err(|error| match error {
        StateRefused::State(..) => ApiError::Conflict("the campaign cannot go from its state to that one"),
        StateRefused::Store(error) => error.into(),
    })?;
    tracing::info!(campaign = %key, state = run.state.word(), user = %identity.user, "a campaign changed its state");
    let (id, starts) = (run.id, run.state == CampaignState::Running);
    state.door.send(Input::Campaign(Box::new(Told::Run(Box::new(run))))).await?;
    if starts {
        let handing = state.clone();
        tokio::spawn(async move {
            if let Err(error) = hand_over(&handing, id, &key, 0).await {
                tracing::error!(%error, campaign = %key, "the center does not have the whole list");
            }
        });
    }
    Ok(StatusCode::NO_CONTENT)
}
