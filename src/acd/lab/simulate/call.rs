//! One call of the simulation and what became of it.

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Call {
    pub class: u32,
    pub arrived_us: u64,
    /// With the class's own mean; a group may be faster or slower.
    pub service_us: u64,
    pub patience_us: Option<u64>,
    pub fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Waiting,
    Answered { agent: u32, at_us: u64 },
    Abandoned { at_us: u64 },
    Blocked,
}
