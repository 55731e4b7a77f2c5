//! `[call]`: what the desktop does with the records of a kind beside a call.

use super::guard::guard;
use super::table::Fields;
use crate::record::kind::{Beside, FieldType, Kind, Lines, Use};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;

pub(in crate::record) const KEYS: &[&str] = &["as", "when", "about", "language", "head", "body", "steps", "helped"];
/// Columns that the steps of a script need.
const STEP_COLUMNS: [&str; 2] = ["key", "say"];

pub(super) fn read(top: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<Beside> {
    let (table, at) = top.table("call", mistakes)?;
    let of = Fields::new(table, at, KEYS, mistakes);
    let role = of.needed("as", mistakes).and_then(|_| of.text("as", mistakes));
    let role = role.and_then(|(word, at)| {
        let found = Use::ALL.into_iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let known = Use::ALL.map(|(name, _)| name);
            mistakes.unknown(&at, &Words::new("use beside a call", "通话中的用途"), word, known);
        }
        found
    });
    let body = of.needed("body", mistakes).and_then(|_| field(&of, "body", kind, WORDS, mistakes));
    // Whatever is wrong in it is told before it is given up.
    Some(Beside {
        when: guard(&of, "when", kind, mistakes),
        about: field(&of, "about", kind, &[FieldType::Text], mistakes),
        language: field(&of, "language", kind, &[FieldType::Choice], mistakes),
        head: field(&of, "head", kind, &[FieldType::Text], mistakes),
        steps: steps(&of, kind, mistakes),
        helped: field(&of, "helped", kind, &[FieldType::Number], mistakes),
        role: role?.1,
        body: body?,
    })
}

const WORDS: &[FieldType] = &[FieldType::LongText, FieldType::Text];

/// The field that a key names, of one of these types.
fn field(of: &Fields, key: &str, kind: &Kind, types: &[FieldType], mistakes: &mut Mistakes) -> Option<String> {
    let (name, at) = of.text(key, mistakes)?;
    let fits = |field: &&crate::record::kind::Field| types.contains(&field.of_type);
    if !kind.field(name).as_ref().is_some_and(fits) {
        let known = kind.fields.iter().filter(fits).map(|field| field.key.as_str());
        let told: Vec<&str> = types.iter().map(|of_type| of_type.as_str()).collect();
        let what = Words::new(
            format!("field of the type {}", told.join(" or ")),
            format!("类型为 {} 的字段", told.join(" 或 ")),
        );
        mistakes.unknown(&at, &what, name, known);
    }
    Some(name.to_owned())
}

fn steps(of: &Fields, kind: &Kind, mistakes: &mut Mistakes) -> Option<String> {
    let (name, at) = of.text("steps", mistakes)?;
    let has = |lines: &Lines| STEP_COLUMNS.iter().all(|key| lines.fields.iter().any(|field| field.key == *key));
    match kind.lines_of(name) {
        Some(lines) if has(lines) => {}
        Some(_) => mistakes.expected(&at, &Words::new("lines with `key` and `say`", "含“key”和“say”列的明细表")),
        None => {
            let known = kind.lines.iter().map(|lines| lines.key.as_str());
            mistakes.unknown(&at, &Words::new("table of lines", "明细表"), name, known);
        }
    }
    Some(name.to_owned())
}
