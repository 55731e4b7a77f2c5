//! Lists: filtered, sorted, page by page; access is part of the statement.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::Records;
use super::catalogue::{Stored, table_of};
use super::error::RecordError;
use super::filter::Filter;
use super::rows::{fill, record, selected, whole};
use super::sql::{Cells, Sql, as_text, exact_sum, summed};
use super::terms::found;
use crate::base::CustomerId;
use crate::record::{Asking, Class, Decimal, Record, Scope, Verb};
use crate::store::db::keys;
use crate::store::db::{Arg, Conn};
use crate::store::{PAGE_MAX, StoreError};
use crate::written::expression::Condition;

/// Records counted for a page; more are told as so many and more.
pub const COUNTED_MAX: u32 = 1_000;

/// What is asked of a list.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Query {
    /// All of them hold. Only of what the asker may read, see [`crate::record::condition`].
    pub conditions: Vec<Condition>,
    /// Terms of a search: of each group one is found; see [`crate::crm::query_terms`].
    pub words: Vec<Vec<String>>,
    /// Key of a field, or of what every record has; `-due`: the latest first. Empty: as the kind says.
    pub sort: String,
    pub limit: u32,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Nobody asks how many there are.
    pub is_uncounted: bool,
}

/// A page of records, without their lines.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed {
    pub records: Vec<Record>,
    pub next: Option<String>,
    pub total: u32,
    /// There are more than `total`.
    pub capped: bool,
}

impl Records {
    /// A record that this one may read, with its lines.
    pub async fn record(&self, stored: &Stored, id: i64, asking: &Asking<'_>) -> Result<Record, RecordError> {
        let found = whole(&mut self.store.read().await?, stored, id).await?;
        found.filter(|record| record.is_reached(&stored.kind, Verb::Read, &asking.who)).ok_or(RecordError::NotFound)
    }

    /// The ids of the records that this one may read, as asked.
    pub(super) async fn ids(
        &self,
        stored: &Stored,
        query: &Query,
        most: u32,
        asking: &Asking<'_>,
    ) -> Result<Vec<i64>, RecordError> {
        let mut conn = self.store.read().await?;
        let wanted = wanted(stored, query, asking, conn.is_postgres())?;
        let text = format!("SELECT CAST(r.id AS TEXT) {} ORDER BY r.id LIMIT {most}", wanted.text);
        let rows: Vec<(String,)> = conn.all_of(text, &wanted.args).await?;
        Ok(rows.iter().filter_map(|(id,)| id.parse().ok()).collect())
    }

    /// The records that this one may read, as asked.
    pub async fn list(&self, stored: &Stored, query: &Query, asking: &Asking<'_>) -> Result<Listed, RecordError> {
        let order =
            Sorted::of(stored, if query.sort.is_empty() { &stored.kind.list.sort } else { &query.sort }, asking)?;
        let limit = query.limit.clamp(1, PAGE_MAX);
        let mut conn = self.store.read().await?;
        let postgres = conn.is_postgres();
        let mut wanted = wanted(stored, query, asking, postgres)?;
        let most = wanted.args.len();
        let counted = format!(
            "SELECT CAST(COUNT(*) AS TEXT) FROM (SELECT 1 {} LIMIT {}) counted",
            wanted.text,
            COUNTED_MAX.saturating_add(1)
        );
        let args = wanted.args.get(..most).unwrap_or_default().to_vec();
        if let Some(after) = &query.after {
            order.after(after, postgres, &mut wanted)?;
        }
        let text = format!(
            "SELECT {}, {} {} ORDER BY {} LIMIT {}",
            selected(stored),
            as_text(&order.column),
            wanted.text,
            order.clause(),
            limit.saturating_add(1)
        );
        let rows: Vec<Cells> = conn.all_of(text, &wanted.args).await?;
        let total: Vec<(String,)> = if query.is_uncounted { Vec::new() } else { conn.all_of(counted, &args).await? };
        let total: u32 = total.first().and_then(|(count,)| count.parse().ok()).unwrap_or_default();
        let (mut records, next) = page(stored, rows, limit)?;
        fill(&mut conn, stored, &mut records).await?;
        Ok(Listed { records, next, total: total.min(COUNTED_MAX), capped: total > COUNTED_MAX })
    }

