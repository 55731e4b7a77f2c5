//! What came of a contact: the wrap-up code and when it may be saved.

use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Disposition {
    pub key: String,
    /// Keys of the queues that offer it; none: all of them.
    pub queues: Vec<String>,
    /// Cannot be saved without a note.
    pub note_required: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispositionError {
    #[error("there is no disposition `{0}`")]
    Unknown(String),
    #[error("disposition `{key}` is not offered in queue `{queue}`")]
    NotOffered { key: String, queue: String },
    #[error("disposition `{0}` needs a note")]
    NoteRequired(String),
}

/// May `key` be saved for a contact of `queue` with these notes?
pub fn check_disposition(
    known: &[Disposition],
    key: &str,
    queue: Option<&str>,
    notes: &str,
) -> Result<(), DispositionError> {
    let disposition =
        known.iter().find(|known| known.key == key).ok_or_else(|| DispositionError::Unknown(key.to_owned()))?;
    if let Some(queue) = queue
        && !disposition.queues.is_empty()
        && !disposition.queues.iter().any(|offered| offered == queue)
    {
        return Err(DispositionError::NotOffered { key: key.to_owned(), queue: queue.to_owned() });
    }
    if disposition.note_required && notes.trim().is_empty() {
        return Err(DispositionError::NoteRequired(key.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_saving() {
        let known = [
            Disposition { key: "solved".into(), ..Disposition::default() },
            Disposition { key: "complaint".into(), queues: vec!["vip".into()], note_required: true },
        ];
        let check = |key, queue, notes| check_disposition(&known, key, queue, notes);
        assert_eq!(check("solved", Some("support"), ""), Ok(()));
        assert_eq!(check("complaint", Some("vip"), "late"), Ok(()));
        assert_eq!(check("complaint", None, "late"), Ok(()));
        assert_eq!(check("complaint", Some("vip"), "  "), Err(DispositionError::NoteRequired("complaint".into())));
        assert!(matches!(check("complaint", Some("support"), "x"), Err(DispositionError::NotOffered { .. })));
        assert_eq!(check("no", None, ""), Err(DispositionError::Unknown("no".into())));
    }
}
