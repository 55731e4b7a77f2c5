//! Holidays of opening hours, from a calendar file that an authority or a calendar program gives out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::change::{Changed, Meant, change};
use crate::acd::holidays;
use crate::door::Role;
use crate::setup::{CenterModel, holiday_years};
use crate::store::decode_calendar;
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Raw, of_kind};
use crate::web::{ApiError, WebState};

/// The days of a calendar file become closed days; those that the hours name already stay as they are.
#[utoipa::path(
    post, path = "/center/hours/{key}/holidays", tag = "center",
    request_body(content = String, content_type = "text/calendar"),
    params(("key" = String, Path), Meant, ("If-Match" = Option<String>, Header, description = "The version that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn add_holidays(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let said = of_kind(&headers, "text/calendar").ok_or(ApiError::NotCalendar)?;
    let now = (state.clock)();
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        let zone = wanted.zone_of(&key).ok_or(ApiError::NotFound)?;
        let wrong = |error: &dyn std::fmt::Display| ApiError::Mistakes { mistakes: vec![error.to_string()] };
        let read = decode_calendar(&body, said, &present.center.region).map_err(|error| wrong(&error))?;
        let days = holidays(&read.text, holiday_years(now, &zone)).map_err(|error| wrong(&error))?;
        wanted.hours.get_mut(&key).ok_or(ApiError::NotFound)?.close_on(&days);
        Ok(wanted)
    };
    change(&state, &identity, &meant, &headers, make).await
}
