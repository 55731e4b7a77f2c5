//! The traffic of the demo: simulated agents who answer, and simulated callers who arrive.
//!
//! All callers share one phone; each agent has one. Besides those of the day, a caller comes for the visitor
//! whenever the visitor's seat has been ready for a moment: somebody very important, whom the hotline asks
//! nothing and whose queue the visitor serves best. Whoever does not want to wait asks to be called back, and
//! answers at the other end of the demo's trunk ([`Outside`]).
//!
//! Bounds: calls at a time by level; a caller too many does not call.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::agent::{Agent, AgentSettings, Habits, snapshot};
use super::arrivals::{Arrival, Arrivals, Numbers};
use super::caller::{CallerProfile, Story, call};
use super::outside::{Outside, until};
use super::phone::{Phone, PhoneSettings};
use super::register::Account;
use super::voices::Voices;
use crate::acd::AgentState;
use crate::base::{AgentId, Rng};
use crate::door::Door;
use crate::net::clock::Clock;

/// What one contact costs an agent, roughly: ring, talk, wrap-up.
const HANDLING_S: f64 = 65.0;
/// How often the visitor's seat is looked at, and how long it must have been ready.
const LOOK: Duration = Duration::from_millis(500);
const READY_FOR: Duration = Duration::from_secs(1);
/// What the end of the traffic may take.
const FAREWELL: Duration = Duration::from_millis(1_900);

/// How busy the demo is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Nobody calls, nobody answers.
    Off,
    /// The agents of `Low`, and nobody calls.
    Agents,
    /// Some eight agents, a call every ten seconds or so.
    Low,
    /// Up to forty agents, and a line that grows and shrinks.
    High,
}

impl Level {
    fn agents(self) -> usize {
        match self {
            Self::Off => 0,
            Self::Agents | Self::Low => 8,
            Self::High => 40,
        }
    }

    /// Share of the agents' time that the calls need.
    fn load(self) -> f64 {
        match self {
            Self::Off | Self::Agents => 0.0,
            Self::Low => 0.65,
            Self::High => 0.85,
        }
    }
}

/// An agent to simulate: a desk phone that registers with this account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentProfile {
    pub agent: AgentId,
    pub user: String,
    pub password: String,
    /// What the agent speaks and writes: `zh` or `en`.
    pub language: String,
}

pub struct TrafficSettings {
    pub level: Level,
    /// The same seed gives the same callers at the same times.
    pub seed: u64,
    /// SIP over UDP of the server: an address of this machine that is no wildcard.
    pub server: SocketAddr,
    /// Digest realm of the center.
    pub realm: String,
    /// Number with greeting and menu.
    pub hotline: String,
    /// Number that queues without a menu.
    pub queue: String,
    pub callers: Vec<CallerProfile>,
    /// Without the visitor's own seat.
    pub agents: Vec<AgentProfile>,
    /// The seat of the demo's visitor: once it is ready, it is called soon.
    pub visitor: Option<AgentId>,
    /// Keys of dispositions with the queues that offer them, and of reasons to be not ready.
    pub dispositions: Vec<(String, Vec<String>)>,
    pub reasons: Vec<String>,
    /// What a waiting caller presses to be called back, where the queues have it.
    pub call_back: Option<char>,
    /// Folder of the voices: `caller-zh-1.wav` and so on.
    pub voices: PathBuf,
    pub door: Door,
    pub clock: Clock,
}

/// Why the traffic cannot begin. All of it is the environment's.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    #[error("the voices: {0}")]
    Voices(#[from] crate::net::sounds::SoundsError),
    #[error("no socket for the phones: {0}")]
    Socket(#[from] std::io::Error),
}

/// What became of the callers so far.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stories {
    pub served: u64,
    pub gave_up: u64,
    pub sent_away: u64,
    pub failed: u64,
    /// Did not call: too many calls already.
    pub stayed_away: u64,
    /// Hung up to be called back.
    pub call_backs: u64,
}

#[derive(Default)]
struct Told {
    served: AtomicU64,
    gave_up: AtomicU64,
    sent_away: AtomicU64,
    failed: AtomicU64,
    stayed_away: AtomicU64,
    call_backs: AtomicU64,
}

/// Traffic that runs until [`Traffic::stop`].
pub struct Traffic {
    stop: CancellationToken,
    tasks: TaskTracker,
    told: Arc<Told>,
}

/// Starts it; the first calls come within seconds. `outside`: the end of the trunk, where customers who are called
/// back answer, at every level.
pub async fn start(settings: TrafficSettings, outside: Option<UdpSocket>) -> Result<Traffic, TrafficError> {
    let (stop, tasks, told) = (CancellationToken::new(), TaskTracker::new(), Arc::<Told>::default());
    let traffic = Traffic { stop: stop.clone(), tasks: tasks.clone(), told: told.clone() };
    let mut rng = Rng::new(settings.seed);
    let voices = Arc::new(Voices::load(&settings.voices)?);
    let agents = staff(&settings, &voices, &traffic, &mut rng);
    let phone = |rng: &mut Rng| PhoneSettings {
        server: settings.server,
        bind: settings.server.ip(),
        account: None,
        seed: rng.next_u64(),
        clock: settings.clock,
        stop: stop.clone(),
        tasks: tasks.clone(),
    };
    if let Some(socket) = outside {
        let mut rng = rng.fork();
        let (line, rings) = Phone::on(socket, phone(&mut rng))?;
        let (voices, people) = (voices.clone(), settings.callers.clone());
        let outside = Outside { voices, people, rng, tasks: tasks.clone(), stop: stop.clone() };
        tasks.spawn(until(stop.clone(), async move {
            outside.live(rings).await;
            drop(line);
        }));
    }
    if matches!(settings.level, Level::Off | Level::Agents) {
        return Ok(traffic);
    }
    let (phone, _) = Phone::open(phone(&mut rng)).await?;
    let lines = Arc::new(Semaphore::new(agents.saturating_mul(3).saturating_add(10)));
    let crowd = Crowd { phone, voices, lines, told, tasks: tasks.clone(), stop: stop.clone() };
    let numbers = Numbers { hotline: settings.hotline, queue: settings.queue };
    let rate = settings.level.load() * agents as f64 / HANDLING_S;
    let arrivals = |seed| Arrivals::new(seed, settings.callers.clone(), numbers.clone(), rate, settings.call_back);
    let day = arrivals(rng.next_u64());
    tasks.spawn(until(stop.clone(), crowd.clone().arrive(day, rng.fork())));
    if let Some(visitor) = settings.visitor {
        let guests = arrivals(rng.next_u64());
        let call_on = crowd.call_on(visitor, settings.door, settings.clock, guests, rng.fork());
        tasks.spawn(until(stop, call_on));
    }
    Ok(traffic)
}

