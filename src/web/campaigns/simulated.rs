//! A campaign on simulated days, with its own figures: what its mode would do, beside one call for each free agent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::campaign::{Beliefs, Class, Compared, Day, Kept, Mode, Policy, Scenario, run_day, summarise};
use crate::door::Role;
use crate::setup::CampaignModel;
use crate::store::Results;
use crate::web::access::Signed;
use crate::web::directory::Listed;
use crate::web::payload::{Id, Payload};
use crate::web::{ApiError, WebState};

/// Days of each policy: as many as there is time for.
const SEEDS: u32 = 10;
const TIME: Duration = Duration::from_secs(4);
const HOURS: f64 = 2.0;
const AGENTS_MAX: u32 = 100;
/// From so many calls on, what came of them is believed.
const KNOWN: u64 = 50;
const ENTRIES_MAX: u64 = 50_000;

/// What is to be tried; everything may be left out.
#[derive(Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
#[schema(as = CampaignTrial)]
pub struct Trial {
    /// 1-100; left out: as many as the queue of the campaign has.
    agents: Option<u32>,
    /// Another mode than the campaign's: `power`, `predictive`.
    mode: Option<Mode>,
}

/// What simulated days came to.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignSimulation)]
pub struct Simulation {
    assumed: Assumed,
    /// Of each policy the mean of the days.
    ours: Fared,
    progressive: Fared,
    days: u32,
}

/// With what they were simulated.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CampaignAssumed)]
struct Assumed {
    mode: Mode,
    agents: u32,
    hours: f64,
    entries: u64,
    /// Shares of calls that a person answers, a machine, that are busy or fail.
    person: f64,
    machine: f64,
    busy: f64,
    failed: f64,
    talk_s: f64,
    wrap_up_s: f64,
    cap_ppm: u32,
    /// Calls of the campaign by which the shares are known; 0: they are usual ones.
    learned_from: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CampaignOutcome)]
struct Fared {
    /// Shares of the agents' time.
    talk_share: f64,
    idle_share: f64,
    contacts_per_agent_hour: f64,
    dials: f64,
    /// Of the people who answered, 0 to 1: mean, and of the worst day.
    abandonment_rate: f64,
    worst_rate: f64,
    /// Share of the list that was called.
    penetration: f64,
}

/// Simulates days of the campaign with its own figures: its mode and its cap, as many agents as its queue has, what its
/// calls came to so far, and what is left of its lists; beside it one call for each agent who is free. Ten days of two hours
/// each, or as many as four seconds have room for.
#[utoipa::path(
    post, path = "/campaigns/{key}/simulate", tag = "campaigns", params(("key" = String, Path)), request_body = Trial,
    responses((status = 200, description = "What the days came to", body = Simulation))
)]
pub async fn simulate(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(trial): Payload<Trial>,
) -> Result<Json<Simulation>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let campaign = listed.model.campaigns.get(&key).ok_or(ApiError::NotFound)?;
    let row = state.store.campaigns().await?.remove(&key);
    let (mut results, mut entries, mut kept) = (Results::default(), None, None);
    if let Some(row) = &row {
        results = state.store.campaign_results(row.id).await?;
        entries = state.store.entry_counts().await?.remove(&row.id).map(|counts| counts.open);
        kept = state.store.kept_pace(&key).await?.map(|(_, kept)| kept);
    }
    let assumed = assumed(campaign, &trial, &listed, &results, kept.as_ref().map(Kept::beliefs), entries)?;
    let scenario = scenario(&assumed, campaign).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let _turn = state.replays.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))?;
    let work = move || {
        let (begun, mut days) = (std::time::Instant::now(), BTreeMap::<Policy, Vec<Day>>::new());
        for seed in 1..=u64::from(SEEDS) {
            for policy in [Policy::Ours, Policy::Progressive] {
                days.entry(policy).or_default().push(run_day(&scenario, policy, seed, 0.0));
            }
            if begun.elapsed() >= TIME {
                break;
            }
        }
        let run = days.values().map(Vec::len).min().unwrap_or(0);
        (run, summarise(&scenario, &days).policies)
    };
    let done = tokio::task::spawn_blocking(work).await;
    let (run, mut policies) = done.map_err(|error| ApiError::Internal(error.to_string()))?;
    let days = u32::try_from(run).unwrap_or(SEEDS);
    let mut outcome = |policy| policies.remove(&policy).map(|of| outcome(&of));
    match (outcome(Policy::Ours), outcome(Policy::Progressive)) {
        (Some(ours), Some(progressive)) => Ok(Json(Simulation { assumed, ours, progressive, days })),
        _ => Err(ApiError::Internal("a policy was not simulated".to_owned())),
    }
}

