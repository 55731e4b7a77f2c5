//! Our own registration at a trunk's registrar (RFC 3261 §10.2): asked for, proven, renewed, given up.
//!
//! | course | input | does |
//! | --- | --- | --- |
//! | Joining | it is time | REGISTER |
//! | Joining | 401, 407 that the account answers | REGISTER with credentials |
//! | Joining | 423 with a longer Min-Expires | REGISTER for so long |
//! | Joining | 2xx | bound; renewed [`MARGIN`] before the end, at the latest after half of the time |
//! | Joining | anything else, no answer, no way | again after a back-off, at least Retry-After |
//! | Joining | told to leave | REGISTER with expiry 0, if there is anything to take back |
//! | Leaving | 401, 407 that the account answers | the same with credentials |
//! | Leaving | any other answer, [`GOODBYE`] over | gone |
//!
//! Back-off begins at [`FIRST`] and doubles up to [`LONGEST`]. A binding that was granted holds until its end even
//! while its renewal has no answer; a refusal ends it. Service-Route (RFC 3608) of the last 2xx is for calls, Path
//! (RFC 3327) is kept to be looked at. Limits: [`ROUTES`] of each.

use std::time::Duration;

use super::{Account, RegistrationView, TrunkRegister};
use crate::base::Instant;
use crate::sip::proof::Prover;
use crate::sip::wire::{Name, NameAddr, Response};

/// Before the end of a binding.
const MARGIN: Duration = Duration::from_secs(60);
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(300);
/// The longest that a registrar may ask for by Retry-After or Min-Expires.
const LONGEST_WISH: Duration = Duration::from_secs(86_400);
/// A farewell waits so long for its answer.
const GOODBYE: Duration = Duration::from_secs(2);
const ROUTES: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Course {
    Joining,
    Leaving,
    Gone,
}

/// What happens to a registration.
#[derive(Debug)]
pub enum Incident<'a> {
    /// [`Registration::due`] has come.
    Due,
    Answered(&'a Response),
    /// 408 for no answer, 503 for no way there.
    Failed {
        status: u16,
    },
    Leave,
}

/// One trunk's. See the module's head.
#[derive(Debug)]
pub struct Registration {
    settings: TrunkRegister,
    account: Account,
    pub prover: Prover,
    course: Course,
    /// A request is on its way.
    waiting: bool,
    bound_until: Option<Instant>,
    /// What is asked for. Seconds.
    expires: u32,
    /// Of the last final answer, or as in [`Incident::Failed`].
    status: Option<u16>,
    back_off: Duration,
    due: Option<Instant>,
    service_route: Vec<NameAddr>,
    path: Vec<String>,
}

impl Registration {
    pub fn new(now: Instant, settings: TrunkRegister, account: Account) -> Self {
        Self {
            prover: Prover::new(account.clone()),
            expires: settings.expires_s,
            settings,
            account,
            course: Course::Joining,
            waiting: false,
            bound_until: None,
            status: None,
            back_off: Duration::ZERO,
            due: Some(now),
            service_route: Vec::new(),
            path: Vec::new(),
        }
    }

    /// Is it the one for these settings?
    pub fn is_for(&self, settings: &TrunkRegister, account: &Account) -> bool {
        self.course == Course::Joining && (&self.settings, &self.account) == (settings, account)
    }

    pub fn settings(&self) -> &TrunkRegister {
        &self.settings
    }

    pub fn user(&self) -> &str {
        &self.account.user
    }

    /// The registrar's domain: of the request URI, From and To.
    pub fn domain(&self) -> &str {
        if self.settings.domain.is_empty() { &self.account.realm } else { &self.settings.domain }
    }

    /// Seconds to ask for in the next request.
    pub fn expires(&self) -> u32 {
        if self.course == Course::Joining { self.expires } else { 0 }
    }

    /// When [`Incident::Due`] is due.
    pub fn due(&self) -> Option<Instant> {
        [self.due, self.bound_until].into_iter().flatten().min()
    }

    /// Nothing is left to be done.
    pub fn is_gone(&self) -> bool {
        self.course == Course::Gone
    }

    pub fn is_bound(&self, now: Instant) -> bool {
        self.bound_until.is_some_and(|until| until > now)
    }

    /// The proxies that calls pass, in this order.
    pub fn service_route(&self) -> &[NameAddr] {
        &self.service_route
    }

