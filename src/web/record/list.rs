//! Records of a kind, as asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::Asker;
use super::question::conditions;
use super::told::{Teller, Told};
use crate::crm::query_terms;
use crate::record::{Decimal, Kind};
use crate::store::record::Query;
use crate::web::access::Signed;
use crate::web::payload::{Asked, Id};
use crate::web::{ApiError, WebState};

const PAGE: u32 = 50;

/// Told in the description; fields are named beside them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "the address is read as pairs, since it names fields")]
pub struct Params {
    /// Words: all of them are found, from their beginnings; of Chinese ones anywhere.
    q: Option<String>,
    /// A condition: `state != 'closed' and due < now`.
    r#where: Option<String>,
    /// One of these states: `open,waiting`.
    state: Option<String>,
    /// The id of a customer.
    customer: Option<String>,
    /// `due`, `-due`.
    sort: Option<String>,
    /// Keys of the fields to be told; else all.
    columns: Option<String>,
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// A field of numbers or money that is to be added up, over all pages.
    sum: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordPage)]
pub struct Page {
    pub records: Vec<Told>,
    /// `null`: there are no more.
    pub next: Option<String>,
    pub total: u32,
    /// There are more than `total`.
    pub capped: bool,
    /// What the field of `sum` adds up to: one a currency.
    pub sums: Vec<Sum>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordSum)]
pub struct Sum {
    /// `null` of numbers.
    pub currency: Option<String>,
    #[schema(value_type = String)]
    pub amount: Decimal,
}

/// Records of a kind that the asker may read. Beside the named ones every field may be asked for:
/// `field.category=repair,delivery` (one of them; `me` for a person; nothing: it is empty), `from.due=2026-11-01`,
/// `to.due=2026-11-30` (that day is within). Lines are not told.
#[utoipa::path(
    get, path = "/records/{kind}", tag = "records", params(("kind" = String, Path), Params),
    responses((status = 200, description = "The records", body = Page))
)]
pub async fn list(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(key): Id<String>,
    Asked(asked): Asked<Vec<(String, String)>>,
) -> Result<Json<Page>, ApiError> {
    let asker = Asker::new(&state, identity);
    let stored = state.records.kind(&key).map_err(|error| asker.plainly_refused(error))?;
    let asking = asker.asking();
    let Some(query) = query(&stored.kind, &asked, &asker)? else {
        return Ok(Json(Page { records: Vec::new(), next: None, total: 0, capped: false, sums: Vec::new() }));
    };
    let of = |name: &str| asked.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    let listed = state.records.list(&stored, &query, &asking).await.map_err(|error| asker.plainly_refused(error))?;
    let mut sums = Vec::new();
    if let Some(key) = of("sum") {
        let found = state.records.sums(&stored, &query, key, &asking).await;
        let found = found.map_err(|error| asker.plainly_refused(error))?;
        sums.extend(found.into_iter().map(|(currency, amount)| Sum { currency, amount }));
    }
    let columns = of("columns").map(|text| text.split(',').map(|key| key.trim().to_owned()).collect());
    let teller = Teller::only(&state, &asker, &stored, &listed.records, columns).await?;
    let records = listed.records.iter().map(|record| teller.record(&asker, &stored, record)).collect();
    Ok(Json(Page { records, next: listed.next, total: listed.total, capped: listed.capped, sums }))
}

/// What is asked of a list; `None`: only signs, by which nothing is found.
pub(super) fn query(kind: &Kind, asked: &[(String, String)], asker: &Asker) -> Result<Option<Query>, ApiError> {
    known(asked)?;
    let of = |name: &str| asked.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    let limit = of("limit").map(|text| text.parse().map_err(|_| ApiError::BadRequest("`limit` is a number".into())));
    let words = of("q").map(|text| query_terms(text, &asker.listed.model.center.region)).unwrap_or_default();
    if words.is_empty() && of("q").is_some_and(|text| !text.trim().is_empty()) {
        return Ok(None);
    }
    Ok(Some(Query {
        conditions: conditions(kind, asked, &asker.asking())?,
        words,
        sort: of("sort").unwrap_or_default().to_owned(),
        limit: limit.transpose()?.unwrap_or(PAGE),
        after: of("after").filter(|text| !text.is_empty()).map(str::to_owned),
        is_uncounted: false,
    }))
}

/// What a view of the kind asks for, as it stands in the address of the page; how it is shown is passed over. `None`: as
/// of [`query`].
pub fn search_of(kind: &Kind, view: &str, asker: &Asker) -> Result<Option<Query>, ApiError> {
    let asks = |name: &str| {
        matches!(name, "q" | "where" | "state" | "customer" | "sort")
            || ["field.", "from.", "to."].iter().any(|start| name.starts_with(start))
    };
    let bad = || ApiError::BadRequest("the saved search cannot be read".into());
    let address = format!("/?{view}").parse::<Uri>().map_err(|_| bad())?;
    let axum::extract::Query(mut pairs) =
        axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&address).map_err(|_| bad())?;
    pairs.retain(|(name, _)| asks(name));
    query(kind, &pairs, asker)
}

/// A name that is none is told, not passed over.
fn known(asked: &[(String, String)]) -> Result<(), ApiError> {
    const NAMES: [&str; 9] = ["q", "where", "state", "customer", "sort", "columns", "limit", "after", "sum"];
    let is_field = |name: &str| ["field.", "from.", "to."].iter().any(|start| name.starts_with(start));
    match asked.iter().find(|(name, _)| !NAMES.contains(&name.as_str()) && !is_field(name)) {
        Some((name, _)) => {
            let near = crate::base::nearest(name, NAMES).map(|near| format!("; did you mean `{near}`?"));
            Err(ApiError::BadRequest(format!("`{name}` is asked of no list{}", near.unwrap_or_default())))
        }
        None => Ok(()),
    }
}
