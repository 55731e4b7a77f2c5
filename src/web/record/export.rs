//! What a list shows as a file: CSV, page by page as it is read, or a workbook.
//!
//! Nothing in it is calculated when it is opened: in a workbook every text is written as one, in CSV one that a
//! spreadsheet would take for a formula stands behind a `'`, which our import takes away again.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream;

use super::asking::Asker;
use super::list::{Params, query};
use super::told::{Teller, Told};
use crate::record::{Field, FieldType, SYSTEM};
use crate::store::PAGE_MAX;
use crate::store::record::{Query, Stored};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::Asked;
use crate::web::table::{self, Cell};
use crate::web::{ApiError, WebState};

/// Rows of a workbook, which is whole in memory before it is sent.
const BOOK_ROWS: u32 = 50_000;

/// Records of a list as a file: the same question as of the list; `format=csv` or `xlsx`, `columns` in their order.
#[utoipa::path(
    get, path = "/records/{kind}/export", tag = "records",
    params(("kind" = String, Path), ("format" = Option<String>, Query, description = "`csv`, `xlsx`"), Params),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "text/csv"), problems::TooMuch)
)]
pub async fn export(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Path(key): Path<String>,
    Asked(mut asked): Asked<Vec<(String, String)>>,
) -> Result<Response, ApiError> {
    let asker = Asker::new(&state, identity);
    let stored = state.records.kind(&key).map_err(|error| asker.plainly_refused(error))?;
    let format = asked.iter().position(|(name, _)| name == "format").map(|at| asked.remove(at).1);
    let wanted = asked.iter().find(|(name, _)| name == "columns").map(|(_, text)| text.as_str());
    let columns = columns(&stored, wanted, &asker)?;
    let query = query(&stored.kind, &asked, &asker)?;
    let query = Query { limit: PAGE_MAX, is_uncounted: true, after: None, ..query.unwrap_or_default() };
    let day = asker.now.date_in(asker.zone()).map(|day| day.to_string()).unwrap_or_default();
    tracing::info!(kind = key, by = asker.identity.user, "records are exported");
    let rest = Rest { state, asker, stored, columns, query: Some(query) };
    match format.as_deref() {
        None | Some("csv") => {
            let body = rest.csv().await?;
            Ok(table::file(body, table::CSV, &format!("{key}-{day}.csv")))
        }
        Some("xlsx") => {
            let bytes = rest.book().await?;
            Ok(table::file(Body::from(bytes), table::XLSX, &format!("{key}-{day}.xlsx")))
        }
        Some(_) => Err(ApiError::BadRequest("`format` is `csv` or `xlsx`".into())),
    }
}

/// Of the list as the kind says, unless others are named.
fn columns(stored: &Stored, wanted: Option<&str>, asker: &Asker) -> Result<Vec<String>, ApiError> {
    let role = asker.who().role;
    let named: Vec<String> = match wanted {
        Some(text) => text.split(',').map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect(),
        None => stored.kind.list.columns.clone(),
    };
    let field = |key: &str| stored.kind.field(key).is_some_and(|field| field.may_read(role));
    let known = |key: &str| field(key) || SYSTEM.iter().any(|(name, _)| *name == key);
    match named.iter().find(|key| wanted.is_some() && !known(key)) {
        Some(key) => Err(ApiError::BadRequest(format!("there is no column `{key}`"))),
        None => Ok(named.into_iter().filter(|key| known(key)).collect()),
    }
}

/// What is still to be sent.
struct Rest {
    state: Arc<WebState>,
    asker: Asker,
    stored: Arc<Stored>,
    columns: Vec<String>,
    /// Of the next page; `None`: there are no more.
    query: Option<Query>,
}

impl Rest {
    /// The next page as cells; `None`: that was all.
    async fn page(&mut self) -> Result<Option<Vec<Vec<Cell>>>, ApiError> {
        let Some(mut query) = self.query.take() else { return Ok(None) };
        let listed = self.state.records.list(&self.stored, &query, &self.asker.asking()).await;
        let listed = listed.map_err(|error| self.asker.plainly_refused(error))?;
        let columns = Some(self.columns.clone());
        let teller = Teller::only(&self.state, &self.asker, &self.stored, &listed.records, columns).await?;
        let told = listed.records.iter().map(|record| teller.record(&self.asker, &self.stored, record));
        let rows = told.map(|told| self.columns.iter().map(|key| self.cell(&told, key)).collect()).collect();
        self.query = listed.next.map(|next| {
            query.after = Some(next);
            query
        });
        Ok(Some(rows))
    }

    fn heads(&self) -> Vec<String> {
        let language = self.asker.language();
        let system = |key: &str| {
            let zh = match key {
                "number" => "编号",
                "title" => "标题",
                "state" => "状态",
                "customer" => "客户",
                "created" => "创建时间",
                "created_by" => "创建人",
                "updated" => "修改时间",
                _ => "修改人",
            };
            crate::record::Words::new(crate::record::Words::of_key(key).en, zh)
        };
        let head = |key: &String| {
            let name = self.stored.kind.field(key).map_or_else(|| system(key), |field| field.name.clone());
            name.in_language(language).to_owned()
        };
        self.columns.iter().map(head).collect()
    }

