//! Sessions, bearer tokens, one-time links and socket tickets, all kept as digests of their tokens.
//!
//! | thing | lives | ends |
//! | --- | --- | --- |
//! | cookie session | 12 h after its last use, 7 days in all | sign-out, expiry |
//! | bearer token | until revoked | revocation |
//! | link | 24 h, one use | use, expiry |
//! | ticket | 30 s, one use | use, expiry, end of its session |

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::identity::{Identity, PhoneAccount, Role, Via};
use super::token::{Token, TokenDigest};
use crate::base::{AgentId, Redacted};

const IDLE: Duration = Duration::from_secs(12 * 3_600);
const ABSOLUTE: Duration = Duration::from_secs(7 * 24 * 3_600);
const LINK: Duration = Duration::from_secs(24 * 3_600);
pub const TICKET: Duration = Duration::from_secs(30);
const SESSIONS: usize = 10_000;
const ONE_TIME: usize = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId(pub u64);

/// Whom a session is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSession {
    pub via: Via,
    pub user: String,
    pub name: Redacted<String>,
    pub role: Role,
    pub language: String,
    pub agent: Option<(AgentId, String)>,
}

/// A session that is over: its phone account must go too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    pub session: SessionId,
    pub phone: Option<PhoneAccount>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SessionError {
    #[error("unknown, used or expired")]
    Unknown,
    #[error("too many at once")]
    TooMany,
}

struct Session {
    identity: Identity,
    opened: Instant,
    used: Instant,
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
}