    /// What a field of the records that this one may read adds up to, as asked: an amount a currency, of numbers one
    /// without.
    pub async fn sums(
        &self,
        stored: &Stored,
        query: &Query,
        key: &str,
        asking: &Asking<'_>,
    ) -> Result<Vec<(Option<String>, Decimal)>, RecordError> {
        let known = stored.kind.field(key).filter(|field| field.may_read(asking.who.role));
        let column = known.and(stored.columns.fields.get(key));
        let column = column.filter(|column| matches!(column.class(), Class::Decimal | Class::Money));
        let column = column.ok_or_else(|| RecordError::Question(format!("`{key}` adds up to nothing")))?;
        let mut conn = self.store.read().await?;
        let postgres = conn.is_postgres();
        let wanted = wanted(stored, query, asking, postgres)?;
        let name = format!("r.{}", column.quoted());
        let (currency, group) = match column.class() {
            Class::Money => {
                let currency = format!("r.{}", column.currency());
                (currency.clone(), format!("GROUP BY {currency} ORDER BY {currency}"))
            }
            _ => ("NULL".to_owned(), String::new()),
        };
        let sum = exact_sum(&name, postgres);
        let text = format!("SELECT CAST({currency} AS TEXT), {sum} {} AND {name} IS NOT NULL {group}", wanted.text);
        let rows: Vec<(Option<String>, Option<String>)> = conn.all_of(text, &wanted.args).await?;
        Ok(rows.into_iter().filter_map(|(currency, sum)| Some((currency, summed(&sum?)?))).collect())
    }

    /// Of which of these kinds there is anything of a customer. One statement.
    pub async fn kinds_of_customer(
        &self,
        kinds: impl IntoIterator<Item = &Stored>,
        customer: CustomerId,
    ) -> Result<BTreeSet<String>, RecordError> {
        let mut sql = Sql::default();
        let id = sql.arg(customer);
        let asked: Vec<String> = kinds
            .into_iter()
            .map(|stored| {
                let key = sql.arg(&stored.kind.key);
                let of = stored.table();
                format!(
                    "SELECT CAST({key} AS TEXT) WHERE EXISTS \
                     (SELECT 1 FROM {of} r WHERE r.customer = {id} AND r.deleted IS NULL)"
                )
            })
            .collect();
        if asked.is_empty() {
            return Ok(BTreeSet::new());
        }
        let rows: Vec<(String,)> = self.store.read().await?.all_of(asked.join(" UNION ALL "), &sql.args).await?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// What the pop of a customer shows of a kind: those of its condition, the newest first.
    pub async fn of_customer(
        &self,
        stored: &Stored,
        customer: CustomerId,
        limit: u32,
        asking: &Asking<'_>,
    ) -> Result<Listed, RecordError> {
        #[allow(clippy::cast_precision_loss, reason = "ids are far below 2^53")]
        let of = Condition::Number {
            fact: "customer".into(),
            order: crate::written::expression::Order::Equal,
            number: customer.0 as f64,
        };
        let when = stored.kind.pop.as_ref().and_then(|pop| pop.when.as_ref()).map(|guard| guard.condition.clone());
        let conditions = std::iter::once(of).chain(when).collect();
        let query = Query { conditions, sort: "-updated".into(), limit, ..Query::default() };
        self.list(stored, &query, asking).await
    }

    /// Titles of records, for references; without those that are deleted.
    pub async fn titles(&self, kind: &str, ids: &[i64]) -> Result<BTreeMap<i64, String>, RecordError> {
        self.kind(kind)?;
        let sql = format!(
            "SELECT {}, title FROM {} WHERE deleted IS NULL AND id IN ({{rows}})",
            as_text("id"),
            table_of(kind)
        );
        let rows: Vec<(String, String)> =
            self.store.read().await?.all_rows_of(&sql, &[], &keys(ids.iter().copied())).await?;
        Ok(rows.into_iter().filter_map(|(id, title)| Some((id.parse().ok()?, title))).collect())
    }

    /// As [`Records::titles`], of those that this one may read.
    pub async fn titles_for(
        &self,
        kind: &str,
        ids: &[i64],
        asking: &Asking<'_>,
    ) -> Result<BTreeMap<i64, String>, RecordError> {
        let stored = self.kind(kind)?;
        let mut conn = self.store.read().await?;
        let wanted = match wanted(&stored, &Query::default(), asking, conn.is_postgres()) {
            Err(RecordError::NotAllowed) => return Ok(BTreeMap::new()),
            wanted => wanted?,
        };
        let sql = format!("SELECT {}, r.title {} AND r.id IN ({{rows}})", as_text("r.id"), wanted.text);
        let rows: Vec<(String, String)> = conn.all_rows_of(&sql, &wanted.args, &keys(ids.iter().copied())).await?;
        Ok(rows.into_iter().filter_map(|(id, title)| Some((id.parse().ok()?, title))).collect())
    }
}

/// From which table, with which conditions: what is asked, of what this one may read.
fn wanted(stored: &Stored, query: &Query, asking: &Asking, postgres: bool) -> Result<Sql, RecordError> {
    let mut wanted = Sql::default();
    wanted.push(&format!("FROM {} r WHERE r.deleted IS NULL AND ", stored.table()));
    let filter = Filter { stored, asker: asking.asker(), postgres };
    let scope = stored.kind.scope(Verb::Read, &asking.who);
    if scope == Scope::None {
        return Err(RecordError::NotAllowed);
    }
    filter.scope(scope, &asking.who, &mut wanted);
    for condition in &query.conditions {
        wanted.push(" AND ");
        filter.condition(condition, &mut wanted);
    }
    if !query.words.is_empty() {
        wanted.push(" AND ");
        found(stored, &query.words, &mut wanted);
    }
    Ok(wanted)
}

/// Without the one that is too many; its place is that of the next page.
fn page(stored: &Stored, rows: Vec<Cells>, limit: u32) -> Result<(Vec<Record>, Option<String>), StoreError> {
    let limit = limit as usize;
    let more = rows.len() > limit;
    let (mut records, mut last) = (Vec::new(), None);
    for mut cells in rows.into_iter().take(limit) {
        let key = cells.0.pop().flatten();
        let record = record(stored, cells)?;
        last = Some((key, record.id));
        records.push(record);
    }
    let next = last.filter(|_| more).and_then(|place| serde_json::to_vec(&place).ok());
    Ok((records, next.map(|place| BASE64_URL_SAFE_NO_PAD.encode(place))))
}

/// By what a list is sorted; empty ones come last, equal ones by id.
struct Sorted {
    column: String,
    class: Class,
    descending: bool,
    nullable: bool,
}

impl Sorted {
    fn of(stored: &Stored, sort: &str, asking: &Asking) -> Result<Self, RecordError> {
        let (key, descending) = sort.strip_prefix('-').map_or((sort, false), |key| (key, true));
        let of = |column: String, class, nullable| Self { column, class, descending, nullable };
        Ok(match key {
            "id" | "created" | "updated" => of(format!("r.{key}"), Class::Int, false),
            "customer" => of("r.customer".to_owned(), Class::Int, true),
            "title" | "created_by" | "updated_by" => of(format!("r.{key}"), Class::Text, false),
            "number" | "state" => of(format!("r.{key}"), Class::Text, true),
            _ => {
                let readable = |it: &&crate::record::Field| it.may_read(asking.who.role);
                let known = stored.kind.field(key).filter(readable).and(stored.columns.fields.get(key));
                let column = known.filter(|column| column.class() != Class::Many);
                let column = column.ok_or_else(|| RecordError::Question(format!("nothing is sorted by `{key}`")))?;
                of(format!("r.{}", column.quoted()), column.class(), true)
            }
        })
    }

