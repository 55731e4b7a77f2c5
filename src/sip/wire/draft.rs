//! A message being written.

use std::borrow::Cow;
use std::fmt::{Display, Write};
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};

use super::value::name_addr::with_tag;
use super::value::raw;
use super::{CSeq, Method, Name, NameAddr, Rejected, Request, Response, Uri, Via, reason_phrase};

/// Start line, headers in order, body. Content-Length is written by [`Draft::to_bytes`] and nowhere
/// else. A line end in a value becomes a blank, so no value can make a header of its own. Values of a peer
/// go out byte by byte as they came.
#[derive(Clone, Debug)]
pub struct Draft {
    start: Start,
    fields: Vec<(Cow<'static, str>, String)>,
    body: Bytes,
}

#[derive(Clone, Debug)]
enum Start {
    Request { method: Method, uri: String },
    Response { status: u16, reason: String },
}

impl Draft {
    /// A request with `Max-Forwards: 70` and nothing else; it needs Via, From, To, Call-ID and CSeq.
    pub fn request(method: Method, uri: &Uri) -> Self {
        Self::new(Start::Request { method, uri: uri.to_string() }).header(Name::MaxForwards, 70)
    }

    /// A response with all Via values (the top one stamped, see [`Request::stamp`]), From, To, Call-ID
    /// and CSeq of the request; Timestamp too for 100; Record-Route too for 101-299 to a request that
    /// makes a dialog.
    pub fn response(request: &Request, status: u16) -> Self {
        let mut draft = Self::bare_response(status).header(Name::Via, request.via());
        for via in request.values(Name::Via).skip(1) {
            draft = draft.header(Name::Via, via);
        }
        if (101..300).contains(&status) && matches!(request.method, Method::Invite | Method::Subscribe | Method::Refer)
        {
            draft = request.headers(Name::RecordRoute).fold(draft, |draft, line| draft.header(Name::RecordRoute, line));
        }
        let also = if status == 100 { Some(Name::Timestamp) } else { None };
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq].into_iter().chain(also) {
            if let Some(line) = request.header(name) {
                draft = draft.header(name, line);
            }
        }
        draft
    }

    pub(super) fn bare_response(status: u16) -> Self {
        Self::new(Start::Response { status, reason: reason_phrase(status).to_owned() })
    }

    /// ACK for a 3xx-6xx to this INVITE, same branch (RFC 3261 §17.1.1.3). The ACK for a 2xx is a
    /// request of its own in the dialog.
    pub fn ack(invite: &Self, response: &Response) -> Self {
        let ack = invite.hop_request(Method::Ack);
        match response.header(Name::To) {
            Some(to) => ack.set(Name::To, to),
            None => ack,
        }
    }

    /// The request URI as it is written; empty for a response.
    pub fn uri(&self) -> &str {
        match &self.start {
            Start::Request { uri, .. } => uri,
            Start::Response { .. } => "",
        }
    }

    /// CANCEL for this INVITE, same branch (RFC 3261 §9.1).
    pub fn cancel(invite: &Self) -> Self {
        invite.hop_request(Method::Cancel)
    }

    /// What ACK and CANCEL take from the INVITE: request URI, top Via, Route, From, To, Call-ID and the
    /// number of CSeq.
    fn hop_request(&self, method: Method) -> Self {
        let number = self.get(Name::CSeq).and_then(|cseq| CSeq::parse(cseq).ok()).map_or(0, |cseq| cseq.number);
        let mut draft = Self::new(Start::Request { method: method.clone(), uri: self.uri().to_owned() });
        if let Some(via) = self.get(Name::Via) {
            draft = draft.header(Name::Via, via);
        }
        draft = draft.header(Name::MaxForwards, 70);
        for name in [Name::Route, Name::From, Name::To, Name::CallId] {
            draft = self.all(name.as_str()).fold(draft, |draft, line| draft.header(name, line));
        }
        draft.header(Name::CSeq, CSeq::new(number, method))
    }

    fn new(start: Start) -> Self {
        Self { start, fields: Vec::with_capacity(12), body: Bytes::new() }
    }

    /// Another phrase than the registered one (responses only).
    pub fn reason(mut self, phrase: &str) -> Self {
        if let Start::Response { reason, .. } = &mut self.start {
            *reason = clean(phrase.to_owned());
        }
        self
    }

    /// Adds the tag to To unless it has one, or cannot be read.
    pub fn to_tag(self, tag: &str) -> Self {
        match self.get(Name::To).and_then(|to| with_tag(to, tag)) {
            Some(to) => self.set(Name::To, to),
            None => self,
        }
    }

    /// Appends a header. The name is written by us, never taken from outside.
    pub fn header(mut self, name: impl AsRef<str>, value: impl Display) -> Self {
        self.fields.push((canonical(name.as_ref()), written(value)));
        self
    }