fn assumed(
    campaign: &CampaignModel,
    trial: &Trial,
    listed: &Listed,
    results: &Results,
    beliefs: Option<&Beliefs>,
    entries: Option<u64>,
) -> Result<Assumed, ApiError> {
    let mode = trial.mode.unwrap_or(campaign.mode);
    if matches!(mode, Mode::Agentless { .. }) {
        return Err(ApiError::BadRequest("without agents there is nothing to pace".into()));
    }
    // Agents who ask are as quick as those who are given calls: what they read is not simulated.
    let mode = if mode.binds() { Mode::Progressive } else { mode };
    let agents = trial.agents.unwrap_or_else(|| staffed(campaign, listed)).max(1);
    if agents > AGENTS_MAX {
        return Err(ApiError::BadRequest(format!("`agents` is 1 to {AGENTS_MAX}")));
    }
    let of = |words: &[&str]| words.iter().filter_map(|word| results.calls.get(*word)).sum::<u64>();
    let people = of(&["spoken", "abandoned", "played"]);
    let learned_from = people + of(&["machine", "busy", "failed", "no_answer"]);
    let share = |count: u64, usual: f64| match learned_from >= KNOWN {
        true => count as f64 / learned_from as f64,
        false => usual,
    };
    let usual = Beliefs::default();
    let beliefs = beliefs.unwrap_or(&usual);
    Ok(Assumed {
        mode,
        agents,
        hours: HOURS,
        entries: entries.filter(|open| *open > 0).unwrap_or(ENTRIES_MAX).min(ENTRIES_MAX),
        person: share(people, usual.person(Class::default(), crate::base::Instant::ZERO)),
        machine: share(of(&["machine"]), 0.2),
        busy: share(of(&["busy"]), 0.06),
        failed: share(of(&["failed"]), 0.04),
        talk_s: beliefs.talk.mean(),
        wrap_up_s: beliefs.wrap.mean(),
        cap_ppm: campaign.cap_ppm,
        learned_from: if learned_from >= KNOWN { learned_from } else { 0 },
    })
}

/// Agents of the queue, whoever is there at present.
fn staffed(campaign: &CampaignModel, listed: &Listed) -> u32 {
    let rules = crate::setup::configuration(&listed.model, &listed.ids, Vec::new(), Vec::new()).rules;
    let queue = rules.queues.iter().find(|queue| queue.key == campaign.queue);
    let serving = queue.map_or(0, |queue| rules.agents.iter().filter(|agent| agent.serves(queue)).count());
    u32::try_from(serving).unwrap_or(AGENTS_MAX).min(AGENTS_MAX)
}

fn scenario(assumed: &Assumed, campaign: &CampaignModel) -> Result<Scenario, crate::campaign::ScenarioError> {
    let text = json!({
        "hours": assumed.hours,
        "seeds": SEEDS,
        "mode": assumed.mode,
        "law": { "counting": campaign.counting, "cap_percent": f64::from(campaign.cap_ppm) / 10_000.0 },
        "agents": [{ "count": assumed.agents }],
        "talk": { "mean_s": assumed.talk_s.max(1.0), "cv": 0.8 },
        "wrap": { "mean_s": assumed.wrap_up_s, "cv": 0.6 },
        "lists": [{
            "entries": assumed.entries, "person": assumed.person, "machine": assumed.machine, "busy": assumed.busy,
            "failed": assumed.failed,
        }],
        "ring": { "at_most_s": campaign.ring_s },
        // Machines are told by agents: what answers is put through.
        "detection": { "takes": { "mean_s": 0.0, "cv": 0.0 }, "missed": 1.0, "mistaken": 0.0, "allowed": 0.0 },
        "policies": ["ours", "progressive"],
    });
    Scenario::parse(&text.to_string())
}

fn outcome(of: &Compared) -> Fared {
    let figure = |name: &str| of.figures.get(name).map_or(0.0, |figure| figure.mean);
    Fared {
        talk_share: figure("talk_share"),
        idle_share: figure("idle_share"),
        contacts_per_agent_hour: figure("contacts_per_agent_hour"),
        dials: figure("dials"),
        abandonment_rate: figure("abandonment_rate"),
        worst_rate: of.worst_rate,
        penetration: figure("penetration"),
    }
}
