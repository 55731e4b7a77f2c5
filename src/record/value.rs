//! What stands in a field.

use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::decimal::Decimal;
use crate::base::Instant;
use crate::written::expression::{BETWEEN, spoken_span};

/// The value of a field; a field without one has none.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Also of choices, e-mail addresses, numbers of phones (E.164), persons and teams (their keys).
    Text(String),
    Number(Decimal),
    /// ISO 4217.
    Money(Decimal, String),
    Day(Date),
    Time(Instant),
    /// Seconds.
    Span(u64),
    Flag(bool),
    /// The id of another record, or of a customer.
    Ref(i64),
    /// Choices.
    Texts(Vec<String>),
    /// Ids of other records.
    Refs(Vec<i64>),
}

impl Value {
    /// As it stands in a title and is compared by conditions; of several with [`BETWEEN`] between them.
    pub fn plain(&self) -> String {
        let between = BETWEEN.to_string();
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Money(amount, _) => amount.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Time(at) => at.as_micros().to_string(),
            Self::Span(seconds) => seconds.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Ref(id) => id.to_string(),
            Self::Texts(texts) => texts.join(&between),
            Self::Refs(ids) => ids.iter().map(i64::to_string).collect::<Vec<_>>().join(&between),
        }
    }

    /// As people read it in a title.
    pub fn shown(&self) -> String {
        match self {
            Self::Money(amount, currency) => format!("{amount} {currency}"),
            Self::Time(at) => at.utc().get(..16).unwrap_or_default().replace('T', " "),
            Self::Span(seconds) => spoken_span(*seconds),
            Self::Texts(texts) => texts.join(", "),
            other => other.plain(),
        }
    }

    /// As programs read it; references are their ids.
    pub fn json(&self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Money(amount, currency) => json!({"amount": amount, "currency": currency}),
            Self::Day(day) => json!(day.to_string()),
            Self::Time(at) => json!(at.utc()),
            Self::Span(seconds) => json!(spoken_span(*seconds)),
            Self::Flag(flag) => json!(flag),
            Self::Ref(id) => json!(id),
            Self::Texts(texts) => json!(texts),
            Self::Refs(ids) => json!(ids),
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}
