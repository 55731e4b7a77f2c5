//! What two peers agree on of a session timer (RFC 4028): asked for, granted, and by whom it is refreshed. When it is
//! refreshed: [`super::session`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::Instant;
use crate::sip::wire::{Draft, Head, Method, Name, Refresher, Request, SessionExpires};

/// The option tag.
pub const TIMER: &str = "timer";
/// What nobody may go below unless it is set otherwise (RFC 4028 §4). Seconds.
const LEAST_S: u32 = 90;

/// What is asked for and granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionTimers {
    /// What we ask for. Seconds; 0: nothing, though a peer that asks is granted.
    pub expires_s: u32,
    /// Less is refused with 422. Seconds.
    pub least_s: u32,
}

impl Default for SessionTimers {
    fn default() -> Self {
        Self { expires_s: 1_800, least_s: LEAST_S }
    }
}

impl SessionTimers {
    /// The `Min-SE` of a 422, for a request that must have one.
    pub fn too_brief(&self, request: &Request) -> Option<u32> {
        let asked = request.session_expires()?;
        (asked.seconds < self.least_s && request.supports(TIMER)).then_some(self.least_s)
    }
}

/// The timer of one leg.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub agreed: Option<Agreed>,
    /// What a 422 asked for. Seconds.
    pub least_s: u32,
    /// The peer takes UPDATE.
    pub update: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    pub interval: Duration,
    /// We refresh.
    pub ours: bool,
    pub ends: Instant,
}

impl Session {
    /// What a request of ours asks for.
    pub fn ask(&self, timers: SessionTimers, draft: Draft) -> Draft {
        if timers.expires_s == 0 && self.agreed.is_none() {
            return draft;
        }
        let theirs = self.agreed.is_some_and(|agreed| !agreed.ours);
        let seconds = timers.expires_s.max(self.least_s).max(timers.least_s);
        let refresher = Some(if theirs { Refresher::Uas } else { Refresher::Uac });
        let draft = draft.header(Name::SessionExpires, SessionExpires { seconds, refresher });
        let least = self.least_s.max(timers.least_s);
        if least > LEAST_S { draft.header(Name::MinSe, least) } else { draft }
    }

    pub fn heard(&mut self, head: &Head) {
        if let Some(takes) = head.allows(&Method::Update) {
            self.update = takes;
        }
    }

    /// What a request of the peer is granted.
    pub fn grant(&mut self, timers: SessionTimers, request: &Request) -> Option<(SessionExpires, bool)> {
        self.heard(request);
        let knows = request.supports(TIMER);
        let asked = request.session_expires().filter(|asked| asked.seconds >= timers.least_s);
        let wanted = timers.expires_s.max(request.min_se().unwrap_or(0)).max(timers.least_s);
        let seconds = match asked {
            Some(asked) if timers.expires_s == 0 => asked.seconds,
            Some(asked) => asked.seconds.min(wanted),
            None if knows && timers.expires_s > 0 => wanted,
            None => return None,
        };
        let theirs = knows && asked.is_some_and(|asked| asked.refresher == Some(Refresher::Uac));
        let refresher = Some(if theirs { Refresher::Uac } else { Refresher::Uas });
        Some((SessionExpires { seconds, refresher }, !theirs))
    }
}
