//! Why the database is not available, as a word: for the API, the health page and the log.

use serde::Serialize;

/// Frozen once released.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No room on the disk, or the quota is used up.
    DiskFull,
    /// The file system takes no writes.
    DiskReadOnly,
    /// The disk gives errors, or no answer.
    DiskFailing,
    /// PostgreSQL does not answer.
    DatabaseAway,
    /// It answers others: too much to do, or locked by another process.
    DatabaseBusy,
    /// A file of the database is no longer whole.
    DatabaseDamaged,
}

impl Cause {
    /// As it stands in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::DiskReadOnly => "disk_read_only",
            Self::DiskFailing => "disk_failing",
            Self::DatabaseAway => "database_away",
            Self::DatabaseBusy => "database_busy",
            Self::DatabaseDamaged => "database_damaged",
        }
    }

    /// For people.
    pub fn told(self) -> &'static str {
        match self {
            Self::DiskFull => "the disk is full: nothing can be saved until there is room",
            Self::DiskReadOnly => "the disk takes no writes: nothing can be saved",
            Self::DiskFailing => "the disk gives errors or no answer",
            Self::DatabaseAway => "the database does not answer",
            Self::DatabaseBusy => "the database has too much to do",
            Self::DatabaseDamaged => "the database is damaged",
        }
    }

    /// While this lasts nothing can be read either.
    pub(super) fn is_of_reads(self) -> bool {
        matches!(self, Self::DatabaseAway)
    }

    pub(super) fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem => Self::DiskReadOnly,
            _ => Self::DiskFailing,
        }
    }

    /// By the code of a refusal that may pass: an SQLSTATE of PostgreSQL, or a result code of SQLite, whose low
    /// byte says what kind it is.
    pub(super) fn of_code(code: Option<&str>) -> Self {
        match code {
            Some("53100") => Self::DiskFull,
            Some("XX001" | "XX002") => Self::DatabaseDamaged,
            Some(state) if state.len() == 5 && state.starts_with("58") => Self::DiskFailing,
            Some(state) if state.len() == 5 && (state.starts_with("57") || state.starts_with("08")) => {
                Self::DatabaseAway
            }
            Some(code) => match code.parse::<u32>().map(|code| code & 0xff) {
                Ok(13) => Self::DiskFull,
                Ok(8) => Self::DiskReadOnly,
                Ok(1 | 10 | 14) => Self::DiskFailing,
                Ok(11 | 26) => Self::DatabaseDamaged,
                _ => Self::DatabaseBusy,
            },
            None => Self::DatabaseAway,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_for_every_code() {
        for (code, cause) in [
            ("13", Cause::DiskFull),
            ("8", Cause::DiskReadOnly),
            ("778", Cause::DiskFailing),
            ("14", Cause::DiskFailing),
            ("5", Cause::DatabaseBusy),
            ("261", Cause::DatabaseBusy),
            ("11", Cause::DatabaseDamaged),
            ("26", Cause::DatabaseDamaged),
            ("53100", Cause::DiskFull),
            ("53300", Cause::DatabaseBusy),
            ("57P01", Cause::DatabaseAway),
            ("08006", Cause::DatabaseAway),
            ("40001", Cause::DatabaseBusy),
            ("58030", Cause::DiskFailing),
            ("XX001", Cause::DatabaseDamaged),
        ] {
            assert_eq!(Cause::of_code(Some(code)), cause, "{code}");
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
        }
    }
}
