//! What people read, in both languages.

use serde::{Deserialize, Serialize};

/// The same in English and Chinese.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = KindWords)]
pub struct Words {
    pub en: String,
    pub zh: String,
}

impl Words {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    pub fn same(text: &str) -> Self {
        Self::new(text, text)
    }

    /// What a key says by itself: `respond_within` is `Respond within`.
    pub fn of_key(key: &str) -> Self {
        let mut rest = key.chars();
        let first = rest.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        Self::same(&format!("{first}{}", rest.as_str().replace(['_', '-'], " ")))
    }

    /// In `zh`, or else in English.
    pub fn in_language(&self, language: &str) -> &str {
        if language.starts_with("zh") { &self.zh } else { &self.en }
    }
}
