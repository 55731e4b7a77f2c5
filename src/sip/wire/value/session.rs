//! `Session-Expires` (RFC 4028 §4): how long a session lasts without a refresh, and whose that is.

use std::fmt;

use super::Params;
use super::params::{Form, at_semicolon};
use super::typed::delta_seconds;
use crate::sip::wire::WireError;

/// Of one request and its response: who sent the request, or who answers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refresher {
    Uac,
    Uas,
}

impl Refresher {
    fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionExpires {
    pub seconds: u32,
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (seconds, params) = at_semicolon(text);
        let params = Params::parse(params, Form::Header)?;
        let refresher = match params.get("refresher") {
            Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            _ => None,
        };
        let seconds = delta_seconds(seconds).ok_or(WireError::Value("not a number of seconds"))?;
        Ok(Self { seconds, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        match self.refresher {
            Some(refresher) => write!(f, ";refresher={}", refresher.as_str()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_who_refreshes() {
        use Refresher::{Uac, Uas};
        for (text, seconds, refresher) in [
            ("1800", 1800, None),
            ("90;refresher=uac", 90, Some(Uac)),
            ("90 ; Refresher=UAS;x=y", 90, Some(Uas)),
            ("4000;refresher=nobody", 4000, None),
            ("99999999999", u32::MAX, None),
        ] {
            let read = SessionExpires::parse(text).unwrap();
            assert_eq!(read, SessionExpires { seconds, refresher }, "{text}");
            assert_eq!(SessionExpires::parse(&read.to_string()), Ok(read));
        }
        for bad in ["", "soon", "-1", ";refresher=uac"] {
            assert!(SessionExpires::parse(bad).is_err(), "{bad}");
        }
    }
}
