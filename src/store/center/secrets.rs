//! Passwords on their way in: hashed, and left alone where they are the same.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};

use super::model::{CenterModel, Password, SipPassword};
use crate::sip;
use crate::store::StoreError;

/// The wanted model with hashes only. A plain password that fits the known hash keeps that hash, so
/// that applying a file twice changes nothing. Slow by design: call it off the event loop.
pub(in crate::store) fn hashed(mut wanted: CenterModel, current: &CenterModel) -> Result<CenterModel, StoreError> {
    let realm = wanted.center.realm.clone();
    for (name, user) in wanted.users.iter_mut() {
        if let Some(Password::Plain(plain)) = &user.password {
            let known = current.users.get(name).and_then(|known| known.password.as_ref());
            let kept = match known {
                Some(Password::Argon2(hash)) if verify(plain, hash) => hash.clone(),
                _ => hash(plain)?,
            };
            user.password = Some(Password::Argon2(kept));
        }
        if let Some(SipPassword::Plain(plain)) = &user.sip {
            let (md5, sha256) = sip::ha1(name, &realm, plain);
            user.sip = Some(SipPassword::Ha1 { md5, sha256 });
        }
    }
    for account in wanted.trunks.iter_mut().filter_map(|(_, trunk)| trunk.account.as_mut()) {
        if let Some(SipPassword::Plain(plain)) = &account.password {
            let (md5, sha256) = sip::ha1(&account.user, &account.realm, plain);
            account.password = Some(SipPassword::Ha1 { md5, sha256 });
        }
    }
    Ok(wanted)
}

/// The model for eyes that need no password: without any.
pub fn without_secrets(mut model: CenterModel) -> CenterModel {
    for (_, user) in model.users.iter_mut() {
        (user.password, user.sip) = (None, None);
    }
    for account in model.trunks.iter_mut().filter_map(|(_, trunk)| trunk.account.as_mut()) {
        account.password = None;
    }
    model
}

/// Users whose passwords `wanted` does not name keep those they have; so do the accounts of trunks, as long as
/// user and realm are the same.
pub fn keep_secrets(wanted: &mut CenterModel, current: &CenterModel) {
    for (name, user) in wanted.users.iter_mut() {
        let Some(known) = current.users.get(name) else { continue };
        if user.password.is_none() {
            user.password.clone_from(&known.password);
        }
        if user.sip.is_none() {
            user.sip.clone_from(&known.sip);
        }
    }
    for (key, trunk) in wanted.trunks.iter_mut() {
        let known = current.trunks.get(key).and_then(|known| known.account.as_ref());
        if let (Some(account), Some(known)) = (&mut trunk.account, known)
            && account.password.is_none()
            && (&account.user, &account.realm) == (&known.user, &known.realm)
        {
            account.password.clone_from(&known.password);
        }
    }
}

fn hash(plain: &str) -> Result<String, StoreError> {
    Argon2::default()
        .hash_password(plain.as_bytes(), &SaltString::generate(&mut OsRng))
        .map(|hash| hash.to_string())
        .map_err(|error| StoreError::Invalid(format!("this password cannot be hashed: {error}")))
}

fn verify(plain: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(plain.as_bytes(), &hash).is_ok())
}
