//! Session timers (RFC 4028): a call that nobody refreshes ends, so none is kept whose other end is gone.
//!
//! | we | do |
//! | --- | --- |
//! | call | ask for a timer and offer to refresh; 422: once more with what is asked for |
//! | are called by one who knows timers | grant what is asked for, or ask ourselves; refresh unless the caller will |
//! | are called by one who does not | grant what a proxy asked for, and refresh |
//! | refresh | at half of the time: UPDATE without a body, or where the peer takes none, [`Event::RefreshDue`] |
//! | are answered 408, 481 or not at all | BYE |
//! | are refused otherwise | again after a quarter of the time, until it is over |
//! | hear no refresh of the peer | BYE, a third of the time before its end, at most 32 s |
//!
//! A response without `Session-Expires` ends the timer, not the call.

use std::time::Duration;

use super::ending::refusal;
use super::leg::{Offering, State};
use super::timer::{Agreed, TIMER};
use super::{Alarm, Core, Leg, Life, Owner, Part, lost};
use crate::sip::wire::{Draft, Method, Name, Refresher, Request, Response};
use crate::sip::{Event, LegEnd, Reason, Received};

/// How long before its end a session without a refresh is ended (RFC 4028 §10).
const BEFORE_THE_END: Duration = Duration::from_secs(32);

impl Leg {
    /// A request that begins or refreshes the session.
    pub(super) fn timed(&self, core: &Core<'_>, draft: Draft) -> Draft {
        self.session.ask(core.session, draft)
    }

    /// The 2xx to a request that begins or refreshes the session; from now on the timer runs.
    pub(super) fn grant_timer(&mut self, core: &mut Core<'_>, request: &Request, draft: Draft) -> Draft {
        let Some((expires, ours)) = self.session.grant(core.session, request) else {
            self.stop_timer(core);
            return draft;
        };
        self.start_timer(core, expires.seconds, ours);
        let draft = draft.header(Name::SessionExpires, expires);
        if ours { draft } else { draft.header(Name::Require, TIMER) }
    }

    /// What the 2xx to a request of ours says of the timer.
    pub(super) fn timer_answered(&mut self, core: &mut Core<'_>, response: &Response) {
        self.session.heard(response);
        match response.session_expires() {
            Some(expires) => {
                let seconds = expires.seconds.max(core.session.least_s);
                self.start_timer(core, seconds, expires.refresher != Some(Refresher::Uas));
            }
            None => self.stop_timer(core),
        }
    }

    /// A 422: `true` if the request may go out once more, with a longer time.
    pub(super) fn is_longer(&mut self, response: &Response) -> bool {
        let Some(least) = response.min_se().filter(|least| *least > self.session.least_s) else { return false };
        self.session.least_s = least;
        true
    }

    fn start_timer(&mut self, core: &mut Core<'_>, seconds: u32, ours: bool) {
        let interval = Duration::from_secs(u64::from(seconds.max(1)));
        let before = if ours { Duration::ZERO } else { BEFORE_THE_END.min(interval / 3) };
        let lasts = interval.saturating_sub(before);
        self.session.agreed = Some(Agreed { interval, ours, ends: core.now + lasts });
        core.set(self.id, Alarm::Session, if ours { interval / 2 } else { lasts });
    }

    fn stop_timer(&mut self, core: &mut Core<'_>) {
        self.session.agreed = None;
        core.clear(self.id, Alarm::Session);
    }

    /// The time to refresh has come, or the end.
    pub(super) fn session_due(&mut self, core: &mut Core<'_>) -> Life {
        let Some(agreed) = self.session.agreed else { return Life::Live };
        if core.now >= agreed.ends {
            let why = Reason { status: 408, text: "session timer expired".to_owned() };
            return self.leave(core, Some(&why), lost(408, "session timer expired"));
        }
        let again = agreed.ends.since(core.now).min(agreed.interval / 4);
        core.set(self.id, Alarm::Session, again);
        if !matches!(self.state, State::Up(Offering::None)) {
            // An offer is on its way: that refreshes as well.
            return Life::Live;
        }
        match self.session.update {
            true => self.update(core),
            false => core.event(Event::RefreshDue { leg: self.id }),
        }
        Life::Live
    }

    fn update(&mut self, core: &mut Core<'_>) {
        let draft = self.own_request(core, Method::Update);
        let draft = self.update_of(core, draft);
        // A full table: the alarm is set already.
        let _ = core.layer.request(core.now, draft, self.dialog.hop, Owner::Leg(self.id, Part::Update), core.out);
    }

    pub(super) fn update_of(&self, core: &Core<'_>, draft: Draft) -> Draft {
        let draft =
            draft.header(Name::Allow, super::identity::ALLOW).header(Name::Supported, super::identity::SUPPORTED);
        self.timed(core, draft)
    }

    pub(super) fn update_answered(&mut self, core: &mut Core<'_>, response: &Response, received: &Received) -> Life {
        if !matches!(self.state, State::Up(_)) {
            return Life::Live;
        }
        match response.status {
            200..300 => {
                self.dialog.refresh(response, received, core.reach);
                self.timer_answered(core, response);
            }
            408 | 481 => return self.leave(core, None, LegEnd::Lost(refusal(response))),
            405 | 501 => {
                self.session.update = false;
                core.event(Event::RefreshDue { leg: self.id });
            }
            _ => {}
        }
        Life::Live
    }

    pub(super) fn update_unanswered(&mut self, core: &mut Core<'_>, reason: Reason) -> Life {
        match self.state {
            State::Up(_) => self.leave(core, None, LegEnd::Lost(reason)),
            _ => Life::Live,
        }
    }
}
