//! The registrar: which contacts a user has, over which flow each is reached, until when
//! (RFC 3261 §10, flows and instances of RFC 5626).
//!
//! What it is not: it does not authenticate ([`super::auth`]) and locates nobody but our own users.
//!
//! | REGISTER | answer | effect |
//! | --- | --- | --- |
//! | no Contact | 200, all contacts | none |
//! | `Contact: *`, Expires 0, alone | 200 | all gone |
//! | `Contact: *` otherwise | 400 | none |
//! | same Call-ID, CSeq not higher | 500 | none |
//! | expiry below the minimum (and not 0) | 423 with Min-Expires | none |
//! | Contact that is no `sip:` URI | 400 | none |
//! | Contact with expiry 0 | 200 | that one gone |
//! | Contact | 200, all contacts | added, or refreshed; the same instance replaces its old contact |
//!
//! A contact is reached where its REGISTER came from, never where its URI points to: that is what a
//! phone behind a NAT needs, and it keeps a user from aiming our calls at a stranger. When a connection
//! closes, its contacts are gone. A proxy in front of us says by Path how calls come back through it (RFC 3327): its URIs
//! become Route, and its own address, once it is the one it speaks from, outlives its connections. Limit: contacts per user; one more pushes the soonest to expire out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::wire::{Contacts, Name, NameAddr, Request, Uri};
use super::{Contact, Destination, FlowId, Transport};
use crate::base::{Deadlines, Instant};

/// Proxies on the way to a contact.
const PATH_MAX: usize = 8;

/// Bounds of what a phone may register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// Shorter wishes are refused with 423.
    pub expires_min: Duration,
    /// Longer wishes are cut to this.
    pub expires_max: Duration,
    /// What a phone gets that wishes nothing.
    pub expires_default: Duration,
    pub contacts_per_user: usize,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            expires_min: Duration::from_secs(30),
            expires_max: Duration::from_secs(3600),
            expires_default: Duration::from_secs(300),
            contacts_per_user: 8,
        }
    }
}

/// Why a REGISTER is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("a Contact or Path that cannot be read, or is no SIP URI")]
    BadContact,
    #[error("`*` may only stand alone and with Expires 0")]
    BadStar,
    #[error("an older REGISTER of the same phone")]
    OutOfOrder,
    #[error("shorter than {min_s} seconds")]
    TooBrief { min_s: u64 },
}

impl RegisterError {
    pub fn status(self) -> u16 {
        match self {
            Self::BadContact | Self::BadStar => 400,
            Self::OutOfOrder => 500,
            Self::TooBrief { .. } => 423,
        }
    }
}

/// What a REGISTER did.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    /// Other contacts than before, or others ways to reach them.
    pub changed: bool,
    /// Contacts pushed out by the limit.
    pub replaced: usize,
}

/// How a REGISTER came, and so how calls go back.
struct Way {
    hop: Destination,
    path: Vec<NameAddr>,
}

impl Way {
    fn of(request: &Request, from: Destination) -> Result<Self, RegisterError> {
        let path = request.name_addrs(Name::Path).map_err(|_| RegisterError::BadContact)?;
        if path.len() > PATH_MAX || path.iter().any(|hop| !hop.uri.is_sip()) {
            return Err(RegisterError::BadContact);
        }
        let hop = path.first().and_then(|first| listening(&first.uri, from)).unwrap_or(from);
        Ok(Self { hop, path })
    }
}

/// Where a proxy that speaks over a connection can be reached once that is closed.
fn listening(uri: &Uri, from: Destination) -> Option<Destination> {
    let is_own = uri.host.trim_matches(['[', ']']).parse() == Ok(from.addr.ip());
    let port = match (from.transport, uri.port) {
        (Transport::Udp | Transport::Ws, _) => return None,
        (_, Some(port)) => port,
        (Transport::Tcp, None) => 5060,
        (Transport::Tls, None) => 5061,
    };
    is_own.then_some(Destination { addr: std::net::SocketAddr::new(from.addr.ip(), port), flow: None, ..from })
}

#[derive(Clone, Debug)]
struct Binding {
    id: u64,
    uri: Uri,
    /// As registered, without `expires`: what the answer repeats.
    header: NameAddr,
    destination: Destination,
    /// What calls pass on the way to it, in this order.
    path: Vec<NameAddr>,
    call_id: String,
    cseq: u32,
    expires: Instant,
    instance: Option<(String, Option<String>)>,
    q: u16,
}

