//! The SIP wire layer: bytes <-> values (RFC 3261 §7, §19, §20, §25), pure and without state.
//!
//! [`Message::parse`] makes one pass over the bytes, checks the framing and everything a transaction
//! needs, and keeps a table of offsets into the untouched [`bytes::Bytes`]; further headers are typed
//! when somebody asks. What cannot be taken comes back as [`Rejected`]: the reason, the status to answer
//! (or silence), and as much of the request as is needed to build that answer.
//! [`Draft`] is the other direction: a message being written. [`Framer`] cuts a stream into messages.
//!
//! What it is not: no transaction, no dialog, no policy: which methods, extensions and schemes are
//! served is the endpoint's business.
//!
//! Limits ([`limits`]): a message 64 KiB, 200 headers, 8 KiB a header, 2 KiB a request URI, 70 Vias.
//! Refused: control characters in the head (but for what a quoted string may
//! carry behind a backslash), bare CR or LF (but a head with no CR at all is read by its LFs); two of a
//! header that may stand once; a body shorter than Content-Length. A datagram longer than announced is cut.
//! Bytes that are no UTF-8 are kept (`value::raw`) wherever UTF-8 above ASCII could stand: in names, not in URIs.

mod draft;
mod error;
mod framer;
mod header;
mod message;
mod rejected;
mod scan;
mod status;
mod value;

#[cfg(test)]
mod tests;

pub use draft::Draft;
pub use error::{Blame, WireError};
pub use framer::{Framed, Framer};
pub use header::Name;
pub use message::{Head, Message, Request, Response};
pub use rejected::Rejected;
pub use status::{reason_phrase, response_line};
pub use value::{
    CSeq, Challenge, Contacts, Content, Credentials, Method, NameAddr, Params, RAck, ReasonHeader, Refresher, Replaces,
    Scheme, SessionExpires, Subscriber, Uri, Via,
};

/// The bounds of the wire layer; the same for every transport.
pub mod limits {
    /// Bytes of a whole message, head and body. UDP cannot carry more.
    pub const MESSAGE: usize = 64 * 1024;
    /// Headers of a message (lines, before comma lists are opened).
    pub const HEADERS: usize = 200;
    /// Bytes of one header line with its continuations.
    pub const HEADER: usize = 8 * 1024;
    /// Bytes of a request URI; longer is 414.
    pub const URI: usize = 2 * 1024;
    /// Via values of a message: one a hop, and Max-Forwards starts at 70.
    pub const VIAS: usize = 70;
    /// Parameters of one URI or header value.
    pub const PARAMS: usize = 64;
}
