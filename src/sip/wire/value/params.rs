//! Tokens, quoted strings, lists and `;name=value` parameters (RFC 3261 §25.1).

use std::borrow::Cow;
use std::fmt;

use crate::sip::wire::{WireError, limits};

/// Is the text a non-empty RFC 3261 token?
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(in crate::sip::wire) fn is_token_byte(b: u8) -> bool {
    TOKEN[usize::from(b)]
}

/// Every byte of a message passes here at least once: one look-up instead of a dozen comparisons.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0u8;
    loop {
        table[b as usize] = b.is_ascii_alphanumeric()
            || matches!(b, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        if b == u8::MAX {
            break table;
        }
        b += 1;
    }
};

/// Without the blanks (SP, HT) at both ends.
pub(in crate::sip::wire) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

pub(in crate::sip::wire) fn trim_start(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// Cuts in front of the first semicolon.
pub(in crate::sip::wire) fn at_semicolon(text: &str) -> (&str, &str) {
    text.split_at_checked(text.find(';').unwrap_or(text.len())).unwrap_or((text, ""))
}

/// A number in digits alone, leading zeros allowed; `None` if it is none or does not fit.
pub(in crate::sip::wire) fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Splits where the first byte that `keep` refuses stands; bytes above ASCII are kept or refused whole.
pub(in crate::sip::wire) fn take_while(text: &str, keep: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|b| !keep(b)).unwrap_or(text.len());
    // `keep` may end inside a character only if it tells its bytes apart, which none here does.
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Takes a quoted string off the front; the first part keeps its quotes.
pub(in crate::sip::wire) fn take_quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, b) in text.bytes().enumerate() {
        match b {
            b'"' if at == 0 => {}
            _ if at == 0 => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return text.split_at_checked(at.saturating_add(1)),
            _ => {}
        }
    }
    None
}

/// The content of a quoted string (or of a token, which is its own content). Control characters, which
/// RFC 3261 allows behind a backslash, become U+FFFD: no store and no screen wants them.
pub(in crate::sip::wire) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inner.bytes().any(|b| b == b'\\' || b.is_ascii_control()) {
        return Cow::Borrowed(inner);
    }
    let mut escaped = false;
    let mut out = String::with_capacity(inner.len());
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        escaped = false;
        out.push(if c.is_ascii_control() { char::REPLACEMENT_CHARACTER } else { c });
    }
    Cow::Owned(out)
}

/// Writes a quoted string; what [`unquote`] reads back.
pub(in crate::sip::wire) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_ascii_control() => f.write_char(char::REPLACEMENT_CHARACTER)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// The values of a comma list, blanks off; commas inside quotes and angle brackets do not split.
/// An empty text has no value; an empty place between commas is an empty value.
pub(in crate::sip::wire) fn split_list(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(trim(text)).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let (value, tail) = match comma(text) {
            Some(at) => (text.get(..at).unwrap_or(text), text.get(at.saturating_add(1)..)),
            None => (text, None),
        };
        rest = tail;
        Some(trim(value))
    })
}

fn comma(text: &str) -> Option<usize> {
    // Nearly every line is one value.
    if !text.as_bytes().contains(&b',') {
        return None;
    }
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if !angle => quoted = !quoted,
            b'<' if !quoted => angle = true,
            b'>' if !quoted => angle = false,
            b',' if !quoted && !angle => return Some(at),
            _ => {}
        }
    }
    None
}

/// `;name;name=value;name="value"` of a header value, blanks around every part; ends after an error.
struct HeaderParams<'a>(&'a str);

impl<'a> HeaderParams<'a> {
    fn take(&mut self) -> Result<(&'a str, Option<&'a str>), WireError> {
        const NO_SEMICOLON: WireError = WireError::Value("parameters begin with a semicolon");
        let rest = trim_start(self.0.strip_prefix(';').ok_or(NO_SEMICOLON)?);
        let (name, tail) = take_while(rest, is_token_byte);
        let tail = trim_start(tail);
        let (value, tail) = match tail.strip_prefix('=') {
            Some(tail) => {
                let (value, tail) = take_value(trim_start(tail))?;
                (Some(value), tail)
            }
            None => (None, tail),
        };
        self.0 = trim_start(tail);
        Ok((name, value))
    }
}

impl<'a> Iterator for HeaderParams<'a> {
    type Item = Result<(&'a str, Option<&'a str>), WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_err() {
            self.0 = "";
        }
        Some(taken)
    }
}

/// `;name;name=value` of a URI: no blanks, no quotes.
fn uri_params(text: &str) -> impl Iterator<Item = Result<(&str, Option<&str>), WireError>> {
    let parts = text.strip_prefix(';').map(|text| text.split(';'));
    parts.into_iter().flatten().map(|param| {
        let (name, value) = match param.split_once('=') {
            Some((_, "")) => return Err(WireError::Uri("parameter without its value")),
            Some((name, value)) => (name, Some(value)),
            None => (param, None),
        };
        match [name, value.unwrap_or_default()].into_iter().all(super::escape::is_param_text) {
            true => Ok((name, value)),
            false => Err(WireError::Uri("character not allowed in a parameter")),
        }
    })
}

/// Which of the two forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::sip::wire) enum Form {
    Header,
    Uri,
}

