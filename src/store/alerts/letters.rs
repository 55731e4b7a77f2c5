//! Mails about alerts, and what programs are told: written down with the alert, in the same transaction, and found there until they are through.
//! An alert of an hour ago helps nobody: a mail that could not be handed over by then is given up.

use std::time::Duration;

use serde::Serialize;
use sqlx::FromRow;

use super::number;
use crate::base::{AlertId, Instant};
use crate::center::alert::{AlertNews, Letter, Way};
use crate::crm::MessageState;
use crate::crm::message::wait_after;
use crate::store::db::{Conn, args, instant};
use crate::store::interactions::{read_word, word};
use crate::store::{Store, StoreError};

/// So long a mail is tried.
const LIFE: Duration = Duration::from_secs(3_600);
/// Mails of one alert that are read at once.
const LETTERS_MAX: u32 = 1_000;
const TOO_LATE: &str = "too late: it could not be handed over within an hour";

/// A mail, or a word to a program, whose time has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertLetter {
    /// Of this row.
    pub id: i64,
    /// What it says, and to whom.
    pub letter: Letter,
    /// When it was written down.
    pub at: Instant,
    /// How often it was tried, this time included.
    pub tries: u32,
}

/// What became of a mail about an alert, or of what a program was told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AlertLetter)]
pub struct SentLetter {
    pub way: Way,
    /// An address; of a webhook only its host, since the rest may be a secret.
    pub to: String,
    pub at: Instant,
    pub state: MessageState,
    pub tries: u32,
    /// What the server said last, if not yes.
    pub trouble: Option<String>,
    /// Since when it is sent, or failed.
    pub done: Option<Instant>,
}

impl Store {
    /// Who was written to about an alert, in order.
    pub async fn alert_letters(&self, alert: AlertId) -> Result<Vec<SentLetter>, StoreError> {
        let sql = "SELECT way, recipient, at, state, tries, trouble, done FROM alert_letters WHERE alert = $1
                   ORDER BY id LIMIT $2";
        let rows: Vec<SentRow> = self.read().await?.all(sql, args![number(alert), LETTERS_MAX]).await?;
        rows.into_iter().map(SentRow::letter).collect()
    }

    /// The first one whose time has come, put off until its next try; `None`: there is none. Those that come too late are
    /// given up.
    pub async fn next_alert_letter(&self, way: Way, now: Instant) -> Result<Option<AlertLetter>, StoreError> {
        // Asked every second: nobody who writes waits for it while there is nothing to send.
        let sql = "SELECT id FROM alert_letters WHERE state = 'waiting' AND next <= $1 AND way = $2 LIMIT 1";
        if self.read().await?.optional::<(i64,)>(sql, args![now, word(&way)]).await?.is_none() {
            return Ok(None);
        }
        let mut conn = self.begin().await?;
        let sql = "UPDATE alert_letters SET state = 'failed', trouble = $2, done = $1, next = NULL
                   WHERE state = 'waiting' AND at < $3";
        conn.run(sql, args![now, TOO_LATE, now - LIFE]).await?;
        let sql = "SELECT id, way, recipient, subject, body, at, tries FROM alert_letters
                   WHERE state = 'waiting' AND next <= $1 AND way = $2 ORDER BY next, id LIMIT 1";
        let Some(row) = conn.optional::<LetterRow>(sql, args![now, word(&way)]).await? else {
            conn.commit().await?;
            return Ok(None);
        };
        let letter = row.letter()?;
        let next = wait_after(letter.tries).map_or(now + LIFE, |wait| now + wait);
        let sql = "UPDATE alert_letters SET tries = $2, next = $3 WHERE id = $1";
        conn.run(sql, args![letter.id, letter.tries, next]).await?;
        conn.commit().await?;
        Ok(Some(letter))
    }

    /// It was taken by whoever carries it on.
    pub async fn alert_letter_sent(&self, id: i64, now: Instant) -> Result<(), StoreError> {
        self.end_alert_letter(id, MessageState::Sent, None, now).await
    }

    /// It was not taken: `for_good`, or until its next try.
    pub async fn alert_letter_not_sent(
        &self,
        id: i64,
        why: &str,
        for_good: bool,
        now: Instant,
    ) -> Result<(), StoreError> {
        if for_good {
            return self.end_alert_letter(id, MessageState::Failed, Some(why), now).await;
        }
        let mut conn = self.begin().await?;
        conn.run("UPDATE alert_letters SET trouble = $2 WHERE id = $1", args![id, why]).await?;
        conn.commit().await
    }

    async fn end_alert_letter(
        &self,
        id: i64,
        state: MessageState,
        trouble: Option<&str>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let sql = "UPDATE alert_letters SET state = $2, trouble = $3, done = $4, next = NULL WHERE id = $1";
        conn.run(sql, args![id, word(&state), trouble, now]).await?;
        conn.commit().await
    }
}

#[derive(FromRow)]
struct LetterRow {
    id: i64,
    way: String,
    recipient: String,
    subject: String,
    body: String,
    at: i64,
    tries: i64,
}

impl LetterRow {
    fn letter(self) -> Result<AlertLetter, StoreError> {
        let way = read_word(&self.way)?;
        Ok(AlertLetter {
            id: self.id,
            letter: Letter { way, to: self.recipient, subject: self.subject, body: self.body },
            at: instant(self.at),
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX).saturating_add(1),
        })
    }
}

#[derive(FromRow)]
struct SentRow {
    way: String,
    recipient: String,
    at: i64,
    state: String,
    tries: i64,
    trouble: Option<String>,
    done: Option<i64>,
}

impl SentRow {
    fn letter(self) -> Result<SentLetter, StoreError> {
        let way = read_word(&self.way)?;
        let host =
            |url: &str| url.split('/').nth(2).and_then(|host| host.split(['?', '#']).next()).unwrap_or("").to_owned();
        Ok(SentLetter {
            way,
            to: if way == Way::Webhook { host(&self.recipient) } else { self.recipient },
            at: instant(self.at),
            state: read_word(&self.state)?,
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
            trouble: self.trouble,
            done: self.done.map(instant),
        })
    }
}

pub(super) async fn write(conn: &mut Conn, news: &[&AlertNews]) -> Result<(), StoreError> {
    let rows: Vec<_> = news
        .iter()
        .flat_map(|news| news.letters.iter().map(move |letter| (news, letter)))
        .map(|(news, Letter { way, to, subject, body })| {
            let (alert, seq, at) = (number(news.alert.id), news.alert.events, news.at);
            args![alert, seq, word(way), to, subject, body, at, "waiting", 0_i64, at].to_vec()
        })
        .collect();
    conn.insert(
        "INSERT INTO alert_letters (alert, seq, way, recipient, subject, body, at, state, tries, next)",
        "ON CONFLICT (alert, seq, way, recipient) DO NOTHING",
        &rows,
    )
    .await
}
