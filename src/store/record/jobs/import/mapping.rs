//! Which column goes to which field.

use crate::record::{Asking, FieldType, Kind, Refused, Words};
use crate::store::db::args;
use crate::store::import::plain_header;
use crate::store::record::Records;
use crate::store::record::error::RecordError;

/// What every record has and a column may name beside the fields.
const NUMBER: (&str, &[&str]) = ("number", &["number", "编号", "单号", "工单号"]);
const CUSTOMER: (&str, &[&str]) = ("customer", &["customer", "客户", "客户姓名", "客户电话", "customerphone"]);
/// Characters of headers that are remembered together.
const HEADERS_MAX: usize = 10_000;

/// Where a cell goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'k> {
    Field(&'k crate::record::Field),
    /// Only to find the record by.
    Number,
    Customer,
}

/// What the columns of a file seem to be. A field is proposed once: of two columns with the same header the first one
/// has it.
pub(super) fn proposed(kind: &Kind, headers: &[String], asking: &Asking) -> Vec<Option<String>> {
    let mut mapping: Vec<Option<String>> = Vec::new();
    for header in headers {
        let key = of_header(kind, header).filter(|key| {
            let writable = |field: &crate::record::Field| field.may_write(asking.who.role) && !field.is_reckoned();
            kind.field(key).is_none_or(writable) && !mapping.iter().flatten().any(|taken| taken == key)
        });
        mapping.push(key.map(str::to_owned));
    }
    mapping
}

fn of_header<'k>(kind: &'k Kind, header: &str) -> Option<&'k str> {
    let plain = plain_header(header);
    if plain.is_empty() {
        return None;
    }
    let same = |word: &str| plain_header(word) == plain;
    let field = kind.fields.iter().find(|field| same(&field.key) || same(&field.name.en) || same(&field.name.zh));
    let system = |(key, words): (&'static str, &[&str])| words.contains(&plain.as_str()).then_some(key);
    field
        .map(|field| field.key.as_str())
        .or_else(|| system(NUMBER).filter(|_| kind.number.is_some()))
        .or_else(|| system(CUSTOMER).filter(|_| kind.of_customer))
}

/// How much a row looks like the header line: by the fields it names, then by being a row of several cells.
pub(super) fn score(kind: &Kind, headers: &[String]) -> usize {
    let known = headers.iter().filter(|header| of_header(kind, header).is_some()).count();
    let filled = headers.iter().filter(|header| !header.is_empty()).count();
    known.saturating_mul(10).saturating_add(filled.min(3))
}

impl<'k> Target<'k> {
    pub fn of(kind: &'k Kind, key: &str) -> Option<Self> {
        match (kind.field(key), key) {
            (Some(field), _) => Some(Self::Field(field)).filter(|_| !field.is_reckoned()),
            (None, "number") if kind.number.is_some() => Some(Self::Number),
            (None, "customer") if kind.of_customer => Some(Self::Customer),
            _ => None,
        }
    }
}

/// What is wrong with what somebody says of the columns.
pub(super) fn check(kind: &Kind, headers: &[String], mapping: &[Option<String>], by: &[String]) -> Vec<Refused> {
    let mut refused = Vec::new();
    let mut refuse = |field: &str, code, en: &str, zh: &str| {
        refused.push(Refused { field: field.to_owned(), code, detail: Words::new(en, zh) });
    };
    if mapping.len() != headers.len() {
        refuse("mapping", "shape", "one field, or null, for each column of the file", "每一列须对应一个字段或 null");
    }
    let mut taken: Vec<&str> = Vec::new();
    for key in mapping.iter().flatten() {
        if Target::of(kind, key).is_none() {
            refuse(&format!("mapping.{key}"), "unknown_field", "there is no such field", "没有这个字段");
        } else if taken.contains(&key.as_str()) {
            refuse(&format!("mapping.{key}"), "twice", "two columns go to this field", "有两列对应同一字段");
        }
        taken.push(key);
    }
    if !taken.iter().any(|key| *key != "number") && mapping.len() == headers.len() {
        refuse("mapping", "required", "at least one column goes to a field", "至少有一列须对应字段");
    }
    for key in by {
        let fits = taken.contains(&key.as_str()) && key != "customer" && is_key(kind, key);
        if !fits {
            refuse(
                &format!("by.{key}"),
                "unknown_field",
                "records are found by a field that a column goes to and that holds one value",
                "查重字段须有对应的列，且只含单个值",
            );
        }
    }
    refused
}

fn is_key(kind: &Kind, key: &str) -> bool {
    let many =
        |of_type| matches!(of_type, FieldType::Choices | FieldType::Refs | FieldType::LongText | FieldType::Money);
    kind.field(key).map_or(key == "number", |field| !many(field.of_type))
}

/// By what a record is found that is there already: its number, or the fields that say which one it is.
pub(super) fn found_by(kind: &Kind, mapping: &[Option<String>]) -> Vec<String> {
    let mapped = |key: &str| mapping.iter().flatten().any(|known| known == key);
    if kind.field("number").is_none() && mapped("number") {
        return vec!["number".to_owned()];
    }
    let matches = kind.fields.iter().filter(|field| field.is_match && mapped(&field.key));
    matches.map(|field| field.key.clone()).collect()
}

/// Headers as they are remembered.
fn remembered_as(headers: &[String]) -> String {
    let plain: Vec<String> = headers.iter().map(|header| header.trim().to_lowercase()).collect();
    plain.join("\u{1f}").chars().take(HEADERS_MAX).collect()
}

impl Records {
    /// What somebody said of a file of this kind with these headers.
    pub(super) async fn remembered(
        &self,
        kind: &str,
        headers: &[String],
    ) -> Result<Option<Vec<Option<String>>>, RecordError> {
        let stored = self.kind(kind)?;
        let sql = "SELECT mapping FROM record_mappings WHERE kind = $1 AND headers = $2";
        let mut conn = self.store.read().await?;
        let row: Option<(String,)> = conn.optional(sql, args![kind, remembered_as(headers)]).await?;
        let Some((text,)) = row else { return Ok(None) };
        let mapping: Vec<Option<String>> = serde_json::from_str(&text).unwrap_or_default();
        let known = |key: &Option<String>| key.as_ref().is_none_or(|key| Target::of(&stored.kind, key).is_some());
        // A field of it may be gone.
        Ok(Some(mapping).filter(|mapping| mapping.len() == headers.len() && mapping.iter().all(known)))
    }

    /// Sets an import to work with what somebody says of its columns, and remembers that.
    pub async fn run_import(
        &self,
        job: &super::Job,
        spec: super::ImportSpec,
        dry: bool,
        asking: &Asking<'_>,
    ) -> Result<super::Job, RecordError> {
        let stored = self.kind(&job.kind)?;
        let refused = check(&stored.kind, &spec.headers, &spec.mapping, &spec.by);
        if !refused.is_empty() {
            return Err(RecordError::Fields(refused));
        }
        let mapping = serde_json::to_string(&spec.mapping)
            .map_err(|error| crate::store::StoreError::Invalid(error.to_string()))?;
        let mut conn = self.store.begin().await?;
        let sql = "INSERT INTO record_mappings (kind, headers, mapping, at) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (kind, headers) DO UPDATE SET mapping = excluded.mapping, at = excluded.at";
        conn.run(sql, args![&job.kind, remembered_as(&spec.headers), mapping, asking.now]).await?;
        conn.commit().await?;
        self.run_job(job, &super::Spec::Import(spec), dry, asking).await
    }
}
