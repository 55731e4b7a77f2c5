//! Who asks: the session cookie or the bearer token of a request, and the CSRF check of writes.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::{ApiError, WebState, keeping};
use crate::door::{Identity, ProgramId, Role, SessionError, Token, Via};

pub const COOKIE: &str = "carillon_session";
const CSRF: &str = "x-csrf-token";

/// Somebody who is signed in; a write by cookie has passed the CSRF check.
pub struct Signed(pub Identity);

impl Signed {
    pub fn at_least(self, role: Role) -> Result<Identity, ApiError> {
        match role {
            _ if self.0.role >= role => Ok(self.0),
            Role::Admin => Err(ApiError::NotAllowed("administrators only")),
            _ => Err(ApiError::NotAllowed("supervisors only")),
        }
    }
}

impl FromRequestParts<Arc<WebState>> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, ApiError> {
        let (token, via) = credential(&parts.headers).ok_or(ApiError::NotSignedIn)?;
        let identity = match via {
            Via::Bearer if Token::is_for_program(token) => program(state, token).await?,
            _ => known(state, token, via).await.map_err(|_| ApiError::NotSignedIn)?,
        };
        let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let same = || parts.headers.get(CSRF).is_some_and(|given| same(given.as_bytes(), identity.csrf.reveal()));
        if via == Via::Cookie && !reads && !same() {
            return Err(ApiError::BadCsrf);
        }
        Ok(Self(identity))
    }
}

/// Somebody who is signed in. A session that slept since a restart wakes, and its phone with it.
pub async fn known(state: &WebState, token: &str, via: Via) -> Result<Identity, SessionError> {
    let known = state.sessions.identify(token, via, (state.clock)())?;
    if let Some(phone) = &known.woken {
        keeping::admit_phone(&state.directory, &state.door, &known.identity, phone).await;
    }
    Ok(known.identity)
}

/// The store is asked every time, so that a revoked token opens nothing from that moment on. While it is
/// away nothing can be revoked either: a token that is known goes on.
async fn program(state: &WebState, token: &str) -> Result<Identity, ApiError> {
    let (digest, now) = (Token::digest_of(token), (state.clock)());
    let found = match state.store.program(&digest.to_string(), now).await {
        Ok(found) => found.ok_or(ApiError::NotSignedIn),
        Err(error) if error.is_transient() => {
            return state
                .sessions
                .identify(token, Via::Bearer, now)
                .map(|known| known.identity)
                .map_err(|_| error.into());
        }
        Err(error) => Err(error.into()),
    };
    let found = found.inspect_err(|_| drop(state.sessions.close(token)))?;
    let new = state.directory.now().session_for_program(&found);
    let (identity, ended) = state.sessions.program(digest, ProgramId(found.id), found.expires, new, now);
    keeping::forget(&state.store, &state.door, ended).await;
    if found.is_use_due(now) {
        let (store, id) = (state.store.clone(), found.id);
        tokio::spawn(async move { store.program_used(id, now).await });
    }
    Ok(identity)
}

/// The token a request carries. A bearer token goes before a cookie.
pub fn credential(headers: &HeaderMap) -> Option<(&str, Via)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some((token.trim(), Via::Bearer));
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| (token, Via::Cookie))
}

/// Takes the same time wherever they differ.
fn same(given: &[u8], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    !wanted.is_empty()
        && given.len() == wanted.len()
        && given.iter().zip(wanted).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn finds_the_token() {
        let mut headers = HeaderMap::new();
        assert_eq!(credential(&headers), None);
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; carillon_session=tok; c=d"));
        assert_eq!(credential(&headers), Some(("tok", Via::Cookie)));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer abc"));
        assert_eq!(credential(&headers), Some(("abc", Via::Bearer)));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert_eq!(credential(&headers), None, "another scheme does not fall back to the cookie");
    }

    #[test]
    fn compares_whole() {
        assert!(same(b"abc", "abc"));
        assert!(!same(b"abd", "abc") && !same(b"ab", "abc") && !same(b"", "abc"));
        assert!(!same(b"", ""), "no secret, no way in");
    }
}
