//! [`Description`] -> text.

use std::fmt;

use super::{Connection, Description, Media};

/// RFC 8866 §5, CRLF at the end of each line; the session's time is always `0 0`.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let o = &self.origin;
        let family = if o.address.contains(':') { "IP6" } else { "IP4" };
        write!(f, "v=0\r\no={} {} {} IN {family} {}\r\n", o.username, o.session_id, o.version, o.address)?;
        write!(f, "s={}\r\n", self.name)?;
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        f.write_str("t=0 0\r\n")?;
        for attribute in &self.attributes {
            write!(f, "a={attribute}\r\n")?;
        }
        self.media.iter().try_for_each(|media| media.fmt(f))
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {} {} {}\r\n", self.kind, self.port, self.protocol, self.formats.join(" "))?;
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        self.attributes.iter().try_for_each(|attribute| write!(f, "a={attribute}\r\n"))
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(ip) if ip.is_ipv6() => write!(f, "IN IP6 {ip}"),
            Self::Address(ip) => write!(f, "IN IP4 {ip}"),
            Self::Host(name) => write!(f, "IN IP4 {name}"),
        }
    }
}

impl fmt::Display for super::Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}:{value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
