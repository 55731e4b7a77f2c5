//! A change taken back: what it wrote becomes what stood there before, unless that is something else by now.

use serde_json::{Map, Value as Json};

use super::difference;
use crate::base::CustomerId;
use crate::record::{Asking, Draft, Field, Record};
use crate::store::record::FieldChange;
use crate::store::record::catalogue::Stored;
use crate::store::record::error::RecordError;

/// A record as it was before these changes, and what is to be written for it. What one of them wrote may be something
/// else by now, or the kind may no longer know it: [`RecordError::Overwritten`].
pub(in crate::store::record) fn back(
    stored: &Stored,
    record: &Record,
    changes: Vec<FieldChange>,
    asking: &Asking<'_>,
) -> Result<(Record, Draft), RecordError> {
    let kind = &stored.kind;
    let now = difference(stored, None, record);
    let mut after = record.clone();
    let mut body = Map::new();
    for FieldChange { field, before, after: written } in changes {
        // It follows by itself.
        if kind.field(&field).is_some_and(Field::is_reckoned) {
            continue;
        }
        let stands = now.iter().find(|it| it.field == field).map_or(&Json::Null, |it| &it.after);
        let state = before.as_str();
        let is_known = match field.as_str() {
            "state" => state.is_none_or(|state| kind.life.as_ref().is_some_and(|life| life.state(state).is_some())),
            "customer" => true,
            key => kind.field(key).is_some() || kind.lines_of(key).is_some(),
        };
        if *stands != written || !is_known {
            return Err(RecordError::Overwritten(field));
        }
        match field.as_str() {
            "state" => {
                after.state = state.map(str::to_owned);
                after.since = asking.now;
            }
            "customer" => after.customer = before.as_i64().map(CustomerId),
            _ => drop(body.insert(field, before)),
        }
    }
    let draft = kind.draft(&body, asking).map_err(RecordError::Fields)?;
    draft.onto(&mut after);
    Ok((after, draft))
}
