//! Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3) and answers the CRLF keep-alive
//! (RFC 5626 §3.5.1).

use bytes::{Bytes, BytesMut};

use super::WireError;

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
}

impl Framer {
    pub fn new() -> Self {
        Self::default()
    }

    /// The buffer to read into. The caller reads at most [`Framer::room`] bytes.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// How many bytes may be added.
    pub fn room(&self) -> usize {
        super::limits::MESSAGE.saturating_sub(self.buffer.len())
    }

    /// The next complete thing; `Ok(None)` when more bytes are needed. The bytes of the bad head come
    /// with the error, so that it can be answered.
    pub fn next(&mut self) -> Result<Option<Framed>, (WireError, Bytes)> {
        todo!()
    }

    /// Something has begun and is not complete.
    pub fn is_mid_message(&self) -> bool {
        !self.buffer.is_empty()
    }
}
