//! Hostile and odd input, from outside: the torture messages of RFC 4475 and after RFC 5118 (`torture`),
//! and mutations of valid SIP, SDP and RTP (`fuzz`).
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod fuzz;
mod notation;
mod torture;
