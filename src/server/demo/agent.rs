//! A simulated agent: a desk phone and the person beside it, who becomes ready, answers, talks, writes down
//! what it was about, takes a break now and then, and sometimes lets it ring.
//!
//! What the person does on the desktop goes through the [`Door`], as the API's requests do; what the phone
//! does goes over SIP and RTP.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::phone::{Line, LineEvent, Phone, PhoneError, PhoneSettings, Rings};
use super::register::Account;
use super::talk::{THINK, Talk};
use super::voices::Sentences;
use crate::acd::AgentState;
use crate::base::{AgentId, Rng};
use crate::center::desk::{CommandOutcome, DeskCommand, Snapshot};
use crate::door::{Door, DoorError};
use crate::net::clock::Clock;

/// How often an agent looks at the own state.
const LOOK: Duration = Duration::from_secs(3);
/// Quiet for so long: my turn. Longer than the caller's, who goes first.
const TURN: Duration = Duration::from_millis(1_500);
/// From the answer to the end of the negotiation.
const SETUP: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(35);
/// Signing on is tried again after this.
const RETRY: Duration = Duration::from_secs(5);

pub struct AgentSettings {
    pub agent: AgentId,
    pub account: Account,
    pub server: SocketAddr,
    pub bind: IpAddr,
    pub sentences: Sentences,
    pub habits: Habits,
    /// Keys the person chooses from; a disposition with the keys of the queues that offer it (none: all).
    pub dispositions: Vec<(String, Vec<String>)>,
    pub reasons: Vec<String>,
    pub notes: Vec<String>,
    pub door: Door,
    pub clock: Clock,
    pub seed: u64,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
}

/// How somebody works. Spans are drawn evenly between their ends.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Signing on after the start.
    pub begin: (Duration, Duration),
    pub answer: (Duration, Duration),
    pub talk: (Duration, Duration),
    pub wrap_up: (Duration, Duration),
    pub pause: (Duration, Duration),
    /// Of all rings: not heard, declined.
    pub ignores: f64,
    pub declines: f64,
    /// Of all contacts: a break after it.
    pub breaks: f64,
    /// Of all conversations: the agent waits for the caller to hang up.
    pub waits: f64,
}

impl Default for Habits {
    fn default() -> Self {
        let seconds = |from, to| (Duration::from_secs(from), Duration::from_secs(to));
        Self {
            begin: seconds(0, 5),
            answer: seconds(1, 5),
            talk: seconds(15, 75),
            wrap_up: seconds(3, 15),
            pause: seconds(20, 60),
            ignores: 0.03,
            declines: 0.02,
            breaks: 0.06,
            waits: 0.4,
        }
    }
}

pub struct Agent {
    settings: AgentSettings,
    rng: Rng,
    /// A break of the own choice ends then.
    back: Option<Instant>,
}

impl Agent {
    pub fn new(settings: AgentSettings) -> Self {
        let rng = Rng::new(settings.seed);
        Self { settings, rng, back: None }
    }

