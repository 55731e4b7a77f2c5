//! The post: messages to customers and mails about alerts leave the house, one after the other, as fast as the settings
//! let them, alerts first; programs are told of alerts beside them.
//!
//! | what | how |
//! | --- | --- |
//! | the server for mail says yes | sent |
//! | it says no for good (5xx), or the address or the text is none | failed, with its words |
//! | it says not now (4xx), is away, or shows a certificate that nobody trusts | tried again ([`crate::crm::message::wait_after`]); about alerts for an hour |
//! | ours dies in the middle | tried again, with the same `Message-ID` |
//! | there is no server for mail | customers are not written to; mails about alerts failed |
//! | a webhook answers 2xx; any other 4xx than 408, 425 and 429, or 3xx; something else, or nothing | as yes, no for good, and not now |

mod hook;
mod mail;

use std::time::Duration;

use crate::center::alert::Way;
use crate::config::Mail;
use crate::crm::Message;
use crate::server::run::control::Clock;
use crate::store::{AlertLetter, Store, StoreError};
pub use hook::Hooks;
pub use mail::{Mailer, NotSent};

/// So late a message leaves at most, while there are not too many.
const EVERY: Duration = Duration::from_secs(1);
/// A database that is away is left alone for a while.
const AWAY: Duration = Duration::from_secs(10);

/// Sends what waits, for ever.
pub async fn send(store: Store, mailer: Option<(Mailer, Mail)>, clock: Clock) {
    let pause = mailer.as_ref().map_or(EVERY, |(_, mail)| Duration::from_secs(60) / mail.per_minute.max(1));
    loop {
        let mailer = mailer.as_ref().map(|(mailer, _)| mailer);
        let wait = match next(&store, mailer, &clock).await {
            Ok(true) => pause,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "mails wait");
                AWAY
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// `false`: there is none.
async fn next(store: &Store, mailer: Option<&Mailer>, clock: &Clock) -> Result<bool, StoreError> {
    if let Some(letter) = store.next_alert_letter(Way::Mail, clock()).await? {
        let sent = match mailer {
            Some(mailer) => mailer.send((&letter).into()).await,
            None => Err(NotSent::for_good("no mail server is set up (mail.host)")),
        };
        note(store, &letter, sent, clock).await;
        return Ok(true);
    }
    let Some(mailer) = mailer else { return Ok(false) };
    let Some(message) = store.next_message(clock()).await? else { return Ok(false) };
    let sent = mailer.send((&message).into()).await;
    note_message(store, &message, sent, clock).await;
    Ok(true)
}

async fn note_message(store: &Store, message: &Message, sent: Result<(), NotSent>, clock: &Clock) {
    let done = match sent {
        Ok(()) => store.message_sent(message.id, clock()).await,
        Err(NotSent { why, for_good }) => {
            tracing::warn!(message = message.id, tries = message.tries, for_good, %why, "a mail was not taken");
            store.message_not_sent(message, &why, for_good, clock()).await
        }
    };
    if let Err(error) = done {
        tracing::warn!(message = message.id, %error, "what became of a mail could not be written down");
    }
}

async fn note(store: &Store, letter: &AlertLetter, sent: Result<(), NotSent>, clock: &Clock) {
    let done = match sent {
        Ok(()) => store.alert_letter_sent(letter.id, clock()).await,
        Err(NotSent { why, for_good }) => {
            tracing::warn!(letter = letter.id, tries = letter.tries, for_good, %why, "word of an alert was not taken");
            store.alert_letter_not_sent(letter.id, &why, for_good, clock()).await
        }
    };
    if let Err(error) = done {
        tracing::warn!(letter = letter.id, %error, "what became of word of an alert could not be written down");
    }
}

/// Tells programs what happens to alerts, for ever.
pub async fn tell(store: Store, hooks: Hooks, clock: Clock) {
    loop {
        let wait = match store.next_alert_letter(Way::Webhook, clock()).await {
            Ok(Some(letter)) => {
                let sent = hooks.tell(&letter).await;
                note(&store, &letter, sent, &clock).await;
                continue;
            }
            Ok(None) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "webhooks wait");
                AWAY
            }
        };
        tokio::time::sleep(wait).await;
    }
}
