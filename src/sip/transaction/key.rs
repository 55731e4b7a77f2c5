//! What makes two messages belong to one transaction (RFC 3261 §17.1.3, §17.2.3).

use crate::sip::wire::{Method, Request, Response, Via};

/// The key of a server transaction: branch, sent-by and method. A branch without the cookie is a
/// peer of RFC 2543; then Call-ID, From tag, CSeq number and the whole top Via stand for it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ServerKey {
    branch: String,
    sent_by: String,
    method: Method,
}

impl ServerKey {
    /// The transaction a request belongs to. An ACK belongs to its INVITE.
    pub fn of(request: &Request) -> Self {
        let method = match request.method {
            Method::Ack => Method::Invite,
            ref other => other.clone(),
        };
        Self::with_method(request, method)
    }

    /// The INVITE that a CANCEL means (RFC 3261 §9.2).
    pub fn cancelled_by(cancel: &Request) -> Self {
        Self::with_method(cancel, Method::Invite)
    }

    fn with_method(request: &Request, method: Method) -> Self {
        let via = request.via();
        let branch = match via.branch() {
            Some(branch) if via.has_cookie() && branch.len() > Via::COOKIE.len() => branch.to_owned(),
            branch => format!(
                "{} {} {} {}",
                request.call_id(),
                request.from_tag().unwrap_or_default(),
                request.cseq().number,
                branch.unwrap_or_default()
            ),
        };
        Self { branch, sent_by: via.sent_by(), method }
    }
}

/// The key of a client transaction: our own branch, and the method in CSeq.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClientKey {
    branch: String,
    method: Method,
}

impl ClientKey {
    pub fn new(branch: &str, method: Method) -> Self {
        Self { branch: branch.to_owned(), method }
    }

    pub fn of(response: &Response) -> Self {
        Self::new(response.via().branch().unwrap_or_default(), response.cseq().method.clone())
    }
}
