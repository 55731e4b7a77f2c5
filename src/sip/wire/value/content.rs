//! What the body of a message is to a call: a session description, alone or as one part of several
//! (RFC 2046 §5.1, RFC 5621), and whether something else in it must be understood.
//!
//! Gateways put signalling of the telephone network (ISUP, RFC 3204) and location (PIDF-LO, RFC 6442)
//! beside the description and seldom say how much it matters: a part that does not say `handling=required`
//! is passed over. Read as it comes: line ends of one or two characters, a preamble, a last boundary that
//! is missing. Limits: [`MAX_PARTS`] parts, [`MAX_DEPTH`] levels; beyond them nothing is read.

use bytes::Bytes;

use super::Params;
use super::params::{Form, at_semicolon, is_token, trim};
use crate::sip::wire::Name;

const SDP: &str = "application/sdp";
const MAX_PARTS: usize = 32;
const MAX_DEPTH: usize = 4;

/// What was found in a body.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Content {
    /// The first session description.
    pub sdp: Option<Bytes>,
    /// A part that must be understood (RFC 3261 §20.11) is none of a call's.
    pub foreign: bool,
}

/// The headers that say what a body, or a part of one, is.
#[derive(Clone, Copy, Default, Debug)]
pub(in crate::sip::wire) struct Kind<'a> {
    pub content_type: Option<&'a str>,
    pub disposition: Option<&'a str>,
    pub encoding: Option<&'a str>,
    pub transfer: Option<&'a str>,
}

/// `type/subtype` in lower case, without parameters.
pub(in crate::sip::wire) fn media_type(content_type: &str) -> Option<String> {
    let (kind, sub) = at_semicolon(content_type).0.split_once('/')?;
    let (kind, sub) = (kind.trim(), sub.trim());
    (is_token(kind) && is_token(sub)).then(|| format!("{kind}/{sub}").to_ascii_lowercase())
}

impl Content {
    /// Reads the body of a message.
    pub(in crate::sip::wire) fn read(kind: Kind<'_>, body: &Bytes) -> Self {
        let mut content = Self::default();
        if !body.is_empty() {
            let optional = kind.handling().is_some_and(|handling| handling.eq_ignore_ascii_case("optional"));
            content.take(kind, body, !optional, 0);
        }
        content
    }

    /// `required`: what cannot be read is refused.
    fn take(&mut self, kind: Kind<'_>, body: &Bytes, required: bool, depth: usize) {
        let media = kind.content_type.and_then(media_type);
        match media.as_deref().filter(|_| kind.is_plain()) {
            Some(SDP) if kind.is_session() => {
                self.sdp.get_or_insert_with(|| body.clone());
            }
            // Old phones do not say what it is.
            None if kind.content_type.is_none() && depth == 0 && body.starts_with(b"v=0") => {
                self.sdp.get_or_insert_with(|| body.clone());
            }
            Some(media) if media.starts_with("multipart/") && depth < MAX_DEPTH => {
                match kind.content_type.and_then(boundary) {
                    Some(boundary) => self.take_parts(&boundary, body, depth),
                    None => self.foreign |= required,
                }
            }
            _ => self.foreign |= required,
        }
    }

    fn take_parts(&mut self, boundary: &str, body: &Bytes, depth: usize) {
        for part in parts(boundary, body) {
            let (head, body) = split(&part);
            let lines = header_lines(head);
            let find = |name: &str| {
                lines.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
            };
            let compact = |name: Name, letter: &str| find(name.as_str()).or_else(|| find(letter));
            let kind = Kind {
                content_type: compact(Name::ContentType, "c"),
                disposition: find(Name::ContentDisposition.as_str()),
                encoding: compact(Name::ContentEncoding, "e"),
                transfer: find("Content-Transfer-Encoding"),
            };
            let required = kind.handling().is_some_and(|handling| handling.eq_ignore_ascii_case("required"));
            self.take(kind, &part.slice_ref(body), required, depth.saturating_add(1));
        }
    }
}

impl Kind<'_> {
    fn handling(&self) -> Option<String> {
        parameter(self.disposition?, "handling")
    }

    /// The description of this session, and not of an early one (RFC 3959).
    fn is_session(&self) -> bool {
        let kind = self.disposition.map(|disposition| trim(at_semicolon(disposition).0));
        kind.is_none_or(|kind| !kind.eq_ignore_ascii_case("early-session"))
    }

    /// Neither packed nor written in other letters.
    fn is_plain(&self) -> bool {
        let is_one_of = |value: Option<&str>, plain: &[&str]| {
            value.is_none_or(|value| plain.iter().any(|plain| trim(value).eq_ignore_ascii_case(plain)))
        };
        is_one_of(self.encoding, &["identity", ""]) && is_one_of(self.transfer, &["binary", "8bit", "7bit", ""])
    }
}

fn boundary(content_type: &str) -> Option<String> {
    parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty())
}

/// A parameter without its quotes. A boundary may stand there with characters that should be quoted.
fn parameter(value: &str, name: &str) -> Option<String> {
    let (_, params) = at_semicolon(value);
    if let Ok(params) = Params::parse(params, Form::Header) {
        return params.unquoted(name).map(|value| value.into_owned());
    }
    params.split(';').find_map(|param| {
        let (known, value) = param.split_once('=')?;
        trim(known).eq_ignore_ascii_case(name).then(|| trim(value).trim_matches('"').to_owned())
    })
}

