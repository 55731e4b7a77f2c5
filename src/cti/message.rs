//! The messages of the socket, as `docs/api.md` freezes them.

use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::feed::{Difference, Whole};
use crate::base::{Instant, foreign_field, with_nearest};
use crate::center::desk::{CommandOutcome, DeskCommand, DeskEvent};
use crate::center::input::SuperviseCommand;
use crate::store::record::Told;

const VERSION: u8 = 1;
pub(super) const ID_LIMIT: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Agent,
    Board,
    /// What is changed of records and their kinds.
    Records,
}

/// Where a client was when it lost the connection.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    pub epoch: String,
    pub seq: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub since: Option<Since>,
    pub topics: Vec<Topic>,
}

/// A message from a client, checked.
#[derive(Clone, PartialEq, Debug)]
pub enum ClientMessage {
    Hello(Hello),
    Desk { id: String, ask: DeskCommand },
    Supervise { id: String, ask: SuperviseCommand },
}

/// Why a message is none; `id` if it could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    pub id: Option<String>,
    pub message: String,
}

/// Reads a message. `id` is taken off before the command is read, so a command with fields it does not
/// know is refused instead of half obeyed.
pub fn parse(text: &str) -> Result<ClientMessage, Unreadable> {
    let refuse = |id: Option<String>, message: String| Unreadable { id, message };
    let mut object = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err(refuse(None, "not a JSON object".to_owned())),
        Err(error) => return Err(refuse(None, format!("not JSON: {error}"))),
    };
    let kind = match object.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        _ => return Err(refuse(None, "`type` is missing".to_owned())),
    };
    if kind == "hello" {
        object.remove("type");
        let hello = serde_json::from_value(Value::Object(object));
        return hello.map(ClientMessage::Hello).map_err(|error| refuse(None, with_nearest(&error.to_string())));
    }
    let id = match object.remove("id") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= ID_LIMIT => id,
        _ => return Err(refuse(None, format!("`id` must be a text of 1 to {ID_LIMIT} bytes"))),
    };
    command(&kind, object).map_or_else(
        |message| Err(refuse(Some(id.clone()), message)),
        |command| {
            Ok(match command {
                Command::Desk(ask) => ClientMessage::Desk { id: id.clone(), ask },
                Command::Supervise(ask) => ClientMessage::Supervise { id: id.clone(), ask },
            })
        },
    )
}

enum Command {
    Desk(DeskCommand),
    Supervise(SuperviseCommand),
}

fn command(kind: &str, object: serde_json::Map<String, Value>) -> Result<Command, String> {
    let object = Value::Object(object);
    let told = |error: serde_json::Error| with_nearest(&error.to_string());
    let nouns = ["agent.", "alert.", "call_back.", "contact."];
    if kind == "call.place" || nouns.iter().any(|noun| kind.starts_with(noun)) {
        let ask = SuperviseCommand::deserialize(&object).map_err(told)?;
        return foreign_field(&object, &ask).map_or(Ok(Command::Supervise(ask)), Err);
    }
    let ask = DeskCommand::deserialize(&object).map_err(told)?;
    foreign_field(&object, &ask).map_or(Ok(Command::Desk(ask)), Err)
}

/// What every message of the server begins with.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = EventHead)]
pub(super) struct Head<'a> {
    /// Of this form.
    v: u8,
    /// Number within the history of the agent; 0: not in it.
    seq: u64,
    /// Changes when the numbers start anew.
    epoch: &'a str,
    /// RFC 3339, for people.
    at: String,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    body: T,
}

/// Messages beside the numbered history.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[schema(as = LinkMessage)]
pub(super) enum Unnumbered<'a> {
    /// The answer to `hello`.
    Welcome { resumed: bool, topics: &'a [Topic], heartbeat_s: u64 },
    /// Nothing else was sent for a while.
    Heartbeat {},
    /// The whole wallboard.
    Board(&'a Whole),
    /// What differs in it.
    #[serde(rename = "board.changed")]
    BoardChanged(&'a Difference),
    /// A record was made, changed or deleted.
    #[serde(rename = "record.changed")]
    RecordChanged { kind: &'a str, id: i64, version: u32, state: Option<&'a str> },
    /// A kind of records has a new version.
    #[serde(rename = "kind.changed")]
    KindChanged { kind: &'a str, version: u32 },
}

/// The answer to a command.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ReplyMessage)]
pub(super) struct Reply<'a> {
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: ReplyWord,
    /// Of the command; `null` where it could not be read.
    id: Option<&'a str>,
    data: &'a Answer,
}

#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReplyWord {
    Reply,
}

/// Beside the words of the center.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusedWord {
    Refused,
}

/// What a command came to: the center's word, or a refusal before it got there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = Reply)]
pub enum Answer {
    Center(CommandOutcome),
    Here {
        result: RefusedWord,
        /// `bad_message`, `not_allowed`, `overloaded`, `not_saved`.
        code: &'static str,
        message: String,
    },
}

impl Answer {
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Here { result: RefusedWord::Refused, code, message: message.into() }
    }
}

fn envelope<T: Serialize>(epoch: &str, seq: u64, at: Instant, body: T) -> Utf8Bytes {
    let head = Head { v: VERSION, seq, epoch, at: at.utc() };
    let envelope = Envelope { head, body };
    // The bodies are plain values with text keys: serialising them cannot fail.
    serde_json::to_string(&envelope).unwrap_or_default().into()
}

