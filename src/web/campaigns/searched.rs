//! Whom a saved search of records finds.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{ROWS_MAX, Read, Why, bounded};
use crate::base::{CustomerId, Number};
use crate::door::Identity;
use crate::record::Record;
use crate::store::record::Query;
use crate::store::{NewRow, PAGE_MAX};
use crate::web::record::{Asker, search_of};
use crate::web::{ApiError, WebState};

/// The name of the search, and the customers of what it finds now, as its owner may read it.
pub async fn read(state: &WebState, identity: Identity, kind: &str, view: i64) -> Result<(String, Read), ApiError> {
    let asker = Asker::new(state, identity);
    let refused = |error| asker.plainly_refused(error);
    let stored = state.records.kind(kind).map_err(refused)?;
    let asking = asker.asking();
    let views = state.records.views(&stored, &asking).await.map_err(refused)?;
    let view = views.into_iter().find(|known| known.id == view).ok_or(ApiError::NotFound)?;
    let mut found = Found { title: stored.kind.name.in_language(asker.language()).to_owned(), ..Found::default() };
    let mut query = search_of(&stored.kind, &view.query, &asker)?;
    while let Some(asked) = query.take() {
        let asked = Query { limit: PAGE_MAX, is_uncounted: true, ..asked };
        let listed = state.records.list(&stored, &asked, &asking).await.map_err(refused)?;
        found.page(state, listed.records).await?;
        bounded(found.seen)?;
        query = listed.next.map(|next| Query { after: Some(next), ..asked });
    }
    Ok((view.name, found.read))
}

#[derive(Default)]
struct Found {
    /// Of the kind, for the agent.
    title: String,
    seen: usize,
    customers: BTreeSet<CustomerId>,
    read: Read,
}

impl Found {
    async fn page(&mut self, state: &WebState, records: Vec<Record>) -> Result<(), ApiError> {
        let phones = state.store.customer_phones(records.iter().filter_map(|record| record.customer)).await?;
        for record in records {
            self.seen += 1;
            let Some(customer) = record.customer else {
                self.read.refuse(self.seen, Why::NoCustomer);
                continue;
            };
            // Each is called once, however many records they have.
            if !self.customers.insert(customer) {
                continue;
            }
            match phones.get(&customer).map(|(name, number)| (name, Number::try_from(number.clone()))) {
                Some((name, Ok(number))) => {
                    let fields = BTreeMap::from([(self.title.clone(), called(&record))]);
                    let row = NewRow { number, name: name.clone(), zone: String::new(), kind: 0, fields };
                    self.read.rows.push(row);
                }
                _ => self.read.refuse(self.seen, Why::BadNumber),
            }
        }
        debug_assert!(self.read.rows.len() <= ROWS_MAX + PAGE_MAX as usize);
        Ok(())
    }
}

fn called(record: &Record) -> String {
    match &record.number {
        Some(number) => format!("{number} {}", record.title),
        None => record.title.clone(),
    }
}
