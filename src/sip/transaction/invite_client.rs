//! The INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2).

use std::time::Duration;

use bytes::Bytes;

use super::{Scope, Step, Timer};
use crate::sip::wire::{Draft, Response};

/// The table stands in the head of [`super`].
#[derive(Debug)]
pub(super) enum InviteClient {
    Calling { invite: Box<Draft>, bytes: Bytes, gap: Duration },
    Proceeding { invite: Box<Draft> },
    Completed { ack: Bytes },
    Accepted,
}

impl InviteClient {
    pub fn start(invite: Draft, scope: &mut Scope<'_>) -> Self {
        let bytes = invite.to_bytes();
        scope.send(&bytes);
        scope.start(Timer::A);
        scope.start(Timer::B);
        Self::Calling { invite: Box::new(invite), bytes, gap: scope.timers.t1 }
    }

    pub fn response(&mut self, response: &Response, scope: &mut Scope<'_>) -> Step {
        match std::mem::replace(self, Self::Accepted) {
            Self::Calling { invite, .. } | Self::Proceeding { invite } => {
                scope.stop(Timer::A);
                scope.stop(Timer::B);
                self.first_answers(invite, response, scope)
            }
            Self::Completed { ack } => {
                if response.status >= 300 {
                    scope.send(&ack);
                }
                *self = Self::Completed { ack };
                Step::Absorb
            }
            Self::Accepted if (200..300).contains(&response.status) => Step::Pass,
            Self::Accepted => Step::Absorb,
        }
    }

    fn first_answers(&mut self, invite: Box<Draft>, response: &Response, scope: &mut Scope<'_>) -> Step {
        match response.status {
            ..200 => {
                *self = Self::Proceeding { invite };
                Step::Pass
            }
            200..300 => {
                *self = Self::Accepted;
                scope.start(Timer::M);
                Step::Pass
            }
            _ => {
                let ack = Draft::ack(&invite, response).to_bytes();
                scope.send(&ack);
                *self = Self::Completed { ack };
                if scope.start(Timer::D) { Step::Pass } else { Step::PassLast }
            }
        }
    }

    pub fn fire(&mut self, timer: Timer, scope: &mut Scope<'_>) -> Step {
        match (self, timer) {
            (Self::Calling { bytes, gap, .. }, Timer::A) => {
                scope.send(bytes);
                *gap = gap.saturating_mul(2);
                scope.set(Timer::A, *gap);
                Step::Absorb
            }
            (Self::Calling { .. }, Timer::B) => Step::TimedOut,
            (Self::Completed { .. }, Timer::D) | (Self::Accepted, Timer::M) => Step::Over,
            _ => Step::Absorb,
        }
    }

    /// The INVITE, while a CANCEL may follow it: a provisional response has come, no final one.
    pub fn cancellable(&self) -> Option<&Draft> {
        match self {
            Self::Proceeding { invite } => Some(invite),
            _ => None,
        }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Calling { .. } | Self::Proceeding { .. })
    }
}
