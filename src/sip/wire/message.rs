//! A parsed message: the bytes as they came, and the table of what stands where.

use std::net::SocketAddr;
use std::ops::Deref;

use bytes::Bytes;

use super::{CSeq, Contacts, Credentials, Method, Name, NameAddr, ReasonHeader, Rejected, Uri, Via, WireError};

#[derive(Clone, Debug)]
pub enum Message {
    Request(Request),
    Response(Response),
}

impl Message {
    /// One datagram, one framed stream message, or one WebSocket message. Bytes after the announced
    /// body are cut off (RFC 3261 §18.3).
    pub fn parse(bytes: Bytes) -> Result<Self, Box<Rejected>> {
        todo!()
    }
}

/// A request that a transaction can be made of: Via, From, To, Call-ID and CSeq are there and valid.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    head: Head,
}

/// A response that can be matched: Via, From, To, Call-ID and CSeq are there and valid.
#[derive(Clone, Debug)]
pub struct Response {
    /// 100-699.
    pub status: u16,
    pub reason: String,
    head: Head,
}

/// What an element serves; everything else is objected to.
#[derive(Clone, Copy, Debug)]
pub struct Abilities<'a> {
    pub methods: &'a [Method],
    /// Option tags we understand in Require.
    pub extensions: &'a [&'a str],
}

impl Request {
    /// Checks, in the order of RFC 3261 §8.2: method (501), scheme of the request URI (416),
    /// Max-Forwards of zero is no matter for a UA, Require (420; not for ACK and CANCEL).
    pub fn object(&self, abilities: &Abilities<'_>) -> Option<WireError> {
        todo!()
    }

    /// Marks the top Via with the source (RFC 3261 §18.2.1, RFC 3581). Responses made of this request
    /// carry it.
    pub fn stamp(&mut self, source: SocketAddr) {
        todo!()
    }

    /// The option tags of Require that are not in `known`.
    pub fn unsupported(&self, known: &[&str]) -> Vec<String> {
        todo!()
    }
}

impl Deref for Request {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

impl Deref for Response {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

/// What requests and responses have in common.
#[derive(Clone, Debug)]
pub struct Head {
    bytes: Bytes,
    via: Via,
    from: NameAddr,
    to: NameAddr,
    cseq: CSeq,
}

impl Head {
    /// The top Via.
    pub fn via(&self) -> &Via {
        &self.via
    }

    pub fn from(&self) -> &NameAddr {
        &self.from
    }

    pub fn to(&self) -> &NameAddr {
        &self.to
    }

    pub fn from_tag(&self) -> Option<&str> {
        self.from.tag()
    }

    pub fn to_tag(&self) -> Option<&str> {
        self.to.tag()
    }

    pub fn call_id(&self) -> &str {
        todo!()
    }

    pub fn cseq(&self) -> &CSeq {
        &self.cseq
    }

    /// The first line of this name, whole (a comma list is not opened), without outer blanks.
    pub fn header(&self, name: Name) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every line of this name, in order.
    pub fn headers(&self, name: Name) -> impl Iterator<Item = &str> {
        let _ = name;
        std::iter::empty()
    }

    /// Every value of this name, comma lists opened, in order.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        let _ = name;
        std::iter::empty()
    }

    /// The first line of a header not in [`Name`], found without case.
    pub fn other(&self, name: &str) -> Option<&str> {
        let _ = name;
        todo!()
    }

    /// All lines as `(name as written, value)`, in order.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::empty()
    }

    /// Body, cut to Content-Length.
    pub fn body(&self) -> Bytes {
        todo!()
    }

    /// `type/subtype` in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        todo!()
    }

    /// Body if its type is `application/sdp`.
    pub fn sdp(&self) -> Option<Bytes> {
        todo!()
    }

    pub fn max_forwards(&self) -> Option<u8> {
        todo!()
    }

    /// Expires in seconds; malformed counts as absent.
    pub fn expires(&self) -> Option<u32> {
        todo!()
    }

    pub fn contacts(&self) -> Result<Contacts, WireError> {
        todo!()
    }

    /// The first Contact: the remote target.
    pub fn contact(&self) -> Result<Option<NameAddr>, WireError> {
        todo!()
    }

    /// Record-Route values, top first.
    pub fn record_route(&self) -> Result<Vec<NameAddr>, WireError> {
        todo!()
    }

    pub fn route(&self) -> Result<Vec<NameAddr>, WireError> {
        todo!()
    }

    /// Any header made of name-addrs: P-Asserted-Identity, Path, Refer-To …
    pub fn name_addrs(&self, name: Name) -> Result<Vec<NameAddr>, WireError> {
        let _ = name;
        todo!()
    }

    /// Is the option tag in Supported?
    pub fn supports(&self, tag: &str) -> bool {
        let _ = tag;
        todo!()
    }

    /// Is the option tag in Require?
    pub fn requires(&self, tag: &str) -> bool {
        let _ = tag;
        todo!()
    }

    /// Authorization or Proxy-Authorization; unreadable values are errors, so that they are not
    /// mistaken for absence.
    pub fn credentials(&self, name: Name) -> Result<Vec<Credentials>, WireError> {
        let _ = name;
        todo!()
    }

    /// The Reason values that can be read.
    pub fn reasons(&self) -> Vec<ReasonHeader> {
        todo!()
    }

    /// The whole message as it came, without what was cut off behind the body.
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }
}
