//! Who calls: the identity that counts among those an INVITE carries.
//!
//! | from | taken, in this order |
//! | --- | --- |
//! | a user | From, which is proven |
//! | a trunk that is not believed | From |
//! | a trunk, identity withheld (`Privacy: id`, `user`) | From, as the network left it |
//! | a trunk | P-Asserted-Identity; Remote-Party-ID of the calling party; From |
//!
//! Of several values the whole number comes first, then digits, then a name; one that names nobody or
//! cannot be read is passed over. The display name is that of the value taken, else the first there is.
//! RFC 3323, RFC 3325 §9, draft-ietf-sip-privacy-04.

use crate::sip::CallerId;
use crate::sip::wire::{Name, NameAddr, Request};

/// The host of a caller who shows nothing (RFC 3323 §4.1.1.3).
const NOBODY: &str = "anonymous.invalid";

/// `believed`: it comes from a trunk whose assertions count.
pub(super) fn caller(believed: bool, request: &Request) -> CallerId {
    let from = request.from();
    if !believed || is_withheld(request) {
        return party(from, from.name());
    }
    let asserted: Vec<NameAddr> = request.values(Name::PAssertedIdentity).filter_map(read).collect();
    let remote: Vec<NameAddr> = request.values(Name::RemotePartyId).filter_map(read).filter(is_calling).collect();
    let taken = best(&asserted).or_else(|| best(&remote)).unwrap_or(from);
    let named = std::iter::once(taken).chain(&asserted).chain(&remote).chain([from]);
    let name = named.map(NameAddr::name).find(|name| !name.is_empty());
    party(taken, name.unwrap_or_default())
}

/// The number that was called first, where a network has sent the call on: the first of History-Info (RFC 7044), else
/// the last Diversion, which is the oldest (RFC 5806).
pub(super) fn called_first(believed: bool, request: &Request) -> Option<String> {
    let user = |entry: NameAddr| Some(entry.uri.subscriber().dialled()).filter(|user| !user.is_empty());
    let is_first = |entry: &NameAddr| entry.params.get("index").is_some_and(|index| index == "1");
    let mut history = request.values(Name::HistoryInfo).filter_map(read).filter(is_first);
    let diverted = || request.values(Name::Diversion).filter_map(read).filter_map(user).last();
    history.find_map(user).or_else(diverted).filter(|_| believed)
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
