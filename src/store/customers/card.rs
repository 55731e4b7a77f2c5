//! Customers read from their rows, with what hangs on them.

use std::collections::BTreeMap;

use crate::base::CustomerId;
use crate::crm::{ContactPoint, CustomerCard, CustomerDraft, Order};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args, keys};
use crate::store::interactions::timelines;

/// Orders shown on a card, newest first.
const ORDERS_MAX: i64 = 50;
/// Entries of a card's timeline.
const TIMELINE_MAX: u32 = 10;

type CustomerRow = (i64, String, Option<String>, Option<String>, Option<String>, String, String);

/// What is read of each customer.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub orders: i64,
    pub timeline: u32,
}

/// What a card shows.
pub(super) const CARD: Wanted = Wanted { orders: ORDERS_MAX, timeline: TIMELINE_MAX };
/// Everything that is written of a customer, also the orders that no card shows.
const WRITTEN: Wanted = Wanted { orders: i64::MAX, timeline: 0 };

/// In the order asked for; one who was removed meanwhile is left out. The number of statements is the same for
/// one and for many.
pub(super) async fn cards(conn: &mut Conn, ids: Vec<(i64,)>, wanted: Wanted) -> Result<Vec<CustomerCard>, StoreError> {
    let rows = keys(ids.iter().map(|(id,)| *id));
    let customers: Vec<CustomerRow> = conn
        .all_rows(
            "SELECT c.id, c.name, o.name, c.tier, c.language, c.tags, c.notes
             FROM customers c LEFT JOIN organisations o ON o.id = c.organisation WHERE c.id IN ({rows})",
            &[],
            &rows,
        )
        .await?;
    let mut cards = customers.into_iter().map(bare).collect::<Result<BTreeMap<i64, CustomerCard>, _>>()?;
    let points: Vec<(i64, String, String, String, String)> = conn
        .all_rows(
            "SELECT customer, kind, value, label, extension FROM contact_points WHERE customer IN ({rows})
             ORDER BY position, value, extension",
            &[],
            &rows,
        )
        .await?;
    for (customer, kind, value, label, extension) in points {
        let extension = Some(extension).filter(|digits| !digits.is_empty());
        let point = ContactPoint { kind, value, label, extension, shown: None };
        cards.entry(customer).and_modify(|card| card.contact_points.push(point));
    }
    let dates: Vec<(i64, String, String)> = conn
        .all_rows(
            "SELECT customer, label, date FROM customer_dates WHERE customer IN ({rows}) ORDER BY position, label",
            &[],
            &rows,
        )
        .await?;
    for (customer, label, date) in dates {
        cards.entry(customer).and_modify(|card| card.dates.push((label, date)));
    }
    for (customer, order) in orders(conn, &rows, wanted.orders).await? {
        cards.entry(customer).and_modify(|card| card.orders.push(order));
    }
    if wanted.timeline > 0 {
        for (customer, entry) in timelines(conn, &rows, wanted.timeline).await? {
            cards.entry(customer).and_modify(|card| card.timeline.push(entry));
        }
    }
    Ok(ids.into_iter().filter_map(|(id,)| cards.remove(&id)).collect())
}

/// What stands in the row of the customer itself.
fn bare(row: CustomerRow) -> Result<(i64, CustomerCard), StoreError> {
    let (id, name, organisation, tier, language, tags, notes) = row;
    let tags = serde_json::from_str(&tags).map_err(|error| StoreError::Corrupt(format!("tags of {id}: {error}")))?;
    let card = CustomerCard {
        id: CustomerId(id),
        name,
        organisation,
        tier,
        language,
        tags,
        notes,
        contact_points: Vec::new(),
        orders: Vec::new(),
        dates: Vec::new(),
        timeline: Vec::new(),
    };
    Ok((id, card))
}

pub(super) async fn card(conn: &mut Conn, id: CustomerId) -> Result<CustomerCard, StoreError> {
    cards(conn, vec![(id.0,)], CARD).await?.pop().ok_or(StoreError::NotFound("customer"))
}

type OrderRow = (i64, String, String, String, i64, String, String);

/// The newest first; at most so many of each customer.
async fn orders(conn: &mut Conn, customers: &[Vec<Arg>], most: i64) -> Result<Vec<(i64, Order)>, StoreError> {
    let rows: Vec<OrderRow> = conn
        .all_rows(
            "SELECT customer, number, placed, item, amount_minor, currency, status FROM
                (SELECT o.*, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY placed DESC, number DESC) AS place
                 FROM orders o WHERE customer IN ({rows})) newest
             WHERE place <= $1 ORDER BY customer, place",
            args![most],
            customers,
        )
        .await?;
    let order = |(customer, number, placed, item, amount_minor, currency, status)| {
        (customer, Order { number, placed, item, amount_minor, currency, status })
    };
    Ok(rows.into_iter().map(order).collect())
}

pub(super) async fn whole(conn: &mut Conn, id: CustomerId) -> Result<CustomerDraft, StoreError> {
    let card = cards(conn, vec![(id.0,)], WRITTEN).await?.pop();
    card.map(CustomerDraft::from).ok_or(StoreError::NotFound("customer"))
}

/// Who has any of these contact points, with their names: point by point, by number.
pub(in crate::store) async fn owners(
    conn: &mut Conn,
    points: &[ContactPoint],
) -> Result<Vec<(CustomerId, String)>, StoreError> {
    let row = |(place, point): (u32, &ContactPoint)| args![place, &point.kind, &point.value].to_vec();
    let rows: Vec<(i64, String)> = conn
        .all_rows(
            "SELECT c.id, c.name FROM ({rows}) asked
             JOIN contact_points p ON p.kind = asked.c2 AND p.value = asked.c3
             JOIN customers c ON c.id = p.customer ORDER BY asked.c1, c.id",
            &[],
            &(0..).zip(points).map(row).collect::<Vec<_>>(),
        )
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (CustomerId(id), name)).collect())
}

pub(super) async fn version(conn: &mut Conn, id: CustomerId) -> Result<u32, StoreError> {
    let row: Option<(i64,)> = conn.optional("SELECT version FROM customers WHERE id = $1", args![id]).await?;
    let (version,) = row.ok_or(StoreError::NotFound("customer"))?;
    u32::try_from(version).map_err(|_| StoreError::Corrupt(format!("version of {id}: {version}")))
}
