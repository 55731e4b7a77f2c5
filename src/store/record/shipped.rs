//! Kinds that come with the program: `config/kinds/*.toml`.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "config/kinds"]
struct Files;

/// Their texts, by key.
pub(super) fn shipped() -> BTreeMap<String, String> {
    let text = |name: &str| Files::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    let kind = |name: std::borrow::Cow<'static, str>| Some((name.strip_suffix(".toml")?.to_owned(), text(&name)?));
    Files::iter().filter_map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{across, read};

    #[test]
    fn what_is_shipped_is_right() {
        let shipped = shipped();
        assert!(shipped.contains_key("ticket"));
        let kinds = shipped.keys().cloned().collect();
        let mut read_by_key = BTreeMap::new();
        for (key, text) in &shipped {
            let kind = read(text, &kinds).unwrap_or_else(|mistakes| {
                let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
                panic!("config/kinds/{key}.toml:\n{}", told.join("\n"))
            });
            assert_eq!(kind.key, *key, "a file is named as its kind");
            read_by_key.insert(key.as_str(), kind);
        }
        for (key, text) in &shipped {
            let wrong = across(text, &read_by_key[key.as_str()], |key| read_by_key.get(key));
            assert!(wrong.is_empty(), "config/kinds/{key}.toml: {wrong:?}");
        }
    }
}
