//! Who hears whom: join, hold, part, record.

use super::Output;
use super::calls::{Calls, Link, Recording};
use crate::base::{CallId, InteractionId, LegId};
use crate::media::{self, PlayId, Sound};

impl Calls {
    pub(super) fn join(&mut self, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let Some(a) = entry.caller else { return };
        if !self.legs.get(&leg).is_some_and(|leg| leg.call == call && leg.is_up()) {
            return;
        }
        entry.link = Link::Joined { with: leg };
        let (worker, recording) = (entry.worker, entry.recording.clone());
        out.push(Output::Media { worker, command: media::Command::Bridge { a, b: leg } });
        if let Some(Recording { interaction, path }) = recording {
            let command = media::Command::Record { interaction, left: a, right: Some(leg), path };
            out.push(Output::Media { worker, command });
        }
    }

    pub(super) fn hold(&mut self, call: CallId, music: Sound, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let Link::Joined { with } = entry.link else { return };
        entry.link = Link::Held { with, music: music.clone() };
        self.play_to_caller(call, music, out);
    }

    pub(super) fn resume(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let (Link::Held { with, .. }, Some(a)) = (&entry.link, entry.caller) else { return };
        let (with, worker) = (*with, entry.worker);
        entry.link = Link::Joined { with };
        out.push(Output::Media { worker, command: media::Command::Bridge { a, b: with } });
    }

    pub(super) fn part(&mut self, call: CallId, music: Sound, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        entry.link = Link::Apart;
        self.play_to_caller(call, music, out);
    }

    /// Takes the caller out of any bridge and loops a sound.
    fn play_to_caller(&mut self, call: CallId, music: Sound, out: &mut Vec<Output>) {
        let Some(caller) = self.calls.get(&call).and_then(|call| call.caller) else { return };
        self.to_media(caller, media::Command::Unbridge { leg: caller }, out);
        let play = PlayId(self.ids.take());
        let command = media::Command::Play { leg: caller, play, sounds: vec![music], repeat: true };
        self.to_media(caller, command, out);
    }

    pub(super) fn record(&mut self, call: CallId, interaction: InteractionId, path: String, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let Some(left) = entry.caller else { return };
        entry.recording = Some(Recording { interaction, path: path.clone() });
        let right = entry.link.with();
        self.to_media(left, media::Command::Record { interaction, left, right, path }, out);
    }

    pub(super) fn stop_recording(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let Some(Recording { interaction, .. }) = entry.recording.take() else { return };
        let worker = entry.worker;
        out.push(Output::Media { worker, command: media::Command::StopRecording { interaction } });
    }

    /// A leg is going: whoever it was joined with is joined no more.
    pub(super) fn unlink(&mut self, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        let (Some(with), Some(caller)) = (entry.link.with(), entry.caller) else { return };
        if leg != with && leg != caller {
            return;
        }
        let joined = matches!(entry.link, Link::Joined { .. });
        entry.link = Link::Apart;
        if joined {
            self.to_media(caller, media::Command::Unbridge { leg: caller }, out);
        }
    }
}
