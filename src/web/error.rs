//! One error for the whole API, and the one match that makes a status of it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{AnyOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::passwords::Busy;
use crate::acd::lint::{Judged, ToldFinding};
use crate::center::desk::{CommandOutcome, Refusal};
use crate::door::DoorError;
use crate::record::Mistake;
use crate::setup::{self, SetupError};
use crate::store::record::RecordChange;
use crate::store::recordings::SoundError;
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
    /// By a rule of retention, or by somebody.
    #[error("the recording was deleted")]
    RecordingDeleted,
    /// The id of its key.
    #[error("the recording is sealed with the key `{0}`, which this server does not have")]
    RecordingLocked(String),
    #[error("the recording is not what was written: it was changed, or cut")]
    RecordingDamaged,
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
    /// A center that cannot be: each mistake with its place.
    #[error("{}", .mistakes.first().map_or_else(String::new, ToString::to_string))]
    Center { mistakes: Vec<setup::Mistake> },
    /// The linter refuses the rules, or warns of something that nobody has accepted.
    #[error("{}", if *.errors { "the rules have errors" } else { "the rules have new warnings: accept them, or change the rules" })]
    Findings { errors: bool, findings: Vec<Judged> },
    /// It cannot be done in this state.
    #[error("{0}")]
    Conflict(&'static str),
    /// A definition of a kind that cannot be, or cannot be now.
    #[error("{}", .problems.first().map_or_else(String::new, ToString::to_string))]
    Kind { problems: Vec<Mistake> },
    /// Somebody else changed the record: as it is now, and what was done to it.
    #[error("the record has changed: it has version {version} now")]
    RecordChanged { version: u32, present: Box<Value>, changes: Vec<RecordChange> },
    /// A record does not let this be done, as it is.
    #[error("{detail}")]
    Stands { code: Code, detail: String },
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

/// What programs go by.
#[derive(Serialize)]
#[serde(untagged)]
pub enum ProblemCode {
    Own(Code),
    Refused(Refusal),
}

/// Some words are in both: whoever is not signed in may be a program, or an agent without a shift.
impl PartialSchema for ProblemCode {
    fn schema() -> RefOr<Schema> {
        let both = [Code::name(), Refusal::name()].map(|name| Ref::from_schema_name(name.into_owned()));
        let any = both.into_iter().fold(AnyOfBuilder::new(), |any, one| any.item(one));
        RefOr::T(Schema::AnyOf(any.description(Some("What programs go by.")).build()))
    }
}

impl ToSchema for ProblemCode {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Code::name().into_owned(), Code::schema()));
        schemas.push((Refusal::name().into_owned(), Refusal::schema()));
    }
}

/// Why the API itself refuses. Frozen once released.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApiProblemCode)]
pub enum Code {
    BadRequest,
    NotSignedIn,
    BadCredentials,
    BadLink,
    NotAllowed,
    BadCsrf,
    NotFound,
    NoJournal,
    TooMuch,
    MethodNotAllowed,
    TooSlow,
    TooLarge,
    NotJson,
    NotToml,
    NotCalendar,
    BadRange,
    RecordingDeleted,
    RecordingLocked,
    RecordingDamaged,
    TooManyRequests,
    TooManyAttempts,
    VersionRequired,
    VersionChanged,
    Mistakes,
    RulesRefused,
    WarningsNotAccepted,
    Conflict,
    StepRefused,
    CannotUndo,
    StateInUse,
    Unavailable,
    Internal,
}

pub const PROBLEM: &str = "application/problem+json";

/// Why something was not done (RFC 9457). `code` is what programs go by; `detail` is for people.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// Stable; all of them stand in `ProblemCode`.
    code: ProblemCode,
    detail: String,
    /// Of a center, rules or a forecast that cannot be: why, one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mistakes: Option<Vec<String>>,
    /// What the linter says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<ToldFinding>>)]
    findings: Option<Vec<Judged>>,
    /// Fields of the body that cannot be taken, all of them; of a center, those that are wrong in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    fields: Option<Vec<FieldRefused>>,
    /// What is not available, or why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<&'static str>,
    /// The version that is present.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<u32>,
    /// What is wrong with the definition of a kind, all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problems: Option<Vec<Mistake>>,
    /// The record as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    present: Option<Box<Value>>,
    /// What was done to the record since the version that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    changes: Option<Vec<RecordChange>>,
}

/// One field that cannot be taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldRefused {
    /// Its place in the body: `name`, `contact_points.1.value`.
    pub field: String,
    /// Why, as a word. Frozen once released.
    pub code: &'static str,
    pub detail: String,
}

