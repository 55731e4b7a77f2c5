//! The ways to a number: the trunks that let it out, the best first.

use std::collections::VecDeque;

use crate::base::{Number, QueueId};
use crate::call::Branch;
use crate::center::answer::Refused;
use crate::center::desk::Refusal;
use crate::center::rules::Rules;
use crate::center::turn::Turn;
use crate::sip::{self, Target};

/// Every way there is used up.
pub(in crate::center) const CAPPED: Refused = (Refusal::Capped, "as many calls, or minutes, as may go out there");

/// Whom somebody in the house wants to reach outside, and the ways there.
#[derive(Clone, Debug)]
pub(in crate::center) struct Outside {
    /// As trunks are told it.
    pub dialled: String,
    /// `None`: one for emergencies, which no region has.
    pub number: Option<Number>,
    pub routes: VecDeque<Route>,
}

impl Outside {
    /// Whether one more may go out by any of the ways.
    pub fn has_room(&self, turn: &mut Turn<'_>) -> Result<(), Refused> {
        let (now, rules) = (turn.now, turn.rules);
        let mut ways = self.routes.iter().map(|route| (route.trunk.as_str(), route.number.as_ref()));
        match ways.any(|way| turn.ledger.has_room(now, way, rules)) {
            true => Ok(()),
            false => Err(CAPPED),
        }
    }

    /// No limit stands in its way.
    pub fn is_emergency(&self) -> bool {
        self.number.is_none()
    }
}

/// A number through one trunk, counted against what may go out.
#[derive(Clone, Debug)]
pub(in crate::center) struct Route {
    pub trunk: String,
    /// `None`: one for emergencies, which nothing caps.
    pub number: Option<Number>,
    pub branch: Branch,
    /// Who says nothing for so long is passed over.
    pub silence_ms: u32,
}

impl Rules {
    /// The trunk by which a queue calls customers back whose call came from `trunk`, if it or one after it
    /// takes calls.
    pub fn trunk_out(&self, queue: QueueId, trunk: Option<&str>) -> Option<&sip::Trunk> {
        let rule = self.queue_settings(queue)?.call_back.as_ref()?;
        let trunk = self.trunk(rule.trunk.as_deref().or(trunk)?)?;
        self.line_of(trunk).any(takes_calls).then_some(trunk)
    }

    /// The routes to a number by the trunk of [`Rules::trunk_out`]; none: such numbers are not let out.
    pub fn routes_back(&self, queue: QueueId, trunk: Option<&str>, number: &Number) -> VecDeque<Route> {
        self.trunk_out(queue, trunk).map(|trunk| self.routes(trunk, number)).unwrap_or_default()
    }

    /// The routes to a number by a trunk and those after it, as far as they take calls and let such numbers out.
    pub fn routes(&self, trunk: &sip::Trunk, number: &Number) -> VecDeque<Route> {
        self.line_of(trunk).filter_map(|trunk| route(trunk, number)).collect()
    }

    /// The same to what a flow dials.
    pub fn routes_to(&self, trunk: Option<&sip::Trunk>, called: &str) -> VecDeque<Route> {
        if let Some(emergency) = self.emergency(called) {
            return emergency.routes;
        }
        let number = Number::parse(called, &self.configuration.region);
        trunk.zip(number.ok()).map(|(trunk, number)| self.routes(trunk, &number)).unwrap_or_default()
    }

    /// The ways that a trunk may send a call: to a number that agents may call, through itself and those after it.
    pub fn routes_elsewhere(&self, trunk: &sip::Trunk, to: &sip::Elsewhere) -> Option<(Number, VecDeque<Route>)> {
        let called = to.called_whole.as_ref().unwrap_or(&to.called);
        let number = Number::parse(called, &self.configuration.region).ok()?;
        self.may_call(&number).ok()?;
        let trunk = match to.destination {
            Some(destination) => &sip::Trunk { destination: Some(destination), ..trunk.clone() },
            None => trunk,
        };
        let routes = self.routes(trunk, &number);
        let leads_there = routes.front().is_some_and(|first| first.trunk == trunk.name);
        leads_there.then_some((number, routes))
    }

