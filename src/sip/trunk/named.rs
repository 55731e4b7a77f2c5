//! Trunks whose destination is a name: what the name stands for, each place a trunk of its own.
//!
//! The first place is the trunk itself. Every further one is a trunk beside it, `carrier#2`, with the same numbers and
//! account, tried after it and watched like any other: so the health of each place is known before a call needs it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Trunk;
use crate::sip::{Destination, Transport};

/// What is to be looked up (RFC 3263).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Named {
    /// `None`: the name says it (NAPTR).
    pub transport: Option<Transport>,
    pub host: String,
    /// Given: only the addresses are looked up.
    pub port: Option<u16>,
}

impl Named {
    /// `udp:sip.example.net`, `tls:sip.example.net:5061`, `dns:example.net`.
    pub fn parse(text: &str) -> Option<Self> {
        let (transport, rest) = text.split_once(':')?;
        let transport = match transport {
            "udp" => Some(Transport::Udp),
            "tcp" => Some(Transport::Tcp),
            "tls" => Some(Transport::Tls),
            "dns" => None,
            _ => return None,
        };
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
            None => (rest, None),
        };
        let is_part = |part: &str| {
            let fits = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            (1..=63).contains(&part.len()) && fits
        };
        // Not an address: its last part is no number.
        let is_name = host.len() <= 253
            && host.split('.').all(is_part)
            && host.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
        (is_name && (port.is_none() || transport.is_some())).then(|| Self {
            transport,
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

/// The trunks, with the places that names stand for; a name without any takes no calls.
pub fn resolved(trunks: Vec<Trunk>, known: &BTreeMap<Named, Vec<Destination>>) -> Vec<Trunk> {
    let places = |trunk: &Trunk| trunk.named.as_ref().and_then(|named| known.get(named)).map_or(0, Vec::len);
    let further: BTreeMap<String, Vec<String>> = trunks
        .iter()
        .map(|trunk| (trunk.name.clone(), (1..places(trunk)).map(|nth| beside(&trunk.name, nth)).collect()))
        .collect();
    let with_further = |name: &String| {
        let further = further.get(name).cloned().unwrap_or_default();
        std::iter::once(name.clone()).chain(further)
    };
    let mut all = Vec::with_capacity(trunks.len());
    for mut trunk in trunks {
        let own = further.get(&trunk.name).cloned().unwrap_or_default();
        trunk.fallback = own.into_iter().chain(trunk.fallback.iter().flat_map(with_further)).collect();
        let Some(named) = trunk.named.clone() else {
            all.push(trunk);
            continue;
        };
        let places = known.get(&named).map(Vec::as_slice).unwrap_or_default();
        trunk.destination = places.first().copied();
        // RFC 5922 §4: who is meant is the name, wherever it leads.
        trunk.tls_name = trunk.tls_name.or(Some(named.host));
        let one = |(nth, place): (usize, &Destination)| Trunk {
            name: beside(&trunk.name, nth),
            networks: Vec::new(),
            destination: Some(*place),
            fallback: Vec::new(),
            register: None,
            ..trunk.clone()
        };
        let others: Vec<Trunk> = places.iter().enumerate().skip(1).map(one).collect();
        all.push(trunk);
        all.extend(others);
    }
    all
}

/// No key has such a sign.
fn beside(name: &str, nth: usize) -> String {
    format!("{name}#{}", nth.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_none() {
        let named = |transport, host: &str, port| Some(Named { transport, host: host.to_owned(), port });
        for (text, expected) in [
            ("udp:sip.example.net", named(Some(Transport::Udp), "sip.example.net", None)),
            ("tls:SIP.example.net:5061", named(Some(Transport::Tls), "sip.example.net", Some(5061))),
            ("tcp:gateway", named(Some(Transport::Tcp), "gateway", None)),
            ("dns:example.net", named(None, "example.net", None)),
            ("dns:example.net:5060", None),
            ("udp:192.0.2.1:5060", None),
            ("udp:192.0.2.1", None),
            ("udp:[2001:db8::1]:5060", None),
            ("udp:", None),
            ("udp:a..b", None),
            ("udp:a b", None),
            ("udp:sip.example.net:0", None),
            ("ws:sip.example.net", None),
            ("sip.example.net", None),
        ] {
            assert_eq!(Named::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn each_place_is_a_trunk_and_stands_behind_the_first_everywhere() {
        let named = Named::parse("udp:sip.example.net");
        let carrier = Trunk {
            name: "carrier".to_owned(),
            networks: vec!["192.0.2.0/24".to_owned()],
            prefixes: vec!["+86".to_owned()],
            fallback: vec!["spare".to_owned()],
            named: named.clone(),
            ..Trunk::default()
        };
        let spare = Trunk { name: "spare".to_owned(), fallback: vec!["carrier".to_owned()], ..Trunk::default() };
        let to = |addr: &str| Destination { transport: Transport::Udp, addr: addr.parse().unwrap(), flow: None };
        let places = vec![to("192.0.2.1:5060"), to("192.0.2.2:5060")];
        let known = BTreeMap::from([(named.unwrap(), places.clone())]);
        let all = resolved(vec![carrier.clone(), spare.clone()], &known);
        let told: Vec<_> =
            all.iter().map(|trunk| (trunk.name.as_str(), trunk.destination, trunk.fallback.join(" "))).collect();
        assert_eq!(
            told,
            [
                ("carrier", Some(places[0]), "carrier#2 spare".to_owned()),
                ("carrier#2", Some(places[1]), String::new()),
                ("spare", None, "carrier carrier#2".to_owned()),
            ]
        );
        assert_eq!((all[1].networks.len(), &all[1].prefixes), (0, &carrier.prefixes));
        assert_eq!(all[1].tls_name.as_deref(), Some("sip.example.net"));
        let unknown = resolved(vec![carrier, spare], &BTreeMap::new());
        assert_eq!((unknown.len(), unknown[0].destination), (2, None), "it takes no calls yet");
    }
}
