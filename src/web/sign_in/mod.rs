//! Signing in and out, `me`, and tickets for the event socket; what one comes in by besides a password (`links`), and a
//! phone that calls in once (`test_phone`).

mod links;
mod test_phone;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{COOKIE, Signed, credential};
use super::answer::Language;
use super::coding::Secret;
use super::describe::problems;
use super::payload::Payload;
use super::{ApiError, IceTold, WebState, keeping};
use crate::base::{AgentId, Redacted};
use crate::door::{self, Attempt, Identity, NewSession, Role, Verdict, Via};
pub use test_phone::TEST_PHONES;

/// The cookie lives as long as a session can; the server ends it earlier.
const COOKIE_AGE_S: u64 = 7 * 24 * 3_600;
/// An attempt waits no longer for others like it to be decided.
const UNDECIDED_MAX: Duration = Duration::from_secs(2);
/// A ticket opens its socket within so long.
const TICKET_S: u32 = 30;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(sign_in_by_link))
        .routes(routes!(links::look))
        .routes(routes!(links::accept))
        .routes(routes!(links::set_up))
        .routes(routes!(test_phone::test_phone))
        .routes(routes!(sign_out))
        .routes(routes!(me))
        .routes(routes!(ticket))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    user: String,
    #[schema(value_type = String, format = Password)]
    password: Redacted<String>,
}

/// Signs in with name and password; sets the cookie.
#[utoipa::path(
    post, path = "/sign-in", tag = "sign-in", security(()), request_body = Credentials,
    responses((status = 200, description = "Signed in", body = Me), problems::Unauthorized)
)]
async fn sign_in(
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignInLink)]
pub struct Link {
    /// The part after `/#/link/`.
    #[schema(value_type = String)]
    token: Redacted<String>,
}

/// Signs in by a link that works once; sets the cookie.
#[utoipa::path(
    post, path = "/sign-in/link", tag = "sign-in", security(()), request_body = Link,
    responses((status = 200, description = "Signed in", body = Me), problems::Unauthorized)
)]
async fn sign_in_by_link(
    State(state): State<Arc<WebState>>,
    headers: HeaderMap,
    Payload(link): Payload<Link>,
) -> Result<Response, ApiError> {
    let user = state.sessions.use_link(link.token.reveal(), (state.clock)()).map_err(|_| ApiError::BadLink)?;
    let new = state.directory.now().session_for(&user, Via::Cookie).ok_or(ApiError::BadLink)?;
    open(&state, new, &headers).await
}

/// Ends the session, with its phone and its sockets.
#[utoipa::path(post, path = "/sign-out", tag = "sign-in", responses((status = 204, description = "Signed out")))]
async fn sign_out(
    State(state): State<Arc<WebState>>,
    headers: HeaderMap,
    _signed: Signed,
) -> Result<Response, ApiError> {
    let token = credential(&headers).map(|(token, _)| token).unwrap_or_default();
    let ended = state.sessions.close(token);
    keeping::forget(&state.store, &state.door, ended.into_iter().collect()).await;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie("", 0, is_https(&headers)))]).into_response())
}

/// Who asks: the user, the seat and the account of the browser's phone.
#[utoipa::path(get, path = "/me", tag = "sign-in", responses((status = 200, description = "The user", body = Me)))]
async fn me(State(state): State<Arc<WebState>>, headers: HeaderMap, Signed(identity): Signed) -> impl IntoResponse {
    (Extension(Secret), Json(describe(&state, &identity, &headers)))
}

/// A ticket that opens the event socket (`/ws?ticket=`) once.
#[utoipa::path(
    post, path = "/ws-tickets", tag = "sign-in",
    responses((status = 201, description = "The ticket", body = Ticket))
)]
async fn ticket(State(state): State<Arc<WebState>>, Signed(identity): Signed) -> Result<impl IntoResponse, ApiError> {
    let ticket = state.sessions.make_ticket(&identity, (state.clock)());
    let ticket = ticket.map_err(|error| ApiError::overloaded(&error.to_string()))?;
    Ok((
        StatusCode::CREATED,
        Extension(Secret),
        Json(Ticket { ticket: ticket.reveal().to_owned(), expires_in_s: TICKET_S }),
    ))
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

/// Who is signed in.
#[derive(Serialize, ToSchema)]
struct Me {
    /// Sign-in name.
    user: String,
    #[schema(value_type = String)]
    name: Redacted<String>,
    role: Role,
    language: Language,
    /// `null`: without a seat.
    agent: Option<OwnAgent>,
    /// `null`: without a seat, and for tokens.
    phone: Option<PhoneAccount>,
    /// For the header `X-CSRF-Token` of every write; `null` for tokens.
    #[schema(value_type = Option<String>)]
    csrf: Option<Redacted<String>>,
}

/// An agent's place.
#[derive(Serialize, ToSchema)]
struct OwnAgent {
    id: AgentId,
    key: String,
    name: String,
}

/// A SIP account of this session only.
#[derive(Serialize, ToSchema)]
struct PhoneAccount {
    uri: String,
    user: String,
    #[schema(value_type = String)]
    password: Redacted<String>,
    realm: String,
    ws_path: &'static str,
    /// STUN and TURN; none: `[]`.
    ice_servers: Vec<IceTold>,
}

#[derive(Serialize, ToSchema)]
struct Ticket {
    ticket: String,
    expires_in_s: u32,
}

fn describe(state: &WebState, identity: &Identity, headers: &HeaderMap) -> Me {
    let listed = state.directory.now();
    let agent = identity.agent.as_ref().map(|(id, key)| {
        let name = listed.agent_name(*id).unwrap_or(key).to_owned();
        OwnAgent { id: *id, key: key.clone(), name }
    });
    let phone = identity.phone.as_ref().map(|phone| account(state, phone, headers));
    Me {
        user: identity.user.clone(),
        name: identity.name.clone(),
        role: identity.role,
        language: Language::of(&identity.language),
        agent,
        phone,
        csrf: (identity.via == Via::Cookie).then(|| identity.csrf.clone()),
    }
}

/// How the browser's phone registers and calls.
fn account(state: &WebState, phone: &door::PhoneAccount, headers: &HeaderMap) -> PhoneAccount {
    PhoneAccount {
        uri: format!("sip:{}@{}", phone.user, host(headers)),
        user: phone.user.clone(),
        password: phone.password.clone(),
        realm: state.directory.now().model.center.realm.clone(),
        ws_path: "/sip",
        ice_servers: state.ice.told(),
    }
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