    pub fn view(&self, now: Instant) -> RegistrationView {
        RegistrationView {
            registered: self.is_bound(now),
            until: self.bound_until.filter(|until| *until > now),
            status: self.status,
            service_route: self.service_route.iter().map(ToString::to_string).collect(),
            path: self.path.clone(),
        }
    }

    /// `true`: a REGISTER is to be sent now.
    pub fn handle(&mut self, now: Instant, incident: Incident<'_>) -> bool {
        match incident {
            Incident::Due => self.due_now(now),
            Incident::Answered(response) => self.answered(now, response),
            Incident::Failed { status } => {
                self.status = Some(status);
                self.failed(now, Duration::ZERO);
                false
            }
            Incident::Leave => self.leave(now),
        }
    }

    fn due_now(&mut self, now: Instant) -> bool {
        self.bound_until = self.bound_until.filter(|until| *until > now);
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        match self.course {
            Course::Joining => self.begin(),
            Course::Leaving | Course::Gone => {
                self.go();
                false
            }
        }
    }

    fn begin(&mut self) -> bool {
        self.prover.begin();
        (self.waiting, self.due) = (true, None);
        true
    }

    fn leave(&mut self, now: Instant) -> bool {
        if self.course != Course::Joining {
            return false;
        }
        if !self.waiting && !self.is_bound(now) {
            self.go();
            return false;
        }
        self.course = Course::Leaving;
        self.begin();
        self.due = Some(now + GOODBYE);
        true
    }

    fn go(&mut self) {
        (self.course, self.waiting, self.due, self.bound_until) = (Course::Gone, false, None, None);
    }

    fn answered(&mut self, now: Instant, response: &Response) -> bool {
        if response.status < 200 || !self.waiting {
            return false;
        }
        if matches!(response.status, 401 | 407) && self.prover.take(response) {
            return true;
        }
        self.status = Some(response.status);
        if self.course == Course::Leaving {
            self.go();
            return false;
        }
        if response.status == 423 && self.asks_longer(response) {
            return self.begin();
        }
        if (200..300).contains(&response.status) {
            self.bound(now, response);
        } else {
            if (400..500).contains(&response.status) || response.status >= 600 {
                self.bound_until = None;
            }
            self.failed(now, seconds(response.header(Name::RetryAfter)));
        }
        false
    }

    fn asks_longer(&mut self, response: &Response) -> bool {
        let least = seconds(response.header(Name::MinExpires)).min(LONGEST_WISH).as_secs();
        let least = u32::try_from(least).unwrap_or(u32::MAX);
        let longer = least > self.expires;
        self.expires = self.expires.max(least);
        longer
    }

    fn bound(&mut self, now: Instant, response: &Response) {
        let granted = Duration::from_secs(u64::from(self.granted(response)));
        (self.waiting, self.back_off) = (false, Duration::ZERO);
        self.bound_until = Some(now + granted);
        self.due = Some(now + granted.saturating_sub(MARGIN).max(granted / 2).max(Duration::from_secs(1)));
        let routes = response.values(Name::ServiceRoute).filter_map(|value| NameAddr::parse(value).ok());
        self.service_route = routes.take(ROUTES).collect();
        self.path = response.values(Name::Path).take(ROUTES).map(str::to_owned).collect();
    }

    /// Our Contact's own expiry, else that of all, else what was asked for (RFC 3261 §10.2.4).
    fn granted(&self, response: &Response) -> u32 {
        let contacts = response.values(Name::Contact).filter_map(|value| NameAddr::parse(value).ok());
        let ours = contacts.filter(|contact| contact.uri.user_decoded() == self.account.user);
        let own = ours.filter_map(|contact| contact.expires()).max();
        own.or(response.expires()).unwrap_or(self.expires).min(86_400)
    }

    fn failed(&mut self, now: Instant, at_least: Duration) {
        self.waiting = false;
        if self.course == Course::Leaving {
            return self.go();
        }
        self.back_off = self.back_off.saturating_mul(2).clamp(FIRST, LONGEST);
        self.due = Some(now + self.back_off.max(at_least.min(LONGEST_WISH)));
    }
}

fn seconds(text: Option<&str>) -> Duration {
    let digits = text.and_then(|text| text.trim().split(|c: char| !c.is_ascii_digit()).next());
    Duration::from_secs(digits.and_then(|digits| digits.parse().ok()).unwrap_or_default())
}
