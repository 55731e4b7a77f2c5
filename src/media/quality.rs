//! What a listener made of a leg: the E-model (ITU-T G.107), simplified to loss and delay, as a MOS.

use super::{Codec, LegStats};

/// Packet and play-out time of a good phone, milliseconds.
const PHONE_MS: f64 = 40.0;
/// R without any fault (ITU-T G.107, table 3: all defaults).
const BEST: f64 = 93.2;

/// What a codec costs without loss (Ie), and how robust it is against random loss (Bpl), both on the scale of the
/// telephone band: ITU-T G.113, appendix I, with the concealment that every phone and browser has today. It has no values
/// for Opus; taken is G.711's, and more robust where a packet tells the one before it.
fn impairment(codec: Codec) -> (f64, f64) {
    match codec {
        Codec::Pcmu | Codec::Pcma => (0.0, 25.1),
        Codec::G722 => (0.0, 20.0),
        Codec::Opus => (0.0, 30.0),
        Codec::G729 => (11.0, 19.0),
    }
}

impl LegStats {
    /// Mean opinion score, 1.0..=4.5, of what this leg's party said, as it came to us; `None` when it sent nothing.
    pub fn mos(&self) -> Option<f64> {
        let expected = self.received.saturating_add(self.lost);
        (self.received > 0).then(|| self.score(share(self.lost, expected), self.jitter_us))
    }

    /// The same of what the party was sent, by its reports; `None` when it was sent nothing or told nothing.
    pub fn mos_heard(&self) -> Option<f64> {
        let is_told = self.sent > 0 && self.reports > 0;
        is_told.then(|| self.score(share(self.lost_there, self.sent), self.jitter_there_us))
    }

    fn score(&self, loss: f64, jitter_us: u64) -> f64 {
        let one_way_ms = self.round_trip_us as f64 / 2_000.0 + 2.0 * jitter_us as f64 / 1_000.0 + PHONE_MS;
        score(self.codec.unwrap_or(Codec::Pcmu), loss, one_way_ms)
    }
}

/// In per cent.
fn share(lost: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { (100.0 * lost as f64 / of as f64).min(100.0) }
}

/// `loss` in percent, `delay` mouth to ear in milliseconds.
fn score(codec: Codec, loss: f64, delay: f64) -> f64 {
    let (equipment, robustness) = impairment(codec);
    let by_delay = 0.024 * delay + if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 };
    let by_loss = equipment + (95.0 - equipment) * loss / (loss + robustness);
    let r = (BEST - by_delay - by_loss).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(received: u64, lost: u64, jitter_us: u64, round_trip_us: u64) -> Option<f64> {
        LegStats { received, lost, jitter_us, round_trip_us, ..LegStats::default() }.mos()
    }

    #[test]
    fn a_good_leg_scores_high_and_each_fault_costs() {
        let good = leg(1_000, 0, 500, 20_000).unwrap();
        assert!((4.3..4.5).contains(&good), "{good}");
        let lossy = leg(950, 50, 500, 20_000).unwrap();
        assert!((3.4..3.95).contains(&lossy), "{lossy}");
        let bad = leg(800, 200, 500, 20_000).unwrap();
        assert!((2.0..3.0).contains(&bad), "{bad}");
        assert!(leg(1_000, 0, 500, 800_000).unwrap() < good - 0.5);
        assert!(leg(10, 990, 100_000, 2_000_000).unwrap() >= 1.0);
        assert_eq!(leg(0, 0, 0, 0), None);
    }

    /// R by hand from the formula of G.107 §7 (no delay, no loss or 2 %), turned into a MOS.
    #[test]
    fn the_codecs_differ_as_the_tables_say() {
        for (codec, loss, expected) in [
            (Codec::Pcmu, 0.0, 4.41),
            (Codec::Pcma, 2.0, 4.23),
            (Codec::G729, 0.0, 4.11),
            (Codec::G729, 2.0, 3.77),
            (Codec::Opus, 2.0, 4.26),
        ] {
            let found = score(codec, loss, 0.0);
            assert!((found - expected).abs() < 0.03, "{codec:?} at {loss} %: {found:.3}");
        }
    }

    #[test]
    fn what_the_party_heard_is_by_its_own_reports() {
        let told = LegStats { sent: 1_000, lost_there: 100, reports: 3, received: 1_000, ..LegStats::default() };
        assert!(told.mos_heard().unwrap() < told.mos().unwrap() - 0.5);
        assert_eq!(LegStats { reports: 0, ..told }.mos_heard(), None);
        assert_eq!(LegStats { sent: 0, ..told }.mos_heard(), None);
    }
}
