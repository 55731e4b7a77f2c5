//! Text -> [`Kind`]. Reads on after a mistake, so that all are found.

mod across;
mod call;
mod field;
mod form;
mod guard;
mod life;
mod print;
mod reckon;
mod rule;
mod table;

use std::collections::BTreeSet;

use super::access::{GRANTS, Grant, Role};
use super::facts::SYSTEM;
use super::kind::{Access, Field, Kind, Lines, ListView};
use super::mistake::{Mistake, Mistakes};
use super::pattern::{NUMBER_PLACES, Numbering, Pattern};
use super::words::Words;
use crate::written::source::{self, Table};
pub use across::across;
#[cfg(test)]
pub(super) use call::KEYS as CALL_KEYS;
#[cfg(test)]
pub(super) use field::KEYS as FIELD_KEYS;
#[cfg(test)]
pub(super) use life::{MAKE_KEYS, STATE_KEYS, STEP_KEYS};
#[cfg(test)]
pub(super) use print::{KEYS as PRINT_KEYS, PART_KEYS};
#[cfg(test)]
pub(super) use rule::{DUE_KEYS, EFFECT_KEYS, KEYS as RULE_KEYS, ONS};
use table::{Fields, is_name, reserved};

/// Fields of one kind.
pub const FIELDS_MAX: usize = 200;
const BYTES_MAX: usize = 256 * 1024;
const LINES: usize = 4;
/// Of a kind that says nothing of it.
const RANK: i64 = 100;
const LINE_FIELDS: usize = 20;

/// Keys of a definition.
pub(super) const KEYS: &[&str] = &[
    "kind", "name", "names", "group", "rank", "icon", "number", "title", "of", "field", "lines", "life", "due", "rule",
    "list", "form", "pop", "call", "print", "access",
];

/// `kinds`: the keys of all kinds that there are, which references may lead to. Every mistake is told, in the order
/// of the text.
pub fn read(text: &str, kinds: &BTreeSet<String>) -> Result<Kind, Vec<Mistake>> {
    let mut mistakes = Mistakes::new(text);
    if text.len() > BYTES_MAX {
        let message = Words::new(format!("longer than {BYTES_MAX} bytes"), format!("超过 {BYTES_MAX} 字节"));
        mistakes.add(&(0..0), "too_large", message);
        return Err(mistakes.into_vec());
    }
    let (root, wrong) = source::parse(text);
    for (at, why) in &wrong {
        mistakes.add(at, "toml", Words::new(format!("this is no TOML: {why}"), format!("不是合法的 TOML：{why}")));
    }
    if !mistakes.is_empty() {
        return Err(mistakes.into_vec());
    }
    let kind = whole(&root, kinds, &mut mistakes);
    match (kind, mistakes.is_empty()) {
        (Some(kind), true) => Ok(kind),
        _ => Err(mistakes.into_vec()),
    }
}

