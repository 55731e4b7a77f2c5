//! Records of every kind, and the kinds themselves: one shape of requests for all of them.
//!
//! What may be read, written and taken is judged by [`crate::record`] and part of the statement in
//! [`crate::store::record`]; nothing is decided here, and no kind is known by its name.

mod asking;
mod customer;
mod export;
mod files;
mod house;
mod inbox;
pub mod jobs;
mod kinds;
mod list;
mod print;
mod question;
mod records;
mod told;
mod views;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::WebState;
pub use asking::Asker;
pub use house::House;
pub use list::search_of;

/// Of a definition, and of a record with long texts.
const BODY: usize = 512 * 1024;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(kinds::kinds))
        .routes(routes!(kinds::kind, kinds::publish))
        .routes(routes!(kinds::source))
        .routes(routes!(kinds::versions))
        .routes(routes!(kinds::plan))
        .routes(routes!(kinds::roll_back))
        .routes(routes!(list::list, records::create))
        .routes(routes!(records::record, records::change, records::delete))
        .routes(routes!(export::export))
        .routes(routes!(print::pdf))
        .routes(routes!(records::step))
        .routes(routes!(records::history))
        .routes(routes!(records::undo))
        .routes(routes!(records::join))
        .routes(routes!(records::alike))
        .routes(routes!(records::comments, records::comment))
        .routes(routes!(views::views, views::keep))
        .routes(routes!(views::change, views::forget))
        .routes(routes!(customer::of_customer))
        .routes(routes!(inbox::notices))
        .routes(routes!(inbox::read))
        .layer(DefaultBodyLimit::max(BODY))
        .merge(files::routes())
        .merge(jobs::routes())
}
