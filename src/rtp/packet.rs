//! The RTP packet (RFC 3550 §5.1).

use super::RtpError;

/// Bytes of a header without contributing sources and extension: all that we ever send.
pub const HEADER_LEN: usize = 12;

/// The fields of the fixed header.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Header {
    pub marker: bool,
    /// 0-127.
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0u8; HEADER_LEN];
        bytes[0] = 0x80;
        bytes[1] = (self.payload_type & 0x7f) | if self.marker { 0x80 } else { 0 };
        bytes[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        bytes
    }
}

/// A parsed packet; contributing sources, extension and padding are stepped over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet<'a> {
    pub header: Header,
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtpError> {
        let (fixed, mut rest) = bytes.split_first_chunk::<HEADER_LEN>().ok_or(RtpError::Truncated)?;
        let [first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = *fixed;
        if first >> 6 != 2 {
            return Err(RtpError::Version);
        }
        rest = rest.get(usize::from(first & 0x0f) * 4..).ok_or(RtpError::Truncated)?;
        if first & 0x10 != 0 {
            let ([_, _, l0, l1], after) = rest.split_first_chunk::<4>().ok_or(RtpError::Truncated)?;
            let words = usize::from(u16::from_be_bytes([*l0, *l1]));
            rest = after.get(words * 4..).ok_or(RtpError::Truncated)?;
        }
        if first & 0x20 != 0 {
            let padding = usize::from(*rest.last().ok_or(RtpError::Padding)?);
            let kept = rest.len().checked_sub(padding).filter(|_| padding > 0).ok_or(RtpError::Padding)?;
            rest = rest.get(..kept).ok_or(RtpError::Padding)?;
        }
        let header = Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
        };
        Ok(Self { header, payload: rest })
    }
}

/// Tells RTCP from RTP on one port by the second byte (RFC 5761 §4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_over_sources_extension_and_padding() {
        let header = Header { marker: true, payload_type: 8, sequence: 65_535, timestamp: 1 << 31, ssrc: 7 };
        let mut bytes = header.to_bytes().to_vec();
        bytes[0] |= 0x32; // two sources, an extension, padding
        bytes.extend([0; 8]);
        bytes.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        bytes.extend([1, 2, 3, 0, 2]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet, Packet { header, payload: &[1, 2, 3] });
    }

    #[test]
    fn refuses_what_lies_about_its_length() {
        let plain = Header::default().to_bytes();
        let with = |first: u8, tail: &[u8]| {
            let mut bytes = plain.to_vec();
            bytes[0] = first;
            bytes.extend(tail);
            Packet::parse(&bytes).map(|p| p.payload.len())
        };
        for (first, tail, expected) in [
            (0x80, &[][..], Ok(0)),
            (0x40, &[], Err(RtpError::Version)),
            (0x81, &[0; 3], Err(RtpError::Truncated)),
            (0x90, &[0, 0, 0], Err(RtpError::Truncated)),
            (0x90, &[0, 0, 0xff, 0xff], Err(RtpError::Truncated)),
            (0xa0, &[], Err(RtpError::Padding)),
            (0xa0, &[0], Err(RtpError::Padding)),
            (0xa0, &[2], Err(RtpError::Padding)),
            (0xa0, &[1], Ok(0)),
        ] {
            assert_eq!(with(first, tail), expected, "{first:#x} {tail:?}");
        }
        assert_eq!(Packet::parse(&plain[..11]), Err(RtpError::Truncated));
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail_and_headers_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                let again = packet.header.to_bytes();
                prop_assert_eq!(Packet::parse(&again).map(|p| p.header), Ok(packet.header));
                prop_assert!(packet.payload.len() <= bytes.len() - HEADER_LEN);
            }
        }
    }
}
