//! What somebody sends -> typed values, with everything that cannot be taken.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::access::{Role, Who};
use super::decimal::Decimal;
use super::facts::{Line, Record};
use super::kind::{Field, FieldType, Kind, Preset};
use super::value::Value;
use super::words::Words;
use crate::base::{Instant, Number};
use crate::written::expression::{self, Asker, Condition, Moment, ParseError, micros_after, read_span};
use crate::written::hours::Hours;
use crate::written::schedule;

/// Characters of a text.
pub const TEXT_MAX: usize = 1_000;
/// Characters of a long text.
pub const LONG_MAX: usize = 50_000;
/// Lines of one table of a record.
pub const LINES_MAX: usize = 500;
/// Choices or references of one field.
pub const MANY_MAX: usize = 100;

/// Who sends it, when and where.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub who: Who<'a>,
    pub now: Instant,
    pub zone: &'a jiff::tz::TimeZone,
    /// How national numbers are read: ISO 3166 alpha-2.
    pub region: &'a str,
    pub people: &'a (dyn People + Sync),
}

/// Who is there.
pub trait People {
    /// Whether there is a person of this sign-in name.
    fn is_person(&self, name: &str) -> bool;
    /// Whether there is a group of this key.
    fn is_team(&self, key: &str) -> bool;
    /// Sign-in names of those in a group, in order.
    fn members(&self, _team: &str) -> Vec<String> {
        Vec::new()
    }
    /// Sign-in names of those with this very role, in order.
    fn of_role(&self, _role: Role) -> Vec<String> {
        Vec::new()
    }
    /// Opening hours of the center by their key.
    fn hours(&self, _key: &str) -> Option<Hours> {
        None
    }

    /// The sign-in name of the one who is called so.
    fn person_called(&self, name: &str) -> Option<String> {
        self.is_person(name).then(|| name.to_owned())
    }

    /// The key of the group that is called so.
    fn team_called(&self, name: &str) -> Option<String> {
        self.is_team(name).then(|| name.to_owned())
    }
}

impl<'a> Asking<'a> {
    pub fn asker(&self) -> Asker<'a> {
        Asker { me: self.who.user, now: self.now, zone: self.zone }
    }

    /// Whether a condition holds of a record.
    pub fn holds(&self, condition: &Condition, record: &Record) -> bool {
        let (facts, hours) = (record.facts(), BTreeMap::new());
        condition.holds(&Moment { facts: &facts, local: None, hours: &hours, asker: Some(self.asker()) })
    }
}

/// A field that cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// `subject`, `parts.2.amount`.
    pub field: String,
    /// Why, as a word. Frozen once released.
    pub code: &'static str,
    pub detail: Words,
}

/// Values that are typed and may be written. What is not named stays as it is; `None` empties.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Draft {
    pub fields: BTreeMap<String, Option<Value>>,
    /// Replaces all lines of that table.
    pub lines: BTreeMap<String, Vec<Line>>,
}

impl Draft {
    /// Writes it over what stands in a record.
    pub fn onto(&self, record: &mut Record) {
        for (key, value) in &self.fields {
            match value {
                Some(value) => drop(record.fields.insert(key.clone(), value.clone())),
                None => drop(record.fields.remove(key)),
            }
        }
        for (key, lines) in &self.lines {
            match lines.as_slice() {
                [] => drop(record.lines.remove(key)),
                lines => drop(record.lines.insert(key.clone(), lines.to_vec())),
            }
        }
    }
}

