//! `GET /api/v1/colleagues`: where an agent's call can go: who is there and free, and how long the lines are. Less
//! than the board, which is for supervisors: no figures of anybody's day.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::{ApiError, WebState};
use crate::acd::AgentState;
use crate::base::{AgentId, Instant, QueueId};
use crate::center::board::{AgentRow, QueueTile};
use crate::setup::CenterModel;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(colleagues))
}

/// Where a call can go.
#[derive(Serialize, ToSchema)]
struct Colleagues {
    at: Instant,
    agents: Vec<Colleague>,
    queues: Vec<Line>,
    flows: Vec<Way>,
}

#[derive(Serialize, ToSchema)]
struct Colleague {
    id: AgentId,
    key: String,
    name: String,
    state: ColleagueState,
    /// Why not ready.
    reason: Option<String>,
    /// In this state since then.
    since: Instant,
    /// Can be rung for somebody's call now.
    free: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ColleagueState {
    SignedOut,
    NotReady,
    Ready,
    Reserved,
    Busy,
    WrapUp,
}

/// A queue and who waits there.
#[derive(Serialize, ToSchema)]
#[schema(as = ColleagueQueue)]
struct Line {
    id: QueueId,
    key: String,
    name: String,
    waiting: u32,
    /// When the longest waiting contact arrived.
    longest_since: Option<Instant>,
    /// Mean wait until the answer, today.
    asa_ms: u64,
    /// Agents.
    ready: u32,
}

/// A flow that a number of the center leads to.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = ColleagueFlow)]
struct Way {
    flow: String,
    /// Of the first such number.
    name: String,
}

/// Where a call can go: the agents and the queues of the center, and the flows of its numbers.
#[utoipa::path(
    get, path = "/colleagues", tag = "agents",
    responses((status = 200, description = "All of them", body = Colleagues))
)]
async fn colleagues(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
) -> Result<Json<Colleagues>, ApiError> {
    let board = state.door.board().await?;
    let agents = board.agents.iter().map(agent).collect();
    let queues = board.queues.iter().map(queue).collect();
    let flows = flows(&state.directory.now().model, &identity.language);
    Ok(Json(Colleagues { at: board.at, agents, queues, flows }))
}

fn agent(row: &AgentRow) -> Colleague {
    let (state, reason) = match &row.state {
        AgentState::SignedOut => (ColleagueState::SignedOut, None),
        AgentState::NotReady { reason } => (ColleagueState::NotReady, Some(reason.clone())),
        AgentState::Ready => (ColleagueState::Ready, None),
        AgentState::Reserved { .. } => (ColleagueState::Reserved, None),
        AgentState::Busy { .. } => (ColleagueState::Busy, None),
        AgentState::WrapUp { .. } => (ColleagueState::WrapUp, None),
    };
    let can_be_rung = matches!(state, ColleagueState::NotReady | ColleagueState::Ready | ColleagueState::WrapUp);
    Colleague {
        id: row.id,
        key: row.key.clone(),
        name: row.name.clone(),
        state,
        reason,
        since: row.since,
        free: row.phone_reachable && can_be_rung,
    }
}

/// Each once, in the order of the numbers.
fn flows(model: &CenterModel, language: &str) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for (number, rule) in model.numbers.iter() {
        if ways.iter().all(|way| way.flow != rule.flow) {
            let name = Some(rule.name.in_language(language)).filter(|name| !name.is_empty()).unwrap_or(number);
            ways.push(Way { flow: rule.flow.clone(), name: name.to_owned() });
        }
    }
    ways
}

fn queue(tile: &QueueTile) -> Line {
    Line {
        id: tile.id,
        key: tile.key.clone(),
        name: tile.name.clone(),
        waiting: tile.waiting,
        longest_since: tile.longest_since,
        asa_ms: tile.asa_ms,
        ready: tile.ready,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::ContactId;

    #[test]
    fn who_can_be_rung_for_a_call() {
        let break_ = || AgentState::NotReady { reason: "break".to_owned() };
        let busy = || AgentState::Busy { contact: ContactId(3) };
        for (state, phone_reachable, name, free) in [
            (AgentState::Ready, true, "ready", true),
            (AgentState::Ready, false, "ready", false),
            (break_(), true, "not_ready", true),
            (busy(), true, "busy", false),
            (AgentState::SignedOut, true, "signed_out", false),
        ] {
            let row = AgentRow {
                id: AgentId(7),
                key: "ana".to_owned(),
                name: "Ana".to_owned(),
                state,
                since: Instant::default(),
                next: None,
                by: None,
                queue: None,
                phone_reachable,
                help: None,
                unread: 0,
            };
            let told = json!(agent(&row));
            assert_eq!((&told["state"], &told["free"]), (&json!(name), &json!(free)));
            assert_eq!(told["reason"].as_str(), (name == "not_ready").then_some("break"));
        }
    }

    #[test]
    fn each_flow_stands_once_under_its_first_number() {
        let text = "[center]\n[number.4000]\nname = { en = \"Hotline\", zh = \"热线\" }\nflow = \"hotline\"\n\
                    [number.4001]\nname = \"Second\"\nflow = \"hotline\"\n[number.4002]\nflow = \"echo\"\n";
        let model = crate::setup::read(text).unwrap();
        let told: Vec<_> = flows(&model, "zh").into_iter().map(|way| (way.flow, way.name)).collect();
        let way = |flow: &str, name: &str| (flow.to_owned(), name.to_owned());
        assert_eq!(told, [way("hotline", "热线"), way("echo", "4002")]);
    }
}
