//! STUN as far as an ICE-lite agent needs it: binding requests in, binding responses out.
//!
//! One strict pass over borrowed bytes. Attributes after MESSAGE-INTEGRITY are not protected by it, so
//! they are not read (RFC 8489 §14.5). Both MESSAGE-INTEGRITY and FINGERPRINT are demanded, as ICE does
//! (RFC 8445 §7.1).

use std::net::{IpAddr, SocketAddr};

use bytes::{BufMut, BytesMut};
use rtc_dtls::crypto_provider::{HmacAlgorithm, RTCCrypto};

const HEADER: usize = 20;
const COOKIE: u32 = 0x2112_A442;
const REQUEST: u16 = 0x0001;
const INDICATION: u16 = 0x0011;
const SUCCESS: u16 = 0x0101;
const ERROR: u16 = 0x0111;

const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;

const INTEGRITY_LEN: usize = 20;
/// Below this an unknown attribute must be understood to accept the message.
const COMPREHENSION_OPTIONAL: u16 = 0x8000;

pub(super) type TransactionId = [u8; 12];

/// Why a datagram is not a check of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum StunError {
    #[error("malformed")]
    Malformed,
    #[error("not a binding request")]
    NotRequest,
    #[error("for another user name")]
    ForeignUser,
    #[error("wrong MESSAGE-INTEGRITY")]
    Integrity,
    #[error("wrong FINGERPRINT")]
    Fingerprint,
    #[error("an attribute that must be understood and is not")]
    UnknownAttribute,
}

/// A binding request that carried the right password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Check {
    pub(super) transaction: TransactionId,
    pub(super) use_candidate: bool,
    /// The peer thinks that we are the controlling side, which a lite agent never is.
    pub(super) peer_is_controlled: bool,
}

/// The local half of USERNAME in a binding request: whose leg the datagram is for. Nothing is verified.
pub fn requested_ufrag(datagram: &[u8]) -> Option<&str> {
    let message = Message::read(datagram).ok().filter(|message| message.kind == REQUEST)?;
    message.attributes().find(|attribute| attribute.kind == USERNAME).and_then(|name| local_half(name.value))
}

fn local_half(username: &[u8]) -> Option<&str> {
    std::str::from_utf8(username).ok()?.split(':').next().filter(|half| !half.is_empty())
}

/// Reads and verifies a check for `ufrag` under `password`. `Ok(None)` is an indication (keep-alive).
pub(super) fn read_check(
    datagram: &[u8],
    ufrag: &str,
    password: &str,
    crypto: &dyn RTCCrypto,
) -> Result<Option<Check>, StunError> {
    let message = Message::read(datagram)?;
    match message.kind {
        REQUEST => {}
        INDICATION => return Ok(None),
        _ => return Err(StunError::NotRequest),
    }
    let mut check = Check { transaction: message.transaction, use_candidate: false, peer_is_controlled: false };
    let (mut for_us, mut unknown, mut integrity) = (false, false, None);
    for attribute in message.attributes() {
        match attribute.kind {
            USERNAME => for_us = local_half(attribute.value) == Some(ufrag),
            USE_CANDIDATE => check.use_candidate = true,
            ICE_CONTROLLED => check.peer_is_controlled = true,
            MESSAGE_INTEGRITY => {
                integrity = Some(attribute);
                break;
            }
            PRIORITY | COMPREHENSION_OPTIONAL.. => {}
            _ => unknown = true,
        }
    }
    if !for_us {
        return Err(StunError::ForeignUser);
    }
    let integrity = integrity.ok_or(StunError::Integrity)?;
    message.verify_integrity(&integrity, password, crypto)?;
    message.verify_fingerprint()?;
    if unknown { Err(StunError::UnknownAttribute) } else { Ok(Some(check)) }
}

