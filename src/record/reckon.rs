//! Fields that are reckoned: from others of the record, and what stands of other records in it.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::decimal::Decimal;
use super::facts::{Line, Record};
use super::kind::{Field, FieldType, Kind, Lines, Take};
use super::value::Value;
use crate::base::Instant;
use crate::written::formula::{Millionths, Sums};

const MILLION: i128 = 1_000_000;
const BEGIN: Date = date(1970, 1, 1);

impl Kind {
    /// Fills every field that has a formula; where something is missing it is empty.
    pub fn reckon(&self, record: &mut Record) {
        for lines in &self.lines {
            let of = record.lines.get_mut(&lines.key).map(Vec::as_mut_slice).unwrap_or_default();
            of.iter_mut().for_each(|line| reckon_line(lines, line));
        }
        for field in self.reckoned.iter().filter_map(|key| self.field(key)) {
            let Some(reckoned) = &field.value else { continue };
            let found = reckoned.formula.reckon(&self.sums(record, field.currency.as_deref()));
            match found.and_then(|found| value(field, found)) {
                Some(value) => drop(record.fields.insert(field.key.clone(), value)),
                None => drop(record.fields.remove(&field.key)),
            }
        }
    }

    fn sums(&self, record: &Record, currency: Option<&str>) -> Sums {
        let table = |lines: &Lines| {
            let of = record.lines.get(&lines.key).map(Vec::as_slice).unwrap_or_default();
            (lines.key.clone(), of.iter().map(|line| known(&lines.fields, line, currency)).collect())
        };
        Sums { values: known(&self.fields, &record.fields, currency), lines: self.lines.iter().map(table).collect() }
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

/// Fills every field of a line that has a formula, from others of that line.
fn reckon_line(lines: &Lines, line: &mut Line) {
    for field in lines.reckoned.iter().filter_map(|key| lines.fields.iter().find(|field| field.key == *key)) {
        let Some(reckoned) = &field.value else { continue };
        let values = known(&lines.fields, line, field.currency.as_deref());
        let found = reckoned.formula.reckon(&Sums { values, lines: BTreeMap::new() });
        match found.and_then(|found| value(field, found)) {
            Some(value) => drop(line.insert(field.key.clone(), value)),
            None => drop(line.remove(&field.key)),
        }
    }
}

/// A count and a sum of nothing; of nothing there is no least.
pub fn nothing(field: &Field, take: Take) -> Option<Value> {
    matches!(take, Take::Count | Take::Sum).then(|| value(field, 0)).flatten()
}

/// What can be reckoned with of these cells. `currency`: amounts in others cannot.
fn known(fields: &[Field], cells: &BTreeMap<String, Value>, currency: Option<&str>) -> BTreeMap<String, Millionths> {
    let cell = |field: &Field| Some((field.key.clone(), number(field, cells.get(&field.key)?, currency)?));
    fields.iter().filter_map(cell).collect()
}

fn number(field: &Field, value: &Value, currency: Option<&str>) -> Option<Millionths> {
    match value {
        Value::Text(key) => field.choice(key)?.points.map(Decimal::millionths),
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
        FieldType::Money => {
            let currency = field.currency.clone()?;
            Some(Value::Money(Decimal::of_currency(number, &currency)?, currency))
        }
        FieldType::Span => u64::try_from(number / MILLION).ok().map(Value::Span),
        FieldType::Time => u64::try_from(number).ok().map(|micros| Value::Time(Instant::from_micros(micros))),
        FieldType::Date => {
            let days = jiff::Span::new().try_days(i64::try_from(number.div_euclid(MILLION)).ok()?).ok()?;
            BEGIN.checked_add(days).ok().map(Value::Day)
        }
        _ => None,
    }
}