#[derive(Debug)]
pub struct Registrar {
    settings: Registration,
    taken: u64,
    users: BTreeMap<String, Vec<Binding>>,
    by_flow: BTreeSet<(FlowId, String)>,
    deadlines: Deadlines<(String, u64)>,
}

impl Registrar {
    pub fn new(settings: Registration) -> Self {
        Self { settings, taken: 0, users: BTreeMap::new(), by_flow: BTreeSet::new(), deadlines: Deadlines::new() }
    }

    /// Bindings, and what finds them.
    pub fn remembered(&self) -> usize {
        self.users.values().map(Vec::len).sum::<usize>() + self.by_flow.len() + self.deadlines.len()
    }

    /// A REGISTER of a proven user, all or nothing.
    pub fn register(
        &mut self,
        now: Instant,
        user: &str,
        request: &Request,
        from: Destination,
    ) -> Result<Changes, RegisterError> {
        let contacts = request.contacts().map_err(|_| RegisterError::BadContact)?;
        let way = Way::of(request, from)?;
        let before = self.contacts(user);
        let mut replaced = 0;
        match contacts {
            Contacts::Star => {
                if request.expires() != Some(0) {
                    return Err(RegisterError::BadStar);
                }
                self.check_order(user, request, |_| true)?;
                self.drop_bindings(user, |_| true);
            }
            Contacts::List(list) => {
                let list = self.wishes(user, request, list)?;
                for (contact, expires) in list {
                    replaced += self.bind(now, user, request, contact, expires, &way);
                }
            }
        }
        Ok(Changes { changed: self.contacts(user) != before, replaced })
    }

    /// Checks every contact before any is touched; `None` as expiry takes the contact away.
    fn wishes(
        &self,
        user: &str,
        request: &Request,
        list: Vec<NameAddr>,
    ) -> Result<Vec<(NameAddr, Option<Duration>)>, RegisterError> {
        let mut wishes = Vec::with_capacity(list.len());
        for contact in list {
            if !contact.uri.is_sip() || contact.uri.host.is_empty() {
                return Err(RegisterError::BadContact);
            }
            self.check_order(user, request, |binding| binding.uri.is_equivalent(&contact.uri))?;
            let wish = contact.expires().or(request.expires()).map(|s| Duration::from_secs(s.into()));
            let expires = match wish {
                Some(Duration::ZERO) => None,
                Some(wish) if wish < self.settings.expires_min => {
                    return Err(RegisterError::TooBrief { min_s: self.settings.expires_min.as_secs() });
                }
                Some(wish) => Some(wish.min(self.settings.expires_max)),
                None => Some(self.settings.expires_default),
            };
            wishes.push((contact, expires));
        }
        Ok(wishes)
    }

    fn check_order(
        &self,
        user: &str,
        request: &Request,
        concerned: impl Fn(&Binding) -> bool,
    ) -> Result<(), RegisterError> {
        let bindings = self.users.get(user).map(Vec::as_slice).unwrap_or_default();
        let late = |binding: &&Binding| {
            concerned(binding) && binding.call_id == request.call_id() && request.cseq().number <= binding.cseq
        };
        if bindings.iter().any(|binding| late(&binding)) { Err(RegisterError::OutOfOrder) } else { Ok(()) }
    }

    /// Adds, refreshes or takes away one contact; says how many others had to go for it.
    fn bind(
        &mut self,
        now: Instant,
        user: &str,
        request: &Request,
        contact: NameAddr,
        expires: Option<Duration>,
        way: &Way,
    ) -> usize {
        let instance = contact
            .params
            .get("+sip.instance")
            .map(|instance| (instance.to_owned(), contact.params.get("reg-id").map(str::to_owned)));
        let same = |binding: &Binding| {
            binding.uri.is_equivalent(&contact.uri) || (instance.is_some() && binding.instance == instance)
        };
        let known = self.users.get(user).and_then(|list| list.iter().find(|binding| same(binding)));
        let id = known.map(|binding| binding.id);
        self.drop_bindings(user, same);
        let Some(expires) = expires else { return 0 };
        let id = id.unwrap_or_else(|| {
            self.taken = self.taken.saturating_add(1);
            self.taken
        });
        let replaced = self.make_room(user);
        let mut header = contact.clone();
        header.params.remove("expires");
        let binding = Binding {
            id,
            q: contact.q(),
            uri: contact.uri,
            header,
            destination: way.hop,
            path: way.path.clone(),
            call_id: request.call_id().to_owned(),
            cseq: request.cseq().number,
            expires: now + expires,
            instance,
        };
        self.deadlines.set((user.to_owned(), id), binding.expires);
        if let Some(flow) = way.hop.flow {
            self.by_flow.insert((flow, user.to_owned()));
        }
        self.users.entry(user.to_owned()).or_default().push(binding);
        replaced
    }

