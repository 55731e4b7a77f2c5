//! Whom campaigns call.

use std::collections::BTreeMap;

use sqlx::FromRow;

use crate::base::{Instant, Number};
use crate::campaign::{CampaignId, PersonKey, Tries};
use crate::center::calling::{Called, ListEntry};
use crate::store::db::{Arg, Conn, args, instant};
use crate::store::{Store, StoreError};

/// Of one campaign.
const LISTS_MAX: u32 = 1_000;

/// One that comes in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRow {
    pub number: Number,
    pub name: String,
    /// IANA; empty: the campaign's.
    pub zone: String,
    /// Type of the number.
    pub kind: u8,
    pub fields: BTreeMap<String, String>,
}

/// What became of the rows of a load.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Loaded {
    pub taken: u64,
    /// Not to be called.
    pub do_not_call: u64,
    /// In the campaign already, or twice in the load.
    pub twice: u64,
}

/// Entries of a campaign, by how they stand.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EntryCounts {
    pub open: u64,
    /// How those ended that are over.
    pub over: BTreeMap<String, u64>,
    /// Those that were called at least once.
    pub called: u64,
}

/// A key is the number itself: the center and the store digest it alike.
fn person(number: &Number) -> i64 {
    PersonKey::of_number(number.as_str()).0.cast_signed()
}

impl Store {
    /// The list of this name, a new one where there was none; loaded now. `view`: the saved search that it is taken from.
    /// `None`: there are as many lists as a campaign may have.
    pub async fn campaign_list(
        &self,
        campaign: CampaignId,
        (name, view): (&str, Option<i64>),
        user: &str,
        now: Instant,
    ) -> Result<Option<u16>, StoreError> {
        let id = i64::from(campaign.0);
        let mut conn = self.begin().await?;
        conn.run(
            "INSERT INTO campaign_lists (campaign, list, name, view, loaded, author)
             SELECT $1, COALESCE(MAX(list), 0) + 1, $2, $3, $4, $5 FROM campaign_lists WHERE campaign = $1
             HAVING COALESCE(MAX(list), 0) < $6
             ON CONFLICT (campaign, name) DO UPDATE SET view = $3, loaded = $4, author = $5",
            args![id, name, view, now, user, LISTS_MAX],
        )
        .await?;
        let found: Option<(i64,)> =
            conn.optional("SELECT list FROM campaign_lists WHERE campaign = $1 AND name = $2", args![id, name]).await?;
        conn.commit().await?;
        Ok(found.and_then(|(list,)| u16::try_from(list).ok()))
    }

