//! Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3) and answers the CRLF keep-alive
//! (RFC 5626 §3.5.1).

use bytes::{Bytes, BytesMut};

use super::value::params::{digits, trim};
use super::{Name, WireError, limits};

/// What came out of the stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Framed {
    /// One whole message, to be parsed.
    Message(Bytes),
    /// Double CRLF between messages: answer with one CRLF.
    Ping,
    /// Single CRLF between messages: the answer to our ping.
    Pong,
}

/// A bounded buffer for one connection. After an error the stream cannot be read any further: answer
/// if you can, then close.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Up to here no end of the head was found.
    scanned: usize,
    /// Length of the message at the front, once its head has been read.
    announced: Option<usize>,
}

impl Framer {
    pub fn new() -> Self {
        Self::default()
    }

    /// The buffer to read into. The caller adds at most [`Framer::room`] bytes.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// How many bytes may be added.
    pub fn room(&self) -> usize {
        limits::MESSAGE.saturating_sub(self.buffer.len())
    }

    /// The next complete thing; `Ok(None)` when more bytes are needed. The bytes of the bad head come
    /// with the error, so that it can be answered.
    pub fn take(&mut self) -> Result<Option<Framed>, (WireError, Bytes)> {
        if self.announced.is_none() {
            match self.buffer.as_ref() {
                [b'\r', b'\n', b'\r', b'\n', ..] => return Ok(Some(self.keep_alive(4, Framed::Ping))),
                // The second half of a ping may still be on its way.
                [] | [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return Ok(None),
                [b'\r', b'\n', ..] => return Ok(Some(self.keep_alive(2, Framed::Pong))),
                _ => {}
            }
            self.announced = self.read_head().map_err(|error| (error, self.buffer.split().freeze()))?;
        }
        let Some(length) = self.announced.filter(|length| *length <= self.buffer.len()) else { return Ok(None) };
        self.announced = None;
        self.scanned = 0;
        Ok(Some(Framed::Message(self.buffer.split_to(length).freeze())))
    }

    fn keep_alive(&mut self, length: usize, framed: Framed) -> Framed {
        let _ = self.buffer.split_to(length);
        framed
    }

    /// A lone CRLF that waits for its second half is a pong: the caller says so when nothing more comes
    /// with it.
    pub fn take_pong(&mut self) -> bool {
        let is_pong = self.buffer.as_ref() == b"\r\n";
        if is_pong {
            self.buffer.clear();
        }
        is_pong
    }

    /// A message has begun and is not complete.
    pub fn is_mid_message(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Length of the whole message at the front, when its head is there.
    fn read_head(&mut self) -> Result<Option<usize>, WireError> {
        const TOO_LONG: WireError = WireError::MessageTooLong { max: limits::MESSAGE };
        let from = self.scanned.saturating_sub(3);
        let unseen = self.buffer.get(from..).unwrap_or_default();
        let Some(end) = unseen.windows(4).position(|four| four == b"\r\n\r\n") else {
            self.scanned = self.buffer.len();
            return if self.room() == 0 { Err(TOO_LONG) } else { Ok(None) };
        };
        let body_at = from.saturating_add(end).saturating_add(4);
        let length = body_at.saturating_add(content_length(self.buffer.get(..body_at).unwrap_or_default())?);
        if length > limits::MESSAGE { Err(TOO_LONG) } else { Ok(Some(length)) }
    }
}

/// The one Content-Length of a head; two of them, or none, or a bad one cannot be framed.
fn content_length(head: &[u8]) -> Result<usize, WireError> {
    const BAD: WireError = WireError::Header { name: Name::ContentLength, why: "not a number" };
    let mut found = None;
    let mut lines = head.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.iter().position(|b| *b == b':').and_then(|at| line.split_at_checked(at)) else {
            continue;
        };
        let name = std::str::from_utf8(name.trim_ascii_end()).unwrap_or_default();
        if Name::parse(name) != Some(Name::ContentLength) {
            continue;
        }
        if found.is_some() {
            return Err(WireError::Duplicate(Name::ContentLength));
        }
        let mut value = value.get(1..).unwrap_or_default().trim_ascii().to_vec();
        while let Some(more) = lines.next_if(|next| next.starts_with(b" ") || next.starts_with(b"\t")) {
            // A number in two pieces must stay two pieces.
            value.push(b' ');
            value.extend_from_slice(more.trim_ascii());
        }
        let text = std::str::from_utf8(&value).map_err(|_| BAD)?;
        found = Some(digits(trim(text)).and_then(|length| usize::try_from(length).ok()).ok_or(BAD)?);
    }
    found.ok_or(WireError::Unframed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "OPTIONS sip:a@h SIP/2.0\r\nl : 3\r\nX: y\r\n\r\n";

    fn feed(framer: &mut Framer, text: &str) -> Vec<Framed> {
        framer.buffer().extend_from_slice(text.as_bytes());
        std::iter::from_fn(|| framer.take().unwrap()).collect()
    }

    #[test]
    fn any_cut_of_the_stream_gives_the_same_messages() {
        let message = format!("{HEAD}abc");
        let stream = format!("{message}\r\n\r\n{message}{message}\r\n{message}");
        let whole = feed(&mut Framer::new(), &stream);
        let expected = Framed::Message(Bytes::from(message.clone()));
        assert_eq!(whole, [expected.clone(), Framed::Ping, expected.clone(), expected.clone(), Framed::Pong, expected]);
        for size in [1, 2, 3, 7, 50] {
            let mut framer = Framer::new();
            let pieces = stream.as_bytes().chunks(size).map(|piece| std::str::from_utf8(piece).unwrap());
            assert_eq!(pieces.flat_map(|piece| feed(&mut framer, piece)).collect::<Vec<_>>(), whole, "{size}");
            assert!(!framer.is_mid_message());
        }
    }

    #[test]
    fn a_lone_line_end_is_a_pong() {
        let mut framer = Framer::new();
        assert_eq!(feed(&mut framer, "\r\n"), []);
        assert!(framer.take_pong() && !framer.take_pong());
    }

    #[test]
    fn what_cannot_be_framed_ends_the_stream() {
        let error = |text: &str| {
            let mut framer = Framer::new();
            framer.buffer().extend_from_slice(text.as_bytes());
            framer.take().unwrap_err().0
        };
        assert_eq!(error("OPTIONS sip:a@h SIP/2.0\r\nX: y\r\n\r\n"), WireError::Unframed);
        assert_eq!(
            error("OPTIONS sip:a@h SIP/2.0\r\nl: 0\r\nContent-Length: 3\r\n\r\nabc"),
            WireError::Duplicate(Name::ContentLength)
        );
        assert!(matches!(error("O\r\nl: -1\r\n\r\n"), WireError::Header { .. }));
        assert!(matches!(error("O\r\nl: 1\r\n 2\r\n\r\n"), WireError::Header { .. }));
        assert!(matches!(error("O\r\nl: 99999999999999999999\r\n\r\n"), WireError::Header { .. }));
        assert!(matches!(error("O\r\nl: 65536\r\n\r\n"), WireError::MessageTooLong { .. }));
        assert!(matches!(error(&"x".repeat(limits::MESSAGE)), WireError::MessageTooLong { .. }));
    }
}
