//! Escapes in URIs: `%XX` and what need not be written so (RFC 3261 §25.1).

pub(super) fn is_unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

pub(super) fn is_user_byte(b: u8) -> bool {
    is_unreserved(b) || matches!(b, b'&' | b'=' | b'+' | b'$' | b',')
}

/// Characters of a URI parameter's name or value.
pub(super) fn is_param_text(text: &str) -> bool {
    is_escaped_text(text, |b| is_unreserved(b) || matches!(b, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$'))
}

/// Allowed bytes and well-formed `%XX` escapes only.
pub(super) fn is_escaped_text(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let is_good = match b {
            b'%' => [bytes.next(), bytes.next()].iter().all(|b| b.is_some_and(|b| b.is_ascii_hexdigit())),
            b => allowed(b),
        };
        if !is_good {
            return false;
        }
    }
    true
}

pub(super) fn unescape(text: &str) -> Vec<u8> {
    let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let mut ahead = bytes.clone();
        match (b, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                bytes = ahead;
            }
            _ => out.push(b),
        }
    }
    out
}

pub(super) fn escape_user(user: &str) -> String {
    use std::fmt::Write as _;
    user.bytes().fold(String::with_capacity(user.len()), |mut out, b| {
        if is_user_byte(b) && b != b',' {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

pub(super) fn escape_header(value: &str) -> String {
    use std::fmt::Write as _;
    value.bytes().fold(String::with_capacity(value.len()), |mut out, b| {
        if is_unreserved(b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}
