//! A parsed message: the bytes as they came, and the table of what stands where.

use std::net::SocketAddr;
use std::ops::Deref;

use bytes::Bytes;

use super::scan::{self, Line, Span, Table};
use super::value::params::split_list;
use super::value::{content, params, typed};
use super::{
    CSeq, Contacts, Content, Credentials, Method, Name, NameAddr, ReasonHeader, Rejected, SessionExpires, Uri, Via,
    WireError, limits,
};

#[derive(Clone, Debug)]
pub enum Message {
    Request(Request),
    Response(Response),
}

impl Message {
    /// One datagram, one framed stream message, or one WebSocket message. Bytes after the announced
    /// body are cut off (RFC 3261 §18.3).
    pub fn parse(bytes: Bytes) -> Result<Self, Box<Rejected>> {
        Self::read(bytes.clone()).map_err(|error| Box::new(Rejected::read(&bytes, error)))
    }

    fn read(bytes: Bytes) -> Result<Self, WireError> {
        let bytes = scan::without_leading_line_ends(bytes);
        if bytes.is_empty() {
            return Err(WireError::KeepAlive);
        }
        if bytes.len() > limits::MESSAGE {
            return Err(WireError::MessageTooLong { max: limits::MESSAGE });
        }
        // Nearly every head has its CRs: looked for where it cannot be read.
        let (bytes, scanned) = match scan::scan(&bytes) {
            Err(error) => {
                let bytes = scan::with_line_ends(&bytes).ok_or(error)?;
                let scanned = scan::scan(&bytes)?;
                (bytes, scanned)
            }
            Ok(scanned) => (bytes, scanned),
        };
        let (bytes, table) = match scanned {
            Some(table) => (bytes, table),
            None => {
                let bytes = scan::unfold(&bytes);
                let table = scan::scan(&bytes)?.ok_or(WireError::HeaderLine)?;
                (bytes, table)
            }
        };
        match scan::as_text(&bytes, table.body_at) {
            None => Self::from_table(bytes, table),
            Some(bytes) => {
                let table = scan::scan(&bytes)?.ok_or(WireError::HeaderLine)?;
                Self::from_table(bytes, table)
            }
        }
    }

    fn from_table(bytes: Bytes, table: Table) -> Result<Self, WireError> {
        let start = StartLine::parse(table.start_line.of(&bytes))?;
        let head = Head::new(bytes, table)?;
        Ok(match start {
            StartLine::Request { method, .. } if method != head.cseq.method => return Err(WireError::CSeqMethod),
            StartLine::Request { method, uri } => Self::Request(Request { method, uri, head }),
            StartLine::Response { status, reason } => Self::Response(Response { status, reason, head }),
        })
    }
}

enum StartLine {
    Request { method: Method, uri: Uri },
    Response { status: u16, reason: String },
}

impl StartLine {
    fn parse(line: &str) -> Result<Self, WireError> {
        match line.get(..4) {
            Some(start) if start.eq_ignore_ascii_case("SIP/") => Self::parse_status(line),
            _ => Self::parse_request(line),
        }
    }

    fn parse_status(line: &str) -> Result<Self, WireError> {
        let (version, rest) = line.split_once(' ').ok_or(WireError::StartLine("no status"))?;
        check_version(version)?;
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status = params::digits(status)
            .filter(|_| status.len() == 3)
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| (100..700).contains(status))
            .ok_or(WireError::StartLine("not a status"))?;
        Ok(Self::Response { status, reason: super::value::raw::readable(reason).into_owned() })
    }

    fn parse_request(line: &str) -> Result<Self, WireError> {
        let (method, rest) = line.split_once(' ').ok_or(WireError::StartLine("no request URI"))?;
        let (uri, version) = rest.rsplit_once(' ').ok_or(WireError::StartLine("no version"))?;
        check_version(version)?;
        let method = Method::parse(method).ok_or(WireError::StartLine("not a method"))?;
        if uri.len() > limits::URI {
            return Err(WireError::UriTooLong { max: limits::URI });
        }
        let uri = Uri::parse(uri)?;
        if !uri.headers.is_empty() {
            return Err(WireError::Uri("a request URI carries no headers"));
        }
        Ok(Self::Request { method, uri })
    }
}

