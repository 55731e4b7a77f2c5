//! `[life]`: states and steps.

use std::collections::{BTreeMap, BTreeSet};

use super::guard::guard;
use super::rule::filled;
use super::table::{Fields, bad_name, expected, is_name, table_of};
use crate::record::access::{GRANTS, Grant, Role};
use crate::record::kind::{CUSTOMER, Field, FieldType, Kind, Life, Make, State, StateKind, Step};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::expression::read_span;
use crate::written::source::{Entry, Node, Span, Table, Value};

const KEYS: &[&str] = &["start", "state", "step"];
pub(in crate::record) const STATE_KEYS: &[&str] = &["name", "kind", "fixed"];
pub(in crate::record) const STEP_KEYS: &[&str] = &["name", "from", "to", "needs", "when", "by", "within", "make"];
pub(in crate::record) const MAKE_KEYS: &[&str] = &["kind", "set", "lines", "link", "keep"];
const STATES: usize = 30;
const STEPS: usize = 40;
const MAKES: usize = 5;

pub(super) fn read(top: &Fields, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Life> {
    let (table, at) = top.table("life", mistakes)?;
    let so_far = mistakes.count();
    let of = Fields::new(table, at.clone(), KEYS, mistakes);
    let start = of.needed("start", mistakes).and_then(|_| of.text("start", mistakes));
    let steps_table = of.table("step", mistakes).map(|(steps, _)| steps);
    let mut states = states(&of, kind, mistakes);
    let told = !states.is_empty();
    if !told {
        states = mentioned(start.as_ref().map(|(text, _)| *text), steps_table);
    }
    if states.len() > STATES {
        mistakes.too_many(&at, &Words::new("states", "状态"), STATES);
    }
    let entries = steps_table.map(|table| table.entries.as_slice()).unwrap_or_default();
    if entries.len() > STEPS {
        mistakes.too_many(&at, &Words::new("steps", "流转步骤"), STEPS);
    }
    if let Some((start, at)) = &start {
        known(start, at, &states, mistakes);
    }
    // Conditions of steps may ask for the state.
    let start = start.map_or_else(String::new, |(text, _)| text.to_owned());
    let mut with_states = kind.clone();
    with_states.life = Some(Life { start, states, steps: Vec::new() });
    let steps = entries.iter().take(STEPS).filter_map(|entry| step(entry, &with_states, kinds, mistakes)).collect();
    let life = with_states.life.map(|life| Life { steps, ..life })?;
    // Where a name is wrong, nothing is said of ways.
    if mistakes.count() == so_far {
        reached(&life, &at, mistakes);
    }
    Some(life)
}

fn states(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Vec<State> {
    let Some((table, _)) = of.table("state", mistakes) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in &table.entries {
        let Some(inner) = table_of(&entry.node, mistakes) else { continue };
        if !is_name(&entry.key, 40) {
            bad_name(&entry.key_span, &entry.key, mistakes);
        }
        let of = Fields::new(inner, entry.key_span.clone(), STATE_KEYS, mistakes);
        let whose = of.text("kind", mistakes).and_then(|(word, at)| {
            let found = StateKind::ALL.into_iter().find(|(known, _)| *known == word);
            if found.is_none() {
                let known = StateKind::ALL.map(|(known, _)| known);
                mistakes.unknown(&at, &Words::new("kind of a state", "状态种类"), word, known);
            }
            found.map(|(_, kind)| kind)
        });
        found.push(State {
            key: entry.key.clone(),
            name: of.words("name", mistakes).unwrap_or_else(|| Words::of_key(&entry.key)),
            kind: whose.unwrap_or(StateKind::Open),
            fixed: fixed(&of, kind, mistakes),
        });
    }
    found
}

/// `["items", "discount"]`, or `"*"` for all of them.
fn fixed(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Vec<String> {
    let all = || kind.fields.iter().map(|field| &field.key).chain(kind.lines.iter().map(|lines| &lines.key));
    let mut found = Vec::new();
    for (key, at) in of.texts("fixed", mistakes).unwrap_or_default() {
        if key == "*" {
            found.extend(all().cloned());
        } else if all().all(|known| known != key) {
            mistakes.unknown(&at, &Words::new("field", "字段"), key, all().map(String::as_str));
        } else {
            found.push(key.to_owned());
        }
    }
    found
}

/// The states that `start` and the steps name, in the order of the text.
fn mentioned(start: Option<&str>, steps: Option<&Table>) -> Vec<State> {
    let mut silent = Mistakes::new("");
    let mut keys: Vec<&str> = start.into_iter().collect();
    for entry in steps.into_iter().flat_map(|table| &table.entries) {
        let Some(table) = table_of(&entry.node, &mut silent) else { continue };
        let of = Fields::new(table, 0..0, STEP_KEYS, &mut silent);
        keys.extend(of.texts("from", &mut silent).unwrap_or_default().iter().map(|(text, _)| *text));
        keys.extend(of.text("to", &mut silent).map(|(text, _)| text));
    }
    let mut seen = BTreeSet::new();
    keys.retain(|key| *key != "*" && seen.insert(*key));
    let kind = |key: &str| match key {
        "done" | "solved" | "closed" | "cancelled" => StateKind::Done,
        "waiting" => StateKind::Waiting,
        _ => StateKind::Open,
    };
    keys.into_iter()
        .map(|key| State { key: key.to_owned(), name: Words::of_key(key), kind: kind(key), fixed: Vec::new() })
        .collect()
}

fn known(state: &str, at: &Span, states: &[State], mistakes: &mut Mistakes) {
    if !states.iter().any(|known| known.key == state) {
        let known = states.iter().map(|known| known.key.as_str());
        mistakes.unknown(at, &Words::new("state", "状态"), state, known);
    }
}

fn step(entry: &Entry, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Step> {
    let table = table_of(&entry.node, mistakes)?;
    if !is_name(&entry.key, 40) {
        bad_name(&entry.key_span, &entry.key, mistakes);
    }
    let of = Fields::new(table, entry.key_span.clone(), STEP_KEYS, mistakes);
    let states = kind.life.as_ref().map(|life| life.states.as_slice()).unwrap_or_default();
    let to = of.needed("to", mistakes).and_then(|_| of.text("to", mistakes));
    if let Some((to, at)) = &to {
        known(to, at, states, mistakes);
    }
    let to = to.map(|(to, _)| to.to_owned());
    let from = of.needed("from", mistakes).and_then(|_| of.texts("from", mistakes)).unwrap_or_default();
    let mut starts = Vec::new();
    for (state, at) in &from {
        if *state == "*" {
            starts.extend(states.iter().map(|state| state.key.clone()).filter(|key| Some(key) != to.as_ref()));
        } else {
            known(state, at, states, mistakes);
            starts.push((*state).to_owned());
        }
    }
    Some(Step {
        key: entry.key.clone(),
        name: of.words("name", mistakes).unwrap_or_else(|| Words::of_key(&entry.key)),
        from: starts,
        to: to?,
        needs: needs(&of, kind, mistakes),
        when: guard(&of, "when", kind, mistakes),
        by: by(&of, kind, mistakes),
        within: within(&of, mistakes),
        make: makes(&of, kind, kinds, mistakes),
    })
}

fn needs(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Vec<String> {
    let asked = of.texts("needs", mistakes).unwrap_or_default();
    for (key, at) in asked.iter().filter(|(key, _)| kind.field(key).is_none()) {
        mistakes.unknown(at, &Words::new("field", "字段"), key, kind.fields.iter().map(|field| field.key.as_str()));
    }
    asked.into_iter().map(|(key, _)| key.to_owned()).collect()
}

fn by(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Grant {
    let agents = Grant::from_role(Role::Agent);
    let Some((text, at)) = of.text("by", mistakes) else { return agents };
    let grant = Grant::read(text).unwrap_or_else(|word| {
        mistakes.unknown(&at, &Words::new("role or relation", "角色或关系"), word, GRANTS);
        agents
    });
    let (owner, team) = grant.asks();
    for (asked, key) in [(owner, "owner"), (team, "team")] {
        if asked && kind.field(key).is_none() {
            mistakes.unknown(&at, &Words::new("field", "字段"), key, kind.fields.iter().map(|it| it.key.as_str()));
        }
    }
    grant
}

/// `[[life.step.convert.make]]`
fn makes(of: &Fields, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Vec<Make> {
    let Some(node) = of.get("make") else { return Vec::new() };
    let Value::List(items) = &node.value else {
        return expected(node, "a list of tables", "由表组成的列表", mistakes).unwrap_or_default();
    };
    if items.len() > MAKES {
        mistakes.too_many(&node.span, &Words::new("records that a step makes", "步骤生成的记录"), MAKES);
    }
    items.iter().take(MAKES).filter_map(|item| make(item, kind, kinds, mistakes)).collect()
}

fn make(item: &Node, kind: &Kind, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Make> {
    let of = Fields::new(table_of(item, mistakes)?, item.span.clone(), MAKE_KEYS, mistakes);
    of.needed("kind", mistakes)?;
    let (key, at) = of.text("kind", mistakes)?;
    if key != CUSTOMER && !kinds.contains(key) {
        let known = kinds.iter().map(String::as_str).chain([CUSTOMER]);
        mistakes.unknown(&at, &Words::new("kind", "类型"), key, known);
    }
    let keep = of.text("keep", mistakes);
    if let Some((field, at)) = &keep {
        let refers = |it: &&Field| it.of_type == FieldType::Ref && it.kind.as_deref() == Some(key);
        if !kind.fields.iter().any(|it| it.key == *field && refers(&it)) {
            let known = kind.fields.iter().filter(refers).map(|it| it.key.as_str());
            mistakes.unknown(at, &Words::new("field that refers to it", "引用它的字段"), field, known);
        }
    }
    let mut lines = BTreeMap::new();
    for entry in of.table("lines", mistakes).into_iter().flat_map(|(table, _)| &table.entries) {
        let Value::Text(from) = &entry.node.value else {
            let _: Option<()> = expected(&entry.node, "a table of lines", "明细表", mistakes);
            continue;
        };
        if kind.lines_of(from).is_none() {
            let known = kind.lines.iter().map(|lines| lines.key.as_str());
            mistakes.unknown(&entry.node.span, &Words::new("table of lines", "明细表"), from, known);
        }
        lines.insert(entry.key.clone(), from.clone());
    }
    Some(Make {
        kind: key.to_owned(),
        set: filled(&of, kind, mistakes),
        lines,
        link: of.text("link", mistakes).map(|(link, _)| link.to_owned()),
        keep: keep.map(|(keep, _)| keep.to_owned()),
    })
}

fn within(of: &Fields, mistakes: &mut Mistakes) -> Option<u64> {
    let (text, at) = of.text("within", mistakes)?;
    let span = read_span(text);
    if span.is_none() {
        mistakes.expected(&at, &Words::new("a span such as 14d or 2h30m", "时长，如 14d 或 2h30m"));
    }
    span
}

/// A state that no way leads to would never be used.
fn reached(life: &Life, at: &Span, mistakes: &mut Mistakes) {
    let mut reached = BTreeSet::from([life.start.as_str()]);
    loop {
        let before = reached.len();
        let leads = |step: &&Step| step.from.iter().any(|from| reached.contains(from.as_str()));
        let more: Vec<&str> = life.steps.iter().filter(leads).map(|step| step.to.as_str()).collect();
        reached.extend(more);
        if reached.len() == before {
            break;
        }
    }
    for state in life.states.iter().filter(|state| !reached.contains(state.key.as_str())) {
        let message = Words::new(
            format!("no step leads to the state `{}`", state.key),
            format!("没有任何步骤通向状态“{}”", state.key),
        );
        mistakes.add(at, "unreachable", message);
    }
}