    fn make_room(&mut self, user: &str) -> usize {
        let Some(list) = self.users.get(user) else { return 0 };
        if list.len() < self.settings.contacts_per_user {
            return 0;
        }
        let Some(oldest) = list.iter().min_by_key(|binding| (binding.expires, binding.id)).map(|b| b.id) else {
            return 0;
        };
        self.drop_bindings(user, |binding| binding.id == oldest);
        1
    }

    fn drop_bindings(&mut self, user: &str, gone: impl Fn(&Binding) -> bool) {
        let Some(list) = self.users.get_mut(user) else { return };
        for binding in list.iter().filter(|binding| gone(binding)) {
            self.deadlines.clear(&(user.to_owned(), binding.id));
        }
        let flows: BTreeSet<FlowId> = list.iter().filter_map(|binding| binding.destination.flow).collect();
        list.retain(|binding| !gone(binding));
        for flow in flows {
            if !list.iter().any(|binding| binding.destination.flow == Some(flow)) {
                self.by_flow.remove(&(flow, user.to_owned()));
            }
        }
        if list.is_empty() {
            self.users.remove(user);
        }
    }

    /// A connection is gone; the users who lost a contact by it.
    pub fn flow_closed(&mut self, flow: FlowId) -> Vec<String> {
        let range = (flow, String::new())..(FlowId(flow.0.saturating_add(1)), String::new());
        let users: Vec<String> = self.by_flow.range(range).map(|(_, user)| user.clone()).collect();
        for user in &users {
            self.drop_bindings(user, |binding| binding.destination.flow == Some(flow));
        }
        users
    }

