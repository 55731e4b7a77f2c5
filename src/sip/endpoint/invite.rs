//! A new call: who may make one, and what it must look like.

use super::admission::LetIn;
use super::caller::{called_first, caller};
use super::line::Verdict;
use super::register::Proof;
use super::reply::reply_to;
use super::{Cause, Counter, Endpoint, InviteKey, Output, PATIENCE, TurnedAway};
use crate::base::{IdSource, Instant, LegId};
use crate::sip::dialog::identity::{ACCEPT, SDP};
use crate::sip::dialog::{Dialog, Leg, Owner, Part, source_of};
use crate::sip::wire::{Name, Request, Uri};
use crate::sip::{Event, Invited, Origin, Received, TrunkIdentity};

impl Endpoint {
    pub(super) fn invite(&mut self, now: Instant, request: Request, received: &Received, out: &mut Vec<Output>) {
        let key = key_of(&request);
        if self.served.contains_key(&key) {
            self.refused(received, Cause::Merged, 482, "the same call on another way".to_owned(), out);
            return self.refuse(&request, received, 482, out);
        }
        let Some(origin) = self.origin(now, &request, received, out) else { return };
        if self.content_refused(&request, received, out) {
            return;
        }
        if let Some(least) = self.settings.session.too_brief(&request) {
            let draft = self.draft(&request, 422).header(Name::MinSe, least);
            return self.reply(&request, received, draft, out);
        }
        let replaces = match self.replaced(&request, &origin) {
            Ok(replaces) => replaces,
            Err(status) => {
                out.push(Output::Counted(Counter::ReplacesRefused));
                return self.refuse(&request, received, status, out);
            }
        };
        let Some(ticket) = self.admit(now, &origin, &request, received, out) else { return };
        let tag = self.tokens.take();
        let symmetric = matches!(origin, Origin::User { .. });
        let dialog = Dialog::called(&request, received, &tag, symmetric, &self.identity, &self.networks);
        let dialog = match dialog {
            Ok(dialog) => dialog,
            Err(error) => {
                self.admission.never_mind(ticket);
                self.refused(received, Cause::Malformed, 400, error.to_string(), out);
                return self.refuse(&request, received, 400, out);
            }
        };
        let id = LegId(self.ids.get_or_insert_with(|| IdSource::new(now, 1)).take());
        let to = reply_to(request.via(), received);
        let Ok(transaction) = self.layer.serve(&request, to, Owner::Leg(id, Part::Theirs)) else {
            self.admission.never_mind(ticket);
            return self.overloaded(&request, received, Counter::Full, out);
        };
        let believed = matches!(&origin, Origin::Trunk(trunk) if self.believes(trunk));
        let invited = Invited { replaces, ..invited(id, (origin, believed), &request, received) };
        let leg = Leg::incoming(&mut self.core(now, out), id, dialog, transaction, request);
        self.keep_leg(leg, Some(key), Some(ticket), None);
        self.patience.set(id, now + PATIENCE);
        out.push(Output::Event(Event::Invited(Box::new(invited))));
    }

    fn believes(&self, trunk: &str) -> bool {
        self.identities.get(trunk).is_none_or(|identity| *identity != TrunkIdentity::Ignored)
    }

    /// Room for a call, or nothing; who has none has his answer already, if he gets one.
    fn admit(
        &mut self,
        now: Instant,
        origin: &Origin,
        request: &Request,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Option<LetIn> {
        if self.legs.len() >= self.settings.limits.legs {
            self.overloaded(request, received, Counter::Full, out);
            return None;
        }
        let Origin::Trunk(trunk) = origin else {
            let ticket = self.admission.admit(received.source.ip());
            if ticket.is_none() {
                self.overloaded(request, received, Counter::Overloaded, out);
            }
            return ticket;
        };
        let words = [request.call_id(), request.via().branch().unwrap_or_default()];
        let why = match self.admission.ask(now, trunk, received, &words) {
            Some(Ok(ticket)) => return Some(ticket),
            Some(Err(Verdict::Silence)) => TurnedAway::Unrepeated,
            Some(Err(Verdict::Refused(why))) => {
                self.busy(request, received, out);
                why
            }
            Some(Err(Verdict::Room(_))) | None => {
                self.overloaded(request, received, Counter::Overloaded, out);
                return None;
            }
        };
        out.push(Output::TurnedAway { trunk: trunk.clone(), why });
        None
    }

    /// A trunk by its network, a user by digest, or nobody; nobody has his answer already.
    fn origin(
        &mut self,
        now: Instant,
        request: &Request,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Option<Origin> {
        let trunk = self.trunk_of(received);
        let from = request.from().uri.user_decoded();
        let user = match self.prove(now, request, received, out) {
            Proof::User(user) => user,
            Proof::Refused => return None,
            Proof::NoCredentials => match trunk {
                Some(trunk) if !self.registrar.is_phone(&from, &source_of(received)) => {
                    return Some(Origin::Trunk(trunk));
                }
                _ => {
                    self.challenge(now, request, received, false, out);
                    return None;
                }
            },
        };
        if from != user && request.from().uri.subscriber().user != user {
            self.refuse(request, received, 403, out);
            return None;
        }
        let agent = self.users.get(&user).and_then(|user| user.agent);
        Some(Origin::User { user, agent })
    }

    /// A body we cannot read, or an answer the caller could not (RFC 3261 §8.2.3, §21.4.7).
    pub(super) fn content_refused(&self, request: &Request, received: &Received, out: &mut Vec<Output>) -> bool {
        let encoded =
            request.header(Name::ContentEncoding).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        let foreign = request.content().foreign;
        let (draft, cause, why) = if encoded {
            let draft = self.draft(request, 415).header(Name::AcceptEncoding, "identity");
            (draft, Cause::Content, "the body is packed".to_owned())
        } else if foreign {
            let draft = self.draft(request, 415).header(Name::Accept, ACCEPT);
            let kind = request.content_type().unwrap_or_else(|| "no type".to_owned());
            (draft, Cause::Content, format!("a body of {kind:.64} must be understood"))
        } else if !accepts_sdp(request) {
            (self.draft(request, 406), Cause::Accept, "Accept lists no description".to_owned())
        } else {
            return false;
        };
        if request.to_tag().is_none() {
            self.refused(received, cause, draft.status().unwrap_or_default(), why, out);
        }
        self.reply(request, received, draft, out);
        true
    }
}

fn key_of(request: &Request) -> InviteKey {
    (request.call_id().to_owned(), request.from_tag().unwrap_or_default().to_owned(), request.cseq().number)
}

/// Without Accept, SDP is meant (RFC 3261 §20.1).
fn accepts_sdp(request: &Request) -> bool {
    let mut any = false;
    for value in request.values(Name::Accept) {
        any = true;
        let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(kind.as_str(), SDP | "application/*" | "*/*") {
            return true;
        }
    }
    !any
}

fn invited(leg: LegId, (origin, believed): (Origin, bool), request: &Request, received: &Received) -> Invited {
    let (called, called_whole) = called(&request.uri);
    Invited {
        leg,
        caller: caller(believed, request),
        called_first: called_first(believed, request),
        origin,
        called_whole,
        called,
        call_id: request.call_id().to_owned(),
        source: received.source,
        transport: received.transport,
        offer: request.sdp(),
        replaces: None,
    }
}

/// Whom a URI calls: as dialled, and as a number of the world if it says so of a local one.
pub(super) fn called(uri: &Uri) -> (String, Option<String>) {
    let called = uri.subscriber();
    (called.dialled(), Some(called.whole()).filter(|whole| *whole != called.user))
}
