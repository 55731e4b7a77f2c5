//! `POST /api/v1/rehearsal`: who would get a contact that came now, or at any moment of the journal, under the
//! rules of then or changed ones. The router itself decides, on a copy of its state; nothing is given to anybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::both;
use super::describe::problems;
use super::past::{apart, moment, past, rules};
use super::payload::Payload;
use super::shadow::Tried;
use super::{ApiError, WebState};
use crate::acd::{
    Arrival, ContactSelection, Excluded, Left, Rehearsal, RehearsedEnd, Router, Rules, Standstill, WaitEstimate,
    explain,
};
use crate::base::{AgentId, ContactId, Instant, QueueId};
use crate::center::desk::Words;
use crate::door::Role;
use crate::setup::CenterIds;

/// Larger than any number that is given out, and exact in a browser.
const NOBODY: ContactId = ContactId((1 << 53) - 1);
const SKILLS_MAX: usize = 16;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(rehearse))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rehearse)]
pub struct Wanted {
    /// Key of the queue.
    queue: String,
    at: Option<String>,
    /// Skills that the contact asks for beside its queue, with the least level.
    #[serde(default)]
    skills: BTreeMap<String, u8>,
    /// 1 is the most urgent; the queue's own without it.
    priority: Option<u8>,
    #[serde(default)]
    bonus_s: u32,
    /// Key of the agent it should get; with `agent_wait_s` only for so long.
    agent: Option<String>,
    agent_wait_s: Option<u32>,
    /// Other rules, as for a shadow: patches of queues, the contact policy, or a center file.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    queues: Map<String, Value>,
    contact_selection: Option<ContactSelection>,
    rules: Option<String>,
}

/// Who would get a contact that came now, or at any moment of the journal. Supervisors.
#[utoipa::path(
    post, path = "/rehearsal", tag = "rules", request_body = Wanted,
    responses((status = 200, description = "What would come of it", body = Told), problems::Judged)
)]
async fn rehearse(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(wanted): Payload<Wanted>,
) -> Result<Json<Told>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let arrival = wanted.arrival(&listed.ids)?;
    let tried = Tried { queues: wanted.queues, contact_selection: wanted.contact_selection, file: wanted.rules };
    let is_changed = !tried.queues.is_empty() || tried.contact_selection.is_some() || tried.file.is_some();
    let other = if is_changed { Some(rules(&state, tried)?) } else { None };
    let (at, router) = copy(&state, wanted.at.as_deref()).await?;
    let told = apart(move || {
        let names = other.clone().unwrap_or_else(|| router.rules().clone());
        let rehearsal = router.rehearse(at, other, Arrival { arrived: at, ..arrival });
        tell(&rehearsal, at, &names)
    });
    told.await?.map(Json)
}

/// The router as it is, or was.
async fn copy(state: &WebState, at: Option<&str>) -> Result<(Instant, Router), ApiError> {
    match at.filter(|text| !text.is_empty()) {
        None => {
            let checkpoint = state.door.checkpoint().await?;
            Ok((checkpoint.at, apart(move || checkpoint.restore()).await?))
        }
        Some(text) => {
            let at = moment(state, text)?;
            let replay = past(state, at).await?;
            let copied = apart(move || replay.router().map(|router| router.checkpoint(at, 0).restore()));
            Ok((at, copied.await?.ok_or_else(|| ApiError::NoJournal("there is no journal of that time".into()))?))
        }
    }
}

impl Wanted {
    fn arrival(&self, ids: &CenterIds) -> Result<Arrival, ApiError> {
        let bad = |why: &str| ApiError::BadRequest(why.to_owned());
        let queue = ids.queues.get(&self.queue).ok_or_else(|| bad("`queue` is no key of a queue"))?;
        if self.priority.is_some_and(|priority| !(1..=10).contains(&priority)) {
            return Err(bad("`priority` is 1 to 10"));
        }
        if self.skills.len() > SKILLS_MAX {
            return Err(bad("too many `skills`"));
        }
        let skill = |(key, min): (&String, &u8)| match ids.skills.get(key) {
            Some(id) if (1..=10).contains(min) => Ok((*id, *min)),
            Some(_) => Err(bad("a level of `skills` is 1 to 10")),
            None => Err(ApiError::BadRequest(format!("`{key}` is no key of a skill"))),
        };
        let skills = self.skills.iter().map(skill).collect::<Result<_, _>>()?;
        let agent = |key: &String| ids.agents.get(key).copied().ok_or_else(|| bad("`agent` is no key of an agent"));
        let agent = self.agent.as_ref().map(agent).transpose()?;
        let ms = self.agent_wait_s.map_or(u64::MAX, |seconds| u64::from(seconds) * 1_000);
        Ok(Arrival {
            priority: self.priority,
            bonus_s: self.bonus_s,
            skills,
            preferred: agent.map(|agent| (agent, ms)),
            ..Arrival::new(NOBODY, *queue, Instant::ZERO)
        })
    }
}

