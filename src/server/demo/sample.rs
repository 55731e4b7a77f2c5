//! The customers of the demo: those of the store's sample, as the simulated callers need them.

use super::caller::CallerProfile;
use crate::base::Instant;
use crate::crm::CustomerDraft;
use crate::store::{Store, StoreError, load_sample};

/// Fills an empty store; one that has customers keeps its own. Gives those who may call.
pub async fn fill(store: &Store, seed: u64, now: Instant) -> Result<Vec<CallerProfile>, StoreError> {
    let people = load_sample(store, seed, now).await?;
    Ok(people.iter().filter_map(profile).collect())
}

fn profile(customer: &CustomerDraft) -> Option<CallerProfile> {
    // Shared numbers stand last: most calls find one customer.
    let phone = customer.contact_points.iter().find(|point| point.kind == "phone")?;
    Some(CallerProfile {
        number: phone.value.clone(),
        language: customer.language.clone(),
        vip: customer.tier.as_deref() == Some("vip"),
    })
}
