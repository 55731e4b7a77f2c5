//! The SIP endpoint: every SIP machine behind one door. Bytes and commands in, bytes and events out.
//!
//! What it is not: it opens no socket, knows no media and no queue, and decides no call; it is no proxy
//! (Route is not followed; what a 3xx names is told, and followed by nobody here).
//!
//! | what comes in | goes to | answer |
//! | --- | --- | --- |
//! | not SIP, a response or an ACK of nothing | counted | silence |
//! | malformed request | - | 4xx or 505, without state; an INVITE is told as `Refused`, as below wherever it says 4xx |
//! | retransmission | transaction | what was answered before |
//! | ACK | transaction, else dialog | never one |
//! | CANCEL | the INVITE it means | 200 and 487, or 481 |
//! | from a known scanner | counted | silence |
//! | unknown method; unknown scheme; Require; no hops left | - | 501, 416, 420, 483 |
//! | with To tag | dialog | see [`super::dialog`]; 481 |
//! | INVITE seen on another way | - | 482 |
//! | INVITE from a trunk's network | a new leg | 100, `Invited` |
//! | other INVITE | digest, then a new leg | 401, 403 |
//! | INVITE with a body or an Accept we cannot serve | - | 415, 406 |
//! | INVITE over the limits | counted | 503 with Retry-After, without state; see [`mod@line`] for trunks |
//! | REGISTER | digest, then registrar | 401, 403, 200, 423 |
//! | OPTIONS | - | 200 with Allow, Accept, Supported |
//! | BYE, INFO, UPDATE, PRACK, NOTIFY without dialog | - | 481 |
//! | REFER in a dialog, INVITE with Replaces | the leg they speak of | see [`mod@refer`] |
//! | SUBSCRIBE | digest, then the boxes of messages | see [`mod@subscriptions`] |
//! | MESSAGE, PUBLISH | - | 405 |
//!
//! Trunks speak UDP, TCP or TLS; over WebSocket everybody is a user. A phone inside a trunk's network is a
//! user too, once it has registered from there or brings credentials.
//!
//! Answers without state (RFC 3261 §8.2.7) cost no memory, so what is unproven takes none; over UDP they
//! are never more than twice as long as the request, or not sent. Limits: [`Limits`]; an INVITE that was
//! served is remembered for 64 T1 after its leg, so that a late copy of it never makes a second call.
//! RFC 3261 §8.2, §16.3 (hops), §18; RFC 3581; RFC 7118.

mod admission;
mod caller;
mod command;
mod invite;
mod line;
mod networks;
mod receive;
mod redirect;
mod refer;
mod register;
mod registrations;
mod reply;
mod settings;
mod subscriptions;
#[cfg(test)]
mod tests;
mod trunks;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::auth::Authenticator;
use super::dialog::{Alarm, Core, Identity, Leg, Life, Owner, Part};
use super::registrar::Registrar;
use super::tokens::Tokens;
use super::transaction::Layer;
use super::trunk::{Happening, TrunkId, TrunkRequest};
use super::{
    Account, Command, Destination, Event, FlowId, LegEnd, Mailbox, Reason, Received, Trunk, TrunkIdentity, User,
};
use crate::base::{Deadlines, FastMap, IdSource, Instant, LegId};
use admission::{Admission, LetIn};
pub use networks::Block as AddressBlock;
use networks::Networks;
use registrations::Registrations;
use subscriptions::Subscriptions;
use trunks::Trunks;

pub use super::auth::Digest;
pub use super::dialog::SessionTimers;
pub use super::output::{Cause, Counter, Output, RefusedCall, TurnedAway};
pub use super::registrar::Registration;
pub use super::transaction::Timers;
pub use settings::{Addresses, Limits, Settings};

/// Everything that can happen to an endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    Received(Received),
    /// A TCP or WebSocket connection is gone: its bindings are forgotten, its legs end (over TCP only
    /// those not yet up: a TCP peer may come back on another connection).
    FlowClosed(FlowId),
    /// The shell could not send there (ICMP, connection refused, unknown flow).
    TransmitFailed(Destination),
    Command(Command),
    /// The users and trunks known from now on; replaces what was known.
    Configure {
        users: Vec<User>,
        trunks: Vec<Trunk>,
    },
    /// The boxes of messages there are, with what waits in each; replaces what was known.
    Mailboxes(Vec<Mailbox>),
    /// The server stops: our registrations are taken back, see [`Endpoint::has_left`].
    Leave,
    /// [`Endpoint::next_deadline`] has come.
    Deadline,
}

/// How much there is of what has a limit, for the metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Load {
    pub transactions: usize,
    pub legs: usize,
    pub pending_invites: usize,
    /// Everything else that grows with what peers do: bindings, nonces, senders, INVITEs served, tables that find
    /// any of them.
    pub remembered: usize,
}

