//! Answers to digest challenges: the side that is asked (RFC 3261 §22.2, §22.3, RFC 7616, RFC 8760). MD5 and
//! SHA-256, `qop=auth` or the old form without.
//!
//! What it is not: it sends nothing and knows no dialog. One [`Prover`] belongs to one leg, one account to one
//! trunk.
//!
//! | challenge | answer |
//! | --- | --- |
//! | the first to a request | credentials by the strongest algorithm that is offered |
//! | a further one to the same request, `stale` | credentials with the new nonce, [`TRIES`] in all |
//! | a further one to the same request | none: the account is not taken there |
//! | other realms only, `auth-int` only, unknown algorithms only | none |
//!
//! Later requests of the leg carry credentials without being asked. HA1 holds for one realm, so whoever asks in
//! another name learns nothing.

use super::Account;
use super::auth::Algorithm;
use super::tokens::Tokens;
use super::wire::{Challenge, Credentials, Method, Name, Response};

/// Answers to the challenges of one request.
const TRIES: u8 = 3;

/// Proves an account to a peer, and to a proxy before it.
#[derive(Debug)]
pub struct Prover {
    account: Account,
    server: Option<Asked>,
    proxy: Option<Asked>,
    /// The credentials of the last INVITE: its ACK carries the same (RFC 3261 §13.2.2.4).
    of_invite: Vec<(Name, String)>,
}

#[derive(Debug)]
struct Asked {
    challenge: Challenge,
    algorithm: Algorithm,
    /// Requests that used the nonce.
    count: u32,
    /// Challenges to the present request.
    tries: u8,
}

impl Prover {
    pub fn new(account: Account) -> Self {
        Self { account, server: None, proxy: None, of_invite: Vec::new() }
    }

    /// A new request begins: it may be challenged again.
    pub fn begin(&mut self) {
        for asked in [&mut self.server, &mut self.proxy].into_iter().flatten() {
            asked.tries = 0;
        }
    }

    /// Takes the challenge of a 401 or 407. `false`: there is no answer to it.
    pub fn take(&mut self, response: &Response) -> bool {
        let found = match response.status {
            401 => self.best(response, Name::WwwAuthenticate),
            407 => self.best(response, Name::ProxyAuthenticate),
            _ => None,
        };
        let Some((algorithm, challenge)) = found else { return false };
        let asked = if response.status == 401 { &mut self.server } else { &mut self.proxy };
        let tries = asked.as_ref().map_or(0, |asked| asked.tries);
        if tries > 0 && (!challenge.stale || tries >= TRIES) {
            return false;
        }
        *asked = Some(Asked { challenge, algorithm, count: 0, tries: tries.saturating_add(1) });
        true
    }

    fn best(&self, response: &Response, name: Name) -> Option<(Algorithm, Challenge)> {
        let challenges = response.headers(name).filter_map(|line| Challenge::parse(line).ok());
        let ours = challenges.filter(|challenge| {
            let auth = challenge.qop.is_empty() || challenge.qop.iter().any(|qop| qop.eq_ignore_ascii_case("auth"));
            challenge.realm == self.account.realm && auth
        });
        let known = ours.filter_map(|challenge| Some((Algorithm::parse(challenge.algorithm.as_deref())?, challenge)));
        known.max_by_key(|(algorithm, _)| *algorithm)
    }

    /// The headers of a request with this method and request URI; none, as long as nobody has asked.
    pub fn credentials(&mut self, tokens: &mut Tokens, method: &Method, uri: &str) -> Vec<(Name, String)> {
        let account = &self.account;
        let sides = [(Name::Authorization, &mut self.server), (Name::ProxyAuthorization, &mut self.proxy)];
        let headers = sides.into_iter().filter_map(|(name, asked)| {
            let asked = asked.as_mut()?;
            asked.count = asked.count.saturating_add(1);
            Some((name, asked.credentials(account, &tokens.take(), method, uri).to_string()))
        });
        let headers: Vec<_> = headers.collect();
        if *method == Method::Invite {
            self.of_invite.clone_from(&headers);
        }
        headers
    }

    /// The headers of the ACK to a 2xx.
    pub fn of_invite(&self) -> &[(Name, String)] {
        &self.of_invite
    }
}

