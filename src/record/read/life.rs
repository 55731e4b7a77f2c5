//! `[life]`: states and steps.

use std::collections::BTreeSet;

use super::guard::guard;
use super::table::{Fields, bad_name, is_name, table_of};
use crate::record::access::{GRANTS, Grant, Role};
use crate::record::kind::{Kind, Life, State, StateKind, Step};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::expression::read_span;
use crate::written::source::{Entry, Span, Table};

const KEYS: &[&str] = &["start", "state", "step"];
pub(in crate::record) const STEP_KEYS: &[&str] = &["name", "from", "to", "needs", "when", "by", "within"];
const STATES: usize = 30;
const STEPS: usize = 40;

pub(super) fn read(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Life> {
    let (table, at) = top.table("life", mistakes)?;
    let so_far = mistakes.count();
    let of = Fields::new(table, at.clone(), KEYS, mistakes);
    let start = of.needed("start", mistakes).and_then(|_| of.text("start", mistakes));
    let steps_table = of.table("step", mistakes).map(|(steps, _)| steps);
    let mut states = states(&of, mistakes);
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
    let steps = entries.iter().take(STEPS).filter_map(|entry| step(entry, &with_states, mistakes)).collect();
    let life = with_states.life.map(|life| Life { steps, ..life })?;
    // Where a name is wrong, nothing is said of ways.
    if mistakes.count() == so_far {
        reached(&life, &at, mistakes);
    }
    Some(life)
}

fn states(of: &Fields, mistakes: &mut Mistakes) -> Vec<State> {
    let Some((table, _)) = of.table("state", mistakes) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in &table.entries {
        let Some(inner) = table_of(&entry.node, mistakes) else { continue };
        if !is_name(&entry.key, 40) {
            bad_name(&entry.key_span, &entry.key, mistakes);
        }
        let of = Fields::new(inner, entry.key_span.clone(), &["name", "kind"], mistakes);
        let kind = of.text("kind", mistakes).and_then(|(word, at)| {
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
            kind: kind.unwrap_or(StateKind::Open),
        });
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
    keys.into_iter().map(|key| State { key: key.to_owned(), name: Words::of_key(key), kind: kind(key) }).collect()
}

fn known(state: &str, at: &Span, states: &[State], mistakes: &mut Mistakes) {
    if !states.iter().any(|known| known.key == state) {
        let known = states.iter().map(|known| known.key.as_str());
        mistakes.unknown(at, &Words::new("state", "状态"), state, known);
    }
}

fn step(entry: &Entry, kind: &Kind, mistakes: &mut Mistakes) -> Option<Step> {
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