/// What makes two INVITEs copies of one, whatever way they took: Call-ID, From tag, CSeq number.
type InviteKey = (String, String, u32);

/// How long an ACK may take where unacknowledged calls press a trunk: longer than the first repetitions of a
/// 2xx (RFC 3261 §13.3.1.4).
const PATIENCE: Duration = Duration::from_secs(2);

/// A leg and what the endpoint keeps beside it.
#[derive(Debug)]
struct Entry {
    leg: Leg,
    /// Of an incoming leg.
    invite: Option<InviteKey>,
    /// Of an incoming leg.
    ticket: Option<LetIn>,
    /// Of an outgoing leg through one.
    trunk: Option<TrunkId>,
}

/// See the module's head.
#[derive(Debug)]
pub struct Endpoint {
    settings: Settings,
    identity: Identity,
    tokens: Tokens,
    layer: Layer<Owner>,
    alarms: Deadlines<(LegId, Alarm)>,
    registrar: Registrar,
    authenticator: Authenticator,
    users: BTreeMap<String, User>,
    networks: Networks,
    /// By trunk.
    accounts: BTreeMap<String, Account>,
    /// By trunk.
    identities: BTreeMap<String, TrunkIdentity>,
    trunks: Trunks,
    registrations: Registrations,
    subscriptions: Subscriptions,
    admission: Admission,
    /// Legs that are over whose refusal has no ACK yet.
    owing: BTreeMap<LegId, (LetIn, Instant)>,
    /// When those who owe an ACK are looked at, and when the refused are given up.
    patience: Deadlines<LegId>,
    legs: BTreeMap<LegId, Entry>,
    /// Our tag and the Call-ID.
    by_dialog: FastMap<(String, String), LegId>,
    /// INVITEs served, and when the ones whose leg is over are forgotten.
    served: FastMap<InviteKey, ()>,
    forget: Deadlines<InviteKey>,
    /// Counts from the time of the first input.
    ids: Option<IdSource>,
}

