//! The INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1).

use std::time::Duration;

use bytes::Bytes;

use super::{Scope, Step, Timer};

/// The table stands in the head of [`super`].
#[derive(Debug)]
pub(super) enum InviteServer {
    Proceeding { last: Option<Bytes> },
    Completed { last: Bytes, gap: Duration },
    Confirmed,
    Accepted,
}

impl InviteServer {
    pub fn new() -> Self {
        Self::Proceeding { last: None }
    }

    /// The same INVITE once more.
    pub fn retransmission(&self, scope: &mut Scope<'_>) {
        match self {
            Self::Proceeding { last: Some(last) } | Self::Completed { last, .. } => scope.send(last),
            Self::Proceeding { last: None } | Self::Confirmed | Self::Accepted => {}
        }
    }

    pub fn respond(&mut self, status: u16, bytes: Bytes, scope: &mut Scope<'_>) {
        match self {
            Self::Proceeding { last } if status < 200 => {
                scope.send(&bytes);
                *last = Some(bytes);
            }
            Self::Proceeding { .. } if status < 300 => {
                scope.send(&bytes);
                scope.start(Timer::L);
                *self = Self::Accepted;
            }
            Self::Proceeding { .. } => {
                scope.send(&bytes);
                scope.start(Timer::G);
                scope.start(Timer::H);
                *self = Self::Completed { last: bytes, gap: scope.timers.t1 };
            }
            Self::Accepted if (200..300).contains(&status) => scope.send(&bytes),
            Self::Completed { .. } | Self::Confirmed | Self::Accepted => {}
        }
    }

    /// An ACK with the branch of the INVITE.
    pub fn ack(&mut self, scope: &mut Scope<'_>) -> Step {
        match self {
            Self::Completed { .. } => {
                scope.stop(Timer::G);
                scope.stop(Timer::H);
                *self = Self::Confirmed;
                if scope.start(Timer::I) { Step::Absorb } else { Step::Over }
            }
            // RFC 6026 §7.1: the ACK of a 2xx is a matter of the dialog, whatever its branch.
            Self::Accepted => Step::Pass,
            Self::Proceeding { .. } | Self::Confirmed => Step::Absorb,
        }
    }

    pub fn fire(&mut self, timer: Timer, scope: &mut Scope<'_>) -> Step {
        match (self, timer) {
            (Self::Completed { last, gap }, Timer::G) => {
                scope.send(last);
                *gap = scope.timers.next_gap(*gap);
                scope.set(Timer::G, *gap);
                Step::Absorb
            }
            (Self::Completed { .. }, Timer::H) | (Self::Confirmed, Timer::I) | (Self::Accepted, Timer::L) => Step::Over,
            _ => Step::Absorb,
        }
    }
}
