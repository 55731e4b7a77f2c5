//! Numbers at which nobody is called back.

use serde::Serialize;

use crate::base::NumberError;

/// Why nobody is called back at a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Uncallable {
    /// A short number, an emergency number, or one without its area code.
    Short,
    /// At a higher price than a call.
    Dear,
    /// A number of this center.
    Own,
    /// No trunk lets it out.
    NoWay,
    NotANumber,
}

impl From<NumberError> for Uncallable {
    fn from(error: NumberError) -> Self {
        if error == NumberError::Short { Self::Short } else { Self::NotANumber }
    }
}
