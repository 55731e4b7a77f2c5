//! `[due]` and `[[rule]]`: until when, and what is done by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::guard::guard;
use super::table::{Fields, bad_name, expected, table_of};
use crate::record::access::Role;
use crate::record::draft::preset;
use crate::record::kind::{Beyond, CUSTOMER, Due, Effect, FieldType, Kind, On, Preset, Rule, Share, Whom, Within};
use crate::record::mistake::Mistakes;
use crate::record::pattern::Pattern;
use crate::record::value::Value as Kept;
use crate::record::words::Words;
use crate::written::expression::read_span;
use crate::written::hours::Recurring;
use crate::written::source::{Entry, Node, Span, Table, Value};

pub(in crate::record) const KEYS: &[&str] = &["key", "name", "on", "when", "do"];
pub(in crate::record) const DUE_KEYS: &[&str] = &["field", "from", "by", "within", "promise", "hours", "always"];
pub(in crate::record) const EFFECT_KEYS: &[&str] = &["set", "state", "assign", "by", "field", "tell", "create", "link"];
/// What a rule can act on.
pub(in crate::record) const ONS: &[&str] = &["created", "changed", "entered", "due", "time"];
const RULES: usize = 50;
const EFFECTS: usize = 10;
const PEOPLE: usize = 20;

