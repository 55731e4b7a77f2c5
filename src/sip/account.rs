//! What proves us to others.

use serde::{Deserialize, Serialize};

use super::ha1;
use crate::base::Redacted;

/// What proves us to a peer that asks: good for one realm. The password itself is kept nowhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    pub user: String,
    pub realm: String,
    /// As in [`super::User`].
    pub ha1_md5: Redacted<String>,
    pub ha1_sha256: Redacted<String>,
}

impl Account {
    pub fn new(user: &str, realm: &str, password: &str) -> Self {
        let (md5, sha256) = ha1(user, realm, password);
        Self { user: user.to_owned(), realm: realm.to_owned(), ha1_md5: Redacted(md5), ha1_sha256: Redacted(sha256) }
    }
}
