//! What a dialog knows of the other side: identifiers, sequence numbers, targets and the next hop.

mod route_set;

use std::net::{IpAddr, SocketAddr};

use super::identity::Identity;
use crate::sip::wire::{CSeq, Draft, Head, Method, Name, NameAddr, Replaces, Request, Response, Uri, WireError};
use crate::sip::{Destination, Received, Transport};
pub(super) use route_set::RouteSet;

/// Which addresses a peer may send us to, besides its own: those of the trunks. Anything else a Contact
/// or Record-Route names is written into the request, but the packet goes back where the peer spoke
/// from; so no header makes us send to a stranger.
pub trait Reach {
    fn may_send_to(&self, address: IpAddr) -> bool;
}

/// The dialog of RFC 3261 §12, without the state of any request in it.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub call_id: String,
    /// Our From or To, with our tag.
    pub local: NameAddr,
    /// The peer's, with its tag as soon as that is known.
    pub remote: NameAddr,
    pub hop: Destination,
    /// Our own address in Via and Contact.
    pub address: SocketAddr,
    pub(super) local_cseq: u32,
    pub(super) remote_cseq: Option<u32>,
    pub(super) target: Uri,
    pub(super) routes: RouteSet,
    /// A phone, perhaps behind a NAT: always answered where it speaks from.
    pub symmetric: bool,
}

/// Where an answer to this sender goes.
pub fn source_of(received: &Received) -> Destination {
    Destination { transport: received.transport, addr: received.source, flow: Some(received.flow) }
}

impl Dialog {
    /// We were called.
    pub fn called(
        invite: &Request,
        received: &Received,
        tag: &str,
        symmetric: bool,
        identity: &Identity,
        reach: &dyn Reach,
    ) -> Result<Self, WireError> {
        let contact = invite.contact()?.ok_or(WireError::Missing(Name::Contact))?;
        let mut dialog = Self {
            call_id: invite.call_id().to_owned(),
            local: invite.to().clone().with_tag(tag),
            remote: invite.from().clone(),
            hop: source_of(received),
            address: identity.address(received.transport, Some(received.local)),
            local_cseq: 0,
            remote_cseq: Some(invite.cseq().number),
            target: contact.uri,
            routes: RouteSet::of_request(invite.record_route()?),
            symmetric,
        };
        dialog.find_hop(source_of(received), reach);
        Ok(dialog)
    }

    /// We call.
    pub fn calling(
        uri: Uri,
        local: NameAddr,
        call_id: String,
        hop: Destination,
        symmetric: bool,
        identity: &Identity,
    ) -> Self {
        let mut to = uri.clone();
        to.params = crate::sip::wire::Params::new();
        to.headers.clear();
        Self {
            call_id,
            local,
            remote: NameAddr::new(to),
            hop,
            address: identity.address(hop.transport, None),
            local_cseq: 0,
            remote_cseq: None,
            target: uri,
            routes: RouteSet::default(),
            symmetric,
        }
    }

    /// The proxies that our first request passes.
    pub fn by(mut self, routes: Vec<NameAddr>) -> Self {
        self.routes = RouteSet::of_request(routes);
        self
    }

    /// The first request goes out once more: nobody has answered it yet.
    pub fn forget_peer_tag(&mut self) {
        self.remote.params.remove("tag");
    }

    /// A 2xx to our first INVITE: from now on the dialog is with its sender.
    pub fn accepted(&mut self, response: &Response, received: &Received, reach: &dyn Reach) {
        self.remote = response.to().clone();
        self.routes = RouteSet::of_response(response.record_route().unwrap_or_default());
        self.refresh(response, received, reach);
    }

    /// A request of ours in the early dialog that a provisional response made, which may be one of several forks. Its
    /// number is the next of ours in all of them.
    pub fn early_request(
        &mut self,
        (method, branch): (Method, &str),
        (response, received): (&Response, &Received),
        identity: &Identity,
        reach: &dyn Reach,
    ) -> (Draft, Destination) {
        let mut early = self.clone();
        early.accepted(response, received, reach);
        let draft = early.request(method, branch, identity);
        self.local_cseq = early.local_cseq;
        (draft, early.hop)
    }

    /// A target refresh: the peer names its Contact anew (RFC 3261 §12.2).
    pub fn refresh(&mut self, message: &Head, received: &Received, reach: &dyn Reach) {
        if let Ok(Some(contact)) = message.contact() {
            self.target = contact.uri;
        }
        self.find_hop(source_of(received), reach);
    }

    /// The connection is gone; a new one may be opened to the peer.
    pub fn flow_closed(&mut self) {
        self.hop.flow = None;
    }

    fn find_hop(&mut self, source: Destination, reach: &dyn Reach) {
        self.hop = source;
        if self.symmetric || source.transport == Transport::Ws {
            return;
        }
        let next = self.routes.next_hop(&self.target);
        let Ok(ip) = next.host.trim_matches(['[', ']']).parse::<IpAddr>() else { return };
        if ip == source.addr.ip() || reach.may_send_to(ip) {
            self.hop.addr = SocketAddr::new(ip, next.port.unwrap_or(5060));
        }
    }

    /// A request of the peer is in order if its number is higher than all before
    /// (RFC 3261 §12.2.2).
    pub fn take_cseq(&mut self, number: u32) -> bool {
        let in_order = self.remote_cseq.is_none_or(|last| number > last);
        if in_order {
            self.remote_cseq = Some(number);
        }
        in_order
    }

    /// The number of our last request that was no ACK.
    pub fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// A new request of ours in this dialog.
    pub fn request(&mut self, method: Method, branch: &str, identity: &Identity) -> Draft {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.draft(method, self.local_cseq, branch, identity)
    }

    /// The ACK for a 2xx to the INVITE with this number (RFC 3261 §13.2.2.4).
    pub fn ack(&self, cseq: u32, branch: &str, identity: &Identity) -> Draft {
        self.draft(Method::Ack, cseq, branch, identity)
    }

    fn draft(&self, method: Method, cseq: u32, branch: &str, identity: &Identity) -> Draft {
        let (uri, routes) = self.routes.apply(&self.target);
        let draft = Draft::request(method.clone(), &uri)
            .push_via(&identity.via(self.hop.transport, self.address, branch))
            .routes(&routes)
            .header(Name::From, &self.local)
            .header(Name::To, &self.remote)
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, CSeq::new(cseq, method.clone()));
        let draft = identity.sign_request(draft);
        match method {
            Method::Invite | Method::Update | Method::Refer | Method::Notify => {
                draft.header(Name::Contact, self.contact(identity))
            }
            _ => draft,
        }
    }

    pub fn contact(&self, identity: &Identity) -> NameAddr {
        identity.contact(self.hop.transport, self.address)
    }

    /// How the peer names it to somebody who is to take its place.
    pub fn replaces(&self) -> Replaces {
        Replaces {
            call_id: self.call_id.clone(),
            to_tag: self.remote.tag().unwrap_or_default().to_owned(),
            from_tag: self.local_tag().to_owned(),
            early_only: false,
        }
    }

    pub fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }
}
