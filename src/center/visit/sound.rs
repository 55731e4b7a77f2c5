//! Who hears what: the customer, the agent, and the others.

use crate::base::LegId;
use crate::call::{self, Mode, Party};
use crate::center::input::Watch;
use crate::center::turn::Turn;
use crate::center::visit::{Other, Part, Phase, Visit, watch_mode};
use crate::dialplan::{Prompt, say};

/// While the phone of somebody who is called or asked rings.
pub(in crate::center) const RINGBACK: &str = "tone/ringback";

impl Visit {
    /// A party enters the call and talks with the customer.
    pub fn join(&self, party: Party, turn: &mut Turn<'_>) {
        turn.todo.to_calls(call::Command::Enter { call: self.call, party });
        self.set_customer_mode(Mode::Talk, turn);
    }

    /// The customer hears the music of this line and nobody else.
    pub fn part(&self, turn: &mut Turn<'_>) {
        let queue = self.phase.talk().and_then(|talk| talk.queue);
        let music = turn.rules.music(queue);
        self.set_customer_mode(Mode::Apart, turn);
        if let Some(leg) = self.caller_leg {
            turn.todo.play(leg, vec![music], true);
        }
    }

    pub fn set_customer_mode(&self, mode: Mode, turn: &mut Turn<'_>) {
        if let Some(leg) = self.caller_leg {
            turn.todo.to_calls(call::Command::SetMode { call: self.call, leg, mode });
        }
    }

    /// The customer hears it; what is not repeated is told when it has ended.
    pub fn play(&mut self, sounds: Vec<String>, repeat: bool, turn: &mut Turn<'_>) {
        if let Some(leg) = self.caller_leg {
            let play = turn.todo.play(leg, sounds, repeat);
            self.playing = (!repeat).then_some(play);
        }
    }

    /// The customer hears it in the own language.
    pub fn say(&mut self, prompts: &[Prompt], turn: &mut Turn<'_>) {
        let sounds = say::sounds(self.language(), prompts);
        self.play(sounds, false, turn);
    }

    pub fn play_queue_music(&mut self, turn: &mut Turn<'_>) {
        if let Phase::Queued(queued) = &self.phase {
            let music = turn.rules.music(Some(queued.queue));
            self.play(vec![music], true, turn);
        }
    }

    /// The line is left: what the flow says next has no music under it.
    pub fn stop_music(&self, turn: &mut Turn<'_>) {
        if let Some(leg) = self.caller_leg.filter(|_| self.answered) {
            turn.todo.to_calls(call::Command::Stop { leg });
        }
    }

    /// Somebody who waits in the call hears the music of its line.
    pub fn play_music_to(&self, leg: LegId, turn: &mut Turn<'_>) {
        let music = turn.rules.music(self.record.queue);
        turn.todo.play(leg, vec![music], true);
    }

    /// What the agent hears while somebody's phone rings.
    pub fn play_ringback(&self, turn: &mut Turn<'_>) {
        let alone = self.others.iter().all(|other| other.leg().is_none() || !other.is_heard_on_hold());
        if let (Some(leg), true) = (self.phase.talk().map(|talk| talk.leg), alone) {
            turn.todo.play(leg, vec![RINGBACK.to_owned()], true);
        }
    }

    pub fn stop_ringback(&self, turn: &mut Turn<'_>) {
        if let Some(leg) = self.phase.talk().map(|talk| talk.leg) {
            turn.todo.to_calls(call::Command::Stop { leg });
        }
    }

    /// The customer is on hold, or no more: whoever is consulted is spoken with, or waits.
    pub fn face_asked(&mut self, held: bool, turn: &mut Turn<'_>) {
        self.face_second_line(held, turn);
        let asked = self.others.iter_mut().find(|other| other.is_asked());
        let Some((other, leg)) = asked.and_then(|other| other.leg().map(|leg| (other, leg))) else { return };
        let (part, mode) = if held { (Part::Consulted, Mode::Talk) } else { (Part::Waiting, Mode::Apart) };
        if other.part == part {
            return;
        }
        other.part = part;
        turn.todo.to_calls(call::Command::SetMode { call: self.call, leg, mode });
        if mode == Mode::Apart {
            self.play_music_to(leg, turn);
        }
    }

    /// Whispers follow the agent to another phone, or to another agent.
    pub fn follow_agent(&self, turn: &mut Turn<'_>) {
        let agent = self.phase.talk().map(|talk| talk.leg);
        let whispers = |other: &&Other| matches!(other.part, Part::Supervisor { watch: Watch::Whisper, .. });
        for leg in self.others.iter().filter(whispers).filter_map(Other::leg) {
            let mode = watch_mode(Watch::Whisper, agent);
            turn.todo.to_calls(call::Command::SetMode { call: self.call, leg, mode });
        }
    }
}
