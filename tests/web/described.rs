//! The description of the API is the API: routes, types of the desktop and the reference are made from it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use carillon::center::alert::AlertEvent;
use carillon::center::event::EventKind;
use carillon::server::description::events;
use carillon::web::describe::api;
use serde_json::Value;

use crate::typescript::types;
use crate::world::World;

/// With `BLESS` in the environment (`make types`) the file is written instead.
fn is_made(path: &str, text: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, text).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "{path} is stale: `make types` makes it anew");
}

#[test]
fn the_types_of_the_desktop_are_made_from_the_description() {
    let mut schemas = api()["components"]["schemas"].as_object().unwrap().clone();
    for (name, schema) in events()["components"]["schemas"].as_object().unwrap() {
        let known = schemas.insert(name.clone(), schema.clone());
        assert!(known.is_none_or(|known| known == *schema), "two shapes are called {name}");
    }
    let head = "/** Made from the description of the API by `make types`: what the server tells and takes. Not for editing. */\n";
    is_made("web/src/api/wire.ts", &format!("{head}{}", types(&schemas)));
}

#[test]
fn the_reference_of_events_is_made_from_the_vocabulary() {
    let mut text = String::from(
        "# Events of a contact\n\nMade from the vocabulary (`src/center/event.rs`) by `make types`. What happened in a \
         contact stands in its record\n(`GET /api/v1/interactions/{id}`, `events`): kind, time, and a detail with these fields. \
         Shapes of the fields:\n`ContactEvent` in `/api/v1/openapi.json`. Events of the socket stand in \
         [api.md](../api.md#2-events-the-socket-ws) and\n`/api/v1/asyncapi.json`.\n\n| kind | since | fields | what happened |\n\
         | --- | --- | --- | --- |\n",
    );
    for about in EventKind::ABOUT {
        let fields: Vec<_> = about.fields.iter().map(|field| format!("`{field}`")).collect();
        let _ =
            writeln!(text, "| `{}` | {} | {} | {} |", about.name, about.since, fields.join(", "), about.told.trim());
    }
    text += "\n## Events of an alert\n\nA figure of a queue was beyond its limit (`[alert.KEY]`): \
             `GET /api/v1/alerts/{id}`, `events`, and what webhooks are told.\n\n| kind | fields | what happened |\n| --- | --- | --- |\n";
    for (kind, fields, told) in AlertEvent::ABOUT {
        let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
        let _ = writeln!(text, "| `{kind}` | {} | {told} |", fields.join(", "));
    }
    is_made("docs/reference/events.md", &text);
}

#[test]
fn the_reference_of_views_is_made_from_the_catalogue() {
    is_made("docs/reference/views.md", &carillon::report::reference());
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every described request reaches a handler, and none other does.
#[tokio::test]
async fn what_is_served_is_what_is_described() {
    let world = World::start().await;
    for (path, operations) in api()["paths"].as_object().unwrap() {
        let concrete = path
            .replace("{id}", "00000000-0000-7000-8000-000000000000")
            .replace("{key}", "k")
            .replace("{version}", "1");
        let mut allowed: Vec<String> = Vec::new();
        for method in METHODS {
            let answer = world.client.send(method, &concrete, None).await;
            match operations.get(method.to_lowercase()) {
                Some(operation) => {
                    assert_ne!(answer.status, 405, "{method} {path} is described and not served");
                    let open = operation["security"].is_array();
                    assert_eq!(answer.status == 401, !open, "{method} {path}: {}", answer.status);
                    allowed.push(method.to_owned());
                }
                None => {
                    assert_eq!(
                        (answer.status, answer.code().as_str()),
                        (405, "method_not_allowed"),
                        "{method} {path} is not described"
                    );
                    let told = answer.header("allow").unwrap_or_default();
                    let mut told: Vec<_> = told.split(',').filter(|method| *method != "HEAD").collect();
                    told.sort_unstable();
                    let mut known: Vec<_> =
                        operations.as_object().unwrap().keys().map(|it| it.to_uppercase()).collect();
                    known.sort_unstable();
                    assert_eq!(told, known, "{path}");
                }
            }
        }
    }
}

/// A handler gets a route only with its description (`routes!`); what stands beside is no part of the API.
#[test]
fn no_route_goes_around_the_description() {
    let mut around = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/web")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let text = fs::read_to_string(&entry).unwrap();
            let routes = text.match_indices(".route(").map(|(at, _)| text[at..].lines().next().unwrap_or_default());
            around.extend(
                routes
                    .filter(|line| !line.starts_with(".route(\"/docs"))
                    .map(|line| format!("{}: {line}", entry.display())),
            );
        }
    }
    assert!(around.is_empty(), "{around:?}");
}

#[tokio::test]
async fn the_descriptions_are_served_to_everybody() {
    let world = World::start().await;
    let told = world.client.get("/api/v1/openapi.json").await;
    assert_eq!((told.status, told.header("content-type")), (200, Some("application/json")));
    assert_eq!(told.json()["openapi"], "3.1.0");
    let told = world.client.get("/api/v1/asyncapi.json").await.json();
    assert_eq!(told["asyncapi"], "3.0.0");
    let page = world.client.get("/docs/api").await;
    let html = String::from_utf8(page.body).unwrap();
    assert!(
        html.contains("POST /api/v1/sign-in") && html.contains("id=\"problem\""),
        "{}",
        &html[..2_000.min(html.len())]
    );
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
}

/// A message on the wire has the fields that are described, and no others.
#[test]
fn every_message_and_event_has_a_name_and_a_shape() {
    let messages = events()["components"]["messages"].as_object().unwrap();
    assert!(messages.len() > 25, "{}", messages.len());
    for (name, message) in messages {
        assert!(!message["summary"].as_str().unwrap_or_default().is_empty(), "{name} is not told");
    }
    let described = &api()["components"]["schemas"]["ContactEvent"]["oneOf"];
    let kinds: Vec<_> = described
        .as_array()
        .unwrap()
        .iter()
        .map(|of: &Value| of["properties"]["kind"]["enum"][0].as_str().unwrap())
        .collect();
    assert_eq!(kinds, EventKind::ABOUT.iter().map(|about| about.name).collect::<Vec<_>>());
}
