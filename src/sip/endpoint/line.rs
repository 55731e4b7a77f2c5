//! What one trunk may take up of the house: calls at once, INVITEs that wait for their ACK, attempts a second.
//!
//! Whoever sends an INVITE and never acknowledges the answer costs a call, a port and a row each time; behind a
//! trunk's network, where nobody proves who he is, anybody can. A sender (address and port) is judged by what it
//! did: it gains credit with every ACK and spends some with every INVITE. Who has credit is *known*, everybody
//! else a *stranger*; strangers together hold at most half of the INVITEs that may wait, so the known always
//! find room. As long as few strangers wait the line is calm and nobody is told apart.
//!
//! | sender | calm | pressed |
//! | --- | --- | --- |
//! | known | room, within calls, pending and its share of the attempts | same |
//! | stranger who owes nothing | room | a few a second of its address, and of all |
//! | stranger over these rates, who owes much, or let an INVITE go without ACK | room | TCP: 503; UDP: silence, now and then 503 |
//! | stranger who let several go and never acknowledged one | as pressed | same |
//! | the same INVITE once more, that was left in silence: somebody is there | - | room, at a rate of its own, else 503 |
//! | anybody beyond the calls or the INVITEs of the line | 503 | 503 |
//!
//! A sender takes more than a quarter of the attempts only while half of them are left. Limits: what is
//! remembered is of fixed size ([`SENDERS`], [`ADDRESSES`], [`REMEMBERED`]).

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::base::{FastMap, Instant, Pace, Rate, network_of};
use crate::sip::output::TurnedAway;
use crate::sip::{Received, TrunkLimits};

/// The share of the waiting INVITEs, as a divisor, up to which strangers press nobody.
const CALM: usize = 8;
/// The share that strangers may hold at all.
const STRANGERS: usize = 2;
/// INVITEs a stranger may owe ACKs for while the line is pressed.
const OWED: u32 = 4;
/// The most credit that gathers: so many INVITEs at once of a known sender that acknowledges none.
const CREDIT: u32 = 256;
/// What an ACK is worth in INVITEs.
const ACK_WORTH: u32 = 2;
/// Strangers of one address (an IPv6 /64), of all, and repeated INVITEs, while the line is pressed.
const OF_ADDRESS: Rate = Rate::per_second(4, 12);
const OF_ALL: Rate = Rate::per_second(80, 160);
const REPEATED: Rate = Rate::per_second(50, 100);
/// The part of the attempts, as a divisor, that no other sender can take away.
const SHARE: u32 = 4;
/// Over UDP, refusals of those who acknowledge nothing.
const TOLD: Rate = Rate::per_second(10, 10);
/// An INVITE repeated sooner is a copy that the network made.
const REPEAT_AFTER: Duration = Duration::from_millis(200);
/// Who let an INVITE go without ACK is remembered so long after.
const GRUDGE: Duration = Duration::from_secs(60);
/// Who has not been heard for so long is forgotten.
const STALE: Duration = Duration::from_secs(600);
/// Between two looks for those who are to be forgotten.
const SWEEP: Duration = Duration::from_secs(60);
const SENDERS: usize = 4_096;
const ADDRESSES: usize = 1_024;
const REMEMBERED: usize = 16_384;

/// An INVITE that has room; its holder says when its ACK came or nobody waits for it any more.
#[derive(Debug)]
pub struct Permit {
    sender: SocketAddr,
    stranger: bool,
}

#[derive(Debug)]
pub enum Verdict {
    Room(Permit),
    /// 503 with Retry-After.
    Refused(TurnedAway),
    /// No answer: whoever is there sends it again.
    Silence,
}

/// One trunk's line.
#[derive(Debug, Default)]
pub struct Line {
    limits: TrunkLimits,
    calls: usize,
    pending: usize,
    /// Of `pending`.
    strangers: usize,
    attempts: Pace,
    of_all: Pace,
    repeated: Pace,
    told: Pace,
    senders: BTreeMap<SocketAddr, Sender>,
    addresses: BTreeMap<IpAddr, Pace>,
    unanswered: Unanswered,
    swept: Instant,
}

#[derive(Debug, Default)]
struct Sender {
    credit: u32,
    pending: u32,
    attempts: Pace,
    has_acknowledged: bool,
    /// INVITEs that went without ACK since the last ACK, and when the last of them did.
    failed: u32,
    failed_at: Instant,
    heard: Instant,
}

