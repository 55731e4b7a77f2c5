//! The event socket as AsyncAPI 3.0, beside the API's own description.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::cti::{Message, Sender, command_head, description};
use crate::web::describe;

static EVENTS: LazyLock<Value> = LazyLock::new(made);
pub(super) static EVENTS_TEXT: LazyLock<String> = LazyLock::new(|| EVENTS.to_string());

/// What goes over `/ws`, as AsyncAPI 3.0.
pub fn events() -> &'static Value {
    &EVENTS
}

/// For [`crate::web::router`].
pub fn events_of_socket() -> describe::Events {
    describe::Events(&EVENTS_TEXT)
}

fn made() -> Value {
    let told = description();
    let mut schemas = Map::new();
    for (name, schema) in told.schemas {
        schemas.insert(name, json!(schema));
    }
    schemas.insert("CommandHead".to_owned(), command_head());
    schemas.insert("Command".to_owned(), either(["DeskCommand", "SuperviseCommand"]));
    let any = either(["DeskEvent", "LinkMessage", "ReplyMessage"]);
    schemas.insert("Envelope".to_owned(), json!({"allOf": [reference("EventHead"), any]}));
    let mut whole = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Carillon: events and commands",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Open it with a ticket of `POST /api/v1/ws-tickets`; say `hello` within 10 s. How events are \
                            numbered and missed ones told again stands in the guide (`/docs/api.md`).",
        },
        "defaultContentType": "application/json",
        "servers": {"center": {
            "host": "{host}", "protocol": "ws",
            "variables": {"host": {"description": "Host and port of the center"}},
        }},
        "channels": {"socket": {
            "address": "/ws",
            "messages": told.messages.iter().map(|message| {
                let path = format!("#/components/messages/{}", message.name);
                (message.name.clone(), json!({"$ref": path}))
            }).collect::<Map<_, _>>(),
            "bindings": {"ws": {"method": "GET", "query": {
                "type": "object", "properties": {"ticket": {"type": "string"}}, "required": ["ticket"],
            }}},
        }},
        "operations": {
            "tell": operation("send", &told.messages, Sender::Server),
            "ask": operation("receive", &told.messages, Sender::Client),
        },
        "components": {
            "messages": told.messages.iter().map(|message| {
                (message.name.clone(), json!({
                    "name": message.name, "summary": message.told, "payload": message.payload,
                }))
            }).collect::<Map<_, _>>(),
            "schemas": schemas,
        },
    });
    let taken = told.messages.into_iter().filter(|message| message.by == Sender::Client);
    let taken = taken.map(|message| message.payload).chain([reference("Command")]).collect();
    describe::tell_what_is_always_there(&mut whole["components"]["schemas"], taken);
    whole
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn either<const N: usize>(names: [&str; N]) -> Value {
    json!({"oneOf": names.map(reference).to_vec()})
}

/// What the server does (`send`, `receive`) with the messages of one side.
fn operation(action: &str, messages: &[Message], by: Sender) -> Value {
    let of = messages.iter().filter(|message| message.by == by);
    let path = |message: &Message| json!({"$ref": format!("#/channels/socket/messages/{}", message.name)});
    json!({
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "messages": of.map(path).collect::<Vec<_>>(),
    })
}
