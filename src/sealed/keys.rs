//! Master keys as text: a line for each, its id and 32 bytes in base64; the last line is the newest.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};

use super::{ID_MAX, KEY_BYTES};

/// Keys in a file at most.
const KEYS_MAX: usize = 256;

/// What is wrong in a file of keys. Nothing of a key is told.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyMistake {
    #[error("line {0}: must be an id of letters, digits, `-`, `_` and `.` (32 at most) and 32 bytes in base64")]
    Line(usize),
    #[error("line {0}: the id `{1}` is there already")]
    Twice(usize, String),
    #[error("there is no key in it")]
    Empty,
    #[error("more than {KEYS_MAX} keys")]
    TooMany,
}

pub struct MasterKey {
    id: String,
    key: LessSafeKey,
}

impl MasterKey {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn key(&self) -> &LessSafeKey {
        &self.key
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({}, …)", self.id)
    }
}

/// At least one.
#[derive(Debug)]
pub struct MasterKeys {
    newest: MasterKey,
    older: Vec<MasterKey>,
}

impl MasterKeys {
    /// Empty lines and those that begin with `#` are left out.
    pub fn parse(text: &str) -> Result<Self, KeyMistake> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = key(line).ok_or(KeyMistake::Line(number))?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(KeyMistake::Twice(number, key.id));
            }
            keys.push(key);
        }
        if keys.len() > KEYS_MAX {
            return Err(KeyMistake::TooMany);
        }
        let newest = keys.pop().ok_or(KeyMistake::Empty)?;
        Ok(Self { newest, older: keys })
    }

    /// The one for new recordings.
    pub fn newest(&self) -> &MasterKey {
        &self.newest
    }

    pub fn get(&self, id: &str) -> Option<&MasterKey> {
        std::iter::once(&self.newest).chain(&self.older).find(|key| key.id == id)
    }
}

/// The line of a key, without its end.
pub fn line(id: &str, bytes: [u8; KEY_BYTES]) -> Option<String> {
    let line = format!("{id} {}", encoded(bytes));
    key(&line).map(|_| line)
}

pub(super) fn encoded(bytes: [u8; KEY_BYTES]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn key(line: &str) -> Option<MasterKey> {
    let (id, text) = line.split_once([' ', '\t'])?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let sound = !id.is_empty() && id.len() <= ID_MAX && id.bytes().all(plain);
    let bytes = BASE64_STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES && sound)?;
    let key = UnboundKey::new(&AES_256_GCM, &bytes).ok()?;
    Some(MasterKey { id: id.to_owned(), key: LessSafeKey::new(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_keys_and_what_is_none() {
        let good = encoded([5; KEY_BYTES]);
        let text = format!("# ours\n\n2026-01 {good}\r\n2026-11\t{good}\n");
        let keys = MasterKeys::parse(&text).unwrap();
        assert_eq!(keys.newest().id(), "2026-11");
        assert!(keys.get("2026-01").is_some() && keys.get("2025").is_none());
        let long = "x".repeat(33);
        for (text, mistake) in [
            (String::new(), KeyMistake::Empty),
            ("# none".to_owned(), KeyMistake::Empty),
            (good.clone(), KeyMistake::Line(1)),
            (format!("a {good}\nb {}", &good[4..]), KeyMistake::Line(2)),
            (format!("a/b {good}"), KeyMistake::Line(1)),
            (format!("{long} {good}"), KeyMistake::Line(1)),
            (format!("a {good}\na {good}"), KeyMistake::Twice(2, "a".to_owned())),
        ] {
            assert_eq!(MasterKeys::parse(&text).unwrap_err(), mistake, "{text}");
        }
        assert!(!KeyMistake::Line(1).to_string().contains(&good));
        assert!(line("2026-11", [1; 32]).is_some() && line("a b", [1; 32]).is_none());
    }
}
