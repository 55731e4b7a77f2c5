//! Business hours: a weekly plan in an IANA time zone, with days that differ.

use serde::{Deserialize, Serialize};

/// Open at these times of the week, except on the days named apart.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    pub key: String,
    pub name: String,
    /// IANA name, such as `Asia/Shanghai`.
    pub zone: String,
    pub weekly: Vec<Hours>,
    /// Holidays and one-off opening hours: on such a day only these spans count, none means closed.
    pub exceptions: Vec<Exception>,
}

/// Minutes of the day; `to` is exclusive and at most 1440.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 is Monday, 7 is Sunday.
    pub day: u8,
    pub from_min: u16,
    pub to_min: u16,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// `2026-10-01`.
    pub date: jiff::civil::Date,
    #[serde(default)]
    pub name: String,
    /// Open from and to, minutes of the day; empty: closed.
    #[serde(default)]
    pub open_min: Vec<(u16, u16)>,
}
