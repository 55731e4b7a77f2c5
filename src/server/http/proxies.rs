//! Who a request is from, where proxies stand before the server.
//!
//! Only a proxy that the settings name (`http.trusted_proxies`) is believed what it says of the client, in
//! `Forwarded` (RFC 7239) or `X-Forwarded-For` and `X-Forwarded-Proto`. Everybody else's are taken off the
//! request: nothing behind this reads what a stranger wrote.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};

use crate::sip::endpoint::AddressBlock;

const PROTO: &str = "x-forwarded-proto";
const CLAIMS: [&str; 4] = ["forwarded", "x-forwarded-for", PROTO, "x-forwarded-host"];

#[derive(Clone, Default, Debug)]
pub struct Proxies(pub Vec<AddressBlock>);

impl Proxies {
    pub fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(address))
    }

    /// What came in over our own TLS, when no proxy says how it came to itself.
    pub fn encrypted(headers: &mut HeaderMap) {
        headers.entry(PROTO).or_insert(HeaderValue::from_static("https"));
    }

    /// The client of a request that came in from `peer`.
    pub fn client(&self, peer: SocketAddr, headers: &mut HeaderMap) -> SocketAddr {
        if !self.trust(peer.ip()) {
            CLAIMS.iter().for_each(|name| drop(headers.remove(*name)));
            return peer;
        }
        let elements = list(headers, "forwarded");
        let proto = elements.last().and_then(|element| parameter(element, "proto"));
        if let Some(proto) = proto.and_then(|proto| HeaderValue::from_str(&proto.to_ascii_lowercase()).ok()) {
            headers.insert(PROTO, proto);
        }
        let chain: Vec<String> = match elements.is_empty() {
            true => list(headers, "x-forwarded-for"),
            false => elements.iter().map(|element| parameter(element, "for").unwrap_or_default()).collect(),
        };
        SocketAddr::new(self.first_stranger(&chain).unwrap_or(peer.ip()), peer.port())
    }

    /// From the nearest proxy outwards: the first one that is none of ours. What stands before something
    /// unreadable is hearsay.
    fn first_stranger(&self, chain: &[String]) -> Option<IpAddr> {
        let mut nearest = None;
        for text in chain.iter().rev() {
            let address = address(text)?;
            nearest = Some(address);
            if !self.trust(address) {
                break;
            }
        }
        nearest
    }
}

/// The elements of a header that may come in several lines.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|element| element.trim().to_owned()).collect()
}

fn parameter(element: &str, name: &str) -> Option<String> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim_matches('"').to_owned())
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let whole = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.unwrap_or(text).parse().ok().or_else(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, claims: &[(&'static str, &'static str)]) -> (String, Option<String>) {
        let proxies = Proxies(trusted.iter().map(|text| AddressBlock::parse(text).unwrap()).collect());
        let mut headers = HeaderMap::new();
        for (name, value) in claims {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let found = proxies.client(SocketAddr::new(peer.parse().unwrap(), 9), &mut headers);
        (found.ip().to_string(), headers.get(PROTO).map(|proto| proto.to_str().unwrap().to_owned()))
    }

    #[test]
    fn a_stranger_is_not_believed_a_word() {
        let claims = [("x-forwarded-for", "10.9.9.9"), (PROTO, "https"), ("forwarded", "for=10.8.8.8;proto=https")];
        assert_eq!(client(&[], "127.0.0.1", &claims), ("127.0.0.1".into(), None));
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.7", &claims), ("192.0.2.7".into(), None));
    }

    #[test]
    fn a_trusted_proxy_is_believed_up_to_the_first_stranger() {
        let ours = ["10.0.0.0/8", "::1"];
        for (name, value, from) in [
            ("x-forwarded-for", "198.51.100.1", "198.51.100.1"),
            ("x-forwarded-for", "1.1.1.1, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
            ("x-forwarded-for", "10.0.0.9, 10.0.0.3", "10.0.0.9"),
            ("x-forwarded-for", "nonsense", "10.0.0.2"),
            ("x-forwarded-for", "198.51.100.1:4711", "198.51.100.1"),
            ("forwarded", "for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("forwarded", "for=198.51.100.1;proto=https, For=10.0.0.3;by=x", "198.51.100.1"),
            ("forwarded", "for=_hidden", "10.0.0.2"),
            ("via", "1.1 x", "10.0.0.2"),
        ] {
            assert_eq!(client(&ours, "10.0.0.2", &[(name, value)]).0, from, "{name}: {value}");
        }
        assert_eq!(client(&ours, "::ffff:10.0.0.2", &[(PROTO, "https")]).1.as_deref(), Some("https"));
        assert_eq!(client(&ours, "10.0.0.2", &[("forwarded", "for=1.1.1.1;Proto=HTTPS")]).1.as_deref(), Some("https"));
    }
}
