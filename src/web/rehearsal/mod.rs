//! `POST /api/v1/rehearsal`: who would get a contact that came now, or at any moment of the journal, under the
//! rules of then or changed ones. The router itself decides, on a copy of its state; nothing is given to anybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::Signed;
use super::past::{apart, moment, past, rules};
use super::payload::Payload;
use super::shadow::Tried;
use super::{ApiError, WebState};
use crate::acd::{Arrival, ContactSelection, Language, Rehearsal, RehearsedEnd, Router, Rules, explain};
use crate::base::{ContactId, Instant};
use crate::door::Role;
use crate::setup::CenterIds;

/// Larger than any number that is given out, and exact in a browser.
const NOBODY: ContactId = ContactId((1 << 53) - 1);
const SKILLS_MAX: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
    queues: Map<String, Value>,
    contact_selection: Option<ContactSelection>,
    rules: Option<String>,
}

pub async fn rehearse(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(wanted): Payload<Wanted>,
) -> Result<Json<Value>, ApiError> {
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

fn tell(rehearsal: &Rehearsal, at: Instant, rules: &Rules) -> Result<Value, ApiError> {
    let queue = |id| rules.queues.iter().find(|queue| queue.id == id).map(|queue| queue.key.clone());
    let agent = |id| rules.agents.iter().find(|agent| agent.id == id).map(|agent| agent.key.clone());
    let both = |say: &dyn Fn(Language) -> String| json!({"en": say(Language::En), "zh": say(Language::Zh)});
    let moved =
        rehearsal.moved.iter().map(|(from, to, why)| json!({"from": queue(*from), "to": queue(*to), "why": why}));
    let mut told = json!({"at": at, "queue": queue(rehearsal.queue), "moved": moved.collect::<Vec<_>>()});
    let (outcome, key, detail) = match &rehearsal.end {
        RehearsedEnd::Rings(rings) => {
            let ring = |(id, why): &(_, Arc<_>)| json!({"agent": id, "agent_key": agent(*id), "why": both(&|language| explain(why, rules, language))});
            ("rings", "rings", json!(rings.iter().map(ring).collect::<Vec<_>>()))
        }
        RehearsedEnd::Waits { standstill, estimate } => {
            let mut waits = json!(standstill);
            waits.as_object_mut().map(|fields| fields.remove("contact"));
            waits["estimate"] = json!(estimate);
            waits["why"] = both(&|language| standstill.explain(at, rules, language));
            ("waits", "waits", waits)
        }
        RehearsedEnd::Leaves(why) => ("leaves", "leaves", json!(why)),
        RehearsedEnd::Refused(why) => return Err(ApiError::BadRequest(why.to_string())),
        RehearsedEnd::Nowhere => return Err(ApiError::BadRequest("it is in no line".to_owned())),
    };
    told["outcome"] = json!(outcome);
    told[key] = detail;
    Ok(told)
}
