//! `[print]`: what of a record goes on paper.

use super::form::{section_of, shown};
use super::table::{Fields, expected, table_of, words_of};
use crate::record::kind::{Kind, Print, PrintPart, Section};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::source::{Node, Value};

pub const KEYS: &[&str] = &["facts", "sections", "sign"];
pub const PART_KEYS: &[&str] = &["name", "en", "zh", "fields", "sums", "blank"];
/// Who can sign side by side.
const SIGN_MAX: usize = 3;

pub(super) fn read(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Print> {
    let (table, at) = top.table("print", mistakes)?;
    let of = Fields::new(table, at, KEYS, mistakes);
    let facts = of.texts("facts", mistakes).unwrap_or_default();
    facts.iter().for_each(|(key, at)| shown(kind, key, at, mistakes));
    let sections = items(&of, "sections", mistakes);
    let parts = sections.iter().filter_map(|node| part(node, kind, mistakes)).collect();
    let signed = items(&of, "sign", mistakes);
    if let Some(beyond) = signed.get(SIGN_MAX) {
        mistakes.too_many(&beyond.span, &Words::new("people who sign", "签字人"), SIGN_MAX);
    }
    let sign = signed.iter().take(SIGN_MAX).filter_map(|node| words_of(node, mistakes)).collect();
    Some(Print { facts: facts.into_iter().map(|(key, _)| key.to_owned()).collect(), parts, sign })
}

fn items<'t>(of: &Fields<'t>, key: &str, mistakes: &mut Mistakes) -> &'t [Node] {
    match of.get(key) {
        None => &[],
        Some(Node { value: Value::List(items), .. }) => items,
        Some(node) => expected(node, "a list", "列表", mistakes).unwrap_or_default(),
    }
}

fn part(node: &Node, kind: &Kind, mistakes: &mut Mistakes) -> Option<PrintPart> {
    let table = table_of(node, mistakes)?;
    let of = Fields::new(table, node.span.clone(), PART_KEYS, mistakes);
    let Section { name, fields } = section_of(&of, kind, mistakes)?;
    let mut keys = |key: &str| -> Vec<String> {
        let named = of.texts(key, mistakes).unwrap_or_default();
        for (key, at) in &named {
            if kind.field(key).is_none() {
                let known = kind.fields.iter().map(|field| field.key.as_str());
                mistakes.unknown(at, &Words::new("field", "字段"), key, known);
            }
        }
        named.into_iter().map(|(key, _)| key.to_owned()).collect()
    };
    let (sums, blank) = (keys("sums"), keys("blank"));
    Some(PrintPart { name, fields, sums, blank })
}