/// What stands between the boundaries.
fn parts(boundary: &str, body: &Bytes) -> Vec<Bytes> {
    let mut parts = Vec::new();
    let (mut at, mut begin) = (0usize, None);
    for line in body.split_inclusive(|b| *b == b'\n') {
        let delimiter =
            line.trim_ascii_end().strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()));
        let next = at.saturating_add(line.len());
        if let Some(rest @ (b"" | b"--")) = delimiter {
            parts.extend(begin.and_then(|begin| part(body, begin, at)));
            begin = rest.is_empty().then_some(next);
            if begin.is_none() || parts.len() >= MAX_PARTS {
                return parts;
            }
        }
        at = next;
    }
    parts.extend(begin.and_then(|begin| body.get(begin..).map(|part| body.slice_ref(part))));
    parts
}

/// The line end in front of a boundary belongs to it.
fn part(body: &Bytes, begin: usize, end: usize) -> Option<Bytes> {
    let part = body.get(begin..end)?;
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    Some(body.slice_ref(part.strip_suffix(b"\r").unwrap_or(part)))
}

/// Headers and body of a part; both may be empty.
fn split(part: &Bytes) -> (&[u8], &[u8]) {
    let mut at = 0usize;
    for line in part.split_inclusive(|b| *b == b'\n') {
        let next = at.saturating_add(line.len());
        if line.trim_ascii().is_empty() {
            return (part.get(..at).unwrap_or_default(), part.get(next..).unwrap_or_default());
        }
        at = next;
    }
    (part, &[])
}

/// `(name, value)`, folds joined.
fn header_lines(head: &[u8]) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for line in super::raw::text(head).lines() {
        match (line.starts_with([' ', '\t']), lines.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => value.push_str(line),
            (false, _, Some((name, value))) => lines.push((trim(name).to_owned(), trim(value).to_owned())),
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, disposition: Option<&str>, body: &str) -> (Option<String>, bool) {
        let kind = Kind { content_type: Some(content_type), disposition, ..Kind::default() };
        let content = Content::read(kind, &Bytes::copy_from_slice(body.as_bytes()));
        (content.sdp.map(|sdp| String::from_utf8(sdp.to_vec()).unwrap()), content.foreign)
    }

    const TWO: &str = "a preamble\r\n--b\r\nContent-Type: application/ISUP;version=nxv3\r\n\r\n\u{1}\u{0}--b\r\n\r\n\
        --b\r\nc: Application/SDP\r\nContent-Disposition: session\r\n\r\nv=0\r\ns=-\r\n\r\n--b--\r\nan epilogue\r\n";

    #[test]
    fn the_description_is_found_among_the_parts() {
        let found = (Some("v=0\r\ns=-\r\n".to_owned()), false);
        let line_feeds = TWO.replace("\r\n", "\n");
        let long = "=_Part 1:'()+,./?";
        for (content_type, body) in [
            ("multipart/mixed;boundary=b", TWO.to_owned()),
            ("Multipart/Related; type=\"application/sdp\"; Boundary=\"b\"", TWO.to_owned()),
            (&format!("multipart/mixed;boundary=\"{long}\""), TWO.replace("--b", &format!("--{long}"))),
            ("multipart/mixed;boundary==_b=", TWO.replace("--b", "--=_b=")),
            ("multipart/mixed;boundary=b", TWO.replace("--b\r\nc:", "--b \t\r\nc:")),
            ("multipart/mixed;boundary=b", TWO.split("\r\n--b--").next().unwrap().to_owned()),
        ] {
            assert_eq!(read(content_type, None, &body), found, "{content_type}");
        }
        assert_eq!(read("multipart/mixed;boundary=b", None, &line_feeds), (Some("v=0\ns=-\n".to_owned()), false));
        let nested = format!("--o\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n\r\n{TWO}\r\n--o--");
        assert_eq!(read("multipart/mixed;boundary=o", None, &nested), found);
    }

    #[test]
    fn what_must_be_understood_is_told() {
        let with = |handling: &str| {
            TWO.replace(
                "version=nxv3\r\n",
                &format!("version=nxv3\r\nContent-Disposition: signal;handling={handling}\r\n"),
            )
        };
        let multipart = "multipart/mixed;boundary=b";
        assert!(!read(multipart, None, &with("optional")).1);
        assert!(read(multipart, None, &with("REQUIRED")).1);
        assert_eq!(read("text/plain", None, "hello"), (None, true));
        assert_eq!(read("text/plain", Some("render;handling=optional"), "hello"), (None, false));
        assert_eq!(read("application/sdp", Some("early-session;handling=optional"), "v=0"), (None, false));
        assert_eq!(read("multipart/mixed", None, TWO), (None, true), "no boundary");
        assert_eq!(read("multipart/mixed;boundary=x", None, TWO), (None, false), "nothing in it");
        assert_eq!(read("application/sdp", None, ""), (None, false));
        let packed = Kind { content_type: Some(SDP), encoding: Some("gzip"), ..Kind::default() };
        assert!(Content::read(packed, &Bytes::from_static(b"x")).foreign);
        let unsaid = Content::read(Kind::default(), &Bytes::from_static(b"v=0\r\n"));
        assert!(unsaid.sdp.is_some() && !unsaid.foreign);
    }

    #[test]
    fn parts_and_levels_have_a_bound() {
        let many = "--b\r\n\r\nx\r\n".repeat(1_000);
        assert_eq!(parts("b", &Bytes::from(many)).len(), MAX_PARTS);
        let sdp = "Content-Type: application/sdp\r\n\r\nv=0\r\n".to_owned();
        let deep = (0..100)
            .fold(sdp, |inner, n| format!("Content-Type: multipart/mixed;boundary=b{n}\r\n\r\n--b{n}\r\n{inner}"));
        assert_eq!(read("multipart/mixed;boundary=o", None, &format!("--o\r\n{deep}")), (None, false));
    }
}
