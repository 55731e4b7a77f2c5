//! One pass over the head: where each line's name and value stand. Nothing is copied, except a head
//! with folded lines, which is unfolded once (RFC 3261 §7.3.1) so that every value is one piece.

use bytes::{Bytes, BytesMut};

use super::value::params::is_token;
use super::value::raw;
use super::{Name, WireError, limits};

/// A range of the message.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        // Messages are far below 4 GiB; a span that did not fit would read as empty.
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }

    pub(super) fn of(self, bytes: &[u8]) -> &str {
        let bytes = bytes.get(self.start as usize..self.end as usize).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn in_text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One header line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// `None`: a header we do not know; its text is kept.
    pub(super) name: Option<Name>,
    pub(super) name_text: Span,
    pub(super) value: Span,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) start_line: Span,
    pub(super) lines: Vec<Line>,
    pub(super) body_at: usize,
}

/// Line ends in front of a message are skipped (RFC 3261 §7.5).
pub(super) fn without_leading_line_ends(mut bytes: Bytes) -> Bytes {
    match bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count() {
        0 => bytes,
        blank => bytes.split_off(blank),
    }
}

/// Finds the lines of a head without folds; `Ok(None)` if there are folds (see [`unfold`]).
pub(super) fn scan(bytes: &[u8]) -> Result<Option<Table>, WireError> {
    let mut table = Table { start_line: Span::default(), lines: Vec::with_capacity(24), body_at: 0 };
    let (mut line_at, mut from) = (0usize, 0usize);
    while let Some(at) = next_control(bytes, from) {
        let previous = at.checked_sub(1).and_then(|at| bytes.get(at));
        from = at.saturating_add(1);
        match bytes.get(at) {
            Some(b'\r') if bytes.get(from) == Some(&b'\n') => {
                from = from.saturating_add(1);
                if at == line_at {
                    table.body_at = from;
                    return Ok(Some(table));
                }
                if !table.take(bytes, line_at, at)? {
                    return Ok(None);
                }
                line_at = from;
            }
            Some(b'\t') => {}
            Some(b'\r' | b'\n') => return Err(WireError::Bytes),
            // Behind a backslash a quoted string may carry control characters.
            _ if previous == Some(&b'\\') => {}
            _ => return Err(WireError::Bytes),
        }
    }
    Err(WireError::Unfinished)
}

/// Where the next control character stands, eight bytes at a time.
fn next_control(bytes: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_ne_bytes(*eight);
        let delete = word ^ (ONES * 0x7f);
        // A high bit for each byte below 0x20, and for each that is 0x7f (and, seldom, a neighbour more).
        let below = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (below | (delete.wrapping_sub(ONES) & !delete)) & (ONES * 0x80);
        if found != 0
            && let Some(hit) = eight.iter().position(u8::is_ascii_control)
        {
            return Some(at.saturating_add(hit));
        }
        at = at.saturating_add(8);
    }
    let hit = bytes.get(at..)?.iter().position(u8::is_ascii_control)?;
    Some(at.saturating_add(hit))
}

impl Table {
    /// Takes in the line; `false` if it is the continuation of the one before.
    fn take(&mut self, bytes: &[u8], start: usize, end: usize) -> Result<bool, WireError> {
        let line = bytes.get(start..end).unwrap_or_default();
        if start == 0 {
            self.start_line = Span::new(start, end);
            return Ok(true);
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return match self.lines.is_empty() {
                true => Err(WireError::HeaderLine),
                false => Ok(false),
            };
        }
        if line.len() > limits::HEADER {
            return Err(WireError::HeaderTooLong { max: limits::HEADER });
        }
        if self.lines.len() >= limits::HEADERS {
            return Err(WireError::TooManyHeaders { max: limits::HEADERS });
        }
        let colon = line.iter().position(|b| *b == b':').ok_or(WireError::HeaderLine)?;
        let (name, value) = line.split_at_checked(colon).ok_or(WireError::HeaderLine)?;
        let name = name.trim_ascii_end();
        let value = value.get(1..).unwrap_or_default();
        let text = std::str::from_utf8(name).ok().filter(|text| is_token(text)).ok_or(WireError::HeaderLine)?;
        let blanks = |b: &&u8| matches!(**b, b' ' | b'\t');
        let (front, back) = (value.iter().take_while(blanks).count(), value.iter().rev().take_while(blanks).count());
        let value_at = start.saturating_add(colon).saturating_add(1).saturating_add(front);
        self.lines.push(Line {
            name: Name::parse(text),
            name_text: Span::new(start, start.saturating_add(name.len())),
            value: Span::new(value_at.min(end), end.saturating_sub(back).max(value_at.min(end))),
        });
        Ok(true)
    }
}

/// A head whose lines end with LF alone (and that has no CR anywhere, so that there is one reading of it),
/// as it should have come.
pub(super) fn with_line_ends(bytes: &Bytes) -> Option<Bytes> {
    let end = bytes.windows(2).position(|two| two == b"\n\n")?.saturating_add(2);
    let (head, body) = bytes.split_at_checked(end).filter(|(head, _)| !head.contains(&b'\r'))?;
    let lines = head.iter().filter(|b| **b == b'\n').count();
    let mut whole = BytesMut::with_capacity(bytes.len().saturating_add(lines));
    for line in head.split_inclusive(|b| *b == b'\n') {
        whole.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        whole.extend_from_slice(b"\r\n");
    }
    whole.extend_from_slice(body);
    Some(whole.freeze())
}

/// The same message with its head as text (see [`raw`]); `None` if it is text already.
pub(super) fn as_text(bytes: &Bytes, body_at: usize) -> Option<Bytes> {
    let (head, body) = bytes.split_at_checked(body_at)?;
    let std::borrow::Cow::Owned(head) = raw::text(head) else { return None };
    Some(Bytes::from([head.as_bytes(), body].concat()))
}

/// The same message with each line end that is followed by a blank made blanks: no offset moves.
pub(super) fn unfold(bytes: &[u8]) -> Bytes {
    let mut copy = BytesMut::from(bytes);
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
    for (at, three) in bytes.windows(3).enumerate().take(head) {
        if matches!(three, [b'\r', b'\n', b' ' | b'\t'])
            && let Some(fold) = copy.get_mut(at..at.saturating_add(2))
        {
            fold.fill(b' ');
        }
    }
    copy.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_character_is_found_and_nothing_else() {
        for at in 0..40 {
            for b in 0..=255u8 {
                let mut bytes = [0xe4u8; 40];
                bytes[at] = b;
                assert_eq!(next_control(&bytes, 0), b.is_ascii_control().then_some(at), "{b} at {at}");
                assert_eq!(next_control(&bytes, at + 1), None);
            }
        }
    }
}
