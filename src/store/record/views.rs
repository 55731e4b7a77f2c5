//! Ways to look at the records of a kind, kept under a name: one's own, and those that supervisors keep for everybody.
//!
//! What a view says stands in the address of the page and is read there; here it is a text. A view shows nobody more than
//! what they may read.

use serde::Serialize;

use super::Records;
use super::catalogue::Stored;
use super::error::RecordError;
use crate::record::{Asking, Refused, Role, Scope, Verb, Words};
use crate::store::db::args;

/// Views of one person on one kind, and shared ones of a kind.
pub const VIEWS_MAX: u32 = 50;
const NAME_MAX: usize = 80;
const QUERY_MAX: usize = 2_000;

/// A way to look at the records of a kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordView)]
pub struct View {
    pub id: i64,
    pub name: String,
    /// As behind `?` in the address of the page: `state=open&sort=-due&show=board`.
    pub query: String,
    /// Everybody who reads the kind sees it.
    pub shared: bool,
    /// Sign-in name.
    pub owner: String,
}

/// What a view is to be.
#[derive(Clone, Debug)]
pub struct ViewDraft {
    pub name: String,
    pub query: String,
    pub shared: bool,
}

type Row = (i64, String, String, i64, String);

fn view((id, name, query, shared, owner): Row) -> View {
    View { id, name, query, shared: shared != 0, owner }
}

impl ViewDraft {
    fn checked(mut self, asking: &Asking<'_>) -> Result<Self, RecordError> {
        self.name = self.name.trim().chars().filter(|c| !c.is_control()).collect();
        let refused = |field: &str, code, en: &str, zh: &str| {
            Err(RecordError::Fields(vec![Refused { field: field.into(), code, detail: Words::new(en, zh) }]))
        };
        if self.name.is_empty() {
            return refused("name", "required", "this must be filled", "此项必填");
        }
        if self.name.chars().count() > NAME_MAX {
            return refused("name", "too_long", "this is too long", "内容过长");
        }
        if self.query.len() > QUERY_MAX || self.query.chars().any(|c| c.is_control() || c == '#') {
            return refused("query", "not_a_query", "this is no query of a list", "这不是列表的查询条件");
        }
        if self.shared && asking.who.role < Role::Supervisor {
            return Err(RecordError::NotAllowed);
        }
        Ok(self)
    }
}

fn readable(stored: &Stored, asking: &Asking<'_>) -> Result<(), RecordError> {
    match stored.kind.scope(Verb::Read, &asking.who) {
        Scope::None => Err(RecordError::NotAllowed),
        _ => Ok(()),
    }
}

impl Records {
    /// Shared ones and one's own, by name.
    pub async fn views(&self, stored: &Stored, asking: &Asking<'_>) -> Result<Vec<View>, RecordError> {
        readable(stored, asking)?;
        let sql = "SELECT id, name, query, shared, owner FROM record_views
                   WHERE kind = $1 AND (owner = $2 OR shared = 1) ORDER BY shared DESC, name, id LIMIT $3";
        let most = VIEWS_MAX.saturating_mul(2);
        let rows: Vec<Row> = self.store.read().await?.all(sql, args![&stored.kind.key, asking.who.user, most]).await?;
        Ok(rows.into_iter().map(view).collect())
    }

    pub async fn keep_view(&self, stored: &Stored, draft: ViewDraft, asking: &Asking<'_>) -> Result<View, RecordError> {
        readable(stored, asking)?;
        let draft = draft.checked(asking)?;
        let mut conn = self.store.begin().await?;
        let sql = "SELECT COUNT(*) FROM record_views WHERE kind = $1 AND shared = $3 AND (owner = $2 OR shared = 1)";
        let shared = i64::from(draft.shared);
        let (present,): (i64,) = conn.one(sql, args![&stored.kind.key, asking.who.user, shared]).await?;
        if present >= i64::from(VIEWS_MAX) {
            let detail = Words::new("there are as many views as can be kept", "视图数量已达上限");
            return Err(RecordError::Fields(vec![Refused { field: "name".into(), code: "too_many_views", detail }]));
        }
        let (id,): (i64,) = conn
            .one(
                "INSERT INTO record_views (kind, owner, name, query, shared, at) VALUES ($1, $2, $3, $4, $5, $6)
                 RETURNING id",
                args![&stored.kind.key, asking.who.user, &draft.name, &draft.query, shared, asking.now],
            )
            .await?;
        conn.commit().await?;
        let ViewDraft { name, query, shared } = draft;
        Ok(View { id, name, query, shared, owner: asking.who.user.to_owned() })
    }

    /// By whoever made it; a shared one also by administrators.
    pub async fn change_view(
        &self,
        stored: &Stored,
        id: i64,
        draft: ViewDraft,
        asking: &Asking<'_>,
    ) -> Result<View, RecordError> {
        readable(stored, asking)?;
        let draft = draft.checked(asking)?;
        let mut conn = self.store.begin().await?;
        let sql = "UPDATE record_views SET name = $3, query = $4, shared = $5
                   WHERE id = $1 AND kind = $2 AND (owner = $6 OR (shared = 1 AND $7 = 1))
                   RETURNING id, name, query, shared, owner";
        let is_admin = i64::from(asking.who.role == Role::Admin);
        let args =
            args![id, &stored.kind.key, &draft.name, &draft.query, i64::from(draft.shared), asking.who.user, is_admin];
        let rows: Vec<Row> = conn.all(sql, args).await?;
        conn.commit().await?;
        rows.into_iter().next().map(view).ok_or(RecordError::NotFound)
    }

    /// By whoever made it; a shared one also by administrators.
    pub async fn forget_view(&self, stored: &Stored, id: i64, asking: &Asking<'_>) -> Result<(), RecordError> {
        readable(stored, asking)?;
        let mut conn = self.store.begin().await?;
        let sql = "DELETE FROM record_views WHERE id = $1 AND kind = $2 AND (owner = $3 OR (shared = 1 AND $4 = 1))";
        let is_admin = i64::from(asking.who.role == Role::Admin);
        let gone = conn.run(sql, args![id, &stored.kind.key, asking.who.user, is_admin]).await?;
        conn.commit().await?;
        if gone == 0 { Err(RecordError::NotFound) } else { Ok(()) }
    }
}
