//! Passwords on their way in: hashed, and left alone where they are the same.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};

use crate::setup::{CenterModel, Password, SipPassword};
use crate::sip;
use crate::store::StoreError;

/// The wanted model with hashes only. A plain password that fits the known hash keeps that hash, so
/// that applying a file twice changes nothing. Slow by design: call it off the event loop.
pub(super) fn hashed(mut wanted: CenterModel, current: &CenterModel) -> Result<CenterModel, StoreError> {
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

fn hash(plain: &str) -> Result<String, StoreError> {
    Argon2::default()
        .hash_password(plain.as_bytes(), &SaltString::generate(&mut OsRng))
        .map(|hash| hash.to_string())
        .map_err(|error| StoreError::Invalid(format!("this password cannot be hashed: {error}")))
}

fn verify(plain: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(plain.as_bytes(), &hash).is_ok())
}
