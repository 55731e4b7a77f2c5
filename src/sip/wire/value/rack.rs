//! `RAck` (RFC 3262 §7.2): which provisional response a PRACK is for.

use std::fmt;

use super::Method;
use super::params::digits;
use crate::sip::wire::WireError;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RAck {
    /// RSeq of the response.
    pub response: u32,
    /// CSeq of the request that it answers.
    pub request: u32,
    pub method: Method,
}

impl RAck {
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut words = text.split_ascii_whitespace();
        let mut number = || words.next().and_then(digits).and_then(|number| u32::try_from(number).ok());
        match (number(), number(), words.next().and_then(Method::parse), words.next()) {
            (Some(response), Some(request), Some(method), None) => Ok(Self { response, request, method }),
            _ => Err(WireError::Value("not two numbers and a method")),
        }
    }

    /// Is it for this response to this INVITE?
    pub fn is_for(&self, response: u32, invite: Option<u32>) -> bool {
        self.response == response && Some(self.request) == invite && self.method == Method::Invite
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.response, self.request, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_and_a_method() {
        let rack = RAck::parse("776656 1  INVITE").unwrap();
        assert_eq!(rack, RAck { response: 776_656, request: 1, method: Method::Invite });
        assert!(rack.is_for(776_656, Some(1)) && !rack.is_for(776_656, None) && !rack.is_for(1, Some(1)));
        assert_eq!(RAck::parse(&rack.to_string()), Ok(rack));
        for bad in ["", "1", "1 2", "1 2 3 INVITE", "-1 2 INVITE", "x 1 INVITE", "1 99999999999 INVITE"] {
            assert!(RAck::parse(bad).is_err(), "{bad}");
        }
    }
}
