//! How simulated people talk: one after the other.
//!
//! Nobody is told who is at the other end; both listen. Whoever is quiet lets the other speak. A room that is
//! never quiet is talked over, and so is hold music, where nobody hears it.
//!
//! | state | heard | next | does |
//! | --- | --- | --- | --- |
//! | listening | quiet for the turn, or noise for [`NOISE`] | speaking | says the next sentence |
//! | speaking | own sentence is over | waiting | was the other side quiet all the while: it listens |
//! | waiting | sound | listening | - |
//! | waiting | nothing for `NO_REPLY` | listening | - |

use std::time::Duration;

use tokio::time::Instant;

use super::audio::Audio;
use super::voices::Sentences;

/// How often people think.
pub const THINK: Duration = Duration::from_millis(100);
/// Nobody answers what I said: I say the next thing anyhow.
const NO_REPLY: Duration = Duration::from_secs(5);
/// Nobody talks for so long without a breath: it is noise.
const NOISE: Duration = Duration::from_secs(6);
/// Quiet that says so little as this is only between two words.
const WORD: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug)]
enum State {
    Listening { since: Option<Instant> },
    Speaking { since: Instant },
    Waiting { since: Instant },
}

pub struct Talk {
    audio: Audio,
    sentences: Sentences,
    next: usize,
    /// Quiet for so long: my turn.
    turn: Duration,
    state: State,
}

impl Talk {
    pub fn new(audio: Audio, sentences: Sentences, turn: Duration) -> Self {
        Self { audio, sentences, next: 0, turn, state: State::Listening { since: None } }
    }

    /// One thought. True: the other side has just listened to a whole sentence.
    pub fn think(&mut self, now: Instant) -> bool {
        let (quiet, speaking) = self.audio.turn();
        match self.state {
            State::Listening { since: None } => self.state = State::Listening { since: Some(now) },
            State::Listening { since: Some(since) } if quiet >= self.turn || now.duration_since(since) >= NOISE => {
                self.speak(now);
            }
            State::Speaking { since } if !speaking => {
                self.state = State::Waiting { since: now };
                // One word of the other side in between is no interruption.
                return quiet.saturating_add(WORD) >= now.duration_since(since);
            }
            State::Waiting { since } if quiet < WORD || now.duration_since(since) >= NO_REPLY => {
                self.state = State::Listening { since: Some(now) };
            }
            State::Listening { .. } | State::Speaking { .. } | State::Waiting { .. } => {}
        }
        false
    }

    /// Says the next sentence now; after the last comes the first again.
    pub fn speak(&mut self, now: Instant) {
        let index = self.next.checked_rem(self.sentences.len()).unwrap_or(0);
        if let Some(sentence) = self.sentences.get(index) {
            self.audio.say(sentence.clone());
            self.next = index.saturating_add(1);
            self.state = State::Speaking { since: now };
        }
    }

    pub fn is_speaking(&self) -> bool {
        matches!(self.state, State::Speaking { .. })
    }
}