impl Line {
    pub fn set_limits(&mut self, limits: TrunkLimits) {
        self.limits = limits;
    }

    /// Nobody has a call or an INVITE here.
    pub fn is_empty(&self) -> bool {
        self.calls == 0 && self.pending == 0
    }

    /// Do strangers who owe their ACK keep others from room?
    pub fn is_pressed(&self) -> bool {
        self.strangers >= self.of_pending(CALM)
    }

    fn of_pending(&self, divisor: usize) -> usize {
        (self.pending_limit() / divisor).max(1)
    }

    fn pending_limit(&self) -> usize {
        usize::try_from(self.limits.pending).unwrap_or(usize::MAX)
    }

    /// May this INVITE become a call? `words`: what its copies have in common.
    pub fn ask(&mut self, now: Instant, received: &Received, words: &[&str]) -> Verdict {
        let sender = received.source;
        if self.calls >= usize::try_from(self.limits.calls).unwrap_or(usize::MAX) {
            return Verdict::Refused(TurnedAway::Calls);
        }
        if self.pending >= self.pending_limit() {
            return Verdict::Refused(TurnedAway::Pending);
        }
        if self.senders.get(&sender).is_some_and(|known| known.credit > 0) {
            return match self.takes_attempt(now, sender) {
                true => self.room(now, sender, false),
                false => Verdict::Refused(TurnedAway::Attempts),
            };
        }
        let is_hopeless = self.senders.get(&sender).is_some_and(|known| known.is_hopeless(now));
        if !is_hopeless && !self.is_pressed() && self.takes_attempt(now, sender) {
            return self.room(now, sender, true);
        }
        self.ask_pressed(now, received, words)
    }

    fn ask_pressed(&mut self, now: Instant, received: &Received, words: &[&str]) -> Verdict {
        let sender = received.source;
        let has_space = self.strangers < self.of_pending(STRANGERS);
        let copy = self.unanswered.name(sender, words);
        if self.unanswered.since(copy).is_some_and(|first| now.since(first) >= REPEAT_AFTER) {
            return match has_space && self.repeated.take(now, REPEATED) {
                true => self.room(now, sender, true),
                false => Verdict::Refused(TurnedAway::Unacknowledged),
            };
        }
        let known = self.senders.get(&sender);
        let owes = known.is_some_and(|known| known.pending >= OWED || known.has_failed_lately(now));
        let is_new = known.is_none_or(|known| known.pending == 0) && !owes;
        if is_new && has_space && self.address_takes(now, sender.ip()) && self.of_all.take(now, OF_ALL) {
            return self.room(now, sender, true);
        }
        // The sender may be two: a good one, and one that forges its address. A refusal would be the end of a good call.
        if received.transport.is_reliable() || (owes && self.told.take(now, TOLD)) {
            return Verdict::Refused(TurnedAway::Unacknowledged);
        }
        self.unanswered.remember(now, copy);
        Verdict::Silence
    }

    /// One of the attempts of this second: of what is left over half by everybody, else of one's own quarter.
    fn takes_attempt(&mut self, now: Instant, sender: SocketAddr) -> bool {
        let all = Rate::per_second(self.limits.attempts_per_s, self.limits.attempts_per_s);
        let share = Rate { every: all.every.saturating_mul(SHARE), burst: (all.burst / SHARE).max(1) };
        let own = match self.senders.get_mut(&sender) {
            Some(known) => known.attempts.take(now, share),
            None => false,
        };
        (own || self.attempts.has_half(now, all)) && self.attempts.take(now, all)
    }

    fn address_takes(&mut self, now: Instant, address: IpAddr) -> bool {
        if self.addresses.len() >= ADDRESSES {
            self.addresses.retain(|_, pace| !pace.is_idle(now));
        }
        let address = network_of(address);
        if self.addresses.len() >= ADDRESSES && !self.addresses.contains_key(&address) {
            return false;
        }
        self.addresses.entry(address).or_default().take(now, OF_ADDRESS)
    }

