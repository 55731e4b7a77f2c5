//! Calls that go out through a trunk, and through the next one where that does not work.
//!
//! Which trunk is next: of those that lead there the first that works, as far as is known before the call
//! ([`crate::sip::trunk`]); one that is being asked comes after it, one that is down last.
//!
//! | what came of it | next |
//! | --- | --- |
//! | no response at all for the trunk's `silence_ms`, no way there, 5xx | the next trunk; journal `trunk.failed` |
//! | 401, 407: the trunk does not take our account | the same |
//! | 408 before any phone rang | the same |
//! | anything else, such as 404, 486, 603; our own time is over | not reached |
//!
//! Each trunk has the whole time to ring. Limits: the trunks of one line, each tried once.

use std::collections::VecDeque;

use super::Center;
use super::event::Event;
use super::output::{Observed, Output};
use super::rules::Rules;
use super::visit::{Phase, Stage, Visit};
use crate::base::{CallId, Instant, InteractionId, Number, QueueId};
use crate::call::{self, AttemptId, Branch, Cause, Ring};
use crate::sip::{self, CallerId, Reason, Target, TrunkState, TrunkView};

/// A trunk that says nothing for so long, with its INVITE repeated twice, is passed over where the others are down.
const UNHEARD_MS: u64 = 2_000;

/// A number through one trunk.
#[derive(Clone, Debug)]
pub(super) struct Route {
    trunk: String,
    branch: Branch,
    /// Who says nothing for so long is passed over.
    silence_ms: u32,
}

/// What the phone of the dialled party shows, and how long it rings.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub from: CallerId,
    pub headers: Vec<(String, String)>,
    pub ring_ms: u64,
}

/// Headers by which a phone, and the trace of a carrier, tell what the call belongs to.
pub(super) fn told(interaction: InteractionId) -> Vec<(String, String)> {
    vec![("X-Carillon-Interaction".to_owned(), interaction.to_string())]
}

/// The same, of a call that the one who is rung has asked for: the desktop answers it by itself.
pub(super) fn own_call(interaction: InteractionId) -> Vec<(String, String)> {
    let mut headers = told(interaction);
    headers.push(("X-Carillon-Rejoin".to_owned(), "yes".to_owned()));
    headers
}

/// A call on its way out.
#[derive(Clone, Debug)]
pub(super) struct OutboundAttempt {
    pub attempt: AttemptId,
    /// `None`: to the phones of an agent.
    pub trunk: Option<String>,
    rest: VecDeque<Route>,
    shown: Shown,
    until: Instant,
}

impl Rules {
    /// The trunk by which a queue calls customers back whose call came from `trunk`, if it or one after it
    /// takes calls.
    pub fn trunk_out(&self, queue: QueueId, trunk: Option<&str>) -> Option<&sip::Trunk> {
        let rule = self.queue_settings(queue)?.call_back.as_ref()?;
        let trunk = self.trunk(rule.trunk.as_deref().or(trunk)?)?;
        self.line_of(trunk).any(takes_calls).then_some(trunk)
    }

    /// The routes to a number by a trunk and those after it, as far as they take calls and let such numbers out.
    pub fn routes(&self, trunk: &sip::Trunk, number: &Number) -> VecDeque<Route> {
        self.line_of(trunk).filter_map(|trunk| route(trunk, number)).collect()
    }

    fn line_of<'a>(&'a self, trunk: &'a sip::Trunk) -> impl Iterator<Item = &'a sip::Trunk> {
        std::iter::once(trunk).chain(trunk.fallback.iter().filter_map(|name| self.trunk(name)))
    }
}

fn takes_calls(trunk: &sip::Trunk) -> bool {
    trunk.destination.is_some() && !trunk.prefixes.is_empty()
}

pub(super) fn route(trunk: &sip::Trunk, number: &Number) -> Option<Route> {
    let destination = trunk.destination?;
    trunk.prefixes.iter().find(|prefix| !prefix.is_empty() && number.as_str().starts_with(prefix.as_str()))?;
    let uri = format!("sip:{}@{}", number.as_str(), destination.addr);
    let target = Target::Trunk { trunk: trunk.name.clone(), uri, destination };
    let branch = Branch { target, webrtc: false, addr: destination.addr };
    Some(Route { trunk: trunk.name.clone(), branch, silence_ms: trunk.health.silence_ms })
}

impl Center {
    /// Rings through the best of the routes; `None`: there is none.
    pub(super) fn go_out(
        &mut self,
        now: Instant,
        call: CallId,
        mut routes: VecDeque<Route>,
        shown: Shown,
    ) -> Option<OutboundAttempt> {
        let Route { trunk, branch, silence_ms } = self.take_best(&mut routes)?;
        let unheard_after_ms = self.patience(&routes, silence_ms);
        let until = now + std::time::Duration::from_millis(shown.ring_ms);
        let attempt = self.ring_out(call, vec![branch], &shown, unheard_after_ms);
        Some(OutboundAttempt { attempt, trunk: Some(trunk), rest: routes, shown, until })
    }

