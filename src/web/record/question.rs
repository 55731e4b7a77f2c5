//! What is asked of a list, as conditions.

use crate::record::{Asking, Class, Field, FieldType, Kind, SYSTEM, condition};
use crate::web::ApiError;
use crate::written::expression::{Condition, Day, Order};
use crate::written::schedule;

/// Fields named in one question.
const NAMED: usize = 20;

/// Of `where=…`, `state=open,waiting`, `customer=4711`, `field.category=repair,delivery`, `from.due=2026-11-01`,
/// `to.due=2026-11-30`.
pub fn conditions(kind: &Kind, asked: &[(String, String)], asking: &Asking) -> Result<Vec<Condition>, ApiError> {
    let mut found = Vec::new();
    for (name, text) in asked {
        let (how, key) = match name.split_once('.') {
            Some(split) => split,
            None if matches!(name.as_str(), "state" | "customer") => ("field", name.as_str()),
            None => continue,
        };
        let what = one(kind, how, key, text, asking);
        found.push(
            what.ok_or_else(|| ApiError::BadRequest(format!("`{name}={text}` cannot be asked of `{}`", kind.key)))?,
        );
    }
    if found.len() > NAMED {
        return Err(ApiError::BadRequest(format!("at most {NAMED} fields are asked for at once")));
    }
    if let Some((_, text)) = asked.iter().find(|(name, text)| name == "where" && !text.trim().is_empty()) {
        let read = condition(kind, text, &asking.who);
        found.push(read.map_err(|error| {
            let place = text.get(..error.at.start).unwrap_or_default().chars().count().saturating_add(1);
            ApiError::BadRequest(format!("`where`, character {place}: {}", error.why))
        })?);
    }
    Ok(found)
}

/// `None`: there is nothing like it, or nothing that this one may read.
fn one(kind: &Kind, how: &str, key: &str, text: &str, asking: &Asking) -> Option<Condition> {
    let fact = key.to_owned();
    let field = kind.field(key).filter(|field| field.may_read(asking.who.role));
    if field.is_none() && !SYSTEM.iter().any(|(name, _)| *name == key) {
        return None;
    }
    match how {
        "field" => among(field, &fact, text, asking),
        "from" => bound(field, fact, Order::MoreEqual, text),
        "to" => bound(field, fact, Order::LessEqual, text),
        _ => None,
    }
}

/// Any of several, with commas between them.
fn among(field: Option<&Field>, fact: &str, text: &str, asking: &Asking) -> Option<Condition> {
    let of_type = field.map(|field| field.of_type);
    let class = of_type.map(FieldType::class);
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if text.trim().is_empty() {
        return Some(Condition::Text { fact: fact.to_owned(), negated: false, among: vec![String::new()] });
    }
    let each = |test: &dyn Fn(&str) -> Option<Condition>| {
        Some(Condition::Any(parts.iter().map(|part| test(part)).collect::<Option<Vec<_>>>()?))
    };
    match (of_type, class) {
        (Some(FieldType::Flag), _) => {
            let flag = Condition::Flag { fact: fact.to_owned() };
            match text {
                "true" => Some(flag),
                "false" => Some(Condition::Not(Box::new(flag))),
                _ => None,
            }
        }
        (_, Some(Class::Many)) => {
            let among = parts.iter().map(|part| (*part).to_owned()).collect();
            Some(Condition::Has { fact: fact.to_owned(), negated: false, among })
        }
        (Some(FieldType::Date | FieldType::Time), _) => each(&|part| {
            Some(Condition::Day { fact: fact.to_owned(), order: Order::Equal, day: Day::On(schedule::date(part)?) })
        }),
        (_, Some(Class::Int | Class::Decimal | Class::Money)) => each(&|part| number(fact, Order::Equal, part)),
        (None, _) if fact == "customer" => each(&|part| number(fact, Order::Equal, part)),
        (None, _) if matches!(fact, "created" | "updated") => None,
        _ => {
            let me = |part: &str| {
                if of_type == Some(FieldType::Person) && part == "me" {
                    asking.who.user.to_owned()
                } else {
                    part.to_owned()
                }
            };
            Some(Condition::Text { fact: fact.to_owned(), negated: false, among: parts.into_iter().map(me).collect() })
        }
    }
}

fn number(fact: &str, order: Order, text: &str) -> Option<Condition> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite())?;
    Some(Condition::Number { fact: fact.to_owned(), order, number })
}

/// Of days, times and numbers; `to` is within.
fn bound(field: Option<&Field>, fact: String, order: Order, text: &str) -> Option<Condition> {
    let is_day = match field {
        Some(field) => matches!(field.of_type, FieldType::Date | FieldType::Time),
        None => matches!(fact.as_str(), "created" | "updated"),
    };
    if is_day {
        let day = if text == "today" { Day::Today(0) } else { Day::On(schedule::date(text)?) };
        return Some(Condition::Day { fact, order, day });
    }
    let class = field?.of_type.class();
    matches!(class, Class::Int | Class::Decimal | Class::Money).then(|| number(&fact, order, text)).flatten()
}
