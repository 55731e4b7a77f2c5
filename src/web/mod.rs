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

mod access;
mod agents;
mod assets;
mod call_backs;
mod center;
mod coding;
mod colleagues;
mod customers;
mod directory;
mod docs;
mod error;
mod guard;
mod interactions;
pub mod keeping;
mod passwords;
mod past;
mod payload;
mod rehearsal;
mod resolution;
mod shadow;
mod sign_in;
mod statistics;
mod tagged;
mod tokens;
mod trunks;
mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};

use crate::base::{self, Redacted};
use crate::door::{Attempts, Door, RateLimit, Sampled, Sessions, Shadows};
use crate::store::Store;
pub use center::Keeper;
pub use directory::Directory;
pub use error::ApiError;
pub use passwords::Passwords;
pub use shadow::About as ShadowAbout;
pub use statistics::Folded as Figures;

const BODY_LIMIT: usize = 64 * 1024;
/// Of a whole center as a file.
const FILE_LIMIT: usize = 4 << 20;
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// What all handlers share.
pub struct WebState {
    pub door: Door,
    pub store: Store,
    pub sessions: Arc<Sessions>,
    pub attempts: Attempts,
    pub rate: RateLimit,
    pub directory: Arc<Directory>,
    pub recordings: PathBuf,
    /// Told to every browser that has a phone.
    pub ice: IceServer,
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
    fn describe(&self) -> serde_json::Value {
        let server =
            || serde_json::json!({"urls": self.urls, "username": self.user, "credential": self.password.reveal()});
        serde_json::Value::Array((!self.urls.is_empty()).then(server).into_iter().collect())
    }
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
/// the address of the peer (`into_make_service_with_connect_info`).
pub fn router(state: Arc<WebState>) -> Router {
    let api = Router::new()
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-in/link", post(sign_in::sign_in_by_link))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/me", get(sign_in::me))
        .route("/ws-tickets", post(sign_in::ticket))
        .route("/center", get(center::center))
        .route("/center/findings", get(center::findings))
        .route("/center/queues", get(center::queues))
        .route("/center/queues/{key}", get(center::queue_rules).put(center::put_queue).patch(center::patch_queue))
        .route("/center/hours/{key}/holidays", post(center::add_holidays).layer(DefaultBodyLimit::max(FILE_LIMIT)))
        .route("/center/versions", get(center::versions))
        .route("/center/versions/{version}", get(center::version))
        .route("/center/versions/{version}/restore", post(center::restore))
        .route(
            "/center/file",
            get(center::center_file).put(center::put_center_file).layer(DefaultBodyLimit::max(FILE_LIMIT)),
        )
        .route("/customers", get(customers::search).post(customers::create))
        .route("/customers/{id}", get(customers::customer).put(customers::replace).patch(customers::merge))
        .route("/customers/{id}/timeline", get(customers::timeline))
        .route("/shadow", get(shadow::shadow).post(shadow::begin_shadow).delete(shadow::end_shadow))
        .route("/statistics", get(statistics::statistics))
        .route("/resolution", get(resolution::resolution))
        .route("/waiting", get(waiting::waiting))
        .route("/interactions", get(interactions::interactions))
        .route("/interactions/{id}", get(interactions::interaction))
        .route("/interactions/{id}/recording", get(interactions::recording))
        .route("/interactions/{id}/customer", post(customers::link))
        .route("/tasks", get(customers::tasks))
        .route("/tasks/{id}/done", post(customers::complete))
        .route("/callbacks", get(call_backs::list))
        .route("/callbacks/{id}", delete(call_backs::cancel))
        .route("/trunks", get(trunks::list))
        .route("/tokens", get(tokens::list).post(tokens::create))
        .route("/tokens/{id}", delete(tokens::revoke))
        .route("/queues", get(agents::queues))
        .route("/colleagues", get(colleagues::colleagues))
        .route("/board", get(past::board))
        .route("/center/hash", get(past::hash))
        .route("/replay", post(past::replay))
        .route("/what-if", post(past::compare))
        .route("/rehearsal", post(rehearsal::rehearse))
        .route("/agents/presence", post(agents::presences))
        .route("/agents/{id}/presence", post(agents::presence))
        .route("/agents/{id}/commands", post(agents::command))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || ApiError::NotFound)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(axum::middleware::from_fn(guard::answer_in_time))
        .layer(axum::middleware::from_fn_with_state(state.clone(), guard::rate))
        .with_state(state);
    Router::new()
        .nest("/api/v1", api)
        .route("/docs", get(docs::index))
        .route("/docs/", get(docs::index))
        .route("/docs/style.css", get(docs::style))
        .route("/docs/{*path}", get(docs::page))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(assets::desktop)
        .layer(coding::compression())
        .layer(axum::middleware::from_fn(guard::headers))
}

/// What a path answers that does not know the method; `Allow` says which ones it knows.
pub async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}
