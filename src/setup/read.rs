//! From a TOML file to a model, with every mistake and its line.
//!
//! An object is read as a whole; where a field is wrong, it is noted, taken out, and the object read
//! again, so that one mistake does not hide the next.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{CenterModel, Kind, Objects, check};
use crate::base::{nearest, with_nearest};

/// A file longer than this is not a center.
const FILE_MAX_BYTES: usize = 16 << 20;
/// Mistakes told of one object.
const MISTAKES_MAX: usize = 50;

/// Something wrong at a line of the file. Lines and columns count from 1, columns in characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Located {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Located {
    /// `config/demo-center.toml:12:3: there is no skill `mandarin``.
    pub fn in_file(&self, file: &str) -> String {
        format!("{file}:{self}")
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Reads and checks a center; all mistakes, by line.
pub fn read(text: &str) -> Result<CenterModel, Vec<Located>> {
    if text.len() > FILE_MAX_BYTES {
        let message = format!("longer than {FILE_MAX_BYTES} bytes: this is not a center");
        return Err(vec![Located { line: 1, column: 1, message }]);
    }
    let mut reading = Reading { text, mistakes: BTreeSet::new(), wrong: BTreeSet::new() };
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            reading.note(error.span().unwrap_or(0..0), error.message());
        }
        return Err(reading.mistakes.into_iter().collect());
    }
    let document = document.into_inner();
    let model = reading.model(&document);
    for mistake in check(&model) {
        let object = mistake.path.iter().take(2).cloned().collect::<Vec<_>>();
        // What was not read cannot be judged.
        if !reading.wrong.contains(&object) {
            reading.note(span_of(&document, &mistake.path), &mistake.to_string());
        }
    }
    match reading.mistakes.is_empty() {
        true => Ok(model),
        false => Err(reading.mistakes.into_iter().collect()),
    }
}

/// Where an object of the center stands in its file, as line and column; the beginning when it is not there.
pub fn locate(text: &str, path: &[&str]) -> (usize, usize) {
    let (document, _) = DeTable::parse_recoverable(text);
    let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
    position(text, span_of(document.get_ref(), &path).start)
}

/// Line and column, both from 1, of a byte of the text.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
    (line, before.get(start..).map_or(0, |text| text.chars().count()).saturating_add(1))
}

struct Reading<'t> {
    text: &'t str,
    mistakes: BTreeSet<Located>,
    /// Objects that could not be read as they stand, by path.
    wrong: BTreeSet<Vec<String>>,
}

impl<'t> Reading<'t> {
    fn model(&mut self, document: &DeTable<'t>) -> CenterModel {
        let mut model = CenterModel::default();
        for (name, value) in document.iter() {
            let Some(kind) = Kind::from_word(name.get_ref()) else {
                let known = match nearest(name.get_ref(), Kind::ALL.map(Kind::word)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", Kind::ALL.map(Kind::word).join(", ")),
                };
                self.note(name.span(), &format!("unknown section `{}`; {known}", name.get_ref()));
                continue;
            };
            match kind {
                Kind::Center => model.center = self.object(vec![kind.word().to_owned()], value),
                Kind::Skill => model.skills = self.objects(kind, value),
                Kind::Group => model.groups = self.objects(kind, value),
                Kind::Hours => model.hours = self.objects(kind, value),
                Kind::Queue => model.queues = self.objects(kind, value),
                Kind::Agent => model.agents = self.objects(kind, value),
                Kind::User => model.users = self.objects(kind, value),
                Kind::Flow => model.flows = self.objects(kind, value),
                Kind::Trunk => model.trunks = self.objects(kind, value),
                Kind::Number => model.numbers = self.objects(kind, value),
                Kind::Reason => model.reasons = self.objects(kind, value),
                Kind::Disposition => model.dispositions = self.objects(kind, value),
                Kind::Campaign => model.campaigns = self.objects(kind, value),
                Kind::Alert => model.alerts = self.objects(kind, value),
                Kind::Scorecard => model.scorecards = self.objects(kind, value),
            }
        }
        model
    }

    fn objects<T: Default + for<'d> Deserialize<'d>>(
        &mut self,
        kind: Kind,
        value: &Spanned<DeValue<'t>>,
    ) -> Objects<T> {
        let Some(table) = value.get_ref().as_table() else {
            self.note(value.span(), &format!("write each {kind} as a table: [{kind}.KEY]"));
            return Objects::default();
        };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
            .into_iter()
            .map(|(key, value)| {
                let key = key.get_ref().to_string();
                (key.clone(), self.object(vec![kind.word().to_owned(), key], value))
            })
            .collect()
    }

    fn object<T: Default + for<'d> Deserialize<'d>>(&mut self, path: Vec<String>, value: &Spanned<DeValue<'t>>) -> T {
        let mut value = value.clone();
        for _ in 0..MISTAKES_MAX {
            let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(object) => return object,
                Err(error) => error,
            };
            let span = error.span().unwrap_or_else(|| value.span());
            self.note(span.clone(), &format!("{}: {}", path.join("."), with_nearest(error.message())));
            self.wrong.insert(path.clone());
            if !take_out(&mut value, &span) {
                break;
            }
        }
        T::default()
    }

    fn note(&mut self, span: Range<usize>, message: &str) {
        let (line, column) = position(self.text, span.start);
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        self.mistakes.insert(Located { line, column, message });
    }
}

