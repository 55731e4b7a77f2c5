//! The nearest name, for mistakes that are only slips: in settings, flows, center files, scenarios, API bodies.

use serde::Serialize;
use serde_json::Value;

/// The candidate closest to `name`, if it is close enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    // A third of the name may be wrong; of a short one two characters, but never all of it.
    let limit = (length / 3).max(2).min(length.saturating_sub(1));
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates.iter().map(|candidate| (distance(name, candidate), *candidate));
    let near = near.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate);
    // `after` for `after_ms`: the unit was left out.
    let goes_on = |candidate: &&str| candidate.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
    near.or_else(|| candidates.iter().copied().filter(goes_on).min())
}

/// The candidate that differs by one slip only: a character wrong, missing, too many, or two swapped.
pub fn slip<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates.into_iter().find(|candidate| distance(name, candidate) == 1)
}

/// A message of serde about a field or a word that it does not know, with the nearest one in place of the
/// long list of all; any other message as it is.
///
/// ``unknown field `ring`, expected one of `name`, `ring_s` at line 3`` becomes
/// ``unknown field `ring` at line 3; did you mean `ring_s`?``
pub fn with_nearest(message: &str) -> String {
    explained(message).unwrap_or_else(|| message.to_owned())
}

fn explained(message: &str) -> Option<String> {
    let at =
        ["unknown field `", "unknown variant `"].into_iter().find_map(|mark| Some(message.find(mark)? + mark.len()))?;
    let (before, rest) = message.split_at_checked(at)?;
    let (name, expected) = rest.split_once("`, expected ")?;
    let (known, after) = expected.split_at_checked(expected.rfind('`')?)?;
    let known = known.split('`').skip(1).step_by(2);
    let after = after.strip_prefix('`')?;
    Some(format!("{before}{name}`{after}; did you mean `{}`?", nearest(name, known)?))
}

/// What is wrong with the fields of an object beyond those of the value that was read of it: serde passes over
/// the ones of a tagged enum's variants that have none.
pub fn foreign_field(given: &Value, read: &impl Serialize) -> Option<String> {
    let known = serde_json::to_value(read).ok()?;
    let known = known.as_object()?;
    let foreign = given.as_object()?.keys().find(|name| !known.contains_key(*name))?;
    let others = known.keys().map(String::as_str).filter(|name| *name != "type");
    Some(match nearest(foreign, others) {
        Some(near) => format!("unknown field `{foreign}`; did you mean `{near}`?"),
        None => format!("unknown field `{foreign}`"),
    })
}

/// Changes of one character, and swaps of neighbours, from one text to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        assert_eq!(distance("litsen", "listen"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("realn", ["realm", "udp"]), Some("realm"));
        assert_eq!(nearest("wholly-else", ["realm", "udp"]), None);
        assert_eq!(nearest("meun", ["queue", "menu"]), Some("menu"));
        assert_eq!(nearest("mxyz", ["menu", "queue"]), None);
        assert_eq!(nearest("men", ["queue", "menu"]), Some("menu"));
        assert_eq!(nearest("ring", ["name", "ring_s", "priority"]), Some("ring_s"));
        assert_eq!(nearest("after", ["when", "after_ms"]), Some("after_ms"));
        assert_eq!(nearest("greting", ["greeting", "getting"]), Some("greeting"));
        assert_eq!((nearest("x", ["y"]), nearest("", ["y"])), (None, None));
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_message_of_serde_names_the_nearest() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code, reason = "only its mistakes count")]
        struct Two {
            agents: u32,
            skills: Kind,
        }
        #[derive(serde::Deserialize, Debug)]
        #[serde(rename_all = "snake_case")]
        enum Kind {
            Ready,
            NotReady,
        }
        let of = |text: &str| with_nearest(&serde_json::from_str::<Two>(text).unwrap_err().to_string());
        for (text, told) in [
            (r#"{"agent": 1}"#, "unknown field `agent` at line 1 column 8; did you mean `agents`?"),
            (r#"{"skills": "redy"}"#, "unknown variant `redy` at line 1 column 17; did you mean `ready`?"),
            (r#"{"zzz": 1}"#, "unknown field `zzz`, expected `agents` or `skills` at line 1 column 6"),
            (
                r#"{"a`, expected `b": 1}"#,
                "unknown field `a`, expected `b`, expected `agents` or `skills` at line 1 column 18",
            ),
            (r#"{"agents": -1}"#, "invalid value: integer `-1`, expected u32 at line 1 column 13"),
        ] {
            assert_eq!(of(text), told);
        }
    }
}
