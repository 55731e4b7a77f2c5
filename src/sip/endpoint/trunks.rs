//! The trunks that calls go out through: asked by OPTIONS, watched by every call, see [`crate::sip::trunk`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Endpoint, Output};
use crate::base::{Deadlines, Instant, LegId};
use crate::sip::dialog::Owner;
use crate::sip::dialog::identity::ACCEPT;
use crate::sip::transaction::TransactionId;
use crate::sip::trunk::{Happening, Health, TrunkId, TrunkRequest, TrunkView};
use crate::sip::wire::{CSeq, Draft, Method, Name, NameAddr, Response, Uri};
use crate::sip::{Destination, Transport, Trunk, TrunkState};

/// All trunks with a way out.
#[derive(Debug, Default)]
pub(super) struct Trunks {
    known: BTreeMap<TrunkId, Peer>,
    /// Names that were ever known keep their id.
    ids: BTreeMap<String, TrunkId>,
    due: Deadlines<TrunkId>,
}

#[derive(Debug)]
struct Peer {
    name: String,
    destination: Destination,
    health: Health,
    /// The OPTIONS on its way.
    asking: Option<TransactionId>,
    /// All OPTIONS to a trunk are one series (RFC 3261 §8.1.1.5).
    series: Option<String>,
    cseq: u32,
}

impl Trunks {
    pub fn id(&self, name: &str) -> Option<TrunkId> {
        self.ids.get(name).copied().filter(|id| self.known.contains_key(id))
    }

    /// Its name, and where calls through it go.
    pub fn whereabouts(&self, id: TrunkId) -> Option<(&str, Destination)> {
        self.known.get(&id).map(|peer| (peer.name.as_str(), peer.destination))
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.due.next()
    }

    pub fn pop_due(&mut self, now: Instant) -> Option<TrunkId> {
        self.due.pop_due(now)
    }

    /// The trunk and its state; where nothing is known it may as well be tried.
    pub fn state(&self, name: &str) -> TrunkState {
        self.id(name).and_then(|id| self.known.get(&id)).map(|peer| peer.health.state()).unwrap_or_default()
    }

    fn schedule(&mut self, id: TrunkId) {
        match self.known.get(&id).and_then(|peer| peer.health.due()) {
            Some(due) => self.due.set(id, due),
            None => drop(self.due.clear(&id)),
        }
    }

    fn take(&mut self, now: Instant, trunk: &Trunk, destination: Destination, every: Option<Duration>) -> TrunkId {
        let next = TrunkId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        let id = *self.ids.entry(trunk.name.clone()).or_insert(next);
        match self.known.get_mut(&id) {
            Some(peer) if peer.destination == destination => peer.health.set(now, trunk.health, every),
            _ => {
                let (name, health) = (trunk.name.clone(), Health::new(now, trunk.health, every));
                let peer = Peer { name, destination, health, asking: None, series: None, cseq: 0 };
                self.known.insert(id, peer);
            }
        }
        self.schedule(id);
        id
    }
}

impl Endpoint {
    /// Is this trunk to be used?
    pub fn trunk_state(&self, name: &str) -> TrunkState {
        self.trunks.state(name)
    }

    /// All trunks that calls may go out through, by name.
    pub fn trunks(&self, now: Instant) -> Vec<TrunkView> {
        let mut calls: BTreeMap<TrunkId, u32> = BTreeMap::new();
        for id in self.legs.values().filter_map(|entry| entry.trunk) {
            let count = calls.entry(id).or_default();
            *count = count.saturating_add(1);
        }
        let view = |(id, peer): (&TrunkId, &Peer)| TrunkView {
            registration: self.registrations.view(*id, now),
            ..peer.view(calls.get(id).copied())
        };
        let mut views: Vec<_> = self.trunks.known.iter().map(view).collect();
        views.sort_by(|one, other| one.name.cmp(&other.name));
        views
    }

    pub(super) fn configure_trunks(&mut self, now: Instant, trunks: &[Trunk]) {
        let others: BTreeSet<&str> = trunks.iter().flat_map(|trunk| &trunk.fallback).map(String::as_str).collect();
        let mut kept = BTreeSet::new();
        for trunk in trunks {
            let Some(destination) = trunk.destination else { continue };
            let has_other = !trunk.fallback.is_empty() || others.contains(trunk.name.as_str());
            kept.insert(self.trunks.take(now, trunk, destination, trunk.health.every(has_other)));
        }
        let gone: Vec<TrunkId> = self.trunks.known.keys().filter(|id| !kept.contains(id)).copied().collect();
        for id in gone {
            self.trunks.due.clear(&id);
            if let Some(asking) = self.trunks.known.remove(&id).and_then(|peer| peer.asking) {
                self.layer.abandon(asking);
            }
        }
    }

