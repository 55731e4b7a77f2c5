//! The world outside, at the end of the demo's trunk: whoever is called back, at home.
//!
//! One phone carries all of them. It rings for a moment; most answer, say what they wanted, and talk until one
//! of both hangs up; a few are not at home, and a few talk to somebody else.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::caller::CallerProfile;
use super::phone::{Line, LineEvent, PhoneError, Rings};
use super::talk::{THINK, Talk};
use super::voices::{Sentences, Voices};
use crate::base::Rng;

/// Of all who are called: not at home, talking already.
const ABSENT: f64 = 0.06;
const BUSY: f64 = 0.04;
/// Quiet for so long: my turn.
const TURN: Duration = Duration::from_millis(900);
/// From the answer to the end of the negotiation, and from a BYE to its answer.
const SETUP: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(35);

pub struct Outside {
    pub voices: Arc<Voices>,
    /// Who speaks what, by number.
    pub people: Vec<CallerProfile>,
    pub rng: Rng,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl Outside {
    /// Takes what comes until the phone ends.
    pub async fn live(mut self, mut rings: Rings) {
        while let Some(line) = rings.next().await {
            let language = self.language(&line.called);
            let sentences = self.voices.pick("caller", &language, &mut self.rng);
            let rng = self.rng.fork();
            self.tasks.spawn(until(self.stop.clone(), async move {
                if let Err(error) = at_home(line, &sentences, rng).await {
                    tracing::debug!(%error, "a simulated customer lost a call");
                }
            }));
        }
    }

    fn language(&self, number: &str) -> String {
        let known = self.people.iter().find(|person| person.number == number);
        let guess = if number.starts_with("+86") { "zh" } else { "en" };
        known.and_then(|person| person.language.clone()).unwrap_or_else(|| guess.to_owned())
    }
}

async fn at_home(mut line: Line, sentences: &Sentences, mut rng: Rng) -> Result<(), PhoneError> {
    let mood = rng.unit();
    if mood < ABSENT {
        line.ended().await;
        return Ok(());
    }
    // The caller may give up before the hand is at the phone.
    let after = Duration::from_millis(1_500 + rng.below(4_000));
    if timeout(after, line.ended()).await.is_ok() {
        return Ok(());
    }
    if mood < ABSENT + BUSY {
        line.decline().await?;
        let _ = timeout(FAREWELL, line.ended()).await;
        return Ok(());
    }
    line.answer().await?;
    if timeout(SETUP, connected(&mut line)).await != Ok(true) {
        return Ok(());
    }
    let talk = Talk::new(line.audio()?, sentences.clone(), TURN);
    let end = Instant::now() + Duration::from_millis(30_000 + rng.below(60_000));
    let by_center = tokio::select! {
        _ = line.ended() => true,
        () = converse(talk, end) => false,
    };
    if !by_center {
        line.hang_up().await?;
        let _ = timeout(FAREWELL, line.ended()).await;
    }
    Ok(())
}

async fn connected(line: &mut Line) -> bool {
    loop {
        match line.event().await {
            Some(LineEvent::Connected) => return true,
            Some(LineEvent::Ringing) => {}
            Some(LineEvent::Ended(_)) | None => return false,
        }
    }
}

/// Says hello at once, as one does; until the customer wants to hang up.
async fn converse(mut talk: Talk, end: Instant) {
    talk.speak(Instant::now());
    loop {
        sleep(THINK).await;
        let now = Instant::now();
        talk.think(now);
        if now >= end && !talk.is_speaking() {
            return;
        }
    }
}

/// Works, but no longer than until the stop.
pub(super) async fn until(stop: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}
