//! The web: REST under `/api/v1` (`docs/api.md` is its specification), the desktop's files, the docs.
//!
//! It decides nothing about calls: commands go through the [`crate::door::Door`], records come from the
//! [`crate::store::Store`]. Every error becomes one [`ApiError`] and, in one place, a problem (RFC 9457).
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | body | 64 KiB, a center file 4 MiB | 413 `too_large` |
//! | answer | 10 s | 408 `too_slow` |
//! | requests of an address | 50 a second, burst 200 | 429 `too_many_requests` |
//! | passwords being checked at once | 2 | 64 wait their turn, 32 of one source; more: 503, 429 |
//! | a page of records | 200 rows | fewer rows |
//! | replays at once | 1 | they wait their turn |
//! | phones for test calls | 4 | 503 `unavailable` |

mod access;
mod agents;
mod alerts;
mod answer;
mod assets;
mod call_backs;
mod calls;
mod campaigns;
mod center;
mod coding;
mod colleagues;
mod customers;
pub mod describe;
mod directory;
mod docs;
mod error;
mod guard;
mod handling;
mod interactions;
pub mod keeping;
mod passwords;
mod past;
mod payload;
mod press;
mod quality;
mod record;
mod rehearsal;
mod report;
mod resolution;
mod shadow;
mod sign_in;
mod statistics;
mod table;
mod tagged;
mod tasks;
mod tokens;
mod trunks;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::base::{self, Redacted};
use crate::crm::MessageChannel;
use crate::door::{Attempts, Door, RateLimit, Sampled, Sessions, Shadows};
use crate::store::ladder::Ladder;
use crate::store::record::Records;
use crate::store::recordings::Shelf;
use crate::store::{Files, Store};
pub use campaigns::hand_over_all;
pub use center::{Dialplan, Keeper};
pub use directory::{Directory, Listed};
pub use error::ApiError;
pub use passwords::Passwords;
pub use press::Press;
pub use record::House;
pub use record::jobs::work::work as work_on_records;
pub use shadow::About as ShadowAbout;
pub use sign_in::TEST_PHONES;
pub use statistics::Folded as Figures;

const BODY_LIMIT: usize = 64 * 1024;
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// What all handlers share.
pub struct WebState {
    pub door: Door,
    pub store: Store,
    pub sessions: Arc<Sessions>,
    pub attempts: Attempts,
    pub rate: RateLimit,
    pub directory: Arc<Directory>,
    pub recordings: Shelf,
    /// SIP messages of calls, if any are kept.
    pub ladder: Option<Arc<Ladder>>,
    pub records: Records,
    /// Files beside records.
    pub files: Files,
    pub press: Press,
    /// Told to every browser that has a phone.
    pub ice: IceServer,
    /// How customers can be written to.
    pub channels: Vec<MessageChannel>,
    /// The center's clock.
    pub clock: Arc<dyn Fn() -> base::Instant + Send + Sync>,
    pub passwords: Passwords,
    /// Sign-ins that failed, as far as they are told one by one.
    pub failed_sign_ins: Sampled,
    pub keeper: Arc<dyn Keeper>,
    /// Changes of the center, one after the other.
    pub changes: tokio::sync::Mutex<()>,
    /// A replay takes a core for a while: so many at once.
    pub replays: tokio::sync::Semaphore,
    /// So many phones for test calls at once.
    pub test_phones: Arc<tokio::sync::Semaphore>,
    pub shadows: Shadows<ShadowAbout>,
    /// What was folded of the journal.
    pub figures: Figures,
}

/// STUN and TURN servers with one account, as `RTCPeerConnection` wants them.
#[derive(Clone, Default, Debug)]
pub struct IceServer {
    /// Empty: there is none.
    pub urls: Vec<String>,
    pub user: String,
    pub password: Redacted<String>,
}

impl IceServer {
    fn told(&self) -> Vec<IceTold> {
        let server =
            || IceTold { urls: self.urls.clone(), username: self.user.clone(), credential: self.password.clone() };
        (!self.urls.is_empty()).then(server).into_iter().collect()
    }
}

/// As `RTCPeerConnection` takes it.
#[derive(Serialize, ToSchema)]
#[schema(as = IceServer)]
struct IceTold {
    urls: Vec<String>,
    username: String,
    #[schema(value_type = String)]
    credential: Redacted<String>,
}

/// Replays at once.
pub const REPLAYS: usize = 1;

/// Who sends this request, by its cookie; a session that slept since a restart wakes with its phone. For
/// what is served beside the API.
pub async fn wake(state: &WebState, headers: &axum::http::HeaderMap) {
    if let Some((token, via @ crate::door::Via::Cookie)) = access::credential(headers) {
        let _ = access::known(state, token, via).await;
    }
}

/// The API, the desktop and the docs. The caller adds `/ws`, `/sip` and the health pages and serves it with
/// the address of the peer (`into_make_service_with_connect_info`). `events`: what is told of `/ws`.
pub fn router(state: Arc<WebState>, events: describe::Events) -> Router {
    let (api, _) = described();
    let api = api
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || ApiError::NotFound)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(axum::middleware::from_fn(guard::answer_in_time))
        .layer(axum::middleware::from_fn_with_state(state.clone(), guard::rate))
        .layer(axum::Extension(events))
        .with_state(state);
    Router::new()
        .nest("/api/v1", api)
        .route("/docs", get(docs::index))
        .route("/docs/", get(docs::index))
        .route("/docs/api", get(describe::page))
        .route("/docs/style.css", get(docs::style))
        .route("/docs/{*path}", get(docs::page))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(assets::desktop)
        .layer(coding::compression())
        .layer(axum::middleware::from_fn(guard::headers))
}

/// Every route of the API and what is said of it. A route that is not described cannot be added.
fn described() -> (Router<Arc<WebState>>, utoipa::openapi::OpenApi) {
    let resources = OpenApiRouter::new()
        .merge(sign_in::routes())
        .merge(tokens::routes())
        .merge(center::routes())
        .merge(customers::routes())
        .merge(interactions::routes())
        .merge(tasks::routes())
        .merge(record::routes())
        .merge(call_backs::routes())
        .merge(calls::routes())
        .merge(campaigns::routes())
        .merge(quality::routes())
        .merge(trunks::routes())
        .merge(agents::routes())
        .merge(colleagues::routes())
        .merge(waiting::routes())
        .merge(alerts::routes())
        .merge(past::routes())
        .merge(statistics::routes())
        .merge(handling::routes())
        .merge(resolution::routes())
        .merge(report::routes())
        .merge(shadow::routes())
        .merge(rehearsal::routes())
        .merge(describe::routes());
    resources.split_for_parts()
}

/// What a path answers that does not know the method; `Allow` says which ones it knows.
pub async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}
