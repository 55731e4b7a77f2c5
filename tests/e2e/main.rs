//! Whole paths through real sockets, and a real browser where one belongs to it.
//!
//! Needs Chromium: the program named by `CARILLON_CHROMIUM`, or `chromium`, `chromium-browser` or
//! `google-chrome` in the path. Without one these tests fail, so that nobody takes them for passed.

mod browser;
mod phone;
mod rtc;
