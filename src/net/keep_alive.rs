//! STUN as a keep-alive of SIP flows over UDP (RFC 5626 §4.4.2, §8; RFC 8489): a binding request is answered with the
//! address that it came from. Whatever else it carries is passed over: nothing is proven, and nothing is given away.

use std::net::{IpAddr, SocketAddr};

const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const REQUEST: [u8; 2] = [0, 1];
const SUCCESS: [u8; 2] = [1, 1];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0, 0x20];

/// SIP begins with a letter, STUN with two zero bits.
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| first & 0xc0 == 0) && datagram.get(4..8) == Some(&COOKIE)
}

/// `None`: it asks for no address.
pub fn answer(datagram: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    let head = datagram.first_chunk::<HEADER>()?;
    let length = u16::from_be_bytes([head[2], head[3]]);
    let whole = usize::from(length).checked_add(HEADER)? == datagram.len();
    if !head.starts_with(&REQUEST) || !is_stun(datagram) || !whole {
        return None;
    }
    let (family, ip) = match source.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let mask = head.get(4..)?;
    let port = source.port() ^ u16::from_be_bytes([COOKIE[0], COOKIE[1]]);
    let mut value = vec![0, family];
    value.extend_from_slice(&port.to_be_bytes());
    value.extend(ip.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    let size = u16::try_from(value.len()).ok()?;
    let parts: [&[u8]; 6] =
        [&SUCCESS, &size.checked_add(4)?.to_be_bytes(), mask, &XOR_MAPPED_ADDRESS, &size.to_be_bytes(), &value];
    Some(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 §2.2 and §2.3 have these addresses, with this transaction.
    #[test]
    fn who_asks_is_told_where_he_is() {
        let transaction = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
        let request = [&[0, 1, 0, 0][..], &COOKIE, &transaction].concat();
        let answered = answer(&request, "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(answered[..4], [1, 1, 0, 12]);
        assert_eq!(answered[4..20], request[4..]);
        assert_eq!(answered[20..], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let answered = answer(&request, "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap()).unwrap();
        let expected = [
            0, 2, 0xa1, 0x47, 1, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9,
            0xd9,
        ];
        assert_eq!(answered[24..], expected);
        for at in 0..request.len() {
            assert_eq!(answer(&request[..at], "192.0.2.1:1".parse().unwrap()), None);
        }
        let response = [&[1, 1, 0, 0][..], &COOKIE, &transaction].concat();
        assert!(is_stun(&response) && answer(&response, "192.0.2.1:1".parse().unwrap()).is_none());
        assert!(!is_stun(b"OPTIONS sip:a SIP/2.0\r\n\r\n") && !is_stun(b"") && !is_stun(&[0; 40]));
    }
}
