//! Shapes that several answers have.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::center::desk::Words;
use crate::setup::Label;

/// All there are of something.
#[derive(Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

/// Some of something; `next` asks for those that follow, as `cursor`.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `null`: there are no more.
    pub next: Option<String>,
}

/// What a center calls one of its things.
#[derive(Clone, Serialize, ToSchema)]
pub struct Named {
    pub key: String,
    pub en: String,
    pub zh: String,
}

impl Named {
    pub fn new(key: &str, name: &Label) -> Self {
        let text = |language| name.in_language(language).to_owned();
        Self { key: key.to_owned(), en: text("en"), zh: text("zh") }
    }
}

/// A language that Carillon speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    En,
    Zh,
}

impl Language {
    pub fn of(tag: &str) -> Self {
        if tag == "zh" { Self::Zh } else { Self::En }
    }
}

/// The same in both languages.
pub fn both(say: impl Fn(crate::acd::Language) -> String) -> Words {
    Words { en: say(crate::acd::Language::En), zh: say(crate::acd::Language::Zh) }
}