/// The success response to a check, with the address it came from.
pub(super) fn success(
    transaction: &TransactionId,
    from: SocketAddr,
    password: &str,
    crypto: &dyn RTCCrypto,
) -> Option<BytesMut> {
    let mut value = BytesMut::with_capacity(20);
    value.put_u8(0);
    let port = from.port() ^ (COOKIE >> 16) as u16;
    match from.ip().to_canonical() {
        IpAddr::V4(ip) => {
            value.put_u8(1);
            value.put_u16(port);
            value.put_u32(u32::from(ip) ^ COOKIE);
        }
        IpAddr::V6(ip) => {
            value.put_u8(2);
            value.put_u16(port);
            let mut mask = [0; 16];
            mask[..4].copy_from_slice(&COOKIE.to_be_bytes());
            mask[4..].copy_from_slice(transaction);
            value.put_u128(u128::from(ip) ^ u128::from_be_bytes(mask));
        }
    }
    response(SUCCESS, transaction, XOR_MAPPED_ADDRESS, &value, password, crypto)
}

/// 487: we stay the controlled side (RFC 8445 §7.3.1.1).
pub(super) fn role_conflict(transaction: &TransactionId, password: &str, crypto: &dyn RTCCrypto) -> Option<BytesMut> {
    const VALUE: &[u8] = b"\0\0\x04\x57Role Conflict";
    response(ERROR, transaction, ERROR_CODE, VALUE, password, crypto)
}

/// `None` only if the provider has no HMAC-SHA1.
fn response(
    kind: u16,
    transaction: &TransactionId,
    attribute: u16,
    value: &[u8],
    password: &str,
    crypto: &dyn RTCCrypto,
) -> Option<BytesMut> {
    let mut message = BytesMut::with_capacity(96);
    message.put_u16(kind);
    message.put_u16(0);
    message.put_u32(COOKIE);
    message.put_slice(transaction);
    put_attribute(&mut message, attribute, value);
    let tag = integrity(&covered(&message, 4 + INTEGRITY_LEN), &message[HEADER..], password, crypto)?;
    put_attribute(&mut message, MESSAGE_INTEGRITY, &tag);
    let crc = crc32(&[&covered(&message, 8), &message[HEADER..]]) ^ 0x5354_554e;
    put_attribute(&mut message, FINGERPRINT, &crc.to_be_bytes());
    let header = covered(&message, 0);
    message[..HEADER].copy_from_slice(&header);
    Some(message)
}

fn put_attribute(message: &mut BytesMut, kind: u16, value: &[u8]) {
    message.put_u16(kind);
    message.put_u16(value.len() as u16);
    message.put_slice(value);
    message.put_bytes(0, padding(value.len()));
}

/// The header as a check covers it: with the length as if `more` bytes of attribute followed.
fn covered(message: &[u8], more: usize) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header.copy_from_slice(&message[..HEADER]);
    header[2..4].copy_from_slice(&((message.len() - HEADER + more) as u16).to_be_bytes());
    header
}

fn integrity(header: &[u8], body: &[u8], password: &str, crypto: &dyn RTCCrypto) -> Option<[u8; INTEGRITY_LEN]> {
    let mut tag = [0; INTEGRITY_LEN];
    let mut mac = crypto.new_hmac(HmacAlgorithm::Sha1, password.as_bytes()).ok()?;
    mac.sign(&[header, body], &mut tag).ok()?;
    Some(tag)
}

struct Message<'a> {
    kind: u16,
    transaction: TransactionId,
    bytes: &'a [u8],
}

#[derive(Clone, Copy)]
struct Attribute<'a> {
    kind: u16,
    value: &'a [u8],
    /// Where the attribute's header begins in the message.
    at: usize,
}

impl<'a> Message<'a> {
    /// Checks the framing of the message and of every attribute.
    fn read(bytes: &'a [u8]) -> Result<Self, StunError> {
        let (header, body) = bytes.split_first_chunk::<HEADER>().ok_or(StunError::Malformed)?;
        let [k0, k1, l0, l1, c0, c1, c2, c3, transaction @ ..] = *header;
        let kind = u16::from_be_bytes([k0, k1]);
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let cookie = u32::from_be_bytes([c0, c1, c2, c3]);
        if kind >= 0x4000 || cookie != COOKIE || length != body.len() || !length.is_multiple_of(4) {
            return Err(StunError::Malformed);
        }
        let message = Self { kind, transaction, bytes };
        let end = message
            .attributes()
            .last()
            .map_or(HEADER, |last| last.at + 4 + last.value.len() + padding(last.value.len()));
        if end == bytes.len() { Ok(message) } else { Err(StunError::Malformed) }
    }

    fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let bytes = self.bytes;
        let mut at = HEADER;
        std::iter::from_fn(move || {
            let (header, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
            let [k0, k1, l0, l1] = *header;
            let length = usize::from(u16::from_be_bytes([l0, l1]));
            let value = rest.get(..length)?;
            let attribute = Attribute { kind: u16::from_be_bytes([k0, k1]), value, at };
            at += 4 + length + padding(length);
            Some(attribute)
        })
    }

    fn verify_integrity(
        &self,
        integrity: &Attribute<'_>,
        password: &str,
        crypto: &dyn RTCCrypto,
    ) -> Result<(), StunError> {
        let before = self.bytes.get(..integrity.at).ok_or(StunError::Malformed)?;
        let header = covered(before, 4 + INTEGRITY_LEN);
        let body = before.get(HEADER..).ok_or(StunError::Malformed)?;
        let mut mac = crypto.new_hmac(HmacAlgorithm::Sha1, password.as_bytes()).map_err(|_| StunError::Integrity)?;
        mac.verify(&[&header, body], integrity.value).map_err(|_| StunError::Integrity)
    }

    /// FINGERPRINT must be the last attribute.
    fn verify_fingerprint(&self) -> Result<(), StunError> {
        let last = self.attributes().last().filter(|last| last.kind == FINGERPRINT).ok_or(StunError::Fingerprint)?;
        let before = self.bytes.get(..last.at).ok_or(StunError::Malformed)?;
        let crc = crc32(&[before]) ^ 0x5354_554e;
        if last.value == crc.to_be_bytes() { Ok(()) } else { Err(StunError::Fingerprint) }
    }
}

fn padding(length: usize) -> usize {
    length.wrapping_neg() & 3
}

/// CRC-32 of ISO/IEC 13239, reflected.
fn crc32(parts: &[&[u8]]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut crc = i as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
                bit += 1;
            }
            table[i] = crc;
            i += 1;
        }
        table
    };
    let step = |crc: u32, byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
    !parts.iter().flat_map(|part| part.iter()).fold(u32::MAX, step)
}

#[cfg(test)]
pub(crate) mod test_support {
    use super::*;

    /// A binding request as a full agent sends it.
    pub(crate) fn request(
        transaction: &TransactionId,
        username: &str,
        password: &str,
        attributes: &[(u16, &[u8])],
        crypto: &dyn RTCCrypto,
    ) -> Vec<u8> {
        let mut message = BytesMut::new();
        message.put_u16(REQUEST);
        message.put_u16(0);
        message.put_u32(COOKIE);
        message.put_slice(transaction);
        put_attribute(&mut message, USERNAME, username.as_bytes());
        for (kind, value) in attributes {
            put_attribute(&mut message, *kind, value);
        }
        let tag = integrity(&covered(&message, 24), &message[HEADER..], password, crypto).unwrap();
        put_attribute(&mut message, MESSAGE_INTEGRITY, &tag);
        seal(&mut message);
        message.to_vec()
    }

    /// Appends FINGERPRINT and sets the length.
    pub(crate) fn seal(message: &mut BytesMut) {
        let crc = crc32(&[&covered(message, 8), &message[HEADER..]]) ^ 0x5354_554e;
        put_attribute(message, FINGERPRINT, &crc.to_be_bytes());
        let header = covered(message, 0);
        message[..HEADER].copy_from_slice(&header);
    }

    pub(crate) const NOMINATE: (u16, &[u8]) = (USE_CANDIDATE, b"");
    pub(crate) const CONTROLLED: (u16, &[u8]) = (ICE_CONTROLLED, b"12345678");

    pub(crate) fn is_success(datagram: &[u8], transaction: &TransactionId) -> bool {
        Message::read(datagram).is_ok_and(|message| message.kind == SUCCESS && message.transaction == *transaction)
    }

    pub(crate) fn is_role_conflict(datagram: &[u8]) -> bool {
        Message::read(datagram).is_ok_and(|message| {
            message.kind == ERROR && message.attributes().any(|a| a.value.get(2..4) == Some(b"\x04\x57"))
        })
    }
}

