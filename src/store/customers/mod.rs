//! Customers, how they are reached and found.

mod card;
mod save;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{CustomerId, Instant, Number};
use crate::crm::{CustomerCard, CustomerDraft, MATCHES_MAX, query_terms};

use super::db::{Arg, args, keys};
use super::{Store, StoreError};

pub(super) use card::owners;
use card::{CARD, Wanted, card, cards, version};
pub(super) use save::{KnownCustomer, save};

/// A key of a creation is remembered for so long.
const KEYS_KNOWN: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// What an edit says nothing of, so that it stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeptFields {
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
            Some(id) => Some(KnownCustomer::hold(&mut conn, id).await?),
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
        let present = KnownCustomer::hold(&mut conn, id).await?;
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
        kept: KeptFields,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        // Holds the row, so that of two at the same time the second one sees what the first one did.
        let held = "UPDATE customers SET version = version WHERE id = $1 AND version = $2";
        if conn.run(held, args![id, i64::from(read)]).await? == 0 {
            let present = version(&mut conn, id).await?;
            return Err(StoreError::Changed { what: "customer", present });
        }
        let present = KnownCustomer::read(&mut conn, id).await?;
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

    /// The names, and the phone number that stands first, in E.164; without those who have none.
    pub async fn customer_phones(
        &self,
        ids: impl IntoIterator<Item = CustomerId>,
    ) -> Result<BTreeMap<CustomerId, (String, String)>, StoreError> {
        let wanted: BTreeSet<CustomerId> = ids.into_iter().collect();
        let sql = "SELECT c.id, c.name, p.value FROM customers c JOIN contact_points p ON p.customer = c.id
                   WHERE p.kind = 'phone' AND c.id IN ({rows}) ORDER BY c.id, p.position DESC, p.value DESC";
        let rows: Vec<(i64, String, String)> = self.read().await?.all_rows(sql, &[], &keys(wanted)).await?;
        Ok(rows.into_iter().map(|(id, name, number)| (CustomerId(id), (name, number))).collect())
    }

    pub async fn customer_count(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = self.read().await?.one("SELECT COUNT(*) FROM customers", &[]).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
