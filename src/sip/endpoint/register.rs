//! REGISTER, and the proof of who a user is.

use super::reply::reply_to;
use super::{Counter, Endpoint, Output};
use crate::base::{Instant, network_of};
use crate::sip::Received;
use crate::sip::auth::{Asked, Verdict, Why};
use crate::sip::dialog::identity::OF_REGISTER;
use crate::sip::dialog::{Owner, source_of};
use crate::sip::registrar::RegisterError;
use crate::sip::wire::{Contacts, Credentials, Name, NameAddr, Request};

/// Who a request is from, or nothing of it.
pub(super) enum Proof {
    User(String),
    /// No credentials for our realm, though perhaps for others.
    NoCredentials,
    /// It was answered.
    Refused,
}

impl Endpoint {
    /// Checks credentials, if there are any, and answers wrong ones.
    pub(super) fn prove(
        &mut self,
        now: Instant,
        request: &Request,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Proof {
        let Ok(credentials) = credentials(request) else {
            self.refuse(request, received, 400, out);
            return Proof::Refused;
        };
        let source = network_of(received.source.ip());
        let asked = Asked { method: request.method.as_str(), uri: &request.uri, source };
        let users = &self.users;
        let why = match self.authenticator.check(now, &asked, &credentials, |name| users.get(name)) {
            Verdict::Proven(user) => return Proof::User(user),
            Verdict::Ask(Why::Missing) => return Proof::NoCredentials,
            Verdict::Ask(why) => why,
            Verdict::Wait(wait) => {
                out.push(Output::Counted(Counter::Throttled));
                let seconds = wait.as_secs().saturating_add(1);
                let draft = self.draft(request, 403).reason("Too Many Attempts").header(Name::RetryAfter, seconds);
                self.reply(request, received, draft, out);
                return Proof::Refused;
            }
        };
        match why {
            Why::Wrong => out.push(Output::Counted(Counter::WrongCredentials)),
            Why::Replayed => out.push(Output::Counted(Counter::Replayed)),
            Why::Missing | Why::Stale => {}
        }
        self.challenge(now, request, received, why != Why::Wrong, out);
        Proof::Refused
    }

    /// 401 with SHA-256 first, then MD5 (RFC 8760 §2.3), as far as the phone can bear it.
    pub(super) fn challenge(
        &mut self,
        now: Instant,
        request: &Request,
        received: &Received,
        stale: bool,
        out: &mut Vec<Output>,
    ) {
        out.push(Output::Counted(Counter::Challenged));
        let source = network_of(received.source.ip());
        let [sha256, md5] = self.authenticator.challenges(now, source, stale);
        let (first, second) = if bears_only_md5(request) { (md5, None) } else { (sha256, Some(md5)) };
        let one = self.draft(request, 401).header(Name::WwwAuthenticate, first);
        let both = second.map(|second| one.clone().header(Name::WwwAuthenticate, second));
        // A very short request is only worth one.
        let draft = both.filter(|both| self.may_answer(received, both)).unwrap_or(one);
        self.reply(request, received, draft, out);
    }

    pub(super) fn register(&mut self, now: Instant, request: &Request, received: &Received, out: &mut Vec<Output>) {
        let user = match self.prove(now, request, received, out) {
            Proof::User(user) => user,
            Proof::NoCredentials => return self.challenge(now, request, received, false, out),
            Proof::Refused => return,
        };
        if request.to().uri.user_decoded() != user {
            return self.refuse(request, received, 403, out);
        }
        // The credentials are used up, so a retransmission must be answered by the transaction.
        let to = reply_to(request.via(), received);
        let Ok(transaction) = self.layer.serve(request, to, Owner::Nobody) else {
            return self.overloaded(request, received, Counter::Full, out);
        };
        let draft = match self.registrar.register(now, &user, request, source_of(received)) {
            Ok(changes) => {
                (0..changes.replaced).for_each(|_| out.push(Output::Counted(Counter::BindingReplaced)));
                if changes.changed {
                    self.tell_contacts(&user, out);
                }
                let contacts = self.registrar.headers(now, &user);
                let draft = request
                    .headers(Name::Path)
                    .fold(self.draft(request, 200), |draft, path| draft.header(Name::Path, path));
                let draft = contacts.iter().fold(draft, |draft, contact| draft.header(Name::Contact, contact));
                let draft = draft.header(Name::Supported, OF_REGISTER.join(", "));
                if keeps_flows(request) { draft.header(Name::Require, "outbound") } else { draft }
            }
            Err(error) => {
                let draft = self.draft(request, error.status());
                match error {
                    RegisterError::TooBrief { min_s } => draft.header(Name::MinExpires, min_s),
                    _ => draft,
                }
            }
        };
        let draft = self.identity.sign_response(draft);
        self.layer.respond(now, transaction, &draft, out);
    }
}

/// Does the phone come back through its flow, and everybody between it and us with it (RFC 5626 §6)?
fn keeps_flows(request: &Request) -> bool {
    let is_direct = request.values(Name::Via).count() == 1;
    let keeps = |path: &NameAddr| path.uri.params.contains("ob");
    let first_keeps = request.name_addrs(Name::Path).is_ok_and(|path| path.last().is_some_and(keeps));
    let is_flow = |contact: &NameAddr| contact.params.contains("reg-id") && contact.params.contains("+sip.instance");
    let named = matches!(request.contacts(), Ok(Contacts::List(list)) if list.iter().any(is_flow));
    named && request.supports("outbound") && (is_direct || first_keeps)
}

/// Authorization and Proxy-Authorization alike: phones send either.
fn credentials(request: &Request) -> Result<Vec<Credentials>, crate::sip::wire::WireError> {
    let mut all = request.credentials(Name::Authorization)?;
    all.extend(request.credentials(Name::ProxyAuthorization)?);
    Ok(all)
}

/// baresip up to 2.9 gives up when one of several challenges is not MD5. The phone in the browser (JsSIP
/// 3.13) knows MD5 only as well, but takes the last challenge, and that is MD5.
fn bears_only_md5(request: &Request) -> bool {
    let agent = request.header(Name::UserAgent).unwrap_or_default();
    ["baresip v0.", "baresip v1.", "baresip v2."].iter().any(|old| agent.starts_with(old))
}
