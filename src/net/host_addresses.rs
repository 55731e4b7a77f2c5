//! At which of the machine's addresses browsers may send their media.
//!
//! A browser pairs its own addresses with ours, and no browser uses its loopback address for that. So a
//! server for the browsers of the same machine has to be found at the machine's other addresses, too; what
//! comes to them from elsewhere is then not listened to ([`HostAddresses::only_from`]).
//!
//! | asked for | offered, the best first | listened to |
//! | --- | --- | --- |
//! | one address | it | everybody |
//! | `0.0.0.0` | every IPv4 address; loopback last | everybody |
//! | `[::]` | every IPv4 and IPv6 address; loopback last | everybody |
//! | loopback | every address of the machine; loopback last | the machine itself |
//!
//! Link-local addresses are never offered: they mean nothing without an interface. The system takes no
//! datagram from the network that claims an address of the machine itself as its source.

use std::io;
use std::net::{IpAddr, SocketAddr};

use super::rtc_driver::HOST_ADDRESSES_MAX;
use crate::sip::endpoint::AddressBlock;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostAddresses {
    /// Not empty, at most [`HOST_ADDRESSES_MAX`]; each with the port asked for.
    pub offered: Vec<SocketAddr>,
    /// `None`: everybody.
    pub only_from: Option<Vec<IpAddr>>,
}

/// None of the machine's addresses is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("media.rtc_addresses allows none of the addresses of this machine")]
pub struct NoHostAddress;

/// The addresses of the interfaces that are up, as the system lists them.
pub fn own_addresses() -> io::Result<Vec<IpAddr>> {
    Ok(if_addrs::get_if_addrs()?.into_iter().map(|interface| interface.ip()).collect())
}

impl HostAddresses {
    /// `allowed`: what of the machine's addresses may be offered where none is asked for by itself; empty:
    /// all of them.
    pub fn of(bind: SocketAddr, own: &[IpAddr], allowed: &[AddressBlock]) -> Result<Self, NoHostAddress> {
        let here_alone = bind.ip().is_loopback();
        if !here_alone && !bind.ip().is_unspecified() {
            return Ok(Self { offered: vec![bind], only_from: None });
        }
        let family = |ip: &IpAddr| here_alone || bind.is_ipv6() || ip.is_ipv4();
        let may = |ip: &IpAddr| allowed.is_empty() || allowed.iter().any(|block| block.contains(*ip));
        let mut found: Vec<IpAddr> =
            own.iter().copied().filter(|ip| is_reachable(ip) && family(ip) && may(ip)).collect();
        found.sort_by_key(|ip| ip.is_ipv6());
        found.dedup();
        found.truncate(HOST_ADDRESSES_MAX.saturating_sub(1));
        let last = if here_alone { bind.ip() } else { IpAddr::from([127, 0, 0, 1]) };
        found.extend(Some(last).filter(may));
        if found.is_empty() {
            return Err(NoHostAddress);
        }
        let offered = found.into_iter().map(|ip| SocketAddr::new(ip, bind.port())).collect();
        let only_from = here_alone.then(|| own.iter().copied().chain([bind.ip()]).collect());
        Ok(Self { offered, only_from })
    }
}

/// From another place than this interface or this machine.
fn is_reachable(ip: &IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !(link_local || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[&str] = &["127.0.0.1", "::1", "fe80::1", "2001:db8::5", "192.0.2.5", "169.254.7.7", "10.8.0.1"];

    fn of(bind: &str, own: &[&str], allowed: &[&str]) -> Result<HostAddresses, NoHostAddress> {
        let own: Vec<IpAddr> = own.iter().map(|ip| ip.parse().unwrap()).collect();
        let allowed: Vec<_> = allowed.iter().map(|block| AddressBlock::parse(block).unwrap()).collect();
        HostAddresses::of(bind.parse().unwrap(), &own, &allowed)
    }

    #[test]
    fn every_address_that_a_browser_can_reach_is_offered_and_loopback_last() {
        let rows: &[(&str, &[&str], &[&str])] = &[
            ("192.0.2.5:4000", &[], &["192.0.2.5:4000"]),
            ("192.0.2.5:4000", &["10.0.0.0/8"], &["192.0.2.5:4000"]),
            ("0.0.0.0:4000", &[], &["192.0.2.5:4000", "10.8.0.1:4000", "127.0.0.1:4000"]),
            ("0.0.0.0:4000", &["10.0.0.0/8"], &["10.8.0.1:4000"]),
            ("[::]:4000", &[], &["192.0.2.5:4000", "10.8.0.1:4000", "[2001:db8::5]:4000", "127.0.0.1:4000"]),
            ("127.0.0.1:0", &[], &["192.0.2.5:0", "10.8.0.1:0", "[2001:db8::5]:0", "127.0.0.1:0"]),
            ("[::1]:0", &["192.0.2.0/24", "::1"], &["192.0.2.5:0", "[::1]:0"]),
            ("127.0.0.1:0", &["127.0.0.0/8"], &["127.0.0.1:0"]),
        ];
        for (bind, allowed, offered) in rows {
            let told = of(bind, OWN, allowed).unwrap().offered;
            assert_eq!(told.iter().map(ToString::to_string).collect::<Vec<_>>(), *offered, "{bind} {allowed:?}");
        }
        assert_eq!(of("0.0.0.0:0", OWN, &["198.51.100.0/24"]), Err(NoHostAddress));
        assert_eq!(of("127.0.0.1:0", &[], &[]).unwrap().offered, [SocketAddr::from(([127, 0, 0, 1], 0))]);
    }

    #[test]
    fn a_server_for_this_machine_listens_to_this_machine_alone() {
        let here = of("127.0.0.1:0", OWN, &[]).unwrap().only_from.unwrap();
        for (ip, own) in [("192.0.2.5", true), ("127.0.0.1", true), ("2001:db8::5", true), ("192.0.2.6", false)] {
            assert_eq!(here.contains(&ip.parse().unwrap()), own, "{ip}");
        }
        assert!(
            ["0.0.0.0:0", "[::]:0", "192.0.2.5:0"].iter().all(|bind| of(bind, OWN, &[]).unwrap().only_from.is_none())
        );
    }

    #[test]
    fn a_machine_of_many_addresses_offers_some() {
        let own: Vec<String> = (0..200).map(|n| format!("10.0.0.{n}")).collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let offered = of("127.0.0.1:0", &own, &[]).unwrap().offered;
        assert_eq!(offered.len(), HOST_ADDRESSES_MAX);
        assert!(offered.last().unwrap().ip().is_loopback());
    }
}
