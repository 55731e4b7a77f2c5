//! Customers, how they are reached and found.

use crate::base::{CustomerId, Instant, Number};
use crate::crm::{
    ContactPoint, CustomerCard, CustomerDraft, MATCHES_MAX, Order, organisation_key, query_terms, search_terms,
};

use super::db::{Arg, Conn, args};
use super::interactions::timeline;
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
        cards(&mut conn, ids).await
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
    /// word, nobody.
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
        cards(&mut conn, ids).await
    }

    /// Writes a new customer, or all of a known one.
    pub async fn save_customer(
        &self,
        id: Option<CustomerId>,
        draft: &CustomerDraft,
        now: Instant,
    ) -> Result<CustomerId, StoreError> {
        let mut conn = self.begin().await?;
        let id = save(&mut conn, id, draft, now).await?;
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
        let mut known = whole(&mut conn, id).await?;
        known.merge(newer);
        save(&mut conn, Some(id), &known, now).await?;
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
        let known = whole(&mut conn, id).await?;
        if kept.orders {
            edited.orders = known.orders;
        }
        if kept.dates {
            edited.dates = known.dates;
        }
        save(&mut conn, Some(id), &edited, now).await?;
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

    /// The name alone, for lists; `None`: no such customer.
    pub async fn customer_name(&self, id: CustomerId) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> =
            self.read().await?.optional("SELECT name FROM customers WHERE id = $1", args![id]).await?;
        Ok(row.map(|(name,)| name))
    }

    pub async fn customer_count(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = self.read().await?.one("SELECT COUNT(*) FROM customers", &[]).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

async fn cards(conn: &mut Conn, ids: Vec<(i64,)>) -> Result<Vec<CustomerCard>, StoreError> {
    let mut cards = Vec::with_capacity(ids.len());
    for (id,) in ids {
        match card(conn, CustomerId(id)).await {
            Ok(card) => cards.push(card),
            // Removed between the two statements.
            Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(cards)
}

type CustomerRow = (i64, String, Option<String>, Option<String>, Option<String>, String, String);

pub(super) async fn card(conn: &mut Conn, id: CustomerId) -> Result<CustomerCard, StoreError> {
    let row: Option<CustomerRow> = conn
        .optional(
            "SELECT c.id, c.name, o.name, c.tier, c.language, c.tags, c.notes
             FROM customers c LEFT JOIN organisations o ON o.id = c.organisation WHERE c.id = $1",
            args![id],
        )
        .await?;
    let (row_id, name, organisation, tier, language, tags, notes) = row.ok_or(StoreError::NotFound("customer"))?;
    let points: Vec<(String, String, String, String)> = conn
        .all(
            "SELECT kind, value, label, extension FROM contact_points WHERE customer = $1
             ORDER BY position, value, extension",
            args![id],
        )
        .await?;
    let point = |(kind, value, label, extension): (String, String, String, String)| {
        let extension = Some(extension).filter(|digits| !digits.is_empty());
        ContactPoint { kind, value, label, extension, shown: None }
    };
    let dates: Vec<(String, String)> = conn
        .all("SELECT label, date FROM customer_dates WHERE customer = $1 ORDER BY position, label", args![id])
        .await?;
    Ok(CustomerCard {
        id: CustomerId(row_id),
        name,
        organisation,
        tier,
        language,
        tags: serde_json::from_str(&tags).map_err(|error| StoreError::Corrupt(format!("tags of {id}: {error}")))?,
        notes,
        contact_points: points.into_iter().map(point).collect(),
        orders: orders(conn, id, ORDERS_MAX).await?,
        dates,
        timeline: timeline(conn, id, TIMELINE_MAX).await?,
    })
}

/// The newest first.
async fn orders(conn: &mut Conn, id: CustomerId, most: i64) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<(String, String, String, i64, String, String)> = conn
        .all(
            "SELECT number, placed, item, amount_minor, currency, status FROM orders WHERE customer = $1
             ORDER BY placed DESC, number DESC LIMIT $2",
            args![id, most],
        )
        .await?;
    let order = |(number, placed, item, amount_minor, currency, status)| Order {
        number,
        placed,
        item,
        amount_minor,
        currency,
        status,
    };
    Ok(rows.into_iter().map(order).collect())
}

/// Everything that is written of a customer, also the orders that no card shows.
pub(super) async fn whole(conn: &mut Conn, id: CustomerId) -> Result<CustomerDraft, StoreError> {
    let mut draft = CustomerDraft::from(card(conn, id).await?);
    draft.orders = orders(conn, id, i64::MAX).await?;
    Ok(draft)
}

async fn version(conn: &mut Conn, id: CustomerId) -> Result<u32, StoreError> {
    let row: Option<(i64,)> = conn.optional("SELECT version FROM customers WHERE id = $1", args![id]).await?;
    let (version,) = row.ok_or(StoreError::NotFound("customer"))?;
    u32::try_from(version).map_err(|_| StoreError::Corrupt(format!("version of {id}: {version}")))
}

/// Writes the customer with everything that hangs on it, in the caller's transaction.
pub(super) async fn save(
    conn: &mut Conn,
    id: Option<CustomerId>,
    draft: &CustomerDraft,
    now: Instant,
) -> Result<CustomerId, StoreError> {
    if draft.name.trim().is_empty() {
        return Err(StoreError::Invalid("a customer needs a name".into()));
    }
    if draft.orders.len() > ORDERS_KEPT {
        return Err(StoreError::Invalid(format!("a customer has at most {ORDERS_KEPT} orders")));
    }
    let organisation = match draft.organisation.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => Some(organisation_id(conn, name).await?),
        None => None,
    };
    let tags = serde_json::to_string(&draft.tags).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let fields = |id: Option<CustomerId>| {
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
        fields.extend(id.map(Arg::from));
        fields
    };
    let row: Option<(i64,)> = match id {
        None => {
            conn.optional(
                "INSERT INTO customers (name, organisation, tier, language, tags, notes, updated)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
                &fields(None),
            )
            .await?
        }
        Some(id) => {
            conn.optional(
                "UPDATE customers SET name = $1, organisation = $2, tier = $3, language = $4, tags = $5, notes = $6,
                 updated = $7, version = version + 1 WHERE id = $8 RETURNING id",
                &fields(Some(id)),
            )
            .await?
        }
    };
    let id = CustomerId(row.ok_or(StoreError::NotFound("customer"))?.0);
    save_points(conn, id, draft).await?;
    save_orders_and_dates(conn, id, draft).await?;
    save_terms(conn, id, draft).await?;
    Ok(id)
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

async fn save_points(conn: &mut Conn, id: CustomerId, draft: &CustomerDraft) -> Result<(), StoreError> {
    conn.run("DELETE FROM contact_points WHERE customer = $1", args![id]).await?;
    for (position, point) in (0u32..).zip(&draft.contact_points) {
        conn.run(
            "INSERT INTO contact_points (customer, kind, value, label, position, extension)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, value, customer, extension) DO NOTHING",
            args![
                id,
                &point.kind,
                &point.value,
                &point.label,
                position,
                point.extension.as_deref().unwrap_or_default()
            ],
        )
        .await?;
    }
    Ok(())
}

async fn save_orders_and_dates(conn: &mut Conn, id: CustomerId, draft: &CustomerDraft) -> Result<(), StoreError> {
    conn.run("DELETE FROM orders WHERE customer = $1", args![id]).await?;
    for order in &draft.orders {
        conn.run(
            "INSERT INTO orders (customer, number, placed, item, amount_minor, currency, status)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (customer, number) DO NOTHING",
            args![id, &order.number, &order.placed, &order.item, order.amount_minor, &order.currency, &order.status],
        )
        .await?;
    }
    conn.run("DELETE FROM customer_dates WHERE customer = $1", args![id]).await?;
    for (position, (label, date)) in (0u32..).zip(&draft.dates) {
        conn.run(
            "INSERT INTO customer_dates (customer, label, date, position) VALUES ($1, $2, $3, $4)
             ON CONFLICT (customer, label) DO NOTHING",
            args![id, label, date, position],
        )
        .await?;
    }
    Ok(())
}

async fn save_terms(conn: &mut Conn, id: CustomerId, draft: &CustomerDraft) -> Result<(), StoreError> {
    conn.run("DELETE FROM customer_terms WHERE customer = $1", args![id]).await?;
    let rows: Vec<Vec<Arg>> = search_terms(draft).into_iter().map(|term| args![term, id].to_vec()).collect();
    conn.insert("INSERT INTO customer_terms (term, customer)", "ON CONFLICT (term, customer) DO NOTHING", &rows).await
}
