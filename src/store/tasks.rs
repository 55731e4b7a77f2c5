//! Tasks owed to customers.

use sqlx::FromRow;

use crate::base::{CustomerId, Instant, InteractionId, Number};
use crate::center::MessageWas;
use crate::crm::{OF_AGENT, Outcome, Task, VOICEMAIL};
use crate::dialplan::Mailbox;

use super::db::{Conn, args, instant};
use super::interactions::{parse_id, read_word};
use super::{PAGE_MAX, Store, StoreError};

/// Messages that light a lamp after a start.
const MESSAGES_MAX: u32 = 10_000;

/// A task with its number in the store.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct StoredTask {
    pub id: i64,
    #[serde(flatten)]
    pub task: Task,
    pub customer_name: Option<String>,
    /// How the contact ended that it comes from.
    pub outcome: Option<Outcome>,
}

impl Store {
    /// Tasks that are not done, the earliest due first.
    pub async fn open_tasks(&self, limit: u32) -> Result<Vec<StoredTask>, StoreError> {
        let rows: Vec<TaskRow> = self
            .read()
            .await?
            .all(
                "SELECT t.id, t.interaction, t.kind, COALESCE(t.customer, i.customer) AS customer, t.number, t.due, t.note,
                        c.name AS customer_name, i.outcome
                 FROM tasks t
                 LEFT JOIN interactions i ON i.id = t.interaction
                 LEFT JOIN customers c ON c.id = COALESCE(t.customer, i.customer)
                 WHERE t.done IS NULL ORDER BY t.due, t.id LIMIT $1",
                args![limit.min(PAGE_MAX)],
            )
            .await?;
        rows.into_iter().map(TaskRow::task).collect()
    }

    /// Whether a task about this contact is open.
    pub async fn is_owed(&self, interaction: InteractionId) -> Result<bool, StoreError> {
        let found: Option<(i64,)> = self
            .read()
            .await?
            .optional("SELECT id FROM tasks WHERE interaction = $1 AND done IS NULL LIMIT 1", args![interaction])
            .await?;
        Ok(found.is_some())
    }

    /// Marks a task as done; gives the contact whose message it was about, if it was about one. A task that is done
    /// already, or unknown, is `NotFound`.
    pub async fn complete_task(&self, id: i64, user: &str, now: Instant) -> Result<Option<InteractionId>, StoreError> {
        let mut conn = self.begin().await?;
        let done: Option<(String, String)> = conn
            .optional(
                "UPDATE tasks SET done = $2, done_by = $3 WHERE id = $1 AND done IS NULL RETURNING interaction, kind",
                args![id, now, user],
            )
            .await?;
        let (interaction, kind) = done.ok_or(StoreError::NotFound("open task"))?;
        conn.commit().await?;
        (kind == VOICEMAIL).then(|| parse_id(&interaction)).transpose()
    }

    /// Messages whose tasks are not done, the newest first. Those that somebody has played or taken along are heard.
    pub async fn open_messages(&self) -> Result<Vec<MessageWas>, StoreError> {
        let rows: Vec<(String, String, i64)> = self
            .read()
            .await?
            .all(
                "SELECT t.interaction, t.note,
                    (SELECT COUNT(*) FROM recording_log l
                     WHERE l.interaction = t.interaction AND l.what IN ('played', 'downloaded'))
                 FROM tasks t WHERE t.kind = $1 AND t.done IS NULL ORDER BY t.id DESC LIMIT $2",
                args![VOICEMAIL, MESSAGES_MAX],
            )
            .await?;
        let read = |(interaction, note, heard): (String, String, i64)| {
            let mailbox = match note.strip_prefix(OF_AGENT) {
                Some(agent) => Mailbox::Agent(agent.to_owned()),
                None => Mailbox::Queue(note),
            };
            Ok(MessageWas { interaction: parse_id(&interaction)?, mailbox, heard: heard > 0 })
        };
        rows.into_iter().map(read).collect()
    }
}

/// Adds tasks, each one unless the interaction has one of its kind.
pub(super) async fn insert<'a>(conn: &mut Conn, tasks: impl IntoIterator<Item = &'a Task>) -> Result<(), StoreError> {
    let row = |task: &Task| {
        let number = task.number.as_ref().map(Number::as_str);
        args![task.interaction, &task.kind, task.customer, number, task.due, &task.note].to_vec()
    };
    conn.insert(
        "INSERT INTO tasks (interaction, kind, customer, number, due, note)",
        "ON CONFLICT (interaction, kind) DO NOTHING",
        &tasks.into_iter().map(row).collect::<Vec<_>>(),
    )
    .await
}

#[derive(FromRow)]
struct TaskRow {
    id: i64,
    interaction: String,
    kind: String,
    customer: Option<i64>,
    number: Option<String>,
    due: i64,
    note: String,
    customer_name: Option<String>,
    outcome: Option<String>,
}

impl TaskRow {
    fn task(self) -> Result<StoredTask, StoreError> {
        let number = self.number.map(Number::try_from).transpose();
        Ok(StoredTask {
            id: self.id,
            task: Task {
                interaction: parse_id(&self.interaction)?,
                customer: self.customer.map(CustomerId),
                number: number.map_err(|_| StoreError::Corrupt(format!("number of task {}", self.id)))?,
                kind: self.kind,
                due: instant(self.due),
                note: self.note,
            },
            customer_name: self.customer_name,
            outcome: self.outcome.as_deref().map(read_word).transpose()?,
        })
    }
}