pub(super) fn due(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Due> {
    let (table, at) = top.table("due", mistakes)?;
    let of = Fields::new(table, at.clone(), DUE_KEYS, mistakes);
    let field = of.text("field", mistakes).unwrap_or(("due", at));
    let field = typed(kind, &field, FieldType::Time, mistakes);
    let from = match of.text("from", mistakes) {
        Some(("created", _)) | None => Some("created".to_owned()),
        Some(from) => typed(kind, &from, FieldType::Time, mistakes),
    };
    let by = of.text("by", mistakes).and_then(|by| typed(kind, &by, FieldType::Choice, mistakes));
    let within = within(&of, by.as_deref(), kind, mistakes);
    let (promise, always) = (beyond(&of, "promise", kind, mistakes), beyond(&of, "always", kind, mistakes));
    let hours = of.text("hours", mistakes).map(|(hours, _)| hours.to_owned());
    Some(Due { field: field?, from: from?, within: within?, promise, hours, always })
}

fn typed(kind: &Kind, (key, at): &(&str, Span), of_type: FieldType, mistakes: &mut Mistakes) -> Option<String> {
    let fits = || kind.fields.iter().filter(|field| field.of_type == of_type).map(|field| field.key.as_str());
    if fits().any(|known| known == *key) {
        return Some((*key).to_owned());
    }
    let word = of_type.as_str();
    let what = Words::new(format!("field of the type `{word}`"), format!("类型为 {word} 的字段"));
    mistakes.unknown(at, &what, key, fits());
    None
}

/// `"8h"`, or `{ high = "4h", low = "3d" }` by a choice.
fn within(of: &Fields, by: Option<&str>, kind: &Kind, mistakes: &mut Mistakes) -> Option<Within> {
    let node = of.needed("within", mistakes)?;
    match (&node.value, by) {
        (Value::Text(_), None) => span(node, mistakes).map(Within::Same),
        (Value::Table(table), Some(by)) => {
            let mut spans = BTreeMap::new();
            for entry in &table.entries {
                let field = kind.field(by)?;
                if field.choice(&entry.key).is_none() {
                    let known = field.choices.iter().map(|choice| choice.key.as_str());
                    mistakes.unknown(&entry.key_span, &Words::new("choice", "选项"), &entry.key, known);
                }
                spans.extend(span(&entry.node, mistakes).map(|span| (entry.key.clone(), span)));
            }
            Some(Within::By { field: by.to_owned(), spans })
        }
        (_, None) => {
            expected(node, "a span such as 8h; by a choice, with `by`", "时长，如 8h；按选项时须写 by", mistakes)
        }
        (_, Some(_)) => {
            expected(node, "spans by choice: { high = \"4h\" }", "按选项的时长：{ high = \"4h\" }", mistakes)
        }
    }
}

fn span(node: &Node, mistakes: &mut Mistakes) -> Option<u64> {
    let found = if let Value::Text(text) = &node.value { read_span(text) } else { None };
    found.or_else(|| expected(node, "a span such as 8h or 2d", "时长，如 8h 或 2d", mistakes))
}

/// `contract.solve`
fn beyond(of: &Fields, key: &str, kind: &Kind, mistakes: &mut Mistakes) -> Option<Beyond> {
    let (text, at) = of.text(key, mistakes)?;
    let Some((by, field)) = text.split_once('.') else {
        mistakes.expected(
            &at,
            &Words::new("a reference and a field, such as contract.solve", "引用字段与其字段，如 contract.solve"),
        );
        return None;
    };
    let refers =
        |it: &&crate::record::kind::Field| it.of_type == FieldType::Ref && it.kind.as_deref() != Some(CUSTOMER);
    let known = || kind.fields.iter().filter(refers).map(|field| field.key.as_str());
    if known().all(|known| known != by) {
        mistakes.unknown(&at, &Words::new("reference to another record", "引用其他记录的字段"), by, known());
        return None;
    }
    Some(Beyond { by: by.to_owned(), field: field.to_owned() })
}

/// `kinds`: all that there are.
pub(super) fn all(top: &Fields, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Vec<Rule> {
    let Some(node) = top.get("rule") else { return Vec::new() };
    let Value::List(items) = &node.value else {
        return expected(node, "rules as [[rule]]", "规则，写作 [[rule]]", mistakes).unwrap_or_default();
    };
    if items.len() > RULES {
        mistakes.too_many(&node.span, &Words::new("rules", "规则"), RULES);
    }
    let mut found: Vec<Rule> = Vec::new();
    for item in items.iter().take(RULES) {
        let Some(rule) = one(item, kind, kinds, mistakes) else { continue };
        if found.iter().any(|known| known.key == rule.key) {
            bad_name(&item.span, &rule.key, mistakes);
        }
        found.push(rule);
    }
    found
}

fn one(node: &Node, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Rule> {
    let table = table_of(node, mistakes)?;
    let of = Fields::new(table, node.span.clone(), KEYS, mistakes);
    let key = of.needed("key", mistakes).and_then(|key| of.name(key, 40, mistakes));
    let on = of.needed("on", mistakes).and_then(|_| of.text("on", mistakes));
    let on = on.and_then(|(text, at)| event(text, &at, kind, mistakes));
    let when = guard(&of, "when", kind, mistakes);
    let effects = effects(&of, kind, kinds, mistakes);
    let name = of.words("name", mistakes);
    let key = key?;
    Some(Rule { name: name.unwrap_or_else(|| Words::of_key(&key)), key, on: on?, when, effects })
}

/// `created`, `changed`, `changed(field)`, `entered(state)`, `due`, `due + 4h`, `time(mon-fri 09:00)`.
fn event(text: &str, at: &Span, kind: &Kind, mistakes: &mut Mistakes) -> Option<On> {
    let text = text.trim();
    let (word, inner) = match text.split_once('(') {
        Some((word, rest)) => (word.trim(), rest.strip_suffix(')').map(str::trim)),
        None => (text, None),
    };
    match (word, inner) {
        ("created", None) => Some(On::Created),
        ("changed", None) => Some(On::Changed(None)),
        ("changed", Some(field)) => {
            if kind.field(field).is_none() && kind.lines_of(field).is_none() {
                let known = kind.fields.iter().map(|field| field.key.as_str());
                mistakes.unknown(at, &Words::new("field", "字段"), field, known);
                return None;
            }
            Some(On::Changed(Some(field.to_owned())))
        }
        ("entered", Some(state)) => {
            known_state(state, at, kind, mistakes);
            Some(On::Entered(state.to_owned()))
        }
        ("time", Some(when)) => {
            let found = Recurring::parse(when);
            if found.is_none() {
                mistakes
                    .expected(at, &Words::new("a time such as time(mon-fri 09:00)", "时间，如 time(mon-fri 09:00)"));
            }
            found.map(On::Time)
        }
        _ if word.starts_with("due") && inner.is_none() => due_offset(word, at, kind, mistakes),
        _ => {
            let what = Words::new(
                "event: created, changed, changed(field), entered(state), due, due + 4h, time(mon-fri 09:00)",
                "事件：created、changed、changed(字段)、entered(状态)、due、due + 4h、time(mon-fri 09:00)",
            );
            mistakes.unknown(at, &what, word, ONS.iter().copied());
            None
        }
    }
}

fn due_offset(text: &str, at: &Span, kind: &Kind, mistakes: &mut Mistakes) -> Option<On> {
    let rest = text.strip_prefix("due").unwrap_or_default().trim();
    let signed = |sign: char| rest.strip_prefix(sign).and_then(read_span).and_then(|span| i64::try_from(span).ok());
    let offset = match rest {
        "" => Some(0),
        _ => signed('+').or_else(|| signed('-').map(|span| -span)),
    };
    if offset.is_none() {
        mistakes.expected(at, &Words::new("`due`, or a time such as `due + 4h`", "“due”，或“due + 4h”这样的时间"));
    }
    if kind.due.is_none() {
        mistakes.add(at, "missing", Words::new("`due` needs a part `[due]`", "使用 due 需要 [due] 部分"));
    }
    offset.map(On::Due)
}

fn known_state(state: &str, at: &Span, kind: &Kind, mistakes: &mut Mistakes) {
    let states = || kind.life.iter().flat_map(|life| &life.states).map(|state| state.key.as_str());
    if states().all(|known| known != state) {
        mistakes.unknown(at, &Words::new("state", "状态"), state, states());
    }
}

/// `do = [{ set = { priority = "high" } }, { tell = "owner" }]`
fn effects(of: &Fields, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Vec<Effect> {
    let Some(node) = of.needed("do", mistakes) else { return Vec::new() };
    let Value::List(items) = &node.value else {
        let (en, zh) = ("a list such as [{ tell = \"owner\" }]", "列表，如 [{ tell = \"owner\" }]");
        return expected(node, en, zh, mistakes).unwrap_or_default();
    };
    if items.len() > EFFECTS {
        mistakes.too_many(&node.span, &Words::new("effects of a rule", "规则动作"), EFFECTS);
    }
    let mut found = Vec::new();
    for item in items.iter().take(EFFECTS) {
        let Some(table) = table_of(item, mistakes) else { continue };
        found.extend(effect(table, &item.span, kind, kinds, mistakes));
    }
    found
}

fn effect(table: &Table, at: &Span, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Vec<Effect> {
    let has = |key: &str| table.get(key).is_some();
    let keys: &[&str] = match () {
        () if has("create") => &["create", "set", "link"],
        () if has("assign") => &["assign", "by", "field"],
        () if has("tell") => &["tell"],
        () if has("state") => &["state"],
        () if has("set") => &["set"],
        () => EFFECT_KEYS,
    };
    let of = Fields::new(table, at.clone(), keys, mistakes);
    if has("create") {
        return create(&of, kind, kinds, mistakes).into_iter().collect();
    }
    if has("assign") {
        return assign(&of, kind, mistakes).into_iter().collect();
    }
    if has("tell") {
        let whom = people(&of, "tell", kind, mistakes);
        return vec![Effect::Tell { whom }];
    }
    if has("state") {
        let Some((state, at)) = of.text("state", mistakes) else { return Vec::new() };
        known_state(state, &at, kind, mistakes);
        return vec![Effect::State { state: state.to_owned() }];
    }
    let Some((values, _)) = of.table("set", mistakes) else {
        let what = Words::new("set, state, assign, tell or create", "set、state、assign、tell 或 create");
        mistakes.expected(at, &what);
        return Vec::new();
    };
    values.entries.iter().filter_map(|entry| set(entry, kind, mistakes)).collect()
}

fn set(entry: &Entry, kind: &Kind, mistakes: &mut Mistakes) -> Option<Effect> {
    let Some(field) = kind.field(&entry.key) else {
        let known = kind.fields.iter().map(|field| field.key.as_str());
        mistakes.unknown(&entry.key_span, &Words::new("field", "字段"), &entry.key, known);
        return None;
    };
    let node = &entry.node;
    if field.is_reckoned() {
        return expected(node, "a field that is not reckoned", "非自动计算的字段", mistakes);
    }
    let text = literal(node, mistakes)?;
    let value = match text.as_str() {
        "" if field.required => {
            return expected(node, "a value: the field is required", "一个值：该字段必填", mistakes);
        }
        "" => None,
        // Who is there is known when it acts.
        name if matches!(field.of_type, FieldType::Person | FieldType::Team) && name != "me" => {
            Some(Preset::Value(Kept::Text(name.to_owned())))
        }
        text => match preset(field, text) {
            Ok(preset) => Some(preset),
            Err(what) => {
                mistakes.expected(&node.span, &what);
                return None;
            }
        },
    };
    Some(Effect::Set { field: entry.key.clone(), value })
}

/// A number and a flag may stand without quotes.
fn literal(node: &Node, mistakes: &mut Mistakes) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Whole(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Other => Some(mistakes.text.get(node.span.clone()).unwrap_or_default().to_owned()),
        Value::List(_) | Value::Table(_) => expected(node, "a value", "一个值", mistakes),
    }
}

fn assign(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Effect> {
    let at = of.at.clone();
    let field = of.text("field", mistakes).unwrap_or(("owner", at));
    let field = typed(kind, &field, FieldType::Person, mistakes);
    let among = people(of, "assign", kind, mistakes);
    let by = match of.text("by", mistakes) {
        None => Share::Turn,
        Some((word, at)) => {
            let found = Share::ALL.into_iter().find(|(known, _)| *known == word);
            if found.is_none() {
                let known = Share::ALL.map(|(known, _)| known);
                mistakes.unknown(&at, &Words::new("way to share (turn, load)", "分配方式（turn、load）"), word, known);
            }
            found?.1
        }
    };
    Some(Effect::Assign { field: field?, among, by })
}

/// `"owner"`, `["team east", "person ana"]`, `"supervisor"`.
fn people(of: &Fields, key: &str, kind: &Kind, mistakes: &mut Mistakes) -> Vec<Whom> {
    let named = of.texts(key, mistakes).unwrap_or_default();
    if named.is_empty() || named.len() > PEOPLE {
        mistakes.too_many(&of.at, &Words::new("people, and at least one", "人员，且至少一个"), PEOPLE);
    }
    named.iter().take(PEOPLE).filter_map(|(text, at)| whom(text, at, kind, mistakes)).collect()
}

fn whom(text: &str, at: &Span, kind: &Kind, mistakes: &mut Mistakes) -> Option<Whom> {
    const SYSTEM: [&str; 2] = ["created_by", "updated_by"];
    if let Some(name) = text.strip_prefix("person ") {
        return Some(Whom::Person(name.trim().to_owned()));
    }
    if let Some(key) = text.strip_prefix("team ") {
        return Some(Whom::Team(key.trim().to_owned()));
    }
    if let Some(role) = Role::from_word(text) {
        return Some(Whom::Role(role));
    }
    let is_somebody = |of_type: FieldType| matches!(of_type, FieldType::Person | FieldType::Team);
    let fields = || kind.fields.iter().filter(|it| is_somebody(it.of_type)).map(|it| it.key.as_str()).chain(SYSTEM);
    if fields().any(|known| known == text) {
        return Some(Whom::Field(text.to_owned()));
    }
    let what = Words::new(
        "person: a field of persons or teams, a role, `person ana` or `team east`",
        "人员：人员或小组字段、角色、person ana 或 team east",
    );
    mistakes.unknown(at, &what, text, fields().chain(Role::ALL.map(Role::as_str)));
    None
}

fn create(of: &Fields, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Effect> {
    let (key, at) = of.text("create", mistakes)?;
    if !kinds.contains(key) {
        mistakes.unknown(&at, &Words::new("kind", "类型"), key, kinds.iter().map(String::as_str));
    }
    let set = filled(of, kind, mistakes);
    let link = of.text("link", mistakes).map(|(link, _)| link.to_owned());
    Some(Effect::Create { kind: key.to_owned(), set, link })
}

/// `set` of a record that is made: texts with places.
pub(super) fn filled(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let mut set = BTreeMap::new();
    for entry in of.table("set", mistakes).into_iter().flat_map(|(table, _)| &table.entries) {
        let Some(text) = literal(&entry.node, mistakes) else { continue };
        places(&text, &entry.node, kind, mistakes);
        set.insert(entry.key.clone(), text);
    }
    set
}

fn places(text: &str, node: &Node, kind: &Kind, mistakes: &mut Mistakes) {
    let Some(pattern) = Pattern::read(text) else {
        return expected(node, "a text such as {subject}", "文本，如 {subject}", mistakes).unwrap_or_default();
    };
    let known = || kind.fields.iter().map(|field| field.key.as_str()).chain(["number", "title"]);
    for place in pattern.places().filter(|place| known().all(|known| known != *place)) {
        mistakes.unknown(&node.span, &Words::new("field", "字段"), place, known());
    }
}