/// What would come of a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Rehearsal)]
struct Told {
    at: Instant,
    /// Key of the queue it would be in.
    queue: Option<String>,
    moved: Vec<Moved>,
    #[serde(flatten)]
    end: End,
}

/// A queue that handed it on.
#[derive(Serialize, ToSchema)]
struct Moved {
    from: Option<String>,
    to: Option<String>,
    why: Left,
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schema(as = RehearsalEnd)]
enum End {
    Rings { rings: Vec<Rings> },
    Waits { waits: Box<Waits> },
    Leaves { leaves: Left },
}

/// An agent whose phone would ring.
#[derive(Serialize, ToSchema)]
#[schema(as = RehearsalRing)]
struct Rings {
    agent: AgentId,
    agent_key: Option<String>,
    why: Words,
}

/// The place in the line that it would have.
#[derive(Serialize, ToSchema)]
#[schema(as = RehearsalWait)]
struct Waits {
    queue: QueueId,
    /// 1 is next.
    position: u32,
    arrived: Instant,
    priority: u8,
    bonus_s: u32,
    stage: u8,
    ringing: Vec<AgentId>,
    waits_for: Option<AgentId>,
    waits_until: Option<Instant>,
    widens_at: Option<Instant>,
    overtaking_bound_s: Option<f64>,
    excluded: Vec<Excluded>,
    estimate: Option<WaitEstimate>,
    why: Words,
}

impl Waits {
    fn of(standstill: &Standstill, estimate: Option<WaitEstimate>, why: Words) -> Self {
        let line = standstill.line.clone();
        Self {
            queue: line.queue,
            position: line.position,
            arrived: line.arrived,
            priority: line.priority,
            bonus_s: line.bonus_s,
            stage: line.stage,
            ringing: line.ringing,
            waits_for: standstill.waits_for,
            waits_until: standstill.waits_until,
            widens_at: standstill.widens_at,
            overtaking_bound_s: standstill.overtaking_bound_s,
            excluded: standstill.excluded.clone(),
            estimate,
            why,
        }
    }
}

fn tell(rehearsal: &Rehearsal, at: Instant, rules: &Rules) -> Result<Told, ApiError> {
    let queue = |id| rules.queues.iter().find(|queue| queue.id == id).map(|queue| queue.key.clone());
    let agent = |id| rules.agents.iter().find(|agent| agent.id == id).map(|agent| agent.key.clone());
    let moved = rehearsal.moved.iter().map(|(from, to, why)| Moved { from: queue(*from), to: queue(*to), why: *why });
    let end = match &rehearsal.end {
        RehearsedEnd::Rings(rings) => {
            let ring = |(id, why): &(AgentId, Arc<_>)| Rings {
                agent: *id,
                agent_key: agent(*id),
                why: both(|language| explain(why, rules, language)),
            };
            End::Rings { rings: rings.iter().map(ring).collect() }
        }
        RehearsedEnd::Waits { standstill, estimate } => {
            let why = both(|language| standstill.explain(at, rules, language));
            End::Waits { waits: Box::new(Waits::of(standstill, *estimate, why)) }
        }
        RehearsedEnd::Leaves(why) => End::Leaves { leaves: *why },
        RehearsedEnd::Refused(why) => return Err(ApiError::BadRequest(why.to_string())),
        RehearsedEnd::Nowhere => return Err(ApiError::BadRequest("it is in no line".to_owned())),
    };
    Ok(Told { at, queue: queue(rehearsal.queue), moved: moved.collect(), end })
}
