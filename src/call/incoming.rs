//! The caller's leg: from INVITE to ACK, and refusals.

use std::net::SocketAddr;

use bytes::Bytes;

use super::calls::{Call, Calls};
use super::leg::{Leg, Media, Port, State};
use super::{Event, Output, Started, reason};
use crate::base::{CallId, LegId};
use crate::media::negotiate::{self, Kind, Local, Negotiation};
use crate::media::{Codec, Direction, RtcFace, WorkerId};
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
        let webrtc = match invited.offer.as_deref().map(negotiate::is_webrtc) {
            Some(Ok(webrtc)) => webrtc,
            None => false,
            Some(Err(why)) => return refuse_unknown(leg, reason(488, &why.to_string()), None, out),
        };
        let want = Want { worker, webrtc, codecs: ANY_CODEC, source: invited.source };
        let media = match self.new_media(want) {
            Ok(media) => media,
            Err(why) => return refuse_unknown(leg, why, Some(5), out),
        };
        let call = CallId(self.ids.take());
        let state = State::Offered(invited.offer);
        self.legs.insert(leg, Leg { id: leg, call, attempt: None, state, media });
        self.calls.insert(call, Call::from_customer(worker, leg));
        out.push(Output::Event(Event::Started(Box::new(Started {
            call,
            leg,
            origin: invited.origin,
            caller: invited.caller,
            called: invited.called,
            called_whole: invited.called_whole,
            sip_call_id: invited.call_id,
        }))));
    }

    pub(super) fn answer(&mut self, id: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let State::Offered(offer) = &leg.state else { return };
        let answered = match offer.clone() {
            Some(offer) => leg.media.negotiation.answer(&offer).map(|(answer, session)| {
                leg.open(session, out);
                answer
            }),
            // INVITE without a body: we offer in the 200, the answer comes with the ACK (RFC 3264 §5).
            None => Ok(leg.media.negotiation.offer(Direction::SendRecv)),
        };
        match answered {
            Ok(answer) => {
                leg.state = State::Answering;
                out.push(Output::Sip(sip::Command::Accept { leg: id, answer }));
            }
            Err(why) => self.refuse(id, reason(488, &why.to_string()), None, out),
        }
    }

    pub(super) fn confirmed(&mut self, id: LegId, answer: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.media.negotiation.is_offering() {
            match leg.media.negotiation.accept(answer.as_deref().unwrap_or_default()) {
                Ok(session) if matches!(leg.state, State::Answering) => leg.open(session, out),
                Ok(session) => return self.take_session(id, session, out),
                Err(error) => return self.media_lost(id, reason(488, &error.to_string()), out),
            }
        }
        if matches!(leg.state, State::Answering) {
            leg.state = State::Up;
            out.push(Output::Event(Event::Answered { call: leg.call, leg: id }));
        }
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

    /// A media part on this worker, or why there is none.
    pub(super) fn new_media(&mut self, want: Want<'_>) -> Result<Media, Reason> {
        let worker = want.worker;
        let (port, address, kind) = if want.webrtc {
            let none = || reason(488, "no WebRTC here");
            let RtcFace { addresses, fingerprint } = self.ports.rtc_face(worker).cloned().ok_or_else(none)?;
            let address = addresses.first().copied().ok_or_else(none)?;
            (Port::WebRtc, address, Kind::WebRtc { fingerprint, candidates: addresses })
        } else {
            let lease = self.ports.take(worker).ok_or_else(|| reason(503, "no media port"))?;
            let ip = self.settings.advertised_ip.unwrap_or(lease.rtp.ip());
            (Port::Plain(lease), SocketAddr::new(ip, lease.rtp.port()), Kind::Plain)
        };
        self.ports.leg_opened(worker);
        let local = Local {
            address,
            kind,
            codecs: want.codecs.iter().copied().filter(|codec| !want.webrtc || codec.g711().is_some()).collect(),
            latch_from: Some(want.source.ip()),
        };
        Ok(Media { worker, port, negotiation: Negotiation::new(local, &mut self.rng), session: None })
    }
}

/// What a new leg needs of the media plane.
pub(super) struct Want<'a> {
    pub worker: WorkerId,
    pub webrtc: bool,
    pub codecs: &'a [Codec],
    /// Where the peer signals from.
    pub source: SocketAddr,
}

/// What we can do, in the order we like it. Browsers are only offered what needs no work: they all have it.
pub(super) const ANY_CODEC: &[Codec] = &[Codec::Pcmu, Codec::Pcma, Codec::G722];

fn refuse_unknown(leg: LegId, why: Reason, retry_after_s: Option<u32>, out: &mut Vec<Output>) {
    out.push(Output::Sip(sip::Command::Refuse { leg, reason: why, retry_after_s }));
}
