//! RTCP: sender and receiver reports, SDES and BYE (RFC 3550 §6).

use super::RtpError;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;

/// What a sender says about itself (RFC 3550 §6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SenderReport {
    /// NTP timestamp, 32.32 fixed point seconds since 1900.
    pub ntp: u64,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// What a receiver says about one source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// Of 256.
    pub fraction_lost: u8,
    /// 24-bit signed on the wire, clamped when written.
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// In timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time.
    pub last_sr: u32,
    /// Since that report, in 1/65536 s.
    pub delay_since_last_sr: u32,
}

/// One packet of a compound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rtcp {
    /// `block`: the first report in it, if any.
    Sender {
        ssrc: u32,
        report: SenderReport,
        block: Option<ReportBlock>,
    },
    Receiver {
        ssrc: u32,
        block: Option<ReportBlock>,
    },
    Bye {
        ssrc: Option<u32>,
    },
    /// SDES, APP, feedback: well formed, not used.
    Other {
        kind: u8,
    },
}

/// The packets of a compound, in order; ends after the first malformed one.
#[derive(Clone, Copy, Debug)]
pub struct RtcpPackets<'a>(&'a [u8]);

impl<'a> RtcpPackets<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl Iterator for RtcpPackets<'_> {
    type Item = Result<Rtcp, RtpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        Some(match split(self.0) {
            Ok((packet, rest)) => {
                self.0 = rest;
                Ok(packet)
            }
            Err(error) => {
                self.0 = &[];
                Err(error)
            }
        })
    }
}

fn split(bytes: &[u8]) -> Result<(Rtcp, &[u8]), RtpError> {
    let ([first, kind, l0, l1], after) = bytes.split_first_chunk::<4>().ok_or(RtpError::Truncated)?;
    if first >> 6 != 2 {
        return Err(RtpError::Version);
    }
    let length = usize::from(u16::from_be_bytes([*l0, *l1])) * 4;
    let (body, rest) = after.split_at_checked(length).ok_or(RtpError::Truncated)?;
    Ok((packet(*kind, body).ok_or(RtpError::Truncated)?, rest))
}

fn packet(kind: u8, body: &[u8]) -> Option<Rtcp> {
    let word = |index: usize| {
        let bytes = body.get(index.checked_mul(4)?..)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*bytes))
    };
    Some(match kind {
        SENDER_REPORT => {
            let ntp = (u64::from(word(1)?) << 32) | u64::from(word(2)?);
            let report = SenderReport { ntp, rtp_timestamp: word(3)?, packets: word(4)?, octets: word(5)? };
            Rtcp::Sender { ssrc: word(0)?, report, block: block(body.get(24..)?) }
        }
        RECEIVER_REPORT => Rtcp::Receiver { ssrc: word(0)?, block: block(body.get(4..)?) },
        GOODBYE => Rtcp::Bye { ssrc: word(0) },
        kind => Rtcp::Other { kind },
    })
}

fn block(bytes: &[u8]) -> Option<ReportBlock> {
    let words = bytes.first_chunk::<24>()?;
    let word = |i: usize| u32::from_be_bytes([words[i], words[i + 1], words[i + 2], words[i + 3]]);
    let lost = word(4);
    Some(ReportBlock {
        ssrc: word(0),
        fraction_lost: words[4],
        cumulative_lost: ((lost << 8) as i32) >> 8,
        highest_sequence: word(8),
        jitter: word(12),
        last_sr: word(16),
        delay_since_last_sr: word(20),
    })
}

/// Appends a compound of SR (with `sender`) or RR and an SDES with `cname`. `cname` is cut at 64 bytes.
pub fn write_report(
    out: &mut Vec<u8>,
    ssrc: u32,
    sender: Option<&SenderReport>,
    block: Option<&ReportBlock>,
    cname: &str,
) {
    let words = 1 + if sender.is_some() { 5 } else { 0 } + if block.is_some() { 6 } else { 0 };
    let kind = if sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    out.extend([0x80 | u8::from(block.is_some()), kind, 0, words]);
    out.extend(ssrc.to_be_bytes());
    if let Some(report) = sender {
        out.extend(report.ntp.to_be_bytes());
        [report.rtp_timestamp, report.packets, report.octets].iter().for_each(|w| out.extend(w.to_be_bytes()));
    }
    if let Some(block) = block {
        let lost = block.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0x00ff_ffff;
        let lost = (u32::from(block.fraction_lost) << 24) | lost;
        let words = [block.ssrc, lost, block.highest_sequence, block.jitter, block.last_sr, block.delay_since_last_sr];
        words.iter().for_each(|w| out.extend(w.to_be_bytes()));
    }
    write_description(out, ssrc, cname);
}

/// SDES with one CNAME item, padded with at least one null to a word (RFC 3550 §6.5).
fn write_description(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    let name = cname.as_bytes().get(..64).unwrap_or(cname.as_bytes());
    let padding = 4 - (2 + name.len()) % 4;
    let words = 1 + (2 + name.len() + padding) / 4;
    out.extend([0x81, SOURCE_DESCRIPTION, 0, words as u8]);
    out.extend(ssrc.to_be_bytes());
    out.extend([1, name.len() as u8]);
    out.extend(name);
    out.extend(std::iter::repeat_n(0, padding));
}

/// Appends an empty RR and a BYE (RFC 3550 §6.6; a compound begins with a report).
pub fn write_bye(out: &mut Vec<u8>, ssrc: u32) {
    out.extend([0x80, RECEIVER_REPORT, 0, 1]);
    out.extend(ssrc.to_be_bytes());
    out.extend([0x81, GOODBYE, 0, 1]);
    out.extend(ssrc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_report_reads_back() {
        let report = SenderReport { ntp: 0x0102_0304_0506_0708, rtp_timestamp: 9, packets: 10, octets: 11 };
        let block = ReportBlock {
            ssrc: 5,
            fraction_lost: 128,
            cumulative_lost: -3,
            highest_sequence: 70_000,
            jitter: 12,
            last_sr: 13,
            delay_since_last_sr: 14,
        };
        for cname in ["", "a", "ab", "abc", "abcd", &"x".repeat(100)] {
            let mut bytes = Vec::new();
            write_report(&mut bytes, 4, Some(&report), Some(&block), cname);
            let packets: Result<Vec<_>, _> = RtcpPackets::new(&bytes).collect();
            let expected = Rtcp::Sender { ssrc: 4, report, block: Some(block) };
            assert_eq!(packets, Ok(vec![expected, Rtcp::Other { kind: SOURCE_DESCRIPTION }]), "{cname}");
        }
        let mut bytes = Vec::new();
        write_report(&mut bytes, 4, None, Some(&block), "c");
        assert_eq!(RtcpPackets::new(&bytes).next(), Some(Ok(Rtcp::Receiver { ssrc: 4, block: Some(block) })));
        let mut bytes = Vec::new();
        write_bye(&mut bytes, 4);
        assert_eq!(RtcpPackets::new(&bytes).nth(1), Some(Ok(Rtcp::Bye { ssrc: Some(4) })));
    }

    #[test]
    fn ends_at_the_first_malformed_packet() {
        let bytes = [0x80, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1, 0x80, SENDER_REPORT, 0, 9, 0];
        let packets: Vec<_> = RtcpPackets::new(&bytes).collect();
        assert_eq!(packets, [Ok(Rtcp::Receiver { ssrc: 1, block: None }), Err(RtpError::Truncated)]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(RtcpPackets::new(&bytes).count() <= bytes.len() / 4 + 1);
        }
    }
}
