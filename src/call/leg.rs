//! One party's connection: a SIP dialog and a media session under one id.

use bytes::Bytes;

use super::AttemptId;
use crate::base::{CallId, LegId};
use crate::media::negotiate::Offered;
use crate::media::{IceCredentials, PortLease, Session, WorkerId};

#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    pub call: CallId,
    pub role: Role,
    pub state: State,
    pub media: Media,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Caller,
    Party(AttemptId),
}

#[derive(Debug)]
pub(super) enum State {
    /// Incoming, not taken yet. `None`: the peer wants us to offer.
    Offered(Option<Bytes>),
    /// 200 sent, ACK awaited; our offer when the peer's was late.
    Answering(Option<Offered>),
    /// INVITE with our offer sent.
    Inviting(Offered),
    Up,
    /// CANCEL, BYE or refusal on its way: only the dialog's end is awaited.
    Ending,
}

/// The leg's part of the media plane.
#[derive(Debug)]
pub(super) struct Media {
    pub worker: WorkerId,
    /// Taken when the session is closed.
    pub port: Option<Port>,
    /// What is on the wire now; `None` before the first `Open`.
    pub session: Option<Session>,
    /// The peer put us on hold.
    pub held_by_peer: bool,
    /// `o=` of our SDP: the id stays, the version rises with each description.
    pub sdp_id: u64,
    pub sdp_version: u64,
    /// Our re-INVITE is under way.
    pub reoffered: Option<Offered>,
}

#[derive(Clone, Debug)]
pub(super) enum Port {
    Plain(PortLease),
    /// The worker's shared port, told apart by these credentials.
    WebRtc(IceCredentials),
}

impl Leg {
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up)
    }

    pub fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending)
    }
}
