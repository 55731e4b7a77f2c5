//! Via (RFC 3261 §20.42) with `rport` and `received` (RFC 3581).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::Params;
use super::host::{check_host, host_text, parse_port, split_host};
use super::params::{Form, at_semicolon, check_params, is_token, trim};
use crate::sip::Transport;
use crate::sip::wire::WireError;

/// One Via value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Via {
    /// `SIP/2.0`, or what the peer wrote there: it goes back as it came.
    protocol: Cow<'static, str>,
    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS` … in upper case.
    pub transport: String,
    /// Sent-by host: name, IPv4, or IPv6 in brackets.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
}

impl Via {
    /// The magic cookie that marks a branch of RFC 3261.
    pub const COOKIE: &str = "z9hG4bK";

    /// `SIP/2.0/<transport> <sent_by>;branch=…;rport`. The branch gets the cookie if it has none.
    pub fn new(transport: Transport, sent_by: SocketAddr, branch: &str) -> Self {
        let mut params = Params::new();
        match branch.starts_with(Self::COOKIE) {
            true => params.set("branch", Some(branch)),
            false => params.set("branch", Some(&format!("{}{branch}", Self::COOKIE))),
        }
        params.set("rport", None);
        let transport = match transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
        };
        Self {
            protocol: Cow::Borrowed("SIP/2.0"),
            transport: transport.to_owned(),
            host: host_text(sent_by.ip()),
            port: Some(sent_by.port()),
            params,
        }
    }

    /// One value (no comma list), with blanks wherever RFC 3261 §25.1 lets them be.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let via = Self::parse_any_host(text)?;
        check_host(&via.host).map(|()| via)
    }

    /// The same, the host left unchecked: good enough to be sent back where it came from.
    pub(in crate::sip::wire) fn parse_any_host(text: &str) -> Result<Self, WireError> {
        let parts = Parts::split(text)?;
        Ok(Self {
            protocol: match (parts.protocol.eq_ignore_ascii_case("sip"), parts.version) {
                (true, "2.0") => Cow::Borrowed("SIP/2.0"),
                _ => Cow::Owned(format!("{}/{}", parts.protocol, parts.version)),
            },
            transport: parts.transport.to_ascii_uppercase(),
            host: parts.host.to_owned(),
            port: parts.port,
            params: Params::parse(parts.params, Form::Header)?,
        })
    }

    /// Is it one? The same as [`Via::parse`], and nothing is kept.
    pub(in crate::sip::wire) fn check(text: &str) -> Result<(), WireError> {
        let parts = Parts::split(text)?;
        check_host(parts.host)?;
        check_params(parts.params, Form::Header)
    }

    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// Does the branch carry the cookie and more (RFC 3261 §17.2.3)? If not, match by the rules of
    /// RFC 2543.
    pub fn has_cookie(&self) -> bool {
        self.branch().is_some_and(|branch| branch.len() > Self::COOKIE.len() && branch.starts_with(Self::COOKIE))
    }

    pub fn received(&self) -> Option<IpAddr> {
        self.params.get("received").and_then(|text| text.trim_matches(['[', ']']).parse().ok())
    }

    /// The filled-in `rport`, if any.
    pub fn rport(&self) -> Option<u16> {
        self.params.get("rport").and_then(|text| text.parse().ok())
    }

    /// What a server adds to the top Via of a request (RFC 3261 §18.2.1, RFC 3581 §4): `received` when
    /// sent-by differs from the source or `rport` is asked for, and the value of `rport`. A `received`
    /// the peer wrote itself goes.
    pub fn stamp(&mut self, source: SocketAddr) {
        let ip = source.ip().to_canonical();
        let is_asked = self.params.contains("rport");
        self.params.remove("received");
        if is_asked {
            self.params.set("rport", Some(&source.port().to_string()));
        }
        if is_asked || self.host_ip() != Some(ip) {
            self.params.set("received", Some(&ip.to_string()));
        }
    }

    /// Where a response over an unreliable transport goes (RFC 3261 §18.2.2, RFC 3581 §4);
    /// `None` if the host is a name that was never stamped. `maddr` is not followed: it would let
    /// anybody aim our answers.
    pub fn response_addr(&self) -> Option<SocketAddr> {
        let ip = self.received().or_else(|| self.host_ip())?;
        let port = self.rport().or(self.port).unwrap_or_else(|| self.default_port());
        Some(SocketAddr::new(ip, port))
    }

    /// `host:port` in lower case, the port made explicit: part of the server transaction key.
    pub fn sent_by(&self) -> String {
        let mut text = String::with_capacity(self.host.len() + 6);
        text.push_str(&self.host);
        text.make_ascii_lowercase();
        text.push(':');
        text.push_str(&self.port.unwrap_or_else(|| self.default_port()).to_string());
        text
    }

    fn default_port(&self) -> u16 {
        match self.transport.as_str() {
            "TLS" | "WSS" => 5061,
            _ => 5060,
        }
    }

    fn host_ip(&self) -> Option<IpAddr> {
        self.host.trim_matches(['[', ']']).parse().ok()
    }
}

/// A Via cut into its parts, all checked but host and parameters.
struct Parts<'a> {
    protocol: &'a str,
    version: &'a str,
    transport: &'a str,
    host: &'a str,
    port: Option<u16>,
    params: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, WireError> {
        const BAD: WireError = WireError::Value("not a Via");
        let (protocol, rest) = text.split_once('/').ok_or(BAD)?;
        let (version, rest) = rest.split_once('/').ok_or(BAD)?;
        let (protocol, version, rest) = (trim(protocol), trim(version), trim(rest));
        let (transport, rest) = rest.split_once([' ', '\t']).ok_or(BAD)?;
        let (sent_by, params) = at_semicolon(rest);
        let (host, port) = split_host(trim(sent_by));
        let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic());
        if !is_host || ![protocol, version, transport].into_iter().all(is_token) {
            return Err(BAD);
        }
        let port = match trim(port) {
            "" => None,
            port => Some(parse_port(trim(port.strip_prefix(':').ok_or(BAD)?))?),
        };
        Ok(Self { protocol, version, transport, host, port, params })
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.protocol, self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read_and_printed_one_way() {
        for (text, printed) in [
            ("SIP/2.0/UDP 192.0.2.2;branch=390skdjuw", "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw"),
            ("SIP  /   2.0  / udp    192.0.2.2;branch=390skdjuw", "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw"),
            (
                "SIP/2.0/TCP  spindle.example.com : 5070 ; branch  =   z9hG4bK9",
                "SIP/2.0/TCP spindle.example.com:5070;branch=z9hG4bK9",
            ),
            (
                "SIP/2.0/UDP [2001:db8::9:1]:5060;received=2001:db8::9:255",
                "SIP/2.0/UDP [2001:db8::9:1]:5060;received=2001:db8::9:255",
            ),
            ("SIP/7.0/UNKNOWN t5.example.com", "SIP/7.0/UNKNOWN t5.example.com"),
        ] {
            let via = Via::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(via.to_string(), printed);
            assert_eq!(Via::parse(printed), Ok(via));
        }
        for bad in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/2.0 h",
            "SIP/2.0/UDP 192.0.2.15;;",
            "SIP/2.0/UDP h:0x1",
            "SIP/2.0/U P h",
        ] {
            assert!(Via::parse(bad).is_err() && Via::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_source_is_stamped_and_answered() {
        let source: SocketAddr = "198.51.100.7:40000".parse().unwrap();
        let stamped = |text: &str| {
            let mut via = Via::parse(text).unwrap();
            via.stamp(source);
            (via.to_string(), via.response_addr().unwrap().to_string())
        };
        assert_eq!(
            stamped("SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK1"),
            (
                "SIP/2.0/UDP 10.0.0.1;rport=40000;branch=z9hG4bK1;received=198.51.100.7".into(),
                "198.51.100.7:40000".into()
            )
        );
        assert_eq!(
            stamped("SIP/2.0/UDP phone.example;branch=z9hG4bK1;received=192.0.2.66"),
            ("SIP/2.0/UDP phone.example;branch=z9hG4bK1;received=198.51.100.7".into(), "198.51.100.7:5060".into())
        );
        assert_eq!(
            stamped("SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK1"),
            ("SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK1".into(), "198.51.100.7:5070".into())
        );
    }

    #[test]
    fn a_bare_cookie_is_no_branch() {
        assert!(!Via::parse("SIP/2.0/UDP h;branch=z9hG4bK").unwrap().has_cookie());
        let via = Via::new(Transport::Ws, "[::1]:80".parse().unwrap(), "abc");
        assert!(via.has_cookie());
        assert_eq!(via.to_string(), "SIP/2.0/WS [::1]:80;branch=z9hG4bKabc;rport");
        assert_eq!(via.sent_by(), "[::1]:80");
    }
}
