//! Packets in: to the leg they belong to, its recording, and whoever hears it.

use std::net::SocketAddr;

use super::Engine;
use crate::base::{Instant, LegId};
use crate::media::Event;
use crate::media::leg::{Heard, Hears, Transport};
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
        let Transport::Secure { secured } = &mut leg.transport else { return };
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
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        if let Some(leg) = self.leg(place)
            && let Some(heard) = leg.hear(now, from, packet, &mut room, out)
        {
            self.pass_on(now, place, heard, out);
        }
        self.room = room;
    }

    fn pass_on(&mut self, now: Instant, place: usize, heard: Heard<'_>, out: &mut Outbox) {
        let Some(leg) = self.leg(place) else { return };
        let (id, tap) = (leg.id, leg.tap);
        if matches!(leg.hears, Hears::Itself) {
            leg.relay(now, heard, out);
        }
        if let Heard::Speech { origin, law, payload } = heard {
            if let Some(voice) = &mut leg.voice {
                voice.write(now, origin, law, payload);
            }
            if let Some(recorder) = tap.and_then(|interaction| self.recorders.get_mut(&interaction)) {
                recorder.write(now, id, origin, law, payload);
            }
        }
        let mut nth = 0usize;
        while let Some(listener) = self.leg(place).and_then(|leg| leg.listeners.get(nth).copied()) {
            nth = nth.saturating_add(1);
            if let Some(listener) = self.leg(listener).filter(|listener| listener.is_relayed()) {
                listener.relay(now, heard, out);
            }
        }
    }
}
