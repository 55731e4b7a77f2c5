//! Customers, how they are reached and found.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{CustomerId, Instant, Number};
use crate::crm::{
    ContactPoint, CustomerCard, CustomerDraft, MATCHES_MAX, Order, organisation_key, query_terms, search_terms,
};

use super::bulk::keys;
use super::db::{Arg, Conn, args};
use super::interactions::timelines;
use super::{Store, StoreError};

/// A key of a creation is remembered for so long.
const KEYS_KNOWN: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);
/// Orders shown on a card, newest first.
const ORDERS_MAX: i64 = 50;
/// Entries of a card's timeline.
const TIMELINE_MAX: u32 = 10;
/// More orders of one customer are refused.
const ORDERS_KEPT: usize = 10_000;

/// What an edit says nothing of, so that it stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept {
    pub orders: bool,
    pub dates: bool,
}

impl Store {
    /// Everybody who has this number: none, one, or several (a household, a switchboard); at most
    /// [`MATCHES_MAX`], those who were in touch last first.
    pub async fn find_by_number(&self, number: &Number) -> Result<Vec<CustomerCard>, StoreError> {
        let mut conn = self.read().await?;
        let ids: Vec<(i64,)> = conn
            .all(
                "SELECT p.customer FROM contact_points p WHERE p.kind = 'phone' AND p.value = $1
                 GROUP BY p.customer
                 ORDER BY COALESCE((SELECT MAX(i.started) FROM interactions i WHERE i.customer = p.customer), 0) DESC,
                          p.customer
                 LIMIT $2",
                args![number.as_str(), u32::try_from(MATCHES_MAX).unwrap_or(u32::MAX)],
            )
            .await?;
        cards(&mut conn, ids, CARD).await
    }

    pub async fn customer(&self, id: CustomerId) -> Result<CustomerCard, StoreError> {
        card(&mut self.read().await?, id).await
    }

    /// The card, and how often it was changed: what [`Store::replace_customer`] wants to hear.
    pub async fn customer_and_version(&self, id: CustomerId) -> Result<(CustomerCard, u32), StoreError> {
        let mut conn = self.read().await?;
        // Before the card: one that changes between the two is refused later, not lost.
        let version = version(&mut conn, id).await?;
        Ok((card(&mut conn, id).await?, version))
    }

    /// Customers whose name, organisation, tag, e-mail, order or phone number begins with each word
    /// asked for (of Chinese words: contains it), by name; a number also in any spelling of `region`. No
    /// word, nobody. Without their timelines.
    pub async fn search(&self, query: &str, region: &str, limit: u32) -> Result<Vec<CustomerCard>, StoreError> {
        let groups = query_terms(query, region);
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mut args: Vec<Arg> = Vec::new();
        let mut found = Vec::new();
        for group in groups {
            let mut ranges = Vec::new();
            for term in group {
                let next = args.len().saturating_add(1);
                let after = next.saturating_add(1);
                ranges.push(format!("(term >= ${next} AND term < ${after})"));
                args.push(Arg::from(&term));
                args.push(Arg::from(format!("{term}{}", char::MAX)));
            }
            found.push(format!("SELECT customer FROM customer_terms WHERE {}", ranges.join(" OR ")));
        }
        args.push(Arg::from(limit.min(super::PAGE_MAX)));
        let sql = format!(
            "SELECT id FROM customers WHERE id IN ({}) ORDER BY name, id LIMIT ${}",
            found.join(" INTERSECT "),
            args.len()
        );
        let mut conn = self.read().await?;
        let ids: Vec<(i64,)> = conn.all_of(sql, &args).await?;
        cards(&mut conn, ids, Wanted { timeline: 0, ..CARD }).await
    }

    /// Writes a new customer, or all of a known one.
    pub async fn save_customer(
        &self,
        id: Option<CustomerId>,
        draft: &CustomerDraft,
        now: Instant,
    ) -> Result<CustomerId, StoreError> {
        let mut conn = self.begin().await?;
        let present = match id {
            Some(id) => Some(Present::hold(&mut conn, id).await?),
            None => None,
        };
        let id = save(&mut conn, present.as_ref(), draft, now).await?;
        conn.commit().await?;
        Ok(id)
    }

    /// Writes a new customer; the same `key` within a day creates nothing more and gives the one of before.
    pub async fn create_customer(
        &self,
        draft: &CustomerDraft,
        key: Option<&str>,
        now: Instant,
    ) -> Result<CustomerId, StoreError> {
        let mut conn = self.begin().await?;
        if let Some(key) = key {
            conn.run("DELETE FROM creations WHERE at < $1", args![now - KEYS_KNOWN]).await?;
            let known: Option<(i64,)> =
                conn.optional("SELECT customer FROM creations WHERE key = $1", args![key]).await?;
            if let Some((customer,)) = known {
                return Ok(CustomerId(customer));
            }
        }
        let id = save(&mut conn, None, draft, now).await?;
        if let Some(key) = key {
            // Of two at the same time the second one is refused here, and is right when it asks again.
            conn.run("INSERT INTO creations (key, customer, at) VALUES ($1, $2, $3)", args![key, id, now]).await?;
        }
        conn.commit().await?;
        Ok(id)
    }

