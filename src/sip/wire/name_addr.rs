//! `name-addr` / `addr-spec` with parameters: From, To, Contact, Route, Record-Route and their like
//! (RFC 3261 §20.10, §25.1).

use std::fmt;

use super::{Params, Uri, WireError};

/// `"Display" <uri>;tag=…`. Printed always with angle brackets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NameAddr {
    /// Unquoted and unescaped; empty if there was none. Outside data.
    pub display: String,
    pub uri: Uri,
    pub params: Params,
}

impl NameAddr {
    pub fn new(uri: Uri) -> Self {
        Self { display: String::new(), uri, params: Params::new() }
    }

    pub fn with_display(mut self, display: &str) -> Self {
        self.display = display.to_owned();
        self
    }

    /// Sets the `tag` parameter.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }

    /// One value (no comma list). Without angle brackets, parameters belong to the header, as
    /// RFC 3261 §20 says.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
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
        todo!()
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
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
