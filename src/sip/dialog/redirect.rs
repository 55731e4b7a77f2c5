//! 3xx to our INVITE: whom else to call (RFC 3261 §8.1.3.4, §21.3).
//!
//! Nothing is followed here: the leg is over, and who made it hears of the Contacts. Phones send calls nowhere: a call
//! for an agent is for that agent. Limit: [`CONTACTS`].

use std::net::SocketAddr;

use super::Leg;
use super::ending::refusal;
use crate::sip::wire::{Contacts, Response, Scheme, Uri};
use crate::sip::{Destination, Elsewhere, LegEnd, Transport};

const CONTACTS: usize = 4;

impl Leg {
    /// The end of a call that was refused.
    pub(super) fn refused(&self, response: &Response) -> LegEnd {
        let why = refusal(response);
        let to = if self.phone || response.status >= 400 { Vec::new() } else { contacts(response, self.dialog.hop) };
        if to.is_empty() { LegEnd::Refused(why) } else { LegEnd::Redirected { why, to } }
    }
}

fn contacts(response: &Response, before: Destination) -> Vec<Elsewhere> {
    let Ok(Contacts::List(mut contacts)) = response.contacts() else { return Vec::new() };
    contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q()));
    let known = contacts.iter().filter_map(|contact| elsewhere(&contact.uri, before));
    known.take(CONTACTS).collect()
}

fn elsewhere(uri: &Uri, before: Destination) -> Option<Elsewhere> {
    let subscriber = uri.subscriber();
    if !(uri.is_sip() || uri.scheme == Scheme::Tel) || subscriber.user.is_empty() {
        return None;
    }
    let whole = Some(subscriber.whole()).filter(|whole| *whole != subscriber.user);
    Some(Elsewhere { called: subscriber.dialled(), called_whole: whole, destination: destination(uri, before) })
}

/// Where a SIP URI with an address leads.
fn destination(uri: &Uri, before: Destination) -> Option<Destination> {
    let transport = match uri.transport().map(str::to_ascii_lowercase).as_deref() {
        None => before.transport,
        Some("udp") => Transport::Udp,
        Some("tcp") => Transport::Tcp,
        Some("tls") => Transport::Tls,
        Some(_) => return None,
    };
    let ip = uri.host.trim_matches(['[', ']']).parse().ok()?;
    let port = uri.port.unwrap_or(if transport == Transport::Tls { 5061 } else { 5060 });
    Some(Destination { transport, addr: SocketAddr::new(ip, port), flow: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_contact_names() {
        let before = Destination { transport: Transport::Udp, addr: "192.0.2.1:5060".parse().unwrap(), flow: None };
        for (uri, called, to) in [
            ("sip:+4930123@192.0.2.7", "+4930123", Some((Transport::Udp, "192.0.2.7:5060"))),
            ("sip:+4930123;npdi@192.0.2.7:5070;transport=TCP", "+4930123", Some((Transport::Tcp, "192.0.2.7:5070"))),
            ("sip:4000@[2001:db8::1];transport=tls", "4000", Some((Transport::Tls, "[2001:db8::1]:5061"))),
            ("sip:4000@192.0.2.7;transport=ws", "4000", None),
            ("sip:4000@carrier.example", "4000", None),
            ("tel:+49-30-123", "+4930123", None),
        ] {
            let found = elsewhere(&Uri::parse(uri).unwrap(), before).unwrap();
            let expected = to.map(|(transport, addr)| (transport, addr.parse().unwrap()));
            let told = found.destination.map(|to| (to.transport, to.addr));
            assert_eq!((found.called.as_str(), told), (called, expected), "{uri}");
        }
        for uri in ["sip:192.0.2.7", "mailto:a@b"] {
            assert_eq!(elsewhere(&Uri::parse(uri).unwrap(), before), None, "{uri}");
        }
    }
}