type Wrong = (&'static str, Words);

impl Kind {
    /// `body`: key -> value, as `docs/records.md` says for each type.
    pub fn draft(&self, body: &Map<String, Json>, asking: &Asking) -> Result<Draft, Vec<Refused>> {
        let (mut draft, mut refused) = (Draft::default(), Vec::new());
        for (key, json) in body {
            if let Some(lines) = self.lines_of(key) {
                if let Some(read) = read_lines(&lines.fields, key, json, asking, &mut refused) {
                    draft.lines.insert(key.clone(), read);
                }
                continue;
            }
            let Some(field) = self.field(key) else {
                let known = self.fields.iter().map(|field| field.key.as_str());
                refused.push(unknown(key, key, known));
                continue;
            };
            match may_write(field, asking).and_then(|()| value(field, json, asking)) {
                Ok(value) => drop(draft.fields.insert(key.clone(), value)),
                Err((code, detail)) => refused.push(Refused { field: key.clone(), code, detail }),
            }
        }
        for (key, _) in draft.fields.iter().filter(|(_, value)| value.is_none()) {
            if self.field(key).is_some_and(|field| field.required) {
                refused.push(required(key));
            }
        }
        if refused.is_empty() { Ok(draft) } else { Err(refused) }
    }

    /// What a new record has beside what is said of it; `Err`: what must be said.
    pub fn complete(&self, draft: &mut Draft, asking: &Asking) -> Result<(), Vec<Refused>> {
        for field in self.fields.iter().filter(|field| !draft.fields.contains_key(&field.key)).collect::<Vec<_>>() {
            if let Some(value) = field.default.as_ref().and_then(|preset| preset.value(field.of_type, asking)) {
                draft.fields.insert(field.key.clone(), Some(value));
            }
        }
        let is_there = |key: &str| draft.fields.get(key).is_some_and(Option::is_some);
        let missing = self.fields.iter().filter(|field| field.required && !is_there(&field.key));
        let refused: Vec<_> = missing.map(|field| required(&field.key)).collect();
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }
}

fn may_write(field: &Field, asking: &Asking) -> Result<(), Wrong> {
    if field.is_reckoned() {
        return Err(("reckoned", Words::new("this is reckoned by itself", "此项自动计算，不能填写")));
    }
    if field.may_write(asking.who.role) {
        return Ok(());
    }
    Err(("not_allowed", Words::new("you may not write this field", "您无权修改此字段")))
}

fn required(key: &str) -> Refused {
    Refused { field: key.to_owned(), code: "required", detail: Words::new("this must be filled", "此项必填") }
}

fn unknown<'a>(place: &str, key: &str, known: impl Iterator<Item = &'a str>) -> Refused {
    let near = crate::base::nearest(key, known);
    let (en, zh) = near
        .map_or_else(Default::default, |near| (format!("; did you mean `{near}`?"), format!("；是否想写“{near}”？")));
    let detail = Words::new(format!("there is no field `{key}`{en}"), format!("没有名为“{key}”的字段{zh}"));
    Refused { field: place.to_owned(), code: "unknown_field", detail }
}

fn read_lines(
    fields: &[Field],
    key: &str,
    json: &Json,
    asking: &Asking,
    refused: &mut Vec<Refused>,
) -> Option<Vec<Line>> {
    let mut refuse = |field: String, code, detail| refused.push(Refused { field, code, detail });
    let items = match json {
        Json::Null => return Some(Vec::new()),
        Json::Array(items) => items,
        _ => {
            refuse(key.to_owned(), "shape", Words::new("expected a list of lines", "应为明细行列表"));
            return None;
        }
    };
    if items.len() > LINES_MAX {
        refuse(
            key.to_owned(),
            "too_many",
            Words::new(format!("at most {LINES_MAX} lines"), format!("最多 {LINES_MAX} 行")),
        );
        return None;
    }
    let mut lines = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let Some(body) = item.as_object() else {
            refuse(format!("{key}.{place}"), "shape", Words::new("expected a line", "应为一行明细"));
            continue;
        };
        let mut line = Line::new();
        for (name, json) in body {
            let at = format!("{key}.{place}.{name}");
            let Some(field) = fields.iter().find(|field| field.key == *name) else {
                let Refused { field, code, detail } = unknown(&at, name, fields.iter().map(|it| it.key.as_str()));
                refuse(field, code, detail);
                continue;
            };
            if field.is_reckoned() {
                // A line is sent as it was told; what follows by itself follows.
                continue;
            }
            match may_write(field, asking).and_then(|()| value(field, json, asking)) {
                Ok(Some(value)) => drop(line.insert(name.clone(), value)),
                Ok(None) => {}
                Err((code, detail)) => refuse(at, code, detail),
            }
        }
        for field in fields.iter().filter(|field| !body.contains_key(&field.key)) {
            let begun = field.default.as_ref().and_then(|preset| preset.value(field.of_type, asking));
            line.extend(begun.map(|value| (field.key.clone(), value)));
        }
        for field in fields.iter().filter(|field| field.required && !line.contains_key(&field.key)) {
            let missing = required(&field.key);
            refuse(format!("{key}.{place}.{}", field.key), missing.code, missing.detail);
        }
        lines.push(line);
    }
    Some(lines)
}

