//! Where paper is printed: a few documents at once, beside everything else, in the fonts of this machine.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | documents drawn at once | [`AT_ONCE`] | they wait their turn, as long as an answer may take |
//! | a document | see [`crate::paper`] | 422 `too_much` |
//! | no font | | 409 `conflict`, with the key and the file |

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::error::Code;
use super::{ApiError, table};
use crate::paper::{FontFault, Fonts, PaperError, Sheet, draw};

const AT_ONCE: usize = 2;
const PDF: &str = "application/pdf";

/// In which language something is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PaperLanguage)]
pub enum PaperLanguage {
    En,
    Zh,
}

impl PaperLanguage {
    pub fn of(language: &str) -> Self {
        if language.starts_with("zh") { Self::Zh } else { Self::En }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    pub fn say(self, en: &str, zh: &str) -> String {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
        .to_owned()
    }

    /// `30 November 2026`, `2026年11月30日`.
    pub fn day(self, day: jiff::civil::Date) -> String {
        match self {
            Self::En => day.strftime("%-d %B %Y").to_string(),
            Self::Zh => day.strftime("%Y年%-m月%-d日").to_string(),
        }
    }
}

/// The fonts, and whose turn it is.
pub struct Press {
    plain: PathBuf,
    bold: Option<PathBuf>,
    turns: Arc<Semaphore>,
}

/// Why nothing came out.
#[derive(Debug, thiserror::Error)]
enum Jam {
    #[error("{0}: {1}")]
    Unread(PathBuf, std::io::Error),
    #[error("{0}: {1}")]
    Font(PathBuf, FontFault),
    #[error(transparent)]
    Paper(#[from] PaperError),
}

impl From<Jam> for ApiError {
    fn from(jam: Jam) -> Self {
        match jam {
            Jam::Unread(..) | Jam::Font(..) => {
                tracing::error!(%jam, "nothing is printed: no font");
                let detail = format!("nothing can be printed without a font (paper.font, paper.bold): {jam}");
                Self::Stands { code: Code::Conflict, detail }
            }
            Jam::Paper(PaperError::TooLong) => Self::TooMuch(format!("{jam}: ask for less, or take a table as a file")),
            Jam::Paper(PaperError::Unwritten(why)) => Self::Internal(why),
        }
    }
}

impl Press {
    /// `bold`: of headings; without one they are in the other.
    pub fn new(plain: PathBuf, bold: Option<PathBuf>) -> Self {
        Self { plain, bold, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// A file of its fonts that is not there.
    pub fn missing(&self) -> Option<&Path> {
        std::iter::once(&self.plain).chain(&self.bold).map(PathBuf::as_path).find(|path| !path.is_file())
    }

    /// A PDF to be kept. `name`: plain ASCII, without its ending.
    pub async fn print(&self, sheet: Sheet, name: &str) -> Result<Response, ApiError> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|error| ApiError::Internal(error.to_string()))?;
        let (plain, bold) = (self.plain.clone(), self.bold.clone());
        let drawing = tokio::task::spawn_blocking(move || {
            // Also of somebody who waits no longer: so many are drawn, not so many are waited for.
            let _turn = turn;
            Ok::<_, Jam>(draw(&sheet, &fonts(&plain, bold.as_deref())?)?)
        });
        let drawn = drawing.await.map_err(|error| ApiError::Internal(error.to_string()))??;
        Ok(table::file(Body::from(drawn), PDF, &format!("{name}.pdf")))
    }
}

/// They are large and seldom needed: read anew each time, which takes milliseconds.
fn fonts(plain: &Path, bold: Option<&Path>) -> Result<Fonts, Jam> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Jam::Unread(path.to_owned(), error));
    let (letters, heavy) = (read(plain)?, bold.map(read).transpose()?);
    Fonts::read(letters, heavy).map_err(|fault| Jam::Font(plain.to_owned(), fault))
}
