//! What a kind says about others, against those that there are.

use crate::record::kind::{Beyond, CUSTOMER, CUSTOMER_KEYS, Effect, Field, FieldType, Kind, Roll, Take};
use crate::record::mistake::{Mistake, Mistakes};
use crate::record::words::Words;
use crate::written::expression::{self, Condition, Day};
use crate::written::source::{self, Node, Table, Value, inner_place};

/// Everything of a definition that is right by itself and wrong with the kinds around it. `find`: another kind.
pub fn across<'k>(text: &str, kind: &'k Kind, find: impl Fn(&str) -> Option<&'k Kind>) -> Vec<Mistake> {
    let mut mistakes = Mistakes::new(text);
    let (root, _) = source::parse(text);
    let find = |key: &str| if key == kind.key { Some(kind) } else { find(key) };
    due(&root, kind, &find, &mut mistakes);
    rules(&root, kind, &find, &mut mistakes);
    rolls(&root, kind, &find, &mut mistakes);
    froms(&root, kind, &find, &mut mistakes);
    makes(&root, kind, &find, &mut mistakes);
    mistakes.into_vec()
}

fn inner<'t>(of: &'t Table, key: &str) -> Option<&'t Table> {
    match of.get(key) {
        Some(Node { value: Value::Table(table), .. }) => Some(table),
        _ => None,
    }
}

fn unknown(node: &Node, name: &str, of: &Kind, mistakes: &mut Mistakes) {
    let en = format!("field of `{}`", of.key);
    let what = Words::new(en, format!("“{}”的字段", of.key));
    mistakes.unknown(&node.span, &what, name, of.fields.iter().map(|field| field.key.as_str()));
}

fn due<'k>(root: &Table, kind: &Kind, find: &impl Fn(&str) -> Option<&'k Kind>, mistakes: &mut Mistakes) {
    let (Some(due), Some(table)) = (&kind.due, inner(root, "due")) else { return };
    let mut check = |key: &str, beyond: Option<&Beyond>, of_type: FieldType| {
        let (Some(node), Some(beyond)) = (table.get(key), beyond) else { return };
        let other = kind.field(&beyond.by).and_then(|field| find(field.kind.as_deref()?));
        let Some(other) = other else { return };
        match other.field(&beyond.field) {
            None => unknown(node, &beyond.field, other, mistakes),
            Some(field) if field.of_type != of_type => {
                let (en, zh) = (of_type.as_str(), of_type.as_str());
                let (en, zh) = (format!("a field of the type `{en}`"), format!("类型为 {zh} 的字段"));
                mistakes.expected(&node.span, &Words::new(en, zh));
            }
            Some(_) => {}
        }
    };
    check("promise", due.promise.as_ref(), FieldType::Span);
    check("always", due.always.as_ref(), FieldType::Choice);
}

fn rules<'k>(root: &Table, kind: &Kind, find: &impl Fn(&str) -> Option<&'k Kind>, mistakes: &mut Mistakes) {
    let Some(Node { value: Value::List(items), .. }) = root.get("rule") else { return };
    for (rule, item) in kind.rules.iter().zip(items) {
        let Value::Table(table) = &item.value else { continue };
        let Some(Node { value: Value::List(effects), .. }) = table.get("do") else { continue };
        // Those that make something, in their order; `set` may be several effects.
        let made = effects.iter().filter_map(|effect| match &effect.value {
            Value::Table(table) if table.get("create").is_some() => Some(table),
            _ => None,
        });
        let creates = rule.effects.iter().filter_map(|effect| match effect {
            Effect::Create { kind, set: _, link } => Some((kind, link)),
            _ => None,
        });
        for ((key, link), table) in creates.zip(made) {
            if let Some(other) = find(key) {
                create(kind, other, link.as_deref(), table, mistakes);
            }
        }
    }
}

fn create(kind: &Kind, other: &Kind, link: Option<&str>, table: &Table, mistakes: &mut Mistakes) {
    for entry in inner(table, "set").into_iter().flat_map(|set| &set.entries) {
        match other.field(&entry.key) {
            None => unknown(&Node { span: entry.key_span.clone(), ..entry.node.clone() }, &entry.key, other, mistakes),
            Some(field) if field.is_reckoned() => {
                let what = Words::new("a field that is not reckoned", "非自动计算的字段");
                mistakes.expected(&entry.node.span, &what);
            }
            Some(_) => {}
        }
    }
    let (Some(link), Some(node)) = (link, table.get("link")) else { return };
    if !refers(other.field(link), kind) {
        let refers: Vec<&str> =
            other.fields.iter().filter(|field| refers(Some(field), kind)).map(|field| field.key.as_str()).collect();
        let (en, zh) = (format!("field of `{}` that refers to `{}`", other.key, kind.key), "引用本类型的字段");
        mistakes.unknown(&node.span, &Words::new(en, zh), link, refers);
    }
}

/// What is taken from another record is of the same type, and money of the same currency.
fn froms<'k>(root: &Table, kind: &Kind, find: &impl Fn(&str) -> Option<&'k Kind>, mistakes: &mut Mistakes) {
    let of_lines = |lines: &'_ crate::record::kind::Lines| {
        inner(root, "lines").and_then(|all| inner(all, &lines.key)).and_then(|of| inner(of, "field"))
    };
    let tables = kind.lines.iter().map(|lines| (of_lines(lines), lines.fields.as_slice()));
    for (table, fields) in std::iter::once((inner(root, "field"), kind.fields.as_slice())).chain(tables) {
        for field in fields {
            let Some(from) = &field.from else { continue };
            let node = table.and_then(|table| inner(table, &field.key)).and_then(|table| table.get("from"));
            let by = fields.iter().find(|it| it.key == from.by).and_then(|it| it.kind.as_deref());
            let (Some(node), Some(other)) = (node, by.and_then(find)) else { continue };
            match other.field(&from.field) {
                None => unknown(node, &from.field, other, mistakes),
                Some(of) if of.of_type != field.of_type => {
                    let word = field.of_type.as_str();
                    let (en, zh) = (format!("a field of the type `{word}`"), format!("类型为 {word} 的字段"));
                    mistakes.expected(&node.span, &Words::new(en, zh));
                }
                Some(_) => {}
            }
        }
    }
}

