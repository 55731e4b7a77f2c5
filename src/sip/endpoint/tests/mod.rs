//! The test worlds: [`Lone`], an endpoint that a test speaks to in text, and [`Pair`], two endpoints
//! with a virtual clock and a network that loses, doubles and reorders from a seed.

mod callers;
mod calls;
mod crowds;
mod lone;
mod offers;
mod pair;
mod phones;
mod referrals;
mod registrations;
mod reliable;
mod requests;
mod sessions;
mod subscriptions;
mod trunks;

pub(super) use lone::Lone;
pub(super) use pair::{Pair, Side};

use super::{Input, Settings};
use crate::sip::{Trunk, User, ha1};

pub(super) const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n";

/// Agents 7 (`ana`) and 8 (`bo`), and the trunk `carrier` at 192.0.2.0/24.
pub(super) fn configuration() -> Input {
    let user = |name: &str, agent: u32, password: &str| {
        let (ha1_md5, ha1_sha256) = ha1(name, &Settings::default().realm, password);
        User { name: name.to_owned(), agent: Some(crate::base::AgentId(agent)), ha1_md5, ha1_sha256 }
    };
    let trunk = Trunk {
        name: "carrier".to_owned(),
        networks: vec!["192.0.2.0/24".to_owned()],
        destination: None,
        ..Trunk::default()
    };
    Input::Configure { users: vec![user("ana", 7, "secret"), user("bo", 8, "word")], trunks: vec![trunk] }
}
