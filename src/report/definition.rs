//! A report as its file says it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::guard::{Forbidden, read_sql};

/// A text in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportWording)]
pub struct Wording {
    pub en: String,
    pub zh: String,
}

/// A report that comes with the program.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Name of its file.
    #[serde(skip)]
    pub key: String,
    /// Among the others.
    pub position: u16,
    pub name: Wording,
    pub about: Wording,
    /// What it can be narrowed by, beside its time.
    #[serde(default)]
    pub filters: Vec<Filter>,
    pub chart: Option<Chart>,
    pub sql: String,
    /// Numbers that it asks for.
    #[serde(default)]
    pub asked: Vec<Number>,
    /// In their order.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
}

/// What a report can be narrowed by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportFilter)]
pub enum Filter {
    Queue,
    Agent,
}

/// A number that a report asks for: `:minutes` in its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportNumber)]
pub struct Number {
    pub key: String,
    pub name: Wording,
    pub usual: i64,
    pub least: i64,
    pub most: i64,
}

/// A column of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportColumn)]
pub struct Column {
    pub key: String,
    pub unit: Unit,
    pub name: Wording,
    /// In words of the views.
    #[serde(default)]
    pub formula: String,
}

/// What the values of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportUnit)]
pub enum Unit {
    Count,
    /// 0 to 1.
    Ratio,
    /// Microseconds, for people in minutes and seconds.
    Span,
    /// Microseconds, for people in milliseconds.
    Fine,
    /// Microseconds since 1970 UTC.
    Time,
    /// An opinion score, 1 to 4.5.
    Score,
    /// 1 is Monday.
    Weekday,
    /// 0 to 23.
    Hour,
    /// Key of a queue.
    Queue,
    /// Key of an agent.
    Agent,
    /// Key of a disposition.
    Disposition,
    /// Key of a reason not to be ready.
    Reason,
    /// State of an agent.
    State,
    /// Id of a contact.
    Contact,
    /// A word of the program.
    Word,
    Text,
    /// Of somebody's own report: as the database says it.
    Plain,
}

/// How an answer is drawn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ReportChart)]
pub enum Chart {
    /// A line for each column of `y`, along `x`.
    Lines { x: String, y: Vec<String> },
    /// Bars of the columns `y` for each `x`.
    Bars { x: String, y: Vec<String> },
    /// Fields of `rows` by `x`, as dark as the first of `y` is large.
    Heat { x: String, y: Vec<String>, rows: String },
    /// From `x` to the first of `y` in the line of `rows`, in the colour of `of`.
    Spans { x: String, y: Vec<String>, rows: String, of: String },
}

/// A file that is no report.
#[derive(Debug, thiserror::Error)]
pub enum NotAReport {
    #[error("{0}")]
    Toml(#[from] Box<toml::de::Error>),
    #[error("its sql: {0}")]
    Sql(#[from] Forbidden),
    #[error("{0}")]
    Columns(String),
}

/// Reads the file of a report.
pub fn read(key: &str, text: &str) -> Result<Report, NotAReport> {
    let mut report: Report = toml::from_str(text).map_err(Box::new)?;
    key.clone_into(&mut report.key);
    let question = read_sql(&report.sql)?;
    let mut keys = BTreeSet::new();
    if let Some(twice) = report.columns.iter().find(|column| !keys.insert(column.key.as_str())) {
        return Err(NotAReport::Columns(format!("`{}` stands there twice", twice.key)));
    }
    if let Some(missing) = report.chart.iter().flat_map(Chart::columns).find(|column| !keys.contains(column)) {
        return Err(NotAReport::Columns(format!("the chart shows `{missing}`, which is no column")));
    }
    let asked: BTreeSet<&str> = report.asked.iter().map(|number| number.key.as_str()).collect();
    if question.asks() != asked {
        return Err(NotAReport::Columns(format!("the text asks for {:?}, the file for {asked:?}", question.asks())));
    }
    if let Some(number) = report.asked.iter().find(|it| it.usual < it.least || it.usual > it.most) {
        return Err(NotAReport::Columns(format!("`{}` is usually what it may not be", number.key)));
    }
    Ok(report)
}

impl Chart {
    /// The columns that it shows.
    pub fn columns(&self) -> Vec<&str> {
        let (x, y, more) = match self {
            Self::Lines { x, y } | Self::Bars { x, y } => (x, y, Vec::new()),
            Self::Heat { x, y, rows } => (x, y, vec![rows.as_str()]),
            Self::Spans { x, y, rows, of } => (x, y, vec![rows.as_str(), of.as_str()]),
        };
        std::iter::once(x.as_str()).chain(y.iter().map(String::as_str)).chain(more).collect()
    }
}

impl Wording {
    /// The same in both.
    pub fn same(text: &str) -> Self {
        Self { en: text.to_owned(), zh: text.to_owned() }
    }

    pub fn in_language(&self, language: &str) -> &str {
        if language == "zh" { &self.zh } else { &self.en }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        position = 1
        name = { en = "A", zh = "甲" }
        about = { en = "B", zh = "乙" }
        chart = { kind = "bars", x = "queue", y = ["n"] }
        sql = "SELECT c.queue AS queue, COUNT(*) AS n FROM contacts c WHERE c.talk_us > :least GROUP BY 1"
        asked = [{ key = "least", name = { en = "L", zh = "少" }, usual = 5, least = 0, most = 9 }]
        column = [
            { key = "queue", unit = "queue", name = { en = "Q", zh = "队" } },
            { key = "n", unit = "count", name = { en = "N", zh = "数" }, formula = "contacts" },
        ]
    "#;

    #[test]
    fn a_file_says_it_all_or_is_refused() {
        let report = read("a", FILE).unwrap();
        assert_eq!((report.key.as_str(), report.columns.len(), report.name.in_language("zh")), ("a", 2, "甲"));
        for (was, is, told) in [
            ("y = [\"n\"]", "y = [\"m\"]", "the chart shows `m`"),
            ("key = \"n\"", "key = \"queue\"", "`queue` stands there twice"),
            (":least", "3", "the text asks for {}"),
            ("usual = 5", "usual = 10", "`least` is usually"),
            ("FROM contacts", "FROM sessions", "its sql: there is no view `sessions`"),
            ("unit = \"count\"", "unit = \"apples\"", "unknown variant `apples`"),
        ] {
            let error = read("a", &FILE.replace(was, is)).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
