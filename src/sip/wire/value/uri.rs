//! URIs (RFC 3261 §19.1, RFC 3966 for `tel`).

use std::fmt;
use std::str::FromStr;

use super::Params;
use super::escape::{escape_header, escape_user, is_escaped_text, is_unreserved, is_user_byte, unescape};
use super::host::{same_host, split_host_port};
use super::params::{Form, at_semicolon, check_params};
use crate::sip::wire::WireError;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    Sip,
    Sips,
    Tel,
    /// Lower case. Such a URI is carried whole in [`Uri::opaque`].
    Other(String),
}

impl Scheme {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
            Self::Tel => "tel",
            Self::Other(text) => text,
        }
    }
}

/// A URI. Parts are kept as written, escapes included; `sip:` and `sips:` fill all of them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Uri {
    pub scheme: Scheme,
    /// As written, with its escapes; see [`Uri::user_decoded`]. For `tel:` the number.
    pub user: Option<String>,
    pub password: Option<String>,
    /// Name, IPv4, or IPv6 in brackets. Empty for `tel:` and unknown schemes.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
    /// `?name=value&…`, as written.
    pub headers: Vec<(String, String)>,
    /// All after the colon, for an unknown scheme; else empty.
    pub opaque: String,
}

impl Uri {
    /// `sip:user@host:port`; the user is escaped where it must be. An empty user is left out. The host
    /// is taken as it is: a name, an IPv4 address, or an IPv6 address in brackets.
    pub fn sip(user: &str, host: &str, port: Option<u16>) -> Self {
        Self {
            user: Some(escape_user(user)).filter(|user| !user.is_empty()),
            host: host.to_owned(),
            port,
            ..Self::empty(Scheme::Sip)
        }
    }

    fn empty(scheme: Scheme) -> Self {
        Self {
            scheme,
            user: None,
            password: None,
            host: String::new(),
            port: None,
            params: Params::new(),
            headers: Vec::new(),
            opaque: String::new(),
        }
    }

    pub fn parse(text: &str) -> Result<Self, WireError> {
        let parts = Parts::split(text)?;
        let owned = |part: Option<&str>| part.map(str::to_owned);
        Ok(Self {
            scheme: match parts.kind {
                Kind::Sip => Scheme::Sip,
                Kind::Sips => Scheme::Sips,
                Kind::Tel => Scheme::Tel,
                Kind::Other(scheme) => Scheme::Other(scheme.to_ascii_lowercase()),
            },
            user: owned(parts.user),
            password: owned(parts.password),
            host: parts.host.to_owned(),
            port: parts.port,
            params: Params::parse(parts.params, Form::Uri)?,
            headers: parts.headers.map(|text| split_headers(text).collect()).transpose()?.unwrap_or_default(),
            opaque: parts.opaque.to_owned(),
        })
    }

    /// Is it one? The same as [`Uri::parse`], and nothing is kept.
    pub(in crate::sip::wire) fn check(text: &str) -> Result<(), WireError> {
        let parts = Parts::split(text)?;
        check_params(parts.params, Form::Uri)?;
        parts.headers.map_or(Ok(()), |text| split_headers(text).try_for_each(|header| header.map(drop)))
    }

    /// The user part with its escapes resolved. What is no UTF-8 and every control character becomes
    /// U+FFFD. Empty if there is none.
    pub fn user_decoded(&self) -> String {
        let user = self.user.as_deref().unwrap_or_default();
        if user.bytes().all(|b| b.is_ascii_graphic() && b != b'%') {
            return user.to_owned();
        }
        let bytes = unescape(user);
        String::from_utf8_lossy(&bytes).replace(|c: char| c.is_control(), "\u{fffd}")
    }

