//! What a listener made of a leg: the E-model (ITU-T G.107) with its defaults for G.711, as a MOS.

use super::LegStats;

/// Packet and play-out time of a good phone, milliseconds.
const PHONE_MS: f64 = 40.0;
/// Robustness of G.711 without concealment against random loss (ITU-T G.113, table I.1).
const ROBUSTNESS: f64 = 4.3;

impl LegStats {
    /// Mean opinion score, 1.0..=4.5, of what this leg's party said; `None` when it sent nothing.
    pub fn mos(&self) -> Option<f64> {
        let expected = self.received.saturating_add(self.lost);
        if self.received == 0 || expected == 0 {
            return None;
        }
        let loss = 100.0 * self.lost as f64 / expected as f64;
        let one_way_ms = self.round_trip_us as f64 / 2_000.0 + 2.0 * self.jitter_us as f64 / 1_000.0 + PHONE_MS;
        Some(score(loss, one_way_ms))
    }
}

/// `loss` in percent, `delay` mouth to ear in milliseconds.
fn score(loss: f64, delay: f64) -> f64 {
    let by_delay = 0.024 * delay + if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 };
    let by_loss = 95.0 * loss / (loss + ROBUSTNESS);
    let r = (93.2 - by_delay - by_loss).clamp(0.0, 100.0);
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
        let lossy = leg(970, 30, 500, 20_000).unwrap();
        assert!((2.5..3.5).contains(&lossy), "{lossy}");
        assert!(leg(1_000, 0, 500, 800_000).unwrap() < good - 0.5);
        assert!(leg(10, 990, 100_000, 2_000_000).unwrap() >= 1.0);
        assert_eq!(leg(0, 0, 0, 0), None);
    }
}
