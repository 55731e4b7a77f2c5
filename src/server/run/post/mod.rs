//! The post: messages to customers leave the house, one after the other, as fast as the settings let them.
//!
//! | what | how |
//! | --- | --- |
//! | the server for mail says yes | sent |
//! | it says no for good (5xx), or the address or the text is none | failed, with its words |
//! | it says not now (4xx), is away, or shows a certificate that nobody trusts | tried again ([`crate::crm::message::wait_after`]) |
//! | ours dies in the middle | tried again, with the same `Message-ID` |

mod mail;

use std::time::Duration;

use crate::config::Mail;
use crate::server::run::control::Clock;
use crate::store::Store;
pub use mail::{Mailer, NotSent};

/// So late a message leaves at most, while there are not too many.
const EVERY: Duration = Duration::from_secs(1);
/// A database that is away is left alone for a while.
const AWAY: Duration = Duration::from_secs(10);

/// Sends what waits, for ever.
pub async fn send(store: Store, mailer: Mailer, settings: Mail, clock: Clock) {
    let pause = Duration::from_secs(60) / settings.per_minute.max(1);
    loop {
        match store.next_message(clock()).await {
            Ok(Some(message)) => {
                let done = match mailer.send(&message).await {
                    Ok(()) => store.message_sent(message.id, clock()).await,
                    Err(NotSent { why, for_good }) => {
                        tracing::warn!(message = message.id, tries = message.tries, for_good, %why, "a mail was not taken");
                        store.message_not_sent(&message, &why, for_good, clock()).await
                    }
                };
                if let Err(error) = done {
                    tracing::warn!(message = message.id, %error, "what became of a mail could not be written down");
                }
                tokio::time::sleep(pause).await;
            }
            Ok(None) => tokio::time::sleep(EVERY).await,
            Err(error) => {
                tracing::warn!(%error, "mails wait");
                tokio::time::sleep(AWAY).await;
            }
        }
    }
}
