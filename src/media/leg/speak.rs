//! What goes out to a leg's peer: packets of others as they come, and frames of our own in its codec.

use crate::base::Instant;
use crate::codec::{Codec, Encoder, Frame, Law};
use crate::media::outbox::{Outbox, Via};
use crate::media::{Event, FRAME};
use crate::rtp::{Header, TelephoneEvent};

use super::super::keys::KeyFrame;
use super::{Heard, Hears, Leg};

impl Leg {
    /// Sends what the peer, or the leg itself, said. What it cannot take is left out.
    pub fn relay(&mut self, now: Instant, heard: Heard<'_>, out: &mut Outbox) {
        let (Some(via), true) = (self.via(), self.keys.is_idle()) else { return };
        match heard {
            Heard::Speech { origin, codec, payload } if codec.passes_to(self.session.codec) => {
                if let Some(header) = self.stream.relayed(now, self.session.payload_type, origin) {
                    self.stream.count(payload.len());
                    pass_on(via, header, (codec, self.session.codec), payload, out);
                }
            }
            Heard::Event { origin, payload, .. } => {
                let Some(payload_type) = self.session.event_payload_type else { return };
                if let Some(header) = self.stream.relayed(now, payload_type, origin) {
                    out.packet(via, |bytes| write(bytes, header, payload));
                }
            }
            Heard::Speech { .. } | Heard::Noise { .. } => {}
        }
    }

    /// A key that another pressed, where its packets cannot be passed on: pressed anew.
    pub fn press(&mut self, key: char) {
        self.keys.push(key.encode_utf8(&mut [0; 4]));
    }

    /// Events of a peer whose events have this clock can be passed on.
    pub fn takes_events(&self, clock: u32) -> bool {
        self.is_relayed() && self.session.event_payload_type.is_some() && self.session.event_clock == clock
    }

    /// The 20 ms that the leg is sent by ourselves, if any.
    pub fn tick(&mut self, now: Instant, out: &mut Outbox) {
        if let Some(via) = self.via_when_ready() {
            if self.keys.is_idle() {
                self.tick_playback(now, via, out);
            } else {
                self.tick_keys(now, via, out);
            }
        }
        if self.reports.is_due(now)
            && let Some(via) = self.via_report()
        {
            out.packet(via, |bytes| self.reports.write(now, &self.stream, &mut self.reception, bytes));
        }
    }

    fn tick_playback(&mut self, now: Instant, via: Via, out: &mut Outbox) {
        let Hears::Playback { player, .. } = &mut self.hears else { return };
        let mut frame = [0u8; FRAME];
        if !player.fill(self.session.codec.law(), &mut frame) {
            out.events.push(Event::PlayEnded { leg: self.id, play: player.play() });
            self.end_playback();
            return;
        }
        if self.session.direction.sends() {
            self.say_codes(now, via, &frame, out);
        }
    }

    fn tick_keys(&mut self, now: Instant, via: Via, out: &mut Outbox) {
        let event_type = self.session.event_payload_type;
        match self.keys.next(event_type.is_some(), self.session.codec.law()) {
            None | Some(KeyFrame::Quiet) => {}
            Some(KeyFrame::Event { event, first }) => {
                if first {
                    self.event_timestamp = self.stream.begin_event(now);
                }
                let header = self.stream.event(event_type.unwrap_or_default(), self.event_timestamp, first);
                let duration = event.duration.saturating_mul(self.event_scale());
                let payload = TelephoneEvent { duration, ..event }.to_bytes();
                self.stream.count(payload.len());
                out.packet(via, |bytes| write(bytes, header, &payload));
            }
            Some(KeyFrame::Sound(codes)) => self.say_codes(now, via, &codes, out),
        }
    }

    /// A frame of what others say; keys that are being sent go before.
    pub fn tick_mix(&mut self, now: Instant, frame: Frame<'_>, out: &mut Outbox) {
        if let (Some(via), true) = (self.via(), self.keys.is_idle()) {
            self.say(now, via, frame, out);
        }
    }

    /// Codes of the law in which the leg is read to: those of a peer that speaks it are the payload.
    fn say_codes(&mut self, now: Instant, via: Via, codes: &[u8; FRAME], out: &mut Outbox) {
        if self.session.codec.g711().is_none() {
            let law = self.session.codec.law();
            return self.say(now, via, Frame::Narrow(&codes.map(|code| law.decode(code))), out);
        }
        let header = self.stream.own(now, self.session.payload_type, self.stream.frame());
        self.stream.count(codes.len());
        out.packet(via, |bytes| write(bytes, header, codes));
    }

    /// One packet of our own, in the peer's codec.
    fn say(&mut self, now: Instant, via: Via, frame: Frame<'_>, out: &mut Outbox) {
        let made = || Encoder::new(self.session.codec, self.session.opus).map(Box::new);
        let Some(encoder) = self.encoder.take().or_else(made) else { return };
        let encoder = self.encoder.insert(encoder);
        self.payload.clear();
        if !encoder.encode(frame, &mut self.payload) {
            return self.stream.pass(now);
        }
        let header = self.stream.own(now, self.session.payload_type, self.stream.frame());
        self.stream.count(self.payload.len());
        out.packet(via, |bytes| write(bytes, header, &self.payload));
    }
}

/// A payload as it is, or in the other law.
fn pass_on(via: Via, header: Header, (from, to): (Codec, Codec), payload: &[u8], out: &mut Outbox) {
    let laws = from.g711().zip(to.g711());
    let table = laws.and_then(|(from, to): (Law, Law)| from.table_to(to));
    out.packet(via, |bytes| {
        bytes.extend_from_slice(&header.to_bytes());
        match table {
            None => bytes.extend_from_slice(payload),
            Some(table) => bytes.extend(payload.iter().map(|code| table[usize::from(*code)])),
        }
    });
}

fn write(bytes: &mut Vec<u8>, header: Header, payload: &[u8]) {
    bytes.extend_from_slice(&header.to_bytes());
    bytes.extend_from_slice(payload);
}
