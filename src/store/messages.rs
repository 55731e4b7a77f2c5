//! Messages to customers: written down before they are on their way, and found there until they are through.
//!
//! One that is tried is put off first: a server that dies in the middle tries it again when its time comes, under the
//! same name (`Message-ID`), by which whoever gets it twice knows it.

use sqlx::FromRow;

use super::db::{args, instant};
use super::interactions::{parse_id, read_word, word};
use super::{PAGE_MAX, Store, StoreError};
use crate::base::{CustomerId, Instant};
use crate::crm::message::wait_after;
use crate::crm::{Message, MessageDraft, MessageState};

macro_rules! with_columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, customer, interaction, channel, recipient, subject, body, author, at, state, tries, next, trouble, done ",
            $after
        )
    };
}

impl Store {
    /// Writes down what is to be sent, from now on. The same `once` sends nothing again and gives the one of before.
    pub async fn send_message(
        &self,
        draft: &MessageDraft,
        once: Option<&str>,
        now: Instant,
    ) -> Result<Message, StoreError> {
        let mut conn = self.begin().await?;
        if let Some(once) = once {
            let known: Option<MessageRow> =
                conn.optional(with_columns!("SELECT", "FROM messages WHERE once = $1"), args![once]).await?;
            if let Some(known) = known {
                return known.message();
            }
        }
        let sql = with_columns!(
            "INSERT INTO messages (customer, interaction, channel, recipient, subject, body, author, at, state, tries, next, once)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, $8, $9) RETURNING",
            ""
        );
        let MessageDraft { customer, interaction, channel, to, subject, body, by } = draft;
        let args = args![*customer, *interaction, word(channel), to, subject, body, by, now, once];
        let row: MessageRow = conn.one(sql, args).await?;
        conn.commit().await?;
        row.message()
    }

    /// Of a customer, the newest first, below `before`.
    pub async fn messages(
        &self,
        customer: CustomerId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let sql = with_columns!("SELECT", "FROM messages WHERE customer = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
        let args = args![customer, before.unwrap_or(i64::MAX), limit.clamp(1, PAGE_MAX)];
        let rows: Vec<MessageRow> = self.read().await?.all(sql, args).await?;
        rows.into_iter().map(MessageRow::message).collect()
    }

    /// The first one whose time has come, put off until its next try; `None`: there is none.
    pub async fn next_message(&self, now: Instant) -> Result<Option<Message>, StoreError> {
        // Asked every second: nobody who writes waits for it while there is nothing to send.
        let sql = "SELECT id FROM messages WHERE state = 'waiting' AND next <= $1 LIMIT 1";
        if self.read().await?.optional::<(i64,)>(sql, args![now]).await?.is_none() {
            return Ok(None);
        }
        let mut conn = self.begin().await?;
        let sql =
            with_columns!("SELECT", "FROM messages WHERE state = 'waiting' AND next <= $1 ORDER BY next, id LIMIT 1");
        let Some(row) = conn.optional::<MessageRow>(sql, args![now]).await? else { return Ok(None) };
        let mut message = row.message()?;
        message.tries = message.tries.saturating_add(1);
        // The last try has no next one; until it is told how it went, it is as good as one.
        let next = wait_after(message.tries).or_else(|| wait_after(1)).map(|wait| now + wait);
        let sql = "UPDATE messages SET tries = $2, next = $3 WHERE id = $1";
        conn.run(sql, args![message.id, message.tries, next]).await?;
        conn.commit().await?;
        Ok(Some(message))
    }

    /// It was taken by whoever carries it on.
    pub async fn message_sent(&self, id: i64, now: Instant) -> Result<(), StoreError> {
        self.end_message(id, MessageState::Sent, None, now).await
    }

    /// It was not taken: `for_good`, or until its next try, if it has one.
    pub async fn message_not_sent(
        &self,
        message: &Message,
        why: &str,
        for_good: bool,
        now: Instant,
    ) -> Result<(), StoreError> {
        if for_good || wait_after(message.tries).is_none() {
            return self.end_message(message.id, MessageState::Failed, Some(why), now).await;
        }
        let mut conn = self.begin().await?;
        conn.run("UPDATE messages SET trouble = $2 WHERE id = $1", args![message.id, why]).await?;
        conn.commit().await
    }

    async fn end_message(
        &self,
        id: i64,
        state: MessageState,
        trouble: Option<&str>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let sql = "UPDATE messages SET state = $2, trouble = $3, done = $4, next = NULL WHERE id = $1";
        conn.run(sql, args![id, word(&state), trouble, now]).await?;
        conn.commit().await
    }
}

#[derive(FromRow)]
struct MessageRow {
    id: i64,
    customer: i64,
    interaction: Option<String>,
    channel: String,
    recipient: String,
    subject: String,
    body: String,
    author: String,
    at: i64,
    state: String,
    tries: i64,
    next: Option<i64>,
    trouble: Option<String>,
    done: Option<i64>,
}

impl MessageRow {
    fn message(self) -> Result<Message, StoreError> {
        Ok(Message {
            id: self.id,
            customer: CustomerId(self.customer),
            interaction: self.interaction.as_deref().map(parse_id).transpose()?,
            channel: read_word(&self.channel)?,
            to: self.recipient,
            subject: self.subject,
            body: self.body,
            by: self.author,
            at: instant(self.at),
            state: read_word(&self.state)?,
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
            next: self.next.map(instant),
            trouble: self.trouble,
            done: self.done.map(instant),
        })
    }
}
