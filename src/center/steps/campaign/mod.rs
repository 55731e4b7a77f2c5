//! Calls of campaigns: who is free is told when the router has settled; an attempt that is written down becomes a
//! contact, the agent's own phone first.

mod call;
mod drive;