    /// Joins what `newer` says into what is known of a customer; see [`CustomerDraft::merge`].
    pub async fn merge_customer(&self, id: CustomerId, newer: CustomerDraft, now: Instant) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let present = Present::hold(&mut conn, id).await?;
        let mut merged = present.known.clone();
        merged.merge(newer);
        save(&mut conn, Some(&present), &merged, now).await?;
        conn.commit().await
    }

    /// Writes what a person edited of a customer, but for what is `kept`. `read` is the version that the edit
    /// began with: a customer who has changed since is refused.
    pub async fn replace_customer(
        &self,
        id: CustomerId,
        read: u32,
        mut edited: CustomerDraft,
        kept: Kept,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        // Holds the row, so that of two at the same time the second one sees what the first one did.
        let held = "UPDATE customers SET version = version WHERE id = $1 AND version = $2";
        if conn.run(held, args![id, i64::from(read)]).await? == 0 {
            let present = version(&mut conn, id).await?;
            return Err(StoreError::Changed { what: "customer", present });
        }
        let present = Present::read(&mut conn, id).await?;
        if kept.orders {
            edited.orders.clone_from(&present.known.orders);
        }
        if kept.dates {
            edited.dates.clone_from(&present.known.dates);
        }
        save(&mut conn, Some(&present), &edited, now).await?;
        conn.commit().await
    }

    /// Links an interaction to the customer it turned out to be about.
    pub async fn identify(
        &self,
        interaction: crate::base::InteractionId,
        customer: CustomerId,
    ) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let known: Option<(i64,)> = conn.optional("SELECT id FROM customers WHERE id = $1", args![customer]).await?;
        known.ok_or(StoreError::NotFound("customer"))?;
        let changed =
            conn.run("UPDATE interactions SET customer = $2 WHERE id = $1", args![interaction, customer]).await?;
        if changed == 0 {
            return Err(StoreError::NotFound("interaction"));
        }
        conn.commit().await
    }

    /// The names alone, for lists; without those who are not there.
    pub async fn customer_names(
        &self,
        ids: impl IntoIterator<Item = CustomerId>,
    ) -> Result<BTreeMap<CustomerId, String>, StoreError> {
        let wanted: BTreeSet<CustomerId> = ids.into_iter().collect();
        let sql = "SELECT id, name FROM customers WHERE id IN ({rows})";
        let rows: Vec<(i64, String)> = self.read().await?.all_rows(sql, &[], &keys(wanted)).await?;
        Ok(rows.into_iter().map(|(id, name)| (CustomerId(id), name)).collect())
    }

    pub async fn customer_count(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = self.read().await?.one("SELECT COUNT(*) FROM customers", &[]).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

type CustomerRow = (i64, String, Option<String>, Option<String>, Option<String>, String, String);

/// What is read of each customer.
#[derive(Clone, Copy)]
struct Wanted {
    orders: i64,
    timeline: u32,
}

/// What a card shows.
const CARD: Wanted = Wanted { orders: ORDERS_MAX, timeline: TIMELINE_MAX };
/// Everything that is written of a customer, also the orders that no card shows.
const WRITTEN: Wanted = Wanted { orders: i64::MAX, timeline: 0 };

/// In the order asked for; one who was removed meanwhile is left out. The number of statements is the same for
/// one and for many.
async fn cards(conn: &mut Conn, ids: Vec<(i64,)>, wanted: Wanted) -> Result<Vec<CustomerCard>, StoreError> {
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

async fn card(conn: &mut Conn, id: CustomerId) -> Result<CustomerCard, StoreError> {
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

async fn whole(conn: &mut Conn, id: CustomerId) -> Result<CustomerDraft, StoreError> {
    let card = cards(conn, vec![(id.0,)], WRITTEN).await?.pop();
    card.map(CustomerDraft::from).ok_or(StoreError::NotFound("customer"))
}

/// Who has any of these contact points, with their names: point by point, by number.
pub(super) async fn owners(conn: &mut Conn, points: &[ContactPoint]) -> Result<Vec<(CustomerId, String)>, StoreError> {
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

async fn version(conn: &mut Conn, id: CustomerId) -> Result<u32, StoreError> {
    let row: Option<(i64,)> = conn.optional("SELECT version FROM customers WHERE id = $1", args![id]).await?;
    let (version,) = row.ok_or(StoreError::NotFound("customer"))?;
    u32::try_from(version).map_err(|_| StoreError::Corrupt(format!("version of {id}: {version}")))
}

/// A customer who is there already, as the caller's transaction read it.
pub(super) struct Present {
    pub id: CustomerId,
    pub known: CustomerDraft,
}

impl Present {
    /// Read and held: nobody else writes it until the transaction ends.
    pub(super) async fn hold(conn: &mut Conn, id: CustomerId) -> Result<Self, StoreError> {
        if conn.run("UPDATE customers SET version = version WHERE id = $1", args![id]).await? == 0 {
            return Err(StoreError::NotFound("customer"));
        }
        Self::read(conn, id).await
    }

    pub(super) async fn read(conn: &mut Conn, id: CustomerId) -> Result<Self, StoreError> {
        Ok(Self { id, known: whole(conn, id).await? })
    }
}

/// Writes the customer with everything that hangs on it, in the caller's transaction; of one who is there
/// already, what is different.
pub(super) async fn save(
    conn: &mut Conn,
    present: Option<&Present>,
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
