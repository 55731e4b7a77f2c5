//! Signing in and out, `me`, and tickets for the event socket.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{COOKIE, Signed, credential};
use super::coding::Secret;
use super::payload::Payload;
use super::{ApiError, WebState, keeping};
use crate::base::Redacted;
use crate::door::{Attempt, Identity, NewSession, Verdict, Via};

/// The cookie lives as long as a session can; the server ends it earlier.
const COOKIE_AGE_S: u64 = 7 * 24 * 3_600;
/// An attempt waits no longer for others like it to be decided.
const UNDECIDED_MAX: Duration = Duration::from_secs(2);

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
    let (pause, attempt) = begin(&state, &given.user, peer.ip()).await?;
    tokio::time::sleep(pause).await;
    let hash = state.directory.now().password_hash(&given.user).map(str::to_owned);
    let right = state.passwords.check(peer.ip(), hash, given.password).await?;
    let new = state.directory.now().session_for(&given.user, Via::Cookie).filter(|_| right);
    let Some(new) = new else {
        attempt.failed(Instant::now());
        if let Some(unsaid) = state.failed_sign_ins.say(Instant::now()) {
            tracing::info!(from = %peer.ip(), unsaid, "a sign-in failed");
        }
        return Err(ApiError::BadCredentials);
    };
    attempt.succeeded(Instant::now());
    open(&state, new, &headers).await
}

/// May this password be looked at, and when?
async fn begin<'a>(state: &'a WebState, user: &str, from: IpAddr) -> Result<(Duration, Attempt<'a>), ApiError> {
    let until = Instant::now() + UNDECIDED_MAX;
    loop {
        match state.attempts.begin(user, from, Instant::now()) {
            Verdict::Look(pause, attempt) => return Ok((pause, attempt)),
            Verdict::Refuse(wait) => return Err(ApiError::TooManyAttempts { retry_after_s: wait.as_secs().max(1) }),
            Verdict::Ask(_) if Instant::now() > until => return Err(ApiError::TooManyRequests),
            Verdict::Ask(pause) => tokio::time::sleep(pause).await,
        }
    }
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

pub async fn me(State(state): State<Arc<WebState>>, headers: HeaderMap, Signed(identity): Signed) -> impl IntoResponse {
    (Extension(Secret), Json(describe(&state, &identity, &headers)))
}

pub async fn ticket(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
) -> Result<impl IntoResponse, ApiError> {
    let ticket = state.sessions.make_ticket(&identity, (state.clock)());
    let ticket = ticket.map_err(|error| ApiError::overloaded(&error.to_string()))?;
    Ok((StatusCode::CREATED, Extension(Secret), Json(json!({"ticket": ticket.reveal(), "expires_in_s": 30}))))
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
    Ok(([(header::SET_COOKIE, cookie)], Extension(Secret), Json(describe(state, &identity, headers))).into_response())
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
            "ice_servers": state.ice.describe(),
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
