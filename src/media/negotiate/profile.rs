//! How the sound of a description travels.

use crate::sdp::{Description, Media};

/// The families of `m=` protocols.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Profile {
    Plain,
    /// SRTP with keys in the description (RFC 4568).
    Keyed,
    /// DTLS-SRTP of a phone (RFC 5763).
    Handshake,
    /// DTLS-SRTP behind ICE.
    Secure,
}

impl Profile {
    /// Browsers of old called DTLS-SRTP as others call SRTP.
    pub(super) fn of(description: &Description, media: &Media) -> Option<Self> {
        match Self::of_protocol(&media.protocol)? {
            Self::Keyed if description.fingerprint_of(media).is_none() || media.has("crypto") => Some(Self::Keyed),
            Self::Keyed | Self::Secure if description.value_of(media, "ice-ufrag").is_none() => Some(Self::Handshake),
            Self::Keyed | Self::Secure => Some(Self::Secure),
            profile => Some(profile),
        }
    }

    pub(super) fn of_protocol(protocol: &str) -> Option<Self> {
        match protocol.to_ascii_uppercase().as_str() {
            "RTP/AVP" | "RTP/AVPF" => Some(Self::Plain),
            "RTP/SAVP" | "RTP/SAVPF" => Some(Self::Keyed),
            "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" => Some(Self::Secure),
            _ => None,
        }
    }
}
