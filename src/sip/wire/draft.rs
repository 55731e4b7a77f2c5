//! A message being written.

use std::fmt::Display;

use bytes::Bytes;

use super::{Method, Name, Request, Response, Uri, Via};

/// Start line, headers in order, body. Content-Length is written by [`Draft::to_bytes`] and nowhere
/// else. A CR, LF or NUL in a value becomes a blank, so no value can make a header of its own.
#[derive(Clone, Debug)]
pub struct Draft {
    start: Start,
    fields: Vec<(String, String)>,
    body: Bytes,
}

#[derive(Clone, Debug)]
enum Start {
    Request { method: Method, uri: String },
    Response { status: u16, reason: String },
}

impl Draft {
    /// A request with `Max-Forwards: 70` and nothing else; add Via, From, To, Call-ID and CSeq.
    pub fn request(method: Method, uri: &Uri) -> Self {
        todo!()
    }

    /// A response with all Via values (the top one stamped, see [`Request::stamp`]), From, To, Call-ID
    /// and CSeq of the request; Timestamp too for 100; Record-Route too for 101-299 to a request that
    /// makes a dialog.
    pub fn response(request: &Request, status: u16) -> Self {
        todo!()
    }

    /// ACK for a 3xx-6xx to this INVITE, same branch (RFC 3261 §17.1.1.3). The ACK for a 2xx is a
    /// request of its own in the dialog.
    pub fn ack(invite: &Self, response: &Response) -> Self {
        todo!()
    }

    /// CANCEL for this INVITE, same branch (RFC 3261 §9.1).
    pub fn cancel(invite: &Self) -> Self {
        todo!()
    }

    /// All of a received request but its body framing, to be sent on: change and add what must be.
    pub fn forward(request: &Request) -> Self {
        todo!()
    }

    /// Another phrase than the registered one (responses only).
    pub fn reason(self, phrase: &str) -> Self {
        todo!()
    }

    /// Adds the tag to To unless it has one.
    pub fn to_tag(self, tag: &str) -> Self {
        todo!()
    }

    /// Appends a header.
    pub fn header(self, name: impl AsRef<str>, value: impl Display) -> Self {
        todo!()
    }

    /// Replaces all headers of this name by one, in the place of the first; appends if there is none.
    pub fn set(self, name: impl AsRef<str>, value: impl Display) -> Self {
        todo!()
    }

    /// Takes all headers of this name out.
    pub fn remove(self, name: impl AsRef<str>) -> Self {
        todo!()
    }

    /// Puts a Via on top.
    pub fn push_via(self, via: &Via) -> Self {
        todo!()
    }

    /// Takes the top Via off (one value, also out of a comma list).
    pub fn pop_via(self) -> Self {
        todo!()
    }

    /// Route headers, one a value, in order (RFC 3261 §12.2.1.1: see the dialog for the strict form).
    pub fn routes<'a>(self, routes: impl IntoIterator<Item = &'a super::NameAddr>) -> Self {
        todo!()
    }

    /// Sets body and Content-Type.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        todo!()
    }

    /// The method of a request draft, the method in CSeq of a response draft.
    pub fn method(&self) -> Method {
        todo!()
    }

    /// `None` for a request.
    pub fn status(&self) -> Option<u16> {
        todo!()
    }

    /// The first value of a header as it will be written.
    pub fn get(&self, name: Name) -> Option<&str> {
        todo!()
    }

    /// The top Via, parsed.
    pub fn top_via(&self) -> Option<Via> {
        todo!()
    }

    pub fn to_bytes(&self) -> Bytes {
        todo!()
    }
}
