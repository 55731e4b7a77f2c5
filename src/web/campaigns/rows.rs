//! Rows of a list as people write them: JSON, or CSV with headers in either language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Number;
use crate::store::NewRow;
use crate::web::ApiError;

/// Rows of one load.
pub const ROWS_MAX: usize = 20_000;
/// Columns beside those that are known.
const FIELDS_MAX: usize = 40;
/// Of a text of a row, characters.
const TEXT_MAX: usize = 500;
/// Rows that are told one by one.
const TOLD_MAX: usize = 100;

/// Somebody to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignRow)]
pub struct Row {
    /// As people write it.
    number: String,
    #[serde(default)]
    name: String,
    /// IANA zone; empty: the campaign's.
    #[serde(default)]
    zone: String,
    /// Type of the number, as the campaign counts them.
    #[serde(default)]
    kind: u8,
    /// What else the agent is to see.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Why a row was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CampaignRowWhy)]
pub enum Why {
    /// No number that can be called.
    BadNumber,
    /// The record is nobody's: it has no customer.
    NoCustomer,
    /// No zone that is known.
    BadZone,
    /// A text is too long, or there are too many columns.
    TooLong,
}

/// A row that was not taken.
#[derive(PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = CampaignRowRefused)]
pub struct Refused {
    /// Of a file the line, else the place from 1.
    line: usize,
    why: Why,
}

/// The rows that can be called, and those that cannot.
#[derive(Default)]
pub struct Read {
    pub rows: Vec<NewRow>,
    pub refused: Vec<Refused>,
    pub refused_all: usize,
}

impl Read {
    fn take(&mut self, line: usize, row: Row, region: &str) {
        match checked(row, region) {
            Ok(row) => self.rows.push(row),
            Err(why) => self.refuse(line, why),
        }
    }

    pub fn refuse(&mut self, line: usize, why: Why) {
        self.refused_all += 1;
        if self.refused.len() < TOLD_MAX {
            self.refused.push(Refused { line, why });
        }
    }
}

fn checked(row: Row, region: &str) -> Result<NewRow, Why> {
    let number = Number::parse(row.number.trim(), region).map_err(|_| Why::BadNumber)?;
    let zone = row.zone.trim().to_owned();
    if !zone.is_empty() && jiff::tz::TimeZone::get(&zone).is_err() {
        return Err(Why::BadZone);
    }
    let short = |text: &str| text.chars().count() <= TEXT_MAX;
    let fits = row.fields.iter().all(|(name, value)| short(name) && short(value));
    if !short(&row.name) || !fits || row.fields.len() > FIELDS_MAX {
        return Err(Why::TooLong);
    }
    Ok(NewRow { number, name: row.name.trim().to_owned(), zone, kind: row.kind, fields: row.fields })
}

pub fn bounded(count: usize) -> Result<(), ApiError> {
    if count <= ROWS_MAX {
        return Ok(());
    }
    Err(ApiError::TooMuch(format!("more than {ROWS_MAX} rows at once: load them in parts")))
}

/// Rows of a JSON body.
pub fn of_json(rows: Vec<Row>, region: &str) -> Result<Read, ApiError> {
    bounded(rows.len())?;
    let mut read = Read::default();
    (1..).zip(rows).for_each(|(line, row)| read.take(line, row, region));
    Ok(read)
}

/// What a column says, by its header in lower case.
fn column(header: &str) -> Option<&'static str> {
    Some(match header {
        "number" | "phone" | "telephone" | "mobile" | "tel" | "电话" | "号码" | "电话号码" | "手机" | "手机号" => {
            "number"
        }
        "name" | "customer" | "姓名" | "客户" | "客户名称" | "名称" => "name",
        "zone" | "timezone" | "time zone" | "时区" => "zone",
        "kind" | "类型" => "kind",
        _ => return None,
    })
}

/// Rows of a CSV text; the first line names the columns, of which one is the number.
pub fn of_csv(text: &str, region: &str) -> Result<Read, ApiError> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let separator = [',', ';', '\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator as u8).flexible(true).from_reader(text.as_bytes());
    let bad = |error: csv::Error| ApiError::BadRequest(error.to_string());
    let headers: Vec<String> = reader.headers().map_err(bad)?.iter().map(|header| header.trim().to_owned()).collect();
    let known: Vec<_> = headers.iter().map(|header| column(&header.to_lowercase())).collect();
    if !known.contains(&Some("number")) {
        return Err(ApiError::BadRequest("no column is named `number`, `phone` or `电话`".into()));
    }
    let mut read = Read::default();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
        let mut row =
            Row { number: String::new(), name: String::new(), zone: String::new(), kind: 0, fields: BTreeMap::new() };
        for ((cell, known), header) in record.iter().zip(&known).zip(&headers) {
            match known {
                Some("number") => cell.clone_into(&mut row.number),
                Some("name") => cell.clone_into(&mut row.name),
                Some("zone") => cell.clone_into(&mut row.zone),
                Some(_) => row.kind = cell.trim().parse().unwrap_or(0),
                None if cell.trim().is_empty() => {}
                None => drop(row.fields.insert(header.clone(), cell.trim().to_owned())),
            }
        }
        read.take(line, row, region);
        bounded(read.rows.len() + read.refused_all)?;
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_either_language_gives_rows_and_says_which_it_cannot_take() {
        let text =
            "\u{feff}姓名;电话;时区;合同\n王芳;13800138001;Asia/Shanghai;A-1\n李雷;无;;\n韩梅;13800138002;Mars/One;\n";
        let read = of_csv(text, "CN").unwrap();
        assert_eq!(read.rows.len(), 1);
        assert_eq!((read.rows[0].number.as_str(), read.rows[0].name.as_str()), ("+8613800138001", "王芳"));
        assert_eq!(read.rows[0].fields, BTreeMap::from([("合同".to_owned(), "A-1".to_owned())]));
        let told = [(3, Why::BadNumber), (4, Why::BadZone)].map(|(line, why)| Refused { line, why });
        assert_eq!(read.refused, told);
        assert!(of_csv("name,age\nAna,3\n", "CN").is_err());
        let row = |name: String| Row {
            number: "+4930123456".into(),
            name,
            zone: String::new(),
            kind: 1,
            fields: BTreeMap::new(),
        };
        let read = of_json(vec![row("Ana".into()), row("x".repeat(501))], "DE").unwrap();
        assert_eq!((read.rows.len(), read.refused), (1, vec![Refused { line: 2, why: Why::TooLong }]));
    }
}
