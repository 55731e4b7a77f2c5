//! Attributes: the raw pair and the ones that have a meaning here.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// `a=name` or `a=name:value`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    pub name: String,
    pub value: Option<String>,
}

impl Attribute {
    /// `a=name`
    pub fn flag(name: &str) -> Self {
        Self { name: name.to_owned(), value: None }
    }

    /// Names are compared without regard to case: phones are free with them.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// `a=name:value`
    pub fn new(name: &str, value: impl fmt::Display) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_string()) }
    }
}

/// Which way media flows, seen from whoever holds the value (RFC 8866 §6.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other end.
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both allow.
    pub const fn and(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
        all.into_iter().find(|direction| direction.name().eq_ignore_ascii_case(name))
    }
}

/// `a=rtpmap:0 PCMU/8000` (RFC 8866 §6.6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RtpMap {
    pub payload_type: u8,
    /// Compared without regard to case.
    pub encoding: String,
    /// In hertz.
    pub clock: u32,
    /// Said where it is not one.
    pub channels: Option<u8>,
}

impl RtpMap {
    pub fn parse(value: &str) -> Option<Self> {
        let (payload_type, rest) = value.trim().split_once([' ', '\t'])?;
        let mut parts = rest.trim().split('/');
        let encoding = parts.next().filter(|e| !e.is_empty())?.to_owned();
        // Some leave it away, and mean the one of nearly all telephony.
        let clock = parts.next().map_or(Some(8_000), |clock| clock.trim().parse().ok())?;
        let channels = parts.next().and_then(|channels| channels.trim().parse().ok()).filter(|channels| *channels > 1);
        let payload_type = payload_type.parse().ok().filter(|pt| *pt < 128)?;
        Some(Self { payload_type, encoding, clock, channels })
    }

    /// The static payload types of RFC 3551 that this house speaks.
    pub fn fixed(payload_type: u8) -> Option<Self> {
        let encoding = match payload_type {
            0 => "PCMU",
            8 => "PCMA",
            9 => "G722",
            18 => "G729",
            _ => return None,
        };
        Some(Self { payload_type, encoding: encoding.to_owned(), clock: 8_000, channels: None })
    }

    pub fn is(&self, encoding: &str, clock: u32) -> bool {
        self.clock == clock && self.encoding.eq_ignore_ascii_case(encoding)
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.payload_type, self.encoding, self.clock)?;
        self.channels.map_or(Ok(()), |channels| write!(f, "/{channels}"))
    }
}

/// `a=fingerprint:sha-256 AA:BB:…` (RFC 8122 §5); other hashes are not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    pub fn parse(value: &str) -> Option<Self> {
        let (hash, digits) = value.trim().split_once(' ')?;
        if !hash.eq_ignore_ascii_case("sha-256") {
            return None;
        }
        let mut bytes = [0u8; 32];
        let mut pairs = digits.trim().split(':');
        for byte in &mut bytes {
            let pair = pairs.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        pairs.next().is_none().then_some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha-256")?;
        self.0.iter().enumerate().try_for_each(|(i, b)| write!(f, "{}{b:02X}", if i == 0 { ' ' } else { ':' }))
    }
}

/// `a=setup` (RFC 4145 §4): who starts the DTLS handshake.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setup {
    Active,
    Passive,
    ActPass,
}

impl Setup {
    pub fn parse(value: &str) -> Option<Self> {
        [Self::Active, Self::Passive, Self::ActPass].into_iter().find(|s| s.name() == value.trim())
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
        }
    }
}

/// `a=candidate` of a host over UDP (RFC 8839 §5.1): the only kind an ICE-lite server offers, and
/// the only one it would read, since a full peer sends the checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    pub foundation: String,
    pub component: u8,
    pub priority: u32,
    pub address: IpAddr,
    pub port: u16,
}

impl Candidate {
    /// One of ours: RTP with RTCP multiplexed. `place`: 0 for the address liked best. Priority as RFC 8445
    /// §5.1.2.1 has it for the host candidates of a host with several addresses: each its own.
    pub fn host(place: u16, address: SocketAddr) -> Self {
        let priority = (126 << 24) | (u32::from(u16::MAX - place) << 8) | 255;
        let foundation = (u32::from(place) + 1).to_string();
        Self { foundation, component: 1, priority, address: address.ip(), port: address.port() }
    }

    /// `None` for every other kind, transport or an obfuscated (`.local`) address.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let foundation = words.next()?.to_owned();
        let component = words.next()?.parse().ok()?;
        let udp = words.next()?.eq_ignore_ascii_case("udp");
        let priority = words.next()?.parse().ok()?;
        let address = words.next()?.parse().ok()?;
        let port = words.next()?.parse().ok()?;
        let host = words.next()? == "typ" && words.next()? == "host";
        (udp && host).then_some(Self { foundation, component, priority, address, port })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { foundation, component, priority, address, port } = self;
        write!(f, "{foundation} {component} udp {priority} {address} {port} typ host")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_turn_around_and_meet() {
        use Direction::*;
        for (here, there) in [(SendRecv, SendRecv), (SendOnly, RecvOnly), (RecvOnly, SendOnly), (Inactive, Inactive)] {
            assert_eq!(here.reversed(), there);
            assert_eq!(here.and(SendRecv), here);
            assert_eq!(here.and(Inactive), Inactive);
            assert_eq!(Direction::from_name(here.name()), Some(here));
        }
        assert_eq!(SendOnly.and(RecvOnly), Inactive);
    }

    #[test]
    fn typed_attributes_read_back_what_they_print() {
        let print =
            "sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF";
        assert_eq!(Fingerprint::parse(print).map(|p| p.to_string()).as_deref(), Some(print));
        assert_eq!(Fingerprint::parse(&print.to_lowercase()).map(|p| p.to_string()).as_deref(), Some(print));
        assert_eq!(Fingerprint::parse(&format!("{print}:00")), None);
        assert_eq!(Fingerprint::parse("sha-1 00:01"), None);
        let candidate = Candidate::host(0, "[2001:db8::1]:7000".parse().unwrap());
        assert_eq!(candidate.to_string(), "1 1 udp 2130706431 2001:db8::1 7000 typ host");
        assert_eq!(Candidate::parse(&candidate.to_string()), Some(candidate));
        let second = Candidate::host(1, "192.0.2.1:7000".parse().unwrap());
        assert_eq!(second.to_string(), "2 1 udp 2130706175 192.0.2.1 7000 typ host");
        assert_eq!(Candidate::parse("1 1 udp 1 abc.local 9 typ host"), None);
        assert_eq!(RtpMap::parse("96 opus/48000/2").map(|m| (m.clock, m.channels)), Some((48_000, Some(2))));
        assert_eq!(RtpMap::parse("200 PCMU/8000"), None);
        assert_eq!(RtpMap::parse("0 PCMU/99999999999"), None);
    }
}
