//! What can go wrong with the store, by blame.

use super::Cause;
use crate::setup::SetupError;

/// Texts name no customer and no password; they may be logged.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The caller asked for something that is not there.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The caller gave something that cannot be taken.
    #[error("{0}")]
    Invalid(String),
    /// The caller planned a change of something that has changed since.
    #[error("the center has changed since this was planned (version {planned}, now {present}): plan it again")]
    Outdated { planned: u32, present: u32 },
    /// The caller changes a row that somebody else has changed since it was read.
    #[error("the {what} has changed meanwhile (version {present} now)")]
    Changed { what: &'static str, present: u32 },
    /// The environment: database down, locked, full, slow. The same again may work later.
    #[error("the database is not available: {1}")]
    Unavailable(Cause, String),
    /// The environment: another server works on the same data.
    #[error("another server is using this data: {0}")]
    InUse(String),
    /// Us: the database refuses this statement or this row, now and later.
    #[error("the database refuses it: {0}")]
    Refused(String),
    /// Us, or a damaged database: a row that cannot be read.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Trying the same again later may work.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(..))
    }
}

impl From<SetupError> for StoreError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Invalid(why) => Self::Invalid(why),
            SetupError::Unreadable(why) => Self::Corrupt(why),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound("row"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Corrupt(error.to_string())
            }
            sqlx::Error::Database(from) if refused_for_good(from.code().as_deref(), from.message()) => {
                Self::Refused(from.message().to_owned())
            }
            sqlx::Error::Encode(_) => Self::Refused(error.to_string()),
            sqlx::Error::Database(from) => Self::Unavailable(Cause::of_code(from.code().as_deref()), error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Unavailable(Cause::DatabaseBusy, error.to_string()),
            _ => Self::Unavailable(Cause::DatabaseAway, error.to_string()),
        }
    }
}

/// PostgreSQL: classes of SQLSTATE (data, integrity, syntax). SQLite: the low byte of its result
/// code (ERROR, TOOBIG, CONSTRAINT, MISMATCH); a damaged file is not made whole by trying again, but
/// its rows may be saved once it is replaced, so that counts as unavailable.
fn refused_for_good(code: Option<&str>, message: &str) -> bool {
    match code {
        Some(state) if state.len() == 5 => ["22", "23", "42"].iter().any(|class| state.starts_with(class)),
        Some(code) => match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(1) => !message.contains("disk"),
            Ok(18..=20) => true,
            _ => false,
        },
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blame_by_code() {
        for (code, refused) in [
            ("23505", true),
            ("22021", true),
            ("42P01", true),
            ("40001", false),
            ("57P01", false),
            ("53100", false),
            ("5", false),
            ("261", false),
            ("13", false),
            ("10", false),
            ("11", false),
            ("1", true),
            ("19", true),
            ("2067", true),
        ] {
            assert_eq!(refused_for_good(Some(code), ""), refused, "{code}");
        }
        assert!(!refused_for_good(None, ""));
    }
}
