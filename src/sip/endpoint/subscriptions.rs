//! SUBSCRIBE to `message-summary`, and what is told by NOTIFY: the lamp of a phone (RFC 6665, RFC 3842).
//!
//! | what comes in | answer | then |
//! | --- | --- | --- |
//! | SUBSCRIBE to any other event | 489 with Allow-Events | |
//! | for a body that is not made | 406 | |
//! | without proof of a user | 401 | |
//! | of a box that is not there, or not this user's | 404, 403 | |
//! | for less than [`LEAST_S`] | 423 with Min-Expires | |
//! | in order | 200 with Expires | NOTIFY, now and whenever the box changes |
//! | the same again, in its dialog | 200 | NOTIFY |
//! | with Expires 0 | 200 | NOTIFY `terminated` |
//! | its time is over | | NOTIFY `terminated;reason=timeout` |
//! | the box is gone, or the right to it | | NOTIFY `terminated;reason=noresource` |
//! | NOTIFY refused or not answered, connection gone | | forgotten |
//!
//! One NOTIFY at a time is on its way; of what changes meanwhile the last state is told. It goes where the phone spoke
//! from, never where its Contact points. Limits: [`MOST`] subscriptions, [`OF_USER`] of a user, of which the oldest goes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::register::Proof;
use super::reply::reply_to;
use super::{Counter, Endpoint, Output};
use crate::base::{Deadlines, FastMap, Instant};
use crate::sip::dialog::{Dialog, Owner};
use crate::sip::wire::{Draft, Method, Name, Request};
use crate::sip::{FlowId, Mailbox, Received};

/// The one event there is.
pub(super) const EVENT: &str = "message-summary";
const BODY: &str = "application/simple-message-summary";
const LEAST_S: u32 = 60;
const MOST_S: u32 = 3_600;
const MOST: usize = 4_096;
const OF_USER: usize = 8;

/// See the module's head.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    boxes: BTreeMap<String, Mailbox>,
    all: BTreeMap<u64, Subscription>,
    /// Our tag and the Call-ID.
    by_dialog: FastMap<(String, String), u64>,
    due: Deadlines<u64>,
    taken: u64,
}

#[derive(Debug)]
struct Subscription {
    user: String,
    mailbox: String,
    dialog: Dialog,
    /// As the phone named it, with its id.
    event: String,
    until: Instant,
    /// A NOTIFY has no answer yet.
    asking: bool,
    /// There is more to tell than was told.
    changed: bool,
}

impl Subscriptions {
    pub fn next_deadline(&self) -> Option<Instant> {
        self.due.next()
    }

    pub fn remembered(&self) -> usize {
        self.all.len() + self.by_dialog.len() + self.due.len()
    }

    fn forget(&mut self, id: u64) -> Option<Subscription> {
        let gone = self.all.remove(&id)?;
        self.due.clear(&id);
        self.by_dialog.remove(&key(&gone.dialog));
        Some(gone)
    }

    fn keep(&mut self, new: Subscription) -> u64 {
        let of_user: Vec<u64> = self.all.iter().filter(|(_, one)| one.user == new.user).map(|(id, _)| *id).collect();
        if of_user.len() >= OF_USER {
            of_user.first().map(|oldest| self.forget(*oldest));
        }
        self.taken += 1;
        let id = self.taken;
        self.due.set(id, new.until);
        self.by_dialog.insert(key(&new.dialog), id);
        self.all.insert(id, new);
        id
    }

    /// Those on a connection that is gone: its phone subscribes anew.
    pub fn flow_closed(&mut self, flow: FlowId) {
        let on_it = |(id, one): (&u64, &Subscription)| (one.dialog.hop.flow == Some(flow)).then_some(*id);
        for id in self.all.iter().filter_map(on_it).collect::<Vec<_>>() {
            self.forget(id);
        }
    }
}

fn key(dialog: &Dialog) -> (String, String) {
    (dialog.local_tag().to_owned(), dialog.call_id.clone())
}

/// Is it a question for messages that wait? The event as the phone names it.
fn asked_event(request: &Request) -> Option<String> {
    let event = request.header(Name::Event)?.trim();
    let name = event.split(';').next().unwrap_or_default().trim();
    (name.eq_ignore_ascii_case(EVENT) && event.len() <= 128).then(|| event.to_owned())
}

fn accepts(request: &Request) -> bool {
    request.header(Name::Accept).is_none_or(|accept| {
        let mut kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
        kinds.any(|kind| kind.eq_ignore_ascii_case(BODY) || kind == "application/*" || kind == "*/*")
    })
}