fn whole(root: &Table, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Kind> {
    let top = Fields::new(root, 0..0, KEYS, mistakes);
    let key = top.needed("kind", mistakes).and_then(|node| top.name(node, 24, mistakes));
    let key = key.unwrap_or_else(|| "unnamed".to_owned());
    let mut all = kinds.clone();
    all.insert(key.clone());
    let mut fields = field::all(&top, "field", &all, FIELDS_MAX, mistakes);
    refuse_system_names(root, &mut fields, mistakes);
    let lines = lines(&top, &fields, &all, mistakes);
    let name = top.words("name", mistakes).unwrap_or_else(|| Words::of_key(&key));
    let mut kind = Kind {
        names: top.words("names", mistakes).unwrap_or_else(|| name.clone()),
        name,
        group: top.text("group", mistakes).map(|(text, _)| text.to_owned()),
        rank: top.whole("rank", mistakes).unwrap_or(RANK),
        icon: top.text("icon", mistakes).map(|(text, _)| text.to_owned()),
        number: None,
        title: Pattern::read("{number}")?,
        of_customer: of_customer(&top, mistakes),
        reckoned: Vec::new(),
        life: None,
        due: None,
        rules: Vec::new(),
        list: ListView {
            columns: Vec::new(),
            sort: "-updated".to_owned(),
            board_by: None,
            sum: None,
            calendar_by: None,
        },
        form: Vec::new(),
        pop: None,
        call: None,
        print: None,
        access: access(&top, &fields, mistakes),
        key,
        fields,
        lines,
    };
    reckon::all(&top, &mut kind, &all, mistakes);
    kind.number = numbering(&top, mistakes);
    kind.title = title(&top, &kind, mistakes)?;
    kind.life = life::read(&top, &kind, &all, mistakes);
    kind.due = rule::due(&top, &kind, mistakes);
    kind.rules = rule::all(&top, &kind, &all, mistakes);
    kind.list = form::list(&top, &kind, mistakes);
    kind.form = form::sections(&top, &kind, mistakes);
    kind.pop = form::pop(&top, &kind, mistakes);
    kind.call = call::read(&top, &kind, mistakes);
    kind.print = print::read(&top, &kind, mistakes);
    hidden_words(root, &kind, mistakes);
    Some(kind)
}

/// What every record has needs no field.
fn refuse_system_names(root: &Table, fields: &mut Vec<Field>, mistakes: &mut Mistakes) {
    let is_system = |key: &str| SYSTEM.iter().any(|(name, _)| *name == key) || reserved(key);
    for field in fields.iter().filter(|field| is_system(&field.key)) {
        let at = table::place_of(root, "field", &field.key);
        let message = Words::new(
            format!("`{}` is there by itself: call the field otherwise", field.key),
            format!("“{}”是系统字段，请换一个名字", field.key),
        );
        mistakes.add(&at, "reserved", message);
    }
    fields.retain(|field| !is_system(&field.key));
}

fn of_customer(top: &Fields, mistakes: &mut Mistakes) -> bool {
    let Some((text, at)) = top.text("of", mistakes) else { return false };
    if text != super::kind::CUSTOMER {
        mistakes.unknown(&at, &Words::new("owner of records (customer)", "记录归属（customer）"), text, ["customer"]);
    }
    true
}

fn numbering(top: &Fields, mistakes: &mut Mistakes) -> Option<Numbering> {
    let (text, at) = top.text("number", mistakes)?;
    match Numbering::read(text) {
        Ok(numbering) => Some(numbering),
        Err(place) if place.is_empty() => {
            mistakes.expected(
                &at,
                &Words::new(
                    "a number such as T-{yyyy}-{seq:5}, with one {seq}",
                    "编号格式，如 T-{yyyy}-{seq:5}，含一个 {seq}",
                ),
            );
            None
        }
        Err(place) => {
            mistakes.unknown(&at, &Words::new("part of a number", "编号部分"), &place, NUMBER_PLACES);
            None
        }
    }
}

/// Fields that are texts by themselves; without a pattern, the first one of them, or the number.
fn title(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Pattern> {
    let can = |field: &&Field| !matches!(field.of_type.as_str(), "ref" | "refs" | "longtext");
    let Some((text, at)) = top.text("title", mistakes) else {
        let first = kind.fields.iter().find(|field| can(field) && field.of_type.as_str() == "text");
        return Pattern::read(&first.map_or("{number}".to_owned(), |field| format!("{{{}}}", field.key)));
    };
    let Some(pattern) = Pattern::read(text) else {
        mistakes.expected(&at, &Words::new("a title such as {subject}", "标题格式，如 {subject}"));
        return Pattern::read("{number}");
    };
    let known: Vec<&str> = kind.fields.iter().filter(can).map(|field| field.key.as_str()).chain(["number"]).collect();
    for place in pattern.places().filter(|place| !known.contains(place)) {
        mistakes.unknown(
            &at,
            &Words::new("field that a title can show", "可用于标题的字段"),
            place,
            known.iter().copied(),
        );
    }
    Some(pattern)
}

fn lines(top: &Fields, fields: &[Field], kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Vec<Lines> {
    let Some((table, at)) = top.table("lines", mistakes) else { return Vec::new() };
    if table.entries.len() > LINES {
        mistakes.too_many(&at, &Words::new("tables of lines", "明细表"), LINES);
    }
    let mut found = Vec::new();
    for entry in table.entries.iter().take(LINES) {
        let Some(inner) = table::table_of(&entry.node, mistakes) else { continue };
        if !is_name(&entry.key, 24) || fields.iter().any(|field| field.key == entry.key) {
            table::bad_name(&entry.key_span, &entry.key, mistakes);
        }
        let of = Fields::new(inner, entry.key_span.clone(), &["name", "was", "field"], mistakes);
        let fields = field::all(&of, "field", kinds, LINE_FIELDS, mistakes);
        if fields.is_empty() {
            mistakes.add(&entry.key_span, "missing", Words::new("lines need fields", "明细表需要字段"));
        }
        found.push(Lines {
            key: entry.key.clone(),
            name: of.words("name", mistakes).unwrap_or_else(|| Words::of_key(&entry.key)),
            fields,
            reckoned: Vec::new(),
            was: of.text("was", mistakes).map(|(text, _)| text.to_owned()),
        });
    }
    found
}

/// Without a word: agents read, make and change, administrators delete.
fn access(top: &Fields, fields: &[Field], mistakes: &mut Mistakes) -> Access {
    const VERBS: &[&str] = &["read", "create", "write", "delete"];
    let agents = Grant::from_role(Role::Agent);
    let mut access = Access { read: agents, create: agents, write: agents, delete: Grant::from_role(Role::Admin) };
    let Some((table, at)) = top.table("access", mistakes) else { return access };
    let of = Fields::new(table, at, VERBS, mistakes);
    if let Some(read) = grant(&of, "read", fields, mistakes) {
        (access.read, access.create, access.write) = (read, read, read);
    }
    access.create = grant(&of, "create", fields, mistakes).unwrap_or(access.create);
    access.write = grant(&of, "write", fields, mistakes).unwrap_or(access.write);
    access.delete = grant(&of, "delete", fields, mistakes).unwrap_or(access.delete);
    access
}

/// A grant that names `owner` or `team` needs a field of that name.
fn grant(of: &Fields, key: &str, fields: &[Field], mistakes: &mut Mistakes) -> Option<Grant> {
    let (text, at) = of.text(key, mistakes)?;
    let grant = match Grant::read(text) {
        Ok(grant) => grant,
        Err(word) => {
            mistakes.unknown(&at, &Words::new("role or relation", "角色或关系"), word, GRANTS);
            return None;
        }
    };
    let has =
        |key: &str, of_type: &str| fields.iter().any(|field| field.key == key && field.of_type.as_str() == of_type);
    let (owner, team) = grant.asks();
    for (asked, key, of_type) in [(owner, "owner", "person"), (team, "team", "team")] {
        if asked && !has(key, of_type) {
            let message = Words::new(
                format!("`{key}` needs a field `{key}` of the type `{of_type}`"),
                format!("使用“{key}”需要类型为 {of_type} 的字段“{key}”"),
            );
            mistakes.add(&at, "missing_field", message);
        }
    }
    Some(grant)
}

/// What not everybody may read must not be found, nor stand in a title.
fn hidden_words(root: &Table, kind: &Kind, mistakes: &mut Mistakes) {
    let in_title: BTreeSet<&str> = kind.title.places().collect();
    let lowest = kind.access.read.lowest().unwrap_or(Role::Admin);
    for field in kind.fields.iter().filter(|field| field.access.read > lowest) {
        if field.search || in_title.contains(field.key.as_str()) {
            let at = table::place_of(root, "field", &field.key);
            let message = Words::new(
                format!("not everybody may read `{}`: it cannot be searched for, nor be the title", field.key),
                format!("“{}”并非人人可读，不能用于搜索或标题", field.key),
            );
            mistakes.add(&at, "hidden", message);
        }
    }
}
