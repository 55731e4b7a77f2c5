//! Whom a step makes a customer of: somebody who is known, or somebody new.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::base::CustomerId;
use crate::crm::{ContactPoint, CustomerDraft};
use crate::record::{Asking, CUSTOMER, Make, Record, Refused, Value, Words};
use crate::store::customers::save;
use crate::store::db::{Conn, args};
use crate::store::record::RecordError;
use crate::store::record::catalogue::Stored;

/// The customer of the record; else the one who stands in `keep`, the one who has this number or address, or a new one.
pub(super) async fn known_or_new(
    conn: &mut Conn,
    stored: &Stored,
    make: &Make,
    record: &Record,
    asking: &Asking<'_>,
) -> Result<CustomerId, RecordError> {
    if let Some(known) = record.customer {
        return Ok(known);
    }
    let field = make.keep.clone().unwrap_or_else(|| CUSTOMER.to_owned());
    if let Some(Value::Ref(id)) = record.fields.get(&field) {
        return Ok(CustomerId(*id));
    }
    let made = stored.kind.make(make, None, record, asking).fields;
    let mut draft = CustomerDraft {
        name: text(&made, "name").unwrap_or_default(),
        organisation: text(&made, "organisation"),
        language: text(&made, "language"),
        notes: text(&made, "notes").unwrap_or_default(),
        ..CustomerDraft::default()
    };
    let refuse = |code, en: &str, zh: &str| {
        let detail = Words::new(en, zh);
        RecordError::Fields(vec![Refused { field: field.clone(), code, detail }])
    };
    let mut known = BTreeSet::new();
    for kind in ["phone", "email"] {
        let Some(value) = text(&made, kind) else { continue };
        let point = ContactPoint::new(kind, &value, "", asking.region)
            .map_err(|_| refuse("shape", "the number or the address cannot be read", "号码或邮箱无法识别"))?;
        let sql =
            "SELECT DISTINCT customer FROM contact_points WHERE kind = $1 AND value = $2 ORDER BY customer LIMIT 3";
        let rows: Vec<(i64,)> = conn.all(sql, args![kind, &point.value]).await?;
        known.extend(rows.into_iter().map(|(id,)| id));
        draft.contact_points.push(point);
    }
    match known.iter().copied().collect::<Vec<_>>().as_slice() {
        [] if draft.name.trim().is_empty() => Err(refuse("required", "a customer needs a name", "客户需要姓名")),
        [] => Ok(save(conn, None, &draft, asking.now).await?),
        [known] => Ok(CustomerId(*known)),
        _ => Err(refuse(
            "several_customers",
            "several customers have this number or address: say which one it is",
            "有多位客户使用此号码或邮箱，请指明是哪一位",
        )),
    }
}

fn text(made: &Map<String, Json>, key: &str) -> Option<String> {
    made.get(key).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
