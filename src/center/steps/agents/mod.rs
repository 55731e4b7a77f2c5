//! Agents as people with a desk.

mod presence;
mod returning;