    /// Replaces all headers of this name by one, in the place of the first; appends if there is none.
    pub fn set(mut self, name: impl AsRef<str>, value: impl Display) -> Self {
        let name = canonical(name.as_ref());
        let value = written(value);
        let Some(at) = self.fields.iter().position(|(known, _)| known.eq_ignore_ascii_case(&name)) else {
            self.fields.push((name, value));
            return self;
        };
        self = self.remove(&name);
        self.fields.insert(at.min(self.fields.len()), (name, value));
        self
    }

    /// Takes all headers of this name out.
    pub fn remove(mut self, name: impl AsRef<str>) -> Self {
        self.fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name.as_ref()));
        self
    }

    /// Puts a Via on top.
    pub fn push_via(mut self, via: &Via) -> Self {
        self.fields.insert(0, (Cow::Borrowed(Name::Via.as_str()), written(via)));
        self
    }

    /// Takes the top Via off (one value, also out of a comma list).
    pub fn pop_via(mut self) -> Self {
        let Some(at) = self.fields.iter().position(|(name, _)| name == Name::Via.as_str()) else { return self };
        let mut values = super::value::params::split_list(self.get(Name::Via).unwrap_or_default()).skip(1);
        let rest = values.next().map(|first| values.fold(first.to_owned(), |rest, value| format!("{rest}, {value}")));
        match (rest, self.fields.get_mut(at)) {
            (Some(rest), Some((_, line))) => *line = rest,
            _ => drop(self.fields.remove(at)),
        }
        self
    }

    /// Appends Route headers, one a value, in order.
    pub fn routes<'a>(self, routes: impl IntoIterator<Item = &'a NameAddr>) -> Self {
        routes.into_iter().fold(self, |draft, route| draft.header(Name::Route, route))
    }

    /// Sets body and Content-Type.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut draft = self.set(Name::ContentType, content_type);
        draft.body = body.into();
        draft
    }

    /// The method of a request draft, the method in CSeq of a response draft (the empty method if that
    /// cannot be read, as in an answer to a broken request).
    pub fn method(&self) -> Method {
        match &self.start {
            Start::Request { method, .. } => method.clone(),
            Start::Response { .. } => {
                let cseq = self.get(Name::CSeq).and_then(|cseq| CSeq::parse(cseq).ok());
                cseq.map_or_else(|| Method::Other("".into()), |cseq| cseq.method)
            }
        }
    }

    /// `None` for a request.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// The first value of a header as it will be written.
    pub fn get(&self, name: Name) -> Option<&str> {
        self.all(name.as_str()).next()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The top Via, parsed.
    pub fn top_via(&self) -> Option<Via> {
        Via::parse(super::value::params::split_list(self.get(Name::Via)?).next()?).ok()
    }

    pub fn to_bytes(&self) -> Bytes {
        let fields: usize = self.fields.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut out = BytesMut::with_capacity(fields + self.body.len() + 128);
        match &self.start {
            Start::Request { method, uri } => put(&mut out, &[method.as_str(), " ", uri, " SIP/2.0\r\n"]),
            Start::Response { status, reason } => {
                put(&mut out, &["SIP/2.0 ", &status.to_string(), " ", reason, "\r\n"])
            }
        }
        for (name, value) in &self.fields {
            put(&mut out, &[name, ": ", value, "\r\n"]);
        }
        put(&mut out, &["Content-Length: ", &self.body.len().to_string(), "\r\n\r\n"]);
        let head = std::str::from_utf8(&out).map(raw::bytes);
        if let Ok(Cow::Owned(head)) = head {
            out = BytesMut::from(&head[..]);
        }
        out.extend_from_slice(&self.body);
        out.freeze()
    }
}

fn put(out: &mut BytesMut, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

fn canonical(name: &str) -> Cow<'static, str> {
    match Name::parse(name) {
        Some(name) => Cow::Borrowed(name.as_str()),
        None => Cow::Owned(clean(name.to_owned())),
    }
}

/// A value as it goes out. Most are shorter than the room made for them, and are written without growing.
fn written(value: impl Display) -> String {
    let mut text = String::with_capacity(80);
    // A String takes everything.
    let _ = write!(text, "{value}");
    clean(text)
}

/// What the scan would refuse becomes a blank: no line end can come through, and no control character
/// but behind the backslash of a quoted string.
fn clean(text: String) -> String {
    if !text.bytes().any(|b| b.is_ascii_control() && b != b'\t') {
        return text;
    }
    let mut previous = ' ';
    let keep = |c: char| {
        let is_bad = matches!(c, '\r' | '\n') || (c.is_ascii_control() && c != '\t' && previous != '\\');
        previous = c;
        if is_bad { ' ' } else { c }
    };
    text.chars().map(keep).collect()
}

impl Rejected {
    /// The answer, its top Via stamped with the source; to be sent back where it came from. To has no
    /// tag of ours yet ([`Draft::to_tag`]). `None` is silence.
    pub fn response(&self, source: SocketAddr) -> Option<Draft> {
        let mut via = self.top_via.clone()?;
        via.stamp(source);
        let draft = Draft::bare_response(self.status()?).header(Name::Via, via);
        Some(self.echo.iter().fold(draft, |draft, (name, value)| draft.header(name, value)))
    }
}