impl Endpoint {
    /// `seed`: makes tags, branches, Call-IDs and nonces; from the system's randomness in production.
    pub fn new(settings: Settings, seed: u64) -> Self {
        let tokens = Tokens::new(seed);
        let Addresses { udp, tcp, tls, ws } = settings.addresses;
        Self {
            identity: Identity::new(settings.realm.clone(), settings.product.clone(), [udp, tcp, ws, tls]),
            layer: Layer::new(settings.timers, settings.limits.transactions),
            alarms: Deadlines::new(),
            registrar: Registrar::new(settings.registration),
            authenticator: Authenticator::new(settings.digest, settings.realm.clone(), tokens.secret("nonce")),
            users: BTreeMap::new(),
            networks: Networks::default(),
            accounts: BTreeMap::new(),
            identities: BTreeMap::new(),
            trunks: Trunks::default(),
            registrations: Registrations::default(),
            subscriptions: Subscriptions::default(),
            admission: Admission::new(settings.limits.pending_invites, settings.limits.pending_invites_per_source),
            owing: BTreeMap::new(),
            patience: Deadlines::new(),
            legs: BTreeMap::new(),
            by_dialog: FastMap::new(),
            served: FastMap::new(),
            forget: Deadlines::new(),
            ids: None,
            tokens,
            settings,
        }
    }

    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Received(received) => self.receive(now, &received, out),
            Input::FlowClosed(flow) => self.flow_closed(now, flow, out),
            Input::TransmitFailed(to) => {
                let failed = self.layer.transport_failed(to);
                self.unanswered(now, failed.into_iter().map(|(_, owner)| owner), 503, "transport failed", out);
            }
            Input::Command(command) => self.command(now, command, out),
            Input::Configure { users, trunks } => self.configure(now, users, &trunks, out),
            Input::Mailboxes(boxes) => self.mailboxes(now, boxes, out),
            Input::Leave => self.leave(now, out),
            Input::Deadline => self.wake(now, out),
        }
    }

    /// When [`Input::Deadline`] is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        let layer = self.layer.next_deadline();
        let own = [
            self.alarms.next(),
            self.forget.next(),
            self.patience.next(),
            self.trunks.next_deadline(),
            self.registrations.next_deadline(),
            self.subscriptions.next_deadline(),
        ];
        own.into_iter().chain([layer, self.registrar.next_deadline()]).flatten().min()
    }

    pub fn load(&self) -> Load {
        let tables = [self.served.len(), self.forget.len(), self.by_dialog.len(), self.alarms.len()];
        let crowd = [self.admission.remembered(), self.owing.len(), self.patience.len()];
        let proofs = [self.authenticator.remembered(), self.registrar.remembered(), self.subscriptions.remembered()];
        Load {
            transactions: self.layer.len(),
            legs: self.legs.len(),
            pending_invites: self.admission.pending(),
            remembered: tables.into_iter().chain(crowd).chain(proofs).sum(),
        }
    }

    fn wake(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(told) = self.layer.fire(now, out) {
            self.unanswered(now, told.into_iter().map(|(_, owner)| owner), 408, "no answer", out);
        }
        while let Some((leg, alarm)) = self.alarms.pop_due(now) {
            if alarm == Alarm::Unheard {
                self.call_learned(now, leg, Happening::CallUnheard, out);
            }
            self.with_leg(now, leg, out, |leg, core| leg.alarm(core, alarm));
        }
        while let Some(user) = self.registrar.expire(now) {
            self.tell_contacts(&user, out);
        }
        while let Some(key) = self.forget.pop_due(now) {
            self.served.remove(&key);
        }
        while let Some(leg) = self.patience.pop_due(now) {
            self.lose_patience(now, leg, out);
        }
        while let Some(trunk) = self.trunks.pop_due(now) {
            self.trunk_learned(now, trunk, Happening::Due, out);
        }
        self.wake_registrations(now, out);
        self.wake_subscriptions(now, out);
    }

    fn flow_closed(&mut self, now: Instant, flow: FlowId, out: &mut Vec<Output>) {
        for user in self.registrar.flow_closed(flow) {
            self.tell_contacts(&user, out);
        }
        self.subscriptions.flow_closed(flow);
        let failed = self.layer.flow_closed(flow);
        self.unanswered(now, failed.into_iter().map(|(_, owner)| owner), 503, "connection lost", out);
        let over: Vec<LegId> = self
            .legs
            .iter()
            .filter(|(_, entry)| entry.leg.dialog().hop.flow == Some(flow))
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            self.with_leg(now, id, out, |leg, core| leg.flow_closed(core, flow));
        }
    }

    /// Requests of ours that came to nothing.
    fn unanswered(
        &mut self,
        now: Instant,
        owners: impl Iterator<Item = Owner>,
        status: u16,
        text: &str,
        out: &mut Vec<Output>,
    ) {
        for owner in owners {
            let learned = if status == 408 { Happening::CallUnheard } else { Happening::NoWay };
            match owner {
                Owner::Leg(id, part) => {
                    if part == Part::Invite {
                        self.call_learned(now, id, learned, out);
                    }
                    let reason = Reason { status, text: text.to_owned() };
                    self.with_leg(now, id, out, |leg, core| leg.unanswered(core, part, reason));
                }
                Owner::Trunk(id, TrunkRequest::Options) => self.trunk_learned(now, id, Happening::NoWay, out),
                Owner::Trunk(id, TrunkRequest::Register) => self.register_failed(now, id, status, out),
                Owner::Subscription(id) => self.notify_answered(now, id, status, out),
                Owner::Nobody => {}
            }
        }
    }

    fn configure(&mut self, now: Instant, users: Vec<User>, trunks: &[Trunk], out: &mut Vec<Output>) {
        self.configure_trunks(now, trunks);
        self.configure_registrations(now, trunks, out);
        self.networks = Networks::of(trunks);
        self.admission.configure(trunks);
        let accounts = trunks.iter().filter_map(|trunk| Some((trunk.name.clone(), trunk.account.clone()?)));
        self.accounts = accounts.collect();
        self.identities = trunks.iter().map(|trunk| (trunk.name.clone(), trunk.identity)).collect();
        for _ in 0..self.networks.unreadable {
            out.push(Output::Counted(Counter::BadNetwork));
        }
        let before = std::mem::take(&mut self.users);
        self.users = users.into_iter().map(|user| (user.name.clone(), user)).collect();
        let registered: Vec<String> = self.registrar.users().map(str::to_owned).collect();
        for name in registered {
            match self.users.get(&name) {
                None => {
                    self.registrar.forget(&name);
                    let agent = before.get(&name).and_then(|user| user.agent);
                    out.push(Output::Event(Event::Registered { user: name, agent, contacts: Vec::new() }));
                }
                Some(user) if before.get(&name).map(|old| old.agent) != Some(user.agent) => {
                    self.tell_contacts(&name, out);
                }
                Some(_) => {}
            }
        }
        self.end_lost_subscriptions(now, out);
    }

    fn tell_contacts(&self, user: &str, out: &mut Vec<Output>) {
        let agent = self.users.get(user).and_then(|user| user.agent);
        let contacts = self.registrar.contacts(user);
        out.push(Output::Event(Event::Registered { user: user.to_owned(), agent, contacts }));
    }

    /// What a leg may use, out of the parts of the endpoint.
    fn core<'a>(&'a mut self, now: Instant, out: &'a mut Vec<Output>) -> Core<'a> {
        Core {
            now,
            layer: &mut self.layer,
            alarms: &mut self.alarms,
            tokens: &mut self.tokens,
            identity: &self.identity,
            reach: &self.networks,
            ringing: self.settings.limits.ringing,
            session: self.settings.session,
            out,
        }
    }

    /// Lets a leg do something, and forgets it if that was its end. False: there is no such leg.
    fn with_leg(
        &mut self,
        now: Instant,
        id: LegId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Leg, &mut Core<'_>) -> Life,
    ) -> bool {
        let Some(mut entry) = self.legs.remove(&id) else { return false };
        let life = act(&mut entry.leg, &mut self.core(now, out));
        match life {
            Life::Live => {
                if let Some(ticket) = &mut entry.ticket
                    && !entry.leg.is_pending()
                {
                    self.admission.settled(now, ticket, true);
                }
                self.legs.insert(id, entry);
            }
            Life::Over(end) => self.leg_over(now, id, entry, end, out),
        }
        true
    }

    fn leg_over(&mut self, now: Instant, id: LegId, mut entry: Entry, end: LegEnd, out: &mut Vec<Output>) {
        let end = self.trusted(entry.trunk, end);
        let mut core = self.core(now, out);
        core.clear_all(id);
        entry.leg.close_referral(&mut core);
        let dialog = entry.leg.dialog();
        self.by_dialog.remove(&(dialog.local_tag().to_owned(), dialog.call_id.clone()));
        if let Some(key) = entry.invite {
            self.forget_later(now, key);
        }
        if let Some(ticket) = entry.ticket {
            self.ticket_over(now, id, ticket, entry.leg.is_invited(), &end);
        }
        out.push(Output::Event(Event::Ended { leg: id, end }));
    }

    /// The call is over. A refusal waits for its ACK like any answer; a hang-up by the peer is worth one.
    fn ticket_over(&mut self, now: Instant, id: LegId, mut ticket: LetIn, was_refused: bool, end: &LegEnd) {
        self.admission.ended(&ticket);
        if ticket.is_pending() && was_refused {
            self.owing.insert(id, (ticket, now));
            self.patience.set(id, now + PATIENCE);
            return;
        }
        self.patience.clear(&id);
        self.admission.settled(now, &mut ticket, matches!(end, LegEnd::Peer { .. }));
    }

    /// The ACK of a refusal came.
    fn refusal_acknowledged(&mut self, now: Instant, id: LegId) {
        if let Some((mut ticket, _)) = self.owing.remove(&id) {
            self.patience.clear(&id);
            self.admission.settled(now, &mut ticket, true);
        }
    }

    /// A leg has owed its ACK for a while. Where such legs press a trunk they are ended: somebody else needs the
    /// room. A refused one is let go at the latest when its refusal is not repeated any more.
    fn lose_patience(&mut self, now: Instant, id: LegId, out: &mut Vec<Output>) {
        if let Some((mut ticket, since)) = self.owing.remove(&id) {
            if self.admission.is_pressed(&ticket) || now.since(since) >= self.settings.timers.give_up() {
                return self.admission.settled(now, &mut ticket, false);
            }
            self.owing.insert(id, (ticket, since));
            return self.patience.set(id, now + PATIENCE);
        }
        let Some(entry) = self.legs.get(&id) else { return };
        let Some(ticket) = entry.ticket.as_ref().filter(|ticket| ticket.is_pending()) else { return };
        if entry.leg.owes_ack() && self.admission.is_pressed(ticket) {
            self.with_leg(now, id, out, |leg, core| leg.give_up_ack(core));
        } else {
            self.patience.set(id, now + PATIENCE);
        }
    }

    fn forget_later(&mut self, now: Instant, key: InviteKey) {
        if self.forget.len() >= self.settings.limits.transactions
            && let Some(oldest) = self.forget.pop_due(Instant::FAR_FUTURE)
        {
            self.served.remove(&oldest);
        }
        self.forget.set(key, now + self.settings.timers.give_up());
    }

    fn keep_leg(&mut self, leg: Leg, invite: Option<InviteKey>, ticket: Option<LetIn>, trunk: Option<TrunkId>) {
        let dialog = leg.dialog();
        self.by_dialog.insert((dialog.local_tag().to_owned(), dialog.call_id.clone()), leg.id());
        if let Some(key) = &invite {
            self.served.insert(key.clone(), ());
        }
        self.legs.insert(leg.id(), Entry { leg, invite, ticket, trunk });
    }
}
