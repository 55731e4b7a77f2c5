//! What is written to a customer: what it says, where it goes, how far it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ContactPoint, CustomerCard};
use crate::base::{CustomerId, Instant, InteractionId};

/// Characters of a subject line.
pub const SUBJECT_MAX: usize = 200;
/// Characters of a text.
pub const BODY_MAX: usize = 20_000;

/// How it gets there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageChannel)]
pub enum MessageChannel {
    Mail,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageState)]
pub enum MessageState {
    /// Written down, and on its way.
    Waiting,
    /// The server that carries it on has taken it.
    Sent,
    /// It will not get there; `trouble` says why.
    Failed,
}

/// A message to a customer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CustomerMessage)]
pub struct Message {
    pub id: i64,
    pub customer: CustomerId,
    /// The contact that it follows from.
    pub interaction: Option<InteractionId>,
    pub channel: MessageChannel,
    /// One of the addresses of the customer.
    pub to: String,
    pub subject: String,
    pub body: String,
    /// Who wrote it: a user, a program.
    pub by: String,
    pub at: Instant,
    pub state: MessageState,
    /// How often it was tried.
    pub tries: u32,
    /// When it will be tried again, while it waits.
    pub next: Option<Instant>,
    /// What the server said last, if not yes.
    pub trouble: Option<String>,
    /// Since when it is sent, or failed.
    pub done: Option<Instant>,
}

/// What somebody wants to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageDraft {
    pub customer: CustomerId,
    pub interaction: Option<InteractionId>,
    pub channel: MessageChannel,
    pub to: String,
    pub subject: String,
    pub body: String,
    pub by: String,
}

/// Why something cannot be sent, as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MessageFault {
    /// Customers are written to at addresses that their card has: nobody sends elsewhere by mistake, or on purpose.
    #[error("the customer has no such address")]
    NotTheirs,
    #[error("1 to {SUBJECT_MAX} characters, on one line")]
    Subject,
    #[error("1 to {BODY_MAX} characters")]
    Body,
}

impl MessageFault {
    /// The field that it is about.
    pub fn field(self) -> &'static str {
        match self {
            Self::NotTheirs => "to",
            Self::Subject => "subject",
            Self::Body => "body",
        }
    }
}

impl MessageDraft {
    /// Everything that is wrong with it. A subject of more lines would be read as headers by somebody on its way.
    pub fn faults(&self, card: &CustomerCard) -> Vec<MessageFault> {
        let count = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        let is_theirs = |point: &ContactPoint| point.kind == self.channel.point() && point.value == self.to;
        let checks = [
            (MessageFault::NotTheirs, card.contact_points.iter().any(is_theirs)),
            (MessageFault::Subject, count(&self.subject, SUBJECT_MAX) && !self.subject.contains(char::is_control)),
            (MessageFault::Body, count(&self.body, BODY_MAX)),
        ];
        checks.into_iter().filter(|(_, good)| !good).map(|(fault, _)| fault).collect()
    }
}

impl MessageChannel {
    /// The kind of contact point that it goes to.
    pub fn point(self) -> &'static str {
        match self {
            Self::Mail => "email",
        }
    }
}

/// How long to wait after so many tries; `None`: that was the last one. Some two days in all, as RFC 5321 §4.5.4.1 wants.
pub fn wait_after(tries: u32) -> Option<Duration> {
    const MINUTES: [u64; 9] = [1, 5, 15, 60, 4 * 60, 8 * 60, 12 * 60, 12 * 60, 12 * 60];
    let nth = usize::try_from(tries.checked_sub(1)?).ok()?;
    MINUTES.get(nth).map(|minutes| Duration::from_secs(minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> CustomerCard {
        let points = vec![
            ContactPoint::new("email", "li@example.com", "", "CN").unwrap(),
            ContactPoint::new("phone", "13800138000", "", "CN").unwrap(),
        ];
        CustomerCard {
            id: CustomerId(7),
            name: "Li".into(),
            organisation: None,
            tier: None,
            language: None,
            tags: Vec::new(),
            notes: String::new(),
            contact_points: points,
            orders: Vec::new(),
            dates: Vec::new(),
            timeline: Vec::new(),
        }
    }

    #[test]
    fn what_cannot_be_sent_is_told_field_by_field() {
        use MessageFault::{Body, NotTheirs, Subject};
        let long = "长".repeat(SUBJECT_MAX + 1);
        for (to, subject, body, faults) in [
            ("li@example.com", "您的维修单", "您好", &[][..]),
            ("wang@example.com", "Your repair", "Hello", &[NotTheirs]),
            ("+8613800138000", "Your repair", "Hello", &[NotTheirs]),
            ("li@example.com", "Hello\r\nBcc: all@example.com", "Hello", &[Subject]),
            ("li@example.com", long.as_str(), "Hello", &[Subject]),
            ("", " ", "\n", &[NotTheirs, Subject, Body]),
        ] {
            let [to, subject, body] = [to, subject, body].map(str::to_owned);
            let (customer, by, channel) = (CustomerId(7), "ana".to_owned(), MessageChannel::Mail);
            let draft = MessageDraft { customer, interaction: None, channel, to, subject, body, by };
            assert_eq!(draft.faults(&card()), faults, "{draft:?}");
        }
    }

    #[test]
    fn it_is_tried_for_some_two_days() {
        assert_eq!(wait_after(1), Some(Duration::from_secs(60)));
        assert_eq!(wait_after(0), None);
        let all: Duration = (1..).map_while(wait_after).sum();
        assert!((48..52).contains(&(all.as_secs() / 3_600)), "{all:?}");
    }
}
