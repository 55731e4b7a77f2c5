//! Commands of desktops and supervisors.

mod agents;
mod supervisors;
mod waiting;
