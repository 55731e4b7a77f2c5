//! `name-addr` / `addr-spec` with parameters: From, To, Contact, Route, Record-Route and their like
//! (RFC 3261 §20.10, §25.1).

use std::fmt;

use super::params::{Form, check_params, take_quoted, take_while, trim, unquote, write_quoted};
use super::{Params, Uri, raw};
use crate::sip::wire::WireError;

/// `"Display" <uri>;tag=…`. Printed always with angle brackets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NameAddr {
    /// Unquoted and unescaped, control characters made U+FFFD; empty if there was none. Outside data; for
    /// people see [`NameAddr::name`].
    pub display: String,
    pub uri: Uri,
    pub params: Params,
}

impl NameAddr {
    pub fn new(uri: Uri) -> Self {
        Self { display: String::new(), uri, params: Params::new() }
    }

    pub fn with_display(mut self, display: &str) -> Self {
        self.display = raw::without_stand_ins(display).into_owned();
        self
    }

    /// The display name to be read, whatever code page it was written in.
    pub fn name(&self) -> String {
        raw::readable(&self.display).into_owned()
    }

    /// Sets the `tag` parameter.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }

    /// One value (no comma list). Without angle brackets, parameters belong to the header, as
    /// RFC 3261 §20 says.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (display, uri, params) = split(text)?;
        Ok(Self {
            display: unquote(display).into_owned(),
            uri: Uri::parse(uri)?,
            params: Params::parse(params, Form::Header)?,
        })
    }

    /// Is it one? The same as [`NameAddr::parse`], and nothing is kept.
    pub(in crate::sip::wire) fn check(text: &str) -> Result<(), WireError> {
        let (_, uri, params) = split(text)?;
        Uri::check(uri)?;
        check_params(params, Form::Header)
    }

    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag")
    }

    /// The `expires` parameter of a Contact, in seconds; malformed counts as absent.
    pub fn expires(&self) -> Option<u32> {
        self.params.get("expires").and_then(super::typed::delta_seconds)
    }

    /// The `q` parameter in thousandths, 0-1000; 1000 if absent or malformed.
    pub fn q(&self) -> u16 {
        let Some(text) = self.params.get("q") else { return 1000 };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return 1000;
        }
        let thousandths = format!("{fraction:0<3}").parse().unwrap_or(0);
        match whole {
            "0" => thousandths,
            _ => 1000,
        }
    }
}

/// Display name (quotes and all), URI, parameters with their semicolon in front.
fn split(text: &str) -> Result<(&str, &str, &str), WireError> {
    let text = trim(text);
    let (display, rest) = if text.starts_with('"') {
        take_quoted(text).ok_or(WireError::Value("quote without its end"))?
    } else {
        // Unquoted words. Telephones do send names with more in them than tokens; what could be read in two
        // ways is not taken.
        take_while(text, |b| !matches!(b, b'"' | b'<' | b'>' | b',' | b';' | b'\\'))
    };
    if let Some(rest) = trim(rest).strip_prefix('<') {
        let (uri, params) = rest.split_once('>').ok_or(WireError::Value("bracket without its end"))?;
        return Ok((trim(display), uri, params));
    }
    let (uri, params) = take_while(text, |b| !matches!(b, b';' | b' ' | b'\t'));
    match uri.contains(['?', ',']) {
        true => Err(WireError::Value("such a URI must stand in angle brackets")),
        false => Ok(("", uri, params)),
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write_quoted(f, &self.display)?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// The Contact headers of one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Contacts {
    /// `Contact: *` (REGISTER only, RFC 3261 §10.2.2).
    Star,
    /// All values in order; empty without a Contact header.
    List(Vec<NameAddr>),
}

/// A To value with our tag, when it can be read and has none.
pub(in crate::sip::wire) fn with_tag(value: &str, tag: &str) -> Option<String> {
    let has_tag = NameAddr::parse(value).ok()?.tag().is_some();
    (!has_tag).then(|| format!("{value};tag={tag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read_and_printed_one_way() {
        for (text, printed) in [
            ("sip:a@h;tag=1", "<sip:a@h>;tag=1"),
            ("sip:a@h ;  tag  =  1", "<sip:a@h>;tag=1"),
            ("<sip:a@h;lr>;tag=1", "<sip:a@h;lr>;tag=1"),
            ("caller<sip:a@h>;tag=323", "\"caller\" <sip:a@h>;tag=323"),
            ("token1~` token2'+_ <sip:a@h>", "\"token1~` token2'+_\" <sip:a@h>"),
            ("\"J \\\\\\\"\" \t <sip:a@h> ; tag = 9", "\"J \\\\\\\"\" <sip:a@h>;tag=9"),
            ("\"\" <sip:a@h>", "<sip:a@h>"),
            ("Müller <sip:a@h>", "\"Müller\" <sip:a@h>"),
            ("Room #3 (2nd/3rd) <sip:a@h>", "\"Room #3 (2nd/3rd)\" <sip:a@h>"),
            ("ana@h <sip:a@h>", "\"ana@h\" <sip:a@h>"),
            ("Tel: 4711 <sip:a@h>", "\"Tel: 4711\" <sip:a@h>"),
            ("\"<sip:x@y>\" <sip:a,b@h?c=d>", "\"<sip:x@y>\" <sip:a,b@h?c=d>"),
            ("isbn:2983792873", "<isbn:2983792873>"),
        ] {
            let value = NameAddr::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(value.to_string(), printed);
            assert_eq!(NameAddr::parse(printed).as_ref(), Ok(&value));
        }
    }

    #[test]
    fn refuses_what_has_two_readings() {
        for text in [
            "",
            "Bell, Alexander <sip:a@h>",
            "\"Watson\" < sip:t@h >",
            "\"open <sip:a@h>",
            "sip:a@h?Route=x",
            "<sip:a@h",
            "<sip:a@h>;;;;",
            "\"x\" sip:a@h",
            "<sip:a@h> x",
            "<sip:a@h>;tag=1;tag=2",
            "a@h",
        ] {
            assert!(NameAddr::parse(text).is_err() && NameAddr::check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn contact_parameters() {
        let q = |text: &str| NameAddr::parse(&format!("<sip:a@h>;q={text};expires=60")).unwrap().q();
        assert_eq!([q("0.5"), q("1"), q("0"), q("0.123"), q("1.0"), q("x")], [500, 1000, 0, 123, 1000, 1000]);
        assert_eq!(NameAddr::parse("<sip:a@h>;expires=99999999999").unwrap().expires(), Some(u32::MAX));
        assert_eq!(NameAddr::parse("<sip:a@h>;expires=-1").unwrap().expires(), None);
    }
}
