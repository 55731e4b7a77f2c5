//! Changed rules beside the live ones: started, looked at, ended.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::acd::ContactSelection;
use crate::acd::lint::{Judged, Severity, lint_change};
use crate::base::{AgentId, Instant, QueueId};
use crate::door::{Role, ShadowError};
use crate::setup::{CenterModel, Change, changes, check, read, to_rules};
use crate::web::access::Signed;
use crate::web::center::patched;
use crate::web::payload::Payload;
use crate::web::{ApiError, WebState};

/// The rules to try: patches of queues, and what the center as a whole says; or a whole center.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Tried {
    /// Key to patch, as for `PATCH /center/queues/{key}`.
    pub queues: Map<String, Value>,
    pub contact_selection: Option<ContactSelection>,
    /// A center file.
    pub file: Option<String>,
}

/// What a shadow was started for.
#[derive(Clone, Serialize)]
pub struct About {
    /// Version of the center it is compared with.
    pub version: u32,
    pub author: String,
    pub changes: Arc<Vec<Change>>,
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

pub async fn begin_shadow(
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
        return Err(ApiError::Findings { errors: true, findings: json!(findings) });
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

/// How the decisions would have differed so far.
pub async fn shadow(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Value>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let Some(told) = state.shadows.report((state.clock)()).await? else {
        return Ok(Json(json!({"state": "off"})));
    };
    let listed = state.directory.now();
    let agent = |id: AgentId| listed.agent_name(id).unwrap_or_default().to_owned();
    let queue = |id: QueueId| listed.queue_name(id, &identity.language).unwrap_or_default().to_owned();
    let report = &told.report;
    let mut value = serde_json::to_value(&told).map_err(|error| ApiError::Internal(error.to_string()))?;
    for (place, of) in report.queues.iter().enumerate() {
        value["queues"][place]["queue_name"] = json!(queue(of.queue));
    }
    for (place, difference) in report.recent.iter().enumerate() {
        let shown = &mut value["recent"][place];
        shown["queue_name"] = json!(queue(difference.queue));
        for (side, decided) in [("live", &difference.live), ("shadow", &difference.shadow)] {
            if let Some(decided) = decided {
                shown[side]["agent_name"] = json!(agent(decided.agent));
            }
        }
    }
    value["assumptions"] =
        report.assumptions.iter().map(|(en, zh)| json!({"en": en, "zh": zh})).collect::<Vec<_>>().into();
    value["at"] = json!(Instant::as_micros((state.clock)()));
    Ok(Json(value))
}

pub async fn end_shadow(State(state): State<Arc<WebState>>, signed: Signed) -> Result<StatusCode, ApiError> {
    signed.at_least(Role::Admin)?;
    state.shadows.end().await;
    Ok(StatusCode::NO_CONTENT)
}