/// `Ok(None)`: the field is to be empty.
fn value(field: &Field, json: &Json, asking: &Asking) -> Result<Option<Value>, Wrong> {
    let nothing = json.is_null()
        || json.as_str().is_some_and(|text| text.trim().is_empty())
        || json.as_array().is_some_and(Vec::is_empty);
    if nothing {
        return Ok(None);
    }
    let value = match field.of_type {
        FieldType::Choices => texts(field, json)?,
        FieldType::Refs => refs(json)?,
        FieldType::Ref => Value::Ref(id(json)?),
        FieldType::Money => money(field, json)?,
        FieldType::Flag => Value::Flag(flag(json)?),
        FieldType::Number => Value::Number(number(json)?),
        FieldType::Span => Value::Span(span(json)?),
        FieldType::Date => Value::Day(day(text(json)?)?),
        FieldType::Time => Value::Time(time(json)?),
        _ => Value::Text(written(field, text(json)?, asking)?),
    };
    match field.outside(&value) {
        Some(wrong) => Err(wrong),
        None => Ok(Some(value)),
    }
}

impl Field {
    /// Why a value is below the least or above the most that may stand here.
    pub(super) fn outside(&self, value: &Value) -> Option<Wrong> {
        let (Value::Number(number) | Value::Money(number, _)) = value else { return None };
        let said = |code, en, zh, bound| {
            let Words { en: name, zh: its_name } = &self.name;
            Some((code, Words::new(format!("{name}: {en} {bound}"), format!("{its_name}{zh}{bound}"))))
        };
        match (self.least, self.most) {
            (Some(least), _) if *number < least => said("too_little", "not below", "不能低于", least),
            (_, Some(most)) if *number > most => said("too_much", "not above", "不能高于", most),
            _ => None,
        }
    }
}

impl Kind {
    /// What is reckoned and may not be so, unless it was no better before.
    pub fn outside(&self, before: Option<&Record>, record: &Record) -> Vec<Refused> {
        let wrong = |field: &&Field| {
            let value = record.fields.get(&field.key)?;
            let (code, detail) = field.outside(value)?;
            let same = before.is_some_and(|before| before.fields.get(&field.key) == Some(value));
            (!same).then(|| Refused { field: field.key.clone(), code, detail })
        };
        self.fields.iter().filter(|field| field.is_reckoned()).filter_map(|field| wrong(&field)).collect()
    }
}

fn wrong<T>(code: &'static str, en: &str, zh: &str) -> Result<T, Wrong> {
    Err((code, Words::new(en, zh)))
}

fn text(json: &Json) -> Result<&str, Wrong> {
    // A person, a team: as it is answered.
    let json = json.get("id").unwrap_or(json);
    json.as_str().map_or_else(|| wrong("shape", "expected a text", "应为文本"), Ok)
}

/// A text of one of the types that are kept as one.
fn written(field: &Field, raw: &str, asking: &Asking) -> Result<String, Wrong> {
    let long = field.of_type == FieldType::LongText;
    let most = if long { LONG_MAX } else { TEXT_MAX };
    if raw.chars().count() > most {
        return Err(("too_long", Words::new(format!("at most {most} characters"), format!("最多 {most} 个字符"))));
    }
    let kept = |c: char| if !c.is_control() || (long && matches!(c, '\n' | '\t')) { c } else { ' ' };
    let text: String = raw.replace("\r\n", "\n").trim().chars().map(kept).collect();
    match field.of_type {
        FieldType::Choice if field.choice(&text).is_none() => wrong("unknown_choice", "no such choice", "没有这个选项"),
        FieldType::Person if !asking.people.is_person(&text) => {
            wrong("unknown_person", "nobody has this name", "没有这个人")
        }
        FieldType::Team if !asking.people.is_team(&text) => {
            wrong("unknown_team", "there is no such group", "没有这个小组")
        }
        FieldType::Phone => match Number::read(&text, asking.region) {
            Ok(read) => Ok(read.number.into()),
            Err(error) => Err((error.code(), Words::new(error.to_string(), "不是可以拨打的电话号码"))),
        },
        FieldType::Email if !is_email(&text) => {
            wrong("not_an_email", "this is no e-mail address", "不是有效的邮箱地址")
        }
        FieldType::Email => Ok(text.to_lowercase()),
        FieldType::Url if !is_url(&text) => {
            wrong("not_a_url", "an address begins with http:// or https://", "网址须以 http:// 或 https:// 开头")
        }
        _ => Ok(text),
    }
}