fn makes<'k>(root: &Table, kind: &Kind, find: &impl Fn(&str) -> Option<&'k Kind>, mistakes: &mut Mistakes) {
    let steps = inner(root, "life").and_then(|life| inner(life, "step"));
    for step in kind.life.iter().flat_map(|life| &life.steps) {
        let table = steps.and_then(|steps| inner(steps, &step.key));
        let Some(Node { value: Value::List(items), .. }) = table.and_then(|table| table.get("make")) else { continue };
        for (make, item) in step.make.iter().zip(items) {
            let Value::Table(table) = &item.value else { continue };
            if make.kind == CUSTOMER {
                of_customer(table, mistakes);
            } else if let Some(other) = find(&make.kind) {
                create(kind, other, make.link.as_deref(), table, mistakes);
                let unknown_lines = make.lines.keys().filter(|key| other.lines_of(key).is_none());
                for (key, node) in unknown_lines.filter_map(|key| Some((key, table.get("lines")?))) {
                    let known = other.lines.iter().map(|lines| lines.key.as_str());
                    mistakes.unknown(&node.span, &Words::new("table of lines", "明细表"), key, known);
                }
            }
        }
    }
}

/// What a customer can be made of.
fn of_customer(table: &Table, mistakes: &mut Mistakes) {
    for entry in inner(table, "set").into_iter().flat_map(|set| &set.entries) {
        if !CUSTOMER_KEYS.contains(&entry.key.as_str()) {
            let what = Words::new("part of a customer", "客户资料项");
            mistakes.unknown(&entry.key_span, &what, &entry.key, CUSTOMER_KEYS.iter().copied());
        }
    }
    if inner(table, "set").is_none_or(|set| set.get("name").is_none()) {
        let at = table.get("kind").map_or(0..0, |node| node.span.clone());
        mistakes.add(&at, "missing", Words::new("a customer needs a `name`", "客户需要 name"));
    }
}

fn refers(field: Option<&Field>, to: &Kind) -> bool {
    field.is_some_and(|field| {
        matches!(field.of_type, FieldType::Ref | FieldType::Refs) && field.kind.as_deref() == Some(to.key.as_str())
    })
}

fn rolls<'k>(root: &Table, kind: &Kind, find: &impl Fn(&str) -> Option<&'k Kind>, mistakes: &mut Mistakes) {
    for field in &kind.fields {
        let Some(roll) = &field.roll else { continue };
        let table = inner(root, "field").and_then(|fields| inner(fields, &field.key));
        let (Some(node), Some(other)) = (table.and_then(|table| table.get("roll")), find(&roll.of)) else { continue };
        if !refers(other.field(&roll.by), kind) {
            unknown(node, &roll.by, other, mistakes);
        }
        if roll.take != Take::Count {
            taken(node, field, roll, other, mistakes);
        }
        when(node, roll, other, mistakes);
    }
}

/// What is taken is of the same type, and says nothing of others by itself: so no record leads on to a third one.
fn taken(node: &Node, field: &Field, roll: &Roll, other: &Kind, mistakes: &mut Mistakes) {
    let key = roll.field.as_deref().unwrap_or_default();
    let Some(of) = other.field(key) else { return unknown(node, key, other, mistakes) };
    if of.of_type != field.of_type {
        let word = field.of_type.as_str();
        let (en, zh) = (format!("a field of the type `{word}`"), format!("类型为 {word} 的字段"));
        mistakes.expected(&node.span, &Words::new(en, zh));
    }
    if leads_on(other, of, 0) {
        let message = Words::new(
            format!("`{key}` says something of other records itself: that cannot be taken"),
            format!("“{key}”本身汇总了其他记录，不能再汇总"),
        );
        mistakes.add(&node.span, "circle", message);
    }
}

fn leads_on(kind: &Kind, field: &Field, depth: usize) -> bool {
    let names = field.value.as_ref().map(|value| value.formula.names()).unwrap_or_default();
    field.roll.is_some()
        || (depth < kind.fields.len()
            && names.iter().filter_map(|name| kind.field(name)).any(|named| leads_on(kind, named, depth + 1)))
}

/// A condition about the other kind, which time and whoever asks do not change.
fn when(node: &Node, roll: &Roll, other: &Kind, mistakes: &mut Mistakes) {
    let Some(text) = &roll.when else { return };
    let why = match expression::parse(text, &other.vocabulary(|_| true)) {
        Ok((condition, _)) if moves(&condition) => "`now`, `today` and `me` change by themselves".to_owned(),
        Ok(_) => return,
        Err(error) => {
            let at = inner_place(node, text, error.at, mistakes.text);
            let (en, zh) =
                (format!("the condition is wrong here: {}", error.why), format!("条件此处有误：{}", error.why));
            return mistakes.add(&at, "condition", Words::new(en, zh));
        }
    };
    mistakes.add(&node.span, "condition", Words::new(why, "“now”“today”“me”会自行变化，不能用于汇总"));
}

fn moves(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(moves),
        Condition::Not(part) => moves(part),
        Condition::Me { .. } | Condition::Now { .. } | Condition::Day { day: Day::Today(_), .. } => true,
        _ => false,
    }
}
