//! Changed rules beside the live ones: started, looked at, ended.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::acd::ContactSelection;
use crate::acd::lint::{Judged, Severity, ToldFinding, lint_change};
use crate::acd::shadow::{Decided, Decisions, Report, State as Running};
use crate::acd::statistics::Sheet;
use crate::base::{AgentId, ContactId, Instant, QueueId};
use crate::center::desk::Words;
use crate::door::{Role, ShadowError};
use crate::setup::{CenterModel, Change, changes, check, read, to_rules};
use crate::web::access::Signed;
use crate::web::center::patched;
use crate::web::describe::problems;
use crate::web::directory::Listed;
use crate::web::payload::Payload;
use crate::web::{ApiError, WebState};

/// The rules to try: patches of queues, and what the center as a whole says; or a whole center.
pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(shadow, begin_shadow, end_shadow))
}

#[derive(Deserialize, Default, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = TriedRules)]
pub struct Tried {
    /// Key to patch, as for `PATCH /center/queues/{key}`.
    #[schema(value_type = std::collections::BTreeMap<String, Object>)]
    pub queues: Map<String, Value>,
    pub contact_selection: Option<ContactSelection>,
    /// A center file.
    pub file: Option<String>,
}

/// What a shadow was started for.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = ShadowAbout)]
pub struct About {
    /// Version of the center it is compared with.
    pub version: u32,
    pub author: String,
    pub changes: Arc<Vec<Change>>,
    #[schema(value_type = Vec<ToldFinding>)]
    pub findings: Arc<Vec<Judged>>,
}

impl From<ShadowError> for ApiError {
    fn from(error: ShadowError) -> Self {
        match error {
            ShadowError::Running => Self::Conflict("a shadow is running already: end it first"),
            ShadowError::Door(error) => error.into(),
            ShadowError::Late => Self::overloaded(&error.to_string()),
        }
    }
}

/// Starts changed rules beside the live ones. Administrators.
#[utoipa::path(
    post, path = "/shadow", tag = "rules", request_body = Tried,
    responses((status = 201, description = "It runs", body = About), problems::Judged, problems::Conflict)
)]
async fn begin_shadow(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(wanted): Payload<Tried>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let (present, ids) = state.store.center().await?;
    let model = wanted.model(&present)?;
    let mistakes: Vec<String> = check(&model).iter().map(ToString::to_string).collect();
    if !mistakes.is_empty() {
        return Err(ApiError::Mistakes { mistakes });
    }
    let tried = ids.completed(&model);
    let rules = to_rules(&model, &tried);
    let findings = lint_change((&to_rules(&present, &ids), None), (&rules, None));
    if findings.iter().any(|judged| judged.finding.severity() == Severity::Error) {
        return Err(ApiError::Findings { errors: true, findings });
    }
    let about = About {
        version: ids.version,
        author: identity.user,
        changes: Arc::new(changes(&present, &model)?),
        findings: Arc::new(findings),
    };
    state.shadows.begin(&state.door, rules, about.clone()).await?;
    Ok((StatusCode::CREATED, Json(about)).into_response())
}

impl Tried {
    /// The center that these rules make of the present one.
    pub fn model(self, present: &CenterModel) -> Result<CenterModel, ApiError> {
        let mut model = match &self.file {
            Some(text) => read(text).map_err(|mistakes| ApiError::Mistakes {
                mistakes: mistakes.iter().map(ToString::to_string).collect(),
            })?,
            None => present.clone(),
        };
        for (key, patch) in &self.queues {
            let queue = model.queues.get(key).ok_or(ApiError::NotFound)?;
            let changed = patched(queue, patch)?;
            model.queues.insert(key.clone(), changed);
        }
        if let Some(selection) = self.contact_selection {
            model.center.contact_selection = selection;
        }
        Ok(model)
    }
}

/// A shadow, if there is one.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Shadow)]
enum Seen {
    Off(Off),
    On(Box<Told>),
}

