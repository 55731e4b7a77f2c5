//! By which medium people are in touch, and who began.

use serde::{Deserialize, Serialize};

/// The medium of a contact, for the whole house. Who began it stands apart: see [`CallDirection`].
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The telephone. Rows and files written before know two more words for it: a call-back and an agent's own call.
    #[default]
    #[serde(alias = "callback", alias = "outbound")]
    Voice,
    Chat,
    Email,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Voice, Self::Chat, Self::Email];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Chat => "chat",
            Self::Email => "email",
        }
    }
}

/// Who began a contact: the customer (inbound), or this house.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    #[default]
    Inbound,
    Outbound,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_before_are_read_and_written_no_more() {
        for (word, channel) in [
            ("voice", Channel::Voice),
            ("callback", Channel::Voice),
            ("outbound", Channel::Voice),
            ("chat", Channel::Chat),
            ("email", Channel::Email),
        ] {
            assert_eq!(serde_json::from_str::<Channel>(&format!("\"{word}\"")).unwrap(), channel);
        }
        for channel in Channel::ALL {
            assert_eq!(serde_json::to_value(channel).unwrap(), channel.word());
        }
    }
}