/// Takes the field that `span` lies in out of the table.
fn take_out(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    let DeValue::Table(table) = value.get_mut() else { return false };
    let inside = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    let field = table.iter().find_map(|(key, value)| {
        (inside(key.span()) || covers(key, value).is_some_and(inside)).then(|| key.get_ref().to_string())
    });
    field.is_some_and(|field| table.remove(field.as_str()).is_some())
}

/// From a field's key to the end of what it holds, tables under headers of their own included.
fn covers(key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    let end = match value.get_ref() {
        DeValue::Table(table) => table.iter().filter_map(|(key, value)| covers(key, value)).map(|span| span.end).max(),
        _ => None,
    };
    let end = end.unwrap_or(0).max(value.span().end);
    (key.span().start <= end).then(|| key.span().start..end)
}

/// Where a path of the model stands: the key of its deepest part that is in the file.
fn span_of(document: &DeTable<'_>, path: &[String]) -> Range<usize> {
    let mut table = document;
    let mut span = 0..0;
    for part in path {
        let Some((key, value)) = table.get_key_value(part.as_str()) else { break };
        span = key.span();
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::print;

    const GOOD: &str = r#"
[center]
company = "Aurelia"
timezone = "Asia/Shanghai"
languages = ["zh", "en"]

[skill.zh]
[skill.gems]
name = { zh = "宝石", en = "Gemstones" }

[group.shop]

[hours.office]
week = { mon = ["09:00-12:00", "13:00-18:00"] }
special = { "2026-10-01" = [] }

[queue.vip]
name = "VIP"
skills = { zh = 3, gems = { min = 5, weight = 2 } }
agent_selection = "most_skilled"
wrap_up = { mode = "fixed", seconds = 20 }
relax = [{ after_ms = 20000, lower = { gems = 2 } }, { when = { waiting_above = 5 }, add_queues = ["sales"] }]
overflow = [{ when = "timeout", to = "sales" }, { when = { estimate_above = 300 }, to = "sales" }]
hours = "office"

[queue.sales]
reserve = [{ group = "shop", agents = 1 }]

[agent.zoe]
name = "Zoe"
skills = { zh = 9, gems = 7 }
capacity = { voice = 1, chat = 3 }
[agent.ana]
phone = "sip:ana@127.0.0.1:6070"

[user.zoe]
agent = "zoe"
password = { argon2 = "$argon2id$x" }

[trunk.main]
networks = ["127.0.0.0/8", "2001:db8::/32"]
destination = "udp:127.0.0.1:5070"

[number."+862155500100"]
flow = "hotline"
trunk = "main"

[reason.lunch]
limit_s = 1800
[reason.break]
[disposition.solved]
[disposition.complaint]
queues = ["vip"]
note_required = true
"#;

    #[test]
    fn a_center_is_read_in_its_order_and_printed_back() {
        let model = read(GOOD).unwrap();
        assert_eq!(model.reasons.keys().collect::<Vec<_>>(), ["lunch", "break"]);
        assert_eq!(model.agents.keys().collect::<Vec<_>>(), ["zoe", "ana"]);
        let queue = model.queues.get("vip").unwrap();
        assert_eq!((queue.ring_s, queue.wrap_up.seconds, queue.relax.len()), (20, 20, 2));
        let printed = print(&model).unwrap();
        assert_eq!(read(&printed).unwrap(), model, "{printed}");
        assert_eq!(print(&read(&printed).unwrap()).unwrap(), printed);
        assert!(!printed.contains("ring_s"), "defaults are not printed: {printed}");
    }

    #[test]
    fn all_mistakes_at_once_each_with_its_line() {
        let text = r#"
[center]
timezone = "Mars/Base"
colour = "red"

[queue.vip]
priority = "high"
ring = 3
skills = { zh = 11, en = "x" }
wrap_up = { mode = "never", seconds = 1 }

[queue.Sales]
hours = "office"
overflow = [{ when = "full", to = "nowhere" }]

[agent.ana]
[agent.ana.skills]
zh = 3
[hours.night]
week = { mon = ["18:00-09:00"] }
[desk.x]
"#;
        let mistakes = read(text).unwrap_err();
        let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
        for line in [4, 7, 8, 9, 10, 12, 13, 14, 18, 20, 21] {
            assert!(lines.contains(&line), "line {line} is not told: {mistakes:#?}");
        }
        let told = mistakes.iter().map(|mistake| mistake.in_file("c.toml")).collect::<Vec<_>>().join("\n");
        for words in [
            "c.toml:8:1: queue.vip: unknown field `ring`; did you mean `ring_s`?",
            "there is no queue `nowhere`",
            "unknown section `desk`",
        ] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn broken_toml_is_told_with_its_line() {
        let mistakes = read("[center]\ncompany = \n[queue.a]\nname = 'x\n").unwrap_err();
        assert_eq!(mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [2, 4]);
    }
}
