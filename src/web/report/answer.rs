//! An answer: its rows with what is said of their columns, and the statement that gave them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::{Format, Time};
use crate::base::Instant;
use crate::report::{Chart, Column, Filter, Number, Report, Unit, Wording};
use crate::store::{Cell, ReportRows};
use crate::web::directory::Listed;
use crate::web::{ApiError, table};

/// What is run, and what is known of it.
pub struct Text<'a> {
    key: Option<&'a str>,
    pub sql: &'a str,
    pub asked: &'a [Number],
    pub filters: &'a [Filter],
    columns: &'a [Column],
    chart: Option<&'a Chart>,
    /// Empty: of a text that is only tried.
    pub name: Wording,
    pub about: Wording,
}

impl<'a> Text<'a> {
    pub fn built_in(report: &'a Report) -> Self {
        let Report { key, sql, asked, filters, columns, chart, name, about, .. } = report;
        let (name, about) = (name.clone(), about.clone());
        Self { key: Some(key), sql, asked, filters, columns, chart: chart.as_ref(), name, about }
    }

    pub fn own(key: Option<&'a str>, name: &str, sql: &'a str) -> Self {
        let (name, about) = (Wording::same(name), Wording::default());
        Self { key, sql, asked: &[], filters: &[], columns: &[], chart: None, name, about }
    }
}

/// The answer of a report.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportAnswer)]
pub struct Answer {
    /// `null`: of a text that is only tried.
    key: Option<String>,
    pub(super) from: Instant,
    pub(super) to: Instant,
    pub(super) zone: String,
    pub(super) columns: Vec<Column>,
    /// Values in the order of the columns.
    pub(super) rows: Vec<Vec<Cell>>,
    /// There are more rows than these.
    pub(super) more: bool,
    chart: Option<Chart>,
    /// As the report says it.
    pub(super) sql: String,
    /// As the database was asked: the same figures for whoever runs it.
    statement: String,
    /// Names of the agents in the rows, by key.
    agents: BTreeMap<String, String>,
    took_ms: u64,
}

impl Answer {
    pub fn of(text: &Text<'_>, time: &Time, statement: String, read: ReportRows, listed: &Listed) -> Self {
        let columns = if text.columns.is_empty() {
            read.columns.iter().map(|name| guessed(name)).collect()
        } else {
            text.columns.to_vec()
        };
        let agents = names(&columns, &read.rows, listed);
        Self {
            key: text.key.map(str::to_owned),
            from: time.from,
            to: time.to,
            zone: time.zone.clone(),
            columns,
            rows: read.rows,
            more: read.more,
            chart: text.chart.cloned(),
            sql: text.sql.to_owned(),
            statement,
            agents,
            took_ms: 0,
        }
    }

    pub fn took(mut self, time: Duration) -> Self {
        self.took_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }

    pub(super) fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }

    /// Without its ending.
    pub(super) fn file_name(&self) -> String {
        let day = self.from.date_in(&self.zone()).map(|day| day.to_string()).unwrap_or_default();
        format!("{}-{day}", self.key.as_deref().unwrap_or("report"))
    }

    pub async fn response(self, format: Format, listed: &Listed, language: &str) -> Result<Response, ApiError> {
        let (kind, ending) = match format {
            // Paper is printed elsewhere.
            Format::Json | Format::Pdf => return Ok(Json(self).into_response()),
            Format::Csv => (table::CSV, "csv"),
            Format::Xlsx => (table::XLSX, "xlsx"),
        };
        let (zone, name) = (self.zone(), format!("{}.{ending}", self.file_name()));
        let heads: Vec<String> =
            self.columns.iter().map(|column| column.name.in_language(language).to_owned()).collect();
        let written = Writing { answer: &self, listed, language, zone: &zone };
        let rows: Vec<Vec<table::Cell>> = self.rows.iter().map(|row| written.row(row)).collect();
        if format == Format::Csv {
            // The mark tells spreadsheets that it is UTF-8.
            let mut text = "\u{feff}".to_owned();
            table::line(&mut text, &heads);
            text.push_str(&table::lines(&rows));
            return Ok(table::file(Body::from(text), kind, &name));
        }
        let made = tokio::task::spawn_blocking(move || table::book(&heads, &rows)).await;
        let made = made.map_err(|error| ApiError::Internal(error.to_string()))?;
        let bytes = made.map_err(|error| ApiError::Internal(error.to_string()))?;
        Ok(table::file(Body::from(bytes), kind, &name))
    }
}

