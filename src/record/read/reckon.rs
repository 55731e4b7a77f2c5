//! `value`, `roll` and `from` of fields: what the program reckons.

use std::collections::BTreeSet;

use super::table::{Fields, expected, table_of};
use crate::record::kind::{Beyond, CUSTOMER, Class, Field, FieldType, Kind, Reckoned, Roll, Take};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::formula::{Formula, Names};
use crate::written::source::{Entry, Node, Span, Table, Value, inner_place};

const ROLL_KEYS: &[&str] = &["count", "sum", "min", "max", "field", "when"];

/// Reads formulas once all fields are known.
pub(super) fn all(top: &Fields, kind: &mut Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) {
    let mut lines = std::mem::take(&mut kind.lines);
    for lines in &mut lines {
        let Some(entries) = inner(top.table, "lines").and_then(|of| inner(of, &lines.key)).and_then(fields_of) else {
            continue;
        };
        let names = numbers(&lines.fields);
        let names = Names { values: names.iter().map(String::as_str).collect(), ..Names::default() };
        for entry in entries {
            if let Value::Table(table) = &entry.node.value {
                refuse(table.get("roll"), "lines say nothing of other records", "明细行不能汇总其他记录", mistakes);
            }
            one(entry, &mut lines.fields, &names, kinds, mistakes);
        }
        lines.reckoned = order(entries, &lines.fields, mistakes);
    }
    kind.lines = lines;
    let Some(entries) = fields_of(top.table) else { return };
    let values = numbers(&kind.fields);
    let of_lines: Vec<(String, Vec<String>)> =
        kind.lines.iter().map(|lines| (lines.key.clone(), numbers(&lines.fields))).collect();
    let names = Names {
        values: values.iter().map(String::as_str).collect(),
        lines: of_lines.iter().map(|(key, of)| (key.as_str(), of.iter().map(String::as_str).collect())).collect(),
    };
    for entry in entries {
        one(entry, &mut kind.fields, &names, kinds, mistakes);
    }
    kind.reckoned = order(entries, &kind.fields, mistakes);
}

fn inner<'t>(of: &'t Table, key: &str) -> Option<&'t Table> {
    match of.get(key) {
        Some(Node { value: Value::Table(table), .. }) => Some(table),
        _ => None,
    }
}

fn fields_of(of: &Table) -> Option<&[Entry]> {
    inner(of, "field").map(|fields| fields.entries.as_slice())
}

/// What one field is reckoned from. `names`: what can be reckoned with.
fn one(entry: &Entry, fields: &mut [Field], names: &Names, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) {
    let Value::Table(table) = &entry.node.value else { return };
    let of = Fields { table, at: entry.key_span.clone() };
    let [value, roll, from] = ["value", "roll", "from"].map(|key| table.get(key));
    let mut said = [value, roll, from].into_iter().flatten();
    if said.next().is_none() {
        return;
    }
    for key in ["default", "required"] {
        refuse(table.get(key), "what is reckoned has no such key", "自动计算的字段没有此键", mistakes);
    }
    refuse(said.next(), "a field has one of `value`, `roll`, `from`", "value、roll、from 只能有一个", mistakes);
    let Some(field) = fields.iter().find(|field| field.key == entry.key) else { return };
    if from.is_none() {
        fits(field, &of.at, mistakes);
    }
    let value = value.and_then(|node| formula(node, names, mistakes));
    let roll = roll.and_then(|node| roll_of(node, field, kinds, mistakes));
    let from = from.and_then(|node| from_of(node, field, fields, mistakes));
    if let Some(field) = fields.iter_mut().find(|field| field.key == entry.key) {
        (field.value, field.roll, field.from) = (value, roll, from);
    }
}

/// `item.price`: a reference beside it, and a field of what that leads to.
fn from_of(node: &Node, field: &Field, fields: &[Field], mistakes: &mut Mistakes) -> Option<Beyond> {
    let Value::Text(text) = &node.value else {
        return expected(node, "a reference and a field: item.price", "引用及其字段：item.price", mistakes);
    };
    let Some((by, of)) = text.split_once('.') else {
        return expected(node, "a reference and a field: item.price", "引用及其字段：item.price", mistakes);
    };
    if matches!(field.of_type.class(), Class::Many) {
        return expected(node, "a field of one value", "只有一个值的字段", mistakes);
    }
    let refers = |it: &&Field| it.of_type == FieldType::Ref && it.kind.as_deref() != Some(CUSTOMER);
    if !fields.iter().any(|it| it.key == by && refers(&it)) {
        let known = fields.iter().filter(refers).map(|it| it.key.as_str());
        mistakes.unknown(&node.span, &Words::new("reference to a record", "引用记录的字段"), by, known);
    }
    Some(Beyond { by: by.to_owned(), field: of.to_owned() })
}

