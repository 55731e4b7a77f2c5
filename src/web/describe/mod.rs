//! What the API is, made from its code: every route with its parameters, bodies and answers as OpenAPI 3.1. It is
//! served as it is (`/api/v1/openapi.json`), beside the events of the socket (`/api/v1/asyncapi.json`), and as a
//! page (`/docs/api`).

mod page;
pub mod problems;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::WebState;
use super::error::{Problem, ProblemCode};
use crate::center::event::{Event, EventKind};
pub use page::page;

/// The description of the event socket, which is told beside this API's own.
#[derive(Clone, Copy)]
pub struct Events(pub &'static LazyLock<String>);

static OPENAPI: LazyLock<Value> = LazyLock::new(|| whole(super::described().1));

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(openapi)).routes(routes!(asyncapi))
}

/// The API as OpenAPI 3.1.
pub fn api() -> &'static Value {
    &OPENAPI
}

/// This description, as OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", tag = "description", security(()),
    responses((status = 200, description = "The description", body = Object))
)]
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI.to_string())
}

/// The events and commands of the socket, as AsyncAPI 3.
#[utoipa::path(
    get, path = "/asyncapi.json", tag = "description", security(()),
    responses((status = 200, description = "The description", body = Object))
)]
async fn asyncapi(Extension(Events(text)): Extension<Events>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text.as_str())
}

const TAGS: [(&str, &str); 22] = [
    ("sign-in", "Signing in and out, and who asks"),
    ("center", "The center: what a desktop shows of it, its file and its versions"),
    ("set-up", "The objects of the center one by one, for the pages of its set-up"),
    ("rules", "Rules of queues: read, tried, changed"),
    ("board", "The wallboard and who waits, now and then"),
    ("agents", "Commands in the name of agents"),
    ("calls", "Calls that programs have made"),
    ("customers", "Customers"),
    ("interactions", "Contacts, their events and recordings"),
    ("tasks", "What is owed to customers"),
    ("quality", "How well contacts were handled"),
    ("kinds", "Kinds of records: described as data, planned, published, gone back to"),
    ("records", "Records of every kind"),
    ("call-backs", "Customers who wait to be called back"),
    ("campaigns", "Campaigns that call out, their lists, and who is not to be called"),
    ("trunks", "The lines that calls go out through"),
    ("statistics", "Figures of any time"),
    ("reports", "Reports: SQL over documented views, built in and one's own"),
    ("past", "Replays and comparisons"),
    ("tokens", "Tokens of programs"),
    ("description", "This description"),
    ("health", "Whether the server is well"),
];

fn whole(paths: OpenApi) -> Value {
    let mut api = serde_json::to_value(paths).unwrap_or_default();
    api["paths"] = fields(&api["paths"]).map(|(path, of)| (format!("/api/v1{path}"), of.clone())).collect();
    api["info"] = json!({
        "title": "Carillon",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "A contact-center server. Times are microseconds since 1970-01-01 UTC.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    });
    api["servers"] = json!([{"url": "/"}]);
    api["security"] = json!([{"bearer": []}, {"cookie": [], "csrf": []}]);
    api["tags"] = TAGS
        .iter()
        .filter(|(name, _)| api["paths"].to_string().contains(&format!("[\"{name}\"]")))
        .map(|(name, told)| json!({"name": name, "description": told}))
        .collect();
    let mut schemas = Vec::new();
    for (name, schema) in [
        (Problem::name(), Problem::schema()),
        (ProblemCode::name(), ProblemCode::schema()),
        (Event::name(), Event::schema()),
    ] {
        schemas.push((name.into_owned(), schema));
    }
    Problem::schemas(&mut schemas);
    ProblemCode::schemas(&mut schemas);
    Event::schemas(&mut schemas);
    for (name, schema) in schemas {
        api["components"]["schemas"][name] = json!(schema);
    }
    dated(&mut api["components"]["schemas"]["ContactEvent"]);
    api["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "A program: the token as it was made."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": super::access::COOKIE, "description": "A browser."},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "`csrf` of `me`, for every write of a browser."},
    });
    for operations in each(&mut api["paths"]) {
        for operation in each(operations) {
            add_usual_problems(operation);
        }
    }
    let mut bodies: Vec<Value> = Vec::new();
    for operations in each(&mut api["paths"]) {
        bodies.extend(each(operations).map(|operation| operation["requestBody"].clone()));
    }
    tell_what_is_always_there(&mut api["components"]["schemas"], bodies);
    api
}

