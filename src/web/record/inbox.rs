//! What rules told somebody.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::Asker;
use crate::base::Instant;
use crate::record::Words;
use crate::store::record::Notice;
use crate::web::access::Signed;
use crate::web::payload::{Asked, Payload};
use crate::web::{ApiError, WebState};

const PAGE: u32 = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// `next` of the page before.
    before: Option<i64>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordInbox)]
pub struct Inbox {
    items: Vec<Told>,
    /// How many were not read; a thousand at most.
    unread: u32,
    /// `null`: there are no more.
    next: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordInboxItem)]
struct Told {
    #[serde(flatten)]
    notice: Notice,
    /// What the record is called; `null`: it is gone, or not for this one to read.
    title: Option<String>,
    /// What the rule is called; `null`: it is gone.
    why: Option<Words>,
}

/// What rules told the asker, the newest first.
#[utoipa::path(
    get, path = "/inbox", tag = "records", params(Before),
    responses((status = 200, description = "What was told", body = Inbox))
)]
pub async fn notices(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Asked(asked): Asked<Before>,
) -> Result<Json<Inbox>, ApiError> {
    let asker = Asker::new(&state, identity);
    let limit = asked.limit.unwrap_or(PAGE);
    let found = state.records.notices(&asker.identity.user, asked.before, limit).await;
    let (notices, next, unread) = found.map_err(|error| asker.plainly_refused(error))?;
    let mut wanted: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for notice in &notices {
        wanted.entry(&notice.kind).or_default().push(notice.record);
    }
    let kinds = state.records.kinds();
    let mut titles: BTreeMap<(String, i64), String> = BTreeMap::new();
    for (kind, ids) in wanted.into_iter().filter(|(kind, _)| kinds.contains_key(*kind)) {
        let found = state
            .records
            .titles_for(kind, &ids, &asker.asking())
            .await
            .map_err(|error| asker.plainly_refused(error))?;
        titles.extend(found.into_iter().map(|(id, title)| ((kind.to_owned(), id), title)));
    }
    let told = |notice: Notice| Told {
        title: titles.get(&(notice.kind.clone(), notice.record)).cloned(),
        why: kinds.get(&notice.kind).and_then(|stored| stored.kind.rule(&notice.rule)).map(|rule| rule.name.clone()),
        notice,
    };
    Ok(Json(Inbox { items: notices.into_iter().map(told).collect(), unread, next }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordInboxRead)]
pub struct Read {
    /// The newest one that was seen.
    until: i64,
}

/// Everything up to this one was read.
#[utoipa::path(
    post, path = "/inbox/read", tag = "records", request_body = Read,
    responses((status = 204, description = "Read"))
)]
pub async fn read(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Payload(asked): Payload<Read>,
) -> Result<StatusCode, ApiError> {
    let asker = Asker::new(&state, identity);
    let now: Instant = asker.now;
    let done = state.records.notices_read(&asker.identity.user, asked.until, now).await;
    done.map_err(|error| asker.plainly_refused(error))?;
    Ok(StatusCode::NO_CONTENT)
}
