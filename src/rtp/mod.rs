//! RTP and RTCP packets (RFC 3550) and telephone events (RFC 4733): bytes <-> values, in place.
//!
//! What it is: parsing without copying, building into a caller's buffer, and the arithmetic of
//! RFC 3550 appendix A over sequence numbers. What it is not: a session; who may send, and where
//! packets go, is decided in `media`. Parsing never panics and never allocates.

mod packet;
mod rtcp;
mod sequence;
mod telephone_event;

pub use packet::{HEADER_LEN, Header, Packet, is_rtcp};
pub use rtcp::{ReportBlock, Rtcp, RtcpPackets, SenderReport, write_bye, write_report};
pub use sequence::{Reception, unwrap_sequence};
pub use telephone_event::TelephoneEvent;

/// Why a datagram is not what it should be. Always the sender's fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RtpError {
    #[error("shorter than it says")]
    Truncated,
    #[error("not version 2")]
    Version,
    #[error("padding longer than the packet")]
    Padding,
}
