//! Sessions, bearer tokens, one-time links and socket tickets, all known by digests of their tokens.
//!
//! | thing | lives | ends | after a restart |
//! | --- | --- | --- | --- |
//! | cookie session | 12 h after its last use, 7 days in all | sign-out, expiry, another password, removal of the user | goes on |
//! | token of a program | as long as its row in the store, at most until its expiry | revocation, expiry | goes on |
//! | bearer token of this process | until the process ends | removal of the user | gone |
//! | link | 24 h, one use | use, expiry | gone |
//! | ticket | 30 s, one use | use, expiry, end of its session | gone |
//!
//! What is kept of a session ([`KeptSession`]) opens nothing: the CSRF token and the password of the browser's phone
//! follow from the token, which only the browser has. A session that was kept is asleep until its token comes;
//! the phone that wakes with it must be told to the center.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;

use super::identity::{Identity, PhoneAccount, Role, SessionId, Via};
use super::token::{Token, TokenDigest};
use crate::base::{AgentId, Instant, Redacted};

/// A session that is not used for so long is over.
pub const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// No session is older.
pub const ABSOLUTE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// A one-time link.
pub const LINK_FOR: Duration = Duration::from_secs(24 * 3_600);
/// A link to choose a password by: who is invited on a Friday reads it on Monday.
pub const INVITATION_FOR: Duration = Duration::from_secs(7 * 24 * 3_600);
const TICKET: Duration = Duration::from_secs(30);
/// Sessions at once.
pub const SESSIONS: usize = 10_000;
const ONE_TIME: usize = 10_000;

/// Whom a session is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSession {
    pub via: Via,
    pub user: String,
    pub name: Redacted<String>,
    pub role: Role,
    pub language: String,
    pub agent: Option<(AgentId, String)>,
    /// Changes with the user's password, and tells nothing about it: sessions of before are over then.
    pub stamp: String,
}

/// What is kept of a browser's session over a restart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptSession {
    pub digest: TokenDigest,
    pub user: String,
    pub stamp: String,
    /// SIP user of the browser's phone.
    pub phone: Option<String>,
    pub opened: Instant,
    pub used: Instant,
}

/// Somebody known by a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    pub identity: Identity,
    /// The session slept since a restart: the center does not know its phone yet.
    pub woken: Option<PhoneAccount>,
}

/// How a session stands that is not over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    pub role: Role,
    /// It is over in this time, if nobody uses it.
    pub left: Duration,
}

/// A session that is over: its phone account must go too, and what is kept of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    pub session: SessionId,
    pub digest: TokenDigest,
    pub phone: Option<PhoneAccount>,
}

/// Id of a program's token in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProgramId(pub i64);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SessionError {
    #[error("unknown, used or expired")]
    Unknown,
    #[error("too many at once")]
    TooMany,
}

struct Session {
    identity: Identity,
    stamp: String,
    opened: Instant,
    used: Instant,
    /// The last use that [`Sessions::uses`] told.
    told: Instant,
    /// The token has not come since the restart: what follows from it is not known.
    asleep: bool,
    program: Option<Program>,
}

#[derive(Clone, Copy)]
struct Program {
    id: ProgramId,
    expires: Option<Instant>,
}

#[derive(Default)]
struct Table {
    next: u64,
    sessions: BTreeMap<TokenDigest, Session>,
    by_id: BTreeMap<SessionId, TokenDigest>,
    links: BTreeMap<TokenDigest, (Instant, String)>,
    tickets: BTreeMap<TokenDigest, (Instant, Identity)>,
}

/// Shared by all handlers; every hold of the lock is short and does no work.
#[derive(Default)]
pub struct Sessions {
    table: Mutex<Table>,
    endings: watch::Sender<()>,
}

