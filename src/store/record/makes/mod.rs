//! What a step makes of a record: other records, and the customer, in the write of the step. Either all of it is there
//! when the step is answered, or the step was not taken.

mod customer;

use serde_json::json;

use super::catalogue::Stored;
use super::rows::whole;
use super::write::hold_kind;
use super::{About, RecordError, Records, Told};
use crate::record::{Asking, CUSTOMER, FieldType, Make, Record, Refused, Role, Step, Value, Who};
use crate::store::db::Conn;
use customer::known_or_new;

impl Records {
    /// Makes what a step makes; `before`, `after`: the record, which is held, and what becomes of it. Gives what is to be
    /// told once all is written.
    pub(super) async fn make_of(
        &self,
        conn: &mut Conn,
        stored: &Stored,
        step: &Step,
        (before, after): (&mut Record, &mut Record),
        asking: &Asking<'_>,
    ) -> Result<Vec<Told>, RecordError> {
        let mut told = Vec::new();
        for make in &step.make {
            let id = if make.kind == CUSTOMER {
                let id = known_or_new(conn, stored, make, after, asking).await?;
                after.customer = Some(id);
                id.0
            } else {
                self.make_one(conn, stored, make, after, asking, &mut told).await?
            };
            if let Some(keep) = &make.keep {
                after.fields.insert(keep.clone(), Value::Ref(id));
            }
        }
        // What this record says of those that were made stands in its row by now.
        let rolled = stored.kind.fields.iter().filter(|field| field.roll.is_some());
        if let Some(now) = whole(conn, stored, before.id).await?.filter(|_| !step.make.is_empty()) {
            for field in rolled {
                let Some(value) = now.fields.get(&field.key) else { continue };
                before.fields.insert(field.key.clone(), value.clone());
                after.fields.insert(field.key.clone(), value.clone());
            }
        }
        Ok(told)
    }

    async fn make_one(
        &self,
        conn: &mut Conn,
        stored: &Stored,
        make: &Make,
        record: &Record,
        asking: &Asking<'_>,
        told: &mut Vec<Told>,
    ) -> Result<i64, RecordError> {
        let other = self.kind(&make.kind)?;
        hold_kind(conn, &other).await?;
        let mut fields = stored.kind.make(make, Some(&other.kind), record, asking).fields;
        if let Some(link) = &make.link {
            let several = other.kind.field(link).is_some_and(|field| field.of_type == FieldType::Refs);
            fields.insert(link.clone(), if several { json!([record.id]) } else { json!(record.id) });
        }
        let about = About { customer: record.customer, interaction: record.interaction };
        // Whoever may take the step makes it: what it holds is said by the definition.
        let program = Asking { who: Who { role: Role::Admin, ..asking.who }, ..*asking };
        let made = self.make(conn, &other, &fields, (about, &[]), &program).await;
        let (made, rolled) = made.map_err(|error| of_kind(error, &make.kind))?;
        told.push(Told::Record {
            kind: make.kind.clone(),
            id: made.id,
            version: made.version,
            state: made.state.clone(),
        });
        told.extend(rolled);
        Ok(made.id)
    }
}

/// Fields of another kind are told with its name.
fn of_kind(error: RecordError, kind: &str) -> RecordError {
    match error {
        RecordError::Fields(refused) => {
            let named = |it: Refused| Refused { field: format!("{kind}.{}", it.field), ..it };
            RecordError::Fields(refused.into_iter().map(named).collect())
        }
        error => error,
    }
}