#[derive(Serialize, ToSchema)]
#[schema(as = ShadowOff)]
struct Off {
    state: OffWord,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ShadowOffWord)]
enum OffWord {
    Off,
}

/// How the decisions of both sides differ.
#[derive(Serialize, ToSchema)]
#[schema(as = ShadowReport)]
struct Told {
    state: Running,
    at: Instant,
    since: Instant,
    until: Instant,
    /// Inputs of the live router that were taken.
    inputs: u64,
    decisions: Decisions,
    /// Of contacts that came since.
    queues: Vec<Queue>,
    /// The newest first.
    recent: Vec<Difference>,
    assumptions: Vec<Words>,
    #[serde(flatten)]
    about: About,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ShadowQueue)]
struct Queue {
    queue: QueueId,
    queue_name: String,
    live: Sheet,
    shadow: Sheet,
}

/// How one contact fared on the two sides.
#[derive(Serialize, ToSchema)]
#[schema(as = ShadowDifference)]
struct Difference {
    contact: ContactId,
    queue: QueueId,
    queue_name: String,
    came: Instant,
    /// `null`: not answered.
    live: Option<Answered>,
    shadow: Option<Answered>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ShadowDecided)]
struct Answered {
    agent: AgentId,
    agent_name: String,
    waited_ms: u64,
    /// Why this agent, in words.
    #[serde(flatten)]
    why: Words,
}

/// How the decisions would have differed so far. Supervisors.
#[utoipa::path(get, path = "/shadow", tag = "rules", responses((status = 200, description = "The shadow", body = Seen)))]
async fn shadow(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Seen>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let now = (state.clock)();
    let Some(told) = state.shadows.report(now).await? else {
        return Ok(Json(Seen::Off(Off { state: OffWord::Off })));
    };
    let names = Names { listed: &state.directory.now(), language: &identity.language };
    Ok(Json(Seen::On(Box::new(names.told(told.report, told.about, now)))))
}

struct Names<'a> {
    listed: &'a Listed,
    language: &'a str,
}

impl Names<'_> {
    fn queue(&self, id: QueueId) -> String {
        self.listed.queue_name(id, self.language).unwrap_or_default().to_owned()
    }

    fn answered(&self, decided: Decided) -> Answered {
        let Decided { agent, waited_ms, en, zh } = decided;
        let agent_name = self.listed.agent_name(agent).unwrap_or_default().to_owned();
        Answered { agent, agent_name, waited_ms, why: Words { en, zh } }
    }

    fn told(&self, report: Report, about: About, at: Instant) -> Told {
        let queues = report.queues.into_iter().map(|of| Queue {
            queue: of.queue,
            queue_name: self.queue(of.queue),
            live: of.live,
            shadow: of.shadow,
        });
        let recent = report.recent.into_iter().map(|of| Difference {
            contact: of.contact,
            queue: of.queue,
            queue_name: self.queue(of.queue),
            came: of.came,
            live: of.live.map(|decided| self.answered(decided)),
            shadow: of.shadow.map(|decided| self.answered(decided)),
        });
        let words = |(en, zh): &(&str, &str)| Words { en: (*en).to_owned(), zh: (*zh).to_owned() };
        Told {
            state: report.state,
            at,
            since: report.since,
            until: report.until,
            inputs: report.inputs,
            decisions: report.decisions,
            queues: queues.collect(),
            recent: recent.collect(),
            assumptions: report.assumptions.iter().map(words).collect(),
            about,
        }
    }
}

/// Ends the shadow. Administrators.
#[utoipa::path(delete, path = "/shadow", tag = "rules", responses((status = 204, description = "Ended")))]
async fn end_shadow(State(state): State<Arc<WebState>>, signed: Signed) -> Result<StatusCode, ApiError> {
    signed.at_least(Role::Admin)?;
    state.shadows.end().await;
    Ok(StatusCode::NO_CONTENT)
}
