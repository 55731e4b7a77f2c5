//! The HTTP port: desktop, API, events, SIP over WebSocket, health.
//!
//! `port` bounds connections and heads, `proxies` says who a request is from, `health` answers for the process.
//! What the pages and the API say is in `web`.

pub mod health;
pub mod port;
pub mod proxies;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::routing::get;
use tokio::net::TcpListener;

use super::description::events_of_socket;
use crate::cti::SocketState;
use crate::net::{Flows, serve_sip_ws};
use crate::web::WebState;
use health::Health;

pub struct Pages {
    pub web: Arc<WebState>,
    pub sockets: Arc<SocketState>,
    pub health: Arc<Health>,
    pub flows: Flows,
    /// The demo shows its figures here too.
    pub figures: bool,
}

/// Everything on the public port. `local`: the address it listens on.
pub fn router(pages: Pages, local: SocketAddr) -> Router {
    let events = Router::new().route("/ws", get(crate::cti::socket)).with_state(pages.sockets);
    let (flows, web) = (pages.flows, pages.web.clone());
    let sip = get(move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
        let (flows, web) = (flows.clone(), web.clone());
        async move {
            // A browser whose session slept since a restart: its account is known before it registers.
            crate::web::wake(&web, request.headers()).await;
            serve_sip_ws(&flows, peer, local, request).await
        }
    });
    let mut router =
        crate::web::router(pages.web, events_of_socket()).merge(events).merge(health::pages(pages.health.clone()));
    router = router.route("/sip", sip);
    if pages.figures {
        router = router.merge(health::figures(pages.health));
    }
    router.method_not_allowed_fallback(crate::web::method_not_allowed)
}

pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}
