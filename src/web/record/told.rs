//! Records as they are answered: with the names of what they refer to, and without what the asker may not read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::asking::Asker;
use crate::base::{CustomerId, Instant, InteractionId};
use crate::record::{CUSTOMER, Field, FieldType, Line, Record, Value, Verb, steps_open};
use crate::store::record::{RecordError, Stored};
use crate::web::{ApiError, Listed, WebState};

/// A record. What stands in `fields` is of the type that its kind says; references, persons and teams are
/// `{id, title}`.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = RecordSheet)]
pub struct Told {
    pub id: i64,
    pub number: Option<String>,
    pub title: String,
    pub state: Option<String>,
    /// When it came to that state.
    pub since: Instant,
    pub version: u32,
    pub created: Instant,
    pub created_by: Person,
    pub updated: Instant,
    pub updated_by: Person,
    pub customer: Option<Reference>,
    pub interaction: Option<InteractionId>,
    #[schema(value_type = Object)]
    pub fields: Map<String, Json>,
    pub may: May,
    /// Steps that the asker may take from here.
    pub steps: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = RecordPerson)]
pub struct Person {
    /// Sign-in name.
    pub id: String,
    pub title: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = RecordReference)]
pub struct Reference {
    pub id: i64,
    /// `null`: it is not there any more.
    pub title: Option<String>,
}

/// What the asker may do with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = RecordMay)]
pub struct May {
    pub write: bool,
    pub delete: bool,
}

/// The names of what records refer to.
pub struct Teller {
    titles: BTreeMap<String, BTreeMap<i64, String>>,
    language: String,
    listed: std::sync::Arc<Listed>,
    /// `None`: all fields.
    columns: Option<Vec<String>>,
}

impl Teller {
    /// Asks for the names: once a kind that the records refer to.
    pub async fn of(state: &WebState, asker: &Asker, stored: &Stored, records: &[Record]) -> Result<Self, ApiError> {
        Self::only(state, asker, stored, records, None).await
    }