fn check_version(text: &str) -> Result<(), WireError> {
    if text.eq_ignore_ascii_case("SIP/2.0") {
        return Ok(());
    }
    let is_version = |text: &str| {
        let (major, minor) = text.split_once('.')?;
        Some(params::digits(major).is_some() && params::digits(minor).is_some())
    };
    match text.get(..4).filter(|start| start.eq_ignore_ascii_case("SIP/")).and(text.get(4..)).and_then(is_version) {
        Some(true) => Err(WireError::Version),
        _ => Err(WireError::StartLine("not a version")),
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

impl Request {
    /// Marks the top Via with the source (RFC 3261 §18.2.1, RFC 3581). Responses made of this request
    /// carry it.
    pub fn stamp(&mut self, source: SocketAddr) {
        self.head.via.stamp(source);
    }

    /// The option tags of Require that are not in `known`. (Proxy-Require is a proxy's business.)
    pub fn unsupported(&self, known: &[&str]) -> Vec<String> {
        self.values(Name::Require)
            .filter(|tag| !tag.is_empty() && !known.iter().any(|known| known.eq_ignore_ascii_case(tag)))
            .map(str::to_owned)
            .collect()
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
    lines: Vec<Line>,
    body_at: usize,
    via: Via,
    from: NameAddr,
    to: NameAddr,
    cseq: CSeq,
    call_id: Span,
}

/// Headers of which a second one would make two readings of one message.
const SINGLE: [Name; 16] = [
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::MaxForwards,
    Name::ContentLength,
    Name::ContentType,
    Name::ContentDisposition,
    Name::Expires,
    Name::Event,
    Name::RAck,
    Name::RSeq,
    Name::ReferTo,
    Name::Replaces,
    Name::SessionExpires,
    Name::MinSe,
];

impl Head {
    fn new(mut bytes: Bytes, table: Table) -> Result<Self, WireError> {
        // Text since `scan::as_text`.
        let text = std::str::from_utf8(bytes.get(..table.body_at).unwrap_or_default()).unwrap_or_default();
        check_duplicates(&table.lines)?;
        let single = |name| first(&table.lines, name).ok_or(WireError::Missing(name));
        let call_id = single(Name::CallId)?.value;
        let head = Parsed {
            via: check_vias(text, &table.lines)?,
            from: typed(Name::From, NameAddr::parse(single(Name::From)?.value.in_text(text)))?,
            to: typed(Name::To, NameAddr::parse(single(Name::To)?.value.in_text(text)))?,
            cseq: typed(Name::CSeq, CSeq::parse(single(Name::CSeq)?.value.in_text(text)))?,
        };
        if !is_call_id(call_id.in_text(text)) {
            return Err(WireError::Header { name: Name::CallId, why: "not a call id" });
        }
        check_max_forwards(text, &table.lines)?;
        check_addresses(text, &table.lines)?;
        let end = body_end(text, &table, bytes.len())?;
        bytes.truncate(end);
        let Parsed { via, from, to, cseq } = head;
        Ok(Self { bytes, lines: table.lines, body_at: table.body_at, via, from, to, cseq, call_id })
    }

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
        self.call_id.of(&self.bytes)
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
        self.lines.iter().filter(move |line| line.name == Some(name)).map(|line| line.value.of(&self.bytes))
    }

    /// Every value of this name, comma lists opened, in order.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        self.headers(name).flat_map(split_list)
    }

    /// The first line of a header not in [`Name`], found without case.
    pub fn other(&self, name: &str) -> Option<&str> {
        self.lines().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All lines as `(name as written, value)`, in order.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|line| (line.name_text.of(&self.bytes), line.value.of(&self.bytes)))
    }

    /// Body, cut to Content-Length.
    pub fn body(&self) -> Bytes {
        self.bytes.slice(self.body_at.min(self.bytes.len())..)
    }

    /// `type/subtype` in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        content::media_type(self.header(Name::ContentType)?)
    }

    /// The session description in the body, and whether there is more that must be understood.
    pub fn content(&self) -> Content {
        let kind = content::Kind {
            content_type: self.header(Name::ContentType),
            disposition: self.header(Name::ContentDisposition),
            encoding: self.header(Name::ContentEncoding),
            transfer: None,
        };
        Content::read(kind, &self.body())
    }

    /// The session description in the body: the whole of it, or one part.
    pub fn sdp(&self) -> Option<Bytes> {
        self.content().sdp
    }

    pub fn max_forwards(&self) -> Option<u8> {
        self.header(Name::MaxForwards).and_then(params::digits).and_then(|hops| u8::try_from(hops).ok())
    }

    /// Expires in seconds; malformed counts as absent.
    pub fn expires(&self) -> Option<u32> {
        self.header(Name::Expires).and_then(typed::delta_seconds)
    }

    /// Session-Expires; malformed counts as absent.
    pub fn session_expires(&self) -> Option<SessionExpires> {
        SessionExpires::parse(self.header(Name::SessionExpires)?).ok()
    }

    /// Min-SE in seconds; malformed counts as absent.
    pub fn min_se(&self) -> Option<u32> {
        self.header(Name::MinSe).and_then(typed::delta_seconds)
    }

    /// Is the method in Allow? `None`: there is no Allow.
    pub fn allows(&self, method: &Method) -> Option<bool> {
        self.header(Name::Allow)?;
        Some(self.values(Name::Allow).any(|value| value == method.as_str()))
    }

    pub fn contacts(&self) -> Result<Contacts, WireError> {
        if self.headers(Name::Contact).any(|line| line == "*") {
            return Ok(Contacts::Star);
        }
        self.name_addrs(Name::Contact).map(Contacts::List)
    }

    /// The first Contact: the remote target.
    pub fn contact(&self) -> Result<Option<NameAddr>, WireError> {
        self.values(Name::Contact).next().map(|value| typed(Name::Contact, NameAddr::parse(value))).transpose()
    }

    /// Record-Route values, top first.
    pub fn record_route(&self) -> Result<Vec<NameAddr>, WireError> {
        self.name_addrs(Name::RecordRoute)
    }

    pub fn route(&self) -> Result<Vec<NameAddr>, WireError> {
        self.name_addrs(Name::Route)
    }

    /// Any header made of name-addrs: P-Asserted-Identity, Path, Refer-To …
    pub fn name_addrs(&self, name: Name) -> Result<Vec<NameAddr>, WireError> {
        self.values(name).map(|value| typed(name, NameAddr::parse(value))).collect()
    }

    /// Is the option tag in Supported?
    pub fn supports(&self, tag: &str) -> bool {
        self.values(Name::Supported).any(|value| value.eq_ignore_ascii_case(tag))
    }

    /// Is the option tag in Require?
    pub fn requires(&self, tag: &str) -> bool {
        self.values(Name::Require).any(|value| value.eq_ignore_ascii_case(tag))
    }

    /// Authorization or Proxy-Authorization; unreadable values are errors, so that they are not
    /// mistaken for absence.
    pub fn credentials(&self, name: Name) -> Result<Vec<Credentials>, WireError> {
        self.headers(name).map(|line| typed(name, Credentials::parse(line))).collect()
    }

    /// The Reason values that can be read.
    pub fn reasons(&self) -> Vec<ReasonHeader> {
        self.values(Name::Reason).filter_map(|value| ReasonHeader::parse(value).ok()).collect()
    }

    /// The whole message as it came (folded lines unfolded), without what was cut off behind the body.
    pub fn to_bytes(&self) -> Bytes {
        let head = std::str::from_utf8(self.bytes.get(..self.body_at).unwrap_or_default()).unwrap_or_default();
        match super::value::raw::bytes(head) {
            std::borrow::Cow::Borrowed(_) => self.bytes.clone(),
            std::borrow::Cow::Owned(head) => Bytes::from([&head[..], &self.body()].concat()),
        }
    }
}

