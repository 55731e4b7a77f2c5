//! `carillon demo`: a complete center on this machine, with people who call and people who answer.
//!
//! A temporary data folder, the center of `config/demo-center.toml`, sample customers and records, one-time links,
//! and [`traffic`]; its trunk leads to simulated customers, so that call-backs are really made. It needs no configuration, no root, no network; it ends on Ctrl-C and leaves nothing behind
//! (unless `--data` named a folder). Settings files are not read: only flags and `--set`.

pub mod agent;
mod arrivals;
pub mod audio;
pub mod caller;
mod exchange;
mod outside;
pub mod phone;
mod records;
pub mod register;
mod sample;
mod script;
pub mod talk;
#[cfg(test)]
mod tests;
pub mod traffic;
pub mod voices;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::base::{Instant as CenterTime, Redacted};
use crate::center::CallBackRule;
use crate::config::Settings;
use crate::door::{NewSession, Token, Via};
use crate::net::clock::Clock;
use crate::server::command::{CliError, Common, apply_plan, open};
use crate::server::home;
use crate::server::run::center_file::read_center;
use crate::server::run::serve::{Signals, until_stopped};
use crate::server::run::start::{self, Options, Running};
use crate::server::run::telemetry;
use crate::setup::{CenterModel, Password, SipPassword};
use crate::store::private;
use script::Script;
use traffic::{AgentProfile, Level, Traffic, TrafficSettings};

/// Of the desk phone and the agent's link: the visitor.
const VISITOR: &str = "lin";
const SUPERVISOR: &str = "meng";
const ADMIN: &str = "admin";
/// Signs all three in by password, on the loopback only.
const PASSWORD: &str = "carillon";
/// A demo's calls are no one's: a stop does not wait for them for long.
const DRAIN: Duration = Duration::from_secs(2);
const DEFAULT_SEED: u64 = 7;
/// Pressed in the line to be called back.
const CALL_BACK: char = '9';

#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Address of desktop and API; 127.0.0.1:8080, or a free port if that is taken
    #[arg(long, value_name = "IP:PORT")]
    pub http: Option<SocketAddr>,
    /// Address of SIP over UDP and TCP; 127.0.0.1:5060, or a free port if that is taken
    #[arg(long, value_name = "IP:PORT")]
    pub sip: Option<SocketAddr>,
    /// Keep the data here; a temporary folder unless given
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Simulated callers and agents
    #[arg(long, value_enum, default_value_t = TrafficLevel::Low)]
    pub traffic: TrafficLevel,
    /// The same seed gives the same callers at the same times
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print one JSON object when everything is ready, for scripts
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum TrafficLevel {
    Off,
    /// Agents who answer, and nobody who calls
    Agents,
    Low,
    High,
}

impl From<TrafficLevel> for Level {
    fn from(level: TrafficLevel) -> Self {
        match level {
            TrafficLevel::Off => Self::Off,
            TrafficLevel::Agents => Self::Agents,
            TrafficLevel::Low => Self::Low,
            TrafficLevel::High => Self::High,
        }
    }
}

pub async fn demo(args: DemoArgs, common: Common) -> Result<(), CliError> {
    let mut signals = Signals::listen().map_err(anyhow::Error::from)?;
    let temporary = match &args.data {
        Some(_) => None,
        None => Some(Temporary::make()?),
    };
    let data = args.data.clone().or_else(|| temporary.as_ref().map(|folder| folder.0.clone())).unwrap_or_default();
    let home = home::find()?;
    let settings = settings(&args, &common, &data, &home)?;
    telemetry::start(&settings.log).map_err(CliError::Mistakes)?;

    let seed = args.seed.unwrap_or(DEFAULT_SEED);
    let mut model = center_file(&home)?;
    let outside = way_out(&mut model, &settings).await.map_err(anyhow::Error::from)?;
    let secrets = prepare(&settings, model, seed).await?;
    let folders = settings.folders.clone();
    let mut running = start::start(Options { settings, seed: args.seed, demo: true }).await?;
    let script = script(&running, &secrets, &folders.data)?;
    let traffic = start_traffic(&running, &args, &secrets, &folders.sounds, outside).await?;
    if args.json {
        println!("{}", script.json());
    } else {
        println!("{}", script.text());
    }
    let fell = until_stopped(&mut running, &mut signals).await;
    traffic.stop().await;
    running.stop(if fell { Duration::ZERO } else { DRAIN }, signals.stop()).await?;
    drop(temporary);
    if fell { Err(CliError::Failed(anyhow::anyhow!("the control task has ended by itself"))) } else { Ok(()) }
}

