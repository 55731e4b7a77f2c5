//! Figures that are watched, as the center is set up.

use serde::{Deserialize, Serialize};

use super::Label;
use crate::center::alert::Figure;

/// A figure of queues that is watched, and beyond what supervisors are told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertModel {
    pub name: Label,
    pub figure: Figure,
    /// Keys of queues; none: each of them.
    pub queues: Vec<String>,
    /// Beyond it somebody should look: above it, or below it where few are bad (`service_level`, `ready`).
    pub warn: Option<u32>,
    /// Beyond it somebody must act.
    pub act: Option<u32>,
    /// Seconds that the figure must be beyond its limit until it is told, and within it until it is over. 0-3,600.
    pub hold_s: u32,
    /// Key of the hours in which it is watched; `None`: always.
    pub hours: Option<String>,
    /// Supervisors hear it, too.
    pub sound: bool,
    /// Addresses that are written to, where the server has a `[mail]`: once in ten minutes, unless it is worse.
    pub mail: Vec<String>,
    /// `https://` or `http://`: programs that are told of every event of the alert, as JSON.
    pub webhooks: Vec<String>,
}

impl Default for AlertModel {
    fn default() -> Self {
        Self {
            name: Label::default(),
            figure: Figure::default(),
            queues: Vec::new(),
            warn: None,
            act: None,
            hold_s: 20,
            hours: None,
            sound: true,
            mail: Vec::new(),
            webhooks: Vec::new(),
        }
    }
}