    fn cell(&self, told: &Told, key: &str) -> Cell {
        let text = |text: &str| Cell::Text(text.to_owned());
        let language = self.asker.language();
        match key {
            "number" => text(told.number.as_deref().unwrap_or_default()),
            "title" => text(&told.title),
            "state" => {
                let state = told.state.as_deref().unwrap_or_default();
                let known = self.stored.kind.life.as_ref().and_then(|life| life.state(state));
                text(known.map_or(state, |state| state.name.in_language(language)))
            }
            "customer" => text(told.customer.as_ref().and_then(|it| it.title.as_deref()).unwrap_or_default()),
            "created" => self.time(told.created),
            "created_by" => text(&told.created_by.title),
            "updated" => self.time(told.updated),
            "updated_by" => text(&told.updated_by.title),
            key => match (self.stored.kind.field(key), told.fields.get(key)) {
                (Some(field), Some(value)) => self.value(field, value),
                _ => text(""),
            },
        }
    }

    /// Where the center is.
    fn time(&self, at: crate::base::Instant) -> Cell {
        let stamp = jiff::Timestamp::from_microsecond(i64::try_from(at.as_micros()).unwrap_or_default());
        let told =
            stamp.map(|stamp| stamp.to_zoned(self.asker.zone().clone()).strftime("%Y-%m-%d %H:%M:%S").to_string());
        Cell::Text(told.unwrap_or_default())
    }

    fn value(&self, field: &Field, value: &serde_json::Value) -> Cell {
        let language = self.asker.language();
        let plain = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        let choice = |key: &str| field.choice(key).map_or(key, |choice| choice.name.in_language(language)).to_owned();
        let one = |value: &serde_json::Value| match (field.of_type, value.get("title")) {
            (FieldType::Choice | FieldType::Choices, _) => choice(value.as_str().unwrap_or_default()),
            (_, Some(title)) => plain(title),
            _ => plain(value),
        };
        match (field.of_type, value) {
            (FieldType::Flag, serde_json::Value::Bool(flag)) => Cell::Text(
                match (flag, language) {
                    (true, "zh") => "是",
                    (false, "zh") => "否",
                    (true, _) => "yes",
                    (false, _) => "no",
                }
                .to_owned(),
            ),
            (FieldType::Number, _) => {
                let text = plain(value);
                text.parse().map_or_else(|_| Cell::Text(text.clone()), |number| Cell::Number(number, text.clone()))
            }
            (FieldType::Money, serde_json::Value::Object(money)) => {
                let part = |key: &str| money.get(key).map(plain).unwrap_or_default();
                Cell::Text(format!("{} {}", part("amount"), part("currency")))
            }
            (FieldType::Time, serde_json::Value::String(text)) => match text.parse::<jiff::Timestamp>() {
                Ok(at) => {
                    let local = at.to_zoned(self.asker.zone().clone());
                    Cell::Text(local.strftime("%Y-%m-%d %H:%M:%S").to_string())
                }
                Err(_) => Cell::Text(text.clone()),
            },
            (_, serde_json::Value::Array(many)) => Cell::Text(many.iter().map(one).collect::<Vec<_>>().join("; ")),
            (_, value) => Cell::Text(one(value)),
        }
    }

    /// The first page is read before anything is said: what is refused is an answer, not a torn file.
    async fn csv(mut self) -> Result<Body, ApiError> {
        // The mark tells spreadsheets that it is UTF-8.
        let mut head = "\u{feff}".to_owned();
        table::line(&mut head, &self.heads());
        let first = self.page().await?.unwrap_or_default();
        head.push_str(&table::lines(&first));
        let begin = stream::once(async move { Ok::<_, ApiError>(Bytes::from(head)) });
        let rest = stream::try_unfold(self, |mut rest| async move {
            let page = rest.page().await?;
            Ok::<_, ApiError>(page.map(|rows| (Bytes::from(table::lines(&rows)), rest)))
        });
        Ok(Body::from_stream(futures_util::StreamExt::chain(begin, rest)))
    }

    async fn book(mut self) -> Result<Vec<u8>, ApiError> {
        let mut rows = Vec::new();
        while let Some(page) = self.page().await? {
            rows.extend(page);
            if rows.len() > BOOK_ROWS as usize {
                return Err(ApiError::TooMuch(format!(
                    "more than {BOOK_ROWS} records: narrow the list, or take `format=csv`"
                )));
            }
        }
        let heads = self.heads();
        let made = tokio::task::spawn_blocking(move || table::book(&heads, &rows)).await;
        made.map_err(|error| ApiError::Internal(error.to_string()))?
            .map_err(|error| ApiError::Internal(error.to_string()))
    }
}
