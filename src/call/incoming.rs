//! The caller's leg: from INVITE to ACK, and refusals.

use std::net::SocketAddr;

use bytes::Bytes;

use super::calls::{Call, Calls, Link};
use super::leg::{Leg, Media, Port, Role, State};
use super::{Event, Output, Started, reason};
use crate::base::{CallId, LegId};
use crate::media::negotiate::{self, Kind, Local};
use crate::media::{self, Codec, Direction, IceCredentials, WorkerId};
use crate::sip::{self, Invited, Reason};

impl Calls {
    pub(super) fn invited(&mut self, invited: Invited, out: &mut Vec<Output>) {
        let leg = invited.leg;
        if self.calls.len() >= self.settings.max_calls {
            return refuse_unknown(leg, reason(503, "over capacity"), Some(5), out);
        }
        let Some(worker) = self.ports.least_loaded() else {
            return refuse_unknown(leg, reason(503, "no media worker"), Some(5), out);
        };
        let webrtc = invited.offer.as_deref().is_some_and(negotiate::is_webrtc);
        let Some(media) = self.new_media(worker, webrtc, Some(invited.source)) else {
            return refuse_unknown(leg, reason(503, "no media port"), Some(5), out);
        };
        let call = CallId(self.ids.take());
        let state = State::Offered(invited.offer);
        self.legs.insert(leg, Leg { id: leg, call, role: Role::Caller, state, media });
        self.calls
            .insert(call, Call { worker, caller: leg, legs: vec![leg], link: Link::Apart, recording: None });
        out.push(Output::Event(Event::Started(Box::new(Started {
            call,
            leg,
            origin: invited.origin,
            caller: invited.caller,
            called: invited.called,
            sip_call_id: invited.call_id,
        }))));
    }

    pub(super) fn answer(&mut self, id: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let State::Offered(offer) = &leg.state else { return };
        let answered = match offer.clone() {
            Some(offer) => self.answer_early_offer(id, &offer, out),
            None => self.offer_late(id),
        };
        match answered {
            Ok(answer) => out.push(Output::Sip(sip::Command::Accept { leg: id, answer })),
            Err(why) => self.refuse(id, why, None, out),
        }
    }

    fn answer_early_offer(&mut self, id: LegId, offer: &[u8], out: &mut Vec<Output>) -> Result<Bytes, Reason> {
        let local = self.local(id, ANY_CODEC, Direction::SendRecv).ok_or_else(gone)?;
        let leg = self.legs.get_mut(&id).ok_or_else(gone)?;
        let (answer, session) = negotiate::answer(offer, &local).map_err(|error| reason(488, &error.to_string()))?;
        leg.state = State::Answering(None);
        leg.open(session, out);
        Ok(answer)
    }

    /// INVITE without a body: we offer in the 200, the answer comes with the ACK (RFC 3264 §5).
    fn offer_late(&mut self, id: LegId) -> Result<Bytes, Reason> {
        let local = self.local(id, ANY_CODEC, Direction::SendRecv).ok_or_else(gone)?;
        let leg = self.legs.get_mut(&id).ok_or_else(gone)?;
        let offered = negotiate::offer(&local);
        let bytes = offered.bytes().clone();
        leg.state = State::Answering(Some(offered));
        Ok(bytes)
    }

    pub(super) fn confirmed(&mut self, id: LegId, answer: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let State::Answering(offered) = &leg.state else { return };
        if let Some(offered) = offered {
            match negotiate::accept(offered, answer.as_deref().unwrap_or_default()) {
                Ok(session) => leg.open(session, out),
                Err(error) => {
                    let why = reason(488, &error.to_string());
                    return self.lost_before_up(id, why, out);
                }
            }
        }
        leg.state = State::Up;
        let call = leg.call;
        out.push(Output::Event(Event::Answered { call, leg: id }));
    }

    fn lost_before_up(&mut self, id: LegId, why: Reason, out: &mut Vec<Output>) {
        let Some(call) = self.legs.get(&id).map(|leg| leg.call) else { return };
        self.hang_up(id, &why, out);
        out.push(Output::Event(Event::LegEnded { call, leg: id, ended: super::LegEnded::Lost(why) }));
    }

    pub(super) fn refuse(&mut self, id: LegId, why: Reason, retry_after_s: Option<u32>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.state, State::Offered(_)) {
            return self.hang_up(id, &why, out);
        }
        leg.state = State::Ending;
        self.release_media(id, out);
        out.push(Output::Sip(sip::Command::Refuse { leg: id, reason: why, retry_after_s }));
    }

    /// A media part with a port of this worker, or `None` when there is none left.
    pub(super) fn new_media(&mut self, worker: WorkerId, webrtc: bool, source: Option<SocketAddr>) -> Option<Media> {
        let port = if webrtc {
            Port::WebRtc(IceCredentials { ufrag: self.rng.token(8), pwd: self.rng.token(24) })
        } else {
            Port::Plain(self.ports.take(worker)?)
        };
        self.ports.leg_opened(worker);
        Some(Media {
            worker,
            port: Some(port),
            session: None,
            held_by_peer: false,
            latch_from: source.map(|source| source.ip()),
            sdp_id: self.rng.below(1 << 40),
            sdp_version: 0,
            reoffered: None,
        })
    }

    /// Our side of a description, with the next version. `None` for a leg without a port.
    pub(super) fn local(&mut self, id: LegId, codecs: &[Codec], direction: Direction) -> Option<Local> {
        let leg = self.legs.get_mut(&id)?;
        let (addr, kind) = match leg.media.port.as_ref()? {
            Port::Plain(lease) => (lease.rtp, Kind::Plain),
            Port::WebRtc(ice) => {
                let worker = self.settings.workers.iter().find(|worker| worker.id == leg.media.worker)?;
                let fingerprint = self.settings.fingerprint.clone();
                (worker.webrtc, Kind::WebRtc { ice: ice.clone(), fingerprint })
            }
        };
        leg.media.sdp_version += 1;
        let ip = self.settings.advertised_ip.unwrap_or(addr.ip());
        Some(Local {
            addr: SocketAddr::new(ip, addr.port()),
            kind,
            codecs: codecs.to_vec(),
            direction,
            session_id: leg.media.sdp_id,
            version: leg.media.sdp_version,
            latch_from: leg.media.latch_from,
        })
    }
}

/// What we can do, in the order we like it.
pub(super) const ANY_CODEC: &[Codec] = &[Codec::Pcmu, Codec::Pcma];

fn gone() -> Reason {
    reason(500, "leg is gone")
}

fn refuse_unknown(leg: LegId, why: Reason, retry_after_s: Option<u32>, out: &mut Vec<Output>) {
    out.push(Output::Sip(sip::Command::Refuse { leg, reason: why, retry_after_s }));
}

impl Leg {
    /// Opens the media session, or updates it when it is open.
    pub(super) fn open(&mut self, session: media::Session, out: &mut Vec<Output>) {
        let (leg, worker) = (self.id, self.media.worker);
        let port = match &self.media.port {
            Some(Port::Plain(port)) => Some(*port),
            Some(Port::WebRtc(_)) | None => None,
        };
        let command = match self.media.session.replace(session.clone()) {
            None => media::Command::Open { leg, port, session },
            Some(_) => media::Command::Update { leg, session },
        };
        out.push(Output::Media { worker, command });
    }
}
