//! Sessions over a restart: what the store keeps of them, and their phones in the center.
//!
//! Memory decides who is signed in; the store only lets a server that starts know it again. So a store that
//! is away refuses nobody: the session then ends with the process.

use std::time::Duration;

use super::Directory;
use crate::base::{AgentId, Instant};
use crate::center::input::Input;
use crate::door::{ABSOLUTE, Door, Ended, IDLE, Identity, KeptSession, PhoneAccount, SESSIONS, Sessions, Via};
use crate::sip;
use crate::store::{SessionRow, Store, StoreError};

/// Tokens that expired are shown for so long.
const EXPIRED_SHOWN: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Takes the sessions of before the restart over. Gives how many; those of users who are gone, or have
/// another password now, are not taken.
pub async fn restore(store: &Store, sessions: &Sessions, directory: &Directory) -> Result<usize, StoreError> {
    let rows = store.sessions(u32::try_from(SESSIONS).unwrap_or(u32::MAX)).await?;
    let listed = directory.now();
    for row in rows {
        let new = listed.session_for(&row.user, Via::Cookie).filter(|new| new.stamp == row.stamp);
        if let (Some(new), Some(kept)) = (new, kept_of(row)) {
            sessions.restore(kept, new);
        }
    }
    Ok(sessions.count())
}

fn kept_of(row: SessionRow) -> Option<KeptSession> {
    let digest = row.digest.parse().ok()?;
    Some(KeptSession { digest, user: row.user, stamp: row.stamp, phone: row.phone, opened: row.opened, used: row.used })
}

/// A session was opened: it is on the disk before the browser hears of it.
pub async fn keep(store: &Store, sessions: &Sessions, identity: &Identity) {
    let Some(kept) = sessions.kept(identity.session) else { return };
    let row = SessionRow {
        digest: kept.digest.to_string(),
        user: kept.user,
        stamp: kept.stamp,
        phone: kept.phone,
        opened: kept.opened,
        used: kept.used,
    };
    if let Err(error) = store.save_session(&row).await {
        tracing::warn!(%error, "a session is not kept: it ends with the server");
    }
}

/// Sessions are over: their phones can no longer register, and nothing of them is kept.
pub async fn forget(store: &Store, door: &Door, ended: Vec<Ended>) {
    let digests: Vec<_> = ended.iter().map(|ended| ended.digest.to_string()).collect();
    if digests.is_empty() {
        return;
    }
    for phone in ended.into_iter().filter_map(|ended| ended.phone) {
        let _ = door.send(Input::PhoneUserGone { user: phone.user }).await;
    }
    if let Err(error) = store.forget_sessions(&digests).await {
        tracing::warn!(%error, "ended sessions are still kept");
    }
}

/// From time to time: ends what has expired, and notes the last uses.
pub async fn sweep(store: &Store, sessions: &Sessions, door: &Door, now: Instant) {
    forget(store, door, sessions.sweep(now)).await;
    let uses: Vec<_> = sessions.uses().into_iter().map(|(digest, used)| (digest.to_string(), used)).collect();
    let noted = async {
        if !uses.is_empty() {
            store.sessions_used(&uses).await?;
        }
        store.forget_expired(now - IDLE, now - ABSOLUTE, now - EXPIRED_SHOWN).await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the last uses of sessions were not noted");
    }
}

/// Tells the center the phone of a browser that signed in or came back.
pub async fn admit_phone(directory: &Directory, door: &Door, identity: &Identity, phone: &PhoneAccount) {
    admit(directory, door, phone, identity.agent_id()).await;
}

/// The same of any phone; `agent`: whose seat it is.
pub async fn admit(directory: &Directory, door: &Door, phone: &PhoneAccount, agent: Option<AgentId>) {
    let listed = directory.now();
    let (ha1_md5, ha1_sha256) = sip::ha1(&phone.user, &listed.model.center.realm, phone.password.reveal());
    let user = sip::User { name: phone.user.clone(), agent, ha1_md5, ha1_sha256 };
    let _ = door.send(Input::PhoneUser(user)).await;
}
