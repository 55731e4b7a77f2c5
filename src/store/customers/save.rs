//! A customer written with everything that hangs on it.

use std::collections::{BTreeMap, BTreeSet};

use super::card::whole;
use crate::base::{CustomerId, Instant};
use crate::crm::{ContactPoint, CustomerDraft, Order, organisation_key, search_terms};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args, keys};

/// More orders of one customer are refused.
const ORDERS_KEPT: usize = 10_000;

/// A customer who is there already, as the caller's transaction read it.
pub(in crate::store) struct KnownCustomer {
    pub id: CustomerId,
    pub known: CustomerDraft,
}

impl KnownCustomer {
    /// Read and held: nobody else writes it until the transaction ends.
    pub(in crate::store) async fn hold(conn: &mut Conn, id: CustomerId) -> Result<Self, StoreError> {
        if conn.run("UPDATE customers SET version = version WHERE id = $1", args![id]).await? == 0 {
            return Err(StoreError::NotFound("customer"));
        }
        Self::read(conn, id).await
    }

    pub(in crate::store) async fn read(conn: &mut Conn, id: CustomerId) -> Result<Self, StoreError> {
        Ok(Self { id, known: whole(conn, id).await? })
    }
}

/// Writes the customer with everything that hangs on it, in the caller's transaction; of one who is there
/// already, what is different.
pub(in crate::store) async fn save(
    conn: &mut Conn,
    present: Option<&KnownCustomer>,
    draft: &CustomerDraft,
    now: Instant,
) -> Result<CustomerId, StoreError> {
    if draft.name.trim().is_empty() {
        return Err(StoreError::Invalid("a customer needs a name".into()));
    }
    if draft.orders.len() > ORDERS_KEPT {
        return Err(StoreError::Invalid(format!("a customer has at most {ORDERS_KEPT} orders")));
    }
    let id = save_row(conn, present.map(|present| present.id), draft, now).await?;
    let nothing = CustomerDraft::default();
    let known = present.map_or(&nothing, |present| &present.known);
    save_points(conn, id, known, draft).await?;
    save_orders(conn, id, known, draft).await?;
    save_dates(conn, id, known, draft).await?;
    save_terms(conn, id, draft).await?;
    Ok(id)
}

async fn save_row(
    conn: &mut Conn,
    id: Option<CustomerId>,
    draft: &CustomerDraft,
    now: Instant,
) -> Result<CustomerId, StoreError> {
    let organisation = match draft.organisation.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => Some(organisation_id(conn, name).await?),
        None => None,
    };
    let tags = serde_json::to_string(&draft.tags).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let mut fields = args![
        draft.name.trim(),
        organisation,
        draft.tier.as_deref(),
        draft.language.as_deref(),
        tags.as_str(),
        draft.notes.as_str(),
        now
    ]
    .to_vec();
    let sql = match id {
        None => {
            "INSERT INTO customers (name, organisation, tier, language, tags, notes, updated)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id"
        }
        Some(id) => {
            fields.push(Arg::from(id));
            "UPDATE customers SET name = $1, organisation = $2, tier = $3, language = $4, tags = $5, notes = $6,
             updated = $7, version = version + 1 WHERE id = $8 RETURNING id"
        }
    };
    let row: Option<(i64,)> = conn.optional(sql, &fields).await?;
    Ok(CustomerId(row.ok_or(StoreError::NotFound("customer"))?.0))
}

async fn organisation_id(conn: &mut Conn, name: &str) -> Result<i64, StoreError> {
    let row: (i64,) = conn
        .one(
            "INSERT INTO organisations (key, name) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id",
            args![organisation_key(name), name.trim()],
        )
        .await?;
    Ok(row.0)
}

