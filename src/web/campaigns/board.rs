//! One campaign as its supervisors watch it: live figures, its lists, what was said, and by whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::state::Shown;
use crate::base::{AgentId, Instant};
use crate::door::Role;
use crate::setup::CampaignModel;
use crate::store::{ListProgress, Results};
use crate::web::access::Signed;
use crate::web::answer::Named;
use crate::web::directory::Listed;
use crate::web::payload::Id;
use crate::web::{ApiError, WebState};

/// A campaign, and what came of it so far.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignBoard)]
pub struct Board {
    campaign: Shown,
    lists: Vec<ListShown>,
    /// Calls by how they ended; `open`: those that are not over.
    calls: BTreeMap<String, u64>,
    /// Conversations with agents; of these, those that came to a goal of the campaign.
    conversations: u64,
    goals: u64,
    said: Vec<SaidShown>,
    agents: Vec<AgentShown>,
}

/// A list, and how far it is.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignList)]
struct ListShown {
    list: u16,
    /// Empty: entries of before there were lists.
    name: String,
    /// The saved search that it was taken from.
    view: Option<i64>,
    loaded: Option<Instant>,
    all: u64,
    open: u64,
    called: u64,
    /// How those ended that are over.
    over: BTreeMap<String, u64>,
}

/// What conversations came to.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignSaid)]
struct SaidShown {
    /// `null`: nothing was said.
    disposition: Option<Named>,
    conversations: u64,
    goal: bool,
}

/// What an agent had of it.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignAgent)]
struct AgentShown {
    agent: AgentId,
    name: String,
    conversations: u64,
    goals: u64,
}

/// A campaign, and what came of it so far: list by list, by what agents said, and by agent.
#[utoipa::path(
    get, path = "/campaigns/{key}", tag = "campaigns", params(("key" = String, Path)),
    responses((status = 200, description = "The campaign", body = Board))
)]
pub async fn board(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<Json<Board>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let campaign = listed.model.campaigns.get(&key).ok_or(ApiError::NotFound)?;
    let row = state.store.campaigns().await?.remove(&key);
    let (mut lists, mut results, mut counts) = (Vec::new(), Results::default(), None);
    if let Some(row) = &row {
        lists = state.store.campaign_lists(row.id).await?;
        results = state.store.campaign_results(row.id).await?;
        counts = state.store.entry_counts().await?.remove(&row.id);
    }
    let live = state.door.campaigns().await.unwrap_or_default().into_iter().find(|(of, _)| *of == key);
    let shown = Shown::new(&key, campaign, row, counts.unwrap_or_default(), live.map(|(_, figures)| figures));
    Ok(Json(board_of(shown, lists, results, campaign, &listed)))
}

fn board_of(
    shown: Shown,
    lists: Vec<ListProgress>,
    results: Results,
    campaign: &CampaignModel,
    listed: &Listed,
) -> Board {
    let is_goal = |key: &str| campaign.goal.iter().any(|goal| goal == key);
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    let mut agents = Vec::with_capacity(results.agents.len());
    for (agent, of) in results.agents {
        let goals = of.iter().filter(|(key, _)| is_goal(key)).map(|(_, count)| count).sum();
        let name = listed.agent_name(agent).unwrap_or_default().to_owned();
        agents.push(AgentShown { agent, name, conversations: of.values().sum(), goals });
        for (key, count) in of {
            *said.entry(key).or_default() += count;
        }
    }
    let named = |key: String| {
        let label = listed.model.dispositions.get(&key).map(|it| it.name.clone()).unwrap_or_default();
        (!key.is_empty()).then(|| Named::new(&key, &label))
    };
    Board {
        campaign: shown,
        lists: lists.into_iter().map(ListShown::from).collect(),
        calls: results.calls,
        conversations: agents.iter().map(|agent| agent.conversations).sum(),
        goals: agents.iter().map(|agent| agent.goals).sum(),
        said: said
            .into_iter()
            .map(|(key, conversations)| SaidShown { goal: is_goal(&key), conversations, disposition: named(key) })
            .collect(),
        agents,
    }
}

impl From<ListProgress> for ListShown {
    fn from(list: ListProgress) -> Self {
        let ListProgress { list, name, view, loaded, open, over, called } = list;
        Self { all: over.values().sum::<u64>().saturating_add(open), list, name, view, loaded, open, called, over }
    }
}
