//! What stands with a customer: of every kind that says so.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::asking::Asker;
use super::told::{Teller, Told};
use crate::base::CustomerId;
use crate::record::{Scope, Verb};
use crate::store::record::Stored;
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::payload::Id;
use crate::web::{ApiError, WebState};

/// Records of a kind that a pop shows.
const SHOWN: u32 = 5;

/// Records of one kind.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerRecords)]
pub struct OfKind {
    kind: String,
    /// With the fields that the pop shows, the newest first.
    records: Vec<Told>,
    total: u32,
    capped: bool,
}

/// What the pop of a customer shows of each kind, those of the condition of the kind's pop.
#[utoipa::path(
    get, path = "/customers/{id}/records", tag = "customers", params(("id" = i64, Path)),
    responses((status = 200, description = "By kind, in the order of menus", body = Items<OfKind>))
)]
pub async fn of_customer(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
) -> Result<Json<Items<OfKind>>, ApiError> {
    let asker = Asker::new(&state, identity);
    let (customer, asking) = (CustomerId(id), asker.asking());
    state.store.customer_names([customer]).await?.get(&customer).ok_or(ApiError::NotFound)?;
    let kinds = state.records.kinds();
    let reads = |stored: &&Arc<Stored>| {
        let kind = &stored.kind;
        kind.of_customer && kind.pop.is_some() && kind.scope(Verb::Read, &asking.who) != Scope::None
    };
    let mut shown: Vec<_> = kinds.values().filter(reads).collect();
    shown.sort_by(|a, b| (&a.kind.group, a.kind.rank, &a.kind.key).cmp(&(&b.kind.group, b.kind.rank, &b.kind.key)));
    // Most customers have something of a few kinds: only those are asked for.
    let filled = state.records.kinds_of_customer(shown.iter().map(|stored| &***stored), customer).await;
    let filled = filled.map_err(|error| asker.plainly_refused(error))?;
    let mut items = Vec::new();
    for stored in shown {
        if !filled.contains(&stored.kind.key) {
            items.push(OfKind { kind: stored.kind.key.clone(), records: Vec::new(), total: 0, capped: false });
            continue;
        }
        let listed = state.records.of_customer(stored, customer, SHOWN, &asking).await;
        let listed = listed.map_err(|error| asker.plainly_refused(error))?;
        let columns = stored.kind.pop.as_ref().map(|pop| pop.show.clone());
        let teller = Teller::only(&state, &asker, stored, &listed.records, columns).await?;
        let records = listed.records.iter().map(|record| teller.record(&asker, stored, record)).collect();
        items.push(OfKind { kind: stored.kind.key.clone(), records, total: listed.total, capped: listed.capped });
    }
    Ok(Json(Items { items }))
}
