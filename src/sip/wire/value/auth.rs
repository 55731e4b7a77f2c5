//! Digest header syntax (RFC 3261 §20.7, §20.44, RFC 8760): the fields, not the check.

use std::fmt;

use super::params::{is_token, is_token_byte, take_value, take_while, trim, trim_start, unquote, write_quoted};
use crate::sip::wire::{WireError, limits};

/// One Authorization or Proxy-Authorization value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// `Digest`, as written.
    pub scheme: String,
    fields: Fields,
}

impl Credentials {
    /// The fields of a scheme other than Digest are not read.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (scheme, fields) = Fields::parse(text)?;
        Ok(Self { scheme: scheme.to_owned(), fields })
    }

    /// Digest credentials with these fields, in this order.
    pub fn digest(fields: Vec<(&str, String)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { scheme: "Digest".to_owned(), fields: Fields(fields) }
    }

    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("digest")
    }

    /// A field, unquoted and unescaped: `username`, `realm`, `nonce`, `uri`, `response`, `algorithm`,
    /// `cnonce`, `opaque`, `qop`, `nc`.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }
}

/// `Digest username="…", algorithm=MD5, qop=auth, nc=00000001`: tokens bare, all else quoted (RFC 7616 §3.4).
impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.scheme)?;
        for (at, (name, value)) in self.fields.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            write!(f, "{name}=")?;
            match name.as_str() {
                "algorithm" | "qop" | "nc" => f.write_str(value)?,
                _ => write_quoted(f, value)?,
            }
        }
        Ok(())
    }
}

/// One WWW-Authenticate or Proxy-Authenticate value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    /// `MD5` or `SHA-256`; `None` means MD5.
    pub algorithm: Option<String>,
    /// The offered values, such as `["auth"]`; empty is the form of RFC 2069.
    pub qop: Vec<String>,
    pub opaque: Option<String>,
    pub stale: bool,
}

impl Challenge {
    /// Only `Digest`; another scheme is an error.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (scheme, fields) = Fields::parse(text)?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return Err(WireError::Value("not a digest challenge"));
        }
        let owned = |name| fields.get(name).map(str::to_owned);
        Ok(Self {
            realm: owned("realm").ok_or(WireError::Value("challenge without realm"))?,
            nonce: owned("nonce").ok_or(WireError::Value("challenge without nonce"))?,
            algorithm: owned("algorithm"),
            qop: owned("qop").map(|qop| qop.split(',').map(|one| trim(one).to_owned()).collect()).unwrap_or_default(),
            opaque: owned("opaque"),
            stale: fields.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }
}

/// `Digest realm="…", nonce="…", algorithm=…, qop="auth"`.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest realm=")?;
        write_quoted(f, &self.realm)?;
        f.write_str(", nonce=")?;
        write_quoted(f, &self.nonce)?;
        if let Some(algorithm) = &self.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        if !self.qop.is_empty() {
            f.write_str(", qop=")?;
            write_quoted(f, &self.qop.join(","))?;
        }
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            write_quoted(f, opaque)?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        Ok(())
    }
}

/// `name=value, name="value"`; every name stands once.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(text: &str) -> Result<(&str, Self), WireError> {
        let (scheme, mut rest) = trim(text).split_once([' ', '\t']).ok_or(WireError::Value("scheme without fields"))?;
        if !is_token(scheme) {
            return Err(WireError::Value("not a scheme"));
        }
        let mut fields = Self::default();
        if !scheme.eq_ignore_ascii_case("digest") {
            return Ok((scheme, fields));
        }
        loop {
            let (name, tail) = take_while(trim_start(rest), is_token_byte);
            let tail = trim_start(tail).strip_prefix('=').ok_or(WireError::Value("field without a value"))?;
            let (value, tail) = take_value(trim_start(tail))?;
            if name.is_empty() || fields.get(name).is_some() || fields.0.len() >= limits::PARAMS {
                return Err(WireError::Value("field without a name, twice, or one too many"));
            }
            fields.0.push((name.to_owned(), unquote(value).into_owned()));
            rest = match trim_start(tail) {
                "" => return Ok((scheme, fields)),
                tail => tail.strip_prefix(',').ok_or(WireError::Value("fields are parted by commas"))?,
            };
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_fields_are_unquoted() {
        let text = "Digest username=\"bob\", realm=\"a \\\"b\\\"\", nonce=\"n\",uri=\"sip:bob@biloxi.com\" ,\t\
                    qop=auth, nc=00000001, cnonce=\"0a\", response=\"6629\", opaque=\"\"";
        let credentials = Credentials::parse(text).unwrap();
        assert!(credentials.is_digest());
        assert_eq!(credentials.field("REALM"), Some("a \"b\""));
        assert_eq!(credentials.field("uri"), Some("sip:bob@biloxi.com"));
        assert_eq!((credentials.field("opaque"), credentials.field("algorithm")), (Some(""), None));
        for bad in [
            "",
            "Digest",
            "Digest ",
            "Digest a",
            "Digest a=1 b=2",
            "Digest a=1,a=2",
            "Digest a=1,",
            "Di,gest a=1",
            "Digest a=\"x",
        ] {
            assert!(Credentials::parse(bad).is_err(), "{bad}");
        }
        let other = Credentials::parse("NoOneKnowsThisScheme opaque-data=here").unwrap();
        assert!(!other.is_digest() && other.field("opaque-data").is_none());
    }

    #[test]
    fn challenges_are_printed_and_read_back() {
        let challenge = Challenge {
            realm: "a \"b\"".into(),
            nonce: "n1".into(),
            algorithm: Some("SHA-256".into()),
            qop: vec!["auth".into(), "auth-int".into()],
            opaque: None,
            stale: true,
        };
        assert_eq!(Challenge::parse(&challenge.to_string()), Ok(challenge));
        assert!(Challenge::parse("Basic realm=\"x\"").is_err());
        assert!(Challenge::parse("Digest realm=\"x\"").is_err());
    }
}
