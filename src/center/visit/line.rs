//! A contact in the line: what it hears, and the phones of agents that ring for it.

use crate::acd::{self, Kept};
use crate::base::ReservationId;
use crate::call::{self, AttemptId};
use crate::center::desk::{CallState, PlaceKept};
use crate::center::event::Event;
use crate::center::input::Announced;
use crate::center::output::{Observed, Output};
use crate::center::turn::{Due, Todo, Turn, millis, seconds, sip_reason};
use crate::center::visit::asking::SILENCE_S;
use crate::center::visit::{Phase, Ringing, Then, Visit};
use crate::crm::EndedBy;
use crate::dialplan::{Event as FlowEvent, say};
use crate::media::PlayId;

impl Visit {
    /// What plays to the customer has ended.
    pub fn play_ended(&mut self, play: PlayId, turn: &mut Turn<'_>) -> Then {
        if self.playing != Some(play) {
            return Then::GoesOn;
        }
        self.playing = None;
        match &self.phase {
            Phase::Flow => Then::Flow(FlowEvent::PlayEnded),
            Phase::Queued(queued) if queued.booked.is_some() => {
                Then::Over(EndedBy::Flow, Some(sip_reason(200, "called back later")))
            }
            Phase::Queued(queued) if queued.asking.is_some() => {
                turn.todo.deadlines.set(Due::Listen(self.call), turn.now + seconds(SILENCE_S));
                Then::GoesOn
            }
            Phase::Queued(_) => {
                self.play_queue_music(turn);
                Then::GoesOn
            }
            _ => Then::GoesOn,
        }
    }

    /// Place and estimate between the music; not while the words before are still being said. `digit`: the one that
    /// asks for a call-back.
    pub fn announce(&mut self, (position, estimate_s): (u32, Option<u32>), digit: Option<char>, turn: &mut Turn<'_>) {
        let Phase::Queued(queued) = &self.phase else { return };
        let silent = queued.asking.is_none() && self.playing.is_none();
        let Some(queue) = turn.rules.queue_settings(queued.queue).filter(|_| silent) else { return };
        let told = |what| queue.announce.contains(&what);
        let place = told(Announced::Position).then_some(position);
        let wait = estimate_s.filter(|_| told(Announced::Wait));
        let mut prompts = say::position(place, wait);
        if let Some(digit) = digit.filter(|_| told(Announced::CallBack)) {
            prompts.extend(say::call_back_offer(digit));
        }
        let sounds = say::sounds(self.language(), &prompts);
        if !sounds.is_empty() {
            self.play(sounds, false, turn);
        }
    }

    /// Waiting counts from before the call.
    pub fn keep_place(&mut self, kept: PlaceKept, turn: &mut Turn<'_>) {
        self.place_kept = Some(kept);
        if let Phase::Queued(queued) = &mut self.phase {
            queued.arrived = kept.since;
        }
        let (since, waited_ms) = (kept.since, millis(turn.now.since(kept.since)));
        let event = match kept.by {
            Kept::Redial => Event::QueuePlaceKept { since, waited_ms },
            Kept::CallBack => Event::CallBackTakenOver { since, waited_ms },
        };
        self.log(turn.now, event, turn.out);
    }
}

impl Visit {
    /// A ring that the router asked for.
    pub fn ringing(&mut self, reservation: ReservationId) -> Option<&mut Ringing> {
        match &mut self.phase {
            Phase::Queued(queued) => queued.rings.get_mut(&reservation),
            _ => None,
        }
    }

    /// The same, by what rings.
    pub fn ring_of(&mut self, attempt: AttemptId) -> Option<(ReservationId, &mut Ringing)> {
        let Phase::Queued(queued) = &mut self.phase else { return None };
        let mut rings = queued.rings.iter_mut();
        rings.find(|(_, ring)| ring.attempt == attempt).map(|(reservation, ring)| (*reservation, ring))
    }

    /// The desktop has the pop, or has had its time.
    pub fn ring_now(&mut self, reservation: ReservationId, todo: &mut Todo) {
        if let Some(ring) = self.ringing(reservation).and_then(|ringing| ringing.waits.take()) {
            todo.to_calls(call::Command::Ring(ring));
        }
    }

    pub fn phone_rings(&mut self, attempt: AttemptId, turn: &mut Turn<'_>) {
        let Some((_, ring)) = self.ring_of(attempt) else { return };
        let agent = ring.agent;
        let micros = u64::try_from(turn.now.since(ring.since).as_micros()).unwrap_or(u64::MAX);
        turn.out.push(Output::Observed(Observed::ReserveToRing { micros }));
        self.log(turn.now, Event::AgentRang { agent }, turn.out);
    }

    /// Picked up in a browser: the sound is being set up.
    pub fn answering(&mut self, attempt: AttemptId, turn: &mut Turn<'_>) {
        let Some((reservation, ring)) = self.ring_of(attempt) else { return };
        ring.answering = true;
        let agent = ring.agent;
        self.tell(agent, CallState::Connecting, turn);
        turn.todo.to_router(acd::Input::Answering { reservation });
    }
}
