//! The caller's leg: from INVITE to ACK, and refusals.

use std::net::SocketAddr;

use bytes::Bytes;

use super::calls::{Call, Calls};
use super::keys::Keys;
use super::leg::{Leg, Media, Port, State};
use super::{Event, Output, Started, reason};
use crate::base::{CallId, LegId};
use crate::media::negotiate::{self, Kind, Local, NegotiateError, Negotiation};
use crate::media::{Codec, Direction, RtcFace, WorkerId};
use crate::sdp::SrtpRule;
use crate::sip::endpoint::{Cause, RefusedCall};
use crate::sip::{self, Invited, Origin, Reason};

impl Calls {
    pub(super) fn invited(&mut self, invited: Invited, out: &mut Vec<Output>) {
        let leg = invited.leg;
        let replaces = invited.replaces.and_then(|other| Some((self.live_call_of(other)?, other)));
        if invited.replaces.is_some() && replaces.is_none() {
            return refuse_unknown(&invited, reason(481, "what it would replace is over"), out);
        }
        let media = match self.media_for(&invited) {
            Ok(media) => media,
            Err(why) => return refuse_unknown(&invited, why, out),
        };
        let (call, worker) = (CallId(self.ids.take()), media.worker);
        let state = State::Offered(invited.offer);
        let keys = Keys::default();
        self.legs.insert(leg, Leg { id: leg, call, attempt: None, user: None, state, media, keys });
        self.calls.insert(call, Call::from_customer(worker, leg));
        out.push(Output::Event(Event::Started(Box::new(Started {
            call,
            leg,
            origin: invited.origin,
            caller: invited.caller,
            called: invited.called,
            called_whole: invited.called_whole,
            called_first: invited.called_first,
            sip_call_id: invited.call_id,
            replaces,
        }))));
    }

    /// The media part of a new call, if there is room for it and its offer can be answered: that is known
    /// before anybody is told of the call.
    fn media_for(&mut self, invited: &Invited) -> Result<Media, Reason> {
        if self.calls.len() >= self.settings.max_calls {
            return Err(reason(503, "over capacity"));
        }
        let worker = self.ports.least_loaded().ok_or_else(|| reason(503, "no media worker"))?;
        let unfit = |why: NegotiateError| reason(488, &why.to_string());
        let webrtc = invited.offer.as_deref().map(negotiate::is_webrtc).transpose().map_err(unfit)?;
        let webrtc = webrtc.unwrap_or(false);
        let codecs = &self.settings.codecs.clone();
        let srtp = self.srtp.of_caller(&invited.origin, invited.transport);
        let media = self.new_media(Want { worker, webrtc, srtp, codecs, source: invited.source })?;
        match invited.offer.as_deref().map(|offer| media.negotiation.clone().answer(offer)) {
            Some(Err(why)) => {
                self.give_back(media);
                Err(unfit(why))
            }
            _ => Ok(media),
        }
    }

    /// A media part that was never opened.
    pub(super) fn give_back(&mut self, media: Media) {
        self.ports.leg_closed(media.worker);
        if let Port::Plain(lease) = media.port {
            self.ports.give_back(lease);
        }
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
        let keying = if want.webrtc { None } else { self.keying(want.srtp, worker)? };
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
            codecs: want.codecs.iter().copied().filter(|codec| !want.webrtc || !codec.is_passed_on_only()).collect(),
            latch_from: Some(want.source.ip()),
        };
        Ok(Media {
            worker,
            port,
            source: want.source,
            srtp: want.srtp,
            negotiation: Negotiation::new(local, &mut self.rng).keyed(keying),
            session: None,
        })
    }
}

/// What a full server asks callers to wait for.
const RETRY_AFTER_S: u32 = 5;

/// What a new leg needs of the media plane.
pub(super) struct Want<'a> {
    pub worker: WorkerId,
    pub webrtc: bool,
    pub srtp: SrtpRule,
    pub codecs: &'a [Codec],
    /// Where the peer signals from.
    pub source: SocketAddr,
}