/// Since which version there are the events of a record.
fn dated(event: &mut Value) {
    for variant in event["oneOf"].as_array_mut().into_iter().flatten() {
        let name = variant["properties"]["kind"]["enum"][0].as_str().unwrap_or_default();
        let since = EventKind::ABOUT.iter().find(|about| about.name == name).map(|about| about.since);
        variant["x-since"] = json!(since);
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(|fields| fields.iter().map(|(name, value)| (name.as_str(), value)))
}

fn each(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_object_mut().into_iter().flat_map(|fields| fields.values_mut())
}

/// What every request may be answered, and what all that are signed, have a body or a parameter may.
fn add_usual_problems(operation: &mut Value) {
    let is_open = operation["security"].is_array();
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let (has_body, has_any) = (!operation["requestBody"].is_null(), !parameters.is_empty());
    let in_path = parameters.iter().any(|parameter| parameter["in"] == "path");
    let usual = [
        (400, has_body || has_any, "It cannot be read, or says what cannot be"),
        (401, !is_open, "Nobody is signed in"),
        (403, !is_open, "This one may not, or the CSRF token is missing"),
        (404, in_path, "There is no such thing, or none that this one may see"),
        (405, true, "This method does nothing here"),
        (408, true, "It took too long"),
        (413, has_body, "The body is too large"),
        (415, has_body, "The body is of another kind"),
        (429, true, "Too many requests"),
        (500, true, "An error of the server"),
        (503, true, "Something that it needs is not available"),
    ];
    for (status, _, told) in usual.into_iter().filter(|(_, applies, _)| *applies) {
        let answers = &mut operation["responses"];
        let status = status.to_string();
        if answers[&status].is_null() {
            answers[status] = problems::answer(told);
        }
    }
}

/// A field of an answer that may be `null` is there all the same, so that programs need not ask twice. What
/// `wanted` of programs refers to may be left out.
pub fn tell_what_is_always_there(schemas: &mut Value, mut wanted: Vec<Value>) {
    let mut taken = BTreeSet::new();
    while let Some(value) = wanted.pop() {
        for name in references(&value) {
            if taken.insert(name.clone()) {
                wanted.push(schemas[&name].clone());
            }
        }
    }
    let Some(schemas) = schemas.as_object_mut() else { return };
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !taken.contains(*name)) {
        require_nullable(schema);
    }
}

/// Names of the schemas that are referred to.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn require_nullable(schema: &mut Value) {
    if let Some(fields) = schema["properties"].as_object() {
        let mut required: BTreeSet<String> = serde_json::from_value(schema["required"].clone()).unwrap_or_default();
        required.extend(fields.iter().filter(|(_, field)| is_nullable(field)).map(|(name, _)| name.clone()));
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
    }
    for value in inner(schema) {
        require_nullable(value);
    }
    // Indexing leaves a null where there was nothing.
    if let Some(fields) = schema.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
}

/// Schemas inside of one.
fn inner(schema: &mut Value) -> Vec<&mut Value> {
    let Some(fields) = schema.as_object_mut() else { return Vec::new() };
    fields
        .iter_mut()
        .flat_map(|(name, value)| -> Vec<&mut Value> {
            match (name.as_str(), value) {
                ("properties", Value::Object(fields)) => fields.values_mut().collect(),
                ("oneOf" | "allOf" | "anyOf" | "prefixItems", Value::Array(items)) => items.iter_mut().collect(),
                ("items" | "additionalProperties", value @ Value::Object(_)) => vec![value],
                _ => Vec::new(),
            }
        })
        .collect()
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |one: &Value| one == "null" || one["type"] == "null";
    ["type", "oneOf", "anyOf"].iter().any(|name| schema[name].as_array().is_some_and(|all| all.iter().any(is_null)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_null_is_there_in_answers_and_may_be_left_out_in_requests() {
        let nullable =
            json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "string"}}});
        let asked = json!({"properties": {"inner": {"$ref": "#/components/schemas/Inner"}}});
        let mut schemas = json!({"Asked": asked, "Inner": nullable, "Told": {"oneOf": [nullable]}});
        let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}}});
        tell_what_is_always_there(&mut schemas, vec![body]);
        assert_eq!(schemas["Told"]["oneOf"][0]["required"], json!(["a"]));
        assert_eq!((&schemas["Asked"], &schemas["Inner"]), (&asked, &nullable));
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        let schemas = &api()["components"]["schemas"];
        let missing: Vec<_> = references(api()).into_iter().filter(|name| schemas[name].is_null()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