/// They are few, and their places say their order: written anew when one is different.
async fn save_points(
    conn: &mut Conn,
    id: CustomerId,
    known: &CustomerDraft,
    draft: &CustomerDraft,
) -> Result<(), StoreError> {
    let row = |(position, point): (u32, &ContactPoint)| {
        let extension = point.extension.as_deref().unwrap_or_default();
        args![id, &point.kind, &point.value, &point.label, position, extension].to_vec()
    };
    let rows = |draft: &CustomerDraft| (0..).zip(&draft.contact_points).map(row).collect::<Vec<_>>();
    let wanted = rows(draft);
    if rows(known) == wanted {
        return Ok(());
    }
    conn.run("DELETE FROM contact_points WHERE customer = $1", args![id]).await?;
    conn.insert(
        "INSERT INTO contact_points (customer, kind, value, label, position, extension)",
        "ON CONFLICT (kind, value, customer, extension) DO NOTHING",
        &wanted,
    )
    .await
}

/// As the points.
async fn save_dates(
    conn: &mut Conn,
    id: CustomerId,
    known: &CustomerDraft,
    draft: &CustomerDraft,
) -> Result<(), StoreError> {
    if known.dates == draft.dates {
        return Ok(());
    }
    conn.run("DELETE FROM customer_dates WHERE customer = $1", args![id]).await?;
    let row = |(position, (label, date)): (u32, &(String, String))| args![id, label, date, position].to_vec();
    conn.insert(
        "INSERT INTO customer_dates (customer, label, date, position)",
        "ON CONFLICT (customer, label) DO NOTHING",
        &(0..).zip(&draft.dates).map(row).collect::<Vec<_>>(),
    )
    .await
}

/// Those that are gone, and those that are new or different. Of two with one number the first one counts.
async fn save_orders(
    conn: &mut Conn,
    id: CustomerId,
    known: &CustomerDraft,
    draft: &CustomerDraft,
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<&str, &Order> = BTreeMap::new();
    for order in &draft.orders {
        wanted.entry(&order.number).or_insert(order);
    }
    let known: BTreeMap<&str, &Order> = known.orders.iter().map(|order| (order.number.as_str(), order)).collect();
    let gone = keys(known.keys().filter(|number| !wanted.contains_key(*number)).copied());
    conn.run_rows("DELETE FROM orders WHERE customer = $1 AND number IN ({rows})", args![id], &gone).await?;
    let changed = wanted.iter().filter(|(number, order)| known.get(*number) != Some(order));
    let row = |(number, order): (&&str, &&Order)| {
        args![id, *number, &order.placed, &order.item, order.amount_minor, &order.currency, &order.status].to_vec()
    };
    conn.insert(
        "INSERT INTO orders (customer, number, placed, item, amount_minor, currency, status)",
        "ON CONFLICT (customer, number) DO UPDATE SET placed = excluded.placed, item = excluded.item,
            amount_minor = excluded.amount_minor, currency = excluded.currency, status = excluded.status",
        &changed.map(row).collect::<Vec<_>>(),
    )
    .await
}

/// Those that are gone, and those that are new. Compared with the table itself: another version of the program
/// may have made other terms of the same customer.
async fn save_terms(conn: &mut Conn, id: CustomerId, draft: &CustomerDraft) -> Result<(), StoreError> {
    let rows: Vec<(String,)> = conn.all("SELECT term FROM customer_terms WHERE customer = $1", args![id]).await?;
    let known: BTreeSet<String> = rows.into_iter().map(|(term,)| term).collect();
    let wanted: BTreeSet<String> = search_terms(draft).into_iter().collect();
    let gone = keys(known.difference(&wanted));
    conn.run_rows("DELETE FROM customer_terms WHERE customer = $1 AND term IN ({rows})", args![id], &gone).await?;
    let new: Vec<Vec<Arg>> = wanted.difference(&known).map(|term| args![term, id].to_vec()).collect();
    conn.insert("INSERT INTO customer_terms (term, customer)", "ON CONFLICT (term, customer) DO NOTHING", &new).await
}