fn refuse(node: Option<&Node>, en: &str, zh: &str, mistakes: &mut Mistakes) {
    if let Some(node) = node {
        mistakes.add(&node.span, "not_here", Words::new(en, zh));
    }
}

fn is_number(of_type: FieldType) -> bool {
    use FieldType::{Date, Money, Number, Span, Time};
    matches!(of_type, Number | Money | Span | Date | Time)
}

/// What formulas can name: numbers, and choices that are so many points.
fn numbers(fields: &[Field]) -> Vec<String> {
    let has_points = |field: &Field| {
        field.of_type == FieldType::Choice && field.choices.iter().any(|choice| choice.points.is_some())
    };
    let fields = fields.iter().filter(|field| is_number(field.of_type) || has_points(field));
    fields.map(|field| field.key.clone()).collect()
}

fn fits(field: &Field, at: &Span, mistakes: &mut Mistakes) {
    if !is_number(field.of_type) {
        let message = Words::new(
            "only `number`, `money`, `span`, `date` and `time` are reckoned",
            "只有 number、money、span、date、time 类型可以计算",
        );
        mistakes.add(at, "not_here", message);
    }
    if field.of_type == FieldType::Money && field.currency.is_none() {
        mistakes.add(
            at,
            "missing",
            Words::new("money that is reckoned needs a `currency`", "计算金额需要写明 currency"),
        );
    }
}

fn formula(node: &Node, names: &Names, mistakes: &mut Mistakes) -> Option<Reckoned> {
    let Value::Text(text) = &node.value else {
        return expected(node, "a formula in quotes", "引号中的公式", mistakes);
    };
    match Formula::parse(text, names) {
        Ok(formula) => Some(Reckoned { text: text.clone(), formula }),
        Err(error) => {
            let at = inner_place(node, text, error.at, mistakes.text);
            let message =
                Words::new(format!("the formula is wrong here: {}", error.why), format!("公式此处有误：{}", error.why));
            mistakes.add(&at, "formula", message);
            None
        }
    }
}

/// `{ sum = "visit.contract", field = "length", when = "state == 'done'" }`
fn roll_of(node: &Node, field: &Field, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Roll> {
    let table = table_of(node, mistakes)?;
    let of = Fields::new(table, node.span.clone(), ROLL_KEYS, mistakes);
    let named: Vec<_> = Take::ALL.into_iter().filter(|(word, _)| table.get(word).is_some()).collect();
    let &[(word, take)] = named.as_slice() else {
        return expected(node, "one of count, sum, min, max", "count、sum、min、max 之一", mistakes);
    };
    let (text, at) = of.text(word, mistakes)?;
    let Some((kind, by)) = text.split_once('.') else {
        mistakes.expected(
            &at,
            &Words::new("a kind and its reference: ticket.contract", "类型及其引用字段：ticket.contract"),
        );
        return None;
    };
    if !kinds.contains(kind) {
        mistakes.unknown(&at, &Words::new("kind", "类型"), kind, kinds.iter().map(String::as_str));
    }
    let taken = of.text("field", mistakes).map(|(text, _)| text.to_owned());
    let when = of.text("when", mistakes).map(|(text, _)| text.to_owned());
    match take {
        Take::Count if field.of_type != FieldType::Number => {
            return expected(node, "a field of the type `number`", "number 类型的字段", mistakes);
        }
        Take::Count => {}
        Take::Sum if matches!(field.of_type, FieldType::Date | FieldType::Time) => {
            return expected(node, "count, min or max: days have no sum", "count、min 或 max：日期不能求和", mistakes);
        }
        _ if taken.is_none() => drop(of.needed("field", mistakes)),
        _ => {}
    }
    Some(Roll { take, of: kind.to_owned(), by: by.to_owned(), field: taken, when })
}

/// Each after those that it names; those that name each other are told.
fn order(entries: &[Entry], fields: &[Field], mistakes: &mut Mistakes) -> Vec<String> {
    let mut left: Vec<&Field> = fields.iter().filter(|field| field.value.is_some()).collect();
    let mut ordered: Vec<String> = Vec::new();
    loop {
        let waits = |field: &&Field| {
            let names = field.value.as_ref().map(|value| value.formula.names()).unwrap_or_default();
            names.iter().any(|name| left.iter().any(|other| other.key == *name))
        };
        let (later, now): (Vec<&Field>, Vec<&Field>) = left.iter().copied().partition(waits);
        ordered.extend(now.iter().map(|field| field.key.clone()));
        if now.is_empty() {
            break;
        }
        left = later;
    }
    for field in left {
        let at = entries.iter().find(|entry| entry.key == field.key).map_or(0..0, |entry| entry.key_span.clone());
        let message = Words::new(
            format!("`{}` is reckoned from itself", field.key),
            format!("“{}”的计算结果又依赖它自己", field.key),
        );
        mistakes.add(&at, "circle", message);
    }
    ordered
}