    /// Something that says how a trunk is.
    pub(super) fn trunk_learned(&mut self, now: Instant, id: TrunkId, what: Happening, out: &mut Vec<Output>) {
        let Some(peer) = self.trunks.known.get_mut(&id) else { return };
        let before = peer.health.state();
        let asks = peer.health.handle(now, what);
        let (state, why) = (peer.health.state(), peer.health.why());
        if before != state {
            out.push(Output::Trunk { trunk: peer.name.clone(), state, why });
        }
        let over = matches!(what, Happening::Answered { .. } | Happening::NoWay | Happening::Due);
        if let Some(asking) = peer.asking.take_if(|_| over || asks) {
            self.layer.abandon(asking);
        }
        self.trunks.schedule(id);
        if asks {
            self.ask(now, id, out);
        }
    }

    /// The same of a call through it.
    pub(super) fn call_learned(&mut self, now: Instant, leg: LegId, what: Happening, out: &mut Vec<Output>) {
        if let Some(id) = self.legs.get(&leg).and_then(|entry| entry.trunk) {
            self.trunk_learned(now, id, what, out);
        }
    }

    pub(super) fn trunk_answered(
        &mut self,
        now: Instant,
        id: TrunkId,
        errand: TrunkRequest,
        response: &Response,
        out: &mut Vec<Output>,
    ) {
        match errand {
            TrunkRequest::Register => self.register_answered(now, id, response, out),
            TrunkRequest::Options if response.status < 200 => {}
            TrunkRequest::Options => {
                let retry_after = retry_after(response);
                self.trunk_learned(now, id, Happening::Answered { status: response.status, retry_after }, out);
            }
        }
    }

    fn ask(&mut self, now: Instant, id: TrunkId, out: &mut Vec<Output>) {
        let (branch, tag, call_id) = (self.tokens.take(), self.tokens.take(), self.tokens.take());
        let Some(peer) = self.trunks.known.get_mut(&id) else { return };
        let to = peer.destination;
        let Ok(uri) = Uri::parse(&peer.uri()) else { return };
        peer.cseq = peer.cseq.wrapping_add(1).max(1);
        let address = self.identity.address(to.transport, None);
        let draft = Draft::request(Method::Options, &uri)
            .push_via(&self.identity.via(to.transport, address, &branch))
            .header(Name::From, NameAddr::new(Uri::sip("carillon", &self.identity.realm, None)).with_tag(&tag))
            .header(Name::To, NameAddr::new(uri))
            .header(Name::CallId, peer.series.get_or_insert(call_id))
            .header(Name::CSeq, CSeq::new(peer.cseq, Method::Options))
            .header(Name::Contact, self.identity.contact(to.transport, address))
            .header(Name::Accept, ACCEPT);
        let draft = self.identity.sign_request(draft);
        // A full table leaves the question unanswered: then the trunk is not what is wrong, and it is asked again.
        let asking = self.layer.request(now, draft, to, Owner::Trunk(id, TrunkRequest::Options), out).ok();
        if let Some(peer) = self.trunks.known.get_mut(&id) {
            peer.asking = asking;
        }
    }
}

impl Peer {
    fn uri(&self) -> String {
        match self.destination.transport {
            Transport::Udp => format!("sip:{}", self.destination.addr),
            Transport::Tcp => format!("sip:{};transport=tcp", self.destination.addr),
            Transport::Tls => format!("sip:{};transport=tls", self.destination.addr),
            Transport::Ws => format!("sip:{};transport=ws", self.destination.addr),
        }
    }

    fn view(&self, calls: Option<u32>) -> TrunkView {
        TrunkView {
            name: self.name.clone(),
            state: self.health.state(),
            since: self.health.since(),
            why: self.health.why(),
            round_trip_us: self.health.round_trip().map(|span| u64::try_from(span.as_micros()).unwrap_or(u64::MAX)),
            calls: calls.unwrap_or_default(),
            registration: None,
        }
    }
}

/// RFC 3261 §20.33: seconds, perhaps with a comment and parameters behind.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header(Name::RetryAfter)?;
    let digits = text.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_secs)
}