    /// Works until the stop.
    pub async fn work(mut self) -> Result<(), PhoneError> {
        let (phone, mut rings) = self.phone().await?;
        let stop = self.settings.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.shift(&phone, &mut rings) => {}
        }
        self.ask(DeskCommand::SignOut).await;
        Ok(())
    }

    async fn phone(&mut self) -> Result<(Phone, Rings), PhoneError> {
        let AgentSettings { account, server, bind, clock, stop, tasks, .. } = &self.settings;
        let settings = PhoneSettings {
            server: *server,
            bind: *bind,
            account: Some(account.clone()),
            seed: self.rng.next_u64(),
            clock: *clock,
            stop: stop.clone(),
            tasks: tasks.clone(),
        };
        Ok(Phone::open(settings).await?)
    }

    async fn shift(&mut self, phone: &Phone, rings: &mut Rings) {
        let begin = self.draw(self.settings.habits.begin);
        sleep(begin).await;
        while !phone.is_registered_within(RETRY).await {}
        loop {
            self.look().await;
            match timeout(LOOK, rings.next()).await {
                Ok(Some(line)) => {
                    if let Err(error) = self.take(line).await {
                        tracing::debug!(%error, "a simulated agent lost a call");
                    }
                }
                Ok(None) => return,
                Err(_) => {}
            }
        }
    }

    /// Looks at the own state and does what is due.
    async fn look(&mut self) {
        let Some(snapshot) = self.snapshot().await else { return };
        match snapshot.state {
            AgentState::SignedOut => self.ask(DeskCommand::Ready).await,
            AgentState::NotReady { .. } if self.back.is_none_or(|back| Instant::now() >= back) => {
                self.back = None;
                self.ask(DeskCommand::Ready).await;
            }
            AgentState::WrapUp { .. } => self.wrap_up(&snapshot).await,
            AgentState::NotReady { .. } | AgentState::Ready | AgentState::Reserved { .. } | AgentState::Busy { .. } => {
            }
        }
    }

    async fn take(&mut self, mut line: Line) -> Result<(), PhoneError> {
        let habits = self.settings.habits;
        let mood = self.rng.unit();
        let after = self.draw(habits.answer);
        if mood < habits.ignores {
            line.ended().await;
            return Ok(());
        }
        // The ring may end before the hand is at the phone.
        if timeout(after, line.ended()).await.is_ok() {
            return Ok(());
        }
        if mood < habits.ignores + habits.declines {
            line.decline().await?;
            let _ = timeout(FAREWELL, line.ended()).await;
            return Ok(());
        }
        line.answer().await?;
        let connected = async {
            loop {
                match line.event().await {
                    Some(LineEvent::Connected) => return true,
                    Some(LineEvent::Ringing) => {}
                    Some(LineEvent::Ended(_)) | None => return false,
                }
            }
        };
        if timeout(SETUP, connected).await != Ok(true) {
            return Ok(());
        }
        self.converse(line).await
    }

    async fn converse(&mut self, mut line: Line) -> Result<(), PhoneError> {
        let mut talk = Talk::new(line.audio()?, self.settings.sentences.clone(), TURN);
        let mut limit = self.draw(self.settings.habits.talk);
        if self.rng.chance(self.settings.habits.waits) {
            limit = limit.saturating_mul(4);
        }
        let hello = Instant::now() + Duration::from_millis(300 + self.rng.below(700));
        let (mut greeted, end) = (false, hello + limit);
        let live = async {
            loop {
                sleep(THINK).await;
                let now = Instant::now();
                if !greeted && now >= hello {
                    talk.speak(now);
                    greeted = true;
                } else if greeted {
                    talk.think(now);
                }
                if now >= end && !talk.is_speaking() {
                    return;
                }
            }
        };
        let by_caller = tokio::select! {
            _ = line.ended() => true,
            () = live => false,
        };
        if !by_caller {
            line.hang_up().await?;
            let _ = timeout(FAREWELL, line.ended()).await;
        }
        Ok(())
    }

    /// Writes down what it was about, and perhaps takes a break.
    async fn wrap_up(&mut self, snapshot: &Snapshot) {
        let Some(pop) = snapshot.pop.as_ref() else { return };
        let interaction = pop.interaction;
        let pause = self.draw(self.settings.habits.wrap_up);
        sleep(pause).await;
        if self.rng.chance(self.settings.habits.breaks)
            && let Some(reason) = pick(&self.settings.reasons, &mut self.rng)
        {
            let span = self.draw(self.settings.habits.pause);
            self.back = Some(Instant::now() + span);
            self.ask(DeskCommand::NotReady { reason }).await;
        }
        let offered = self.settings.dispositions.iter();
        let offered = offered.filter(|(_, queues)| queues.is_empty() || queues.contains(&pop.queue));
        let offered: Vec<String> = offered.map(|(key, _)| key.clone()).collect();
        let disposition = pick(&offered, &mut self.rng);
        let notes = pick(&self.settings.notes, &mut self.rng).unwrap_or_default();
        self.ask(DeskCommand::WrapUpSave { interaction, disposition, notes, done: true }).await;
    }

    async fn ask(&self, command: DeskCommand) {
        match self.settings.door.desk(self.settings.agent, command).await {
            Ok(CommandOutcome::Done | CommandOutcome::Placed { .. } | CommandOutcome::Partly { .. }) => {}
            Ok(CommandOutcome::Refused { code, message }) => {
                tracing::debug!(agent = %self.settings.agent, ?code, message, "a simulated agent was refused");
            }
            Err(DoorError::Closed) => {}
            Err(error) => tracing::warn!(agent = %self.settings.agent, %error, "a simulated agent got no answer"),
        }
    }

    async fn snapshot(&self) -> Option<Snapshot> {
        snapshot(&self.settings.door, self.settings.agent).await
    }

    fn draw(&mut self, (from, to): (Duration, Duration)) -> Duration {
        from + to.saturating_sub(from).mul_f64(self.rng.unit())
    }
}

/// What the desktop of an agent shows; `None` when there is no such agent, or the center does not answer.
pub async fn snapshot(door: &Door, agent: AgentId) -> Option<Snapshot> {
    let (reply, answer) = oneshot::channel();
    door.snapshot(agent, move |snapshot| drop(reply.send(snapshot))).ok()?;
    timeout(RETRY, answer).await.ok()?.ok()?
}

fn pick(list: &[String], rng: &mut Rng) -> Option<String> {
    list.get(usize::try_from(rng.below(list.len() as u64)).ok()?).cloned()
}
