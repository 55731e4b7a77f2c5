//! Who calls: the identity that counts among those an INVITE carries.
//!
//! | from | taken, in this order |
//! | --- | --- |
//! | a user | From, which is proven |
//! | a trunk, identity withheld (`Privacy: id`, `user`) | From, as the network left it |
//! | a trunk | P-Asserted-Identity; Remote-Party-ID of the calling party; From |
//!
//! Of several values the whole number comes first, then digits, then a name; one that names nobody or
//! cannot be read is passed over. The display name is that of the value taken, else the first there is.
//! RFC 3323, RFC 3325 §9, draft-ietf-sip-privacy-04.

use crate::sip::wire::{Name, NameAddr, Request};
use crate::sip::{CallerId, Origin};

/// The host of a caller who shows nothing (RFC 3323 §4.1.1.3).
const NOBODY: &str = "anonymous.invalid";

pub(super) fn caller(origin: &Origin, request: &Request) -> CallerId {
    let from = request.from();
    if !matches!(origin, Origin::Trunk(_)) || is_withheld(request) {
        return party(from, from.name());
    }
    let asserted: Vec<NameAddr> = request.values(Name::PAssertedIdentity).filter_map(read).collect();
    let remote: Vec<NameAddr> = request.values(Name::RemotePartyId).filter_map(read).filter(is_calling).collect();
    let taken = best(&asserted).or_else(|| best(&remote)).unwrap_or(from);
    let named = std::iter::once(taken).chain(&asserted).chain(&remote).chain([from]);
    let name = named.map(NameAddr::name).find(|name| !name.is_empty());
    party(taken, name.unwrap_or_default())
}

fn read(value: &str) -> Option<NameAddr> {
    NameAddr::parse(value).ok()
}

fn is_withheld(request: &Request) -> bool {
    let asks = |part: &str| matches!(part.trim().to_ascii_lowercase().as_str(), "id" | "user");
    request.values(Name::Privacy).any(|value| value.split(';').any(asks))
}

/// The calling party, who hides nothing.
fn is_calling(address: &NameAddr) -> bool {
    let is = |name, value: &str| address.params.unquoted(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
    let hidden = address.params.contains("privacy") && !is("privacy", "off");
    !hidden && (is("party", "calling") || !address.params.contains("party"))
}

fn best(addresses: &[NameAddr]) -> Option<&NameAddr> {
    let rank = |address: &&NameAddr| {
        let subscriber = address.uri.subscriber();
        match (subscriber.user.is_empty(), subscriber.is_number(), subscriber.whole().starts_with('+')) {
            (true, ..) => 0,
            (_, false, _) => 1,
            (_, true, false) => 2,
            (_, true, true) => 3,
        }
    };
    // Of equals the first: `max_by_key` takes the last.
    addresses.iter().rev().max_by_key(rank).filter(|address| rank(address) > 0)
}

fn party(address: &NameAddr, name: String) -> CallerId {
    let host = address.uri.host.clone();
    let user = match host.eq_ignore_ascii_case(NOBODY) {
        true => "anonymous".to_owned(),
        false => address.uri.subscriber().whole(),
    };
    CallerId { name, user, host }
}
