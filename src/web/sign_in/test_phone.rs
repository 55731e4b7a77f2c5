//! A phone that calls in once, so that an administrator hears a call of the own center without anybody outside.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::{Extension, Json};

use super::account;
use crate::base::Redacted;
use crate::center::input::Input;
use crate::door::{PhoneAccount, Role, Token};
use crate::web::access::Signed;
use crate::web::coding::Secret;
use crate::web::describe::problems;
use crate::web::{ApiError, WebState, keeping};

/// Test phones at once.
pub const TEST_PHONES: usize = 4;
/// It calls within so long, and then it is gone.
const TEST_PHONE_FOR: Duration = Duration::from_secs(10 * 60);

/// A SIP account for a test call to a number of this center: it is nobody's seat, and gone after ten minutes.
/// Administrators.
#[utoipa::path(
    post, path = "/center/test-phone", tag = "set-up",
    responses((status = 201, description = "The account, told this once", body = super::PhoneAccount), problems::Conflict)
)]
pub async fn test_phone(
    State(state): State<Arc<WebState>>,
    headers: HeaderMap,
    signed: Signed,
) -> Result<impl IntoResponse, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let place = state.test_phones.clone().try_acquire_owned();
    let place = place.map_err(|_| ApiError::Conflict("all test phones are in use; each goes after ten minutes"))?;
    let password = Redacted(Token::random().reveal().to_owned());
    let phone = PhoneAccount { user: format!("test.{}", Token::suffix(10)), password };
    keeping::admit(&state.directory, &state.door, &phone, None).await;
    tracing::info!(phone = phone.user, by = %identity.user, "a phone for a test call was made");
    let told = account(&state, &phone, &headers);
    let door = state.door.clone();
    tokio::spawn(async move {
        tokio::time::sleep(TEST_PHONE_FOR).await;
        let _ = door.send(Input::PhoneUserGone { user: phone.user }).await;
        drop(place);
    });
    Ok((StatusCode::CREATED, Extension(Secret), Json(told)))
}