#[cfg(test)]
mod tests {
    use rtc_dtls::crypto_provider::default_provider;

    use super::test_support::{NOMINATE, request, seal};
    use super::*;

    /// RFC 5769 §2.1.
    const SAMPLE_REQUEST: &[u8] = b"\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
        \x80\x22\x00\x10STUN test client\x00\x24\x00\x04\x6e\x00\x01\xff\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36\
        \x00\x06\x00\x09\x65\x76\x74\x6a\x3a\x68\x36\x76\x59\x20\x20\x20\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\
        \x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2\x80\x28\x00\x04\xe5\x7a\x3b\xcf";
    const SAMPLE_PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

    #[test]
    fn the_sample_request_of_rfc_5769_is_verified() {
        let provider = default_provider().unwrap();
        let check = read_check(SAMPLE_REQUEST, "evtj", SAMPLE_PASSWORD, provider.crypto()).unwrap().unwrap();
        assert!(check.peer_is_controlled && !check.use_candidate);
        assert_eq!(requested_ufrag(SAMPLE_REQUEST), Some("evtj"));
        let wrong = |ufrag, password| read_check(SAMPLE_REQUEST, ufrag, password, provider.crypto());
        assert_eq!(wrong("evtj", "VOkJxbRl1RmTxUk/WvJxBu"), Err(StunError::Integrity));
        assert_eq!(wrong("evt", SAMPLE_PASSWORD), Err(StunError::ForeignUser));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let provider = default_provider().unwrap();
        for bit in 0..SAMPLE_REQUEST.len() * 8 {
            let mut bytes = SAMPLE_REQUEST.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = read_check(&bytes, "evtj", SAMPLE_PASSWORD, provider.crypto());
            assert!(!matches!(read, Ok(Some(_))), "bit {bit}");
        }
        for cut in 0..SAMPLE_REQUEST.len() {
            assert_eq!(Message::read(&SAMPLE_REQUEST[..cut]).err(), Some(StunError::Malformed), "cut {cut}");
        }
    }

    #[test]
    fn what_follows_the_integrity_is_not_believed() {
        let provider = default_provider().unwrap();
        let honest = request(&[1; 12], "us:them", "secret", &[], provider.crypto());
        let mut forged = BytesMut::from(&honest[..honest.len() - 8]);
        put_attribute(&mut forged, USE_CANDIDATE, b"");
        seal(&mut forged);
        let check = read_check(&forged, "us", "secret", provider.crypto()).unwrap().unwrap();
        assert!(!check.use_candidate);
        let nominated = request(&[1; 12], "us:them", "secret", &[NOMINATE], provider.crypto());
        assert!(read_check(&nominated, "us", "secret", provider.crypto()).unwrap().unwrap().use_candidate);
    }

    #[test]
    fn the_responses_of_rfc_5769_are_made_byte_for_byte_up_to_the_software_name() {
        let provider = default_provider().unwrap();
        let transaction = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
        let v4 = success(&transaction, "192.0.2.1:32853".parse().unwrap(), SAMPLE_PASSWORD, provider.crypto()).unwrap();
        assert_eq!(&v4[HEADER..HEADER + 12], b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43");
        let from = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
        let v6 = success(&transaction, from, SAMPLE_PASSWORD, provider.crypto()).unwrap();
        assert_eq!(
            &v6[HEADER..HEADER + 24],
            b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"
        );
        for response in [&v4, &v6] {
            let message = Message::read(response).unwrap();
            let tag = message.attributes().find(|attribute| attribute.kind == MESSAGE_INTEGRITY).unwrap();
            message.verify_integrity(&tag, SAMPLE_PASSWORD, provider.crypto()).unwrap();
            message.verify_fingerprint().unwrap();
        }
    }

    #[test]
    fn an_attribute_that_must_be_understood_refuses_the_request() {
        let provider = default_provider().unwrap();
        let bytes = request(&[2; 12], "us:them", "secret", &[(0x7fff, b"what")], provider.crypto());
        assert_eq!(read_check(&bytes, "us", "secret", provider.crypto()), Err(StunError::UnknownAttribute));
    }
}
