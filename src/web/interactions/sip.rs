//! The SIP messages of a contact: as a list, and as a pcap file.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{EVENTS, own_interaction};
use crate::base::{Instant, InteractionId};
use crate::door::Role;
use crate::sip::Transport;
use crate::sip::trace::{Gist, Packet};
use crate::store::ladder;
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::payload::Id;
use crate::web::{ApiError, WebState};

pub(super) fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(messages)).routes(routes!(file))
}

/// One SIP message of a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = SipMessage)]
struct Shown {
    at: Instant,
    /// Address and port.
    from: String,
    to: String,
    #[schema(inline)]
    transport: Transport,
    call_id: String,
    /// The first line.
    line: String,
    /// All of it, without proofs of passwords, keys of media and digits.
    text: String,
}

/// The SIP messages of a contact that are still kept (a day), oldest first. Supervisors.
#[utoipa::path(
    get, path = "/interactions/{id}/sip", tag = "interactions", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The messages", body = Items<Shown>))
)]
async fn messages(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<Uuid>,
) -> Result<Json<Items<Shown>>, ApiError> {
    let packets = packets(&state, signed, id).await?;
    Ok(Json(Items { items: packets.into_iter().map(shown).collect() }))
}

/// The same as a pcap file, with headers of IP and UDP made for it. Supervisors.
#[utoipa::path(
    get, path = "/interactions/{id}/sip.pcap", tag = "interactions", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/vnd.tcpdump.pcap"))
)]
async fn file(State(state): State<Arc<WebState>>, signed: Signed, Id(id): Id<Uuid>) -> Result<Response, ApiError> {
    let packets = packets(&state, signed, id).await?;
    let mut response = ladder::file(&packets).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.tcpdump.pcap"));
    let name = HeaderValue::try_from(format!("attachment; filename=\"{id}.pcap\"")).map_err(|_| ApiError::NotFound)?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

async fn packets(state: &WebState, signed: Signed, id: Uuid) -> Result<Vec<Packet>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let contact = own_interaction(state, &identity, InteractionId(id)).await?.id;
    let Some(ladder) = state.ladder.clone() else { return Ok(Vec::new()) };
    let events = state.store.events(contact, 0, EVENTS).await?;
    let calls =
        events.iter().filter_map(|event| event.detail.get("sip_call_id")?.as_str().map(str::to_owned)).collect();
    let read = tokio::task::spawn_blocking(move || {
        let calls: Vec<String> = calls;
        ladder.messages(contact, &calls)
    });
    let packets = read.await.map_err(|error| ApiError::Internal(error.to_string()))?;
    packets.map_err(|error| ApiError::Internal(error.to_string()))
}

fn shown(packet: Packet) -> Shown {
    let text = String::from_utf8_lossy(&packet.bytes).into_owned();
    Shown {
        at: packet.at,
        from: packet.from.to_string(),
        to: packet.to.to_string(),
        transport: packet.transport,
        call_id: Gist::of(&packet.bytes).map(|gist| gist.call_id.to_owned()).unwrap_or_default(),
        line: text.lines().next().unwrap_or_default().to_owned(),
        text,
    }
}
