//! Campaigns: how they stand, started and stopped, their lists, and who is not to be called.
//!
//! What is said of a campaign is a rule of the center (`web::center::objects`); here is what happens with it.

mod board;
mod certificate;
mod forbidden;
mod handing;
mod lists;
mod rows;
mod searched;
mod simulated;
mod state;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::WebState;
pub use handing::hand_over_all;

/// A file of entries.
const FILE_LIMIT: usize = 4 << 20;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    let files = OpenApiRouter::new().routes(routes!(lists::load)).layer(DefaultBodyLimit::max(FILE_LIMIT));
    OpenApiRouter::new()
        .routes(routes!(state::list))
        .routes(routes!(board::board))
        .routes(routes!(certificate::certificate))
        .routes(routes!(lists::load_search))
        .routes(routes!(simulated::simulate))
        .routes(routes!(state::step))
        .routes(routes!(forbidden::look_up, forbidden::forbid))
        .merge(files)
}
