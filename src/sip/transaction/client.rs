//! The client transaction of everything but INVITE and ACK (RFC 3261 §17.1.2).

use std::time::Duration;

use bytes::Bytes;

use super::{Scope, Step, Timer};
use crate::sip::wire::Draft;

/// The table stands in the head of [`super`].
#[derive(Debug)]
pub(super) enum Client {
    Trying { bytes: Bytes, gap: Duration },
    Proceeding { bytes: Bytes },
    Completed,
}

impl Client {
    pub fn start(request: &Draft, scope: &mut Scope<'_>) -> Self {
        let bytes = request.to_bytes();
        scope.send(&bytes);
        scope.start(Timer::E);
        scope.start(Timer::F);
        Self::Trying { bytes, gap: scope.timers.t1 }
    }

    pub fn response(&mut self, status: u16, scope: &mut Scope<'_>) -> Step {
        match self {
            Self::Trying { bytes, .. } | Self::Proceeding { bytes } if status < 200 => {
                *self = Self::Proceeding { bytes: std::mem::take(bytes) };
                Step::Pass
            }
            Self::Trying { .. } | Self::Proceeding { .. } => {
                scope.stop(Timer::E);
                scope.stop(Timer::F);
                *self = Self::Completed;
                if scope.start(Timer::K) { Step::Pass } else { Step::PassLast }
            }
            Self::Completed => Step::Absorb,
        }
    }

    pub fn fire(&mut self, timer: Timer, scope: &mut Scope<'_>) -> Step {
        match (self, timer) {
            (Self::Trying { bytes, gap }, Timer::E) => {
                scope.send(bytes);
                *gap = scope.timers.next_gap(*gap);
                scope.set(Timer::E, *gap);
                Step::Absorb
            }
            (Self::Proceeding { bytes }, Timer::E) => {
                scope.send(bytes);
                scope.set(Timer::E, scope.timers.t2);
                Step::Absorb
            }
            (Self::Trying { .. } | Self::Proceeding { .. }, Timer::F) => Step::TimedOut,
            (Self::Completed, Timer::K) => Step::Over,
            _ => Step::Absorb,
        }
    }

    pub fn is_waiting(&self) -> bool {
        !matches!(self, Self::Completed)
    }
}
