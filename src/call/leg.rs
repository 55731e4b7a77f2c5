//! One party's connection: a SIP dialog and a media session under one id.

use std::net::SocketAddr;

use bytes::Bytes;

use super::keys::Keys;
use super::{AttemptId, Output};
use crate::base::{CallId, LegId};
use crate::media::negotiate::Negotiation;
use crate::media::{self, PortLease, Session, WorkerId};
use crate::sdp::SrtpRule;

#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    pub call: CallId,
    /// The attempt it was rung by; `None`: it came to us.
    pub attempt: Option<AttemptId>,
    /// The registered user whose contact was rung.
    pub user: Option<String>,
    pub state: State,
    pub media: Media,
    pub keys: Keys,
}

#[derive(Debug)]
pub(super) enum State {
    /// Incoming, not taken yet. `None`: the peer wants us to offer.
    Offered(Option<Bytes>),
    /// 200 sent, ACK awaited.
    Answering,
    /// INVITE with our offer sent.
    Inviting,
    /// A browser answered; nothing was heard of it yet.
    Securing,
    /// Of an earlier process: our re-INVITE is on its way.
    TakingUp,
    Up,
    /// CANCEL, BYE or refusal on its way: only the dialog's end is awaited.
    Ending,
}

/// The leg's part of the media plane.
#[derive(Debug)]
pub(super) struct Media {
    pub worker: WorkerId,
    pub port: Port,
    /// Where the peer signals from.
    pub source: SocketAddr,
    pub srtp: SrtpRule,
    pub negotiation: Negotiation,
    /// What is on the wire now; `None` before the first `Open`.
    pub session: Option<Session>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Port {
    Plain(PortLease),
    /// The worker's shared port, told apart by ICE credentials.
    WebRtc,
    /// Given back: the session is over.
    Released,
}

impl Leg {
    /// The dialog is there.
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Securing | State::Up)
    }

    pub fn is_taking_up(&self) -> bool {
        matches!(self.state, State::TakingUp)
    }

    pub fn is_securing(&self) -> bool {
        matches!(self.state, State::Securing)
    }

    pub fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending)
    }

    /// Opens the media session, or updates it when it is open.
    pub fn open(&mut self, session: Session, out: &mut Vec<Output>) {
        let (leg, worker) = (self.id, self.media.worker);
        let port = match self.media.port {
            Port::Plain(port) => Some(port),
            Port::WebRtc => None,
            Port::Released => return,
        };
        let command = match self.media.session.replace(session.clone()) {
            None => media::Command::Open { leg, port, session },
            Some(_) => media::Command::Update { leg, session },
        };
        out.push(Output::Media { worker, command });
    }
}
