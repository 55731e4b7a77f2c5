//! The description as a page: written as Markdown, shown as the other pages of the docs. No script, nothing from
//! elsewhere.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::response::Html;
use serde_json::Value;

use super::{api, fields};
use crate::web::docs;

static PAGE: LazyLock<String> = LazyLock::new(|| docs::page_of(&markdown(api())));

/// `/docs/api`
pub async fn page() -> Html<&'static str> {
    Html(PAGE.as_str())
}

const HEAD: &str = "# Reference of the API

Every request, made from the code. The same for programs: [OpenAPI 3.1](/api/v1/openapi.json); events and commands of
the socket: [AsyncAPI 3](/api/v1/asyncapi.json). How it is meant, with examples: [the guide](/docs/api.md). A program
sends `Authorization: Bearer TOKEN`. Problems are `application/problem+json` (RFC 9457), see [Problem](#problem).
";

fn markdown(api: &Value) -> String {
    let mut text = String::from(HEAD);
    for tag in api["tags"].as_array().into_iter().flatten() {
        let _ = write!(text, "\n## {}\n\n{}.\n", word(&tag["name"]), word(&tag["description"]));
        for (path, operations) in fields(&api["paths"]) {
            for (method, operation) in fields(operations) {
                if operation["tags"][0] == tag["name"] {
                    write_operation(&mut text, method, path, operation);
                }
            }
        }
    }
    text.push_str("\n## Shapes\n");
    for (name, schema) in fields(&api["components"]["schemas"]) {
        let _ = write!(text, "\n### {name}\n\n");
        write_schema(&mut text, schema);
    }
    text
}

fn write_operation(text: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = write!(text, "\n### {} {path}\n\n", method.to_uppercase());
    for told in ["summary", "description"] {
        if let Some(told) = operation[told].as_str() {
            let _ = write!(text, "{told}\n\n");
        }
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        text.push_str("| parameter | in | shape | |\n| --- | --- | --- | --- |\n");
        for of in parameters {
            let shape = shape(&of["schema"]);
            let _ = writeln!(text, "| `{}` | {} | {shape} | {} |", word(&of["name"]), word(&of["in"]), cell(of));
        }
        text.push('\n');
    }
    for (kind, content) in fields(&operation["requestBody"]["content"]) {
        let _ = write!(text, "Body: `{kind}`, {}\n\n", shape(&content["schema"]));
    }
    text.push_str("| answer | | body |\n| --- | --- | --- |\n");
    for (status, answer) in fields(&operation["responses"]) {
        let bodies: Vec<_> = fields(&answer["content"]).map(|(_, content)| shape(&content["schema"])).collect();
        let _ = writeln!(text, "| {status} | {} | {} |", cell(answer), bodies.join(", "));
    }
}

fn write_schema(text: &mut String, schema: &Value) {
    if let Some(told) = schema["description"].as_str() {
        let _ = write!(text, "{told}\n\n");
    }
    if schema["properties"].is_object() {
        text.push_str("| field | shape | |\n| --- | --- | --- |\n");
        for (name, field) in fields(&schema["properties"]) {
            let _ = writeln!(text, "| `{name}` | {} | {} |", shape(field), cell(field));
        }
        return;
    }
    let parts = ["oneOf", "allOf", "anyOf"].iter().find_map(|name| Some((*name, schema[name].as_array()?)));
    let Some((how, parts)) = parts else {
        let _ = write!(text, "{}\n\n", shape(schema));
        return;
    };
    text.push_str(if how == "allOf" { "All of:\n\n" } else { "One of:\n\n" });
    for part in parts {
        let told = part["description"].as_str().map(|told| format!(": {}", told.replace('\n', " ")));
        let _ = writeln!(text, "- {}{}", shape(part), told.unwrap_or_default());
    }
}

/// A schema in a line.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    for how in ["oneOf", "anyOf"] {
        if let Some(parts) = schema[how].as_array() {
            return parts.iter().map(shape).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().map(shape).collect::<Vec<_>>().join(" with ");
    }
    let named = |name: &str| match name {
        "array" if schema["prefixItems"].is_array() => {
            let parts = schema["prefixItems"].as_array().into_iter().flatten().map(shape);
            format!("\\[{}\\]", parts.collect::<Vec<_>>().join(", "))
        }
        "array" => format!("list of {}", shape(&schema["items"])),
        "object" if schema["properties"].is_object() => {
            let parts = fields(&schema["properties"]).map(|(name, field)| format!("`{name}`: {}", shape(field)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        "object" if schema["additionalProperties"].is_object() => {
            format!("by key: {}", shape(&schema["additionalProperties"]))
        }
        name => name.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => named(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(named).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

/// What is told of it, in a cell of a table.
fn cell(value: &Value) -> String {
    word(&value["description"]).replace('\n', " ").replace('|', "\\|")
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