struct Parsed {
    via: Via,
    from: NameAddr,
    to: NameAddr,
    cseq: CSeq,
}

fn first(lines: &[Line], name: Name) -> Option<&Line> {
    lines.iter().find(|line| line.name == Some(name))
}

/// Says in which header the error is.
fn typed<T>(name: Name, result: Result<T, WireError>) -> Result<T, WireError> {
    result.map_err(|error| match error {
        WireError::Value(why) | WireError::Uri(why) => WireError::Header { name, why },
        error => error,
    })
}

fn check_duplicates(lines: &[Line]) -> Result<(), WireError> {
    let mut seen = 0u128;
    for name in lines.iter().filter_map(|line| line.name) {
        let bit = 1u128.checked_shl(name as u32).unwrap_or(0);
        if seen & bit != 0 && SINGLE.contains(&name) {
            return Err(WireError::Duplicate(name));
        }
        seen |= bit;
    }
    Ok(())
}

/// All Via values must be readable: a response goes back through every one of them.
fn check_vias(text: &str, lines: &[Line]) -> Result<Via, WireError> {
    let values =
        lines.iter().filter(|line| line.name == Some(Name::Via)).flat_map(|l| split_list(l.value.in_text(text)));
    let mut top = None;
    for (count, value) in values.enumerate() {
        if count >= limits::VIAS {
            return Err(WireError::TooManyHeaders { max: limits::VIAS });
        }
        match top {
            None => top = Some(typed(Name::Via, Via::parse(value))?),
            Some(_) => typed(Name::Via, Via::check(value))?,
        }
    }
    top.ok_or(WireError::Missing(Name::Via))
}

