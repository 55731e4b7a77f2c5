//! Bytes of a head that are no UTF-8: telephones write names in the code page of their country.
//!
//! A head is text everywhere in this house. A byte that is no UTF-8 stands in it as a character of the
//! private use area (0x80-0xFF as U+EF80-U+EFFF) and becomes that byte again where the text is written
//! ([`bytes()`]), so that whatever is echoed goes back as it came. A peer's own character of that range is
//! taken for its bytes. What people read of it is a guess ([`readable`]).

use std::borrow::Cow;

use encoding_rs::{GB18030, WINDOWS_1252};

/// The character of byte 0.
const BASE: u32 = 0xef00;
/// The first byte, in UTF-8, of all characters that stand for bytes.
const LEAD: u8 = 0xee;

/// The byte that a character stands for.
fn byte_of(c: char) -> Option<u8> {
    let byte = u8::try_from(u32::from(c).checked_sub(BASE)?).ok()?;
    (byte >= 0x80 || byte == b'\\').then_some(byte)
}

fn push_byte(text: &mut String, byte: u8) {
    text.extend(char::from_u32(BASE | u32::from(byte)));
}

fn has_stand_ins(text: &str) -> bool {
    text.as_bytes().contains(&LEAD) && text.chars().any(|c| byte_of(c).is_some())
}

/// Any bytes as text; borrowed if they are UTF-8 and nothing in it could be mistaken for a byte.
///
/// The second byte of a character of GBK, Big5 or Shift-JIS may be a backslash: it escapes nothing.
pub(in crate::sip::wire) fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !has_stand_ins(text)
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    // The first byte of a pair waits for its second.
    let mut half = false;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' if half => push_byte(&mut text, b'\\'),
                c if byte_of(c).is_some() => {
                    c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_byte(&mut text, byte));
                }
                c => text.push(c),
            }
            half = false;
        }
        for byte in chunk.invalid() {
            half = !half;
            push_byte(&mut text, *byte);
        }
    }
    Cow::Owned(text)
}

/// The bytes of a text as they came.
pub(in crate::sip::wire) fn bytes(text: &str) -> Cow<'_, [u8]> {
    if !has_stand_ins(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// The same text for people: damaged UTF-8 with U+FFFD, else Chinese (GB18030) where that is likely, else
/// Western European (Windows-1252).
pub(in crate::sip::wire) fn readable(text: &str) -> Cow<'_, str> {
    if !has_stand_ins(text) {
        return Cow::Borrowed(text);
    }
    let bytes = bytes(text);
    // Two bytes of GBK are a valid character of UTF-8 now and then, three hardly ever.
    if text.chars().any(|c| byte_of(c).is_none() && c.len_utf8() > 2) {
        return Cow::Owned(String::from_utf8_lossy(&bytes).into_owned());
    }
    let chinese =
        if is_chinese(&bytes) { GB18030.decode_without_bom_handling_and_without_replacement(&bytes) } else { None };
    let read = chinese.unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(&bytes).0);
    Cow::Owned(read.replace(|c: char| c.is_control(), "\u{fffd}"))
}

/// Nothing that stands for a byte: for text of our own.
pub(in crate::sip::wire) fn without_stand_ins(text: &str) -> Cow<'_, str> {
    match has_stand_ins(text) {
        true => Cow::Owned(text.replace(|c| byte_of(c).is_some(), "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// Do most of the bytes above ASCII make characters of GB 2312, the everyday ones? A single such pair
/// between Latin letters is two of them with accents.
fn is_chinese(bytes: &[u8]) -> bool {
    let (mut common, mut other, mut at) = (0usize, 0usize, 0usize);
    let mut behind_letter = false;
    while let Some(first) = bytes.get(at) {
        let step = match (first, bytes.get(at.saturating_add(1))) {
            (0..=0x7f, _) => 1,
            (0xa1..=0xa9 | 0xb0..=0xf7, Some(0xa1..=0xfe)) => {
                let before_letter = bytes.get(at.saturating_add(2)).is_some_and(u8::is_ascii_alphabetic);
                if behind_letter || before_letter {
                    other += 1
                } else {
                    common += 1
                }
                2
            }
            (0x81..=0xfe, Some(0x40..=0x7e | 0x80..=0xfe)) => {
                other += 1;
                2
            }
            _ => {
                other += 1;
                1
            }
        };
        behind_letter = first.is_ascii_alphabetic();
        at = at.saturating_add(step);
    }
    common > other
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_in_the_likely_code_page() {
        for (bytes, read) in [
            (&b"Li Wei"[..], "Li Wei"),
            ("李伟 Müller".as_bytes(), "李伟 Müller"),
            (b"\xc0\xee\xce\xb0", "李伟"),
            (b"\xd5\xc5\xc8\xfd (\xcf\xfa\xca\xdb)", "张三 (销售)"),
            (b"\xd6\xec\xe9F\xbb\xf9", "朱镕基"), // the middle one is not in GB 2312
            (b"\xb1\xb1\xbe\xa9\xb9\xab\xcb\xbe", "北京公司"),
            (b"M\xfcller", "Müller"),
            (b"Str\xf6\xdfner", "Strößner"),
            (b"Fran\xe7ois Lef\xe8vre", "François Lefèvre"),
            (b"caf\xe9", "café"),
            (b"a\x81b", "a\u{fffd}b"),
            (b"\xe6\x9d\x8e\xe4\xbc", "李\u{fffd}"), // UTF-8, cut off
        ] {
            let text = text(bytes);
            assert_eq!(readable(&text), read);
            assert_eq!(&*super::bytes(&text), bytes);
        }
    }

    #[test]
    fn the_second_half_of_a_character_escapes_nothing() {
        // U+4E57 in GBK, then the end of the quoted string.
        let text = text(b"\"\x81\x5c\" <sip:a@h>");
        assert!(!text.contains('\\'), "{text:?}");
        assert!(super::text(b"\"\xfc\\\"x\"").ends_with("\"x\""));
        assert!(super::text(b"\"\xc0\xee\\\"x\"").contains("\\\""), "behind a whole one it does");
    }

    #[test]
    fn a_peers_own_character_of_the_range_is_no_byte_of_ours() {
        let own = "a\u{ef80}\u{ef5c}b";
        let text = text(own.as_bytes());
        assert_ne!(text, own);
        assert_eq!(&*bytes(&text), own.as_bytes());
        assert_eq!(without_stand_ins(own), "a\u{fffd}\u{fffd}b");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(all in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = text(&all);
            prop_assert_eq!(&*bytes(&text), &all[..]);
            prop_assert!(!readable(&text).chars().any(|c| byte_of(c).is_some() ));
        }
    }
}
