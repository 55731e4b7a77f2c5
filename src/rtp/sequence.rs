//! Sequence numbers without their wrap, loss and jitter (RFC 3550 appendix A).

use super::ReportBlock;

/// A jump further than this is a restart of the sender, not loss (RFC 3550 A.1).
const MAX_DROPOUT: i64 = 3_000;
/// Further back than this is a restart too, not disorder.
const MAX_MISORDER: i64 = 100;

/// The 64-bit number nearest to `highest` whose low bits are `sequence`.
pub fn unwrap_sequence(highest: i64, sequence: u16) -> i64 {
    let step = sequence.wrapping_sub(highest as u16) as i16;
    highest.saturating_add(i64::from(step))
}

/// Counts what arrives from one source after another. Memory: fixed.
#[derive(Clone, Debug, Default)]
pub struct Reception {
    source: Option<Source>,
    /// Of sources before this one.
    received_before: u64,
    lost_before: u64,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    first: i64,
    highest: i64,
    received: u64,
    /// Transit of the last packet, in timestamp units.
    transit: u32,
    /// Scaled by 16 (RFC 3550 A.8).
    jitter: u32,
    expected_at_report: i64,
    received_at_report: u64,
}

impl Reception {
    /// Takes a packet; `arrival` in timestamp units (8 kHz) of any origin.
    pub fn packet(&mut self, ssrc: u32, sequence: u16, timestamp: u32, arrival: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(source) = self.source.as_mut().filter(|s| s.ssrc == ssrc) {
            let extended = unwrap_sequence(source.highest, sequence);
            let step = extended - source.highest;
            if (-MAX_MISORDER..=MAX_DROPOUT).contains(&step) {
                source.packet(extended, transit);
                return;
            }
        }
        self.received_before = self.received();
        self.lost_before = self.lost();
        let first = i64::from(sequence);
        self.source = Some(Source {
            ssrc,
            first,
            highest: first,
            received: 1,
            transit,
            jitter: 0,
            expected_at_report: 0,
            received_at_report: 0,
        });
    }

    pub fn received(&self) -> u64 {
        self.received_before.saturating_add(self.source.as_ref().map_or(0, |s| s.received))
    }

    /// By gaps; a packet that comes twice does not make another one good.
    pub fn lost(&self) -> u64 {
        let now = self.source.as_ref().map_or(0, |s| s.expected().saturating_sub_unsigned(s.received).max(0) as u64);
        self.lost_before.saturating_add(now)
    }

    /// Interarrival jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.source.as_ref().map_or(0, |s| s.jitter >> 4)
    }

    /// The report about the current source, and the start of the next interval. `last_sr` and
    /// `delay_since_last_sr` are left 0.
    pub fn report(&mut self) -> Option<ReportBlock> {
        let source = self.source.as_mut()?;
        let expected = source.expected();
        let expected_now = expected.saturating_sub(source.expected_at_report);
        let received_now = source.received.saturating_sub(source.received_at_report);
        source.expected_at_report = expected;
        source.received_at_report = source.received;
        let lost_now = expected_now.saturating_sub_unsigned(received_now).max(0);
        let fraction = if expected_now > 0 { (lost_now * 256 / expected_now).min(255) } else { 0 };
        let lost = expected.saturating_sub_unsigned(source.received);
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: fraction as u8,
            cumulative_lost: i32::try_from(lost).unwrap_or(i32::MAX),
            highest_sequence: source.highest as u32,
            jitter: source.jitter >> 4,
            ..ReportBlock::default()
        })
    }
}

impl Source {
    fn packet(&mut self, extended: i64, transit: u32) {
        self.highest = self.highest.max(extended);
        self.first = self.first.min(extended);
        self.received += 1;
        let difference = (transit.wrapping_sub(self.transit) as i32).unsigned_abs();
        self.transit = transit;
        let decay = (self.jitter + 8) >> 4;
        self.jitter = self.jitter.saturating_add(difference).saturating_sub(decay);
    }

    fn expected(&self) -> i64 {
        self.highest - self.first + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwraps_both_ways() {
        for (highest, sequence, expected) in
            [(65_535, 0, 65_536), (65_536, 65_535, 65_535), (70_000, (70_010 % 65_536) as u16, 70_010), (5, 5, 5)]
        {
            assert_eq!(unwrap_sequence(highest, sequence), expected);
        }
    }

    #[test]
    fn counts_loss_disorder_and_wrap() {
        let mut reception = Reception::default();
        // 65530..=65535, 0..=9 without 3 and 65533; 5 and 4 swapped; 7 twice.
        for sequence in [65_530u16, 65_531, 65_532, 65_534, 65_535, 0, 1, 2, 5, 4, 6, 7, 7, 8, 9] {
            reception.packet(1, sequence, 0, 0);
        }
        assert_eq!(reception.received(), 15);
        assert_eq!(reception.lost(), 1); // two gaps less one duplicate, as RFC 3550 counts
        let block = reception.report().unwrap();
        assert_eq!((block.highest_sequence, block.cumulative_lost), (65_536 + 9, 1));
        assert_eq!(block.fraction_lost, (256 / 16) as u8);
        assert_eq!(reception.report().unwrap().fraction_lost, 0);
    }

    #[test]
    fn a_restart_or_another_source_is_no_loss() {
        let mut reception = Reception::default();
        for (ssrc, sequence) in [(1, 100u16), (1, 102), (1, 40_000), (1, 40_001), (2, 7), (2, 9)] {
            reception.packet(ssrc, sequence, 0, 0);
        }
        assert_eq!((reception.received(), reception.lost()), (6, 2));
    }

    #[test]
    fn jitter_follows_the_appendix() {
        let mut reception = Reception::default();
        for i in 0..200u32 {
            // Each second packet is 80 units (10 ms) late: |D| is 80 each time.
            reception.packet(1, i as u16, i * 160, i * 160 + (i % 2) * 80);
        }
        assert!((75..=80).contains(&reception.jitter()), "{}", reception.jitter());
        let mut even = Reception::default();
        (0..200u32).for_each(|i| even.packet(1, i as u16, i * 160, i * 160 + 12_345));
        assert_eq!(even.jitter(), 0);
    }
}