pub fn event(epoch: &str, seq: u64, at: Instant, event: &DeskEvent) -> Utf8Bytes {
    envelope(epoch, seq, at, event)
}

pub fn board(epoch: &str, whole: &Whole) -> Utf8Bytes {
    envelope(epoch, 0, whole.board.at, Unnumbered::Board(whole))
}

pub fn board_changed(epoch: &str, difference: &Difference) -> Utf8Bytes {
    envelope(epoch, 0, difference.at, Unnumbered::BoardChanged(difference))
}

pub fn welcome(epoch: &str, at: Instant, resumed: bool, topics: &[Topic], heartbeat_s: u64) -> Utf8Bytes {
    envelope(epoch, 0, at, Unnumbered::Welcome { resumed, topics, heartbeat_s })
}

pub fn heartbeat(epoch: &str, at: Instant) -> Utf8Bytes {
    envelope(epoch, 0, at, Unnumbered::Heartbeat {})
}

/// What was changed of records.
pub fn news(epoch: &str, at: Instant, told: &Told) -> Utf8Bytes {
    let body = match told {
        Told::Record { kind, id, version, state } => {
            Unnumbered::RecordChanged { kind, id: *id, version: *version, state: state.as_deref() }
        }
        Told::Kind { kind, version } => Unnumbered::KindChanged { kind, version: *version },
    };
    envelope(epoch, 0, at, body)
}

pub fn reply(epoch: &str, at: Instant, id: Option<&str>, answer: &Answer) -> Utf8Bytes {
    envelope(epoch, 0, at, Reply { kind: ReplyWord::Reply, id, data: answer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::AgentId;
    use crate::center::desk::Refusal;

    #[test]
    fn reads_commands_and_refuses_what_it_does_not_know() {
        let read = |text: &str| parse(text);
        assert_eq!(
            read(r#"{"id":"c1","type":"presence.not_ready","reason":"break"}"#),
            Ok(ClientMessage::Desk { id: "c1".into(), ask: DeskCommand::NotReady { reason: "break".into() } })
        );
        assert_eq!(
            read(r#"{"id":"c2","type":"agent.set_ready","agent":7}"#),
            Ok(ClientMessage::Supervise { id: "c2".into(), ask: SuperviseCommand::SetReady { agent: AgentId(7) } })
        );
        assert_eq!(
            read(r#"{"type":"hello","since":{"epoch":"e","seq":4},"topics":["agent","board"]}"#),
            Ok(ClientMessage::Hello(Hello {
                since: Some(Since { epoch: "e".into(), seq: 4 }),
                topics: vec![Topic::Agent, Topic::Board]
            }))
        );
        assert!(read(r#"{"id":"c3","type":"call.hold"}"#).is_ok());
        for bad in [
            "",
            "[]",
            r#"{"id":"c"}"#,
            r#"{"type":"call.hold"}"#,
            r#"{"id":"","type":"call.hold"}"#,
            r#"{"id":"c","type":"call.explode"}"#,
            r#"{"id":"c","type":"agent.explode","agent":1}"#,
            r#"{"id":"c","type":"call_back.cancel","call_back":7}"#,
            r#"{"id":"c","type":"contact.raise","interaction":"0195f3a0-0000-7000-8000-000000000001"}"#,
            r#"{"id":"c","type":"contact.explode","interaction":"0195f3a0-0000-7000-8000-000000000001"}"#,
            r#"{"id":"c","type":"presence.not_ready"}"#,
            r#"{"id":"c","type":"call.hold","agent":8}"#,
            r#"{"type":"hello","topics":["all"]}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(read(r#"{"id":"c9","type":"x"}"#).unwrap_err().id.as_deref(), Some("c9"));
        let deep = "[".repeat(10_000);
        assert!(read(&deep).is_err());
    }

    #[test]
    fn envelopes_look_as_documented() {
        let at = Instant::from_micros(1_767_605_400_123_456);
        let text = event("e1", 42, at, &DeskEvent::PhoneStateChanged { reachable: true });
        assert_eq!(
            text.as_str(),
            r#"{"v":1,"seq":42,"epoch":"e1","at":"2026-01-05T09:30:00.123456Z","type":"phone.state_changed","data":{"reachable":true}}"#
        );
        let text = reply("e1", at, Some("c1"), &Answer::Center(CommandOutcome::Done));
        assert!(text.ends_with(r#""type":"reply","id":"c1","data":{"result":"done"}}"#), "{text}");
        let refused = CommandOutcome::Refused { code: Refusal::WrongState, message: "no".into() };
        let text = reply("e1", at, None, &Answer::Center(refused));
        assert!(
            text.ends_with(r#""id":null,"data":{"result":"refused","code":"wrong_state","message":"no"}}"#),
            "{text}"
        );
        let text = reply("e1", at, None, &Answer::refused("bad_message", "why"));
        assert!(text.ends_with(r#""data":{"result":"refused","code":"bad_message","message":"why"}}"#), "{text}");
        let text = welcome("e1", at, true, &[Topic::Agent], 10);
        assert!(text.ends_with(r#""type":"welcome","data":{"resumed":true,"topics":["agent"],"heartbeat_s":10}}"#));
        assert!(heartbeat("e1", at).ends_with(r#""type":"heartbeat","data":{}}"#));
    }
}
