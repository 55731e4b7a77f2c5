//! What the network brings: to the transaction, then the dialog, then a new leg or an answer.

use super::admission::is_scanner;
use super::reply::reply_to;
use super::{Cause, Counter, Endpoint, Output};
use crate::base::{Instant, LegId};
use crate::sip::Received;
use crate::sip::dialog::identity::{ALLOW, capabilities, is_known, supported};
use crate::sip::dialog::{Life, Owner, Part, turn_away};
use crate::sip::transaction::{Ack, Arrival};
use crate::sip::trunk::Happening;
use crate::sip::wire::{Message, Method, Name, Request, Response, Scheme, WireError};

impl Endpoint {
    pub(super) fn receive(&mut self, now: Instant, received: &Received, out: &mut Vec<Output>) {
        self.identity.saw(received.transport, received.local);
        match Message::parse(received.bytes.clone()) {
            Ok(Message::Request(mut request)) => {
                request.stamp(received.source);
                self.request(now, request, received, out);
            }
            Ok(Message::Response(response)) => self.response(now, &response, received, out),
            Err(rejected) if rejected.error == WireError::KeepAlive => {}
            Err(rejected) => {
                out.push(Output::Counted(Counter::Malformed));
                self.reject(&rejected, received, out);
            }
        }
    }

    fn request(&mut self, now: Instant, request: Request, received: &Received, out: &mut Vec<Output>) {
        if request.method == Method::Ack {
            return self.ack(now, &request, out);
        }
        if self.layer.arrive(now, &request, out) == Arrival::Absorbed {
            return out.push(Output::Counted(Counter::Absorbed));
        }
        if request.method == Method::Cancel {
            return self.cancel(now, &request, received, out);
        }
        if is_scanner(&request) {
            return out.push(Output::Counted(Counter::Scanner));
        }
        if self.objects(&request, received, out) {
            return;
        }
        if request.to_tag().is_some() && request.method != Method::Register {
            return match request.method {
                Method::Subscribe => self.subscribe_again(now, &request, received, out),
                _ => self.inside(now, &request, received, out),
            };
        }
        match request.method {
            Method::Invite => self.invite(now, request, received, out),
            Method::Register => self.register(now, &request, received, out),
            Method::Options => self.reply(&request, received, capabilities(self.draft(&request, 200)), out),
            Method::Bye | Method::Info | Method::Update | Method::Prack | Method::Notify => {
                self.refuse(&request, received, 481, out);
            }
            Method::Subscribe => self.subscribe(now, &request, received, out),
            Method::Refer => self.refer_outside(&request, received, out),
            _ => self.reply(&request, received, self.draft(&request, 405).header(Name::Allow, ALLOW), out),
        }
    }

    /// What no request may be, answered in the order of RFC 3261 §8.2.
    fn objects(&self, request: &Request, received: &Received, out: &mut Vec<Output>) -> bool {
        let unsupported = request.unsupported(supported(&request.method));
        let (draft, told) = if !is_known(&request.method) {
            (self.draft(request, 501).header(Name::Allow, ALLOW), None)
        } else if let Scheme::Other(scheme) = &request.uri.scheme {
            (self.draft(request, 416), Some((Cause::Scheme, format!("request URI of scheme {scheme:.16}"))))
        } else if request.max_forwards() == Some(0) && self.needs_hops(request) {
            (self.draft(request, 483), Some((Cause::Hops, "Max-Forwards is 0".to_owned())))
        } else if !unsupported.is_empty() {
            let tags = unsupported.join(", ");
            let draft = self.draft(request, 420).header(Name::Unsupported, &tags);
            (draft, Some((Cause::Extension, format!("Require: {tags:.64}"))))
        } else {
            return false;
        };
        if let Some((cause, why)) = told.filter(|_| self.needs_hops(request)) {
            self.refused(received, cause, draft.status().unwrap_or_default(), why, out);
        }
        self.reply(request, received, draft, out);
        true
    }

    /// A new call is carried on to another leg, so it must have a hop left: that ends loops through us.
    /// Everything else ends here and needs none.
    fn needs_hops(&self, request: &Request) -> bool {
        request.method == Method::Invite && request.to_tag().is_none()
    }