impl Sessions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a session; the token goes to the client and is not kept. A browser with a seat gets a
    /// phone account. The second part are sessions that had to make room.
    pub fn open(&self, new: NewSession, now: Instant) -> (Token, Identity, Vec<Ended>) {
        self.open_with(Token::random(), new, now)
    }

    /// As [`Sessions::open`] with a token made elsewhere (bearer tokens that were printed before).
    pub fn open_with(&self, token: Token, new: NewSession, now: Instant) -> (Token, Identity, Vec<Ended>) {
        let mut table = self.lock();
        let mut ended = Vec::new();
        while table.sessions.len() >= SESSIONS {
            let oldest = table.sessions.iter().min_by_key(|(_, session)| session.used).map(|(digest, _)| *digest);
            let Some(oldest) = oldest else { break };
            ended.extend(table.remove(&oldest));
        }
        table.next += 1;
        let phone = match (new.via, &new.agent) {
            (Via::Cookie, Some((_, key))) => Some(PhoneAccount {
                user: format!("{key}.{}", Token::suffix(6)),
                password: Redacted(Token::random().reveal().to_owned()),
            }),
            _ => None,
        };
        let identity = Identity {
            session: SessionId(table.next),
            via: new.via,
            user: new.user,
            name: new.name,
            role: new.role,
            language: new.language,
            agent: new.agent,
            csrf: Redacted(Token::random().reveal().to_owned()),
            phone,
        };
        table.by_id.insert(identity.session, token.digest());
        table.sessions.insert(token.digest(), Session { identity: identity.clone(), opened: now, used: now });
        (token, identity, ended)
    }

    /// Whose token this is; counts as a use.
    pub fn identify(&self, token: &str, via: Via, now: Instant) -> Result<Identity, SessionError> {
        let mut table = self.lock();
        let session = table.sessions.get_mut(&Token::digest_of(token)).ok_or(SessionError::Unknown)?;
        if session.identity.via != via || session.is_over(now) {
            return Err(SessionError::Unknown);
        }
        session.used = now;
        Ok(session.identity.clone())
    }

    /// Is this session still on? Sockets ask from time to time.
    pub fn is_open(&self, id: SessionId, now: Instant) -> bool {
        let table = self.lock();
        let session = table.by_id.get(&id).and_then(|digest| table.sessions.get(digest));
        session.is_some_and(|session| !session.is_over(now))
    }

    pub fn close(&self, token: &str) -> Option<Ended> {
        self.lock().remove(&Token::digest_of(token))
    }

    /// Ends what has expired.
    pub fn sweep(&self, now: Instant) -> Vec<Ended> {
        let mut table = self.lock();
        table.links.retain(|_, (until, _)| *until > now);
        table.tickets.retain(|_, (until, _)| *until > now);
        let over: Vec<_> =
            table.sessions.iter().filter(|(_, session)| session.is_over(now)).map(|(digest, _)| *digest).collect();
        over.iter().filter_map(|digest| table.remove(digest)).collect()
    }

    /// A one-time link for a user.
    pub fn make_link(&self, user: &str, now: Instant) -> Result<Token, SessionError> {
        let mut table = self.lock();
        if table.links.len() >= ONE_TIME {
            return Err(SessionError::TooMany);
        }
        let token = Token::random();
        table.links.insert(token.digest(), (now + LINK, user.to_owned()));
        Ok(token)
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

    /// The browser phones that are signed in, for a center that has just been configured anew.
    pub fn phones(&self) -> Vec<(AgentId, PhoneAccount)> {
        let table = self.lock();
        let identities = table.sessions.values().map(|session| &session.identity);
        identities.filter_map(|identity| Some((identity.agent_id()?, identity.phone.clone()?))).collect()
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
    fn remove(&mut self, digest: &TokenDigest) -> Option<Ended> {
        let session = self.sessions.remove(digest)?;
        self.by_id.remove(&session.identity.session);
        self.tickets.retain(|_, (_, identity)| identity.session != session.identity.session);
        Some(Ended { session: session.identity.session, phone: session.identity.phone })
    }
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        self.identity.via == Via::Cookie
            && (now.saturating_duration_since(self.used) > IDLE
                || now.saturating_duration_since(self.opened) > ABSOLUTE)
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
        }
    }

    #[test]
    fn a_session_ends_by_idleness_by_age_and_by_sign_out() {
        let (sessions, start) = (Sessions::new(), Instant::now());
        let (token, identity, _) = sessions.open(ana(Via::Cookie), start);
        assert_eq!(sessions.identify(token.reveal(), Via::Cookie, start + IDLE).unwrap(), identity);
        assert!(sessions.identify(token.reveal(), Via::Bearer, start).is_err(), "a cookie is no bearer token");
        assert!(sessions.identify(token.reveal(), Via::Cookie, start + IDLE * 2 + TICKET).is_err());
        assert_eq!(sessions.sweep(start + ABSOLUTE * 2).len(), 1);

        let (token, identity, _) = sessions.open(ana(Via::Cookie), start);
        let ticket = sessions.make_ticket(&identity, start).unwrap();
        let ended = sessions.close(token.reveal()).unwrap();
        assert_eq!(ended.phone, identity.phone);
        assert!(!sessions.is_open(identity.session, start));
        assert_eq!(sessions.use_ticket(ticket.reveal(), start), Err(SessionError::Unknown));
    }

    #[test]
    fn a_bearer_token_stays_and_has_no_phone() {
        let (sessions, start) = (Sessions::new(), Instant::now());
        let (token, identity, _) = sessions.open(ana(Via::Bearer), start);
        assert_eq!(identity.phone, None);
        assert!(sessions.identify(token.reveal(), Via::Bearer, start + ABSOLUTE * 9).is_ok());
        assert!(sessions.sweep(start + ABSOLUTE * 9).is_empty());
    }

    #[test]
    fn links_and_tickets_work_once_and_in_time() {
        let (sessions, start) = (Sessions::new(), Instant::now());
        let link = sessions.make_link("ana", start).unwrap();
        assert_eq!(sessions.use_link(link.reveal(), start), Ok("ana".into()));
        assert_eq!(sessions.use_link(link.reveal(), start), Err(SessionError::Unknown));
        let late = sessions.make_link("ana", start).unwrap();
        assert_eq!(sessions.use_link(late.reveal(), start + LINK), Err(SessionError::Unknown));

        let (_, identity, _) = sessions.open(ana(Via::Cookie), start);
        let ticket = sessions.make_ticket(&identity, start).unwrap();
        assert_eq!(sessions.use_ticket(ticket.reveal(), start).unwrap().user, "ana");
        assert_eq!(sessions.use_ticket(ticket.reveal(), start), Err(SessionError::Unknown));
        let late = sessions.make_ticket(&identity, start).unwrap();
        assert_eq!(sessions.use_ticket(late.reveal(), start + TICKET), Err(SessionError::Unknown));
    }

    #[test]
    fn only_supervisors_act_for_others() {
        let (_, mut identity, _) = Sessions::new().open(ana(Via::Bearer), Instant::now());
        assert!(identity.may_act_for(AgentId(7)) && !identity.may_act_for(AgentId(8)));
        identity.role = Role::Supervisor;
        assert!(identity.may_act_for(AgentId(8)));
    }
}
