//! The numbers on the packets a leg sends: one source, one unbroken row of sequence numbers and
//! timestamps, whoever is behind it at the moment (player, digits, another leg).
//!
//! | what is sent | sequence | timestamp |
//! | --- | --- | --- |
//! | own frame after own frame | next | next |
//! | own frame after a pause or another source | next, marker | by the clock, at least next |
//! | relayed packet of the same source | shifted as the ones before: loss and disorder show through | shifted |
//! | relayed packet of a new source, after a restart or jump | next, marker | by the clock, at least next |
//!
//! No sequence number goes out twice, which also keeps an SRTP key stream from being used twice.

use std::time::Duration;

use crate::base::{Instant, Rng};
use crate::rtp::{Header, SenderReport};

/// Between two timestamps that are still the same stream.
const JUMP: Duration = Duration::from_secs(10);
/// Sequence numbers between two packets that are still the same stream.
const SEQUENCE_JUMP: u16 = 500;
/// A pause longer than this is caught up in the timestamp.
const PAUSE: Duration = Duration::from_millis(60);

#[derive(Clone, Debug)]
pub struct Stream {
    ssrc: u32,
    /// Ticks of the timestamp in a millisecond.
    per_ms: u32,
    next_sequence: u16,
    /// Bit `n`: `next_sequence - 1 - n` went out.
    sent: u64,
    next_timestamp: u32,
    /// When `next_timestamp` is due.
    due: Option<Instant>,
    relay: Option<Relay>,
    packets: u64,
    octets: u64,
}

/// How the numbers of another source become ours.
#[derive(Clone, Copy, Debug)]
struct Relay {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    sequence_shift: u16,
    timestamp_shift: u32,
}

/// The numbers of a packet that another leg heard.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
    /// Ticks of its clock in it; 0 for an event.
    pub samples: u32,
}

impl Stream {
    pub fn new(rng: &mut Rng) -> Self {
        Self {
            ssrc: rng.next_u64() as u32,
            per_ms: 8,
            // In the lower half: a receiver of SRTP that misses the first packets must not take a wrapped
            // number for the first round (RFC 3711 §3.3.1).
            next_sequence: rng.below(1 << 15) as u16,
            sent: 0,
            next_timestamp: rng.next_u64() as u32,
            due: None,
            relay: None,
            packets: 0,
            octets: 0,
        }
    }

    /// The clock of the timestamps from now on, hertz (RFC 7160: a change is no new stream).
    pub fn set_clock(&mut self, clock: u32) {
        if self.per_ms != clock / 1_000 {
            (self.per_ms, self.relay) = ((clock / 1_000).max(1), None);
        }
    }

    /// Ticks of the timestamp in a frame of 20 ms.
    pub fn frame(&self) -> u32 {
        20 * self.per_ms
    }