    /// The leg of a dialog, if both tags are right.
    pub(super) fn find_leg(&self, local_tag: &str, call_id: &str, remote_tag: Option<&str>) -> Option<LegId> {
        let id = *self.by_dialog.get(&(local_tag.to_owned(), call_id.to_owned()))?;
        let entry = self.legs.get(&id)?;
        (entry.leg.dialog().remote.tag() == remote_tag).then_some(id)
    }

    fn inside(&mut self, now: Instant, request: &Request, received: &Received, out: &mut Vec<Output>) {
        let tag = request.to_tag().unwrap_or_default();
        let Some(id) = self.find_leg(tag, request.call_id(), request.from_tag()) else {
            return self.refuse(request, received, 481, out);
        };
        if request.method == Method::Invite && self.content_refused(request, received, out) {
            return;
        }
        if request.method == Method::Refer {
            return self.refer_inside(now, id, request, received, out);
        }
        let to = reply_to(request.via(), received);
        match self.layer.serve(request, to, Owner::Leg(id, Part::Theirs)) {
            Ok(transaction) => {
                self.with_leg(now, id, out, |leg, core| leg.request(core, request, received, transaction));
            }
            Err(_) => self.overloaded(request, received, Counter::Full, out),
        }
    }

    fn ack(&mut self, now: Instant, ack: &Request, out: &mut Vec<Output>) {
        let owner = self.layer.owner(ack);
        if self.layer.ack(now, ack, out) == Ack::Absorbed {
            if let Some(Owner::Leg(id, _)) = owner {
                self.refusal_acknowledged(now, id);
            }
            return;
        }
        let tag = ack.to_tag().unwrap_or_default();
        match self.find_leg(tag, ack.call_id(), ack.from_tag()) {
            Some(id) => {
                self.with_leg(now, id, out, |leg, core| leg.acknowledged(core, ack));
            }
            None => out.push(Output::Counted(Counter::Unmatched)),
        }
    }

    fn cancel(&mut self, now: Instant, cancel: &Request, received: &Received, out: &mut Vec<Output>) {
        let Some(owner) = self.layer.cancelled(cancel) else {
            return self.refuse(cancel, received, 481, out);
        };
        self.refuse(cancel, received, 200, out);
        if let Owner::Leg(id, _) = owner {
            self.with_leg(now, id, out, |leg, core| leg.cancelled(core, cancel));
        }
    }

    fn response(&mut self, now: Instant, response: &Response, received: &Received, out: &mut Vec<Output>) {
        let accepts_invite = response.cseq().method == Method::Invite && (200..300).contains(&response.status);
        if !self.layer.knows(response) {
            return self.late_response(now, response, received, accepts_invite, out);
        }
        let Some((_, owner, to)) = self.layer.response(now, response, out) else {
            return out.push(Output::Counted(Counter::Absorbed));
        };
        let (id, part) = match owner {
            Owner::Leg(id, part) => (id, part),
            Owner::Trunk(id, errand) => return self.trunk_answered(now, id, errand, response, out),
            Owner::Subscription(id) => return self.notify_answered(now, id, response.status, out),
            Owner::Nobody => return,
        };
        if part == Part::Invite {
            self.call_learned(now, id, Happening::CallAnswered { status: response.status }, out);
        }
        let found = self.with_leg(now, id, out, |leg, core| leg.response(core, part, response, received));
        if !found && accepts_invite {
            turn_away(&mut self.core(now, out), response, to);
        }
    }

    /// A response of no transaction: only a 2xx of a call we are in is worth something.
    fn late_response(
        &mut self,
        now: Instant,
        response: &Response,
        received: &Received,
        accepts_invite: bool,
        out: &mut Vec<Output>,
    ) {
        let tag = response.from_tag().unwrap_or_default();
        match self.find_leg(tag, response.call_id(), response.to_tag()) {
            Some(id) if accepts_invite => {
                self.with_leg(now, id, out, |leg, core| {
                    leg.accepted_again(core, response, received);
                    Life::Live
                });
            }
            _ => out.push(Output::Counted(Counter::Unmatched)),
        }
    }
}
