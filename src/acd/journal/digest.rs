//! What one input led to, in eight bytes: kept beside every line of the journal, so that a replay finds
//! the very decision that differs. Whole words are mixed, because it is made between two inputs.

use std::hash::{Hash, Hasher};

use crate::acd::Output;

/// Of the outputs of one input, in order, records of the reasons included. Not for adversaries.
pub fn digest(outputs: &[Output]) -> u64 {
    let mut mixer = Mixer(0x6361_7269_6c6c_6f6e);
    outputs.hash(&mut mixer);
    mixer.finish()
}

/// The same on every machine: words are mixed by value, never by their bytes in memory.
struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        let mixed = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(value.into());
    }

    fn write_u16(&mut self, value: u16) {
        self.mix(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acd::{AgentState, Withdrawn};
    use crate::base::{AgentId, ContactId, Instant, ReservationId};

    fn outputs() -> Vec<Output> {
        let (contact, agent) = (ContactId(7), AgentId(3));
        let reason = "no-answer".to_owned();
        vec![
            Output::Withdraw { reservation: ReservationId(9), contact, agent, because: Withdrawn::NoAnswer },
            Output::AgentState {
                agent,
                state: AgentState::NotReady { reason },
                since: Instant::from_micros(5),
                next: None,
            },
        ]
    }

    #[test]
    fn it_sees_every_field_and_the_order() {
        let made = digest(&outputs());
        let mut other = outputs();
        other.reverse();
        assert_ne!(digest(&other), made);
        other = outputs();
        if let Output::AgentState { since, .. } = &mut other[1] {
            *since = Instant::from_micros(6);
        }
        assert_ne!(digest(&other), made);
        assert_ne!(digest(&outputs()[..1]), made);
        assert_eq!(digest(&outputs()), made);
    }

    /// Journals of earlier versions are compared by it: whoever changes it makes them unreadable for `replay`.
    #[test]
    fn it_is_the_same_for_good() {
        assert_eq!(digest(&outputs()), 6_184_903_904_704_170_675);
    }
}
