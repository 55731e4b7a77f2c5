//! Session descriptions (RFC 8866): text <-> values.
//!
//! What it is: a bounded, tolerant parser, a printer whose output it reads back as the same value,
//! and the typed attributes a call needs. What it is not: offer/answer, which is
//! `media::negotiate`; it knows no codec and no address of ours.
//!
//! Tolerant where phones are sloppy (bare LF, missing `s=` and `t=`, unknown lines are skipped),
//! strict where a guess would be wrong (numbers that overflow, CR or NUL inside a line, a broken
//! `o=`, `c=` or `m=`).
//!
//! | limit | value | when passed |
//! | --- | --- | --- |
//! | description | [`MAX_BYTES`] | [`SdpError::TooLong`] |
//! | lines | [`MAX_LINES`] | [`SdpError::TooLong`] |
//! | `m=` sections | [`MAX_MEDIA`] | [`SdpError::TooManyMedia`] |
//! | formats of one `m=` | [`MAX_FORMATS`] | [`SdpError::BadLine`] |

mod attribute;
mod crypto;
mod description;
mod parse;
mod print;

pub use attribute::{Attribute, Candidate, Direction, Fingerprint, RtpMap, Setup};
pub use crypto::{Crypto, CryptoSuite, MasterKey, SrtpRule};
pub use description::{Connection, Description, Media, Origin};

/// The longest description read, in bytes.
pub const MAX_BYTES: usize = 32 * 1024;
/// The most lines read; a browser's offer of audio and video has about 200.
pub const MAX_LINES: usize = 1_000;
/// The most `m=` sections read.
pub const MAX_MEDIA: usize = 16;
/// The most formats one `m=` line may list.
pub const MAX_FORMATS: usize = 64;

/// Why a description could not be read. Always the peer's fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SdpError {
    #[error("the description is too long")]
    TooLong,
    #[error("the description has more than {MAX_MEDIA} media sections")]
    TooManyMedia,
    #[error("the description does not begin with v=0")]
    NotSdp,
    #[error("the description has no o= line")]
    NoOrigin,
    /// `line` counts from 1.
    #[error("line {line} of the description cannot be read")]
    BadLine { line: usize },
}
