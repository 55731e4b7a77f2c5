//! RTCP of a leg: when to report, what, and what the peer's reports tell (RFC 3550 §6).

use std::time::Duration;

use super::stream::{Stream, ntp};
use crate::base::{Instant, Rng};
use crate::rtp::{Reception, ReportBlock, Rtcp, RtcpPackets, write_bye, write_report};

/// Mean time between reports; each is drawn from half to one and a half of it (RFC 3550 §6.3.1).
pub const INTERVAL: Duration = Duration::from_secs(5);
/// A longer round trip is a report about something else.
const LONGEST_TRIP: u32 = 10 * 65_536;

#[derive(Clone, Debug)]
pub struct Reports {
    due: Instant,
    cname: String,
    /// Middle bits of the peer's last sender report and when it came.
    last_sender: Option<(u32, Instant)>,
    round_trip: Duration,
    /// What the peer told last of what we send.
    told: Option<ReportBlock>,
    /// How often it told.
    tellings: u64,
    rng: Rng,
}

impl Reports {
    pub fn new(now: Instant, rng: &mut Rng) -> Self {
        let mut rng = rng.fork();
        // RFC 7022: a random name, so that it tells nothing.
        let cname = rng.token(16);
        let due = now + INTERVAL.mul_f64(0.1 + 0.4 * rng.unit());
        Self { due, cname, last_sender: None, round_trip: Duration::ZERO, told: None, tellings: 0, rng }
    }

    pub fn is_due(&self, now: Instant) -> bool {
        now >= self.due
    }

    /// Appends the report and sets the time of the next.
    pub fn write(&mut self, now: Instant, stream: &Stream, reception: &mut Reception, out: &mut Vec<u8>) {
        self.due = now + INTERVAL.mul_f64(0.5 + self.rng.unit());
        let last = self.last_sender.map(|(ntp, at)| (ntp, units(now.since(at))));
        let (last_sr, delay_since_last_sr) = last.unwrap_or_default();
        let block = reception.report().map(|block| ReportBlock { last_sr, delay_since_last_sr, ..block });
        write_report(out, stream.ssrc(), stream.report(now).as_ref(), block.as_ref(), &self.cname);
    }

    pub fn write_bye(&self, stream: &Stream, out: &mut Vec<u8>) {
        write_bye(out, stream.ssrc());
    }

    /// Takes a compound; false if it holds no well-formed packet.
    pub fn receive(&mut self, now: Instant, own_ssrc: u32, compound: &[u8]) -> bool {
        let mut any = false;
        for packet in RtcpPackets::new(compound).map_while(Result::ok) {
            any = true;
            let block = match packet {
                Rtcp::Sender { report, block, .. } => {
                    self.last_sender = Some((middle(report.ntp), now));
                    block
                }
                Rtcp::Receiver { block, .. } => block,
                Rtcp::Bye { .. } | Rtcp::Other { .. } => None,
            };
            if let Some(block) = block.filter(|block| block.ssrc == own_ssrc) {
                (self.told, self.tellings) = (Some(block), self.tellings.saturating_add(1));
                if block.last_sr != 0 {
                    self.take_round_trip(now, block);
                }
            }
        }
        any
    }

    /// Zero while unknown.
    pub fn round_trip(&self) -> Duration {
        self.round_trip
    }

    /// What the peer lost of us lately, in per cent.
    pub fn loss(&self) -> u8 {
        self.told.map_or(0, |told| (u16::from(told.fraction_lost) * 100 / 256) as u8)
    }

    /// What the peer told of what we send: how often, and last the packets it lost and its jitter in ticks.
    pub fn told(&self) -> (u64, u64, u32) {
        let lost = self.told.map_or(0, |told| u64::try_from(told.cumulative_lost).unwrap_or(0));
        (self.tellings, lost, self.told.map_or(0, |told| told.jitter))
    }

    /// RFC 3550 §6.4.1: now less the time of our report less the peer's delay.
    fn take_round_trip(&mut self, now: Instant, block: ReportBlock) {
        let trip = middle(ntp(now)).wrapping_sub(block.last_sr).wrapping_sub(block.delay_since_last_sr);
        if trip < LONGEST_TRIP {
            self.round_trip = Duration::from_micros(u64::from(trip) * 1_000_000 / 65_536);
        }
    }
}

fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// In 1/65536 s.
fn units(span: Duration) -> u32 {
    (span.as_micros() * 65_536 / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(1_700_000_000_000_000 + ms * 1_000)
    }

    #[test]
    fn two_legs_learn_the_round_trip_from_each_other() {
        let mut rng = Rng::new(5);
        let (mut a, mut b) = (Reports::new(at(0), &mut rng), Reports::new(at(0), &mut rng));
        let (mut from_a, mut from_b) = (Stream::new(&mut rng), Stream::new(&mut rng));
        let mut heard_by_b = Reception::default();
        let header = from_a.own(at(0), 0, 160);
        heard_by_b.packet(header.ssrc, header.sequence, header.timestamp, 0);
        from_b.own(at(0), 0, 160);
        let mut report = Vec::new();
        a.write(at(1_000), &from_a, &mut Reception::default(), &mut report);
        assert!(b.receive(at(1_030), from_b.ssrc(), &report)); // 30 ms there
        let mut reply = Vec::new();
        b.write(at(2_030), &from_b, &mut heard_by_b, &mut reply);
        assert!(a.receive(at(2_050), from_a.ssrc(), &reply)); // 20 ms back
        let trip = a.round_trip().as_micros().abs_diff(50_000);
        assert!(trip < 100, "off by {trip} us");
        assert_eq!((a.told(), a.loss(), b.told().0), ((1, 0, 0), 0, 0));
        assert!(!a.receive(at(2_060), from_a.ssrc(), b"junk"));
    }

    #[test]
    fn reports_come_every_five_seconds_or_so() {
        let mut rng = Rng::new(6);
        let mut reports = Reports::new(at(0), &mut rng);
        let (stream, mut count, mut out) = (Stream::new(&mut rng), 0, Vec::new());
        for ms in (0..600_000).step_by(20) {
            if reports.is_due(at(ms)) {
                reports.write(at(ms), &stream, &mut Reception::default(), &mut out);
                count += 1;
            }
        }
        assert!((110..=132).contains(&count), "{count} in ten minutes");
    }
}
