//! JSON Schema as types of TypeScript.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// One exported type for each schema, by name.
pub fn types(schemas: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, schema) in schemas {
        text.push('\n');
        comment(&mut text, schema, "");
        let plain = schema["type"] == "object" && schema["properties"].is_object();
        let _ = match plain && schema["additionalProperties"] != Value::Bool(true) {
            true => writeln!(text, "export interface {} {}", identifier(name), object(schema, "")),
            false => writeln!(text, "export type {} = {};", identifier(name), shape(schema, "")),
        };
    }
    text
}

/// `Items_Task` is as good a name there.
fn identifier(name: &str) -> String {
    name.replace(['.', '-'], "_")
}

fn comment(text: &mut String, schema: &Value, indent: &str) {
    let Some(told) = schema["description"].as_str() else { return };
    let lines: Vec<_> = told.trim().lines().map(|line| line.trim_end().replace("*/", "* /")).collect();
    match lines.as_slice() {
        [one] => drop(writeln!(text, "{indent}/** {one} */")),
        many => {
            let _ = writeln!(text, "{indent}/**");
            for line in many {
                let _ = writeln!(text, "{}", format!("{indent} * {line}").trim_end());
            }
            let _ = writeln!(text, "{indent} */");
        }
    }
}

fn shape(schema: &Value, indent: &str) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return identifier(name);
    }
    if let Some(words) = schema["enum"].as_array() {
        return either(words.iter().map(literal).collect());
    }
    for how in ["oneOf", "anyOf"] {
        if let Some(parts) = schema[how].as_array() {
            return either(parts.iter().map(|part| shape(part, indent)).collect());
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| {
            let text = shape(part, indent);
            if text.contains(" | ") && !text.starts_with('{') { format!("({text})") } else { text }
        });
        return parts.collect::<Vec<_>>().join(" & ");
    }
    match &schema["type"] {
        Value::String(name) => named(name, schema, indent),
        Value::Array(names) => {
            either(names.iter().filter_map(Value::as_str).map(|name| named(name, schema, indent)).collect())
        }
        _ => "unknown".to_owned(),
    }
}

fn named(name: &str, schema: &Value, indent: &str) -> String {
    match name {
        "string" | "boolean" | "null" => name.to_owned(),
        "integer" | "number" => "number".to_owned(),
        "array" => match schema["prefixItems"].as_array() {
            Some(parts) => format!("[{}]", parts.iter().map(|part| shape(part, indent)).collect::<Vec<_>>().join(", ")),
            None => {
                let item = shape(&schema["items"], indent);
                let simple = item.chars().all(|c| c.is_alphanumeric() || c == '_');
                if simple { format!("{item}[]") } else { format!("({item})[]") }
            }
        },
        "object" if schema["properties"].is_object() => object(schema, indent),
        "object" if schema["additionalProperties"].is_object() => {
            format!("Record<string, {}>", shape(&schema["additionalProperties"], indent))
        }
        _ => "Record<string, unknown>".to_owned(),
    }
}

fn object(schema: &Value, indent: &str) -> String {
    let deeper = format!("{indent}  ");
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut text = String::from("{\n");
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        comment(&mut text, field, &deeper);
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let name_told = if plain { name.clone() } else { format!("'{name}'") };
        let mark = if required.contains(&name.as_str()) { "" } else { "?" };
        let _ = writeln!(text, "{deeper}{name_told}{mark}: {};", shape(field, &deeper));
    }
    let _ = write!(text, "{indent}}}");
    match schema["additionalProperties"] == Value::Bool(true) {
        true => format!("{text} & Record<string, unknown>"),
        false => text,
    }
}

fn literal(word: &Value) -> String {
    word.as_str().map_or_else(|| word.to_string(), |word| format!("'{word}'"))
}

/// Each once.
fn either(parts: Vec<String>) -> String {
    let mut known: Vec<String> = Vec::new();
    for part in parts {
        if !known.contains(&part) {
            known.push(part);
        }
    }
    known.sort_by_key(|part| part == "null");
    known.join(" | ")
}