/// RFC 3842 §5.2; the messages that are marked as urgent are none.
fn summary(mailbox: &Mailbox, account: &str) -> String {
    let waiting = if mailbox.new > 0 { "yes" } else { "no" };
    format!(
        "Messages-Waiting: {waiting}\r\nMessage-Account: {account}\r\nVoice-Message: {}/{} (0/0)\r\n",
        mailbox.new, mailbox.old
    )
}

impl Endpoint {
    /// SUBSCRIBE outside a dialog.
    pub(super) fn subscribe(&mut self, now: Instant, request: &Request, received: &Received, out: &mut Vec<Output>) {
        let Some((event, user)) = self.may_ask(now, request, received, out) else { return };
        let mailbox = request.uri.user_decoded();
        if !self.subscriptions.boxes.contains_key(&mailbox) {
            return self.refuse(request, received, 404, out);
        }
        if !self.may_read(&user, &mailbox) {
            return self.refuse(request, received, 403, out);
        }
        let Some(expires) = self.asked_time(request, received, out) else { return };
        if self.subscriptions.all.len() >= MOST {
            return self.overloaded(request, received, Counter::Full, out);
        }
        let tag = self.stable_tag(request);
        let Ok(dialog) = Dialog::called(request, received, &tag, true, &self.identity, &self.networks) else {
            return self.refuse(request, received, 400, out);
        };
        let until = now + Duration::from_secs(u64::from(expires));
        let (contact, asking, changed) = (dialog.contact(&self.identity), false, false);
        let draft = self.draft(request, 200).header(Name::Contact, contact);
        if self.granted(now, (request, draft), received, expires, out) {
            let id = self.subscriptions.keep(Subscription { user, mailbox, dialog, event, until, asking, changed });
            self.told_anew(now, id, expires, out);
        }
    }

    /// SUBSCRIBE in a dialog: for longer, or no more.
    pub(super) fn subscribe_again(
        &mut self,
        now: Instant,
        request: &Request,
        received: &Received,
        out: &mut Vec<Output>,
    ) {
        let tag = request.to_tag().unwrap_or_default().to_owned();
        let known = self.subscriptions.by_dialog.get(&(tag, request.call_id().to_owned())).copied();
        let is_theirs = |id: &u64| {
            let one = self.subscriptions.all.get(id);
            one.is_some_and(|one| one.dialog.remote.tag() == request.from_tag())
        };
        let Some(id) = known.filter(is_theirs) else { return self.refuse(request, received, 481, out) };
        let Some((_, user)) = self.may_ask(now, request, received, out) else { return };
        let Some(expires) = self.asked_time(request, received, out) else { return };
        let Some(one) = self.subscriptions.all.get_mut(&id) else { return };
        if one.user != user {
            return self.refuse(request, received, 403, out);
        }
        if !one.dialog.take_cseq(request.cseq().number) {
            return self.refuse(request, received, 500, out);
        }
        one.dialog.refresh(request, received, &self.networks);
        one.until = now + Duration::from_secs(u64::from(expires));
        let (until, contact) = (one.until, one.dialog.contact(&self.identity));
        self.subscriptions.due.set(id, until);
        let draft = Draft::response(request, 200).header(Name::Contact, contact);
        if self.granted(now, (request, draft), received, expires, out) {
            self.told_anew(now, id, expires, out);
        }
    }

