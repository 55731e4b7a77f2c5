//! Who takes part in a call, in which role and mode; who hears whom follows from that alone.
//!
//! | mode | hears | is heard by |
//! | --- | --- | --- |
//! | `Apart` | only what is played to it | nobody |
//! | `Talk` | all others who talk, and who whispers to it | all who talk, listen or whisper |
//! | `Listen` | all who talk | nobody |
//! | `Whisper(to)` | all who talk | `to`, if it talks |
//!
//! Hold, transfer, consultation, conference and supervision are changes of these; media hears only what
//! changed.

use serde::{Deserialize, Serialize};

use super::Output;
use super::calls::{Calls, Recording};
use crate::base::{CallId, LegId};
use crate::media::{self, Side};

/// One who takes part in a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Party {
    pub leg: LegId,
    pub role: Role,
    pub mode: Mode,
}

/// Who somebody is in a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whom the call is for: the one who called, or is called.
    Customer,
    Agent,
    /// Somebody outside who was dialled into the call.
    Guest,
    Supervisor,
}

/// What a party hears and who hears it: the table of the module's head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Apart,
    Talk,
    Listen,
    Whisper(LegId),
}

/// Each party with those it hears, both in the order of `parties`.
pub fn hears(parties: &[Party]) -> Vec<(LegId, Vec<LegId>)> {
    let heard_by = |listener: &Party, speaker: &Party| match (listener.mode, speaker.mode) {
        (Mode::Apart, _) | (_, Mode::Apart | Mode::Listen) => false,
        (_, Mode::Talk) => true,
        (mode, Mode::Whisper(to)) => mode == Mode::Talk && to == listener.leg,
    };
    let from = |listener: &Party| {
        let others = parties.iter().filter(|speaker| speaker.leg != listener.leg);
        others.filter(|speaker| heard_by(listener, speaker)).map(|speaker| speaker.leg).collect()
    };
    parties.iter().map(|listener| (listener.leg, from(listener))).collect()
}

/// Whose voices a recording of the call has: the customer's left; those who work with them right, unless they are
/// muted, a supervisor only while all can hear them.
pub fn voices(parties: &[Party]) -> Vec<(LegId, Side)> {
    let side = |party: &Party| match (party.role, party.mode) {
        (Role::Customer, _) => Some(Side::Left),
        (Role::Agent | Role::Guest, Mode::Listen) => None,
        (Role::Agent | Role::Guest, _) | (Role::Supervisor, Mode::Talk) => Some(Side::Right),
        (Role::Supervisor, Mode::Apart | Mode::Listen | Mode::Whisper(_)) => None,
    };
    parties.iter().filter_map(|party| Some((party.leg, side(party)?))).collect()
}

impl Calls {
    /// A leg that is up takes part from now on.
    pub(super) fn enter(&mut self, call: CallId, party: Party, out: &mut Vec<Output>) {
        if !self.legs.get(&party.leg).is_some_and(|leg| leg.call == call && leg.is_up()) {
            return;
        }
        let Some(entry) = self.calls.get_mut(&call) else { return };
        match entry.parties.iter_mut().find(|known| known.leg == party.leg) {
            Some(known) => *known = party,
            None => entry.parties.push(party),
        }
        self.tell_media(call, out);
    }

    pub(super) fn set_mode(&mut self, call: CallId, leg: LegId, mode: Mode, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        if let Some(party) = entry.parties.iter_mut().find(|party| party.leg == leg) {
            party.mode = mode;
            self.tell_media(call, out);
        }
    }

    /// A leg is going: it takes part no more.
    pub(super) fn leave(&mut self, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        entry.parties.retain(|party| party.leg != leg);
        entry.told.retain(|(told, _)| *told != leg);
        self.tell_media(call, out);
    }

    /// A contact has one file: what runs goes on.
    pub(super) fn record(&mut self, call: CallId, wanted: Recording, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        match &mut entry.recording {
            Some(running) if running.interaction == wanted.interaction => running.paused = wanted.paused,
            recording => *recording = Some(wanted),
        }
        self.tell_media(call, out);
    }

    pub(super) fn stop_recording(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let Some(Recording { interaction, .. }) = entry.recording.take() else { return };
        let worker = entry.worker;
        out.push(Output::Media { worker, command: media::Command::StopRecording { interaction } });
    }

    pub(super) fn pause_recording(&mut self, call: CallId, paused: bool, out: &mut Vec<Output>) {
        let Some(recording) = self.calls.get_mut(&call).and_then(|entry| entry.recording.as_mut()) else { return };
        recording.paused = paused;
        self.tell_media(call, out);
    }

