//! Reports: those that come with the program, one's own, and a text that is only tried. All go the same way: the text is
//! read and printed by [`crate::report`], run on connections of its own, and answered as rows with the statement that gave
//! them, as CSV, as a workbook or as a PDF.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | time asked for | 400 days | 422 `too_much` |
//! | an answer | [`crate::store::ReportLimits`] | 422 `too_much`; of more rows the first, and `more` |
//! | who | agents: the built-in ones, of what they did; supervisors: everything | 403 |

mod answer;
mod asked;
mod own;
mod print;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::describe::problems;
use super::payload::{Asked, Payload};
use super::{ApiError, WebState};
use crate::door::{Identity, Role};
use crate::report::{Chart, Column, Filter, Forbidden, Number, Report, Wording, read_sql};
use crate::store::{OwnReport, ReportError, reports};
use answer::{Answer, Text};
use asked::{Format, Wanted};

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(list, own::make))
        .routes(routes!(run, own::change, own::forget))
        .routes(routes!(try_out))
}

impl From<Forbidden> for ApiError {
    fn from(why: Forbidden) -> Self {
        Self::Mistakes { mistakes: vec![why.to_string()] }
    }
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Refused(told) => Self::Mistakes { mistakes: vec![told] },
            ReportError::TooSlow(_) => Self::TooMuch(format!("{error}: ask for less time, or for less")),
            ReportError::TooMany(_) => Self::Conflict("there are as many reports of yours as can be kept"),
            ReportError::Name(_) => Self::BadRequest(error.to_string()),
            ReportError::NotYours => Self::NotAllowed("this report is somebody else's"),
            ReportError::Store(error) => error.into(),
        }
    }
}

/// A report that comes with the program.
#[derive(Serialize, ToSchema)]
#[schema(as = BuiltInReport)]
struct BuiltIn {
    key: &'static str,
    name: &'static Wording,
    about: &'static Wording,
    filters: &'static [Filter],
    /// Numbers that it asks for, as further parameters.
    asked: &'static [Number],
    chart: Option<&'static Chart>,
    columns: &'static [Column],
    sql: &'static str,
}

impl BuiltIn {
    fn of(report: &'static Report) -> Self {
        Self {
            key: &report.key,
            name: &report.name,
            about: &report.about,
            filters: &report.filters,
            asked: &report.asked,
            chart: report.chart.as_ref(),
            columns: &report.columns,
            sql: &report.sql,
        }
    }
}

/// All there are for somebody.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportList)]
struct List {
    items: Vec<BuiltIn>,
    own: Vec<OwnReport>,
}

/// Reports that come with the program, and for supervisors their own and those that are shared.
#[utoipa::path(get, path = "/reports", tag = "reports", responses((status = 200, description = "The reports", body = List)))]
async fn list(State(state): State<Arc<WebState>>, Signed(identity): Signed) -> Result<Json<List>, ApiError> {
    let own = match identity.role {
        Role::Agent => Vec::new(),
        _ => state.store.own_reports(&identity.user).await?,
    };
    Ok(Json(List { items: reports().iter().map(BuiltIn::of).collect(), own }))
}

/// The answer of a report: rows, or a file for who asks for `csv` or `xlsx`.
#[utoipa::path(
    get, path = "/reports/{key}", tag = "reports",
    params(
        ("key" = String, Path), ("from" = Option<String>, Query, description = "As of `/statistics`; a day ago without it"),
        ("to" = Option<String>, Query), ("queue" = Option<String>, Query, description = "Its key"),
        ("agent" = Option<String>, Query, description = "The agent's key"),
        ("zone" = Option<String>, Query, description = "Of days and hours; the center's own where none is named"),
        ("format" = Option<String>, Query, description = "`json`, `csv`, `xlsx`, `pdf`"),
        ("minutes" = Option<i64>, Query, description = "Numbers are asked for by the report: see `asked`"),
        ("seconds" = Option<i64>, Query), ("days" = Option<i64>, Query),
    ),
    responses(
        (status = 200, description = "The answer", content((Answer = "application/json"), (String = "text/csv; charset=utf-8"), (String = "application/pdf"))),
        problems::Report
    )
)]
async fn run(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Path(key): Path<String>,
    Asked(asked): Asked<Vec<(String, String)>>,
) -> Result<Response, ApiError> {
    let (wanted, format) = Wanted::of(asked)?;
    if let Some(id) = key.strip_prefix("own-") {
        let identity = Signed(identity).at_least(Role::Supervisor)?;
        let found = state.store.own_report(id.parse().map_err(|_| ApiError::NotFound)?, &identity.user).await?;
        return answered(&state, &identity, &Text::own(Some(&found.key), &found.name, &found.sql), &wanted, format)
            .await;
    }
    let report = reports().iter().find(|report| report.key == key).ok_or(ApiError::NotFound)?;
    answered(&state, &identity, &Text::built_in(report), &wanted, format).await
}

/// A text that is run and not kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportTrial)]
struct Trial {
    sql: String,
    /// As of `/statistics`; a day ago without it.
    from: Option<String>,
    to: Option<String>,
    /// Its key.
    queue: Option<String>,
    /// The agent's key.
    agent: Option<String>,
    zone: Option<String>,
    /// For what else the text asks: `:minutes`.
    #[serde(default)]
    numbers: BTreeMap<String, i64>,
    #[serde(default)]
    format: Format,
}

/// Runs a text: one `SELECT` over the views of `docs/reference/views.md`. Supervisors.
#[utoipa::path(
    post, path = "/report-trials", tag = "reports", request_body = Trial,
    responses(
        (status = 200, description = "The answer", content((Answer = "application/json"), (String = "text/csv; charset=utf-8"), (String = "application/pdf"))),
        problems::Report
    )
)]
async fn try_out(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(trial): Payload<Trial>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let Trial { sql, from, to, queue, agent, zone, numbers, format } = trial;
    let wanted = Wanted { from, to, queue, agent, zone, numbers };
    answered(&state, &identity, &Text::own(None, "", &sql), &wanted, format).await
}

async fn answered(
    state: &WebState,
    identity: &Identity,
    text: &Text<'_>,
    wanted: &Wanted,
    format: Format,
) -> Result<Response, ApiError> {
    let listed = state.directory.now();
    let question = read_sql(text.sql)?;
    let time = wanted.time((state.clock)(), &listed.model.center.timezone)?;
    let filling = wanted.filling(&time, text.asked, &question.asks(), identity)?;
    let statement = question.statement(&filling)?;
    let begun = std::time::Instant::now();
    let read = state.store.run_report(&statement, crate::store::ReportLimits::default()).await?;
    let answer = Answer::of(text, &time, statement, read, &listed).took(begun.elapsed());
    if format == Format::Pdf {
        let sheet = print::sheet(&answer, text, wanted, &listed, &identity.language);
        tracing::info!(report = answer.file_name(), by = identity.user, "a report is printed");
        return state.press.print(sheet, &answer.file_name()).await;
    }
    answer.response(format, &listed, &identity.language).await
}
