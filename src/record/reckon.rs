//! Fields that are reckoned: from others of the record, and what stands of other records in it.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::decimal::Decimal;
use super::facts::{Line, Record};
use super::kind::{Field, FieldType, Kind, Take};
use super::value::Value;
use crate::base::Instant;
use crate::written::formula::{Millionths, Sums};

const MILLION: i128 = 1_000_000;
const BEGIN: Date = date(1970, 1, 1);

impl Kind {
    /// Fills every field that has a formula; where something is missing it is empty.
    pub fn reckon(&self, record: &mut Record) {
        for field in self.reckoned.iter().filter_map(|key| self.field(key)) {
            let Some(reckoned) = &field.value else { continue };
            let found = reckoned.formula.reckon(&sums(record, field.currency.as_deref()));
            match found.and_then(|found| value(field, found)) {
                Some(value) => drop(record.fields.insert(field.key.clone(), value)),
                None => drop(record.fields.remove(&field.key)),
            }
        }
    }

    /// What a new record says of others: there are none.
    pub fn reckon_none(&self, record: &mut Record) {
        for field in &self.fields {
            if let Some(roll) = &field.roll {
                record.fields.extend(nothing(field, roll.take).map(|value| (field.key.clone(), value)));
            }
        }
    }
}

/// A count and a sum of nothing; of nothing there is no least.
pub fn nothing(field: &Field, take: Take) -> Option<Value> {
    matches!(take, Take::Count | Take::Sum).then(|| value(field, 0)).flatten()
}

/// `currency`: amounts in others cannot be reckoned with.
fn sums(record: &Record, currency: Option<&str>) -> Sums {
    let known = |cells: &BTreeMap<String, Value>| {
        let numbers = cells.iter().filter_map(|(key, value)| Some((key.clone(), number(value, currency)?)));
        numbers.collect::<BTreeMap<_, _>>()
    };
    let lines = |lines: &Vec<Line>| lines.iter().map(known).collect();
    Sums {
        values: known(&record.fields),
        lines: record.lines.iter().map(|(key, of)| (key.clone(), lines(of))).collect(),
    }
}

fn number(value: &Value, currency: Option<&str>) -> Option<Millionths> {
    match value {
        Value::Number(number) => Some(number.millionths()),
        Value::Money(amount, of) if currency.is_none_or(|wanted| wanted == of) => Some(amount.millionths()),
        Value::Span(seconds) => Some(i128::from(*seconds) * MILLION),
        Value::Time(at) => Some(i128::from(at.as_micros())),
        Value::Day(day) => Some(i128::from(day.duration_since(BEGIN).as_hours() / 24) * MILLION),
        _ => None,
    }
}

fn value(field: &Field, number: Millionths) -> Option<Value> {
    match field.of_type {
        FieldType::Number => Decimal::from_millionths(number).map(Value::Number),
        FieldType::Money => Some(Value::Money(Decimal::from_millionths(number)?, field.currency.clone()?)),
        FieldType::Span => u64::try_from(number / MILLION).ok().map(Value::Span),
        FieldType::Time => u64::try_from(number).ok().map(|micros| Value::Time(Instant::from_micros(micros))),
        FieldType::Date => {
            let days = jiff::Span::new().try_days(i64::try_from(number.div_euclid(MILLION)).ok()?).ok()?;
            BEGIN.checked_add(days).ok().map(Value::Day)
        }
        _ => None,
    }
}
