//! `host[:port]`, the part that URIs and Vias share (RFC 3261 §25.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::sip::wire::WireError;

/// An address as host of a URI or a Via: IPv6 in brackets.
pub(in crate::sip::wire) fn host_text(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The same name without case, or the same IPv6 address however it is written.
pub(in crate::sip::wire) fn same_host(a: &str, b: &str) -> bool {
    if a.eq_ignore_ascii_case(b) {
        return true;
    }
    let v6 = |host: &str| host.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    v6(a).is_some_and(|a| v6(b) == Some(a))
}

/// `host[:port]`; checks both.
pub(in crate::sip::wire) fn split_host_port(text: &str) -> Result<(&str, Option<u16>), WireError> {
    let (host, port) = split_host(text);
    check_host(host)?;
    let port = match port {
        "" => None,
        port => Some(parse_port(port.strip_prefix(':').ok_or(WireError::Uri("not a host"))?)?),
    };
    Ok((host, port))
}

/// Cuts behind the host: at the bracket, or at the first byte that is none of a name.
pub(in crate::sip::wire) fn split_host(text: &str) -> (&str, &str) {
    let end = match text.starts_with('[') {
        true => text.find(']').map_or(text.len(), |at| at.saturating_add(1)),
        false => text.find([':', ' ', '\t']).unwrap_or(text.len()),
    };
    text.split_at_checked(end).unwrap_or((text, ""))
}

pub(in crate::sip::wire) fn parse_port(text: &str) -> Result<u16, WireError> {
    let port = super::params::digits(text).and_then(|port| u16::try_from(port).ok());
    port.ok_or(WireError::Uri("not a port"))
}

/// A name, an IPv4 address, or an IPv6 address in brackets (RFC 3261 §25.1 `host`; an underscore is
/// let through, because networks have such names).
pub(in crate::sip::wire) fn check_host(host: &str) -> Result<(), WireError> {
    const BAD: WireError = WireError::Uri("not a host");
    if let Some(v6) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return v6.parse::<Ipv6Addr>().map(|_| ()).map_err(|_| BAD);
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if host.len() > 255 || !name.split('.').all(is_label) {
        return Err(BAD);
    }
    let is_numeric = name.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if is_numeric && host.parse::<Ipv4Addr>().is_err() {
        return Err(BAD);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["h", "a.b-c.example.", "192.0.2.1", "[2001:db8::10]", "[::ffff:192.0.2.1]", "host_1"] {
            assert_eq!(check_host(good), Ok(()), "{good}");
        }
        for bad in ["", ".", ".1", "a..b", "1.2.3", "256.1.1.1", "[::1", "::1", "[fe80::1%eth0]", "a b", "ä", "[]"] {
            assert!(check_host(bad).is_err(), "{bad}");
        }
        assert!(check_host(&"a".repeat(256)).is_err());
        assert_eq!(split_host_port("[::1]:5060"), Ok(("[::1]", Some(5060))));
        assert!(same_host("EXAMPLE.com", "example.COM") && same_host("[::1]", "[0:0::1]") && !same_host("a", "b"));
    }
}
