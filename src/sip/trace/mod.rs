//! What is kept of SIP messages to be looked at: what in them is nobody's business taken out ([`redacted`]), as packets
//! of a pcap file ([`pcap`]) and of HEP ([`hep`]).
//!
//! What it is not: it keeps and sends nothing itself (`store::ladder`, the recorder of `server`).

pub mod hep;
pub mod pcap;
mod redact;

use std::net::SocketAddr;

use bytes::Bytes;

use super::Transport;
use crate::base::Instant;
pub use redact::redacted;

/// One message on its way, in or out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    pub at: Instant,
    pub transport: Transport,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Bytes,
}

/// What a ladder needs of a message: nothing of it is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gist<'a> {
    pub call_id: &'a str,
    /// Of CSeq.
    pub method: &'a str,
    /// The contact it belongs to, as our own INVITEs say.
    pub interaction: Option<&'a str>,
}

impl<'a> Gist<'a> {
    /// `None`: no SIP message.
    pub fn of(message: &'a [u8]) -> Option<Self> {
        let (mut call_id, mut cseq, mut interaction) = (None, None, None);
        for line in head(message).split(|byte| *byte == b'\n').skip(1) {
            let Some(colon) = line.iter().take(32).position(|byte| *byte == b':') else { continue };
            let (name, value) = (line.get(..colon)?.trim_ascii(), line.get(colon.saturating_add(1)..)?.trim_ascii());
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            if is(b"Call-ID") || is(b"i") {
                call_id = std::str::from_utf8(value).ok();
            } else if is(b"CSeq") {
                cseq = std::str::from_utf8(value).ok();
            } else if is(INTERACTION) {
                interaction = std::str::from_utf8(value).ok();
            }
        }
        let method = cseq?.split_ascii_whitespace().nth(1)?;
        Some(Self { call_id: call_id.filter(|id| !id.is_empty())?, method, interaction })
    }
}

/// The header by which INVITEs of ours name their contact.
const INTERACTION: &[u8] = b"X-Carillon-Interaction";

/// Start line and headers, without the empty line behind them.
fn head(message: &[u8]) -> &[u8] {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(message.len());
    message.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_of_a_message() {
        let gist = |text: &str| Gist::of(text.as_bytes()).map(|gist| (gist.call_id.to_owned(), gist.method.to_owned()));
        let told = |id: &str, method: &str| Some((id.to_owned(), method.to_owned()));
        assert_eq!(gist("INVITE sip:a SIP/2.0\r\nCall-ID: x@y\r\nCSeq: 1 INVITE\r\n\r\n"), told("x@y", "INVITE"));
        assert_eq!(gist("SIP/2.0 200 OK\r\ni:x\r\ncseq:1  BYE\r\n\r\nCall-ID: other"), told("x", "BYE"));
        for nothing in ["", "\r\n\r\n", "INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", "x\r\nCall-ID: a\r\n\r\n"] {
            assert_eq!(gist(nothing), None, "{nothing}");
        }
        let ours = "INVITE sip:a SIP/2.0\r\nCall-ID: x\r\nX-Carillon-Interaction: one\r\nCSeq: 1 INVITE\r\n\r\n";
        assert_eq!(Gist::of(ours.as_bytes()).unwrap().interaction, Some("one"));
    }
}