    /// 20 ms of which nothing is sent.
    pub fn pass(&mut self, now: Instant) {
        self.relay = None;
        self.catch_up(now);
        self.advance(now, self.next_timestamp, self.frame());
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// The header of a frame of our own with `samples` ticks of the clock.
    pub fn own(&mut self, now: Instant, payload_type: u8, samples: u32) -> Header {
        let marker = self.relay.take().is_some() | self.catch_up(now);
        let timestamp = self.next_timestamp;
        self.advance(now, timestamp, samples);
        self.header(payload_type, marker, timestamp)
    }

    /// The timestamp of an event that begins now (RFC 4733 §2.5.1.1); all its packets carry it.
    pub fn begin_event(&mut self, now: Instant) -> u32 {
        self.relay = None;
        self.catch_up(now);
        self.next_timestamp
    }

    /// The header of one packet of an event of our own.
    pub fn event(&mut self, payload_type: u8, timestamp: u32, first: bool) -> Header {
        self.header(payload_type, first, timestamp)
    }

    /// The header of a packet of another leg; `None` if it is a copy or too old to have a number.
    pub fn relayed(&mut self, now: Instant, payload_type: u8, origin: Origin) -> Option<Header> {
        let mut relay = match self.relay.filter(|r| r.continues(&origin, self.ticks(JUMP))) {
            Some(relay) => relay,
            None => self.begin_relay(now, &origin),
        };
        let first = self.relay.is_none();
        let sequence = origin.sequence.wrapping_add(relay.sequence_shift);
        let timestamp = origin.timestamp.wrapping_add(relay.timestamp_shift);
        if !self.claim(sequence) {
            return None;
        }
        if origin.sequence.wrapping_sub(relay.sequence) < 0x8000 {
            (relay.sequence, relay.timestamp) = (origin.sequence, origin.timestamp);
            self.advance(now, timestamp, origin.samples);
        }
        self.relay = Some(relay);
        self.packets += 1;
        Some(Header { marker: origin.marker || first, payload_type, sequence, timestamp, ssrc: self.ssrc })
    }

    /// Counts payload bytes for the sender report.
    pub fn count(&mut self, payload: usize) {
        self.octets = self.octets.wrapping_add(payload as u64);
    }

    /// `None` when nothing was sent. The RTP time is the one that would be sent at `now`.
    pub fn report(&self, now: Instant) -> Option<SenderReport> {
        let due = self.due?;
        let ahead = self.ticks(due.since(now));
        let rtp_timestamp = self.next_timestamp.wrapping_add(self.ticks(now.since(due))).wrapping_sub(ahead);
        let (packets, octets) = (self.packets as u32, self.octets as u32);
        Some(SenderReport { ntp: ntp(now), rtp_timestamp, packets, octets })
    }

    fn begin_relay(&mut self, now: Instant, origin: &Origin) -> Relay {
        self.relay = None;
        self.catch_up(now);
        Relay {
            ssrc: origin.ssrc,
            sequence: origin.sequence,
            timestamp: origin.timestamp,
            sequence_shift: self.next_sequence.wrapping_sub(origin.sequence),
            timestamp_shift: self.next_timestamp.wrapping_sub(origin.timestamp),
        }
    }

    /// After a pause the timestamp moves on with the clock; says whether there was one.
    fn catch_up(&mut self, now: Instant) -> bool {
        let Some(due) = self.due else {
            self.due = Some(now);
            return true;
        };
        let late = now.since(due);
        if late < PAUSE {
            return false;
        }
        self.next_timestamp = self.next_timestamp.wrapping_add(self.ticks(late));
        self.due = Some(now);
        true
    }

    fn advance(&mut self, now: Instant, timestamp: u32, samples: u32) {
        let next = timestamp.wrapping_add(samples);
        let step = next.wrapping_sub(self.next_timestamp);
        if step < self.ticks(JUMP) {
            self.next_timestamp = next;
            let micros = u64::from(step) * 1_000 / u64::from(self.per_ms);
            let due = self.due.unwrap_or(now) + Duration::from_micros(micros);
            // A source whose clock is fast or slow against ours must not drag the plan away.
            self.due = Some(due.max(now).min(now + PAUSE));
        }
    }

    fn ticks(&self, span: Duration) -> u32 {
        (span.as_micros() * u128::from(self.per_ms) / 1_000) as u32
    }

    fn header(&mut self, payload_type: u8, marker: bool, timestamp: u32) -> Header {
        let sequence = self.next_sequence;
        self.claim(sequence);
        self.packets += 1;
        Header { marker, payload_type, sequence, timestamp, ssrc: self.ssrc }
    }

    /// Marks a number as used; false if it was, or is too old to know.
    fn claim(&mut self, sequence: u16) -> bool {
        let ahead = sequence.wrapping_sub(self.next_sequence);
        if ahead < 0x8000 {
            self.sent = self.sent.checked_shl(u32::from(ahead) + 1).unwrap_or(0) | 1;
            self.next_sequence = sequence.wrapping_add(1);
            return true;
        }
        let back = u32::from(self.next_sequence.wrapping_sub(1).wrapping_sub(sequence));
        let bit = 1u64.checked_shl(back).unwrap_or(0);
        let fresh = bit != 0 && self.sent & bit == 0;
        self.sent |= bit;
        fresh
    }
}

impl Relay {
    fn continues(&self, origin: &Origin, jump: u32) -> bool {
        let near = |step: u16| step < SEQUENCE_JUMP || step.wrapping_neg() < SEQUENCE_JUMP;
        let close = |step: u32| step < jump || step.wrapping_neg() < jump;
        self.ssrc == origin.ssrc
            && near(origin.sequence.wrapping_sub(self.sequence))
            && close(origin.timestamp.wrapping_sub(self.timestamp))
    }
}

/// The NTP timestamp of `now`: seconds since 1900 in 32.32 fixed point.
pub fn ntp(now: Instant) -> u64 {
    const UNIX_IN_NTP: u64 = 2_208_988_800;
    let (seconds, micros) = (now.as_micros() / 1_000_000, now.as_micros() % 1_000_000);
    (seconds.wrapping_add(UNIX_IN_NTP) << 32) | ((micros << 32) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::unwrap_sequence;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(1_700_000_000_000_000 + ms * 1_000)
    }

    fn origin(sequence: u16, timestamp: u32) -> Origin {
        Origin { ssrc: 9, sequence, timestamp, marker: false, samples: 160 }
    }

    #[test]
    fn the_first_number_is_in_the_lower_half() {
        assert!((0..1_000).all(|seed| Stream::new(&mut Rng::new(seed)).next_sequence < 0x8000));
    }

    #[test]
    fn player_then_leg_then_player_is_one_row_of_numbers() {
        let mut stream = Stream::new(&mut Rng::new(1));
        let first = stream.own(at(0), 0, 160);
        let second = stream.own(at(20), 0, 160);
        assert!(first.marker && !second.marker);
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
        let relayed = stream.relayed(at(40), 0, origin(500, 77)).unwrap();
        assert_eq!(relayed.sequence, second.sequence.wrapping_add(1));
        assert_eq!(relayed.timestamp, second.timestamp.wrapping_add(160));
        assert!(relayed.marker);
        // Loss shows through, an old one comes late, a copy does not come again.
        let after_gap = stream.relayed(at(80), 0, origin(502, 77 + 320)).unwrap();
        assert_eq!(after_gap.sequence, relayed.sequence.wrapping_add(2));
        assert!(!after_gap.marker);
        assert!(stream.relayed(at(81), 0, origin(501, 77 + 160)).is_some());
        assert!(stream.relayed(at(82), 0, origin(501, 77 + 160)).is_none());
        assert!(stream.relayed(at(82), 0, origin(499, 0)).is_none(), "from before the first: would be a used number");
        // Two seconds of nothing, then the player again.
        let own = stream.own(at(2_100), 0, 160);
        assert_eq!(own.sequence, after_gap.sequence.wrapping_add(1));
        assert_eq!(own.timestamp.wrapping_sub(after_gap.timestamp), 160 + 2_000 * 8);
        assert!(own.marker);
    }

    #[test]
    fn a_restarted_source_goes_on_without_a_jump() {
        let mut stream = Stream::new(&mut Rng::new(2));
        let before = stream.relayed(at(0), 0, origin(10, 1_000)).unwrap();
        let jumped = stream.relayed(at(20), 0, origin(30_000, 4_000_000)).unwrap();
        let other = stream.relayed(at(40), 0, Origin { ssrc: 1, ..origin(3, 3) }).unwrap();
        assert_eq!(jumped.sequence, before.sequence.wrapping_add(1));
        assert_eq!(jumped.timestamp, before.timestamp.wrapping_add(160));
        assert_eq!(other.sequence, before.sequence.wrapping_add(2));
        assert_eq!(other.ssrc, before.ssrc);
    }

    #[test]
    fn a_call_of_an_hour_loses_nothing() {
        let mut stream = Stream::new(&mut Rng::new(5));
        let mut last = stream.own(at(0), 0, 160);
        for packet in 1..180_000u32 {
            let header = stream.relayed(at(u64::from(packet) * 20), 0, origin(packet as u16, packet.wrapping_mul(160)));
            let header = header.unwrap_or_else(|| panic!("packet {packet} was dropped"));
            assert_eq!(header.sequence, last.sequence.wrapping_add(1));
            assert_eq!(header.timestamp, last.timestamp.wrapping_add(160));
            last = header;
        }
    }

    #[test]
    fn no_number_goes_out_twice_whatever_comes_in() {
        let mut rng = Rng::new(3);
        let mut stream = Stream::new(&mut rng);
        let (mut seen, mut highest) = (std::collections::BTreeSet::new(), None);
        for step in 0..20_000u64 {
            let now = at(step * 20);
            let (sequence, timestamp) = (rng.below(600) as u16, rng.below(90_000) as u32);
            let header = match rng.below(4) {
                0 => Some(stream.own(now, 0, 160)),
                _ => stream.relayed(now, 0, origin(sequence, timestamp)),
            };
            if let Some(header) = header {
                let extended = unwrap_sequence(highest.unwrap_or(i64::from(header.sequence)), header.sequence);
                assert!(seen.insert(extended), "{extended} twice");
                highest = highest.max(Some(extended));
            }
        }
        assert!(seen.len() > 5_000);
    }

    #[test]
    fn the_sender_report_tells_the_time_of_now() {
        let mut stream = Stream::new(&mut Rng::new(4));
        assert!(stream.report(at(0)).is_none());
        let header = stream.own(at(0), 0, 160);
        stream.count(160);
        let report = stream.report(at(1_000)).unwrap();
        assert_eq!(report.rtp_timestamp, header.timestamp.wrapping_add(8_000));
        assert_eq!((report.packets, report.octets), (1, 160));
        assert_eq!(stream.report(at(10)).unwrap().rtp_timestamp, header.timestamp.wrapping_add(80));
        assert_eq!(ntp(at(500)) as u32, 1 << 31);
    }
}
