//! What goes over the event socket, made from the types that are sent and read.

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::message::{Head, Hello, ID_LIMIT, Reply, Unnumbered};
use crate::center::desk::{DeskCommand, DeskEvent};
use crate::center::input::SuperviseCommand;

/// One kind of message.
pub struct Message {
    /// Its `type`.
    pub name: String,
    pub told: String,
    pub by: Sender,
    /// JSON Schema.
    pub payload: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender {
    Server,
    Client,
}

/// All messages, and the schemas they refer to by name.
pub struct Description {
    pub messages: Vec<Message>,
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

pub fn description() -> Description {
    let mut schemas = Vec::new();
    let head = json!({"$ref": "#/components/schemas/EventHead"});
    let asked = json!({"$ref": "#/components/schemas/CommandHead"});
    let mut messages = vec![hello()];
    messages.extend(variants::<DeskCommand>(Sender::Client, &asked, &mut schemas));
    messages.extend(variants::<SuperviseCommand>(Sender::Client, &asked, &mut schemas));
    messages.extend(variants::<Unnumbered>(Sender::Server, &head, &mut schemas));
    messages.extend(variants::<DeskEvent>(Sender::Server, &head, &mut schemas));
    messages.extend(variants::<Reply>(Sender::Server, &head, &mut schemas));
    add::<Hello>(&mut schemas);
    add::<Head>(&mut schemas);
    Description { messages, schemas }
}

/// Beside the fields of every command.
pub fn command_head() -> Value {
    json!({
        "type": "object",
        "description": "Any text; the reply carries it back.",
        "properties": {"id": {"type": "string", "minLength": 1, "maxLength": ID_LIMIT}},
        "required": ["id"],
    })
}

fn hello() -> Message {
    let kind =
        json!({"type": "object", "properties": {"type": {"type": "string", "enum": ["hello"]}}, "required": ["type"]});
    Message {
        name: "hello".to_owned(),
        told: "The first message, within 10 s.".to_owned(),
        by: Sender::Client,
        payload: json!({"allOf": [kind, {"$ref": "#/components/schemas/Hello"}]}),
    }
}

fn add<T: ToSchema + PartialSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// One message for each variant of an enum that has a `type`.
fn variants<T: ToSchema + PartialSchema>(
    by: Sender,
    head: &Value,
    schemas: &mut Vec<(String, RefOr<Schema>)>,
) -> Vec<Message> {
    add::<T>(schemas);
    let schema = json!(T::schema());
    let all = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema]);
    let message = |variant: Value| {
        let name = variant["properties"]["type"]["enum"][0].as_str()?.to_owned();
        let told = variant["description"].as_str().unwrap_or_default().to_owned();
        Some(Message { name, told, by, payload: json!({"allOf": [head, variant]}) })
    };
    all.into_iter().filter_map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_told_with_its_type() {
        let description = description();
        let names: Vec<_> = description.messages.iter().map(|message| message.name.as_str()).collect();
        for name in [
            "hello",
            "welcome",
            "heartbeat",
            "board",
            "board.changed",
            "record.changed",
            "kind.changed",
            "reply",
            "snapshot",
            "pop.shown",
        ] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
        for name in ["presence.ready", "wrap_up.save", "agent.set_ready_together", "call_back.cancel"] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
    }
}
