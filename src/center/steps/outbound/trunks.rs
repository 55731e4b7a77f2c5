//! Calls that go out through a trunk, and through the next one where that does not work.
//!
//! Which trunk is next: of those that lead there the first that works, as far as is known before the call
//! ([`crate::sip::trunk`]); one that is being asked comes after it, one that is down last.
//!
//! | what came of it | next |
//! | --- | --- |
//! | no response at all for the trunk's `silence_ms`, no way there, 5xx | the next trunk; journal `trunk.failed` |
//! | 401, 407: the trunk does not take our account | the same |
//! | 3xx to a number that may be called through a trunk that may redirect | there; journal `trunk.redirected` |
//! | any other 3xx | the next trunk |
//! | 408 before any phone rang | the same |
//! | anything else, such as 404, 486, 603; our own time is over | not reached |
//!
//! Each trunk has the whole time to ring. Limits: the trunks of one line, each tried once; [`REDIRECTIONS`], none to
//! where the call has been.

use std::collections::VecDeque;

use crate::base::{CallId, Instant};
use crate::call::{self, AttemptId, Branch, Cause, Ring};
use crate::center::Center;
use crate::center::event::Event;
use crate::center::outbound::route::{OutboundAttempt, Route, Shown};
use crate::center::output::{Observed, Output};
use crate::center::visit::Phase;
use crate::sip::endpoint::Endpoint;
use crate::sip::{Elsewhere, Reason, TrunkState, TrunkView};

/// A trunk that says nothing for so long, with its INVITE repeated twice, is passed over where the others are down.
const UNHEARD_MS: u64 = 2_000;
/// How often one call is sent elsewhere.
const REDIRECTIONS: usize = 4;

impl Center {
    /// Rings through the best of the routes; `None`: there is none.
    pub(in crate::center) fn go_out(
        &mut self,
        now: Instant,
        call: CallId,
        mut routes: VecDeque<Route>,
        shown: Shown,
    ) -> Option<OutboundAttempt> {
        let Route { trunk, branch, silence_ms } = take_best(&self.sip, &mut routes)?;
        let (unheard_after_ms, tried) = (patience(&self.sip, &routes, silence_ms), vec![branch.target.clone()]);
        let until = now + std::time::Duration::from_millis(shown.ring_ms);
        let attempt = self.ring_out(call, vec![branch], &shown, unheard_after_ms);
        Some(OutboundAttempt { attempt, trunk: Some(trunk), rest: routes, shown, until, tried })
    }

    /// What is known of the trunks that calls may go out through, by name.
    pub fn trunks(&self, now: Instant) -> Vec<TrunkView> {
        self.sip.trunks(now)
    }

    /// Rings the phones of an agent.
    pub(in crate::center) fn go_to_phones(
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
        Some(OutboundAttempt { attempt, trunk: None, rest: VecDeque::new(), shown, until: now, tried: Vec::new() })
    }

    fn ring_out(
        &mut self,
        call: CallId,
        branches: Vec<Branch>,
        shown: &Shown,
        unheard_after_ms: Option<u64>,
    ) -> AttemptId {
        let attempt = AttemptId(self.todo.ids.take());
        let Shown { from, headers, ring_ms } = shown.clone();
        let give_up_after_ms = ring_ms;
        self.todo.to_calls(call::Command::Ring(Ring {
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
    pub(in crate::center) fn out_failed(
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

    /// `true`: the trunk sent the call elsewhere, may do so, and the call goes there. What agents may not call it is
    /// not sent to either.
    pub(in crate::center) fn sent_on(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        (why, to): (&Reason, &[Elsewhere]),
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(going) = self.visits.get_mut(&call).and_then(|visit| visit.going_out(attempt)) else { return false };
        let (mut tried, shown) = (going.tried.clone(), going.shown.clone());
        let trunk = going.trunk.as_ref().and_then(|trunk| self.rules.trunk(trunk)).filter(|trunk| trunk.redirects);
        let Some(trunk) = trunk.filter(|_| now < going.until && tried.len() <= REDIRECTIONS) else { return false };
        let name = trunk.name.clone();
        let is_new = |routes: &VecDeque<Route>| !routes.iter().any(|route| tried.contains(&route.branch.target));
        let mut ways = to.iter().filter_map(|to| self.rules.routes_elsewhere(trunk, to));
        let Some((number, routes)) = ways.find(|(_, routes)| is_new(routes)) else { return false };
        let Some(mut next) = self.go_out(now, call, routes, shown) else { return false };
        tried.append(&mut next.tried);
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        visit.log(now, Event::TrunkRedirected { trunk: name, status: why.status, number }, out);
        if let Some(going) = visit.going_out(attempt) {
            *going = OutboundAttempt { tried, ..next };
        }
        true
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
        if let (Some(going), Some(mut next)) = (visit.going_out(attempt), next) {
            next.tried.splice(0..0, std::mem::take(&mut going.tried));
            *going = next;
        }
        goes_on
    }
}

/// Of equal ones the first.
fn take_best(sip: &Endpoint, routes: &mut VecDeque<Route>) -> Option<Route> {
    let states = routes.iter().map(|route| sip.trunk_state(&route.trunk));
    let (best, _) = states.enumerate().min_by_key(|(at, state)| (*state, *at))?;
    routes.remove(best)
}

/// How long a trunk may say nothing, given those that are left.
fn patience(sip: &Endpoint, rest: &VecDeque<Route>, silence_ms: u32) -> Option<u64> {
    let next = rest.iter().map(|route| sip.trunk_state(&route.trunk)).min()?;
    Some(if next == TrunkState::Down { UNHEARD_MS.max(u64::from(silence_ms)) } else { u64::from(silence_ms) })
}