    /// Tells only these fields.
    pub async fn only(
        state: &WebState,
        asker: &Asker,
        stored: &Stored,
        records: &[Record],
        columns: Option<Vec<String>>,
    ) -> Result<Self, ApiError> {
        let told = |key: &String| columns.as_ref().is_none_or(|columns| columns.contains(key));
        let mut wanted: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
        for record in records {
            wanted.entry(CUSTOMER).or_default().extend(record.customer.map(|id| id.0));
            for field in stored.kind.fields.iter().filter(|field| told(&field.key)) {
                name(field, record.fields.get(&field.key), &mut wanted);
            }
            let of_lines = stored.kind.lines.iter().filter(|lines| told(&lines.key));
            for (lines, line) in of_lines.flat_map(|it| record.lines.get(&it.key).map(|of| (it, of))) {
                for field in &lines.fields {
                    line.iter().for_each(|line| name(field, line.get(&field.key), &mut wanted));
                }
            }
        }
        let mut titles = BTreeMap::new();
        for (kind, ids) in wanted.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            let found = match kind {
                CUSTOMER => {
                    let names = state.store.customer_names(ids.into_iter().map(CustomerId)).await?;
                    names.into_iter().map(|(id, name)| (id.0, name)).collect()
                }
                kind => {
                    let ids: Vec<i64> = ids.into_iter().collect();
                    state
                        .records
                        .titles_for(kind, &ids, &asker.asking())
                        .await
                        .map_err(|error| asker.plainly_refused(error))?
                }
            };
            titles.insert(kind.to_owned(), found);
        }
        let language = asker.language().to_owned();
        Ok(Self { titles, language, listed: asker.listed.clone(), columns })
    }

    pub fn record(&self, asker: &Asker, stored: &Stored, record: &Record) -> Told {
        let asking = asker.asking();
        let told = |key: &String| self.columns.as_ref().is_none_or(|columns| columns.contains(key));
        let readable = |field: &&Field| field.may_read(asking.who.role) && told(&field.key);
        let mut fields = Map::new();
        for field in stored.kind.fields.iter().filter(readable) {
            let value = record.fields.get(&field.key);
            fields.insert(field.key.clone(), value.map_or(Json::Null, |value| self.value(field, value)));
        }
        for lines in stored.kind.lines.iter().filter(|lines| told(&lines.key)) {
            let Some(of) = record.lines.get(&lines.key) else { continue };
            let readable: Vec<&Field> = lines.fields.iter().filter(|field| field.may_read(asking.who.role)).collect();
            fields.insert(lines.key.clone(), of.iter().map(|line| self.line(&readable, line)).collect());
        }
        Told {
            id: record.id,
            number: record.number.clone(),
            title: record.title.clone(),
            state: record.state.clone(),
            since: record.since,
            version: record.version,
            created: record.created,
            created_by: self.person(&record.created_by),
            updated: record.updated,
            updated_by: self.person(&record.updated_by),
            customer: record.customer.map(|id| self.reference(CUSTOMER, id.0)),
            interaction: record.interaction,
            fields,
            may: May { write: asker.may(stored, record, Verb::Write), delete: asker.may(stored, record, Verb::Delete) },
            steps: steps_open(&stored.kind, record, &asking).into_iter().map(|step| step.key.clone()).collect(),
        }
    }

    fn line(&self, fields: &[&Field], line: &Line) -> Json {
        let cell = |field: &&Field| {
            let value = line.get(&field.key);
            (field.key.clone(), value.map_or(Json::Null, |value| self.value(field, value)))
        };
        fields.iter().map(cell).collect()
    }

    fn value(&self, field: &Field, value: &Value) -> Json {
        let kind = field.kind.as_deref().unwrap_or_default();
        match (field.of_type, value) {
            (FieldType::Person, Value::Text(name)) => json!(self.person(name)),
            (FieldType::Team, Value::Text(key)) => {
                let name = self.listed.model.groups.get(key).map(|group| group.name.in_language(&self.language));
                json!({"id": key, "title": name.unwrap_or(key)})
            }
            (_, Value::Ref(id)) => json!(self.reference(kind, *id)),
            (_, Value::Refs(ids)) => ids.iter().map(|id| json!(self.reference(kind, *id))).collect(),
            (_, value) => value.json(),
        }
    }

    fn person(&self, name: &str) -> Person {
        let known = self.listed.model.users.get(name).map(|user| user.name.clone()).filter(|name| !name.is_empty());
        Person { id: name.to_owned(), title: known.unwrap_or_else(|| name.to_owned()) }
    }

    fn reference(&self, kind: &str, id: i64) -> Reference {
        Reference { id, title: self.titles.get(kind).and_then(|titles| titles.get(&id)).cloned() }
    }
}

fn name<'a>(field: &'a Field, value: Option<&Value>, wanted: &mut BTreeMap<&'a str, BTreeSet<i64>>) {
    let Some(kind) = field.kind.as_deref() else { return };
    match value {
        Some(Value::Ref(id)) => drop(wanted.entry(kind).or_default().insert(*id)),
        Some(Value::Refs(ids)) => wanted.entry(kind).or_default().extend(ids),
        _ => {}
    }
}

/// What could not be done with a record, as an answer; one that was changed meanwhile is told as it is.
pub async fn refused(state: &WebState, asker: &Asker, stored: &Stored, error: RecordError) -> ApiError {
    match error {
        RecordError::Changed { present, since } => {
            let version = present.version;
            match Teller::of(state, asker, stored, std::slice::from_ref(&*present)).await {
                Ok(teller) => ApiError::RecordChanged {
                    version,
                    present: Box::new(json!(teller.record(asker, stored, &present))),
                    changes: since,
                },
                Err(error) => error,
            }
        }
        error => asker.plainly_refused(error),
    }
}
