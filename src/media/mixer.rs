//! Several voices in one ear: each listener gets the sum of the frames of those it hears, at 8 or 16 kHz.
//!
//! What it is not: the row of frames of one speaker; that is `media::voice`.

/// The most legs that one leg hears at a time.
pub const MAX_SPEAKERS: usize = 64;

/// The sum of frames of `N` samples; what is too loud together is cut at the far ends of the scale.
#[derive(Clone, Debug)]
pub(super) struct Sum<const N: usize>([i32; N]);

impl<const N: usize> Sum<N> {
    pub const fn silence() -> Self {
        Self([0; N])
    }

    pub fn add(&mut self, frame: &[i16; N]) {
        self.0.iter_mut().zip(frame).for_each(|(sum, sample)| *sum = sum.saturating_add(i32::from(*sample)));
    }

    pub fn frame(&self) -> [i16; N] {
        self.0.map(|sum| sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_loud_together_is_cut_not_wrapped() {
        let mut sum = Sum::<160>::silence();
        (0..4).for_each(|_| sum.add(&[30_000; 160]));
        assert_eq!(sum.frame(), [i16::MAX; 160]);
    }
}
