//! Links that open something once: what it is, an own password, the first administrator of a center.
//!
//! | opens | made by | lives | used by |
//! | --- | --- | --- | --- |
//! | a session | the demo | as long as the process, at most a day | `POST /sign-in/link` |
//! | an own password | an administrator, for a user | seven days | `POST /sign-in/invitation` |
//! | the set-up | the start of a server whose center has no administrator | a day, or until it has one | `POST /set-up` |
//!
//! The store has digests of the last two. A link that was refused for what was sent with it is as good as before. Wrong
//! ones are slowed and paused like wrong passwords, by their source.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Link, Me, begin, open};
use crate::base::Redacted;
use crate::door::{Token, Via};
use crate::setup::{Beginning, Password, is_password, needs_administrator, with_password};
use crate::store::{LinkRow, Opens};
use crate::web::center::change_blindly;
use crate::web::describe::problems;
use crate::web::error::FieldRefused;
use crate::web::payload::Payload;
use crate::web::{ApiError, WebState};

/// What a link opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkOpens {
    Session,
    OwnPassword,
    SetUp,
}

/// What somebody who has a link is told before it is used.
#[derive(Serialize, ToSchema)]
pub struct LinkTold {
    opens: LinkOpens,
    /// Sign-in name, of an own password.
    user: Option<String>,
    #[schema(value_type = Option<String>)]
    name: Option<Redacted<String>>,
    /// Of the set-up, where something is set up already.
    center: Option<CenterBegun>,
}

/// What a center without an administrator says of itself.
#[derive(Serialize, ToSchema)]
struct CenterBegun {
    company: String,
    /// IANA.
    timezone: String,
    /// ISO 3166.
    region: String,
    /// The first is the center's own.
    languages: Vec<String>,
}

/// What a link opens. It is not used up.
#[utoipa::path(
    post, path = "/sign-in/link/look", tag = "sign-in", security(()), request_body = Link,
    responses((status = 200, description = "What it opens", body = LinkTold), problems::Unauthorized)
)]
pub async fn look(
    State(state): State<Arc<WebState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Payload(link): Payload<Link>,
) -> Result<Json<LinkTold>, ApiError> {
    let now = (state.clock)();
    if state.sessions.knows_link(link.token.reveal(), now) {
        return Ok(Json(LinkTold { opens: LinkOpens::Session, user: None, name: None, center: None }));
    }
    let row = known(&state, peer.ip(), &link.token).await?;
    let listed = state.directory.now();
    match row.opens {
        Opens::Invitation(user) => {
            let known = listed.model.users.get(&user).ok_or(ApiError::BadLink)?;
            let name = Some(Redacted(known.name.clone()));
            Ok(Json(LinkTold { opens: LinkOpens::OwnPassword, user: Some(user), name, center: None }))
        }
        Opens::SetUp if !needs_administrator(&listed.model) => Err(ApiError::BadLink),
        Opens::SetUp => {
            let settings = &listed.model.center;
            let center = (listed.ids.version > 0).then(|| CenterBegun {
                company: settings.company.clone(),
                timezone: settings.timezone.clone(),
                region: settings.region.clone(),
                languages: settings.languages.clone(),
            });
            Ok(Json(LinkTold { opens: LinkOpens::SetUp, user: None, name: None, center }))
        }
    }
}

/// An own password, by an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPassword {
    /// The part after `/#/link/`.
    #[schema(value_type = String)]
    token: Redacted<String>,
    /// 8 to 256 characters.
    #[schema(value_type = String, format = Password)]
    password: Redacted<String>,
}

/// Sets the own password of who was invited, and signs in; sets the cookie.
#[utoipa::path(
    post, path = "/sign-in/invitation", tag = "sign-in", security(()), request_body = OwnPassword,
    responses((status = 200, description = "Signed in", body = Me), problems::Unauthorized, problems::Judged)
)]
pub async fn accept(
    State(state): State<Arc<WebState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Payload(asked): Payload<OwnPassword>,
) -> Result<Response, ApiError> {
    let password = password(&asked.password)?;
    let row = known(&state, peer.ip(), &asked.token).await?;
    let Opens::Invitation(user) = row.opens.clone() else { return Err(ApiError::BadLink) };
    let make = |present: &_| with_password(present, &user, password).ok_or(ApiError::BadLink);
    used_up(&state, row, change_blindly(&state, &user, make)).await?;
    signed_in(&state, &user, &headers).await
}

