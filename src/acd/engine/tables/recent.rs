//! How the last contacts of a queue fared.

use serde::{Deserialize, Serialize};

/// How the last hundred contacts of a queue fared: answered within the threshold or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Recent {
    /// The latest in the lowest bit; 1 is good.
    window: u128,
    seen: u8,
}

impl Recent {
    const LENGTH: u8 = 100;

    pub fn note(&mut self, good: bool) {
        self.window = (self.window << 1 | u128::from(good)) & ((1 << Self::LENGTH) - 1);
        self.seen = (self.seen + 1).min(Self::LENGTH);
    }

    /// Per cent; `None` before the first.
    pub fn service_level(&self) -> Option<u32> {
        (self.window.count_ones() * 100).checked_div(u32::from(self.seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_forgets_what_is_older_than_a_hundred() {
        let mut recent = Recent::default();
        assert_eq!(recent.service_level(), None);
        recent.note(false);
        recent.note(true);
        assert_eq!(recent.service_level(), Some(50));
        (0..100).for_each(|_| recent.note(true));
        assert_eq!(recent.service_level(), Some(100));
    }
}
