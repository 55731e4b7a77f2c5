//! What the demo begins with beside its customers: articles, scripts, texts, goods, and what customers have open, as
//! `config/demo-records.toml` says.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::base::{CustomerId, Instant, Number};
use crate::record::{Asking, FieldType, dated};
use crate::store::Store;
use crate::store::record::{About, Query, RecordError, Records, Step};
use crate::web::{House, Listed};

const TEXT: &str = include_str!("../../../config/demo-records.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    record: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: String,
    name: Option<String>,
    customer: Option<String>,
    #[serde(default)]
    steps: Vec<String>,
    #[serde(default)]
    dated: BTreeMap<String, String>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    fields: Map<String, Value>,
}

/// Fills a store that has no records of these kinds; gives how many it made. The center and its customers come first.
pub async fn fill(store: &Store, now: Instant) -> anyhow::Result<usize> {
    let records = Records::open(store, now).await?;
    let (model, ids) = store.center().await?;
    let house = House::new(Arc::new(Listed { model, ids }));
    let asking = house.asking(now);
    let book: Book = toml::from_str(TEXT).context("config/demo-records.toml")?;
    if !is_empty(&records, &book, &asking).await? {
        return Ok(0);
    }
    let mut known: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in &book.record {
        let about = format!("a {} of config/demo-records.toml: {}", entry.kind, json!(entry.fields));
        let id = one(store, &records, entry, &known, &asking).await.context(about)?;
        known.extend(entry.name.as_deref().map(|name| (name, id)));
    }
    Ok(book.record.len())
}

async fn is_empty(records: &Records, book: &Book, asking: &Asking<'_>) -> anyhow::Result<bool> {
    for entry in &book.record {
        let query = Query { limit: 1, ..Query::default() };
        if !records.list(&*records.kind(&entry.kind)?, &query, asking).await?.records.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn one(
    store: &Store,
    records: &Records,
    entry: &Entry,
    known: &BTreeMap<&str, i64>,
    asking: &Asking<'_>,
) -> anyhow::Result<i64> {
    let kind = records.kind(&entry.kind)?;
    let mut fields = entry.fields.clone();
    for (field, text) in &entry.dated {
        put(&mut fields, field, when(text, asking).with_context(|| text.clone())?)?;
    }
    for (field, name) in &entry.links {
        let id = json!(known.get(name.as_str()).with_context(|| name.clone())?);
        let several = kind.kind.field(field).is_some_and(|field| field.of_type == FieldType::Refs);
        put(&mut fields, field, if several { json!([id]) } else { id })?;
    }
    let customer = match &entry.customer {
        Some(number) => Some(customer(store, number).await?),
        None => None,
    };
    let about = About { customer, interaction: None };
    let made = records.create(&entry.kind, &fields, about, asking).await.map_err(told)?;
    for key in &entry.steps {
        let step = Step { key, version: None };
        records.step(&entry.kind, made.id, step, &Map::new(), asking).await.map_err(told)?;
    }
    Ok(made.id)
}

/// A field, or one of a line: `items.0.item`.
fn put(fields: &mut Map<String, Value>, place: &str, value: Value) -> anyhow::Result<()> {
    let mut parts = place.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(field), None, _) => drop(fields.insert(field.to_owned(), value)),
        (Some(table), Some(line), Some(field)) => {
            let line = fields.get_mut(table).and_then(|lines| lines.get_mut(line.parse::<usize>().ok()?));
            let line = line.and_then(Value::as_object_mut).with_context(|| place.to_owned())?;
            line.insert(field.to_owned(), value);
        }
        _ => bail!("{place} is no field"),
    }
    Ok(())
}

async fn customer(store: &Store, number: &str) -> anyhow::Result<CustomerId> {
    let number = Number::try_from(number.to_owned()).ok().with_context(|| number.to_owned())?;
    match store.find_by_number(&number).await?.as_slice() {
        [customer] => Ok(customer.id),
        others => bail!("{} customers have this number", others.len()),
    }
}

/// `today + 1d at 10:00`, in the center's time zone; else as a rule says it.
fn when(text: &str, asking: &Asking<'_>) -> Option<Value> {
    let Some((day, time)) = text.split_once(" at ") else { return dated(text, asking) };
    let day: jiff::civil::Date = dated(day, asking)?.as_str()?.parse().ok()?;
    let at = day.to_datetime(time.parse().ok()?).to_zoned(asking.zone.clone()).ok()?;
    Some(json!(at.timestamp().to_string()))
}

fn told(error: RecordError) -> anyhow::Error {
    match error {
        RecordError::Fields(refused) => {
            let told: Vec<_> = refused.iter().map(|it| format!("{}: {}", it.field, it.code)).collect();
            anyhow::anyhow!("{}", told.join(", "))
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::demo::sample;
    use crate::store::StoreSettings;

    #[tokio::test]
    async fn what_is_said_read_and_sent_is_there_in_both_languages() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::sqlite(&folder.path().join("demo.db"))).await.unwrap();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let model =
            crate::setup::read(&std::fs::read_to_string(root.join("config/demo-center.toml")).unwrap()).unwrap();
        assert!(model.hours.get("service").is_some(), "tickets are due in business hours");
        let plan = store.plan(model).await.unwrap();
        store.apply(&plan, "test", Instant::ZERO).await.unwrap();
        let now = Instant::from_micros(1_795_399_200_000_000);
        sample::fill(&store, 7, now).await.unwrap();
        let count = fill(&store, now).await.unwrap();
        assert!(count > 40, "{count}");
        assert_eq!(fill(&store, now).await.unwrap(), 0, "once");
        let records = Records::open(&store, now).await.unwrap();
        let (model, ids) = store.center().await.unwrap();
        let house = House::new(Arc::new(Listed { model, ids }));
        for kind in ["article", "script", "template"] {
            let stored = records.kind(kind).unwrap();
            let offered = stored.kind.call.as_ref().and_then(|call| call.when.clone()).unwrap();
            for language in ["en", "zh"] {
                let asked = format!("({}) and language == '{language}'", offered.text);
                let condition = crate::record::condition(&stored.kind, &asked, &house.asking(now).who).unwrap();
                let query = Query { conditions: vec![condition], limit: 50, ..Query::default() };
                let found = records.list(&stored, &query, &house.asking(now)).await.unwrap();
                assert!(found.records.len() >= 3, "{kind} {language}");
            }
        }
    }
}
