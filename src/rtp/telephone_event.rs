//! The payload of a telephone event (RFC 4733 §2.3).

/// One packet's word about a key that is or was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TelephoneEvent {
    /// 0-15 are the keys (RFC 4733 §3.2); others are read over.
    pub event: u8,
    pub end: bool,
    /// Below 0 dBm0, 0-63.
    pub volume: u8,
    /// In timestamp units since the event began.
    pub duration: u16,
}

const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl TelephoneEvent {
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, d0, d1] = *payload.first_chunk::<4>()?;
        let duration = u16::from_be_bytes([d0, d1]);
        Some(Self { event, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    pub fn to_bytes(self) -> [u8; 4] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.event, (self.volume & 0x3f) | if self.end { 0x80 } else { 0 }, d0, d1]
    }

    /// The key, if the event is one.
    pub fn key(self) -> Option<char> {
        KEYS.get(usize::from(self.event)).copied()
    }

    /// The event of a key: `0-9 * # A-D`, small letters too.
    pub fn of_key(key: char) -> Option<u8> {
        let key = key.to_ascii_uppercase();
        KEYS.iter().position(|k| *k == key).map(|i| i as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_bytes_come_back() {
        for (number, key) in KEYS.into_iter().enumerate() {
            let event = TelephoneEvent { event: number as u8, end: key == '5', volume: 10, duration: 800 };
            assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
            assert_eq!(event.key(), Some(key));
            assert_eq!(TelephoneEvent::of_key(key.to_ascii_lowercase()), Some(event.event));
        }
        assert_eq!(TelephoneEvent::of_key('x'), None);
        assert_eq!(TelephoneEvent { event: 16, end: true, volume: 0, duration: 0 }.key(), None);
        assert_eq!(TelephoneEvent::parse(&[1, 2, 3]), None);
    }
}
