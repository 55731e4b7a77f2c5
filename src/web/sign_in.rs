//! Signing in and out, `me`, and tickets for the event socket.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{COOKIE, Signed, credential};
use super::payload::Payload;
use super::{ApiError, WebState, keeping};
use crate::base::Redacted;
use crate::door::{Identity, NewSession, Verdict, Via};

/// The cookie lives as long as a session can; the server ends it earlier.
const COOKIE_AGE_S: u64 = 7 * 24 * 3_600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    user: String,
    password: Redacted<String>,
}

pub async fn sign_in(
    State(state): State<Arc<WebState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Payload(given): Payload<Credentials>,
) -> Result<Response, ApiError> {
    match state.attempts.check(&given.user, peer.ip(), Instant::now()) {
        Verdict::Refuse(wait) => return Err(ApiError::TooManyAttempts { retry_after_s: wait.as_secs().max(1) }),
        Verdict::Wait(pause) => tokio::time::sleep(pause).await,
    }
    let hash = state.directory.now().password_hash(&given.user).map(str::to_owned);
    let known = hash.is_some();
    let right = verify(&state, hash, given.password).await?;
    let new = state.directory.now().session_for(&given.user, Via::Cookie).filter(|_| right && known);
    let Some(new) = new else {
        state.attempts.failed(&given.user, peer.ip(), Instant::now());
        tracing::info!(from = %peer.ip(), "a sign-in failed");
        return Err(ApiError::BadCredentials);
    };
    state.attempts.succeeded(&given.user, peer.ip());
    open(&state, new, &headers).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    token: Redacted<String>,
}

pub async fn sign_in_by_link(
    State(state): State<Arc<WebState>>,
    headers: HeaderMap,
    Payload(link): Payload<Link>,
) -> Result<Response, ApiError> {
    let user = state.sessions.use_link(link.token.reveal(), (state.clock)()).map_err(|_| ApiError::BadLink)?;
    let new = state.directory.now().session_for(&user, Via::Cookie).ok_or(ApiError::BadLink)?;
    open(&state, new, &headers).await
}

pub async fn sign_out(
    State(state): State<Arc<WebState>>,
    headers: HeaderMap,
    _signed: Signed,
) -> Result<Response, ApiError> {
    let token = credential(&headers).map(|(token, _)| token).unwrap_or_default();
    let ended = state.sessions.close(token);
    keeping::forget(&state.store, &state.door, ended.into_iter().collect()).await;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie("", 0, is_https(&headers)))]).into_response())
}

pub async fn me(State(state): State<Arc<WebState>>, headers: HeaderMap, Signed(identity): Signed) -> Json<Value> {
    Json(describe(&state, &identity, &headers))
}

pub async fn ticket(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let ticket = state.sessions.make_ticket(&identity, (state.clock)());
    let ticket = ticket.map_err(|error| ApiError::Unavailable(error.to_string()))?;
    Ok((StatusCode::CREATED, Json(json!({"ticket": ticket.reveal(), "expires_in_s": 30}))))
}

/// Opens a session, tells the center its phone, and sets the cookie.
async fn open(state: &Arc<WebState>, new: NewSession, headers: &HeaderMap) -> Result<Response, ApiError> {
    let (token, identity, ended) = state.sessions.open(new, (state.clock)());
    keeping::forget(&state.store, &state.door, ended).await;
    keeping::keep(&state.store, &state.sessions, &identity).await;
    if let Some(phone) = &identity.phone {
        keeping::admit_phone(&state.directory, &state.door, &identity, phone).await;
    }
    let cookie = cookie(token.reveal(), COOKIE_AGE_S, is_https(headers));
    Ok(([(header::SET_COOKIE, cookie)], Json(describe(state, &identity, headers))).into_response())
}

fn describe(state: &WebState, identity: &Identity, headers: &HeaderMap) -> Value {
    let listed = state.directory.now();
    let agent = identity.agent.as_ref().map(|(id, key)| {
        let name = listed.agent_name(*id).unwrap_or(key);
        json!({"id": id, "key": key, "name": name})
    });
    let phone = identity.phone.as_ref().map(|phone| {
        json!({
            "uri": format!("sip:{}@{}", phone.user, host(headers)),
            "user": phone.user,
            "password": phone.password,
            "realm": listed.model.center.realm,
            "ws_path": "/sip",
        })
    });
    let csrf = (identity.via == Via::Cookie).then_some(&identity.csrf);
    json!({
        "user": identity.user,
        "name": identity.name,
        "role": identity.role,
        "language": identity.language,
        "agent": agent,
        "phone": phone,
        "csrf": csrf,
    })
}

/// The host the browser used, without the port, for the phone's address.
fn host(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-[]:".contains(&b));
    if plain { host.to_owned() } else { "localhost".to_owned() }
}

fn is_https(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
}

fn cookie(token: &str, age_s: u64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age_s}{secure}");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Off the event loop, few at a time; an unknown user costs the same as a known one.
async fn verify(state: &WebState, hash: Option<String>, password: Redacted<String>) -> Result<bool, ApiError> {
    let internal = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
    let turn = tokio::time::timeout(Duration::from_secs(8), state.hashing.acquire()).await;
    let _turn = turn.map_err(|_| ApiError::TooManyRequests)?.map_err(|error| internal(&error))?;
    let check = move || {
        let hash = hash.as_deref().unwrap_or(nobodys_hash());
        let parsed = PasswordHash::new(hash);
        parsed.is_ok_and(|hash| Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok())
    };
    tokio::task::spawn_blocking(check).await.map_err(|error| internal(&error))
}

/// A hash no password fits, made like all others.
fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let salt = SaltString::generate(&mut OsRng);
        let secret = SaltString::generate(&mut OsRng);
        let hash = Argon2::default().hash_password(secret.as_str().as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_taken_without_port_or_not_at_all() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(text));
            host(&headers)
        };
        assert_eq!(of("center.example:8443"), "center.example");
        assert_eq!(of("[::1]:8080"), "[::1]");
        assert_eq!(of("127.0.0.1"), "127.0.0.1");
        assert_eq!(of("x>;tag=1"), "localhost");
        assert_eq!(host(&HeaderMap::new()), "localhost");
    }
}
