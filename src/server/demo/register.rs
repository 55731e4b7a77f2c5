//! The client side of REGISTER with digest (RFC 3261 §10.2, RFC 7616, RFC 8760): a pure machine, one for
//! each phone. It makes requests and reads responses; when to send again is its owner's matter.
//!
//! What it is not: part of the server. [`crate::sip::endpoint`] registers nobody elsewhere.

use std::net::SocketAddr;

use bytes::Bytes;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::base::Rng;
use crate::sip::Transport;
use crate::sip::wire::{CSeq, Challenge, Contacts, Draft, Method, Name, NameAddr, Response, Uri, Via};

/// A phone's account at the center.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub user: String,
    pub password: String,
    pub realm: String,
}

/// What a response means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It answers another request.
    Foreign,
    /// Provisional.
    Wait,
    /// The request with credentials: send this.
    Again(Bytes),
    /// The binding stands for so many seconds; 0 after signing off.
    Done {
        expires_s: u32,
    },
    Refused {
        status: u16,
    },
}

#[derive(Debug)]
pub struct Register {
    account: Account,
    local: SocketAddr,
    call_id: String,
    tag: String,
    rng: Rng,
    cseq: u32,
    /// Of the request that is under way. Seconds.
    expires_s: u32,
    proof: Option<Proof>,
}

/// The challenge in force and how often it was answered.
#[derive(Debug)]
struct Proof {
    challenge: Challenge,
    count: u32,
    /// A request with it went out and was not accepted yet.
    tried: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Register {
    pub fn new(account: Account, local: SocketAddr, mut rng: Rng) -> Self {
        let (call_id, tag) = (rng.token(16), rng.token(10));
        Self { account, local, call_id, tag, rng, cseq: 0, expires_s: 0, proof: None }
    }

    /// A new request; `expires_s` 0 signs off. Carries credentials when a challenge is known.
    pub fn request(&mut self, expires_s: u32) -> Bytes {
        self.expires_s = expires_s;
        self.cseq = self.cseq.saturating_add(1);
        let Account { user, realm, .. } = &self.account;
        let registrar = Uri::sip("", realm, None);
        let record = NameAddr::new(Uri::sip(user, realm, None));
        let contact = NameAddr::new(Uri::sip(user, &host(self.local), Some(self.local.port())));
        let branch = format!("z9hG4bK{}", self.rng.token(16));
        let draft = Draft::request(Method::Register, &registrar)
            .push_via(&Via::new(Transport::Udp, self.local, &branch))
            .header(Name::From, record.clone().with_tag(&self.tag))
            .header(Name::To, record)
            .header(Name::CallId, format!("{}@{}", self.call_id, host(self.local)))
            .header(Name::CSeq, CSeq::new(self.cseq, Method::Register))
            .header(Name::Contact, contact)
            .header(Name::Expires, expires_s);
        match self.authorization(&registrar) {
            Some(authorization) => draft.header(Name::Authorization, authorization).to_bytes(),
            None => draft.to_bytes(),
        }
    }

    pub fn response(&mut self, response: &Response) -> Answer {
        let ours = response.call_id().starts_with(&self.call_id) && response.cseq().method == Method::Register;
        if !ours || response.cseq().number != self.cseq {
            return Answer::Foreign;
        }
        match response.status {
            100..200 => Answer::Wait,
            200..300 => {
                self.proof.iter_mut().for_each(|proof| proof.tried = false);
                let granted = response.contacts().ok().and_then(|contacts| self.granted(contacts));
                Answer::Done { expires_s: granted.or(response.expires()).unwrap_or(self.expires_s).min(self.expires_s) }
            }
            401 => self.challenged(response),
            status => Answer::Refused { status },
        }
    }

    /// Answers a challenge once; a second one only if the nonce was merely old.
    fn challenged(&mut self, response: &Response) -> Answer {
        let challenges = response.headers(Name::WwwAuthenticate).filter_map(|text| Challenge::parse(text).ok());
        let known = challenges.filter(|challenge| Algorithm::of(challenge).is_some());
        let Some(challenge) = known.take(1).next() else { return Answer::Refused { status: 401 } };
        if self.proof.as_ref().is_some_and(|proof| proof.tried) && !challenge.stale {
            self.proof = None;
            return Answer::Refused { status: 401 };
        }
        self.proof = Some(Proof { challenge, count: 0, tried: false });
        Answer::Again(self.request(self.expires_s))
    }

    fn authorization(&mut self, uri: &Uri) -> Option<String> {
        let cnonce = self.rng.token(12);
        let proof = self.proof.as_mut()?;
        proof.count = proof.count.saturating_add(1);
        proof.tried = true;
        let Challenge { realm, nonce, .. } = &proof.challenge;
        let algorithm = Algorithm::of(&proof.challenge)?;
        let Account { user, password, .. } = &self.account;
        let nc = format!("{:08x}", proof.count);
        let ha1 = algorithm.hash(&format!("{user}:{realm}:{password}"));
        let ha2 = algorithm.hash(&format!("REGISTER:{uri}"));
        let response = algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}"));
        let name = algorithm.name();
        Some(format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
             algorithm={name}, qop=auth, nc={nc}, cnonce=\"{cnonce}\""
        ))
    }

    /// How long our own contact was granted, among all of the record.
    fn granted(&self, contacts: Contacts) -> Option<u32> {
        let Contacts::List(contacts) = contacts else { return None };
        let ours =
            |contact: &&NameAddr| contact.uri.host == host(self.local) && contact.uri.port == Some(self.local.port());
        contacts.iter().find(ours).and_then(NameAddr::expires)
    }
}

fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

impl Algorithm {
    /// Challenges without `qop=auth` are not answered.
    fn of(challenge: &Challenge) -> Option<Self> {
        let auth = challenge.qop.iter().any(|qop| qop == "auth");
        match challenge.algorithm.as_deref() {
            None | Some("MD5") if auth => Some(Self::Md5),
            Some("SHA-256") if auth => Some(Self::Sha256),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn hash(self, text: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}