    /// A header of the URI (`?Replaces=…`), its escapes resolved.
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        String::from_utf8(unescape(value)).ok()
    }

    /// Adds a header, escaped.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), escape_header(value)));
        self
    }

    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// Equality by RFC 3261 §19.1.4; the derived `==` compares the spelling.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        if !self.is_sip() || !other.is_sip() {
            return self.scheme == other.scheme
                && self.user == other.user
                && self.opaque == other.opaque
                && same_params(&self.params, &other.params);
        }
        let unescaped = |part: &Option<String>| part.as_deref().map(unescape);
        self.scheme == other.scheme
            && unescaped(&self.user) == unescaped(&other.user)
            && unescaped(&self.password) == unescaped(&other.password)
            && same_host(&self.host, &other.host)
            && self.port == other.port
            && same_params(&self.params, &other.params)
            && same_headers(&self.headers, &other.headers)
    }

    /// `lr` is set (RFC 3261 §19.1.1).
    pub fn is_loose_router(&self) -> bool {
        self.params.contains("lr")
    }

    /// The `transport` parameter, as written.
    pub fn transport(&self) -> Option<&str> {
        self.params.get("transport")
    }
}

/// A URI cut into its parts, all checked but parameters and headers.
#[derive(Default)]
struct Parts<'a> {
    kind: Kind<'a>,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
    /// With the semicolon in front.
    params: &'a str,
    headers: Option<&'a str>,
    opaque: &'a str,
}

#[derive(Default)]
enum Kind<'a> {
    #[default]
    Sip,
    Sips,
    Tel,
    Other(&'a str),
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, WireError> {
        let (scheme, rest) = text.split_once(':').ok_or(WireError::Uri("no scheme"))?;
        if scheme.eq_ignore_ascii_case("sip") {
            return Self::sip(Kind::Sip, rest);
        }
        if scheme.eq_ignore_ascii_case("sips") {
            return Self::sip(Kind::Sips, rest);
        }
        if scheme.eq_ignore_ascii_case("tel") {
            return Self::tel(rest);
        }
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        if !is_scheme {
            return Err(WireError::Uri("not a scheme"));
        }
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>')) {
            return Err(WireError::Uri("character not allowed"));
        }
        Ok(Self { kind: Kind::Other(scheme), opaque: rest, ..Self::default() })
    }

    fn sip(kind: Kind<'a>, rest: &'a str) -> Result<Self, WireError> {
        let (userinfo, rest) = match rest.split_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (user, password) = userinfo.map(split_userinfo).transpose()?.unwrap_or_default();
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        let (hostport, params) = at_semicolon(rest);
        let (host, port) = split_host_port(hostport)?;
        Ok(Self { kind, user, password, host, port, params, headers, opaque: "" })
    }

    fn tel(rest: &'a str) -> Result<Self, WireError> {
        let (number, params) = at_semicolon(rest);
        let digits = number.strip_prefix('+').unwrap_or(number);
        let is_digit = |b: u8| b.is_ascii_hexdigit() || matches!(b, b'*' | b'#' | b'-' | b'.' | b'(' | b')');
        if !digits.bytes().all(is_digit) || !digits.bytes().any(|b| b.is_ascii_hexdigit() || b == b'*' || b == b'#') {
            return Err(WireError::Uri("not a telephone number"));
        }
        Ok(Self { kind: Kind::Tel, user: Some(number), params, ..Self::default() })
    }
}

/// `user[:password]`. A `#` should come escaped, but phones that dial `*31#` send it as it is.
fn split_userinfo(userinfo: &str) -> Result<(Option<&str>, Option<&str>), WireError> {
    let (user, password) = match userinfo.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (userinfo, None),
    };
    if user.is_empty() || !is_escaped_text(user, |b| is_user_byte(b) || matches!(b, b';' | b'?' | b'/' | b'#')) {
        return Err(WireError::Uri("character not allowed in the user part"));
    }
    if password.is_some_and(|password| !is_escaped_text(password, is_user_byte)) {
        return Err(WireError::Uri("character not allowed in the password"));
    }
    Ok((Some(user), password))
}

/// `name=value&name=value`.
fn split_headers(text: &str) -> impl Iterator<Item = Result<(String, String), WireError>> {
    text.split('&').map(|header| {
        let (name, value) = header.split_once('=').ok_or(WireError::Uri("header without a value"))?;
        let is_valid = |text| is_escaped_text(text, |b| is_unreserved(b) || b"[]/?:+$".contains(&b));
        if name.is_empty() || !is_valid(name) || !is_valid(value) {
            return Err(WireError::Uri("character not allowed in a header"));
        }
        Ok((name.to_owned(), value.to_owned()))
    })
}

