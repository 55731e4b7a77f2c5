//! Why somebody was not reached: the one place where a SIP status becomes a word.

use serde::{Deserialize, Serialize};

/// What became of an attempt that reached nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Busy,
    /// It rang, or could have, and nobody picked up.
    NoAnswer,
    /// Somebody, or the phone for them, would not have it.
    #[serde(rename = "rejected")]
    Declined,
    NoSuchNumber,
    /// The network would not carry it: barred, not paid for.
    NotAllowed,
    /// The way there is broken or full: another one may work.
    TrunkFault,
    /// No phone is there, or none with which there is talking.
    Unreachable,
}

impl Cause {
    pub const ALL: [Self; 7] = [
        Self::Busy,
        Self::NoAnswer,
        Self::Declined,
        Self::NoSuchNumber,
        Self::NotAllowed,
        Self::TrunkFault,
        Self::Unreachable,
    ];

    /// By the final status of the last branch (RFC 3261 §21). `rang`: a phone was heard to ring.
    pub fn of(status: u16, rang: bool) -> Self {
        match status {
            486 | 600 => Self::Busy,
            408 if !rang => Self::TrunkFault,
            408 | 480 | 487 => Self::NoAnswer,
            603 | 607 | 608 => Self::Declined,
            404 | 410 | 484 | 604 => Self::NoSuchNumber,
            403 => Self::NotAllowed,
            // Sent to where no call of ours goes.
            300..=399 => Self::TrunkFault,
            401 | 407 | 500..=599 => Self::TrunkFault,
            _ => Self::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_status_means() {
        use Cause::{Busy, Declined, NoAnswer, NoSuchNumber, NotAllowed, TrunkFault, Unreachable};
        for (status, silent, rang) in [
            (486, Busy, Busy),
            (600, Busy, Busy),
            (408, TrunkFault, NoAnswer),
            (480, NoAnswer, NoAnswer),
            (487, NoAnswer, NoAnswer),
            (603, Declined, Declined),
            (404, NoSuchNumber, NoSuchNumber),
            (484, NoSuchNumber, NoSuchNumber),
            (604, NoSuchNumber, NoSuchNumber),
            (403, NotAllowed, NotAllowed),
            (302, TrunkFault, TrunkFault),
            (401, TrunkFault, TrunkFault),
            (407, TrunkFault, TrunkFault),
            (500, TrunkFault, TrunkFault),
            (503, TrunkFault, TrunkFault),
            (488, Unreachable, Unreachable),
            (420, Unreachable, Unreachable),
        ] {
            assert_eq!((Cause::of(status, false), Cause::of(status, true)), (silent, rang), "{status}");
        }
    }
}
