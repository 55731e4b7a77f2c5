//! `Replaces` (RFC 3891 §6.1): the dialog that a new call takes the place of, as its other end knows it.

use std::fmt;

use super::Params;
use super::params::{Form, at_semicolon, trim};
use crate::sip::wire::WireError;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaces {
    pub call_id: String,
    /// The tag of whoever is asked.
    pub to_tag: String,
    /// The tag of the one who is to be replaced.
    pub from_tag: String,
    /// Only as long as it rings.
    pub early_only: bool,
}

impl Replaces {
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (call_id, params) = at_semicolon(text);
        let call_id = trim(call_id);
        let params = Params::parse(params, Form::Header)?;
        let tag = |name| params.get(name).filter(|tag| !tag.is_empty()).map(str::to_owned);
        match (tag("to-tag"), tag("from-tag")) {
            (Some(to_tag), Some(from_tag)) if !call_id.is_empty() => {
                Ok(Self { call_id: call_id.to_owned(), to_tag, from_tag, early_only: params.contains("early-only") })
            }
            _ => Err(WireError::Value("not a call id with both tags")),
        }
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};to-tag={};from-tag={}", self.call_id, self.to_tag, self.from_tag)?;
        if self.early_only { f.write_str(";early-only") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_id_with_both_tags() {
        for (text, early_only) in [
            ("425928@bobster.example.org;to-tag=7743;from-tag=6472", false),
            ("98732@sip.example.com ;from-tag=r33th4x0r ; to-tag=ff87ff;early-only", true),
        ] {
            let replaces = Replaces::parse(text).unwrap();
            assert_eq!(replaces.early_only, early_only);
            assert_eq!(Replaces::parse(&replaces.to_string()), Ok(replaces));
        }
        for bad in ["", "x", "x;to-tag=1", "x;from-tag=1", ";to-tag=1;from-tag=2", "x;to-tag=;from-tag=2"] {
            assert!(Replaces::parse(bad).is_err(), "{bad}");
        }
    }
}