impl Sessions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a session; the token goes to the client and is not kept. A browser gets a phone account where its
    /// user has a seat, or supervises. The last part are sessions that had to make room.
    pub fn open(&self, new: NewSession, now: Instant) -> (Token, Identity, Vec<Ended>) {
        let token = Token::random();
        let phone = match (new.via, &new.agent) {
            (Via::Cookie, Some((_, key))) => Some(format!("{key}.{}", Token::suffix(6))),
            (Via::Cookie, None) if new.role >= Role::Supervisor => Some(format!("supervisor.{}", Token::suffix(10))),
            _ => None,
        };
        let mut table = self.lock();
        let ended = table.make_room();
        let mut session = Session::new(new, phone, now, now);
        session.wake(token.reveal());
        let identity = table.insert(token.digest(), session);
        drop(table);
        self.note_endings(&ended);
        (token, identity, ended)
    }

    /// A browser's session of before the restart, for the same user with the same password.
    pub fn restore(&self, kept: KeptSession, new: NewSession) {
        let mut table = self.lock();
        if table.sessions.len() < SESSIONS && !table.sessions.contains_key(&kept.digest) {
            let mut session = Session::new(new, kept.phone, kept.opened, kept.used);
            session.asleep = true;
            table.insert(kept.digest, session);
        }
    }

    /// What is to be kept of a browser's session.
    pub fn kept(&self, id: SessionId) -> Option<KeptSession> {
        let table = self.lock();
        let digest = *table.by_id.get(&id)?;
        let session = table.sessions.get(&digest).filter(|session| session.identity.via == Via::Cookie)?;
        Some(KeptSession {
            digest,
            user: session.identity.user.clone(),
            stamp: session.stamp.clone(),
            phone: session.identity.phone.as_ref().map(|phone| phone.user.clone()),
            opened: session.opened,
            used: session.used,
        })
    }

    /// Browsers' sessions that were used since this was asked last.
    pub fn uses(&self) -> Vec<(TokenDigest, Instant)> {
        let mut table = self.lock();
        let used = table.sessions.iter_mut().filter(|(_, session)| session.identity.via == Via::Cookie);
        used.filter(|(_, session)| session.told < session.used)
            .map(|(digest, session)| {
                session.told = session.used;
                (*digest, session.used)
            })
            .collect()
    }

    /// Whose token this is; counts as a use.
    pub fn identify(&self, token: &str, via: Via, now: Instant) -> Result<Known, SessionError> {
        let mut table = self.lock();
        let session = table.sessions.get_mut(&Token::digest_of(token)).ok_or(SessionError::Unknown)?;
        if session.identity.via != via || session.is_over(now) {
            return Err(SessionError::Unknown);
        }
        session.used = session.used.max(now);
        let woken = if std::mem::take(&mut session.asleep) { session.wake(token) } else { None };
        Ok(Known { identity: session.identity.clone(), woken })
    }

    /// A program's token that stands in the store: opened, or brought up to date.
    pub fn program(
        &self,
        digest: TokenDigest,
        id: ProgramId,
        expires: Option<Instant>,
        new: NewSession,
        now: Instant,
    ) -> (Identity, Vec<Ended>) {
        let mut table = self.lock();
        if let Some(session) = table.sessions.get_mut(&digest) {
            session.take(new);
            session.used = now;
            session.program = Some(Program { id, expires });
            return (session.identity.clone(), Vec::new());
        }
        let ended = table.make_room();
        let session = Session { program: Some(Program { id, expires }), ..Session::new(new, None, now, now) };
        let identity = table.insert(digest, session);
        drop(table);
        self.note_endings(&ended);
        (identity, ended)
    }

    /// Programs' tokens in use here.
    pub fn programs(&self) -> BTreeSet<ProgramId> {
        self.lock().sessions.values().filter_map(|session| Some(session.program?.id)).collect()
    }

    /// A program's token was revoked.
    pub fn end_program(&self, id: ProgramId) {
        self.end_where(|session| session.program.is_some_and(|program| program.id == id));
    }

    /// Users as they are now: roles follow, sessions of users who are gone, have another password or
    /// sit elsewhere end.
    pub fn refresh(&self, look_up: impl Fn(&str, Via) -> Option<NewSession>) -> Vec<Ended> {
        let (mut gone, mut another_role) = (BTreeSet::new(), false);
        let mut table = self.lock();
        for (digest, session) in table.sessions.iter_mut().filter(|(_, session)| session.program.is_none()) {
            let seat = session.identity.agent_id();
            match look_up(&session.identity.user, session.identity.via) {
                Some(new) if new.stamp == session.stamp && new.agent.as_ref().map(|(id, _)| *id) == seat => {
                    another_role |= new.role != session.identity.role;
                    session.take(new);
                }
                _ => drop(gone.insert(*digest)),
            }
        }
        let ended: Vec<_> = gone.iter().filter_map(|digest| table.remove(digest)).collect();
        drop(table);
        if another_role || !ended.is_empty() {
            self.endings.send_replace(());
        }
        ended
    }

    /// How this session stands; `None`: it is over. Sockets ask whenever [`Sessions::endings`] changes and when
    /// the time is up.
    pub fn standing(&self, id: SessionId, now: Instant) -> Option<Standing> {
        let table = self.lock();
        let session = table.by_id.get(&id).and_then(|digest| table.sessions.get(digest))?;
        let left = session.left(now)?;
        Some(Standing { role: session.identity.role, left })
    }

    /// Changes whenever sessions end, or somebody has another role.
    pub fn endings(&self) -> watch::Receiver<()> {
        self.endings.subscribe()
    }

    pub fn close(&self, token: &str) -> Option<Ended> {
        let ended = self.lock().remove(&Token::digest_of(token));
        self.note_endings(ended.as_slice());
        ended
    }

    /// Ends what has expired.
    pub fn sweep(&self, now: Instant) -> Vec<Ended> {
        let mut table = self.lock();
        table.links.retain(|_, (until, _)| *until > now);
        table.tickets.retain(|_, (until, _)| *until > now);
        drop(table);
        self.end_where(|session| session.is_over(now))
    }

    fn end_where(&self, over: impl Fn(&Session) -> bool) -> Vec<Ended> {
        let mut table = self.lock();
        let over: Vec<_> =
            table.sessions.iter().filter(|(_, session)| over(session)).map(|(digest, _)| *digest).collect();
        let ended: Vec<_> = over.iter().filter_map(|digest| table.remove(digest)).collect();
        drop(table);
        self.note_endings(&ended);
        ended
    }

    fn note_endings(&self, ended: &[Ended]) {
        if !ended.is_empty() {
            self.endings.send_replace(());
        }
    }

    /// A one-time link for a user.
    pub fn make_link(&self, user: &str, now: Instant) -> Result<Token, SessionError> {
        let mut table = self.lock();
        if table.links.len() >= ONE_TIME {
            return Err(SessionError::TooMany);
        }
        let token = Token::random();
        table.links.insert(token.digest(), (now + LINK_FOR, user.to_owned()));
        Ok(token)
    }

    /// Whether a link opens a session now.
    pub fn knows_link(&self, token: &str, now: Instant) -> bool {
        self.lock().links.get(&Token::digest_of(token)).is_some_and(|(until, _)| *until > now)
    }

    /// Uses a link up; gives the user it was made for.
    pub fn use_link(&self, token: &str, now: Instant) -> Result<String, SessionError> {
        let (until, user) = self.lock().links.remove(&Token::digest_of(token)).ok_or(SessionError::Unknown)?;
        if until > now { Ok(user) } else { Err(SessionError::Unknown) }
    }

    pub fn make_ticket(&self, identity: &Identity, now: Instant) -> Result<Token, SessionError> {
        let mut table = self.lock();
        table.tickets.retain(|_, (until, _)| *until > now);
        if table.tickets.len() >= ONE_TIME {
            return Err(SessionError::TooMany);
        }
        let token = Token::random();
        table.tickets.insert(token.digest(), (now + TICKET, identity.clone()));
        Ok(token)
    }

    pub fn use_ticket(&self, token: &str, now: Instant) -> Result<Identity, SessionError> {
        let (until, identity) = self.lock().tickets.remove(&Token::digest_of(token)).ok_or(SessionError::Unknown)?;
        if until > now { Ok(identity) } else { Err(SessionError::Unknown) }
    }

    pub fn count(&self) -> usize {
        self.lock().sessions.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Table> {
        // A panic under the lock leaves the table whole: every change is a single insert or remove.
        self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Table {
    fn insert(&mut self, digest: TokenDigest, mut session: Session) -> Identity {
        self.next += 1;
        session.identity.session = SessionId(self.next);
        let identity = session.identity.clone();
        self.by_id.insert(identity.session, digest);
        self.sessions.insert(digest, session);
        identity
    }

    /// Ends the sessions longest unused while there are too many.
    fn make_room(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        while self.sessions.len() >= SESSIONS {
            let oldest = self.sessions.iter().min_by_key(|(_, session)| session.used).map(|(digest, _)| *digest);
            let Some(oldest) = oldest else { break };
            ended.extend(self.remove(&oldest));
        }
        ended
    }

    fn remove(&mut self, digest: &TokenDigest) -> Option<Ended> {
        let session = self.sessions.remove(digest)?;
        self.by_id.remove(&session.identity.session);
        self.tickets.retain(|_, (_, identity)| identity.session != session.identity.session);
        Some(Ended { session: session.identity.session, digest: *digest, phone: session.identity.phone })
    }
}

impl Session {
    fn new(new: NewSession, phone: Option<String>, opened: Instant, used: Instant) -> Self {
        let identity = Identity {
            session: SessionId(0),
            via: new.via,
            user: new.user,
            name: new.name,
            role: new.role,
            language: new.language,
            agent: new.agent,
            csrf: Redacted::default(),
            phone: phone.map(|user| PhoneAccount { user, password: Redacted::default() }),
        };
        Self { identity, stamp: new.stamp, opened, used, told: used, asleep: false, program: None }
    }

    /// Fills in what follows from the token; gives the phone.
    fn wake(&mut self, token: &str) -> Option<PhoneAccount> {
        self.identity.csrf = Token::derived_from(token, "csrf");
        let phone = self.identity.phone.as_mut()?;
        phone.password = Token::derived_from(token, "phone");
        Some(phone.clone())
    }

    /// The user as he is now.
    fn take(&mut self, new: NewSession) {
        self.identity.name = new.name;
        self.identity.role = new.role;
        self.identity.language = new.language;
        self.identity.agent = new.agent;
    }

    fn is_over(&self, now: Instant) -> bool {
        self.left(now).is_none()
    }

    /// How long it goes on, if nobody uses it; `None`: it is over.
    fn left(&self, now: Instant) -> Option<Duration> {
        let until = match (self.identity.via, self.program) {
            (Via::Cookie, _) => Some((self.used + IDLE).min(self.opened + ABSOLUTE)),
            (Via::Bearer, Some(program)) => program.expires,
            (Via::Bearer, None) => None,
        };
        match until {
            Some(until) => (until > now).then(|| until.since(now)),
            None => Some(ABSOLUTE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana(via: Via) -> NewSession {
        NewSession {
            via,
            user: "ana".into(),
            name: Redacted("Ana".into()),
            role: Role::Agent,
            language: "en".into(),
            agent: Some((AgentId(7), "ana".into())),
            stamp: "1".into(),
        }
    }

    #[test]
    fn a_session_ends_by_idleness_by_age_and_by_sign_out() {
        let (sessions, start) = (Sessions::new(), Instant::from_micros(1_000_000));
        let (token, identity, _) = sessions.open(ana(Via::Cookie), start);
        assert_eq!(sessions.identify(token.reveal(), Via::Cookie, start + IDLE - TICKET).unwrap().identity, identity);
        assert!(sessions.identify(token.reveal(), Via::Bearer, start).is_err(), "a cookie is no bearer token");
        assert!(sessions.identify(token.reveal(), Via::Cookie, start + IDLE * 2).is_err());
        assert_eq!(sessions.sweep(start + ABSOLUTE * 2).len(), 1);

        let (token, identity, _) = sessions.open(ana(Via::Cookie), start);
        let ticket = sessions.make_ticket(&identity, start).unwrap();
        let ended = sessions.close(token.reveal()).unwrap();
        assert_eq!(ended.phone, identity.phone);
        assert_eq!(sessions.standing(identity.session, start), None);
        assert_eq!(sessions.use_ticket(ticket.reveal(), start), Err(SessionError::Unknown));
    }

    #[test]
    fn a_bearer_token_stays_and_has_no_phone() {
        let (sessions, start) = (Sessions::new(), Instant::from_micros(1_000_000));
        let (token, identity, _) = sessions.open(ana(Via::Bearer), start);
        assert_eq!(identity.phone, None);
        assert!(sessions.identify(token.reveal(), Via::Bearer, start + ABSOLUTE * 9).is_ok());
        assert!(sessions.sweep(start + ABSOLUTE * 9).is_empty());
    }

    #[test]
    fn links_and_tickets_work_once_and_in_time() {
        let (sessions, start) = (Sessions::new(), Instant::from_micros(1_000_000));
        let link = sessions.make_link("ana", start).unwrap();
        assert_eq!(sessions.use_link(link.reveal(), start), Ok("ana".into()));
        assert_eq!(sessions.use_link(link.reveal(), start), Err(SessionError::Unknown));
        let late = sessions.make_link("ana", start).unwrap();
        assert_eq!(sessions.use_link(late.reveal(), start + LINK_FOR), Err(SessionError::Unknown));

        let (_, identity, _) = sessions.open(ana(Via::Cookie), start);
        let ticket = sessions.make_ticket(&identity, start).unwrap();
        assert_eq!(sessions.use_ticket(ticket.reveal(), start).unwrap().user, "ana");
        assert_eq!(sessions.use_ticket(ticket.reveal(), start), Err(SessionError::Unknown));
        let late = sessions.make_ticket(&identity, start).unwrap();
        assert_eq!(sessions.use_ticket(late.reveal(), start + TICKET), Err(SessionError::Unknown));
    }

    #[test]
    fn only_supervisors_act_for_others() {
        let (_, mut identity, _) = Sessions::new().open(ana(Via::Bearer), Instant::from_micros(1));
        assert!(identity.may_act_for(AgentId(7)) && !identity.may_act_for(AgentId(8)));
        identity.role = Role::Supervisor;
        assert!(identity.may_act_for(AgentId(8)));
    }

    #[test]
    fn a_kept_session_goes_on_after_a_restart_and_wakes_its_phone_once() {
        let (before, start) = (Sessions::new(), Instant::from_micros(1_000_000));
        let (token, identity, _) = before.open(ana(Via::Cookie), start);
        let kept = before.kept(identity.session).unwrap();
        assert_eq!((before.uses(), kept.used), (Vec::new(), start));
        let later = start + TICKET;
        before.identify(token.reveal(), Via::Cookie, later).unwrap();
        assert_eq!(before.uses(), [(token.digest(), later)]);
        assert_eq!(before.uses(), []);

        let after = Sessions::new();
        after.restore(KeptSession { used: later, ..kept.clone() }, ana(Via::Cookie));
        assert!(!format!("{kept:?}").contains(identity.csrf.reveal().as_str()));
        let known = after.identify(token.reveal(), Via::Cookie, later + IDLE - TICKET).unwrap();
        assert_eq!((&known.identity.csrf, &known.woken), (&identity.csrf, &identity.phone));
        assert_eq!(after.identify(token.reveal(), Via::Cookie, later).unwrap().woken, None);
        after.restore(kept, ana(Via::Cookie));
        assert_eq!(after.count(), 1, "the same one twice is one");
        assert!(after.identify(token.reveal(), Via::Cookie, start + ABSOLUTE + TICKET).is_err());
    }

    #[test]
    fn another_password_ends_sessions_and_another_role_is_taken_over() {
        let (sessions, start) = (Sessions::new(), Instant::from_micros(1));
        let mut endings = sessions.endings();
        let (token, ..) = sessions.open(ana(Via::Cookie), start);
        assert_eq!(sessions.refresh(|_, via| Some(NewSession { role: Role::Admin, ..ana(via) })), []);
        assert_eq!(sessions.identify(token.reveal(), Via::Cookie, start).unwrap().identity.role, Role::Admin);
        assert!(endings.has_changed().unwrap(), "sockets look at their role again");
        endings.mark_unchanged();
        let ended = sessions.refresh(|_, via| Some(NewSession { stamp: "2".into(), ..ana(via) }));
        assert_eq!((ended.len(), endings.has_changed().unwrap()), (1, true));
        assert!(sessions.identify(token.reveal(), Via::Cookie, start).is_err());
        sessions.open(ana(Via::Cookie), start);
        assert_eq!(sessions.refresh(|_, _| None).len(), 1, "the user is gone");
    }

    #[test]
    fn a_program_ends_by_expiry_and_by_revocation() {
        let (sessions, start) = (Sessions::new(), Instant::from_micros(1));
        let (token, id) = (Token::for_program(), ProgramId(3));
        let open = || sessions.program(token.digest(), id, Some(start + LINK_FOR), ana(Via::Bearer), start).0;
        let identity = open();
        assert_eq!(open(), identity, "known already");
        let standing = |now| sessions.standing(identity.session, now);
        assert_eq!(standing(start), Some(Standing { role: Role::Agent, left: LINK_FOR }));
        assert_eq!(standing(start + LINK_FOR), None);
        assert_eq!(sessions.programs(), BTreeSet::from([id]));
        sessions.end_program(id);
        assert_eq!(sessions.standing(identity.session, start), None);
    }
}