/// A folder that is removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn make() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("carillon-demo-{}-{}", std::process::id(), Token::suffix(6)));
        private::make_folder(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "could not be removed");
        }
    }
}

/// Defaults and what the demo is told, nothing else: a settings file in the working directory, with the
/// database of a real center, must not be touched.
fn settings(args: &DemoArgs, common: &Common, data: &Path, home: &Path) -> Result<Settings, CliError> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let http = args.http.unwrap_or_else(|| local(if TcpListener::bind(local(8080)).is_ok() { 8080 } else { 0 }));
    let sip = args.sip.unwrap_or_else(|| local(free_sip_port()));
    let data = std::path::absolute(data).map_err(anyhow::Error::from)?;
    let pairs = [
        ("http.listen", http.to_string()),
        ("sip.udp", sip.to_string()),
        ("sip.tcp", sip.to_string()),
        ("metrics.listen", String::new()),
        ("store.url", String::new()),
        ("media.rtc", SocketAddr::new(http.ip(), 0).to_string()),
        ("folders.data", data.display().to_string()),
        ("folders.recordings", data.join("recordings").display().to_string()),
        ("folders.sounds", home.join("sounds").display().to_string()),
        ("folders.dialplans", home.join("dialplans").display().to_string()),
        ("log.level", "warn".to_owned()),
    ];
    let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Ok(common.only_flags(pairs)?)
}

/// 5060, or a port that is free for UDP and TCP alike.
fn free_sip_port() -> u16 {
    let try_port = |port: u16| {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
        let port = udp.local_addr().ok()?.port();
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port)
    };
    try_port(5060).or_else(|| (0..20).find_map(|_| try_port(0))).unwrap_or(0)
}

/// What only the demo knows, for it made them up.
struct Secrets {
    model: CenterModel,
    callers: Vec<caller::CallerProfile>,
}

/// Fills the store: center, customers, history.
async fn prepare(settings: &Settings, mut model: CenterModel, seed: u64) -> Result<Secrets, CliError> {
    let local = settings.http.ip().is_loopback();
    for (name, user) in model.users.iter_mut() {
        if user.agent.is_some() {
            user.sip = Some(SipPassword::Plain(Token::suffix(12)));
        }
        if local && [VISITOR, SUPERVISOR, ADMIN].contains(&name) {
            user.password = Some(Password::Plain(PASSWORD.to_owned()));
        }
    }
    let store = open(settings).await?;
    let plan = store.plan(model.clone()).await.map_err(anyhow::Error::from)?;
    apply_plan(&store, &plan).await?;
    let now: CenterTime = Clock::start().now();
    let callers = sample::fill(&store, seed, now).await.context("the sample customers")?;
    records::fill(&store, now).await.context("the sample records")?;
    store.close().await;
    Ok(Secrets { model, callers })
}

/// Where the file names no way out: the demo's trunk takes every number and ends at a socket of this process, and
/// every queue calls back.
async fn way_out(model: &mut CenterModel, settings: &Settings) -> std::io::Result<Option<tokio::net::UdpSocket>> {
    let Some((_, trunk)) = model.trunks.iter_mut().find(|(_, trunk)| trunk.destination.is_none()) else {
        return Ok(None);
    };
    let ip = settings.sip.udp.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
    let socket = tokio::net::UdpSocket::bind((ip.unwrap_or(Ipv4Addr::LOCALHOST.into()), 0)).await?;
    trunk.destination = Some(format!("udp:{}", socket.local_addr()?));
    trunk.prefixes = (1..=9).map(|digit| format!("+{digit}")).collect();
    for (_, queue) in model.queues.iter_mut() {
        let rule = CallBackRule { digit: CALL_BACK, retry_s: 60, ..CallBackRule::default() };
        queue.call_back.get_or_insert(rule);
    }
    Ok(Some(socket))
}

fn center_file(home: &Path) -> Result<CenterModel, CliError> {
    read_center(&home.join("config/demo-center.toml")).map_err(|mistakes| CliError::Mistakes(mistakes.join("\n")))
}

