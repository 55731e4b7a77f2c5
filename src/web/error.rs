//! One error for the whole API, and the one match that makes a status of it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::passwords::Busy;
use crate::center::desk::{Outcome, Refusal};
use crate::door::DoorError;
use crate::setup::SetupError;
use crate::store::{Cause, Store, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    // The client.
    #[error("{0}")]
    BadRequest(String),
    /// Fields of the body that cannot be taken, all of them.
    #[error("{}", .0.first().map_or("", |refused| refused.detail.as_str()))]
    Fields(Vec<FieldRefused>),
    #[error("sign in first")]
    NotSignedIn,
    #[error("name or password is wrong")]
    BadCredentials,
    #[error("this link is unknown, used or expired")]
    BadLink,
    #[error("{0}")]
    NotAllowed(&'static str),
    #[error("the X-CSRF-Token header is missing or wrong")]
    BadCsrf,
    #[error("there is nothing here")]
    NotFound,
    #[error("this method does nothing here")]
    MethodNotAllowed,
    #[error("the answer took too long")]
    TooSlow,
    #[error("the body is too large")]
    TooLarge,
    /// Nothing was written down for that time.
    #[error("{0}")]
    NoJournal(String),
    #[error("{0}")]
    TooMuch(String),
    #[error("the body must be application/json")]
    NotJson,
    #[error("the body must be application/toml")]
    NotToml,
    #[error("the body must be text/calendar")]
    NotCalendar,
    #[error("this range is not in the recording")]
    BadRange,
    #[error("too many requests")]
    TooManyRequests,
    #[error("too many wrong passwords")]
    TooManyAttempts { retry_after_s: u64 },
    /// A change without `If-Match`.
    #[error("say in If-Match which version this changes")]
    VersionRequired,
    #[error("the {what} has changed: it has version {present} now")]
    VersionChanged { what: &'static str, present: u32 },
    /// A center, rules or a forecast that cannot be; `mistakes` says why, one by one.
    #[error("{}", .mistakes.first().map_or("there are mistakes", |mistake| mistake.as_str()))]
    Mistakes { mistakes: Vec<String> },
    /// The linter refuses the rules, or warns of something that nobody has accepted.
    #[error("{}", if *.errors { "the rules have errors" } else { "the rules have new warnings: accept them, or change the rules" })]
    Findings { errors: bool, findings: Value },
    /// It cannot be done in this state.
    #[error("{0}")]
    Conflict(&'static str),
    /// The center says no to a command.
    #[error("{message}")]
    Refused { code: Refusal, message: String },
    // The environment.
    #[error("{detail}")]
    Unavailable { cause: &'static str, detail: String },
    // Us.
    #[error("an internal error")]
    Internal(String),
}

/// One field that cannot be taken.
#[derive(Debug, Serialize)]
pub struct FieldRefused {
    /// Its place in the body: `name`, `contact_points.1.value`.
    pub field: String,
    /// Why, as a word. Frozen once released.
    pub code: &'static str,
    pub detail: String,
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::Fields(_) => StatusCode::BAD_REQUEST,
            Self::NotSignedIn | Self::BadCredentials | Self::BadLink => StatusCode::UNAUTHORIZED,
            Self::NotAllowed(_) | Self::BadCsrf => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoJournal(_) => StatusCode::NOT_FOUND,
            Self::TooMuch(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson | Self::NotToml | Self::NotCalendar => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BadRange => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooManyRequests | Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::VersionChanged { .. } => StatusCode::PRECONDITION_FAILED,
            Self::Mistakes { .. } | Self::Findings { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Refused { code: Refusal::UnknownAgent | Refusal::UnknownCallBack, .. } => StatusCode::NOT_FOUND,
            Self::Refused { code: Refusal::Unavailable, .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused { .. } => StatusCode::CONFLICT,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Frozen once released.
    fn code(&self) -> String {
        let code = match self {
            Self::BadRequest(_) | Self::Fields(_) => "bad_request",
            Self::NotSignedIn => "not_signed_in",
            Self::BadCredentials => "bad_credentials",
            Self::BadLink => "bad_link",
            Self::NotAllowed(_) => "not_allowed",
            Self::BadCsrf => "bad_csrf",
            Self::NotFound => "not_found",
            Self::NoJournal(_) => "no_journal",
            Self::TooMuch(_) => "too_much",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooSlow => "too_slow",
            Self::TooLarge => "too_large",
            Self::NotJson => "not_json",
            Self::NotToml => "not_toml",
            Self::NotCalendar => "not_calendar",
            Self::BadRange => "bad_range",
            Self::TooManyRequests => "too_many_requests",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::VersionRequired => "version_required",
            Self::VersionChanged { .. } => "version_changed",
            Self::Mistakes { .. } => "mistakes",
            Self::Findings { errors: true, .. } => "rules_refused",
            Self::Findings { errors: false, .. } => "warnings_not_accepted",
            Self::Conflict(_) => "conflict",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal(_) => "internal",
            Self::Refused { code, .. } => {
                let word = serde_json::to_value(code).ok();
                return word.and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default();
            }
        };
        code.to_owned()
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after_s } => Some(*retry_after_s),
            Self::TooManyRequests => Some(1),
            Self::Unavailable { .. } => Some(2),
            _ => None,
        }
    }
}

impl ApiError {
    /// The store is not available.
    pub fn away(cause: Cause) -> Self {
        Self::Unavailable { cause: cause.word(), detail: cause.told().to_owned() }
    }

    pub fn overloaded(detail: &str) -> Self {
        Self::Unavailable { cause: "overloaded", detail: detail.to_owned() }
    }

    /// What the center did could not be saved: why, where the store knows it.
    pub fn of_center(error: DoorError, store: &Store) -> Self {
        match store.cause().filter(|_| error == DoorError::NotDurable) {
            Some(cause) => Self::away(cause),
            None => error.into(),
        }
    }

    /// Members of the problem beyond those that every problem has.
    fn more(&self, problem: &mut Value) {
        match self {
            Self::Mistakes { mistakes } => problem["mistakes"] = json!(mistakes),
            Self::Findings { findings, .. } => problem["findings"] = findings.clone(),
            Self::Fields(fields) => problem["fields"] = json!(fields),
            Self::Unavailable { cause, .. } => problem["cause"] = json!(cause),
            Self::VersionChanged { present, .. } => problem["version"] = json!(present),
            _ => {}
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(why) = &self {
            tracing::error!(why, "a request failed");
        }
        let status = self.status();
        let mut problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "code": self.code(),
            "detail": self.to_string(),
        });
        self.more(&mut problem);
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (status, headers, problem.to_string()).into_response();
        if let Some(seconds) = self.retry_after_s() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<SetupError> for ApiError {
    fn from(error: SetupError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Invalid(message) => Self::BadRequest(message),
            StoreError::Outdated { present, .. } => Self::VersionChanged { what: "center", present },
            StoreError::Changed { what, present } => Self::VersionChanged { what, present },
            StoreError::Unavailable(cause, _) => Self::away(cause),
            StoreError::InUse(_) => Self::away(Cause::DatabaseBusy),
            StoreError::Refused(why) | StoreError::Corrupt(why) => Self::Internal(why),
        }
    }
}

impl From<Busy> for ApiError {
    fn from(busy: Busy) -> Self {
        match busy {
            Busy::Source => Self::TooManyRequests,
            Busy::All => Self::overloaded("too many sign-ins wait"),
            Busy::Ending => Self::overloaded("the server is ending"),
        }
    }
}

impl From<DoorError> for ApiError {
    fn from(error: DoorError) -> Self {
        let cause = match error {
            DoorError::Full => "overloaded",
            DoorError::Closed => "ending",
            DoorError::Late => "center_silent",
            DoorError::NotDurable => "not_saved",
        };
        Self::Unavailable { cause, detail: error.to_string() }
    }
}

/// A command that was done is fine; one that was refused is an error of the API.
pub fn done(outcome: Outcome) -> Result<axum::Json<Outcome>, ApiError> {
    match outcome {
        outcome @ (Outcome::Done | Outcome::Partly { .. }) => Ok(axum::Json(outcome)),
        Outcome::Refused { code, message } => Err(ApiError::Refused { code, message }),
    }
}
