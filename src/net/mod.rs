//! (being built)

pub mod rtc_driver;
