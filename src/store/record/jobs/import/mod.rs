//! Records of any kind from a table: a CSV file in any encoding, or a workbook (XLSX).
//!
//! | a row | becomes |
//! | --- | --- |
//! | with a mistake | refused whole, told with its line, column and reason; the others go on |
//! | of which no record says the same in the fields that it is found by | a new record |
//! | of which one does | left alone, or that record changed, or a new one all the same, as [`Duplicates`] says |
//! | of which several do | refused: a person must say which |
//!
//! Which column goes to which field is proposed from its header (key, or name in either language), or as somebody said
//! it of a file with the same headers before. What a spreadsheet made of a long number (`8.61E+12`) is told, not taken.
//!
//! | what | limit |
//! | --- | --- |
//! | a file | [`FILE_MAX`] bytes, unpacked [`book::UNPACKED_MAX`] |
//! | columns, rows of a workbook | [`COLUMNS_MAX`], [`book::ROWS_MAX`] |

mod book;
mod cells;
mod find;
mod mapping;
mod rows;
mod source;

use serde::{Deserialize, Serialize};

use super::{Job, Spec, insert};
use crate::record::{Asking, Verb};
use crate::store::Files;
use crate::store::record::error::RecordError;
use crate::store::record::{Records, Stored};
pub(super) use rows::Import;
use source::{Table, TableError};

/// Bytes of a file.
pub const FILE_MAX: usize = 64 << 20;
/// Columns of a table.
pub const COLUMNS_MAX: usize = 300;
/// Rows shown of a file before anything is done with it.
const SAMPLE: usize = 5;

/// What to do with a row whose record is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordDuplicates)]
pub enum Duplicates {
    /// Left alone, and told.
    #[default]
    Skip,
    /// What the row says is written over what stands there; empty cells change nothing.
    Update,
    /// A new record all the same.
    Make,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ImportSpec {
    /// Digest of its content.
    pub file: String,
    /// As it was called where it came from.
    pub name: String,
    /// By its name of the Encoding Standard; `None`: found out. Of a workbook nothing is to find out.
    pub encoding: Option<String>,
    /// How the encoding is known.
    pub known: Option<String>,
    pub headers: Vec<String>,
    /// The first rows, as they are read.
    pub sample: Vec<Vec<String>>,
    /// By column: the key of a field, `number` or `customer`; `None`: not read.
    pub mapping: Vec<Option<String>>,
    /// Somebody said so of a file with these headers.
    pub remembered: bool,
    /// Keys of the fields by which a record is found that is there already.
    pub by: Vec<String>,
    pub duplicates: Duplicates,
}

impl Records {
    /// Takes a file and proposes what its columns are. Nothing is written but the proposal.
    pub async fn begin_import(
        &self,
        stored: &Stored,
        name: &str,
        bytes: Vec<u8>,
        encoding: Option<String>,
        files: &Files,
        asking: &Asking<'_>,
    ) -> Result<Job, RecordError> {
        if stored.kind.scope(Verb::Create, &asking.who) == crate::record::Scope::None {
            return Err(RecordError::NotAllowed);
        }
        let (kind, region) = (stored.kind.clone(), asking.region.to_owned());
        let said = encoding.clone();
        let read = move || {
            let mut table = Table::open(&bytes, said.as_deref(), &region, &kind)?;
            let sample: Vec<Vec<String>> =
                std::iter::from_fn(|| table.next()).filter_map(|(_, row)| row.ok()).take(SAMPLE).collect();
            Ok::<_, TableError>((table, sample, bytes))
        };
        let read = tokio::task::spawn_blocking(read).await.map_err(|error| RecordError::File(error.to_string()))?;
        let (table, sample, bytes) = read.map_err(|error| RecordError::Table(error.to_string()))?;
        let file = files.put(bytes).await.map_err(|error| RecordError::File(error.to_string()))?;
        let remembered = self.remembered(&stored.kind.key, &table.headers).await?;
        let proposed = mapping::proposed(&stored.kind, &table.headers, asking);
        let is_remembered = remembered.is_some();
        let mapping = remembered.unwrap_or(proposed);
        let spec = Spec::Import(ImportSpec {
            file,
            name: name.chars().filter(|c| !c.is_control()).take(200).collect(),
            encoding: encoding.or_else(|| table.encoding.clone()),
            known: table.known.clone(),
            by: mapping::found_by(&stored.kind, &mapping),
            headers: table.headers,
            sample,
            mapping,
            remembered: is_remembered,
            duplicates: Duplicates::default(),
        });
        let mut conn = self.store.begin().await?;
        let id = insert(&mut conn, &stored.kind.key, &spec, None, asking).await?;
        conn.commit().await?;
        self.job(&stored.kind.key, id).await
    }
}
