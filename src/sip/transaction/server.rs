//! The server transaction of everything but INVITE and ACK (RFC 3261 §17.2.2).

use bytes::Bytes;

use super::{Scope, Step, Timer};

/// The table stands in the head of [`super`].
#[derive(Debug)]
pub(super) enum Server {
    Trying,
    Proceeding { last: Bytes },
    Completed { last: Bytes },
}

impl Server {
    pub fn retransmission(&self, scope: &mut Scope<'_>) {
        match self {
            Self::Trying => {}
            Self::Proceeding { last } | Self::Completed { last } => scope.send(last),
        }
    }

    pub fn respond(&mut self, status: u16, bytes: Bytes, scope: &mut Scope<'_>) -> Step {
        match self {
            Self::Completed { .. } => Step::Absorb,
            Self::Trying | Self::Proceeding { .. } if status < 200 => {
                scope.send(&bytes);
                *self = Self::Proceeding { last: bytes };
                Step::Absorb
            }
            Self::Trying | Self::Proceeding { .. } => {
                scope.send(&bytes);
                *self = Self::Completed { last: bytes };
                if scope.start(Timer::J) { Step::Absorb } else { Step::Over }
            }
        }
    }

    pub fn fire(&mut self, timer: Timer) -> Step {
        match (self, timer) {
            (Self::Completed { .. }, Timer::J) => Step::Over,
            _ => Step::Absorb,
        }
    }
}