    fn line_of<'a>(&'a self, trunk: &'a sip::Trunk) -> impl Iterator<Item = &'a sip::Trunk> {
        std::iter::once(trunk).chain(trunk.fallback.iter().filter_map(|name| self.trunk(name)))
    }
}

fn takes_calls(trunk: &sip::Trunk) -> bool {
    trunk.destination.is_some() && !trunk.prefixes.is_empty()
}

fn route(trunk: &sip::Trunk, number: &Number) -> Option<Route> {
    trunk.prefixes.iter().find(|prefix| !prefix.is_empty() && number.as_str().starts_with(prefix.as_str()))?;
    through(trunk, number.as_str(), Some(number.clone()))
}

fn through(trunk: &sip::Trunk, dialled: &str, number: Option<Number>) -> Option<Route> {
    let destination = trunk.destination?;
    let uri = format!("sip:{dialled}@{}", destination.addr);
    let target = Target::Trunk { trunk: trunk.name.clone(), uri, destination };
    let branch = Branch { target, webrtc: false, addr: destination.addr, transport: destination.transport };
    Some(Route { trunk: trunk.name.clone(), number, branch, silence_ms: trunk.health.silence_ms })
}

impl Rules {
    /// The ways to a number by all trunks that let it out: those who know it by more digits first, then in the
    /// order of the configuration; each once.
    pub fn routes_anywhere(&self, number: &Number) -> VecDeque<Route> {
        let digits = |trunk: &&sip::Trunk| {
            let fit = trunk.prefixes.iter().filter(|prefix| number.as_str().starts_with(prefix.as_str()));
            fit.map(|prefix| prefix.len()).max().unwrap_or(0)
        };
        let mut trunks: Vec<&sip::Trunk> = self.configuration.trunks.iter().collect();
        trunks.sort_by_key(|trunk| std::cmp::Reverse(digits(trunk)));
        trunks.into_iter().filter_map(|trunk| route(trunk, number)).collect()
    }

    /// Why agents may not call this number.
    pub fn may_call(&self, number: &Number) -> Result<(), Refused> {
        let rule = &self.configuration.outbound;
        let forbidden = rule.forbidden.iter().any(|prefix| number.as_str().starts_with(prefix.as_str()));
        if forbidden || (number.is_dear() && !rule.premium) {
            return Err((Refusal::NoRoute, "this number may not be called"));
        }
        Ok(())
    }

    /// A number outside that agents may call now, and the ways to it.
    pub fn reachable_outside(&self, text: &str) -> Result<Outside, Refused> {
        if let Some(emergency) = self.emergency(text) {
            return Ok(emergency);
        }
        let number = Number::parse(text, &self.configuration.region)
            .map_err(|_| (Refusal::BadNumber, "this is no number that can be called"))?;
        self.may_call(&number)?;
        let routes = self.routes_anywhere(&number);
        match routes.is_empty() {
            true => Err((Refusal::NoRoute, "no trunk lets this number out")),
            false => Ok(Outside { dialled: number.to_string(), number: Some(number), routes }),
        }
    }

    /// A number for emergencies, by every trunk that takes calls, in the order of the configuration.
    pub fn emergency(&self, text: &str) -> Option<Outside> {
        let dialled: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let known = self.configuration.outbound.emergency.contains(&dialled);
        let trunks = || self.configuration.trunks.iter().filter(|trunk| takes_calls(trunk));
        known.then(|| {
            let routes = trunks().filter_map(|trunk| through(trunk, &dialled, None)).collect();
            Outside { dialled, number: None, routes }
        })
    }

    /// What somebody outside is shown.
    pub fn shown_outside(&self, queue: Option<QueueId>) -> String {
        let rule = queue.and_then(|queue| self.queue_settings(queue)).and_then(|queue| queue.call_back.as_ref());
        rule.and_then(|rule| rule.caller_id.clone()).unwrap_or_else(|| self.configuration.outbound.caller_id.clone())
    }
}
