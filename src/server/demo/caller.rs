//! A simulated caller: dials, presses what the menus ask for, waits with patience, speaks when somebody is
//! there, and hangs up.
//!
//! A telephone is not told that an agent has taken the call, so the caller listens as people do: hold music
//! never pauses, somebody who listens is quiet. Whoever was quiet while the caller spoke is an agent.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::audio::Audio;
use super::phone::{Line, LineEvent, Phone, PhoneError};
use super::talk::{THINK, Talk};
use super::voices::Sentences;
use crate::sip::{CallerId, LegEnd};

/// A customer who may call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallerProfile {
    /// E.164: what the call comes from.
    pub number: String,
    /// As the store knows it; `None`: the store knows no language, or no such customer.
    pub language: Option<String>,
    /// Very important: the hotline asks them nothing.
    pub vip: bool,
}

/// Quiet for so long: my turn.
const TURN: Duration = Duration::from_millis(900);
/// A number that is not answered at all.
const SETUP: Duration = Duration::from_secs(15);
/// From the wish for a call-back until the own number is being read out.
const READ_OUT: Duration = Duration::from_secs(6);
/// A BYE without any answer.
const FAREWELL: Duration = Duration::from_secs(35);

/// What this caller will do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// Who calls; `anonymous` withholds the number.
    pub from: String,
    pub dials: String,
    /// Keys, and how long after the one before (the first: after the answer).
    pub keys: Vec<(Duration, char)>,
    /// Hangs up when nobody has listened to it by then, counted from the answer.
    pub patience: Duration,
    /// Hangs up after so long a conversation, unless the agent did.
    pub talk: Duration,
    /// Presses this when nobody has listened to it by then, counted from the answer, and confirms the number:
    /// a call back is as good.
    pub call_back: Option<(Duration, char)>,
}

/// What became of the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Story {
    /// Somebody listened; who hung up.
    Served { by_agent: bool },
    /// Lost patience.
    GaveUp,
    /// Asked to be called back; the center said goodbye.
    ToBeCalled,
    /// The center ended it before anybody listened: closed, full, or said goodbye.
    SentAway,
    /// It never came to a call; `None`: no answer at all.
    Failed(Option<LegEnd>),
}

/// Lives the call to its end.
pub async fn call(phone: &Phone, script: &Script, sentences: &Sentences) -> Result<Story, PhoneError> {
    let from = CallerId { name: String::new(), user: script.from.clone(), host: String::new() };
    let mut line = phone.dial(from, &script.dials).await?;
    if let Err(end) = setup(&mut line).await {
        return Ok(Story::Failed(end));
    }
    let audio = line.audio()?;
    let mut seen = Seen::default();
    let by_center = tokio::select! {
        _ = line.ended() => true,
        () = live(audio, script, sentences, &mut seen) => false,
    };
    if !by_center {
        line.hang_up().await?;
        let _ = timeout(FAREWELL, line.ended()).await;
    }
    Ok(match (seen.served, by_center) {
        (true, by_agent) => Story::Served { by_agent },
        (false, true) if seen.asked => Story::ToBeCalled,
        (false, true) => Story::SentAway,
        (false, false) => Story::GaveUp,
    })
}

/// What the caller knows of the own call.
#[derive(Default)]
struct Seen {
    /// Somebody listened.
    served: bool,
    /// Asked to be called back.
    asked: bool,
}

/// Waits for the answer; the error says how it ended instead.
async fn setup(line: &mut Line) -> Result<(), Option<LegEnd>> {
    let limit = Instant::now() + SETUP;
    loop {
        tokio::select! {
            event = line.event() => match event {
                Some(LineEvent::Connected) => return Ok(()),
                Some(LineEvent::Ringing) => {}
                Some(LineEvent::Ended(end)) => return Err(Some(end)),
                None => return Err(None),
            },
            () = sleep_until(limit) => return Err(None),
        }
    }
}

/// From the answer until the caller wants to hang up.
async fn live(audio: Audio, script: &Script, sentences: &Sentences, seen: &mut Seen) {
    let answered = Instant::now();
    for (after, key) in &script.keys {
        sleep(*after).await;
        audio.press(&key.to_string());
    }
    let mut talk = Talk::new(audio.clone(), sentences.clone(), TURN);
    let mut since = None;
    loop {
        sleep(THINK).await;
        let now = Instant::now();
        if talk.think(now) {
            since.get_or_insert(now);
            seen.served = true;
        }
        if let Some((after, digit)) = script.call_back.filter(|_| !seen.served && !seen.asked)
            && now >= answered + after
        {
            seen.asked = true;
            audio.press(&digit.to_string());
            sleep(READ_OUT).await;
            audio.press("1");
        }
        let limit = since.map_or(answered + script.patience, |since| since + script.talk);
        if now >= limit && !talk.is_speaking() {
            return;
        }
    }
}
