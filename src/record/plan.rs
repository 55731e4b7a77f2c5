//! What a new version of a kind changes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::kind::{Field, Kind};
use super::words::Words;

/// One thing that becomes different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindChange)]
pub struct Change {
    /// `new_kind`, `add_field`, `rename_field`, `retire_field`, `replace_field`, `change_field`, `add_lines`,
    /// `retire_lines`, `add_state`, `retire_state`, `change`.
    pub change: &'static str,
    /// The field, the state, the part of the definition.
    pub what: String,
    pub message: Words,
}

/// Everything that becomes different; nothing is ever lost, what is retired stays in its column.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// States that no record may be in any more.
    pub retired_states: Vec<String>,
}

impl Plan {
    pub fn between(old: Option<&Kind>, new: &Kind) -> Self {
        let mut plan = Self::default();
        let Some(old) = old else {
            plan.add("new_kind", &new.key, format!("the kind `{}` begins", new.key), format!("新建类型“{}”", new.key));
            return plan;
        };
        plan.fields("", &old.fields, &new.fields);
        plan.lines(old, new);
        plan.states(old, new);
        for (part, differs) in [
            ("name", (&old.name, &old.names, &old.icon) != (&new.name, &new.names, &new.icon)),
            ("group", (&old.group, old.rank) != (&new.group, new.rank)),
            ("number", old.number != new.number),
            ("title", old.title != new.title),
            ("of", old.of_customer != new.of_customer),
            ("due", old.due != new.due),
            ("rule", old.rules != new.rules),
            ("list", old.list != new.list),
            ("form", old.form != new.form),
            ("pop", old.pop != new.pop),
            ("call", old.call != new.call),
            ("access", old.access != new.access),
        ] {
            if differs {
                plan.add("change", part, format!("`{part}` is different"), format!("“{part}”有变化"));
            }
        }
        plan
    }

    fn add(&mut self, change: &'static str, what: &str, en: String, zh: String) {
        self.changes.push(Change { change, what: what.to_owned(), message: Words { en, zh } });
    }

    fn fields(&mut self, place: &str, old: &[Field], new: &[Field]) {
        let mut left: BTreeMap<&str, &Field> = old.iter().map(|field| (field.key.as_str(), field)).collect();
        for field in new {
            let what = format!("{place}{}", field.key);
            let before = left.remove(field.key.as_str());
            let renamed = before.is_none().then(|| left.remove(field.was.as_deref()?)).flatten();
            match (before, renamed) {
                (None, None) => {
                    self.add("add_field", &what, format!("the field `{what}` comes"), format!("新增字段“{what}”"))
                }
                (None, Some(was)) if was.of_type.class() == field.of_type.class() => {
                    let key = &was.key;
                    self.add(
                        "rename_field",
                        &what,
                        format!("`{key}` is called `{what}`"),
                        format!("“{key}”改名为“{what}”"),
                    );
                }
                (Some(was), _) | (None, Some(was)) if was.of_type.class() != field.of_type.class() => {
                    let (from, to) = (was.of_type.as_str(), field.of_type.as_str());
                    self.add(
                        "replace_field",
                        &what,
                        format!("`{what}` begins empty: what stands in it as `{from}` cannot be `{to}` and is retired"),
                        format!("“{what}”重新开始为空：原有的 {from} 类型内容无法转换为 {to}，将停用保留"),
                    );
                }
                (Some(was), _) if Field { was: None, ..was.clone() } != Field { was: None, ..field.clone() } => {
                    self.add(
                        "change_field",
                        &what,
                        format!("the field `{what}` is different"),
                        format!("字段“{what}”有变化"),
                    );
                }
                _ => {}
            }
        }
        for key in left.keys() {
            let what = format!("{place}{key}");
            self.add(
                "retire_field",
                &what,
                format!("the field `{what}` is retired; its values stay"),
                format!("停用字段“{what}”，已有内容保留"),
            );
        }
    }

    fn lines(&mut self, old: &Kind, new: &Kind) {
        for lines in &new.lines {
            let was = lines.was.as_deref().unwrap_or(&lines.key);
            match old.lines_of(&lines.key).or_else(|| old.lines_of(was)) {
                Some(before) => self.fields(&format!("{}.", lines.key), &before.fields, &lines.fields),
                None => {
                    let key = &lines.key;
                    self.add("add_lines", key, format!("the lines `{key}` come"), format!("新增明细表“{key}”"));
                }
            }
        }
        let kept = |key: &str| new.lines.iter().any(|it| it.key == key || it.was.as_deref() == Some(key));
        for key in old.lines.iter().map(|lines| &lines.key).filter(|key| !kept(key)) {
            self.add(
                "retire_lines",
                key,
                format!("the lines `{key}` are retired; they stay"),
                format!("停用明细表“{key}”，已有内容保留"),
            );
        }
    }

    fn states(&mut self, old: &Kind, new: &Kind) {
        let states =
            |kind: &Kind| kind.life.iter().flat_map(|life| &life.states).map(|it| it.key.clone()).collect::<Vec<_>>();
        let (before, after) = (states(old), states(new));
        for key in after.iter().filter(|key| !before.contains(key)) {
            self.add("add_state", key, format!("the state `{key}` comes"), format!("新增状态“{key}”"));
        }
        for key in before.iter().filter(|key| !after.contains(key)) {
            self.add(
                "retire_state",
                key,
                format!("the state `{key}` goes: no record may be in it"),
                format!("停用状态“{key}”：不得有记录处于该状态"),
            );
            self.retired_states.push(key.clone());
        }
        if before == after && old.life != new.life {
            self.add("change", "life", "`life` is different".to_owned(), "“life”有变化".to_owned());
        }
    }
}
