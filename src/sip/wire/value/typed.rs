//! The small typed header values: CSeq, seconds, Reason.

use std::fmt;

use super::params::{Form, at_semicolon, digits, is_token, trim, write_quoted};
use super::{Method, Params};
use crate::sip::wire::WireError;

/// `CSeq: 4711 INVITE` (RFC 3261 §20.16); the number is below 2^31.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CSeq {
    pub number: u32,
    pub method: Method,
}

impl CSeq {
    pub fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }

    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (number, method) = text.split_once([' ', '\t']).ok_or(WireError::Value("not a number and a method"))?;
        let number = digits(number)
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number < 1 << 31)
            .ok_or(WireError::Value("not a number below 2^31"))?;
        let method = Method::parse(trim(method)).ok_or(WireError::Value("not a method"))?;
        Ok(Self { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Whole seconds; what exceeds 2^32-1 is taken as 2^32-1 (RFC 3261 §20.19). A comment or parameters
/// behind the number (Retry-After) are left aside.
pub(in crate::sip::wire) fn delta_seconds(text: &str) -> Option<u32> {
    let (number, rest) = super::params::take_while(trim(text), |b| b.is_ascii_digit());
    let is_clean = rest.is_empty() || rest.starts_with([' ', '\t', ';', '(']);
    (is_clean && !number.is_empty()).then(|| number.parse().unwrap_or(u32::MAX))
}

/// One value of Reason (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReasonHeader {
    /// `SIP`, `Q.850` …
    pub protocol: String,
    pub cause: Option<u16>,
    /// Unquoted; empty if there was none.
    pub text: String,
}

impl ReasonHeader {
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (protocol, params) = at_semicolon(text);
        let protocol = trim(protocol);
        if !is_token(protocol) {
            return Err(WireError::Value("not a protocol"));
        }
        let params = Params::parse(params, Form::Header)?;
        Ok(Self {
            protocol: protocol.to_owned(),
            cause: params.get("cause").and_then(digits).and_then(|cause| u16::try_from(cause).ok()),
            text: super::raw::readable(&params.unquoted("text").unwrap_or_default()).into_owned(),
        })
    }
}

impl fmt::Display for ReasonHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.protocol)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        if !self.text.is_empty() {
            f.write_str(";text=")?;
            write_quoted(f, &self.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cseq_is_a_number_below_two_to_the_31_and_a_method() {
        assert_eq!(CSeq::parse("0009  INVITE"), Ok(CSeq::new(9, Method::Invite)));
        assert_eq!(CSeq::parse("2147483647 X-y").unwrap().to_string(), "2147483647 X-y");
        for bad in [
            "",
            "1",
            "INVITE",
            "1 ",
            "2147483648 INVITE",
            "36893488147419103232 REGISTER",
            "-1 INVITE",
            "+1 INVITE",
            "1 A B",
        ] {
            assert!(CSeq::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reasons_and_seconds() {
        let reason = ReasonHeader::parse("SIP ;cause=200 ;text=\"Call completed \\\"elsewhere\\\"\"").unwrap();
        assert_eq!((reason.cause, reason.text.as_str()), (Some(200), "Call completed \"elsewhere\""));
        assert_eq!(ReasonHeader::parse(&reason.to_string()), Ok(reason));
        assert_eq!(delta_seconds("120 (I'm in a meeting)"), Some(120));
        assert_eq!(delta_seconds(" 18000;duration=3600"), Some(18000));
        assert_eq!((delta_seconds("x"), delta_seconds(""), delta_seconds("1x")), (None, None, None));
    }
}