    /// Tells the media worker what is new of who hears whom and whose voices are recorded.
    pub(super) fn tell_media(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let has_media = |party: &&Party| self.legs.get(&party.leg).is_some_and(|leg| leg.media.session.is_some());
        let parties: Vec<Party> = entry.parties.iter().filter(has_media).copied().collect();
        let worker = entry.worker;
        let hears = hears(&parties);
        for (leg, from) in &hears {
            let told = entry.told.iter().find(|(told, _)| told == leg);
            if told.map_or(!from.is_empty(), |(_, told)| told != from) {
                out.push(Output::Media { worker, command: media::Command::Hear { leg: *leg, from: from.clone() } });
            }
        }
        entry.told = hears;
        let Some(recording) = &mut entry.recording else { return };
        let voices = if recording.paused { Vec::new() } else { voices(&parties) };
        // With the last voice the recording ends by itself.
        if voices != recording.voices && (recording.paused || !voices.is_empty()) {
            recording.voices.clone_from(&voices);
            let (interaction, path) = (recording.interaction, recording.path.clone());
            out.push(Output::Media { worker, command: media::Command::Record { interaction, voices, path } });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parties 1.. in these modes, the first of them the customer; whom each of them hears.
    fn heard(modes: &[Mode]) -> Vec<Vec<u64>> {
        let parties: Vec<Party> = (1..)
            .zip(modes)
            .map(|(leg, mode)| {
                let role = if leg == 1 { Role::Customer } else { Role::Agent };
                Party { leg: LegId(leg), role, mode: *mode }
            })
            .collect();
        let heard = hears(&parties);
        assert!(heard.iter().map(|(leg, _)| *leg).eq(parties.iter().map(|party| party.leg)));
        heard.into_iter().map(|(_, from)| from.into_iter().map(|leg| leg.0).collect()).collect()
    }

    #[test]
    fn who_hears_whom() {
        use Mode::{Apart, Listen, Talk};
        const W2: Mode = Mode::Whisper(LegId(2));
        const W3: Mode = Mode::Whisper(LegId(3));
        const W9: Mode = Mode::Whisper(LegId(9));
        type Row = (&'static str, &'static [Mode], &'static [&'static [u64]]);
        let rows: &[Row] = &[
            ("alone", &[Talk], &[&[]]),
            ("a talk", &[Talk, Talk], &[&[2], &[1]]),
            ("on hold", &[Apart, Talk], &[&[], &[]]),
            ("consultation", &[Apart, Talk, Talk], &[&[], &[3], &[2]]),
            ("the other way round", &[Talk, Talk, Apart], &[&[2], &[1], &[]]),
            ("three", &[Talk, Talk, Talk], &[&[2, 3], &[1, 3], &[1, 2]]),
            ("listening in", &[Talk, Talk, Listen], &[&[2], &[1], &[1, 2]]),
            ("whispering", &[Talk, Talk, W2], &[&[2], &[1, 3], &[1, 2]]),
            ("listening on hold", &[Apart, Talk, Listen], &[&[], &[], &[2]]),
            ("whispering on hold", &[Apart, Talk, W2], &[&[], &[3], &[2]]),
            ("to one who is apart", &[Talk, Apart, W2], &[&[], &[], &[1]]),
            ("to one who listens", &[Talk, Talk, Listen, W3], &[&[2], &[1], &[1, 2], &[1, 2]]),
            ("to oneself", &[Talk, Talk, W3], &[&[2], &[1], &[1, 2]]),
            ("to a stranger", &[Talk, Talk, W9], &[&[2], &[1], &[1, 2]]),
            ("five with every mode", &[Talk, Talk, Apart, Listen, W2], &[&[2], &[1, 5], &[], &[1, 2], &[1, 2]]),
            ("parked", &[Apart], &[&[]]),
        ];
        for (what, modes, expected) in rows {
            assert_eq!(heard(modes), *expected, "{what}");
        }
    }

    #[test]
    fn whose_voice_is_recorded() {
        let party = |leg, role, mode| Party { leg: LegId(leg), role, mode };
        let mut parties = vec![
            party(1, Role::Customer, Mode::Apart),
            party(2, Role::Agent, Mode::Talk),
            party(3, Role::Guest, Mode::Talk),
            party(4, Role::Supervisor, Mode::Whisper(LegId(2))),
        ];
        let sides =
            |parties: &[Party]| voices(parties).into_iter().map(|(leg, side)| (leg.0, side)).collect::<Vec<_>>();
        assert_eq!(sides(&parties), [(1, Side::Left), (2, Side::Right), (3, Side::Right)]);
        parties[3].mode = Mode::Talk;
        assert_eq!(sides(&parties).last(), Some(&(4, Side::Right)));
        parties[2].mode = Mode::Listen;
        assert_eq!(sides(&parties), [(1, Side::Left), (2, Side::Right), (4, Side::Right)], "muted");
    }
}