/// The parameters that must be there in both or in neither (RFC 3261 §19.1.4); `transport` is one of
/// them in RFC 3261's own examples.
const WEIGHTY: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

fn same_params(a: &Params, b: &Params) -> bool {
    let same = |a: Option<&str>, b: Option<&str>| {
        let text = |value: Option<&str>| unescape(value.unwrap_or_default()).to_ascii_lowercase();
        text(a) == text(b)
    };
    let covered = |from: &Params, to: &Params| {
        from.iter().all(|(name, value)| match to.contains(name) {
            true => same(value, to.get(name)),
            false => !WEIGHTY.iter().any(|weighty| weighty.eq_ignore_ascii_case(name)),
        })
    };
    covered(a, b) && covered(b, a)
}

fn same_headers(a: &[(String, String)], b: &[(String, String)]) -> bool {
    let key = |list: &[(String, String)]| {
        let mut list: Vec<_> =
            list.iter().map(|(name, value)| (unescape(name).to_ascii_lowercase(), unescape(value))).collect();
        list.sort();
        list
    };
    key(a) == key(b)
}

impl FromStr for Uri {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        Self::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme.as_str(), self.opaque)?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
        }
        if let Some(password) = &self.password {
            write!(f, ":{password}")?;
        }
        if self.user.is_some() && self.scheme != Scheme::Tel {
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)?;
        for (at, (name, value)) in self.headers.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parsed() {
        for text in [
            "sip:alice@example.com",
            "sips:alice:secret@example.com:5061;transport=tcp;lr?subject=a%20b&priority=",
            "sip:[2001:db8::10]:5070",
            "sip:+49-30;phone-context=x.example@gw.example;user=phone",
            "sip:sips%3Auser%40example.com@example.net",
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
            "tel:+1-201-555-0123;ext=12",
            "soap.beep://192.0.2.103:3002",
            "urn:service:sos",
        ] {
            let uri = Uri::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(uri.to_string(), text);
            assert_eq!(Uri::check(text), Ok(()));
        }
    }

    #[test]
    fn refuses_what_is_no_uri() {
        for text in [
            "",
            "sip:",
            "alice@example.com",
            "sip:@example.com",
            "sip:a@",
            "sip:a@b@c",
            "sip:a@.1",
            "sip:a@1.2.3",
            "sip:a@256.1.1.1",
            "sip:a@h:",
            "sip:a@h:99999",
            "sip:a@h:5 060",
            "sip:a@h;",
            "sip:a@h;;lr",
            "sip:a@h;p=",
            "sip:a b@h",
            "sip:a@h ;lr",
            "sip:%4@h",
            "sip:%zz@h",
            "sip:2001:db8::10",
            "sip:a@[2001:db8:::1]",
            "sip:a@[::1",
            "sip:a@h?x",
            "sip:a@h;x=\"y\"",
            "<sip:a@h>",
            "tel:",
            "tel:abc!",
            "tel:-",
            "1x:y",
            "x:a b",
            "sip:a@h..b",
            "sip:ü@h",
            "sip:a@h:+5060",
        ] {
            assert!(Uri::parse(text).is_err() && Uri::check(text).is_err(), "{text}");
        }
    }

    /// The pairs of RFC 3261 §19.1.4.
    #[test]
    fn compares_as_the_rfc_says() {
        let same = |a: &str, b: &str| Uri::parse(a).unwrap().is_equivalent(&Uri::parse(b).unwrap());
        for (a, b) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
        ] {
            assert!(same(a, b) && same(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@h", "sips:a@h"),
        ] {
            assert!(!same(a, b) && !same(b, a), "{a} {b}");
        }
    }

    #[test]
    fn users_are_escaped_and_decoded() {
        let uri = Uri::sip("a b@ü,*", "h", None);
        assert_eq!(uri.to_string(), "sip:a%20b%40%C3%BC%2C*@h");
        assert_eq!(Uri::parse(&uri.to_string()).unwrap().user_decoded(), "a b@ü,*");
        assert_eq!(Uri::parse("sip:null-%00-%FF@h").unwrap().user_decoded(), "null-\u{fffd}-\u{fffd}");
        assert_eq!(Uri::sip("", "h", Some(1)).to_string(), "sip:h:1");
    }
}