/// Puts the agents at their desks; how many.
fn staff(settings: &TrafficSettings, voices: &Voices, traffic: &Traffic, rng: &mut Rng) -> usize {
    let profiles = settings.agents.iter().take(settings.level.agents());
    for profile in profiles.clone() {
        let account =
            Account { user: profile.user.clone(), password: profile.password.clone(), realm: settings.realm.clone() };
        let agent = Agent::new(AgentSettings {
            agent: profile.agent,
            account,
            server: settings.server,
            bind: settings.server.ip(),
            sentences: voices.pick("agent", &profile.language, rng),
            habits: Habits::default(),
            dispositions: settings.dispositions.clone(),
            reasons: settings.reasons.clone(),
            notes: notes(&profile.language),
            door: settings.door.clone(),
            clock: settings.clock,
            seed: rng.next_u64(),
            stop: traffic.stop.clone(),
            tasks: traffic.tasks.clone(),
        });
        traffic.tasks.spawn(async move {
            if let Err(error) = agent.work().await {
                tracing::warn!(%error, "a simulated agent cannot work");
            }
        });
    }
    profiles.len()
}

impl Traffic {
    /// What became of the callers until now.
    pub fn stories(&self) -> Stories {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Told { served, gave_up, sent_away, failed, stayed_away, call_backs } = &*self.told;
        Stories {
            served: read(served),
            gave_up: read(gave_up),
            sent_away: read(sent_away),
            failed: read(failed),
            stayed_away: read(stayed_away),
            call_backs: read(call_backs),
        }
    }

    /// Hangs up, signs off, and returns within two seconds.
    pub async fn stop(self) {
        tracing::info!(stories = ?self.stories(), "the traffic ends");
        self.stop.cancel();
        self.tasks.close();
        if timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::debug!(left = self.tasks.len(), "simulated people did not say goodbye in time");
        }
    }
}

/// All callers together.
#[derive(Clone)]
struct Crowd {
    phone: Phone,
    voices: Arc<Voices>,
    lines: Arc<Semaphore>,
    told: Arc<Told>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Crowd {
    async fn arrive(self, mut arrivals: Arrivals, mut rng: Rng) {
        let begin = Instant::now();
        loop {
            sleep(arrivals.gap(begin.elapsed())).await;
            let arrival = arrivals.next();
            let rng = rng.fork();
            let Ok(permit) = self.lines.clone().try_acquire_owned() else {
                self.told.stayed_away.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let crowd = self.clone();
            self.tasks.spawn(until(self.stop.clone(), async move {
                crowd.call(arrival, rng).await;
                drop(permit);
            }));
        }
    }

    /// Calls for the visitor, one at a time, whenever the seat is ready.
    async fn call_on(self, visitor: AgentId, door: Door, clock: Clock, mut guests: Arrivals, mut rng: Rng) {
        loop {
            sleep(LOOK).await;
            let Some(seat) = snapshot(&door, visitor).await else { continue };
            if seat.state == AgentState::Ready && clock.now().since(seat.since) >= READY_FOR {
                self.call(guests.for_the_visitor(), rng.fork()).await;
            }
        }
    }

    async fn call(&self, arrival: Arrival, mut rng: Rng) {
        let sentences = self.voices.pick("caller", &arrival.language, &mut rng);
        let told = &self.told;
        let count = match call(&self.phone, &arrival.script, &sentences).await {
            Ok(Story::Served { .. }) => &told.served,
            Ok(Story::GaveUp) => &told.gave_up,
            Ok(Story::SentAway) => &told.sent_away,
            Ok(Story::ToBeCalled) => &told.call_backs,
            Ok(Story::Failed(end)) => {
                tracing::warn!(?end, "a simulated call failed");
                &told.failed
            }
            Err(error) => {
                tracing::warn!(%error, "a simulated caller has no phone");
                &told.failed
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// What simulated agents write down.
fn notes(language: &str) -> Vec<String> {
    let notes: &[&str] = match language {
        "zh" => &[
            "客户询问戒指改圈,已告知需要七到十天。",
            "已查询订单,预计后天送达,客户满意。",
            "推荐了两款耳环,客户将到店试戴。",
            "手链搭扣损坏,已登记维修,等待寄回。",
        ],
        _ => &[
            "Ring to be one size larger; told seven to ten days.",
            "Checked the order: arrives the day after tomorrow.",
            "Two pairs of earrings suggested; will come to the boutique.",
            "Clasp broken: repair noted, waits for the parcel.",
        ],
    };
    notes.iter().map(|note| (*note).to_owned()).collect()
}