fn is_email(text: &str) -> bool {
    text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"(),;".contains(c))
        && matches!(text.split_once('@'), Some((user, host)) if !user.is_empty() && !host.contains('@')
            && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'))
}

/// Never `javascript:` or the like.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !text.contains(|c: char| c.is_whitespace() || "<>\"".contains(c)))
}

fn texts(field: &Field, json: &Json) -> Result<Value, Wrong> {
    let items = many(json)?;
    let mut chosen: Vec<String> = Vec::new();
    for item in items {
        let key = text(item)?.trim();
        if field.choice(key).is_none() {
            return wrong("unknown_choice", "no such choice", "没有这个选项");
        }
        if !chosen.iter().any(|known| known == key) {
            chosen.push(key.to_owned());
        }
    }
    Ok(Value::Texts(chosen))
}

fn refs(json: &Json) -> Result<Value, Wrong> {
    let mut ids = Vec::new();
    for item in many(json)? {
        let id = id(item)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Value::Refs(ids))
}

fn many(json: &Json) -> Result<&Vec<Json>, Wrong> {
    match json.as_array() {
        Some(items) if items.len() > MANY_MAX => {
            Err(("too_many", Words::new(format!("at most {MANY_MAX}"), format!("最多 {MANY_MAX} 个"))))
        }
        Some(items) => Ok(items),
        None => wrong("shape", "expected a list", "应为列表"),
    }
}

/// A number, or a record as it is answered.
fn id(json: &Json) -> Result<i64, Wrong> {
    let json = json.get("id").unwrap_or(json);
    let id = json.as_i64().or_else(|| json.as_str()?.trim().parse().ok()).filter(|id| *id > 0);
    id.map_or_else(|| wrong("shape", "expected the id of a record", "应为记录的 id"), Ok)
}