/// What a column of somebody's own report is, by its name: as the views call such things.
fn guessed(name: &str) -> Column {
    let unit = match name {
        "queue" | "to_queue" => Unit::Queue,
        "agent" | "to_agent" | "handed_by" => Unit::Agent,
        "contact" => Unit::Contact,
        "disposition" => Unit::Disposition,
        "state" => Unit::State,
        "weekday" => Unit::Weekday,
        "started" | "queued" | "answered_at" | "begins" | "ends" | "entered" | "happened" | "measured" | "made"
        | "begun" => Unit::Time,
        name if name.ends_with("_us") => Unit::Span,
        _ => Unit::Plain,
    };
    let name = name.to_owned();
    Column { key: name.clone(), unit, name: Wording { en: name.clone(), zh: name }, formula: String::new() }
}

fn names(columns: &[Column], rows: &[Vec<Cell>], listed: &Listed) -> BTreeMap<String, String> {
    let is_agent = |at: usize| columns.get(at).is_some_and(|column| column.unit == Unit::Agent);
    let keys: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.iter().enumerate())
        .filter_map(|(at, cell)| match cell {
            Cell::Text(key) if is_agent(at) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    let named = |key: &str| listed.model.agents.get(key).map(|agent| (key.to_owned(), agent.name.clone()));
    keys.into_iter().filter_map(named).collect()
}

/// Values as a file has them: spans in seconds, times as the clocks of the zone have them, names instead of keys.
pub(super) struct Writing<'a> {
    pub answer: &'a Answer,
    pub listed: &'a Listed,
    pub language: &'a str,
    pub zone: &'a jiff::tz::TimeZone,
}

impl Writing<'_> {
    fn row(&self, row: &[Cell]) -> Vec<table::Cell> {
        row.iter().zip(&self.answer.columns).map(|(cell, column)| self.cell(cell, column.unit)).collect()
    }

    fn cell(&self, cell: &Cell, unit: Unit) -> table::Cell {
        let number = |value: f64| table::Cell::Number(value, value.to_string());
        match (unit, cell) {
            (_, Cell::None) => table::Cell::Text(String::new()),
            (Unit::Time, Cell::Int(micros)) => table::Cell::Text(self.time(*micros)),
            (Unit::Span, cell) => of_number(cell, 1e6).map_or_else(|| text(cell), number),
            (Unit::Fine, cell) => of_number(cell, 1e3).map_or_else(|| text(cell), number),
            (_, Cell::Int(value)) => table::Cell::Number(*value as f64, value.to_string()),
            (_, Cell::Real(value)) => number(*value),
            (_, Cell::Text(key)) => table::Cell::Text(self.name(unit, key).unwrap_or_else(|| key.clone())),
        }
    }

    pub fn name(&self, unit: Unit, key: &str) -> Option<String> {
        let model = &self.listed.model;
        let name = match unit {
            Unit::Queue => model.queues.get(key)?.name.in_language(self.language).to_owned(),
            Unit::Agent => model.agents.get(key)?.name.clone(),
            Unit::Disposition => model.dispositions.get(key)?.name.in_language(self.language).to_owned(),
            Unit::Reason => model.reasons.get(key)?.name.in_language(self.language).to_owned(),
            _ => return None,
        };
        Some(name).filter(|name| !name.is_empty())
    }

    /// As the clocks of the zone have it, to the minute.
    pub fn time_of(&self, at: Instant) -> String {
        let told = self.time(i64::try_from(at.as_micros()).unwrap_or_default());
        told.get(..16).unwrap_or(&told).to_owned()
    }

    fn time(&self, micros: i64) -> String {
        let local = jiff::Timestamp::from_microsecond(micros).map(|stamp| stamp.to_zoned(self.zone.clone()));
        local.map(|local| local.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    }
}

fn of_number(cell: &Cell, by: f64) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64 / by),
        Cell::Real(value) => Some(value / by),
        Cell::None | Cell::Text(_) => None,
    }
}

fn text(cell: &Cell) -> table::Cell {
    table::Cell::Text(match cell {
        Cell::Text(text) => text.clone(),
        Cell::None => String::new(),
        Cell::Int(value) => value.to_string(),
        Cell::Real(value) => value.to_string(),
    })
}
