//! REGISTER at the registrars of trunks, and what keeps the way to us open; see
//! [`crate::sip::trunk::Registration`].

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::{Endpoint, Output};
use crate::base::{Deadlines, Instant};
use crate::sip::dialog::Owner;
use crate::sip::dialog::identity::ALLOW;
use crate::sip::transaction::TransactionId;
use crate::sip::trunk::{Incident, Registration, TrunkId, TrunkRequest};
use crate::sip::wire::{CSeq, Draft, Method, Name, NameAddr, Response, Uri};
use crate::sip::{Account, Destination, RegistrationView, Trunk, TrunkRegister};

/// RFC 5626 §3.5.1; over UDP it keeps the binding of a NAT as well as anything.
const KEEP_ALIVE: &[u8] = b"\r\n\r\n";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Timer {
    Register,
    KeepAlive,
}

/// All registrations, those that are being given up too.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    known: BTreeMap<TrunkId, Registering>,
    due: Deadlines<(TrunkId, Timer)>,
    /// No more of them: the server stops.
    left: bool,
}

#[derive(Debug)]
struct Registering {
    name: String,
    destination: Destination,
    registration: Registration,
    asking: Option<TransactionId>,
    call_id: String,
    tag: String,
    cseq: u32,
    /// What was told last.
    registered: bool,
}

impl Registrations {
    pub fn next_deadline(&self) -> Option<Instant> {
        self.due.next()
    }

    pub fn view(&self, id: TrunkId, now: Instant) -> Option<RegistrationView> {
        self.known.get(&id).map(|known| known.registration.view(now))
    }

    /// The proxies that calls through this trunk pass.
    pub fn service_route(&self, id: TrunkId) -> &[NameAddr] {
        self.known.get(&id).map_or(&[], |known| known.registration.service_route())
    }

    fn schedule(&mut self, id: TrunkId) {
        match self.known.get(&id).and_then(|known| known.registration.due()) {
            Some(due) => self.due.set((id, Timer::Register), due),
            None => drop(self.due.clear(&(id, Timer::Register))),
        }
    }
}

impl Endpoint {
    /// Takes every registration back: no new call is to come.
    pub(super) fn leave(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.registrations.left = true;
        let all: Vec<TrunkId> = self.registrations.known.keys().copied().collect();
        for id in all {
            self.registering(now, id, Incident::Leave, out);
        }
    }

    /// No registration is left, or being taken back.
    pub fn has_left(&self) -> bool {
        self.registrations.known.is_empty()
    }

    pub(super) fn configure_registrations(&mut self, now: Instant, trunks: &[Trunk], out: &mut Vec<Output>) {
        let wanted: BTreeMap<TrunkId, (&Trunk, Destination, &TrunkRegister, &Account)> = trunks
            .iter()
            .filter_map(|trunk| {
                let (settings, account) = (trunk.register.as_ref()?, trunk.account.as_ref()?);
                Some((self.trunks.id(&trunk.name)?, (trunk, trunk.destination?, settings, account)))
            })
            .collect();
        let gone: Vec<TrunkId> =
            self.registrations.known.keys().filter(|id| !wanted.contains_key(id)).copied().collect();
        for id in gone {
            self.registering(now, id, Incident::Leave, out);
        }
        if self.registrations.left {
            return;
        }
        for (id, (trunk, destination, settings, account)) in wanted {
            let same =
                |known: &Registering| known.destination == destination && known.registration.is_for(settings, account);
            if self.registrations.known.get(&id).is_some_and(same) {
                continue;
            }
            let registration = Registration::new(now, settings.clone(), account.clone());
            let (call_id, tag) = (self.tokens.take(), self.tokens.take());
            let (name, asking, cseq, registered) = (trunk.name.clone(), None, 0, false);
            let new = Registering { name, destination, registration, asking, call_id, tag, cseq, registered };
            if let Some(asking) = self.registrations.known.insert(id, new).and_then(|old| old.asking) {
                self.layer.abandon(asking);
            }
            self.registrations.schedule(id);
        }
    }

    pub(super) fn wake_registrations(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some((id, timer)) = self.registrations.due.pop_due(now) {
            match timer {
                Timer::Register => self.registering(now, id, Incident::Due, out),
                Timer::KeepAlive => self.keep_alive(now, id, out),
            }
        }
    }