    fn clause(&self) -> String {
        let way = if self.descending { "DESC" } else { "ASC" };
        let last = if self.nullable { " NULLS LAST" } else { "" };
        let id = if self.column == "r.id" { String::new() } else { format!(", r.id {way}") };
        format!("{} {way}{last}{id}", self.column)
    }

    /// Appends what comes after the last one of the page before.
    fn after(&self, cursor: &str, postgres: bool, sql: &mut Sql) -> Result<(), RecordError> {
        let wrong = || RecordError::Question("this cursor is not one of ours".into());
        let place = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (key, id): (Option<String>, i64) = serde_json::from_slice(&place).map_err(|_| wrong())?;
        let (column, sign) = (&self.column, if self.descending { "<" } else { ">" });
        let text = match key {
            None => {
                let id = sql.arg(id);
                format!("({column} IS NULL AND r.id {sign} {id})")
            }
            Some(key) => {
                let arg = match self.class {
                    Class::Int => Arg::from(key.parse::<i64>().map_err(|_| wrong())?),
                    _ => Arg::from(key),
                };
                let (place, id) = (sql.arg(arg), sql.arg(id));
                let place = match self.class {
                    Class::Decimal | Class::Money => format!("CAST({place} AS NUMERIC)"),
                    Class::Day if postgres => format!("CAST({place} AS DATE)"),
                    _ => place,
                };
                let nothing = if self.nullable { format!(" OR {column} IS NULL") } else { String::new() };
                format!("({column} {sign} {place} OR ({column} = {place} AND r.id {sign} {id}){nothing})")
            }
        };
        sql.push(" AND ");
        sql.push(&text);
        Ok(())
    }
}

/// Which of these are not there, or deleted. A statement a kind.
pub(super) async fn missing(conn: &mut Conn, kind: &str, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    let sql = match kind {
        crate::record::CUSTOMER => "SELECT CAST(id AS TEXT) FROM customers WHERE id IN ({rows})".to_owned(),
        _ => format!("SELECT CAST(id AS TEXT) FROM {} WHERE deleted IS NULL AND id IN ({{rows}})", table_of(kind)),
    };
    let rows: Vec<(String,)> = conn.all_rows_of(&sql, &[], &keys(ids.iter().copied())).await?;
    let found: Vec<i64> = rows.iter().filter_map(|(id,)| id.parse().ok()).collect();
    Ok(ids.iter().copied().filter(|id| !found.contains(id)).collect())
}
