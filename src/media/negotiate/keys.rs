//! How a plain leg comes to SRTP: keys in the descriptions (RFC 4568), or a handshake (RFC 5763) of which they name the
//! certificates.

use serde::{Deserialize, Serialize};

use super::profile::Profile;
use super::{Kind, NegotiateError, Negotiation};
use crate::media::{Handshake, Srtp, SrtpKeys};
use crate::sdp::{Attribute, Crypto, CryptoSuite, Description, Fingerprint, MasterKey, Media, Setup, SrtpRule};

/// That a plain leg speaks SRTP, and with what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Keying {
    rule: SrtpRule,
    /// One for each suite, and for this leg only.
    ours: [MasterKey; CryptoSuite::ALL.len()],
    /// Of our certificate; `None`: no handshakes here.
    fingerprint: Option<Fingerprint>,
}

impl Keying {
    /// `None`: it speaks plain RTP. `rule`: see [`SrtpRule::over`]; `ours`: in the order of [`CryptoSuite::ALL`].
    pub fn new(
        rule: SrtpRule,
        ours: [MasterKey; CryptoSuite::ALL.len()],
        fingerprint: Option<Fingerprint>,
    ) -> Option<Self> {
        (rule != SrtpRule::Off).then_some(Self { rule, ours, fingerprint })
    }

    /// The protocol of our first offer: `RTP/AVP` leaves the choice to the peer (RFC 8643).
    pub(super) fn protocol(keying: Option<Self>) -> &'static str {
        match keying.map(|keying| keying.rule) {
            Some(SrtpRule::Dtls) => "UDP/TLS/RTP/SAVP",
            Some(SrtpRule::Required) => "RTP/SAVP",
            Some(SrtpRule::Off | SrtpRule::Offered | SrtpRule::OfferedInClear) | None => "RTP/AVP",
        }
    }

    pub(super) fn shakes_hands(self) -> bool {
        self.fingerprint.is_some()
    }

    pub(super) fn takes_keys(self) -> bool {
        self.rule != SrtpRule::Dtls
    }

    fn is_required(self) -> bool {
        matches!(self.rule, SrtpRule::Required | SrtpRule::Dtls)
    }

    fn all(self) -> impl Iterator<Item = Crypto> {
        let suites = CryptoSuite::ALL.into_iter().zip(self.ours).filter(move |_| self.takes_keys());
        (1..).zip(suites).map(|(tag, (suite, key))| Crypto { tag, suite, key })
    }
}

/// What an offer of ours says of it: at first all, later what was agreed.
pub(super) fn offered(own: &Negotiation) -> Vec<Attribute> {
    let is_handshake = match &own.agreed {
        Some(session) => matches!(session.srtp, Some(Srtp::Handshake(_))),
        None => own.keying.is_some_and(|keying| keying.rule == SrtpRule::Dtls) || own.is_shaken(),
    };
    match is_handshake {
        // One association, and so one port, for both (RFC 5764 §4.1).
        true => certificate(own, Setup::ActPass).into_iter().chain([Attribute::flag("rtcp-mux")]).collect(),
        false => cryptos_offered(own).iter().map(attribute).collect(),
    }
}

fn cryptos_offered(own: &Negotiation) -> Vec<Crypto> {
    match own.agreed.as_ref().map(|session| &session.srtp) {
        Some(Some(Srtp::Keys(keys))) => vec![Crypto { tag: 1, suite: keys.suite, key: keys.ours }],
        Some(_) => Vec::new(),
        None => own.keying.into_iter().flat_map(Keying::all).collect(),
    }
}

impl Negotiation {
    /// The line in use is one of a handshake, whatever is agreed on.
    fn is_shaken(&self) -> bool {
        let line = self.shape.lines.get(self.shape.audio).filter(|_| self.local.kind == Kind::Plain);
        line.is_some_and(|line| Profile::of_protocol(&line.protocol) == Some(Profile::Secure))
    }
}

/// What our answer says of it.
pub(super) fn told(own: &Negotiation, offered: &Media, agreed: Option<&Srtp>) -> Vec<Attribute> {
    match agreed {
        None => Vec::new(),
        Some(Srtp::Handshake(shake)) => certificate(own, if shake.client { Setup::Active } else { Setup::Passive }),
        Some(Srtp::Keys(_)) => chosen(own, offered).iter().map(|(ours, _)| attribute(ours)).collect(),
    }
}

fn certificate(own: &Negotiation, setup: Setup) -> Vec<Attribute> {
    let fingerprint = own.keying.and_then(|keying| keying.fingerprint);
    let fingerprint = fingerprint.map(|print| Attribute::new("fingerprint", print));
    fingerprint.into_iter().chain([Attribute::new("setup", setup.name())]).collect()
}

/// What comes of a peer's offer: the first of its keys that we can use, or its certificate.
pub(super) fn answered(own: &Negotiation, offer: &Description, media: &Media) -> Result<Option<Srtp>, NegotiateError> {
    if Profile::of(offer, media) == Some(Profile::Handshake) {
        return shake(own, offer, media);
    }
    needed(own, media, chosen(own, media).map(|(_, keys)| Srtp::Keys(Box::new(keys))))
}

/// What comes of a peer's answer: it names one of those that we offered.
pub(super) fn accepted(own: &Negotiation, answer: &Description, media: &Media) -> Result<Option<Srtp>, NegotiateError> {
    if Profile::of(answer, media) == Some(Profile::Handshake) {
        return shake(own, answer, media);
    }
    let offered = cryptos_offered(own);
    let chosen = cryptos(media).find_map(|theirs| {
        let ours = offered.iter().find(|ours| (ours.tag, ours.suite) == (theirs.tag, theirs.suite))?;
        Some(Srtp::Keys(Box::new(SrtpKeys { suite: ours.suite, ours: ours.key, theirs: theirs.key })))
    });
    needed(own, media, chosen)
}

/// The first key of the peer that we can use, with ours as the answer has it.
fn chosen(own: &Negotiation, media: &Media) -> Option<(Crypto, SrtpKeys)> {
    cryptos(media).find_map(|theirs| {
        let ours = own.keying?.all().find(|ours| ours.suite == theirs.suite)?;
        let keys = SrtpKeys { suite: ours.suite, ours: ours.key, theirs: theirs.key };
        Some((Crypto { tag: theirs.tag, ..ours }, keys))
    })
}

fn shake(own: &Negotiation, description: &Description, media: &Media) -> Result<Option<Srtp>, NegotiateError> {
    if own.local.kind != Kind::Plain {
        return Ok(None);
    }
    let fingerprint = description.fingerprint_of(media).ok_or(NegotiateError::NoFingerprint)?;
    let client = description.setup_of(media) == Some(Setup::Passive);
    Ok(Some(Srtp::Handshake(Box::new(Handshake { fingerprint, client }))))
}

fn attribute(crypto: &Crypto) -> Attribute {
    Attribute::new("crypto", crypto)
}

fn cryptos(media: &Media) -> impl Iterator<Item = Crypto> {
    media.attributes.iter().filter(|a| a.is("crypto")).filter_map(|a| Crypto::parse(a.value.as_deref()?))
}

/// No key is an error where one must be.
fn needed(own: &Negotiation, media: &Media, chosen: Option<Srtp>) -> Result<Option<Srtp>, NegotiateError> {
    let is_required = own.keying.is_some_and(Keying::is_required);
    let must = is_required || Profile::of_protocol(&media.protocol) == Some(Profile::Keyed);
    let is_plain = own.local.kind == Kind::Plain;
    if chosen.is_none() && must && is_plain { Err(NegotiateError::NoKey) } else { Ok(chosen) }
}