    pub(super) fn register_answered(&mut self, now: Instant, id: TrunkId, response: &Response, out: &mut Vec<Output>) {
        if response.status >= 200 {
            if let Some(known) = self.registrations.known.get_mut(&id) {
                known.asking = None;
            }
            self.registering(now, id, Incident::Answered(response), out);
        }
    }

    /// A REGISTER that came to nothing.
    pub(super) fn register_failed(&mut self, now: Instant, id: TrunkId, status: u16, out: &mut Vec<Output>) {
        if let Some(known) = self.registrations.known.get_mut(&id) {
            known.asking = None;
        }
        self.registering(now, id, Incident::Failed { status }, out);
    }

    fn registering(&mut self, now: Instant, id: TrunkId, incident: Incident<'_>, out: &mut Vec<Output>) {
        let Some(known) = self.registrations.known.get_mut(&id) else { return };
        let is_result = matches!(incident, Incident::Answered(_) | Incident::Failed { .. });
        let sends = known.registration.handle(now, incident);
        let registered = known.registration.is_bound(now);
        let changed = std::mem::replace(&mut known.registered, registered) != registered;
        let refused = is_result && !registered && !sends && !known.registration.is_gone();
        if changed || refused {
            let status = known.registration.view(now).status;
            out.push(Output::Registration { trunk: known.name.clone(), registered, status });
        }
        if changed {
            self.keep_alive_later(now, id);
        }
        self.registrations.schedule(id);
        if sends {
            self.send_register(now, id, out);
        }
        if self.registrations.known.get(&id).is_some_and(|known| known.registration.is_gone()) {
            self.registrations.due.clear(&(id, Timer::Register));
            self.registrations.due.clear(&(id, Timer::KeepAlive));
            if let Some(asking) = self.registrations.known.remove(&id).and_then(|known| known.asking) {
                self.layer.abandon(asking);
            }
        }
    }

    fn send_register(&mut self, now: Instant, id: TrunkId, out: &mut Vec<Output>) {
        let branch = self.tokens.take();
        let Some(known) = self.registrations.known.get_mut(&id) else { return };
        if let Some(asking) = known.asking.take() {
            self.layer.abandon(asking);
        }
        known.cseq = known.cseq.wrapping_add(1).max(1);
        let (to, registration) = (known.destination, &mut known.registration);
        let uri = Uri::sip("", registration.domain(), None);
        let record = NameAddr::new(Uri::sip(registration.user(), registration.domain(), None));
        let address = self.identity.address(to.transport, None);
        let mut contact = self.identity.contact(to.transport, address);
        contact.uri.user = Uri::sip(registration.user(), "", None).user;
        let draft = Draft::request(Method::Register, &uri)
            .push_via(&self.identity.via(to.transport, address, &branch))
            .header(Name::From, record.clone().with_tag(&known.tag))
            .header(Name::To, record)
            .header(Name::CallId, &known.call_id)
            .header(Name::CSeq, CSeq::new(known.cseq, Method::Register))
            .header(Name::Contact, contact)
            .header(Name::Expires, registration.expires())
            .header(Name::Supported, "path")
            .header(Name::Allow, ALLOW);
        let proofs = registration.prover.credentials(&mut self.tokens, &Method::Register, draft.uri());
        let draft = proofs.into_iter().fold(draft, |draft, (name, value)| draft.header(name, value));
        let draft = self.identity.sign_request(draft);
        match self.layer.request(now, draft, to, Owner::Trunk(id, TrunkRequest::Register), out) {
            Ok(asking) => known.asking = Some(asking),
            Err(_) => self.register_failed(now, id, 503, out),
        }
    }

    fn keep_alive_later(&mut self, now: Instant, id: TrunkId) {
        let wanted = self.registrations.known.get(&id).filter(|known| known.registration.is_bound(now));
        let every = wanted.map_or(0, |known| known.registration.settings().keep_alive_s);
        match every {
            0 => drop(self.registrations.due.clear(&(id, Timer::KeepAlive))),
            every => self.registrations.due.set((id, Timer::KeepAlive), now + Duration::from_secs(u64::from(every))),
        }
    }

    fn keep_alive(&mut self, now: Instant, id: TrunkId, out: &mut Vec<Output>) {
        if let Some(known) = self.registrations.known.get(&id).filter(|known| known.registration.is_bound(now)) {
            out.push(Output::Transmit { to: known.destination, bytes: Bytes::from_static(KEEP_ALIVE) });
        }
        self.keep_alive_later(now, id);
    }
}
