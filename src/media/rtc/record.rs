//! DTLS records as far as they must be judged before the library sees them (RFC 6347 §4.1, §4.2.2).

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// Fragments remembered of one handshake; a browser's has about ten.
const FRAGMENTS_MAX: usize = 64;

#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    kind: u8,
    clear: bool,
    body: &'a [u8],
}

/// The records of a datagram, or `None` if one of them is damaged, of a kind that no handshake and no goodbye
/// has, or in clear and good only for breaking off. The library answers such records with a fatal alert, where
/// RFC 6347 §4.1.2.7 wants them dropped. An alert in clear proves nothing, as anybody can write it; a handshake
/// that the peer really refused meets its limit.
pub(super) fn records(mut datagram: &[u8]) -> Option<Vec<Record<'_>>> {
    let mut records = Vec::new();
    while let Some((header, rest)) = datagram.split_first_chunk::<13>() {
        let [kind, major, _, e0, e1, _, _, _, _, _, _, l0, l1] = *header;
        let (body, next) = rest.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
        let record = Record { kind, clear: (e0, e1) == (0, 0), body };
        if major != 0xfe || !record.is_expected() {
            return None;
        }
        records.push(record);
        datagram = next;
    }
    (datagram.is_empty() && !records.is_empty()).then_some(records)
}

impl Record<'_> {
    fn is_expected(&self) -> bool {
        match self.kind {
            CHANGE_CIPHER_SPEC => self.body == [1],
            HANDSHAKE => !self.body.is_empty(),
            ALERT => !self.clear,
            _ => false,
        }
    }

    pub(super) fn is_alert(&self) -> bool {
        self.kind == ALERT
    }

    /// Message number, offset and length of a handshake fragment in clear.
    fn fragment(&self) -> Option<Fragment> {
        let [_, _, _, _, n0, n1, o0, o1, o2, l0, l1, l2] = *self.body.first_chunk::<12>()?;
        let fragment = ([n0, n1], [o0, o1, o2], [l0, l1, l2]);
        (self.kind == HANDSHAKE && self.clear).then_some(fragment)
    }
}

type Fragment = ([u8; 2], [u8; 3], [u8; 3]);

/// The handshake fragments that came already.
#[derive(Default)]
pub(super) struct Seen(Vec<Fragment>);

impl Seen {
    /// The peer says again what it said before: it misses our answer. Anything else is remembered.
    pub(super) fn is_repetition(&mut self, records: &[Record<'_>]) -> bool {
        let mut repetition = records.iter().any(|record| record.fragment().is_some());
        for record in records {
            match record.fragment() {
                Some(fragment) if self.0.contains(&fragment) => {}
                Some(fragment) => {
                    repetition = false;
                    if self.0.len() < FRAGMENTS_MAX {
                        self.0.push(fragment);
                    }
                }
                None => repetition &= record.kind == CHANGE_CIPHER_SPEC,
            }
        }
        repetition
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, 0, body.len() as u8];
        bytes.extend(body);
        bytes
    }

    #[test]
    fn only_whole_records_that_can_move_a_handshake_pass() {
        let hello = record(HANDSHAKE, 0, &[1; 20]);
        let both = [hello.clone(), record(CHANGE_CIPHER_SPEC, 0, &[1])].concat();
        let passes = |datagram: &[u8]| records(datagram).is_some();
        assert!(passes(&hello) && passes(&both) && passes(&record(ALERT, 1, &[9; 30])));
        for bad in [record(ALERT, 0, &[2, 40]), record(CHANGE_CIPHER_SPEC, 0, &[2]), record(23, 1, &[0; 30])] {
            assert!(!passes(&bad) && !passes(&[hello.clone(), bad].concat()));
        }
        for cut in 0..both.len() {
            assert_eq!(passes(&both[..cut]), cut == hello.len(), "{cut}");
        }
    }

    #[test]
    fn a_repetition_is_a_datagram_with_nothing_new() {
        let mut seen = Seen::default();
        let message = |number: u8| record(HANDSHAKE, 0, &[11, 0, 0, 4, 0, number, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
        let mut say = |datagram: &[u8]| seen.is_repetition(&records(datagram).unwrap());
        assert!(!say(&message(1)) && say(&message(1)));
        assert!(!say(&[message(1), message(2)].concat()) && say(&message(2)));
        assert!(!say(&[message(1), record(HANDSHAKE, 1, &[7; 40])].concat()), "an encrypted Finished is news");
    }
}