/// Reads the parameters without keeping them: every one is well formed, named, and there once.
pub(in crate::sip::wire) fn check_params(text: &str, form: Form) -> Result<(), WireError> {
    let mut count = 0usize;
    let mut check = |(name, _): (&str, Option<&str>)| {
        let before = match form {
            Form::Header => HeaderParams(trim(text)).take(count).any(|p| is_named(p, name)),
            Form::Uri => uri_params(text).take(count).any(|p| is_named(p, name)),
        };
        count = count.saturating_add(1);
        check_param(name, before, count)
    };
    match form {
        Form::Header => HeaderParams(trim(text)).try_for_each(|param| check(param?)),
        Form::Uri => uri_params(text).try_for_each(|param| check(param?)),
    }
}

fn is_named(param: Result<(&str, Option<&str>), WireError>, name: &str) -> bool {
    param.is_ok_and(|(known, _)| known.eq_ignore_ascii_case(name))
}

fn check_param(name: &str, is_known: bool, count: usize) -> Result<(), WireError> {
    match (name.is_empty(), is_known, count > limits::PARAMS) {
        (true, ..) => Err(WireError::Value("parameter without a name")),
        (_, true, _) => Err(WireError::Value("parameter stands twice")),
        (.., true) => Err(WireError::Value("too many parameters")),
        _ => Ok(()),
    }
}

/// Names that nearly every message carries: they are not copied.
const COMMON: [&str; 12] =
    ["tag", "branch", "rport", "received", "lr", "transport", "user", "expires", "q", "ob", "cause", "text"];

fn intern(name: &str) -> Cow<'static, str> {
    match COMMON.iter().find(|common| **common == name) {
        Some(common) => Cow::Borrowed(common),
        None => Cow::Owned(name.to_owned()),
    }
}

/// Parameters of a header value or a URI, in the order in which they came. Names compare without case
/// and stand once. Values are kept as written (a quoted string keeps its quotes, a URI escape stays).
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Params(Vec<(Cow<'static, str>, Option<String>)>);

impl Params {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub(in crate::sip::wire) fn parse(text: &str, form: Form) -> Result<Self, WireError> {
        let mut params = Self::new();
        let mut add = |(name, value): (&str, Option<&str>)| {
            check_param(name, params.contains(name), params.len().saturating_add(1))?;
            params.0.push((intern(name), value.map(str::to_owned)));
            Ok(())
        };
        match form {
            Form::Header => HeaderParams(trim(text)).try_for_each(|param| add(param?))?,
            Form::Uri => uri_params(text).try_for_each(|param| add(param?))?,
        }
        Ok(params)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// The value of a parameter; `None` when it is missing or has none (`;lr`).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_deref())
    }

    /// The value without quotes and escapes.
    pub fn unquoted(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(unquote)
    }

    /// Sets or replaces; `None` writes the name alone.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        match self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value.map(str::to_owned),
            None => self.0.push((intern(name), value.map(str::to_owned))),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_deref()))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A parameter value: quoted string, token, or host (an IPv6 address comes with or without brackets).
pub(in crate::sip::wire) fn take_value(text: &str) -> Result<(&str, &str), WireError> {
    if text.starts_with('"') {
        return take_quoted(text).ok_or(WireError::Value("quote without its end"));
    }
    let (value, rest) =
        take_while(text, |b| is_token_byte(b) || matches!(b, b'[' | b']' | b':' | b'/' | b'@' | b'&' | b'$'));
    if value.is_empty() {
        return Err(WireError::Value("parameter without its value"));
    }
    Ok((value, rest))
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.iter() {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<Params, WireError> {
        Params::parse(text, Form::Header)
    }

    #[test]
    fn parameters_keep_their_order_and_spelling() {
        let params = header(" ; Tag = a1 ;lr;text=\"a;b,\\\"c\\\"\";received=2001:db8::1").unwrap();
        assert_eq!(params.to_string(), ";Tag=a1;lr;text=\"a;b,\\\"c\\\"\";received=2001:db8::1");
        assert_eq!(params.get("tag"), Some("a1"));
        assert!(params.contains("LR") && params.get("lr").is_none());
        assert_eq!(params.unquoted("text").unwrap(), "a;b,\"c\"");
        for bad in [";;", ";", "a=b", ";a=", ";a=\"x", ";a=1;A=2", ";=b", ";a b"] {
            assert!(header(bad).is_err(), "{bad}");
            assert!(check_params(bad, Form::Header).is_err(), "{bad}");
        }
        let many: String = (0..=limits::PARAMS).map(|n| format!(";p{n}")).collect();
        assert!(header(&many).is_err() && check_params(&many, Form::Header).is_err());
        assert!(check_params(";a;b=1;c=\"x\"", Form::Header).is_ok());
    }

    #[test]
    fn lists_split_outside_quotes_and_brackets_only() {
        let values: Vec<_> = split_list(" \"a, \\\"b\" <sip:x,y@h>;q=1 , <sip:z@h> ,c").collect();
        assert_eq!(values, ["\"a, \\\"b\" <sip:x,y@h>;q=1", "<sip:z@h>", "c"]);
        assert_eq!(split_list("  ").count(), 0);
        assert_eq!(split_list("a,,").collect::<Vec<_>>(), ["a", "", ""]);
    }

    #[test]
    fn quoted_strings_lose_their_control_characters() {
        assert_eq!(unquote("\"a\\\\b\\\"c\\\u{0}\""), "a\\b\"c\u{fffd}");
        assert_eq!(take_quoted("\"a\\\"b\" rest"), Some(("\"a\\\"b\"", " rest")));
        assert_eq!(take_quoted("\"a\\\""), None);
        assert_eq!(take_quoted("a\"b\""), None);
    }
}
