//! Quality: scorecards, and how contacts are judged by them.
//!
//! What a scorecard asks is a rule of the center (`web::center::objects`); here is what is done with it. Supervisors judge;
//! an agent sees what was handed in of the own contacts, and may dispute it. What one may not see does not exist.

mod cards;
mod evaluations;
mod may;
mod steps;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::WebState;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(cards::list))
        .routes(routes!(cards::pick))
        .routes(routes!(cards::agreement))
        .routes(routes!(evaluations::list, evaluations::begin))
        .routes(routes!(evaluations::one, steps::fill, steps::forget))
        .routes(routes!(steps::dispute))
        .routes(routes!(steps::reply))
}
