//! Reports that people write: kept, changed, forgotten. A text is read before it is kept; it is tried by `/report-trials`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::door::Role;
use crate::report::read_sql;
use crate::store::{OwnDraft, OwnReport};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Id, Payload};
use crate::web::{ApiError, WebState};

/// A report to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OwnReportDraft)]
pub struct Draft {
    name: String,
    sql: String,
    /// All supervisors see it.
    #[serde(default)]
    shared: bool,
}

impl Draft {
    /// Numbers beside the filters are asked for by built-in reports only: here nobody would know what they usually are.
    fn read(self) -> Result<OwnDraft, ApiError> {
        let Self { name, sql, shared } = self;
        let question = read_sql(&sql)?;
        match question.asks().first() {
            Some(asked) => {
                Err(ApiError::Mistakes { mistakes: vec![format!("write a number in the place of `:{asked}`")] })
            }
            None => Ok(OwnDraft { name, sql, shared }),
        }
    }
}

fn number(key: &str) -> Result<i64, ApiError> {
    key.strip_prefix("own-").and_then(|id| id.parse().ok()).ok_or(ApiError::NotFound)
}

/// Keeps a report. Supervisors.
#[utoipa::path(
    post, path = "/reports", tag = "reports", request_body = Draft,
    responses((status = 201, description = "The report", body = OwnReport), problems::Report)
)]
pub async fn make(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let made = state.store.make_report(draft.read()?, &identity.user, (state.clock)()).await?;
    tracing::info!(report = made.key, by = identity.user, "a report is kept");
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Changes a report: whoever wrote it.
#[utoipa::path(
    put, path = "/reports/{key}", tag = "reports", request_body = Draft, params(("key" = String, Path)),
    responses((status = 200, description = "The report", body = OwnReport), problems::Report)
)]
pub async fn change(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(draft): Payload<Draft>,
) -> Result<Json<OwnReport>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let id = number(&key)?;
    let changed = state.store.change_report(id, draft.read()?, &identity.user, (state.clock)()).await?;
    Ok(Json(changed))
}

/// Forgets a report: whoever wrote it; a shared one also an administrator.
#[utoipa::path(
    delete, path = "/reports/{key}", tag = "reports", params(("key" = String, Path)),
    responses((status = 204, description = "Forgotten"))
)]
pub async fn forget(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<StatusCode, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let is_admin = identity.role == Role::Admin;
    state.store.forget_report(number(&key)?, &identity.user, is_admin).await?;
    Ok(StatusCode::NO_CONTENT)
}