    /// Of equal ones the first.
    fn take_best(&self, routes: &mut VecDeque<Route>) -> Option<Route> {
        let states = routes.iter().map(|route| self.sip.trunk_state(&route.trunk));
        let (best, _) = states.enumerate().min_by_key(|(at, state)| (*state, *at))?;
        routes.remove(best)
    }

    /// How long a trunk may say nothing, given those that are left.
    fn patience(&self, rest: &VecDeque<Route>, silence_ms: u32) -> Option<u64> {
        let next = rest.iter().map(|route| self.sip.trunk_state(&route.trunk)).min()?;
        Some(if next == TrunkState::Down { UNHEARD_MS.max(u64::from(silence_ms)) } else { u64::from(silence_ms) })
    }

    /// What is known of the trunks that calls may go out through, by name.
    pub fn trunks(&self, now: Instant) -> Vec<TrunkView> {
        self.sip.trunks(now)
    }

    /// Rings the phones of an agent.
    pub(super) fn go_to_phones(
        &mut self,
        now: Instant,
        call: CallId,
        branches: Vec<Branch>,
        shown: Shown,
    ) -> Option<OutboundAttempt> {
        if branches.is_empty() {
            return None;
        }
        let attempt = self.ring_out(call, branches, &shown, None);
        Some(OutboundAttempt { attempt, trunk: None, rest: VecDeque::new(), shown, until: now })
    }

    fn ring_out(
        &mut self,
        call: CallId,
        branches: Vec<Branch>,
        shown: &Shown,
        unheard_after_ms: Option<u64>,
    ) -> AttemptId {
        let attempt = AttemptId(self.ids.take());
        let Shown { from, headers, ring_ms } = shown.clone();
        let give_up_after_ms = ring_ms;
        self.to_calls(call::Command::Ring(Ring {
            call,
            attempt,
            branches,
            from,
            headers,
            give_up_after_ms,
            unheard_after_ms,
        }));
        attempt
    }

    /// The party was not reached, through the last trunk or the only one that counts.
    pub(super) fn out_failed(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        (cause, why): (Cause, &Reason),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        if visit.going_out(attempt).is_none() {
            return;
        }
        if cause == Cause::TrunkFault && self.next_trunk(now, call, attempt, why, out) {
            return;
        }
        let Some(visit) = self.visits.get(&call) else { return };
        if let Some(other) = visit.other_rung(attempt) {
            return self.other_failed(now, call, other, cause, out);
        }
        match &visit.phase {
            Phase::Calling(_) => self.customer_not_reached(now, call, cause, why, out),
            Phase::Dialling(_) => self.dial_failed(now, call, cause, out),
            Phase::Handing(_) => self.not_handed_over(now, call, cause, out),
            _ => {}
        }
    }

    /// `true`: it was the trunk's fault, and the next one is tried.
    fn next_trunk(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        why: &Reason,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(going) = self.visits.get_mut(&call).and_then(|visit| visit.going_out(attempt)) else { return false };
        let Some(trunk) = going.trunk.clone().filter(|_| now < going.until) else { return false };
        let (rest, shown) = (std::mem::take(&mut going.rest), going.shown.clone());
        let next = self.go_out(now, call, rest, shown);
        let name = next.as_ref().and_then(|next| next.trunk.clone());
        out.push(Output::Observed(Observed::TrunkFailed { trunk: trunk.clone(), status: why.status }));
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        let failed = Event::TrunkFailed { trunk, status: why.status, text: why.text.clone(), next: name };
        visit.log(now, failed, out);
        let goes_on = next.is_some();
        if let (Some(going), Some(next)) = (visit.going_out(attempt), next) {
            *going = next;
        }
        goes_on
    }
}

impl Visit {
    /// The way out that this attempt is on.
    pub fn going_out(&mut self, attempt: AttemptId) -> Option<&mut OutboundAttempt> {
        let others = self.others.iter_mut().filter_map(|other| match &mut other.stage {
            Stage::Rings(going) => Some(going),
            Stage::Up(_) => None,
        });
        self.phase.going_out().into_iter().chain(others).find(|going| going.attempt == attempt)
    }
}

impl Phase {
    /// The call that goes out in this phase.
    pub fn going_out(&mut self) -> Option<&mut OutboundAttempt> {
        match self {
            Self::Calling(calling) => calling.going.as_mut(),
            Self::Dialling(going) => Some(going),
            Self::Handing(handing) => Some(&mut handing.going),
            _ => None,
        }
    }

    /// Is this the call that goes out now, and not one through an earlier trunk?
    pub fn is_out_as(&self, attempt: AttemptId) -> bool {
        match self {
            Self::Calling(calling) => calling.going.as_ref().is_some_and(|going| going.attempt == attempt),
            Self::Dialling(going) => going.attempt == attempt,
            _ => false,
        }
    }
}