fn refuse_unknown(invited: &Invited, why: Reason, out: &mut Vec<Output>) {
    let is_full = why.status == 503;
    let trunk = match &invited.origin {
        Origin::Trunk(name) => Some(name.clone()),
        Origin::User { .. } => None,
    };
    let cause = if is_full { Cause::Capacity } else { Cause::Media };
    let refused = RefusedCall { source: invited.source, trunk, status: why.status, cause, why: why.text.clone() };
    out.push(Output::Event(Event::Refused(refused)));
    let retry_after_s = is_full.then_some(RETRY_AFTER_S);
    out.push(Output::Sip(sip::Command::Refuse { leg: invited.leg, reason: why, retry_after_s }));
}

#[cfg(test)]
mod tests {
    use super::super::{Input, Settings};
    use super::*;
    use crate::base::Instant;
    use crate::media::{self, PortLease};
    use crate::sip::{CallerId, Transport};

    const NOW: Instant = Instant::from_micros(1_000_000);
    const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\nc=IN IP4 192.0.2.9\r\n";

    fn calls(max_calls: usize) -> Calls {
        let mut calls = Calls::new(Settings { max_calls, ..Settings::default() }, 1, NOW);
        let worker = WorkerId(0);
        let ports = vec![PortLease { worker, rtp: SocketAddr::from(([127, 0, 0, 1], 20_000)) }];
        for event in [media::Event::Ready { worker, rtc: None }, media::Event::Lent { ports }] {
            calls.handle(NOW, Input::Media(event), &mut Vec::new());
        }
        calls
    }

    fn invite(calls: &mut Calls, leg: u64, lines: &str) -> Vec<Output> {
        let invited = Invited {
            leg: LegId(leg),
            origin: Origin::Trunk("carrier".to_owned()),
            caller: CallerId::default(),
            called: "4000".to_owned(),
            called_whole: None,
            called_first: None,
            call_id: "c".to_owned(),
            source: SocketAddr::from(([192, 0, 2, 9], 5060)),
            transport: Transport::Udp,
            offer: Some(Bytes::from(format!("{HEAD}{lines}"))),
            replaces: None,
        };
        let mut out = Vec::new();
        calls.handle(NOW, Input::Sip(sip::Event::Invited(Box::new(invited))), &mut out);
        out
    }

    #[test]
    fn an_offer_that_cannot_be_answered_is_refused_at_once_and_told() {
        let mut calls = calls(10);
        for (lines, why) in [
            ("m=audio 4000 RTP/AVP 18\r\n", "no codec in common"),
            ("m=audio 4000 RTP/SAVP 0\r\n", "no audio stream that can be used"),
            ("m=video 4000 RTP/AVP 96\r\n", "no audio stream that can be used"),
            ("m=audio 4000 RTP/AVP\r\n", "malformed description: line 4 of the description cannot be read"),
            ("c=IN IP4 224.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n", "no usable media address"),
        ] {
            let out = invite(&mut calls, 1, lines);
            let [Output::Event(Event::Refused(refused)), Output::Sip(sip::Command::Refuse { reason, .. })] = &out[..]
            else {
                panic!("{out:?}")
            };
            assert_eq!((refused.status, refused.cause, refused.why.as_str()), (488, Cause::Media, why), "{lines}");
            assert_eq!((reason.status, refused.trunk.as_deref()), (488, Some("carrier")));
            assert_eq!((calls.usage(), calls.len()), ((1, 0), 0), "the port is free again");
        }
        let out = invite(&mut calls, 2, "m=audio 4000 RTP/AVP 0\r\n");
        assert!(matches!(out[..], [Output::Event(Event::Started(_))]), "{out:?}");
        let out = invite(&mut calls, 3, "m=audio 4000 RTP/AVP 0\r\n");
        assert!(matches!(&out[0], Output::Event(Event::Refused(refused)) if refused.cause == Cause::Capacity));
    }

    #[test]
    fn a_key_by_media_and_by_info_is_one() {
        let mut calls = calls(10);
        invite(&mut calls, 1, "m=audio 4000 RTP/AVP 0\r\n");
        let mut out = Vec::new();
        let (leg, digit) = (LegId(1), '5');
        calls.handle(NOW, Input::Media(media::Event::Digit { leg, digit }), &mut out);
        calls.handle(NOW, Input::Sip(sip::Event::Digit { leg, digit }), &mut out);
        assert!(matches!(out[..], [Output::Event(Event::Digit { digit: '5', .. })]), "{out:?}");
    }
}