/// The first administrator, and what the center is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// The part after `/#/link/`.
    #[schema(value_type = String)]
    token: Redacted<String>,
    /// Sign-in name; the key of the seat, too.
    user: String,
    #[schema(value_type = String)]
    name: Redacted<String>,
    /// 8 to 256 characters.
    #[schema(value_type = String, format = Password)]
    password: Redacted<String>,
    company: String,
    /// IANA: `Asia/Shanghai`.
    timezone: String,
    /// How national numbers are read: ISO 3166.
    region: String,
    /// `zh`, `en`; the first is the center's own.
    languages: Vec<String>,
}

/// Makes the first administrator of a center, and signs in; sets the cookie.
#[utoipa::path(
    post, path = "/set-up", tag = "sign-in", security(()), request_body = FirstAdministrator,
    responses((status = 200, description = "Signed in", body = Me), problems::Unauthorized, problems::Judged)
)]
pub async fn set_up(
    State(state): State<Arc<WebState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Payload(asked): Payload<FirstAdministrator>,
) -> Result<Response, ApiError> {
    let password = password(&asked.password)?;
    let row = known(&state, peer.ip(), &asked.token).await?;
    if row.opens != Opens::SetUp {
        return Err(ApiError::BadLink);
    }
    let user = asked.user.clone();
    let beginning = Beginning {
        user: asked.user,
        name: asked.name.0,
        password,
        company: asked.company,
        timezone: asked.timezone,
        region: asked.region,
        languages: asked.languages,
    };
    let make = |present: &_| beginning.of(present).ok_or(ApiError::BadLink);
    used_up(&state, row, change_blindly(&state, &user, make)).await?;
    tracing::info!(user, from = %peer.ip(), "the first administrator was made");
    signed_in(&state, &user, &headers).await
}

/// A link that opens something now. Guessing is slowed and paused, as that of passwords is.
async fn known(state: &Arc<WebState>, from: IpAddr, token: &Redacted<String>) -> Result<LinkRow, ApiError> {
    let (pause, attempt) = begin(state, &format!("a link, {from}"), from).await?;
    tokio::time::sleep(pause).await;
    let digest = Token::digest_of(token.reveal()).to_string();
    match state.store.link(&digest, (state.clock)()).await? {
        Some(row) => {
            attempt.succeeded(Instant::now());
            Ok(row)
        }
        None => {
            attempt.failed(Instant::now());
            Err(ApiError::BadLink)
        }
    }
}

/// Does `work` with the link used up. Where the work is refused, the link is as before.
async fn used_up(
    state: &Arc<WebState>,
    row: LinkRow,
    work: impl Future<Output = Result<(), ApiError>>,
) -> Result<(), ApiError> {
    state.store.take_link(&row.digest, (state.clock)()).await?.ok_or(ApiError::BadLink)?;
    let done = work.await;
    if done.is_err()
        && let Err(error) = state.store.add_link(&row, (state.clock)()).await
    {
        tracing::warn!(%error, "a link that did nothing is used up");
    }
    done
}

async fn signed_in(state: &Arc<WebState>, user: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let new = state.directory.now().session_for(user, Via::Cookie).ok_or(ApiError::BadLink)?;
    open(state, new, headers).await
}

fn password(given: &Redacted<String>) -> Result<Password, ApiError> {
    if is_password(given.reveal()) {
        return Ok(Password::Plain(given.reveal().clone()));
    }
    let detail = "a password has 8 to 256 characters".to_owned();
    Err(ApiError::Fields(vec![FieldRefused { field: "password".to_owned(), code: "not_a_password", detail }]))
}