fn check_max_forwards(text: &str, lines: &[Line]) -> Result<(), WireError> {
    let Some(line) = first(lines, Name::MaxForwards) else { return Ok(()) };
    match params::digits(line.value.in_text(text)) {
        Some(0..=255) => Ok(()),
        _ => Err(WireError::Header { name: Name::MaxForwards, why: "not a number up to 255" }),
    }
}

/// Contact, Route and Record-Route steer later requests: they are checked at once.
fn check_addresses(text: &str, lines: &[Line]) -> Result<(), WireError> {
    for line in lines {
        let Some(name @ (Name::Contact | Name::Route | Name::RecordRoute)) = line.name else { continue };
        let value = line.value.in_text(text);
        if name == Name::Contact && value == "*" {
            let count = lines.iter().filter(|line| line.name == Some(name)).count();
            if count > 1 {
                return Err(WireError::Header { name, why: "a star stands alone" });
            }
            continue;
        }
        for value in split_list(value) {
            typed(name, NameAddr::check(value))?;
        }
    }
    Ok(())
}

/// `word ["@" word]`, which allows about every visible character (RFC 3261 §25.1).
fn is_call_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b',' && b != b';')
}

/// Where the body ends: at Content-Length, or with the message when there is none.
fn body_end(text: &str, table: &Table, len: usize) -> Result<usize, WireError> {
    let Some(line) = first(&table.lines, Name::ContentLength) else { return Ok(len) };
    let announced = params::digits(line.value.in_text(text))
        .and_then(|announced| usize::try_from(announced).ok())
        .ok_or(WireError::Header { name: Name::ContentLength, why: "not a number" })?;
    let have = len.saturating_sub(table.body_at);
    if announced > have {
        return Err(WireError::BodyShort { have, announced });
    }
    Ok(table.body_at.saturating_add(announced))
}
