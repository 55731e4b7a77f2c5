//! Calls that a phone wants to go elsewhere, and calls that a phone takes over: REFER and Replaces. Whether it may
//! is decided above.

use super::calls::Calls;
use super::incoming::Want;
use super::leg::State;
use super::{Event, Output, Referred, reason};
use crate::base::{CallId, LegId};
use crate::media::negotiate;
use crate::sip::{self, ReferTo};

impl Calls {
    pub(super) fn referred(&mut self, referred: sip::Referred, out: &mut Vec<Output>) {
        let sip::Referred { leg, to: ReferTo { called, called_whole, leg: other } } = referred;
        let other = other.map(|other| self.live_call_of(other).map(|call| (call, other)));
        match (self.live_call_of(leg), other) {
            (None, _) | (_, Some(None)) => out.push(Output::Sip(sip::Command::AnswerRefer { leg, status: 481 })),
            (Some(call), other) => {
                let referred = Referred { call, leg, called, called_whole, other: other.flatten() };
                out.push(Output::Event(Event::Referred(Box::new(referred))));
            }
        }
    }

    pub(super) fn refer_progressed(&mut self, leg: LegId, status: u16, out: &mut Vec<Output>) {
        if let Some(call) = self.live_call_of(leg) {
            out.push(Output::Event(Event::ReferProgressed { call, leg, status }));
        }
    }

    pub(super) fn refer(&mut self, leg: LegId, to: String, replaces: Option<LegId>, out: &mut Vec<Output>) {
        if self.live_call_of(leg).is_some() {
            out.push(Output::Sip(sip::Command::Refer { leg, to, replaces }));
        }
    }

    /// Somebody at the door becomes one of a call that is up, and is answered.
    pub(super) fn take_in(&mut self, id: LegId, call: CallId, out: &mut Vec<Output>) {
        if let Err(why) = self.move_leg(id, call) {
            return self.refuse(id, why, None, out);
        }
        self.answer(id, out);
    }

    fn move_leg(&mut self, id: LegId, call: CallId) -> Result<(), sip::Reason> {
        let worker = self.calls.get(&call).map(|call| call.worker).ok_or_else(|| reason(481, "the call is over"))?;
        let leg = self.legs.get(&id).ok_or_else(|| reason(481, "the leg is over"))?;
        let State::Offered(offer) = &leg.state else { return Err(reason(481, "the leg is no caller")) };
        if leg.media.worker != worker {
            let webrtc = offer.as_deref().is_some_and(|offer| negotiate::is_webrtc(offer).unwrap_or(false));
            let (source, srtp) = (leg.media.source, leg.media.srtp);
            let codecs = self.codecs_like(None, webrtc);
            let media = self.new_media(Want { worker, webrtc, srtp, codecs: &codecs, source })?;
            if let Some(leg) = self.legs.get_mut(&id) {
                let before = std::mem::replace(&mut leg.media, media);
                self.give_back(before);
            }
        }
        let Some(leg) = self.legs.get_mut(&id) else { return Ok(()) };
        let before = std::mem::replace(&mut leg.call, call);
        self.calls.remove(&before);
        if let Some(call) = self.calls.get_mut(&call) {
            call.legs.push(id);
        }
        Ok(())
    }
}
