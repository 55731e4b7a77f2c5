//! Agents as people with a desk.

mod microphone;
mod presence;
mod returning;
