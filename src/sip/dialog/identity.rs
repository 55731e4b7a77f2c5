//! Who we are on the wire: addresses, product name, what we can do.

use std::net::{IpAddr, SocketAddr};

use crate::sip::wire::{Draft, Method, Name, NameAddr, Uri, Via};
use crate::sip::{CallerId, Transport};

/// The methods served, as Allow lists them.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE, REGISTER";
/// The extensions served, as Supported lists them.
pub const SUPPORTED: &str = "100rel, timer, replaces, norefersub";
/// The same one by one, as Require may name them.
const EXTENSIONS: [&str; 4] = ["100rel", "timer", "replaces", "norefersub"];
/// The one body type of offers and answers.
pub const SDP: &str = "application/sdp";
/// What a body may be, so that there is a description in it.
pub const ACCEPT: &str = "application/sdp, multipart/mixed";

/// What Via, Contact, From and User-Agent of our messages say.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Host of the From of calls we make.
    pub realm: String,
    /// `User-Agent` and `Server`; empty: not sent.
    pub product: String,
    /// The address of each transport as the peers see it, if it was set.
    public: [Option<SocketAddr>; 4],
    /// The last local address seen on each transport: the next best thing.
    seen: [Option<SocketAddr>; 4],
}

impl Identity {
    pub fn new(realm: String, product: String, public: [Option<SocketAddr>; 4]) -> Self {
        Self { realm, product, public, seen: [None; 4] }
    }

    /// A message came in on this local address.
    pub fn saw(&mut self, transport: Transport, local: SocketAddr) {
        if let Some(seen) = self.seen.get_mut(index(transport)) {
            *seen = Some(local);
        }
    }

    /// Our address for a dialog over this transport; `local` is where its first message came in.
    pub fn address(&self, transport: Transport, local: Option<SocketAddr>) -> SocketAddr {
        let of = |list: &[Option<SocketAddr>; 4]| list.get(index(transport)).copied().flatten();
        of(&self.public)
            .or(local)
            .or_else(|| of(&self.seen))
            .unwrap_or_else(|| SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 5060))
    }

    pub fn via(&self, transport: Transport, address: SocketAddr, branch: &str) -> Via {
        Via::new(transport, address, branch)
    }

    /// `<sip:carillon@host:port>`, with the transport when it is not UDP.
    pub fn contact(&self, transport: Transport, address: SocketAddr) -> NameAddr {
        let host = match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let mut uri = Uri::sip("carillon", &host, Some(address.port()));
        match transport {
            Transport::Udp => {}
            Transport::Tcp => uri.params.set("transport", Some("tcp")),
            Transport::Tls => uri.params.set("transport", Some("tls")),
            Transport::Ws => uri.params.set("transport", Some("ws")),
        }
        NameAddr::new(uri)
    }

    /// From of a call we make: name and number of the caller, so that the callee's phone shows them.
    pub fn caller(&self, from: &CallerId) -> NameAddr {
        match is_withheld(from) {
            // RFC 3323 §4.1.1.3.
            true => NameAddr::new(Uri::sip("anonymous", "anonymous.invalid", None)).with_display("Anonymous"),
            false => NameAddr::new(Uri::sip(&from.user, &self.realm, None)).with_display(&from.name),
        }
    }

    /// What else an INVITE to another network says of the caller: that nobody is to be shown (RFC 3323 §4.2), or to one
    /// that believes us who it is (RFC 3325 §9.1; Remote-Party-ID for those who know nothing else).
    pub fn assertions(&self, from: &CallerId, asserts: bool) -> Vec<(String, String)> {
        if is_withheld(from) {
            return vec![("Privacy".to_owned(), "id".to_owned())];
        }
        if !asserts {
            return Vec::new();
        }
        let caller = self.caller(from);
        let remote = format!("{caller};party=calling;screen=yes;privacy=off");
        vec![("P-Asserted-Identity".to_owned(), caller.to_string()), ("Remote-Party-ID".to_owned(), remote)]
    }

    /// `User-Agent` of our requests.
    pub fn sign_request(&self, draft: Draft) -> Draft {
        if self.product.is_empty() { draft } else { draft.header("User-Agent", &self.product) }
    }

    /// `Server` of our responses.
    pub fn sign_response(&self, draft: Draft) -> Draft {
        if self.product.is_empty() { draft } else { draft.header(Name::Server, &self.product) }
    }
}

fn is_withheld(from: &CallerId) -> bool {
    from.user.is_empty() || from.user.eq_ignore_ascii_case("anonymous")
}

fn index(transport: Transport) -> usize {
    match transport {
        Transport::Udp => 0,
        Transport::Tcp => 1,
        Transport::Ws => 2,
        Transport::Tls => 3,
    }
}

/// Allow, Accept and Supported: the answer to OPTIONS (RFC 3261 §11.2).
pub fn capabilities(draft: Draft) -> Draft {
    draft.header(Name::Allow, ALLOW).header(Name::Accept, ACCEPT).header(Name::Supported, SUPPORTED)
}

/// Is the method one that we know, though we may not serve it (405, not 501)?
pub fn is_known(method: &Method) -> bool {
    !matches!(method, Method::Other(_))
}

/// What a REGISTER may require (RFC 3327, RFC 5626).
pub const OF_REGISTER: [&str; 2] = ["path", "outbound"];

/// The option tags that a request of this method may require.
pub fn supported(method: &Method) -> &'static [&'static str] {
    match method {
        Method::Register => &OF_REGISTER,
        _ => &EXTENSIONS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_what_may_be_required() {
        assert_eq!(SUPPORTED, EXTENSIONS.join(", "));
    }
}
