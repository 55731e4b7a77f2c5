//! Packets of a pcap file: raw IP (`LINKTYPE_RAW`), with headers of IP and UDP made for them whatever they came over.
//!
//! Limit: what a datagram holds; longer messages are cut.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use bytes::Bytes;

use crate::base::Instant;

/// What a file begins with: microseconds, raw IP.
pub const HEADER: [u8; 24] = {
    let mut header = [0; 24];
    let (magic, version): ([u8; 4], [u8; 4]) = ([0xd4, 0xc3, 0xb2, 0xa1], [2, 0, 4, 0]);
    (header[0], header[1], header[2], header[3]) = (magic[0], magic[1], magic[2], magic[3]);
    (header[4], header[5], header[6], header[7]) = (version[0], version[1], version[2], version[3]);
    // The longest packet there may be, 0x10000; the link type, 101.
    (header[18], header[20]) = (1, 101);
    header
};
/// Before each packet: seconds, microseconds, two lengths.
pub const RECORD: usize = 16;
const LONGEST: usize = 65_000;
const UDP: u8 = 17;
const HOPS: u8 = 64;

/// A packet with its record header.
pub fn record(at: Instant, from: SocketAddr, to: SocketAddr, message: &[u8]) -> Vec<u8> {
    let message = message.get(..LONGEST.min(message.len())).unwrap_or_default();
    let udp = datagram(from, to, message);
    let ip = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut head = vec![0x45, 0];
            head.extend_from_slice(&length(udp.len() + 20));
            head.extend_from_slice(&[0, 0, 0x40, 0, HOPS, UDP, 0, 0]);
            head.extend_from_slice(&from.octets());
            head.extend_from_slice(&to.octets());
            let sum = checksum(&[&head]).to_be_bytes();
            head.splice(10..12, sum);
            head
        }
        (from, to) => {
            let mut head = vec![0x60, 0, 0, 0];
            head.extend_from_slice(&length(udp.len()));
            head.extend_from_slice(&[UDP, HOPS]);
            head.extend_from_slice(&v6(from).octets());
            head.extend_from_slice(&v6(to).octets());
            head
        }
    };
    let micros = at.as_micros();
    let size = u32::try_from(ip.len() + udp.len()).unwrap_or(u32::MAX);
    let seconds = u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX);
    let rest = u32::try_from(micros % 1_000_000).unwrap_or(0);
    let head = [seconds, rest, size, size].map(u32::to_le_bytes);
    [head.as_flattened(), &ip, &udp].concat()
}

/// How long the packet behind a record header is, and when it was.
pub fn size(record: &[u8; RECORD]) -> (usize, Instant) {
    let word = |at: usize| {
        let bytes = record.get(at..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
        u64::from(u32::from_le_bytes(bytes))
    };
    let at = Instant::from_micros(word(0).saturating_mul(1_000_000).saturating_add(word(4)));
    (usize::try_from(word(8)).unwrap_or(usize::MAX), at)
}

/// What [`record`] made of a message, without the record header.
pub fn read(packet: &Bytes) -> Option<(SocketAddr, SocketAddr, Bytes)> {
    let (from, to, at): (IpAddr, IpAddr, usize) = match packet.first()? >> 4 {
        4 => {
            let octets = |at: usize| packet.get(at..)?.first_chunk::<4>().copied();
            (octets(12)?.into(), octets(16)?.into(), 20)
        }
        6 => {
            let octets = |at: usize| packet.get(at..)?.first_chunk::<16>().copied();
            (octets(8)?.into(), octets(24)?.into(), 40)
        }
        _ => return None,
    };
    let port = |at: usize| packet.get(at..)?.first_chunk::<2>().map(|port| u16::from_be_bytes(*port));
    let (from, to) = (SocketAddr::new(from, port(at)?), SocketAddr::new(to, port(at.checked_add(2)?)?));
    let payload = at.checked_add(8)?;
    (payload <= packet.len()).then(|| (from, to, packet.slice(payload..)))
}

fn datagram(from: SocketAddr, to: SocketAddr, message: &[u8]) -> Vec<u8> {
    let size = length(message.len() + 8);
    let mut udp = Vec::with_capacity(message.len() + 8);
    for part in [from.port().to_be_bytes(), to.port().to_be_bytes(), size, [0, 0]] {
        udp.extend_from_slice(&part);
    }
    udp.extend_from_slice(message);
    let addresses = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => [from.octets(), to.octets()].concat(),
        (from, to) => [v6(from).octets(), v6(to).octets()].concat(),
    };
    // RFC 768: none is written as zero, so zero is written the other way.
    let sum = match checksum(&[&addresses, &[0, UDP], &size, &udp]) {
        0 => u16::MAX,
        sum => sum,
    };
    udp.splice(6..8, sum.to_be_bytes());
    udp
}

fn v6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes()
}

/// RFC 1071; all parts but the last are of even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let word = |pair: &[u8]| match *pair {
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [high] => u32::from(u16::from_be_bytes([high, 0])),
        _ => 0,
    };
    let mut sum = words.map(word).fold(0u32, u32::wrapping_add);
    while sum > 0xffff {
        sum = (sum & 0xffff).wrapping_add(sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let at = Instant::from_micros(1_700_000_000_123_456);
        for (from, to) in [("192.0.2.1:5060", "198.51.100.7:40000"), ("[2001:db8::1]:5060", "[2001:db8::2]:5061")] {
            for message in [&b"INVITE sip:a SIP/2.0\r\n\r\n"[..], b"odd", b""] {
                let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
                let record = record(at, from, to, message);
                let (head, packet) = record.split_first_chunk::<RECORD>().unwrap();
                assert_eq!(size(head), (packet.len(), at));
                let packet = Bytes::copy_from_slice(packet);
                assert_eq!(read(&packet), Some((from, to, Bytes::copy_from_slice(message))));
                for cut in 0..packet.len() - message.len() {
                    assert_eq!(read(&packet.slice(..cut)), None);
                }
            }
        }
        let long = record(at, "192.0.2.1:1".parse().unwrap(), "192.0.2.1:2".parse().unwrap(), &[b'x'; 70_000]);
        assert_eq!(long.len(), RECORD + 28 + LONGEST);
    }

    #[test]
    fn the_headers_are_right() {
        assert_eq!(HEADER[..8], [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
        assert_eq!(HEADER[16..], [0, 0, 1, 0, 101, 0, 0, 0]);
        let record =
            record(Instant::from_micros(0), "192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap(), b"abc");
        let ip = &record[RECORD..];
        assert_eq!(checksum(&[&ip[..20]]), 0, "a header with its sum adds up to nothing");
        assert_eq!(checksum(&[&ip[12..20], &[0, UDP], &ip[24..26], &ip[20..]]), 0);
        assert_eq!(ip[2..4], [0, 31]);
    }
}
