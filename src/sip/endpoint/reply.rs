//! Answers without state (RFC 3261 §8.2.7): where they go, their tag, and how long they may be.

use std::net::SocketAddr;

use super::{Cause, Counter, Endpoint, Output, RefusedCall};
use crate::sip::dialog::source_of;
use crate::sip::wire::{Draft, Name, Rejected, Request, Via};
use crate::sip::{Destination, Received, Transport};

/// Headers an answer can do without, when it is too long for its request.
const DISPENSABLE: [Name; 4] = [Name::Server, Name::Supported, Name::Accept, Name::Allow];

impl Endpoint {
    /// A response to `request` with a tag that is the same for every copy of it.
    pub(super) fn draft(&self, request: &Request, status: u16) -> Draft {
        Draft::response(request, status).to_tag(&self.stable_tag(request))
    }

    pub(super) fn stable_tag(&self, request: &Request) -> String {
        let branch = request.via().branch().unwrap_or_default();
        let tag = request.from_tag().unwrap_or_default();
        let number = request.cseq().number.to_string();
        self.tokens.stable(&[branch, request.call_id(), tag, &number])
    }

    /// Sends a response and keeps nothing.
    pub(super) fn reply(&self, request: &Request, received: &Received, draft: Draft, out: &mut Vec<Output>) {
        self.send_stateless(received, draft, reply_to(request.via(), received), out);
    }

    pub(super) fn refuse(&self, request: &Request, received: &Received, status: u16, out: &mut Vec<Output>) {
        self.reply(request, received, self.draft(request, status), out);
    }

    /// Tells of a call that is not taken, for what is wrong with it.
    pub(super) fn refused(&self, received: &Received, cause: Cause, status: u16, why: String, out: &mut Vec<Output>) {
        let trunk = self.trunk_of(received);
        out.push(Output::Refused(RefusedCall { source: received.source, trunk, status, cause, why }));
    }

    /// The line a message came in by; over WebSocket everybody is a user.
    pub(super) fn trunk_of(&self, received: &Received) -> Option<String> {
        match received.transport {
            Transport::Ws => None,
            Transport::Udp | Transport::Tcp | Transport::Tls => {
                self.networks.trunk(received.source.ip()).map(str::to_owned)
            }
        }
    }

    /// 503 with Retry-After: nothing is kept of the request.
    pub(super) fn overloaded(&self, request: &Request, received: &Received, why: Counter, out: &mut Vec<Output>) {
        out.push(Output::Counted(why));
        self.busy(request, received, out);
    }

    pub(super) fn busy(&self, request: &Request, received: &Received, out: &mut Vec<Output>) {
        let draft = self.draft(request, 503).header(Name::RetryAfter, self.settings.limits.retry_after_s);
        self.reply(request, received, draft, out);
    }

    /// The answer to what could not be parsed, if it deserves one.
    pub(super) fn reject(&self, rejected: &Rejected, received: &Received, out: &mut Vec<Output>) {
        let Some(draft) = rejected.response(received.source) else { return };
        if let Some(status) = rejected.status().filter(|_| rejected.is_invite()) {
            self.refused(received, Cause::Malformed, status, rejected.error.to_string(), out);
        }
        let tag = self.tokens.stable(&[draft.get(Name::CallId).unwrap_or_default()]);
        let draft = draft.to_tag(&tag);
        let to = draft.top_via().map_or(source_of(received), |via| reply_to(&via, received));
        self.send_stateless(received, draft, to, out);
    }

    fn send_stateless(&self, received: &Received, draft: Draft, to: Destination, out: &mut Vec<Output>) {
        let limit = self.longest_answer(received);
        let mut draft = self.identity.sign_response(draft);
        let mut bytes = draft.to_bytes();
        for name in DISPENSABLE {
            if bytes.len() <= limit {
                break;
            }
            draft = draft.remove(name);
            bytes = draft.to_bytes();
        }
        if bytes.len() > limit {
            return out.push(Output::Counted(Counter::Amplifying));
        }
        out.push(Output::Counted(Counter::AnsweredStateless));
        out.push(Output::Transmit { to, bytes });
    }

    /// Twice the request over UDP, where the source may be forged; trunks are known.
    fn longest_answer(&self, received: &Received) -> usize {
        match received.transport.is_reliable() || self.networks.trunk(received.source.ip()).is_some() {
            true => usize::MAX,
            false => received.bytes.len().saturating_mul(2),
        }
    }

    /// Is the answer short enough for what asked for it?
    pub(super) fn may_answer(&self, received: &Received, draft: &Draft) -> bool {
        draft.to_bytes().len() <= self.longest_answer(received)
    }
}

/// Where responses go: on the flow of a connection; over UDP to the source, at the port that Via names
/// or `rport` filled in (RFC 3261 §18.2.2, RFC 3581 §4). `maddr` is not followed.
pub(super) fn reply_to(via: &Via, received: &Received) -> Destination {
    let source = source_of(received);
    if received.transport.is_reliable() {
        return source;
    }
    let port = via.rport().or(via.port).filter(|port| *port != 0).unwrap_or(5060);
    Destination { addr: SocketAddr::new(received.source.ip(), port), ..source }
}
