//! The client side of REGISTER with digest (RFC 3261 §10, RFC 7616), and of SUBSCRIBE, as a desk phone or browser does
//! it.

use std::net::SocketAddr;

use bytes::Bytes;
use carillon::sip::Transport;
use md5::{Digest as _, Md5};

pub struct Register {
    pub user: String,
    pub password: String,
    pub realm: String,
    pub local: SocketAddr,
    pub transport: Transport,
    /// Differs for every start of a phone, as a browser's does after a reload.
    pub instance: u64,
    pub cseq: u32,
    pub expires: u32,
}

impl Register {
    pub fn request(&mut self, challenge: Option<&str>) -> Bytes {
        let uri = format!("sip:{}", self.realm);
        self.ask("REGISTER", &uri, "", challenge)
    }

    /// Asks for the lamp of a box.
    pub fn subscribe(&mut self, mailbox: &str, challenge: Option<&str>) -> Bytes {
        let uri = format!("sip:{mailbox}@{}", self.realm);
        self.ask("SUBSCRIBE", &uri, "Event: message-summary\r\n", challenge)
    }

    fn ask(&mut self, method: &str, uri: &str, more: &str, challenge: Option<&str>) -> Bytes {
        self.cseq += 1;
        let authorization = challenge.map(|challenge| self.authorization(challenge, method, uri)).unwrap_or_default();
        let transport = match self.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
        };
        let parameter = if self.transport == Transport::Ws { ";transport=ws" } else { "" };
        let Self { user, realm, local, instance, cseq, expires, .. } = self;
        Bytes::from(format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} {local};branch=z9hG4bKr{instance}x{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@{realm}>;tag=t{instance}\r\nTo: <sip:{user}@{realm}>\r\n\
             Call-ID: reg-{user}-{instance}\r\nCSeq: {cseq} {method}\r\n{more}\
             Contact: <sip:{user}-{instance}@{local}{parameter}>\r\nExpires: {expires}\r\n\
             {authorization}Content-Length: 0\r\n\r\n"
        ))
    }

    fn authorization(&self, challenge: &str, method: &str, uri: &str) -> String {
        let nonce = parameter(challenge, "nonce").unwrap_or_default();
        let (nc, cnonce) = ("00000001", format!("c{}x{}", self.instance, self.cseq));
        let ha1 = hex(&format!("{}:{}:{}", self.user, self.realm, self.password));
        let ha2 = hex(&format!("{method}:{uri}"));
        let response = hex(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}"));
        format!(
            "Authorization: Digest username=\"{}\", realm=\"{}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm=MD5, qop=auth, nc={nc}, cnonce=\"{cnonce}\"\r\n",
            self.user, self.realm
        )
    }
}

/// The MD5 challenge of a 401, if this is one for us.
pub fn challenge(message: &str) -> Option<&str> {
    message.starts_with("SIP/2.0 401").then_some(())?;
    message.lines().find(|line| line.starts_with("WWW-Authenticate") && line.contains("MD5"))
}

fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let start = challenge.find(&format!("{name}=\""))? + name.len() + 2;
    challenge[start..].split('"').next()
}

fn hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
