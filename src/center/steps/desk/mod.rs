//! Commands of desktops and supervisors.

mod choosing;
mod commands;
mod forms;
mod supervisors;
