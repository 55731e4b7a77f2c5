//! Room for sorting, kept so that a decision allocates nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::index::{AgentIx, ContactIx, DemandIx, LineIx};
use super::line::LineEntry;
use crate::base::Instant;

/// What the last choice compared, in no particular order. Kept so that choosing does not allocate.
#[derive(Debug, Default)]
pub struct Scratch {
    pub agents: Vec<(AgentKey, AgentIx, u16)>,
    pub contacts: Vec<(ContactRank, ContactIx, u16)>,
    /// Heads of lines looked at for the record.
    pub heads: Vec<LineEntry>,
    /// Heads of lines that are offered together, best first.
    pub lines: BinaryHeap<Reverse<RankedHead>>,
    /// Demands that are offered together.
    pub demands: Vec<DemandIx>,
    /// Stages that conditions give, by conditional demand.
    pub floors: Vec<u8>,
}

/// Rank, contact and line.
pub type RankedHead = (ContactRank, ContactIx, LineIx);

/// Smallest wins: key, then tie.
pub type AgentKey = (i64, u64);
/// Smallest wins: key, then arrival, then order of coming in.
pub type ContactRank = ((i64, i64), Instant, u64);