fn decimal(json: &Json) -> Option<Decimal> {
    match json {
        Json::Number(number) => Decimal::told(&number.to_string()).filter(|read| read.to_string().parse() == Ok(*read)),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn number(json: &Json) -> Result<Decimal, Wrong> {
    decimal(json).map_or_else(
        || {
            wrong(
                "not_a_number",
                "a number has at most 12 digits before the point and 6 behind it, 15 in all",
                "数字整数部分最多 12 位，小数最多 6 位，合计最多 15 位",
            )
        },
        Ok,
    )
}

/// `{"amount": "12.30", "currency": "CNY"}`; of a field with a currency also the amount alone.
fn money(field: &Field, json: &Json) -> Result<Value, Wrong> {
    let amount = number(json.get("amount").unwrap_or(json))?;
    let said = json.get("currency").and_then(Json::as_str).map(str::trim);
    let currency = said.or(field.currency.as_deref()).unwrap_or_default();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return wrong("not_a_currency", "a currency is written as CNY", "币种写作 CNY");
    }
    Ok(Value::Money(amount, currency.to_owned()))
}

fn flag(json: &Json) -> Result<bool, Wrong> {
    match json {
        Json::Bool(flag) => Ok(*flag),
        Json::String(text) if text == "true" => Ok(true),
        Json::String(text) if text == "false" => Ok(false),
        _ => wrong("shape", "expected true or false", "应为 true 或 false"),
    }
}

fn span(json: &Json) -> Result<u64, Wrong> {
    let read = json.as_u64().filter(|seconds| *seconds <= 100 * 366 * 86_400).or_else(|| read_span(json.as_str()?));
    read.map_or_else(|| wrong("not_a_span", "a span is written as 2h30m", "时长写作 2h30m"), Ok)
}

fn day(text: &str) -> Result<jiff::civil::Date, Wrong> {
    let day = schedule::date(text.trim()).filter(|day| (1000..=9999).contains(&day.year()));
    day.map_or_else(|| wrong("not_a_date", "a date is written as 2026-11-30", "日期写作 2026-11-30"), Ok)
}

/// RFC 3339.
fn time(json: &Json) -> Result<Instant, Wrong> {
    let stamp = json.as_str().and_then(|text| text.trim().parse::<jiff::Timestamp>().ok());
    let micros = stamp.and_then(|stamp| u64::try_from(stamp.as_microsecond()).ok());
    micros.map(Instant::from_micros).map_or_else(
        || wrong("not_a_time", "a time is written as 2026-11-30T09:00:00+08:00", "时间写作 2026-11-30T09:00:00+08:00"),
        Ok,
    )
}

/// What a definition says a new record begins with; `Err`: what was expected.
pub(super) fn preset(field: &Field, text: &str) -> Result<Preset, Words> {
    let offset = |rest: &str, unit: i64| {
        let rest = rest.trim();
        let seconds = match rest.strip_prefix('+') {
            Some(span) => read_span(span).and_then(|seconds| i64::try_from(seconds).ok()),
            None => rest.is_empty().then_some(0),
        };
        seconds.filter(|seconds| seconds % unit == 0).map(|seconds| seconds / unit)
    };
    let expected = |en: &str, zh: &str| Words::new(en, zh);
    match field.of_type {
        FieldType::Person if text == "me" => Ok(Preset::Me),
        FieldType::Time => text
            .strip_prefix("now")
            .and_then(|rest| offset(rest, 1))
            .map(Preset::Now)
            .ok_or_else(|| expected("`now`, or a time such as `now + 8h`", "“now”，或“now + 8h”这样的时间")),
        FieldType::Date => text
            .strip_prefix("today")
            .and_then(|rest| offset(rest, 86_400))
            .map(Preset::Today)
            .ok_or_else(|| expected("`today`, or a day such as `today + 7d`", "“today”，或“today + 7d”这样的日期")),
        FieldType::Person | FieldType::Ref | FieldType::Refs | FieldType::Choices => Err(expected(
            "no default for a field of this type, but `me` for persons",
            "此类型没有默认值（人员可用 me）",
        )),
        _ => {
            let zone = jiff::tz::TimeZone::UTC;
            let who = Who { user: "", role: super::access::Role::Admin, team: None };
            let asking = Asking { who, now: Instant::ZERO, zone: &zone, region: "", people: &Nobody };
            match value(field, &Json::String(text.to_owned()), &asking) {
                Ok(Some(value)) => Ok(Preset::Value(value)),
                Ok(None) => Err(expected("a value", "一个值")),
                Err((_, detail)) => Err(detail),
            }
        }
    }
}

impl Preset {
    /// `None`: nobody who could be meant, or a time that cannot be.
    pub fn value(&self, of_type: FieldType, asking: &Asking) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value.clone()),
            // A program is nobody who could own something.
            Self::Me => asking.people.is_person(asking.who.user).then(|| Value::Text(asking.who.user.to_owned())),
            Self::Now(seconds) => {
                let at = u64::try_from(micros_after(asking.now, *seconds)?).ok()?;
                (of_type == FieldType::Time).then_some(Value::Time(Instant::from_micros(at)))
            }
            Self::Today(days) => {
                let today = asking.now.date_in(asking.zone)?;
                expression::Day::Today(*days).date(today).map(Value::Day)
            }
        }
    }
}

/// A definition names no people.
struct Nobody;

impl People for Nobody {
    fn is_person(&self, _: &str) -> bool {
        false
    }

    fn is_team(&self, _: &str) -> bool {
        false
    }
}

/// A condition about records of a kind, of what somebody may read of them.
pub fn condition(kind: &Kind, text: &str, who: &Who) -> Result<Condition, ParseError> {
    let words = kind.vocabulary(|field| field.may_read(who.role));
    expression::parse(text, &words).map(|(condition, _)| condition)
}