fn script(running: &Running, secrets: &Secrets, data: &Path) -> anyhow::Result<Script> {
    let listed = running.loader.directory().now();
    let token = |user: &str| -> anyhow::Result<String> {
        let new: NewSession = listed.session_for(user, Via::Bearer).with_context(|| format!("no user `{user}`"))?;
        let (token, _, _) = running.sessions.open(new, running.clock.now());
        Ok(token.reveal().to_owned())
    };
    let link = |user: &str| -> anyhow::Result<String> {
        let token = running.sessions.make_link(user, running.clock.now())?;
        Ok(format!("http://{}/#/link/{}", running.http, token.reveal()))
    };
    let number = |flow: &str| {
        let known = secrets.model.numbers.iter().find(|(_, number)| number.flow == flow);
        known.map(|(number, _)| number.to_owned()).with_context(|| format!("no number leads to the flow `{flow}`"))
    };
    Ok(Script {
        http: running.http,
        sip: running.sip.context("the demo has no SIP address")?,
        links: [link(VISITOR)?, link(SUPERVISOR)?, link(ADMIN)?],
        tokens: [token(VISITOR)?, token(SUPERVISOR)?, token(ADMIN)?],
        numbers: [number("hotline")?, number("queue")?, number("echo")?],
        phone: (VISITOR.to_owned(), Redacted(sip_password(&secrets.model, VISITOR).unwrap_or_default())),
        data: data.to_owned(),
    })
}

fn sip_password(model: &CenterModel, user: &str) -> Option<String> {
    match model.users.get(user)?.sip.as_ref()? {
        SipPassword::Plain(password) => Some(password.clone()),
        SipPassword::Ha1 { .. } => None,
    }
}

async fn start_traffic(
    running: &Running,
    args: &DemoArgs,
    secrets: &Secrets,
    sounds: &Path,
    outside: Option<tokio::net::UdpSocket>,
) -> anyhow::Result<Traffic> {
    let listed = running.loader.directory().now();
    let model = &secrets.model;
    let mut numbers = model.numbers.iter().filter(|(_, number)| number.flow == "hotline");
    let hotline = numbers.next().map(|(number, _)| number.to_owned()).unwrap_or_default();
    let mut numbers = model.numbers.iter().filter(|(_, number)| number.flow == "queue");
    let queue = numbers.next().map(|(number, _)| number.to_owned()).unwrap_or_default();
    let agents = model.users.iter().filter(|(name, _)| *name != VISITOR).filter_map(|(name, user)| {
        let agent = *listed.ids.agents.get(user.agent.as_ref()?)?;
        let language = if user.language.as_deref() == Some("zh") { "zh" } else { "en" };
        let password = sip_password(model, name)?;
        Some(AgentProfile { agent, user: name.to_owned(), password, language: language.to_owned() })
    });
    let settings = TrafficSettings {
        level: args.traffic.into(),
        seed: args.seed.unwrap_or(DEFAULT_SEED),
        server: running.sip.context("the demo has no SIP address")?,
        realm: model.center.realm.clone(),
        hotline,
        queue,
        callers: secrets.callers.clone(),
        agents: agents.collect(),
        visitor: listed.ids.agents.get(VISITOR).copied(),
        dispositions: model.dispositions.iter().map(|(key, known)| (key.to_owned(), known.queues.clone())).collect(),
        reasons: model.reasons.keys().map(str::to_owned).collect(),
        call_back: model.queues.iter().find_map(|(_, queue)| Some(queue.call_back.as_ref()?.digit)),
        voices: sounds.join("demo"),
        door: running.door.clone(),
        clock: running.clock,
    };
    Ok(traffic::start(settings, outside).await?)
}

/// As the JSON line of `--json` has it.
fn object(script: &Script) -> Value {
    let [agent_link, supervisor_link, admin_link] = &script.links;
    let [agent, supervisor, admin] = &script.tokens;
    let [hotline, queue, echo] = &script.numbers;
    json!({
        "http": format!("http://{}", script.http),
        "sip": script.sip.to_string(),
        "ws": format!("ws://{}/sip", script.http),
        "links": {"agent": agent_link, "supervisor": supervisor_link, "admin": admin_link},
        "tokens": {"agent": agent, "supervisor": supervisor, "admin": admin},
        "numbers": {"hotline": hotline, "queue": queue, "echo": echo},
        "phone": {"user": script.phone.0, "password": script.phone.1},
        "data": script.data,
        "pid": std::process::id(),
    })
}
