//! Sample data for the demo and for screenshots: customers of a jewellery brand that does not exist,
//! what they bought, and the calls of the last months. The same seed and time give the same data.

mod customers;
mod history;
mod words;

pub use customers::sample_customers;

use crate::base::{Instant, Rng};
use crate::crm::CustomerDraft;

use super::customers::save;
use super::{Store, StoreError, interactions};
use history::{SampleCenter, history};

/// Fills an empty store; one that has customers is left alone. Gives the sample customers. Apply a
/// center first: the calls went to its queues and agents.
pub async fn load_sample(store: &Store, seed: u64, now: Instant) -> Result<Vec<CustomerDraft>, StoreError> {
    let customers = sample_customers(seed, date(now));
    if store.customer_count().await? > 0 {
        return Ok(customers);
    }
    let (model, ids) = store.center().await?;
    let center = SampleCenter { model: &model, ids: &ids };
    let mut rng = Rng::new(seed ^ 0x0a0d_1a2b);
    let (mut records, mut events) = (Vec::new(), Vec::new());
    let mut conn = store.begin().await?;
    for customer in &customers {
        let id = save(&mut conn, None, customer, now).await?;
        for (record, steps) in history(&mut rng, id, customer, &center, now) {
            records.push(record);
            events.extend(steps);
        }
    }
    interactions::upsert(&mut conn, &records).await?;
    interactions::append(&mut conn, &events.iter().collect::<Vec<_>>()).await?;
    conn.commit().await?;
    Ok(customers)
}

fn date(now: Instant) -> jiff::civil::Date {
    let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    let stamp = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    stamp.to_zoned(jiff::tz::TimeZone::UTC).date()
}
