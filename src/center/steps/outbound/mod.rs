//! Calls that go out.

mod dial;
mod trunks;
