//! Records that are probably the same: they say the same in a field that is compared (`match`).

use crate::record::{Asking, Record, Value};
use crate::store::record::catalogue::Stored;
use crate::store::record::error::RecordError;
use crate::store::record::{Query, Records};
use crate::written::expression::Condition;

/// So many are told.
const TOLD: u32 = 10;

impl Records {
    /// Those of its kind that are probably the same as a record, of what this one may read.
    pub async fn alike(&self, stored: &Stored, id: i64, asking: &Asking<'_>) -> Result<Vec<Record>, RecordError> {
        let record = self.record(stored, id, asking).await?;
        let compared = stored.kind.fields.iter().filter(|field| field.is_match && field.may_read(asking.who.role));
        let same: Vec<Condition> = compared
            .filter_map(|field| match record.fields.get(&field.key)? {
                Value::Text(text) => {
                    Some(Condition::Text { fact: field.key.clone(), negated: false, among: vec![text.clone()] })
                }
                _ => None,
            })
            .collect();
        if same.is_empty() {
            return Ok(Vec::new());
        }
        let query = Query {
            conditions: vec![Condition::Any(same)],
            sort: "id".to_owned(),
            limit: TOLD + 1,
            is_uncounted: true,
            ..Query::default()
        };
        let found = self.list(stored, &query, asking).await?.records;
        Ok(found.into_iter().filter(|other| other.id != id).take(TOLD as usize).collect())
    }
}
