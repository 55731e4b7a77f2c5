//! How far the talk about a call-back is, and why a number is not called.

use serde::Serialize;

use crate::base::{Number, NumberError};
use crate::dialplan::{Prompt, say};

/// How far the talk is.
#[derive(Clone, Debug)]
pub(in crate::center) enum Asking {
    Confirm { number: Number },
    Number { digits: String, wrong: u8 },
}

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

impl Uncallable {
    pub(in crate::center) fn prompts(self) -> Vec<Prompt> {
        match self {
            Self::Short => say::call_back_short(),
            Self::Dear => say::call_back_dear(),
            Self::Own | Self::NoWay | Self::NotANumber => say::call_back_impossible(),
        }
    }
}

impl From<NumberError> for Uncallable {
    fn from(error: NumberError) -> Self {
        if error == NumberError::Short { Self::Short } else { Self::NotANumber }
    }
}