    fn room(&mut self, now: Instant, sender: SocketAddr, stranger: bool) -> Verdict {
        if !self.senders.contains_key(&sender) {
            self.make_space(now);
        }
        self.calls = self.calls.saturating_add(1);
        self.pending = self.pending.saturating_add(1);
        self.strangers = self.strangers.saturating_add(usize::from(stranger));
        let known = self.senders.entry(sender).or_default();
        known.pending = known.pending.saturating_add(1);
        known.credit = known.credit.saturating_sub(u32::from(!stranger));
        known.heard = now;
        Verdict::Room(Permit { sender, stranger })
    }

    /// Forgets whom it is not worth to know, at worst whoever has been quiet for longest.
    fn make_space(&mut self, now: Instant) {
        if self.senders.len() < SENDERS && now.since(self.swept) < SWEEP {
            return;
        }
        self.swept = now;
        self.addresses.retain(|_, pace| !pace.is_idle(now));
        self.unanswered.forget_before(now - GRUDGE);
        self.senders.retain(|_, known| known.is_worth_keeping(now));
        if self.senders.len() >= SENDERS {
            let quiet = self.senders.iter().filter(|(_, known)| known.pending == 0);
            if let Some(address) = quiet.min_by_key(|(_, known)| known.heard).map(|(address, _)| *address) {
                self.senders.remove(&address);
            }
        }
    }

    /// Its final response has its ACK, or will never have it.
    pub fn settled(&mut self, now: Instant, place: &Permit, acknowledged: bool) {
        self.pending = self.pending.saturating_sub(1);
        self.strangers = self.strangers.saturating_sub(usize::from(place.stranger));
        let Some(known) = self.senders.get_mut(&place.sender) else { return };
        known.pending = known.pending.saturating_sub(1);
        known.heard = now;
        if !acknowledged {
            known.failed = known.failed.saturating_add(1);
            known.failed_at = now;
            return;
        }
        known.has_acknowledged = true;
        known.failed = 0;
        // Who owes that many has somebody else behind its address, who would only spend the credit.
        if known.pending < CREDIT / 2 {
            known.credit = known.credit.saturating_add(ACK_WORTH).min(CREDIT);
        }
    }

    /// The call is over.
    pub fn ended(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    /// It came to nothing before anything was made of it.
    pub fn never_mind(&mut self, place: &Permit) {
        self.ended();
        self.pending = self.pending.saturating_sub(1);
        self.strangers = self.strangers.saturating_sub(usize::from(place.stranger));
        if let Some(known) = self.senders.get_mut(&place.sender) {
            known.pending = known.pending.saturating_sub(1);
        }
    }

    /// Everything that grows: senders, addresses, INVITEs without answer.
    pub fn remembered(&self) -> usize {
        self.senders.len().saturating_add(self.addresses.len()).saturating_add(self.unanswered.known.len())
    }
}

impl Sender {
    fn has_failed_lately(&self, now: Instant) -> bool {
        self.failed > 0 && now.since(self.failed_at) < GRUDGE
    }

    /// Answering it is in vain, also while there is room.
    fn is_hopeless(&self, now: Instant) -> bool {
        !self.has_acknowledged && self.failed >= OWED && self.has_failed_lately(now)
    }

    fn is_worth_keeping(&self, now: Instant) -> bool {
        self.pending > 0 || self.has_failed_lately(now) || (self.has_acknowledged && now.since(self.heard) < STALE)
    }
}

/// The newest INVITEs that got no answer, by a hash.
#[derive(Debug, Default)]
struct Unanswered {
    known: FastMap<u64, Instant>,
    order: VecDeque<u64>,
}

impl Unanswered {
    fn name(&self, sender: SocketAddr, words: &[&str]) -> u64 {
        // The same in every run, so that a replay decides alike.
        BuildHasherDefault::<DefaultHasher>::default().hash_one((sender, words))
    }

    fn since(&self, copy: u64) -> Option<Instant> {
        self.known.get(&copy).copied()
    }

    fn forget_before(&mut self, then: Instant) {
        while let Some(oldest) = self.order.front()
            && self.known.get(oldest).is_none_or(|at| *at < then)
        {
            self.known.remove(oldest);
            self.order.pop_front();
        }
    }

    fn remember(&mut self, now: Instant, copy: u64) {
        if self.known.contains_key(&copy) {
            return;
        }
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.known.insert(copy, now);
        self.order.push_back(copy);
    }
}
