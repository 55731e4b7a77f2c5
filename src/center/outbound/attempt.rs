//! A call on its way out, through a trunk, and through the next one where that does not work; or to the phones of an
//! agent.
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
//! Trunks and destinations have room for so much ([`crate::center::ledger`]): a trunk that has none is passed
//! over.
//!
//! Each trunk has the whole time to ring. Limits: the trunks of one line, each tried once; [`REDIRECTIONS`], none to
//! where the call has been.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::{CallId, Instant, InteractionId, Number, QueueId};
use crate::call::{self, AttemptId, Branch, Ring};
use crate::center::outbound::route::Route;
use crate::center::rules::Rules;
use crate::center::turn::{Todo, Turn};
use crate::sip::endpoint::Endpoint;
use crate::sip::{CallerId, Elsewhere, Target, TrunkState};

/// A trunk that says nothing for so long, with its INVITE repeated twice, is passed over where the others are down.
const UNHEARD_MS: u64 = 2_000;
/// How often one call is sent elsewhere.
const REDIRECTIONS: usize = 4;

/// What the phone of the dialled party shows, and how long it rings.
#[derive(Clone, Debug)]
pub(in crate::center) struct Shown {
    pub from: CallerId,
    pub headers: Vec<(String, String)>,
    pub ring_ms: u64,
}

/// Headers by which a phone, and the trace of a carrier, tell what the call belongs to.
pub(in crate::center) fn told(interaction: InteractionId) -> Vec<(String, String)> {
    vec![("X-Carillon-Interaction".to_owned(), interaction.to_string())]
}

/// The same, of a call that the one who is rung has asked for: the desktop answers it by itself.
pub(in crate::center) fn own_call(interaction: InteractionId) -> Vec<(String, String)> {
    let mut headers = told(interaction);
    headers.push(("X-Carillon-Rejoin".to_owned(), "yes".to_owned()));
    headers
}

/// A call on its way out.
#[derive(Clone, Debug)]
pub(in crate::center) struct OutboundAttempt {
    pub attempt: AttemptId,
    /// `None`: to the phones of an agent.
    pub trunk: Option<String>,
    pub rest: VecDeque<Route>,
    pub shown: Shown,
    pub until: Instant,
    /// Where it has been sent, beginning with the first way.
    pub tried: Vec<Target>,
}

impl OutboundAttempt {
    /// Rings through the best of the routes that have room; `None`: there is none.
    pub fn through(call: CallId, mut routes: VecDeque<Route>, shown: Shown, turn: &mut Turn<'_>) -> Option<Self> {
        let Route { trunk, number, branch, silence_ms } = take_best(turn, &mut routes)?;
        let (unheard_after_ms, tried) = (patience(turn.trunks, &routes, silence_ms), vec![branch.target.clone()]);
        let until = turn.now + Duration::from_millis(shown.ring_ms);
        let attempt = shown.ring(call, vec![branch], unheard_after_ms, turn.todo);
        turn.ledger.begin(turn.now, (call, attempt), (&trunk, number.as_ref()), turn.rules);
        Some(Self { attempt, trunk: Some(trunk), rest: routes, shown, until, tried })
    }

    /// Rings the phones of an agent; `None`: there is none.
    pub fn to_phones(call: CallId, branches: Vec<Branch>, shown: Shown, turn: &mut Turn<'_>) -> Option<Self> {
        if branches.is_empty() {
            return None;
        }
        let attempt = shown.ring(call, branches, None, turn.todo);
        Some(Self { attempt, trunk: None, rest: VecDeque::new(), shown, until: turn.now, tried: Vec::new() })
    }

    /// The trunk of the caller is asked to connect the call itself; `rest`: the ways to go if it does not.
    pub fn referred(attempt: AttemptId, trunk: String, rest: VecDeque<Route>, shown: Shown, now: Instant) -> Self {
        let until = now + Duration::from_millis(shown.ring_ms);
        Self { attempt, trunk: Some(trunk), rest, shown, until, tried: Vec::new() }
    }

    /// Nobody is rung: who is to be reached has called.
    pub fn taken_in(attempt: AttemptId, shown: Shown, now: Instant) -> Self {
        Self { attempt, trunk: None, rest: VecDeque::new(), shown, until: now, tried: Vec::new() }
    }

    /// The trunk that did not work, and the way through the next one, if there is one and time for it. `None`: it
    /// went through none, or its time is over.
    pub fn through_next(&mut self, call: CallId, turn: &mut Turn<'_>) -> Option<(String, Option<Self>)> {
        let trunk = self.trunk.clone().filter(|_| turn.now < self.until)?;
        let rest = std::mem::take(&mut self.rest);
        let next = Self::through(call, rest, self.shown.clone(), turn);
        let next = next.map(|next| Self { tried: [std::mem::take(&mut self.tried), next.tried].concat(), ..next });
        Some((trunk, next))
    }

    /// Where the trunk has sent it, if it may do so and the call has not been there; what agents may not call it is
    /// not sent to either.
    pub fn elsewhere(&self, call: CallId, to: &[Elsewhere], turn: &mut Turn<'_>) -> Option<(String, Number, Self)> {
        let trunk = turn.rules.trunk(self.trunk.as_ref()?).filter(|trunk| trunk.redirects)?;
        if turn.now >= self.until || self.tried.len() > REDIRECTIONS {
            return None;
        }
        let is_new = |routes: &VecDeque<Route>| !routes.iter().any(|route| self.tried.contains(&route.branch.target));
        let mut ways = to.iter().filter_map(|to| turn.rules.routes_elsewhere(trunk, to));
        let (number, routes) = ways.find(|(_, routes)| is_new(routes))?;
        let next = Self::through(call, routes, self.shown.clone(), turn)?;
        Some((trunk.name.clone(), number, Self { tried: [self.tried.clone(), next.tried].concat(), ..next }))
    }
}

impl Shown {
    /// To somebody outside, for this line.
    pub fn outside(queue: Option<QueueId>, interaction: InteractionId, ring_ms: u64, rules: &Rules) -> Self {
        let from = CallerId { name: String::new(), user: rules.shown_outside(queue), host: String::new() };
        Self { from, headers: told(interaction), ring_ms }
    }

    fn ring(&self, call: CallId, branches: Vec<Branch>, unheard_after_ms: Option<u64>, todo: &mut Todo) -> AttemptId {
        let attempt = AttemptId(todo.ids.take());
        let Self { from, headers, ring_ms: give_up_after_ms } = self.clone();
        let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms };
        todo.to_calls(call::Command::Ring(ring));
        attempt
    }
}

/// Of those that have room the best, of equal ones the first. Those that have none are for nobody else of this call.
fn take_best(turn: &mut Turn<'_>, routes: &mut VecDeque<Route>) -> Option<Route> {
    let (now, rules) = (turn.now, turn.rules);
    routes.retain(|route| turn.ledger.has_room(now, (&route.trunk, route.number.as_ref()), rules));
    let states = routes.iter().map(|route| turn.trunks.trunk_state(&route.trunk));
    let (best, _) = states.enumerate().min_by_key(|(at, state)| (*state, *at))?;
    routes.remove(best)
}

/// How long a trunk may say nothing, given those that are left.
fn patience(sip: &Endpoint, rest: &VecDeque<Route>, silence_ms: u32) -> Option<u64> {
    let next = rest.iter().map(|route| sip.trunk_state(&route.trunk)).min()?;
    Some(if next == TrunkState::Down { UNHEARD_MS.max(u64::from(silence_ms)) } else { u64::from(silence_ms) })
}
