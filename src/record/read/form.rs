//! `[list]`, `[form]`, `[pop]`: how a kind is shown.

use super::guard::guard;
use super::table::{Fields, both, expected, table_of};
use crate::record::facts::SYSTEM;
use crate::record::kind::{FieldType, Kind, ListView, Pop, Section};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::source::{Span, Value};

/// `[list]`; without one, the number, the state and the first fields.
pub(super) fn list(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> ListView {
    const FIRST: usize = 4;
    const KEYS: &[&str] = &["columns", "sort", "board_by", "sum", "calendar_by"];
    let system = [kind.number.as_ref().map(|_| "number"), kind.life.as_ref().map(|_| "state")];
    let short = |of_type: FieldType| !matches!(of_type, FieldType::LongText | FieldType::Refs | FieldType::Choices);
    let first = kind.fields.iter().filter(|field| short(field.of_type)).take(FIRST).map(|field| field.key.as_str());
    let mut view = ListView {
        columns: system.into_iter().flatten().chain(first).map(str::to_owned).collect(),
        sort: "-updated".to_owned(),
        board_by: kind.life.as_ref().map(|_| "state".to_owned()),
        sum: None,
        calendar_by: None,
    };
    let Some((table, at)) = top.table("list", mistakes) else { return view };
    let of = Fields::new(table, at, KEYS, mistakes);
    if let Some(columns) = of.texts("columns", mistakes) {
        columns.iter().for_each(|(key, at)| shown(kind, key, at, mistakes));
        view.columns = columns.into_iter().map(|(key, _)| key.to_owned()).collect();
    }
    if let Some((sort, at)) = of.text("sort", mistakes) {
        shown(kind, sort.trim_start_matches('-'), &at, mistakes);
        view.sort = sort.to_owned();
    }
    if let Some((key, at)) = of.text("board_by", mistakes) {
        let types = [FieldType::Choice, FieldType::Person, FieldType::Team];
        let fits = (key == "state" && kind.life.is_some()) || typed(kind, key, &types);
        if !fits {
            mistakes.expected(
                &at,
                &Words::new(
                    "`state`, or a field of choices, persons or teams",
                    "“state”，或选项、人员、小组类型的字段",
                ),
            );
        }
        view.board_by = Some(key.to_owned());
    }
    if let Some((key, at)) = of.text("sum", mistakes) {
        if !typed(kind, key, &[FieldType::Number, FieldType::Money]) {
            mistakes.expected(&at, &Words::new("a field of numbers or money", "数字或金额类型的字段"));
        }
        view.sum = Some(key.to_owned());
    }
    if let Some((key, at)) = of.text("calendar_by", mistakes) {
        if !typed(kind, key, &[FieldType::Date, FieldType::Time]) {
            mistakes.expected(&at, &Words::new("a field of dates or times", "日期或时间类型的字段"));
        }
        view.calendar_by = Some(key.to_owned());
    }
    view
}

fn typed(kind: &Kind, key: &str, types: &[FieldType]) -> bool {
    kind.field(key).is_some_and(|field| types.contains(&field.of_type))
}

/// Something that a list, a pop or paper can show.
pub(super) fn shown(kind: &Kind, key: &str, at: &Span, mistakes: &mut Mistakes) {
    let system = SYSTEM.map(|(name, _)| name);
    if kind.field(key).is_none() && !system.contains(&key) {
        let known = kind.fields.iter().map(|field| field.key.as_str()).chain(system);
        mistakes.unknown(at, &Words::new("field", "字段"), key, known);
    }
}

/// `[form]`; what no section names stands in a last one.
pub(super) fn sections(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Vec<Section> {
    let mut sections = Vec::new();
    if let Some((table, at)) = top.table("form", mistakes) {
        let of = Fields::new(table, at, &["sections"], mistakes);
        if let Some(node) = of.get("sections") {
            match &node.value {
                Value::List(items) => {
                    sections = items.iter().filter_map(|item| section(item, kind, mistakes)).collect();
                }
                _ => drop(expected::<()>(node, "a list of sections", "分区列表", mistakes)),
            }
        }
    }
    let named = |key: &String| sections.iter().any(|section: &Section| section.fields.contains(key));
    let keys = kind.fields.iter().map(|field| &field.key).chain(kind.lines.iter().map(|lines| &lines.key));
    let rest: Vec<String> = keys.filter(|key| !named(key)).cloned().collect();
    if !rest.is_empty() {
        let name = if sections.is_empty() { kind.name.clone() } else { Words::new("More", "其他") };
        sections.push(Section { name, fields: rest });
    }
    sections
}

fn section(node: &crate::written::source::Node, kind: &Kind, mistakes: &mut Mistakes) -> Option<Section> {
    let table = table_of(node, mistakes)?;
    let of = Fields::new(table, node.span.clone(), &["name", "en", "zh", "fields"], mistakes);
    section_of(&of, kind, mistakes)
}

/// What is said of every part of something: its name and its fields.
pub(super) fn section_of(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Section> {
    let name = of.words("name", mistakes).or_else(|| both(of, mistakes)).unwrap_or_else(|| kind.name.clone());
    of.needed("fields", mistakes)?;
    let fields = of.texts("fields", mistakes)?;
    for (key, at) in &fields {
        if kind.field(key).is_none() && kind.lines_of(key).is_none() {
            let lines = kind.lines.iter().map(|lines| lines.key.as_str());
            let known = kind.fields.iter().map(|field| field.key.as_str()).chain(lines);
            mistakes.unknown(at, &Words::new("field", "字段"), key, known);
        }
    }
    Some(Section { name, fields: fields.into_iter().map(|(key, _)| key.to_owned()).collect() })
}

/// `[pop]`: only of what stands with a customer.
pub(super) fn pop(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Pop> {
    let (table, at) = top.table("pop", mistakes)?;
    let of = Fields::new(table, at.clone(), &["show", "when"], mistakes);
    if !kind.of_customer {
        let message = Words::new(
            "the pop shows only kinds with `of = \"customer\"`",
            "只有 of = \"customer\" 的类型才能显示在弹屏中",
        );
        mistakes.add(&at, "not_here", message);
    }
    let show = of.texts("show", mistakes).unwrap_or_default();
    show.iter().for_each(|(key, at)| shown(kind, key, at, mistakes));
    let when = guard(&of, "when", kind, mistakes);
    Some(Pop { show: show.into_iter().map(|(key, _)| key.to_owned()).collect(), when })
}