    /// Takes entries into a list; who is in the campaign already, or not to be called, is left out.
    pub async fn load_entries(
        &self,
        campaign: CampaignId,
        list: u16,
        rows: &[NewRow],
        now: Instant,
    ) -> Result<Loaded, StoreError> {
        let row = |row: &NewRow| {
            let fields = serde_json::to_string(&row.fields).map_err(|error| StoreError::Invalid(error.to_string()))?;
            let kind = u32::from(row.kind);
            Ok(args![&row.number, person(&row.number), &row.name, &row.zone, kind, fields].to_vec())
        };
        let rows = rows.iter().map(row).collect::<Result<Vec<Vec<Arg>>, StoreError>>()?;
        let mut conn = self.begin().await?;
        let forbidden: Vec<(i64,)> = conn
            .all_rows("SELECT COUNT(*) FROM ({rows}) AS r JOIN do_not_call d ON d.number = r.c1", &[], &rows)
            .await?;
        let no_tries =
            serde_json::to_string(&Tries::default()).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let taken = conn
            .run_rows(
                "INSERT INTO campaign_entries (campaign, number, person, name, zone, kind, fields, tries, loaded, list)
                 SELECT $1, r.c1, r.c2, r.c3, r.c4, r.c5, r.c6, $2, $3, $4 FROM ({rows}) AS r
                 WHERE NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.number = r.c1)
                 ON CONFLICT (campaign, person) DO NOTHING",
                args![i64::from(campaign.0), no_tries, now, u32::from(list)],
                &rows,
            )
            .await?;
        conn.commit().await?;
        let do_not_call = forbidden.iter().map(|(count,)| u64::try_from(*count).unwrap_or(0)).sum::<u64>();
        let all = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Loaded { taken, do_not_call, twice: all.saturating_sub(taken).saturating_sub(do_not_call) })
    }

    /// Entries that are not over and come after that one, in the order of their rows; `zone`: of those that name none.
    pub async fn open_entries(
        &self,
        campaign: CampaignId,
        after: i64,
        zone: &str,
        limit: u32,
    ) -> Result<Vec<ListEntry>, StoreError> {
        let rows: Vec<EntryRow> = self
            .read()
            .await?
            .all(
                "SELECT id, list, person, kind, zone, tries, due FROM campaign_entries
                 WHERE campaign = $1 AND id > $2 AND ended_as IS NULL ORDER BY id LIMIT $3",
                args![i64::from(campaign.0), after, limit],
            )
            .await?;
        rows.into_iter().map(|row| row.entry(zone)).collect()
    }

    /// The last entry of a campaign; 0: there is none.
    pub async fn last_entry(&self, campaign: CampaignId) -> Result<i64, StoreError> {
        let (last,): (Option<i64>,) = self
            .read()
            .await?
            .one("SELECT MAX(id) FROM campaign_entries WHERE campaign = $1", args![i64::from(campaign.0)])
            .await?;
        Ok(last.unwrap_or(0))
    }

    /// How the entries of all campaigns stand.
    pub async fn entry_counts(&self) -> Result<BTreeMap<CampaignId, EntryCounts>, StoreError> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64, Option<String>, i64)> = conn
            .all("SELECT campaign, ended_as, COUNT(*) FROM campaign_entries GROUP BY campaign, ended_as", &[])
            .await?;
        let called: Vec<(i64, i64)> =
            conn.all("SELECT campaign, COUNT(DISTINCT entry) FROM campaign_attempts GROUP BY campaign", &[]).await?;
        let mut counts: BTreeMap<CampaignId, EntryCounts> = BTreeMap::new();
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        for (campaign, over, of) in rows {
            let known = counts.entry(super::state::id_of(campaign)?).or_default();
            match over {
                None => known.open = count(of),
                Some(over) => drop(known.over.insert(over, count(of))),
            }
        }
        for (campaign, of) in called {
            counts.entry(super::state::id_of(campaign)?).or_default().called = count(of);
        }
        Ok(counts)
    }

    /// Whom this entry would call; `None`: nobody any more.
    pub async fn entry_called(&self, row: i64) -> Result<Option<Called>, StoreError> {
        called(&mut self.read().await?, row).await
    }
}

/// Whom this entry calls, if it is not over and the number may be called.
pub(super) async fn called(conn: &mut Conn, row: i64) -> Result<Option<Called>, StoreError> {
    let found: Option<(String, String, String)> = conn
        .optional(
            "SELECT e.number, e.name, e.fields FROM campaign_entries e WHERE e.id = $1 AND e.ended_as IS NULL
             AND NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.number = e.number)",
            args![row],
        )
        .await?;
    let Some((number, name, fields)) = found else { return Ok(None) };
    let corrupt = || StoreError::Corrupt(format!("campaign entry {row}"));
    let number = Number::try_from(number).map_err(|_| corrupt())?;
    let fields = serde_json::from_str(&fields).map_err(|_| corrupt())?;
    Ok(Some(Called { number, name, fields }))
}

#[derive(FromRow)]
struct EntryRow {
    id: i64,
    list: i64,
    person: i64,
    kind: i64,
    zone: String,
    tries: String,
    due: Option<i64>,
}

impl EntryRow {
    fn entry(self, zone: &str) -> Result<ListEntry, StoreError> {
        let tries = serde_json::from_str(&self.tries);
        Ok(ListEntry {
            row: self.id,
            list: u16::try_from(self.list).unwrap_or(0),
            person: PersonKey(self.person.cast_unsigned()),
            kind: u8::try_from(self.kind).unwrap_or(0),
            zones: vec![if self.zone.is_empty() { zone.to_owned() } else { self.zone }],
            tries: tries.map_err(|_| StoreError::Corrupt(format!("tries of campaign entry {}", self.id)))?,
            due: self.due.map(instant),
        })
    }
}