    /// A user is not known any more.
    pub fn forget(&mut self, user: &str) -> bool {
        let had = self.users.contains_key(user);
        self.drop_bindings(user, |_| true);
        had
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Takes the next contact that has expired; says whose it was.
    pub fn expire(&mut self, now: Instant) -> Option<String> {
        let (user, id) = self.deadlines.pop_due(now)?;
        self.drop_bindings(&user, |binding| binding.id == id);
        Some(user)
    }

    /// The names of all users with a contact.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }

    /// The contacts of a user, highest q first, then the newest.
    pub fn contacts(&self, user: &str) -> Vec<Contact> {
        let mut list: Vec<&Binding> = self.users.get(user).map(|list| list.iter().collect()).unwrap_or_default();
        list.sort_by_key(|binding| (std::cmp::Reverse(binding.q), std::cmp::Reverse(binding.id)));
        list.into_iter().map(Binding::contact).collect()
    }

    pub fn find(&self, user: &str, id: u64) -> Option<(Uri, Destination, Vec<NameAddr>)> {
        let binding = self.users.get(user)?.iter().find(|binding| binding.id == id)?;
        Some((binding.uri.clone(), binding.destination, binding.path.clone()))
    }

    /// Does somebody register from there?
    pub fn is_phone(&self, user: &str, from: &Destination) -> bool {
        let bindings = self.users.get(user).map(Vec::as_slice).unwrap_or_default();
        bindings.iter().any(|b| b.destination.transport == from.transport && b.destination.addr == from.addr)
    }

    /// Contact headers of the 200: every contact with the seconds it has left.
    pub fn headers(&self, now: Instant, user: &str) -> Vec<NameAddr> {
        let bindings = self.users.get(user).map(Vec::as_slice).unwrap_or_default();
        bindings
            .iter()
            .map(|binding| {
                let mut header = binding.header.clone();
                let left = binding.expires.since(now).as_secs().to_string();
                header.params.set("expires", Some(&left));
                header
            })
            .collect()
    }
}

impl Binding {
    fn contact(&self) -> Contact {
        Contact {
            id: self.id,
            uri: self.uri.to_string(),
            destination: self.destination,
            webrtc: self.destination.transport == Transport::Ws,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::Message;
    use super::*;

    const T0: Instant = Instant::from_micros(1_000_000);

    fn from(flow: u64) -> Destination {
        let addr = std::net::SocketAddr::from(([192, 0, 2, 1], 5060));
        Destination { transport: Transport::Ws, addr, flow: Some(FlowId(flow)) }
    }

    fn request(cseq: u32, lines: &str) -> Request {
        let text = format!(
            "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{cseq}\r\nFrom: <sip:ana@x>;tag=1\r\n\
             To: <sip:ana@x>\r\nCall-ID: c\r\nCSeq: {cseq} REGISTER\r\n{lines}\r\n\r\n"
        );
        match Message::parse(text.into()).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a request"),
        }
    }

    fn uris(registrar: &Registrar) -> Vec<String> {
        registrar.contacts("ana").into_iter().map(|contact| contact.uri).collect()
    }

    #[test]
    fn one_contact_too_many_pushes_out_the_soonest_to_expire() {
        let mut registrar = Registrar::new(Registration { contacts_per_user: 2, ..Registration::default() });
        let mut bind = |cseq, contact: &str| {
            let request = request(cseq, &format!("Contact: {contact}"));
            let changes = registrar.register(T0, "ana", &request, from(cseq.into())).unwrap();
            (changes.replaced, uris(&registrar))
        };
        assert_eq!(bind(1, "<sip:a@h>;expires=300").0, 0);
        assert_eq!(bind(2, "<sip:b@h>;expires=60").0, 0);
        assert_eq!(bind(3, "<sip:c@h>;expires=90"), (1, vec!["sip:c@h".to_owned(), "sip:a@h".to_owned()]));
        assert_eq!(registrar.flow_closed(FlowId(2)), Vec::<String>::new(), "b is gone already");
        assert_eq!(registrar.flow_closed(FlowId(3)), ["ana"]);
        assert_eq!(uris(&registrar), ["sip:a@h"]);
        assert_eq!(registrar.expire(T0 + Duration::from_secs(300)), Some("ana".to_owned()));
        assert!(registrar.users.is_empty() && registrar.by_flow.is_empty() && registrar.next_deadline().is_none());
    }

    #[test]
    fn a_reloaded_page_replaces_its_old_contact_and_keeps_its_id() {
        let mut registrar = Registrar::new(Registration::default());
        let line = |user: &str| format!("Contact: <sip:{user}@h>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"");
        registrar.register(T0, "ana", &request(1, &line("old")), from(1)).unwrap();
        let id = registrar.contacts("ana")[0].id;
        let changes = registrar.register(T0, "ana", &request(2, &line("new")), from(2)).unwrap();
        assert!(changes.changed);
        assert_eq!(uris(&registrar), ["sip:new@h"]);
        assert_eq!(registrar.contacts("ana")[0].id, id);
        assert!(registrar.flow_closed(FlowId(1)).is_empty(), "the old connection means nothing now");
        assert_eq!(uris(&registrar), ["sip:new@h"]);
    }

    #[test]
    fn an_older_register_changes_nothing() {
        let mut registrar = Registrar::new(Registration::default());
        registrar.register(T0, "ana", &request(5, "Contact: <sip:a@h>"), from(1)).unwrap();
        for lines in ["Contact: <sip:a@h>;expires=0", "Contact: *\r\nExpires: 0"] {
            let late = registrar.register(T0, "ana", &request(4, lines), from(1));
            assert_eq!(late, Err(RegisterError::OutOfOrder));
        }
        assert_eq!(uris(&registrar), ["sip:a@h"]);
    }

    #[test]
    fn one_bad_contact_spoils_all() {
        let mut registrar = Registrar::new(Registration::default());
        let bad = request(1, "Contact: <sip:a@h>, <sip:b@h>;expires=1");
        assert_eq!(registrar.register(T0, "ana", &bad, from(1)), Err(RegisterError::TooBrief { min_s: 30 }));
        assert_eq!(uris(&registrar), Vec::<String>::new());
    }
}
