//! HEP version 3, the mirror of a capture server such as Homer (`hep_rev3`): one datagram a message.

use std::net::IpAddr;

use super::{Gist, Packet};
use crate::sip::Transport;

/// Chunk types of the generic vendor.
mod chunk {
    pub const FAMILY: u16 = 1;
    pub const PROTOCOL: u16 = 2;
    pub const V4: (u16, u16) = (3, 4);
    pub const V6: (u16, u16) = (5, 6);
    pub const PORTS: (u16, u16) = (7, 8);
    pub const SECONDS: u16 = 9;
    pub const MICROS: u16 = 10;
    pub const KIND: u16 = 11;
    pub const AGENT: u16 = 12;
    pub const PAYLOAD: u16 = 15;
    pub const CORRELATION: u16 = 17;
}

const SIP: u8 = 1;
/// What a datagram can hold besides the rest.
const LONGEST: usize = 60_000;

/// `agent`: the capture server knows us by it.
pub fn packet(packet: &Packet, agent: u32) -> Vec<u8> {
    let Packet { at, transport, from, to, bytes } = packet;
    let mut out = b"HEP3\0\0".to_vec();
    let family = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            put(&mut out, chunk::V4.0, &from.octets());
            put(&mut out, chunk::V4.1, &to.octets());
            2
        }
        (from, to) => {
            let v6 = |ip: IpAddr| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            put(&mut out, chunk::V6.0, &v6(from));
            put(&mut out, chunk::V6.1, &v6(to));
            10
        }
    };
    put(&mut out, chunk::FAMILY, &[family]);
    put(&mut out, chunk::PROTOCOL, &[if *transport == Transport::Udp { 17 } else { 6 }]);
    put(&mut out, chunk::PORTS.0, &from.port().to_be_bytes());
    put(&mut out, chunk::PORTS.1, &to.port().to_be_bytes());
    let micros = at.as_micros();
    put(&mut out, chunk::SECONDS, &u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX).to_be_bytes());
    put(&mut out, chunk::MICROS, &u32::try_from(micros % 1_000_000).unwrap_or(0).to_be_bytes());
    put(&mut out, chunk::KIND, &[SIP]);
    put(&mut out, chunk::AGENT, &agent.to_be_bytes());
    if let Some(gist) = Gist::of(bytes) {
        put(&mut out, chunk::CORRELATION, gist.interaction.unwrap_or(gist.call_id).as_bytes());
    }
    put(&mut out, chunk::PAYLOAD, bytes.get(..LONGEST.min(bytes.len())).unwrap_or_default());
    let size = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
    out.splice(4..6, size);
    out
}

/// Vendor 0, type, length with these six bytes, value.
fn put(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(value.len().saturating_add(6)).unwrap_or(u16::MAX);
    for part in [0, kind, length] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    use super::*;
    use crate::base::Instant;

    fn chunks(packet: &[u8]) -> BTreeMap<u16, Vec<u8>> {
        assert_eq!(&packet[..4], b"HEP3");
        assert_eq!(usize::from(u16::from_be_bytes([packet[4], packet[5]])), packet.len());
        let (mut chunks, mut rest) = (BTreeMap::new(), &packet[6..]);
        while !rest.is_empty() {
            let length = usize::from(u16::from_be_bytes([rest[4], rest[5]]));
            chunks.insert(u16::from_be_bytes([rest[2], rest[3]]), rest[6..length].to_vec());
            rest = &rest[length..];
        }
        chunks
    }

    #[test]
    fn a_message_and_where_it_went() {
        let bytes = Bytes::from_static(b"BYE sip:a SIP/2.0\r\nCall-ID: x@y\r\nCSeq: 2 BYE\r\n\r\n");
        for (transport, from, to, family) in [
            (Transport::Udp, "192.0.2.1:5060", "192.0.2.2:5061", 2),
            (Transport::Tls, "[2001:db8::1]:5060", "[2001:db8::2]:5061", 10),
        ] {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            let at = Instant::from_micros(1_700_000_000_000_007);
            let told = chunks(&super::packet(&Packet { at, transport, from, to, bytes: bytes.clone() }, 2_001));
            assert_eq!(told[&1], [family]);
            assert_eq!(told[&2], [if transport == Transport::Udp { 17 } else { 6 }]);
            assert_eq!((&told[&7][..], &told[&8][..]), (&5060u16.to_be_bytes()[..], &5061u16.to_be_bytes()[..]));
            assert_eq!((&told[&9][..], &told[&10][..]), (&1_700_000_000u32.to_be_bytes()[..], &7u32.to_be_bytes()[..]));
            assert_eq!((&told[&11][..], &told[&12][..]), (&[1][..], &2_001u32.to_be_bytes()[..]));
            assert_eq!((&told[&17][..], &told[&15][..]), (&b"x@y"[..], &bytes[..]));
            let source = if family == 2 { 3 } else { 5 };
            assert!(told.contains_key(&source) && told.contains_key(&(source + 1)));
        }
    }
}
