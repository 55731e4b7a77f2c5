//! The parts of a description and the questions one asks of them.

use std::net::IpAddr;

use super::{Attribute, Direction, Fingerprint, RtpMap, Setup};

/// `o=` (RFC 8866 §5.2). Id and version stay text: some peers count beyond 64 bits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    pub username: String,
    pub session_id: String,
    pub version: String,
    /// An address or a host name; never used to send anything to.
    pub address: String,
}

/// `c=` (RFC 8866 §5.7): where media is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Connection {
    Address(IpAddr),
    /// A name, which is never looked up: media goes to addresses only.
    Host(String),
}

/// A whole description. Lines without a field here (`i= u= e= p= b= z= k= r=`) are read over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
    pub origin: Origin,
    pub name: String,
    pub connection: Option<Connection>,
    pub attributes: Vec<Attribute>,
    pub media: Vec<Media>,
}

/// One `m=` section (RFC 8866 §5.14).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Media {
    /// `audio`, `video`, `application` …
    pub kind: String,
    /// 0: this stream is refused or disabled.
    pub port: u16,
    /// `RTP/AVP`, `UDP/TLS/RTP/SAVPF` …
    pub protocol: String,
    /// Payload types, for RTP, in the order of preference.
    pub formats: Vec<String>,
    pub connection: Option<Connection>,
    pub attributes: Vec<Attribute>,
}

impl Description {
    /// The connection of `media`: its own, or the one of the session.
    pub fn connection_of<'a>(&'a self, media: &'a Media) -> Option<&'a Connection> {
        media.connection.as_ref().or(self.connection.as_ref())
    }

    /// The value of an attribute of `media`, or of the session when the section has none.
    pub fn value_of<'a>(&'a self, media: &'a Media, name: &str) -> Option<&'a str> {
        value(&media.attributes, name).or_else(|| value(&self.attributes, name))
    }

    /// The direction as its author sees it; `sendrecv` when nothing is said (RFC 8866 §6.7).
    pub fn direction_of(&self, media: &Media) -> Direction {
        let find = |list: &[Attribute]| list.iter().find_map(|a| Direction::from_name(&a.name));
        find(&media.attributes).or_else(|| find(&self.attributes)).unwrap_or(Direction::SendRecv)
    }

    /// The first SHA-256 fingerprint that holds for `media` (RFC 8122 §5).
    pub fn fingerprint_of(&self, media: &Media) -> Option<Fingerprint> {
        let all = media.attributes.iter().chain(&self.attributes).filter(|a| a.is("fingerprint"));
        all.filter_map(|a| Fingerprint::parse(a.value.as_deref()?)).next()
    }

    /// The DTLS role offered or taken (RFC 8842 §5.1).
    pub fn setup_of(&self, media: &Media) -> Option<Setup> {
        Setup::parse(self.value_of(media, "setup")?)
    }
}

impl Media {
    /// Whether an attribute of that name stands in the section.
    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|a| a.is(name))
    }

    /// The value of the first attribute of that name.
    pub fn value(&self, name: &str) -> Option<&str> {
        value(&self.attributes, name)
    }

    /// The parameters of a payload type (`a=fmtp:PT …`).
    pub fn parameters(&self, payload_type: u8) -> Option<&str> {
        let lines = self.attributes.iter().filter(|a| a.is("fmtp")).filter_map(|a| a.value.as_deref());
        let mut pairs = lines.filter_map(|line| line.trim_start().split_once([' ', '\t']));
        pairs.find(|(format, _)| format.parse() == Ok(payload_type)).map(|(_, parameters)| parameters)
    }

    /// What a listed payload type means: its `rtpmap`, or the static table of RFC 3551 §6.
    pub fn rtpmap(&self, payload_type: u8) -> Option<RtpMap> {
        let mapped = self.attributes.iter().filter(|a| a.is("rtpmap"));
        let mut mapped = mapped.filter_map(|a| RtpMap::parse(a.value.as_deref()?));
        mapped.find(|m| m.payload_type == payload_type).or_else(|| RtpMap::fixed(payload_type))
    }

    /// The listed formats that are payload types with a known meaning, most wanted first.
    pub fn rtpmaps(&self) -> impl Iterator<Item = RtpMap> + '_ {
        let types = self.formats.iter().filter_map(|f| f.parse::<u8>().ok().filter(|pt| *pt < 128));
        types.filter_map(|pt| self.rtpmap(pt))
    }
}

fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|a| a.is(name))?.value.as_deref()
}
