//! Packets in: to the leg they belong to, its recording, and whoever hears it.

use std::net::SocketAddr;

use super::Engine;
use crate::base::{Instant, LegId};
use crate::media::Event;
use crate::media::leg::{Heard, Hears, Transport, stamp};
use crate::media::outbox::Outbox;
use crate::media::rtc::Received;
use crate::rtp::is_rtcp;

impl Engine {
    /// A datagram on the leased port with that number.
    pub fn rtp(&mut self, now: Instant, port: u16, from: SocketAddr, datagram: &[u8], out: &mut Outbox) {
        let Some(place) = self.by_port.get(&port).copied() else {
            self.strays = self.strays.saturating_add(1);
            return;
        };
        if is_rtcp(datagram) {
            if let Some(leg) = self.leg(place) {
                leg.hear_report(now, Some(from), datagram);
            }
            return;
        }
        self.hear(now, place, Some(from), datagram, out);
    }

    /// A datagram on the port above the leased one.
    pub fn rtcp(&mut self, now: Instant, port: u16, from: SocketAddr, datagram: &[u8]) {
        match self.by_port.get(&port).copied().and_then(|place| self.leg(place)) {
            Some(leg) => leg.hear_report(now, Some(from), datagram),
            None => self.strays = self.strays.saturating_add(1),
        }
    }

    /// What a secured transport brought.
    pub fn secure(&mut self, now: Instant, id: LegId, received: &Received, out: &mut Outbox) {
        let Some(place) = self.place(id) else { return };
        let Some(leg) = self.leg(place) else { return };
        let Transport::Secure { secured, .. } = &mut leg.transport else { return };
        match received {
            Received::Secured => {
                *secured = true;
                leg.alive(now);
            }
            Received::Rtp(packet) => self.hear(now, place, None, packet, out),
            Received::Rtcp(packet) => leg.hear_report(now, None, packet),
            Received::Lost => leg.lose(out),
            Received::Failed(error) => {
                *secured = false;
                out.events.push(Event::Failed { leg: id, why: error.to_string() });
            }
        }
    }

    fn hear(&mut self, now: Instant, place: usize, from: Option<SocketAddr>, packet: &[u8], out: &mut Outbox) {
        if let Some(leg) = self.leg(place)
            && let Some(heard) = leg.hear(now, from, packet, out)
        {
            self.pass_on(now, place, heard, out);
        }
    }

    fn pass_on(&mut self, now: Instant, place: usize, heard: Heard<'_>, out: &mut Outbox) {
        self.note_codec(now, place, heard);
        let Some(leg) = self.leg(place) else { return };
        let (id, tap, clock, is_hushed) = (leg.id, leg.tap, leg.session.event_clock, leg.is_hushed);
        if matches!(leg.hears, Hears::Itself) {
            leg.relay(now, heard, out);
        }
        match (heard, &mut leg.voice) {
            (Heard::Speech { origin, codec, payload }, Some(voice)) => {
                voice.write(now, stamp(&origin, codec), codec, payload);
            }
            (Heard::Noise { payload }, Some(voice)) => voice.falls_silent(payload),
            _ => {}
        }
        if let Heard::Speech { origin, codec, payload } = heard
            && let Some(law) = codec.g711()
            && let Some(recorder) = tap.and_then(|interaction| self.recorders.get_mut(&interaction))
        {
            recorder.write(now, id, origin, law, payload);
        }
        self.listen_for_speech(now, place, heard);
        let mut nth = 0usize;
        while let Some(listener) = self.leg(place).and_then(|leg| leg.listeners.get(nth).copied()) {
            nth = nth.saturating_add(1);
            let Some(listener) = self.leg(listener) else { continue };
            match heard {
                Heard::Event { .. } if is_hushed => {}
                Heard::Event { begins, .. } if !listener.takes_events(clock) => {
                    if let Some(key) = begins.filter(|_| listener.hears_one()) {
                        listener.press(key);
                    }
                }
                _ if listener.is_relayed() => listener.relay(now, heard, out),
                _ => {}
            }
        }
    }

    /// Of what is not decoded for others either, only the laws of G.711 are cheap to look into.
    fn listen_for_speech(&mut self, now: Instant, place: usize, heard: Heard<'_>) {
        if let Heard::Speech { codec, payload, .. } = heard
            && let (Some(law), Some(leg)) = (codec.g711(), self.leg(place))
        {
            leg.activity.hear_codes(now, law, payload);
        }
    }

    /// A peer may change its codec without a word, and fall silent: those who hear it get it another way then.
    fn note_codec(&mut self, now: Instant, place: usize, heard: Heard<'_>) {
        let Some(leg) = self.leg(place) else { return };
        let (codec, is_quiet) = match heard {
            Heard::Speech { codec, .. } => (codec, false),
            Heard::Noise { .. } => (leg.speaks, true),
            Heard::Event { .. } => return,
        };
        if (leg.speaks, leg.is_quiet) != (codec, is_quiet) {
            (leg.speaks, leg.is_quiet) = (codec, is_quiet);
            self.settle(now, place);
        }
    }
}
