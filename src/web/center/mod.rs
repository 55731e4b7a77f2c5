//! The center's rules through the API, for administrators: read, changed with a dry run, applied to the
//! running center, and taken back.
//!
//! Every change goes one way ([`mod@change`]): the version it was made against, the mistakes of the center and its
//! flows, the linter, the store (a new version), the running center. Calls go on; contacts in a queue keep
//! their place. Nothing is stored that the running center would not take.

mod begin;
mod change;
mod file;
mod flow_draft;
mod flow_trial;
mod flows;
mod history;
mod holidays;
mod objects;
mod queue;
mod versions;
mod view;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use futures_util::future::BoxFuture;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use change::change_blindly;
pub use flows::Dialplan;
pub use queue::patched;

use crate::acd::lint::Doors;
use crate::setup::CenterModel;
use crate::web::WebState;

/// Of a whole center as a file, of many objects at once, and of flows.
const FILE_LIMIT: usize = 4 << 20;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    let files = OpenApiRouter::new()
        .routes(routes!(holidays::add_holidays))
        .routes(routes!(file::center_file, file::put_center_file))
        .routes(routes!(objects::patch_objects))
        .routes(routes!(objects::object, objects::put_object, objects::delete_object))
        .routes(routes!(flow_draft::put_flow_draft, flow_draft::delete_flow_draft))
        .routes(routes!(flow_trial::check_flow))
        .routes(routes!(flow_trial::rehearse_flow))
        .layer(DefaultBodyLimit::max(FILE_LIMIT));
    OpenApiRouter::new()
        .routes(routes!(view::center))
        .routes(routes!(queue::findings))
        .routes(routes!(queue::queues))
        .routes(routes!(queue::queue_rules, queue::put_queue, queue::patch_queue))
        .routes(routes!(versions::versions))
        .routes(routes!(versions::version))
        .routes(routes!(versions::restore))
        .routes(routes!(objects::objects))
        .routes(routes!(objects::put_order))
        .routes(routes!(history::history))
        .routes(routes!(history::restore_object))
        .routes(routes!(flows::flows))
        .routes(routes!(flows::flow))
        .routes(routes!(flows::flow_version))
        .routes(routes!(flows::flow_forms))
        .routes(routes!(flow_draft::publish_flow))
        .routes(routes!(begin::forms))
        .routes(routes!(begin::first_steps))
        .routes(routes!(begin::opening_at))
        .routes(routes!(begin::invite))
        .merge(files)
}

/// Who loads the stored center: judges one beforehand, and hands it to the running center.
pub trait Keeper: Send + Sync {
    /// Mistakes that only the files beside the store can tell, such as a flow that uses a queue which is gone.
    fn judge<'a>(&'a self, model: &'a CenterModel) -> BoxFuture<'a, Result<(), Vec<String>>>;

    /// Queues that the flows of its numbers lead to; `None`: the flows are broken.
    fn doors(&self, model: &CenterModel) -> Option<Doors>;

    /// Names of the flows that a number can lead to.
    fn flows(&self, model: &CenterModel) -> Vec<String>;

    /// What flows need beside the store, as it lies there now.
    fn dialplan(&self) -> Dialplan;

    /// The stored center becomes the running one. Done when the center has it.
    fn take_over(&self) -> BoxFuture<'_, Result<(), String>>;
}