impl FieldRefused {
    /// `field` begins with kind and key: `queue.vip.skills.mandarin`. A key with dots (of a number) has them as well.
    fn of_center(mistake: setup::Mistake) -> Self {
        Self { field: mistake.path.join("."), code: "mistake", detail: mistake.message }
    }
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
            Self::RecordingDeleted => StatusCode::GONE,
            Self::TooManyRequests | Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::VersionChanged { .. } => StatusCode::PRECONDITION_FAILED,
            Self::Mistakes { .. } | Self::Center { .. } | Self::Findings { .. } | Self::Kind { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::RecordChanged { .. } | Self::Stands { .. } => StatusCode::CONFLICT,
            Self::Conflict(_) | Self::RecordingLocked(_) | Self::RecordingDamaged => StatusCode::CONFLICT,
            Self::Refused {
                code: Refusal::UnknownAgent | Refusal::UnknownCallBack | Refusal::UnknownAlert, ..
            } => StatusCode::NOT_FOUND,
            Self::Refused { code: Refusal::Unavailable, .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused { .. } => StatusCode::CONFLICT,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Frozen once released.
    fn code(&self) -> ProblemCode {
        let code = match self {
            Self::BadRequest(_) | Self::Fields(_) => Code::BadRequest,
            Self::NotSignedIn => Code::NotSignedIn,
            Self::BadCredentials => Code::BadCredentials,
            Self::BadLink => Code::BadLink,
            Self::NotAllowed(_) => Code::NotAllowed,
            Self::BadCsrf => Code::BadCsrf,
            Self::NotFound => Code::NotFound,
            Self::NoJournal(_) => Code::NoJournal,
            Self::TooMuch(_) => Code::TooMuch,
            Self::MethodNotAllowed => Code::MethodNotAllowed,
            Self::TooSlow => Code::TooSlow,
            Self::TooLarge => Code::TooLarge,
            Self::NotJson => Code::NotJson,
            Self::NotToml => Code::NotToml,
            Self::NotCalendar => Code::NotCalendar,
            Self::BadRange => Code::BadRange,
            Self::RecordingDeleted => Code::RecordingDeleted,
            Self::RecordingLocked(_) => Code::RecordingLocked,
            Self::RecordingDamaged => Code::RecordingDamaged,
            Self::TooManyRequests => Code::TooManyRequests,
            Self::TooManyAttempts { .. } => Code::TooManyAttempts,
            Self::VersionRequired => Code::VersionRequired,
            Self::VersionChanged { .. } | Self::RecordChanged { .. } => Code::VersionChanged,
            Self::Mistakes { .. } | Self::Center { .. } | Self::Kind { .. } => Code::Mistakes,
            Self::Stands { code, .. } => *code,
            Self::Findings { errors: true, .. } => Code::RulesRefused,
            Self::Findings { errors: false, .. } => Code::WarningsNotAccepted,
            Self::Conflict(_) => Code::Conflict,
            Self::Unavailable { .. } => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
            Self::Refused { code, .. } => return ProblemCode::Refused(*code),
        };
        ProblemCode::Own(code)
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

    fn problem(self) -> Problem {
        let status = self.status();
        let mut problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code: self.code(),
            detail: self.to_string(),
            mistakes: None,
            findings: None,
            fields: None,
            cause: None,
            version: None,
            problems: None,
            present: None,
            changes: None,
        };
        match self {
            Self::Mistakes { mistakes } => problem.mistakes = Some(mistakes),
            Self::Center { mistakes } => {
                problem.mistakes = Some(mistakes.iter().map(ToString::to_string).collect());
                problem.fields = Some(mistakes.into_iter().map(FieldRefused::of_center).collect());
            }
            Self::Findings { findings, .. } => problem.findings = Some(findings),
            Self::Fields(fields) => problem.fields = Some(fields),
            Self::Unavailable { cause, .. } => problem.cause = Some(cause),
            Self::VersionChanged { present, .. } => problem.version = Some(present),
            Self::Kind { problems } => problem.problems = Some(problems),
            Self::RecordChanged { version, present, changes } => {
                problem.version = Some(version);
                problem.present = Some(present);
                problem.changes = Some(changes);
            }
            _ => {}
        }
        problem
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(why) = &self {
            tracing::error!(why, "a request failed");
        }
        let (status, retry_after_s) = (self.status(), self.retry_after_s());
        let headers = [(header::CONTENT_TYPE, PROBLEM), (header::CACHE_CONTROL, "no-store")];
        // Plain values with text keys: serialising them cannot fail.
        let body = serde_json::to_string(&self.problem()).unwrap_or_default();
        let mut response = (status, headers, body).into_response();
        if let Some(seconds) = retry_after_s {
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

impl From<SoundError> for ApiError {
    fn from(error: SoundError) -> Self {
        match error {
            SoundError::Missing => Self::NotFound,
            SoundError::NoKey(id) => Self::RecordingLocked(id),
            SoundError::Changed => Self::RecordingDamaged,
            SoundError::Io(error) => Self::Unavailable { cause: "disk_failing", detail: error.to_string() },
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
pub fn done(outcome: CommandOutcome) -> Result<axum::Json<CommandOutcome>, ApiError> {
    match outcome {
        outcome @ (CommandOutcome::Done | CommandOutcome::Placed { .. } | CommandOutcome::Partly { .. }) => {
            Ok(axum::Json(outcome))
        }
        CommandOutcome::Refused { code, message } => Err(ApiError::Refused { code, message }),
    }
}