impl Asked {
    fn credentials(&self, account: &Account, cnonce: &str, method: &Method, uri: &str) -> Credentials {
        let Challenge { realm, nonce, algorithm, qop, opaque, .. } = &self.challenge;
        let ha1 = match self.algorithm {
            Algorithm::Md5 => account.ha1_md5.reveal(),
            Algorithm::Sha256 => account.ha1_sha256.reveal(),
        };
        let ha2 = self.algorithm.hash(&format!("{method}:{uri}"));
        let nc = format!("{:08x}", self.count);
        let response = match qop.is_empty() {
            true => self.algorithm.hash(&format!("{ha1}:{nonce}:{ha2}")),
            false => self.algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")),
        };
        let mut fields = vec![
            ("username", account.user.clone()),
            ("realm", realm.clone()),
            ("nonce", nonce.clone()),
            ("uri", uri.to_owned()),
            ("response", response),
        ];
        fields.extend(algorithm.clone().map(|algorithm| ("algorithm", algorithm)));
        fields.extend(opaque.clone().map(|opaque| ("opaque", opaque)));
        if !qop.is_empty() {
            fields.extend([("qop", "auth".to_owned()), ("nc", nc), ("cnonce", cnonce.to_owned())]);
        }
        Credentials::digest(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Message;

    fn prover() -> Prover {
        Prover::new(Account::new("Mufasa", "http-auth@example.org", "Circle of Life"))
    }

    fn asks(prover: &mut Prover, status: u16, challenges: &[&str]) -> bool {
        let name = if status == 407 { "Proxy-Authenticate" } else { "WWW-Authenticate" };
        let lines: String = challenges.iter().map(|one| format!("{name}: Digest {one}\r\n")).collect();
        let text = format!(
            "SIP/2.0 {status} Asked\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        match Message::parse(text.into_bytes().into()).unwrap() {
            Message::Response(response) => prover.take(&response),
            Message::Request(_) => unreachable!(),
        }
    }

    fn field(text: &str, name: &str) -> Option<String> {
        Credentials::parse(text).unwrap().field(name).map(str::to_owned)
    }

    /// RFC 7616 §3.9.1, with its own cnonce.
    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, wanted) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let mut prover = prover();
            let challenge = format!(
                "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"{nonce}\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            assert!(asks(&mut prover, 401, &[&challenge]));
            let asked = prover.server.as_mut().unwrap();
            asked.count = 1;
            let text =
                asked.credentials(&prover.account, cnonce, &Method::Other("GET".into()), "/dir/index.html").to_string();
            assert_eq!(field(&text, "response").as_deref(), Some(wanted));
            assert!(text.contains("qop=auth, nc=00000001, cnonce=\"f2/"), "{text}");
            assert_eq!(field(&text, "opaque").as_deref(), Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"));
        }
    }

    #[test]
    fn the_strongest_is_taken_and_a_wrong_password_is_said_once() {
        let (mut prover, mut tokens) = (prover(), Tokens::new(1));
        let (md5, sha) = (
            "realm=\"http-auth@example.org\", nonce=\"a\"",
            "realm=\"http-auth@example.org\", nonce=\"b\", algorithm=SHA-256, qop=\"auth\"",
        );
        assert!(prover.credentials(&mut tokens, &Method::Invite, "sip:1@x").is_empty());
        assert!(asks(&mut prover, 401, &[md5, sha]));
        let headers = prover.credentials(&mut tokens, &Method::Invite, "sip:1@x");
        let [(Name::Authorization, text)] = &headers[..] else { panic!("{headers:?}") };
        assert_eq!((field(text, "nonce").as_deref(), field(text, "nc").as_deref()), (Some("b"), Some("00000001")));
        assert!(!asks(&mut prover, 401, &[sha]), "the same password once more proves no more");
        let stale = sha.replace("\"b\"", "\"c\", stale=true");
        assert!(asks(&mut prover, 401, &[&stale]) && asks(&mut prover, 401, &[&stale]));
        assert!(!asks(&mut prover, 401, &[&stale]), "not for ever");
        prover.begin();
        let bye = prover.credentials(&mut tokens, &Method::Bye, "sip:1@x");
        assert_eq!(field(&bye[0].1, "nonce").as_deref(), Some("c"), "without being asked");
        assert!(asks(&mut prover, 401, &[sha]), "a new request may be challenged again");
        assert_eq!(prover.of_invite(), headers);
    }

    #[test]
    fn a_proxy_and_the_peer_behind_it_may_both_ask() {
        let (mut prover, mut tokens) = (prover(), Tokens::new(1));
        let challenge = "realm=\"http-auth@example.org\", nonce=\"a\"";
        assert!(asks(&mut prover, 407, &[challenge]) && asks(&mut prover, 401, &[challenge]));
        let headers = prover.credentials(&mut tokens, &Method::Invite, "sip:1@x");
        assert_eq!(
            headers.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            [Name::Authorization, Name::ProxyAuthorization]
        );
        assert_eq!(field(&headers[0].1, "qop"), None, "the form of RFC 2069");
    }

    #[test]
    fn other_realms_and_unknown_algorithms_get_nothing() {
        for challenge in [
            "realm=\"elsewhere\", nonce=\"a\"",
            "realm=\"http-auth@example.org\", nonce=\"a\", qop=\"auth-int\"",
            "realm=\"http-auth@example.org\", nonce=\"a\", algorithm=SHA-512-256",
        ] {
            assert!(!asks(&mut prover(), 401, &[challenge]), "{challenge}");
        }
    }

    #[test]
    fn an_account_shows_no_secret() {
        let shown = format!("{:?}", prover());
        let account = Account::new("Mufasa", "http-auth@example.org", "Circle of Life");
        assert!(!shown.contains("Circle") && !shown.contains(account.ha1_md5.reveal()), "{shown}");
    }
}
