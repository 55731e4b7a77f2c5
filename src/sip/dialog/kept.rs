//! A dialog as it is written down, so that the next process can go on with it (RFC 3261 §12: with this much both
//! sides know which call they mean).
//!
//! | of a dialog | what the next process has |
//! | --- | --- |
//! | Call-ID, tags, target, route set, address of the peer | the same |
//! | our sequence number | one far above it: requests may have gone out since it was written |
//! | the peer's | none: what comes next is in order |
//! | the connection | none: over TCP and TLS one is opened to the peer; a WebSocket is gone, and so is its dialog |
//! | the session timer | what the answer to the first re-INVITE says |
//!
//! Only a dialog that is up is written down.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::leg::{Offering, State};
use super::peer::RouteSet;
use super::timer::Session;
use super::{Dialog, Leg};
use crate::base::LegId;
use crate::sip::proof::Prover;
use crate::sip::wire::{NameAddr, Uri, WireError};
use crate::sip::{Account, Destination, Transport};

/// What the next process adds to our sequence number: more requests than a dialog sees between two writings.
const GAP: u32 = 1_000;

/// See the module's head. Addresses and URIs as they stand in messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptDialog {
    pub call_id: String,
    local: String,
    remote: String,
    target: String,
    routes: Vec<String>,
    transport: Transport,
    peer: SocketAddr,
    address: SocketAddr,
    cseq: u32,
    symmetric: bool,
    caller: bool,
    phone: bool,
    /// Through which it was called: its account answers challenges.
    pub trunk: Option<String>,
}

impl KeptDialog {
    /// Where the peer signals from.
    pub fn source(&self) -> SocketAddr {
        self.peer
    }
}

impl Leg {
    /// `None`: not up, or nobody could ever be reached by it again.
    pub fn keep(&self, trunk: Option<String>) -> Option<KeptDialog> {
        let dialog = &self.dialog;
        let up = matches!(self.state, State::Up(_) | State::Answered { leave: None, .. });
        (up && dialog.hop.transport != Transport::Ws).then(|| KeptDialog {
            call_id: dialog.call_id.clone(),
            local: dialog.local.to_string(),
            remote: dialog.remote.to_string(),
            target: dialog.target.to_string(),
            routes: dialog.routes.written(),
            transport: dialog.hop.transport,
            peer: dialog.hop.addr,
            address: dialog.address,
            cseq: dialog.local_cseq(),
            symmetric: dialog.symmetric,
            caller: self.caller,
            phone: self.phone,
            trunk,
        })
    }

    /// A leg of an earlier process, up as it was.
    pub fn taken_up(id: LegId, kept: &KeptDialog, account: Option<Account>) -> Result<Self, WireError> {
        let routes = kept.routes.iter().map(|route| NameAddr::parse(route)).collect::<Result<_, _>>()?;
        let dialog = Dialog {
            call_id: kept.call_id.clone(),
            local: NameAddr::parse(&kept.local)?,
            remote: NameAddr::parse(&kept.remote)?,
            hop: Destination { transport: kept.transport, addr: kept.peer, flow: None },
            address: kept.address,
            local_cseq: kept.cseq.saturating_add(GAP),
            remote_cseq: None,
            target: Uri::parse(&kept.target)?,
            routes: RouteSet::of_request(routes),
            symmetric: kept.symmetric,
        };
        Ok(Self {
            id,
            dialog,
            state: State::Up(Offering::None),
            caller: kept.caller,
            queued: None,
            last_ack: None,
            invite: None,
            prover: account.map(|account| Box::new(Prover::new(account))),
            session: Session::default(),
            phone: kept.phone,
            referral: None,
            refer_to: None,
            reliable: None,
        })
    }
}