    /// The event and the user, if both are in order; else it was answered.
    fn may_ask(
        &mut self,
        now: Instant,
        request: &Request,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Option<(String, String)> {
        let Some(event) = asked_event(request) else {
            let draft = self.draft(request, 489).header(Name::AllowEvents, EVENT);
            self.reply(request, received, draft, out);
            return None;
        };
        if !accepts(request) {
            self.refuse(request, received, 406, out);
            return None;
        }
        match self.prove(now, request, received, out) {
            Proof::User(user) => Some((event, user)),
            Proof::NoCredentials => {
                self.challenge(now, request, received, false, out);
                None
            }
            Proof::Refused => None,
        }
    }

    /// Seconds; `None`: too few, and that was answered.
    fn asked_time(&self, request: &Request, received: &Received, out: &mut Vec<Output>) -> Option<u32> {
        match request.expires().unwrap_or(MOST_S) {
            1..LEAST_S => {
                let draft = self.draft(request, 423).header(Name::MinExpires, LEAST_S);
                self.reply(request, received, draft, out);
                None
            }
            asked => Some(asked.min(MOST_S)),
        }
    }

    /// 200, repeated by the transaction: the credentials are used up. `false`: there is no room for it.
    fn granted(
        &mut self,
        now: Instant,
        (request, draft): (&Request, Draft),
        received: &Received,
        expires: u32,
        out: &mut Vec<Output>,
    ) -> bool {
        let Ok(transaction) = self.layer.serve(request, reply_to(request.via(), received), Owner::Nobody) else {
            self.overloaded(request, received, Counter::Full, out);
            return false;
        };
        let draft = self.identity.sign_response(draft.header(Name::Expires, expires));
        self.layer.respond(now, transaction, &draft, out);
        true
    }

    /// After every SUBSCRIBE that was taken.
    fn told_anew(&mut self, now: Instant, id: u64, expires: u32, out: &mut Vec<Output>) {
        match expires {
            0 => self.terminate(now, id, "timeout", out),
            _ => self.notify(now, id, out),
        }
    }

    fn may_read(&self, user: &str, mailbox: &str) -> bool {
        let agent = self.users.get(user).and_then(|user| user.agent);
        let known = self.subscriptions.boxes.get(mailbox);
        known.zip(agent).is_some_and(|(known, agent)| known.readers.contains(&agent))
    }

    /// The boxes there are from now on, with what waits in each.
    pub(super) fn mailboxes(&mut self, now: Instant, boxes: Vec<Mailbox>, out: &mut Vec<Output>) {
        let boxes = boxes.into_iter().map(|known| (known.name.clone(), known)).collect();
        let before = std::mem::replace(&mut self.subscriptions.boxes, boxes);
        self.end_lost_subscriptions(now, out);
        let told = |known: Option<&Mailbox>| known.map(|known| (known.new, known.old));
        let of: Vec<(u64, String)> =
            self.subscriptions.all.iter().map(|(id, one)| (*id, one.mailbox.clone())).collect();
        for (id, mailbox) in of {
            if told(before.get(&mailbox)) != told(self.subscriptions.boxes.get(&mailbox)) {
                self.notify(now, id, out);
            }
        }
    }

    /// Of boxes that are gone, and of users who are gone or may not read them any more.
    pub(super) fn end_lost_subscriptions(&mut self, now: Instant, out: &mut Vec<Output>) {
        let all = self.subscriptions.all.iter();
        let lost: Vec<u64> =
            all.filter(|(_, one)| !self.may_read(&one.user, &one.mailbox)).map(|(id, _)| *id).collect();
        for id in lost {
            self.terminate(now, id, "noresource", out);
        }
    }

    pub(super) fn wake_subscriptions(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(id) = self.subscriptions.due.pop_due(now) {
            self.terminate(now, id, "timeout", out);
        }
    }

    fn notify(&mut self, now: Instant, id: u64, out: &mut Vec<Output>) {
        let Some(one) = self.subscriptions.all.get_mut(&id) else { return };
        if one.asking {
            one.changed = true;
            return;
        }
        let left = one.until.since(now).as_secs();
        if self.send_notify(now, id, (&format!("active;expires={left}"), true), out).is_none() {
            self.subscriptions.forget(id);
        }
    }

    /// Tells that it is over, and forgets it.
    fn terminate(&mut self, now: Instant, id: u64, why: &str, out: &mut Vec<Output>) {
        let known = self.subscriptions.all.get(&id);
        let reads = known.is_some_and(|one| self.may_read(&one.user, &one.mailbox));
        self.send_notify(now, id, (&format!("terminated;reason={why}"), reads), out);
        self.subscriptions.forget(id);
    }

    /// `reads`: what waits is the user's to know. `None`: it could not be sent.
    fn send_notify(
        &mut self,
        now: Instant,
        id: u64,
        (state, reads): (&str, bool),
        out: &mut Vec<Output>,
    ) -> Option<()> {
        let branch = self.tokens.take();
        let one = self.subscriptions.all.get_mut(&id)?;
        let gone = Mailbox { name: one.mailbox.clone(), ..Mailbox::default() };
        let mailbox = self.subscriptions.boxes.get(&one.mailbox).filter(|_| reads).unwrap_or(&gone);
        let body = summary(mailbox, &format!("sip:{}@{}", one.mailbox, self.identity.realm));
        let draft = one
            .dialog
            .request(Method::Notify, &branch, &self.identity)
            .header(Name::Event, &one.event)
            .header(Name::SubscriptionState, state)
            .body(BODY, body);
        (one.asking, one.changed) = (true, false);
        let to = one.dialog.hop;
        self.layer.request(now, draft, to, Owner::Subscription(id), out).ok().map(drop)
    }

    /// A NOTIFY was answered. Who refuses it has forgotten us (RFC 6665 §4.2.2).
    pub(super) fn notify_answered(&mut self, now: Instant, id: u64, status: u16, out: &mut Vec<Output>) {
        match status {
            0..200 => {}
            200..300 => {
                let Some(one) = self.subscriptions.all.get_mut(&id) else { return };
                one.asking = false;
                if one.changed {
                    self.notify(now, id, out);
                }
            }
            _ => drop(self.subscriptions.forget(id)),
        }
    }
}
