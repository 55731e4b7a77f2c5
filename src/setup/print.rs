//! The center as a file: `print(read(x))` plans to nothing against `x`.

use std::fmt::Write as _;

use super::SetupError;
use super::object::{self, Object};
use super::{CenterModel, Kind};

/// TOML with one table for each object; what has its default is left out.
pub fn print(model: &CenterModel) -> Result<String, SetupError> {
    let mut text = String::from("# A center of Carillon. `carillon apply FILE` shows the plan and applies it.\n");
    for object in object::objects_of(model)? {
        print_object(&mut text, &object);
    }
    Ok(text)
}

/// One object as it stands in a file; `None`: there is none of that key.
pub fn print_one(model: &CenterModel, kind: Kind, key: &str) -> Result<Option<String>, SetupError> {
    let object = object::object_of(model, kind, key)?;
    Ok(object.map(|object| {
        let mut text = String::new();
        print_object(&mut text, &object);
        text.trim_start().to_owned()
    }))
}

fn print_object(text: &mut String, object: &Object) {
    let _ = match object.kind {
        Kind::Center => write!(text, "\n[center]\n"),
        kind => write!(text, "\n[{kind}.{}]\n", quoted(&object.key)),
    };
    let (first, rest): (Vec<_>, Vec<_>) = object.fields.iter().partition(|(field, _)| *field == "name");
    for (field, value) in first.into_iter().chain(rest) {
        let _ = writeln!(text, "{field} = {}", Object::inline(value));
    }
}

fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !key.is_empty() && key.chars().all(bare) {
        true => key.to_owned(),
        false => toml::Value::String(key.to_owned()).to_string(),
    }
}
