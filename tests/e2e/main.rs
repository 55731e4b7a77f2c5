//! Whole paths through real sockets, and a real browser where one belongs to it.
//!
//! Needs SIPp (`sip-tester`), baresip, linphone (`linphone-cli`), Kamailio, a mail server (`python3-aiosmtpd`) and Chromium. Chromium: the program named by `CARILLON_CHROMIUM`, or `chromium`, `chromium-browser` or
//! `google-chrome` in the path. Without one these tests fail, so that nobody takes them for passed.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod baresip;
mod browser;
mod campaigns;
mod description;
mod ear;
mod empty;
mod extensions;
mod floods;
mod http;
mod journeys;
mod lamp;
mod line;
mod linphone;
mod mail;
mod moving;
mod own_people;
mod pcap;
mod peers;
mod phone;
mod placed;
mod replay;
mod rtc;
mod rules;
mod server;
mod sipp;
mod srtp;
mod strangers;
mod trunk;
