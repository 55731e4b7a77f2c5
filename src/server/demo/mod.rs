//! `carillon demo`: a complete center on this machine, with people who call and people who answer.

pub mod traffic;
