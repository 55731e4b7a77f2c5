//! The start, in its order, and the stop.
//!
//! | step | why in this place |
//! | --- | --- |
//! | lock on the data folder | a second server must touch nothing |
//! | rights of files and folders | what others may read is mended, or nothing starts |
//! | store, migrations, claim | |
//! | writer | writes back what an earlier process left in the spool |
//! | interrupted calls closed, recordings mended, last states of agents read | before the first new call |
//! | sounds, flows, center -> configuration | all mistakes are told before a port is open |
//! | sockets, media workers | what comes in waits; no call is taken before each worker has lent its ports |
//! | media, configuration, agents of before and call-backs into the center, then what came in meanwhile | the first caller finds all of it |
//! | sessions of before, pages | |
//! | ready | |

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::control::{Clock, Control, Outlets, Sources};
use super::files;
use super::keep::{recordings, retention, rules};
use super::lock::DataLock;
use super::open_files;
use super::plane::{self, MediaAddress};
use super::post::{self, Hooks, Mailer};
use super::recorder::{Mirror, Recorder};
use super::reload::{Keeper, Loader};
use super::returning;
use super::watch;
use crate::base::{Number, Redacted, Rng};
use crate::center::{self, CallWas, Center, Input, Observed};
use crate::config::{self, Settings};
use crate::crm::MessageChannel;
use crate::cti::{Hub, HubSettings, SocketState};
use crate::door::{Attempts, Door, RateLimit, Sampled, Sessions, Shadows, Token};
use crate::net::clock;
use crate::net::{FlowSettings, Flows, Tls, TlsFiles};
use crate::server::http::health::{self, Health, Phase};
use crate::server::http::port::{Port, PortLimits, TurnedAway};
use crate::server::http::proxies::Proxies;
use crate::server::http::{self, Pages};
use crate::server::metrics::Metrics;
use crate::sip::Transport;
use crate::sip::endpoint::Addresses;
use crate::store::ladder::{Ladder, LadderSettings};
use crate::store::record::Records;
use crate::store::recordings::{Shelf, repair_recordings};
use crate::store::{Claim, Files, Store, StoreSettings, Writer, WriterSettings, private};
use crate::web::{
    Figures, IceServer, Passwords, Press, REPLAYS, TEST_PHONES, WebState, hand_over_all, keeping, work_on_records,
};

/// Requests a second from one address, and at once.
const REQUESTS: (u32, u32) = (50, 200);
const SOCKETS: (u32, u32) = (20, 100);
const SWEEP: Duration = Duration::from_secs(60);
/// The head of a request takes no longer.
const HEAD: Duration = Duration::from_secs(10);
/// Calls that are cut off get their BYE, and its answer, in this time.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What `serve` and `demo` decide differently.
pub struct Options {
    pub settings: Settings,
    /// Of every random choice of the machines. `None`: from the system, as passwords of ICE and nonces of digest
    /// want it; a number is for demos and tests.
    pub seed: Option<u64>,
    /// Serve the figures on the public port too, and let one address ask more.
    pub demo: bool,
}

/// A server that runs.
pub struct Running {
    pub http: SocketAddr,
    /// SIP over UDP, else TCP.
    pub sip: Option<SocketAddr>,
    pub door: Door,
    pub sessions: Arc<Sessions>,
    pub store: Store,
    pub loader: Arc<Loader>,
    pub health: Arc<Health>,
    pub clock: clock::Clock,
    /// Ends when the control task does.
    pub ended: oneshot::Receiver<()>,
    flows: Flows,
    writer: Writer,
    drained: CancellationToken,
    /// Pages and event sockets.
    stop_pages: CancellationToken,
    stop_control: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    _claim: Claim,
    _lock: DataLock,
}

/// Starts everything; the server is ready when this returns.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let settings = options.settings;
    match open_files::raise() {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
    for doubt in settings.doubts() {
        tracing::warn!(key = doubt.key(), "{doubt}");
    }
    let lock = DataLock::take(&settings.folders.data)?;
    keep_private(&settings).await?;
    let process_clock = clock::Clock::start();
    let clock: Clock = Arc::new(move || process_clock.now());
    let store = Store::open(&StoreSettings::new(&settings.store_url())).await?;
    let claim = store.claim().await?;
    let writer = Writer::start(store.clone(), WriterSettings::new(settings.folders.data.join("spool"))).await?;
    let patient = store.patient();
    let shelf = recordings::shelf(&settings)?;
    let kept = patient.calls_kept(clock()).await?;
    recover(&patient, &shelf, clock(), &kept).await?;
    let begun = clock();
    let agents = returning::agents_were(&patient, begun).await?;
    let call_backs = patient.open_call_backs().await?;
    let messages = patient.open_messages().await?;
    let alerts = patient.open_alerts().await?;
    let records = Records::open(&store, begun).await?;

    let mailer = settings.mail.as_ref().map(Mailer::new).transpose()?;
    let hooks = Hooks::new(&settings.sip.tls_files)?;
    let sounds = files::load_sounds(&settings.folders.sounds)?;
    let loader = Arc::new(Loader::new(patient, settings.folders.clone(), files::names(&sounds)));
    let (configuration, model) = loader.load().await?;
    let attempts = model.campaigns.iter().map(|(key, campaign)| (key.to_owned(), campaign.attempts.clone()));
    match store.patient().end_open_attempts(&attempts.collect(), begun).await? {
        0 => {}
        open => tracing::warn!(open, "calls of campaigns were cut off"),
    }
    Number::prepare(&configuration.region);

    let udp: Vec<_> = settings.sip.udp.into_iter().collect();
    let tcp: Vec<_> = settings.sip.tcp.into_iter().collect();
    let tls = settings.sip.tls.into_iter().collect();
    let files = tls_files(&settings.sip.tls_files);
    let (flows, flow_events) =
        Flows::open(FlowSettings { udp, tcp, tls, tls_files: files, ..FlowSettings::default() }).await?;
    let listener = http::bind(settings.http).await?;
    let private = match settings.metrics {
        Some(address) => Some(http::bind(address).await?),
        None => None,
    };
    let http_address = listener.local_addr()?;
    let encrypted = match settings.https {
        Some(address) => Some((http::bind(address).await?, Arc::new(Tls::load(tls_files(&settings.https_files))?))),
        None => None,
    };

    let mut rng = Rng::new(options.seed.unwrap_or_else(system_seed));
    let address = MediaAddress::of(&settings.sip);
    let (recorded, ended_recordings) = tokio::sync::mpsc::channel(recordings::WAITING);
    let to_disk = (shelf.clone(), recorded);
    let (media, mut media_events) =
        plane::start(&settings.media, address, to_disk, sounds, process_clock, rng.next_u64())?;
    let mut first: Vec<Input> = media.ready(&mut media_events).await?.into_iter().map(Input::Media).collect();
    first.extend([
        Input::Configure(Box::new(configuration)),
        Input::CallsWere(kept),
        Input::AgentsWere(agents),
        Input::CallBacks(call_backs),
        Input::Messages(messages),
        Input::AlertsWere(alerts),
    ]);
    let metrics = Arc::new(Metrics::new()?);
    let (door, inlet) = Door::new(settings.limits.inlet);
    let hub = Arc::new(Hub::new(Token::suffix(12), HubSettings::default()));
    let center_settings = center_settings(&settings, address, &flows, http_address, &model.center.realm);
    let (ladder, recorder) = recorder(&settings, &center_settings.sip.addresses, clock.clone(), &metrics)?;
    let center = Center::new(center_settings, rng.next_u64(), clock());
    let shadows = Shadows::default();
    let drained = CancellationToken::new();
    let (sockets, expecting) = (flows.clone(), flows.clone());
    let outlets = Outlets {
        transmit: Box::new(move |to, bytes| sockets.send(to, bytes).is_ok()),
        names: Box::new(move |names| expecting.expect_names(names)),
        media: Box::new(move |worker, command| media.send(worker, command)),
        store: store.clone(),
        writer: writer.clone(),
        hub: hub.clone(),
        recorder,
        tap: shadows.tap(),
        metrics: metrics.clone(),
        door: door.clone(),
        runtime: tokio::runtime::Handle::current(),
        query_limit: settings.limits.query,
        drained: drained.clone(),
    };
    let stop_control = CancellationToken::new();
    let sources = Sources { inlet, flows: flow_events, media: media_events };
    let ended = Control::new(center, clock.clone(), outlets).spawn(first, sources, stop_control.clone())?;

    let sessions = Arc::new(Sessions::new());
    match keeping::restore(&store, &sessions, &loader.directory()).await {
        Ok(count) => tracing::debug!(count, "sessions of before"),
        Err(error) => tracing::warn!(%error, "everybody signs in again"),
    }
    let stop_pages = CancellationToken::new();
    let generous = if options.demo { 20 } else { 1 };
    let limit = |(rate, burst): (u32, u32)| RateLimit::new(rate * generous, burst * generous);
    let web = Arc::new(WebState {
        door: door.clone(),
        store: store.clone(),
        sessions: sessions.clone(),
        attempts: Attempts::new(settings.limits.sign_in_failures),
        rate: limit(REQUESTS),
        directory: loader.directory(),
        recordings: shelf.clone(),
        ladder,
        records: records.clone(),
        files: Files::new(&settings.folders.data.join("files")),
        press: press(&settings),
        ice: IceServer {
            urls: settings.media.ice.urls.clone(),
            user: settings.media.ice.user.clone(),
            password: settings.media.ice.password.clone(),
        },
        channels: settings.mail.iter().map(|_| MessageChannel::Mail).collect(),
        clock: clock.clone(),
        passwords: Passwords::default(),
        failed_sign_ins: Sampled::default(),
        keeper: Arc::new(Keeper { loader: loader.clone(), door: door.clone(), sessions: sessions.clone() }),
        changes: tokio::sync::Mutex::default(),
        replays: tokio::sync::Semaphore::new(REPLAYS),
        test_phones: Arc::new(tokio::sync::Semaphore::new(TEST_PHONES)),
        shadows,
        figures: Figures::default(),
    });
    let worked = web.clone();
    let socket_state = Arc::new(SocketState {
        hub: hub.clone(),
        door: door.clone(),
        sessions: sessions.clone(),
        rate: limit(SOCKETS),
        records: records.clone(),
        clock: clock.clone(),
        stop: stop_pages.clone(),
    });
    let health = Arc::new(Health::new(
        metrics,
        door.clone(),
        store.clone(),
        writer.clone(),
        hub.clone(),
        flows.clone(),
        settings.folders.clone(),
    ));
    let pages =
        Pages { web, sockets: socket_state, health: health.clone(), flows: flows.clone(), figures: options.demo };
    let limits = PortLimits {
        connections: settings.limits.http_connections,
        per_source: settings.limits.http_per_source,
        head: HEAD,
    };
    let proxies = Arc::new(Proxies(settings.trusted_proxies.clone()));
    let figures = health.metrics.clone();
    let turned_away: TurnedAway = Arc::new(move |what| figures.observe(&Observed::Dropped { what: what.to_owned() }));
    let port = |router, tls| Port { router, limits, proxies: proxies.clone(), turned_away: turned_away.clone(), tls };
    let router = http::router(pages, http_address);
    let mut tasks = vec![
        port(router.clone(), None).serve(listener, stop_pages.clone()),
        tokio::spawn(announce(hub, door.clone())),
        tokio::spawn(store.clone().watch()),
        tokio::spawn(sweep(store.clone(), sessions.clone(), door.clone(), process_clock)),
        tokio::spawn(watch::watch(loader.clone(), store.clone(), sessions.clone(), door.clone())),
        tokio::spawn(watch::names(loader.clone(), sessions.clone(), door.clone(), settings.sip.dns)),
        tokio::spawn(returning::tell_day(store.clone(), door.clone(), model.center.timezone.clone(), begun)),
        tokio::spawn(work_on_records(worked.clone())),
        tokio::spawn(hand_over_all(worked.clone())),
        tokio::spawn(recordings::keep(store.clone(), clock.clone(), ended_recordings)),
        tokio::spawn(recordings::retain(store.clone(), clock.clone(), loader.directory(), shelf.clone())),
        tokio::spawn(recordings::look(store.clone(), clock.clone(), shelf)),
        tokio::spawn(rules::follow(records.clone(), clock.clone(), loader.directory())),
        tokio::spawn(rules::forget(records.clone(), worked.files.clone(), clock.clone())),
        tokio::spawn(retention::settle(store.clone(), clock.clone())),
        tokio::spawn(retention::forget(
            store.clone(),
            clock.clone(),
            settings.journal.keep,
            settings.journal.keep_figures,
        )),
    ];
    tasks.push(tokio::spawn(post::send(store.clone(), mailer.zip(settings.mail.clone()), clock.clone())));
    tasks.push(tokio::spawn(post::tell(store.clone(), hooks, clock.clone())));
    if let Some(private) = private {
        let router = health::pages(health.clone()).merge(health::figures(health.clone()));
        tasks.push(port(router, None).serve(private, stop_pages.clone()));
    }
    if let Some((listener, tls)) = encrypted {
        tracing::info!(https = %listener.local_addr()?, "the desktop over TLS");
        tasks.push(tokio::spawn(tls.clone().watch(stop_pages.clone())));
        tasks.push(port(router, Some(tls)).serve(listener, stop_pages.clone()));
    }
    health.set(Phase::Ready);
    let sip = flows.udp_addresses().into_iter().chain(flows.tcp_addresses()).next();
    tracing::info!(http = %http_address, sip = ?sip, "ready");
    Ok(Running {
        http: http_address,
        sip,
        door,
        sessions,
        store,
        loader,
        health,
        clock: process_clock,
        ended,
        flows,
        writer,
        drained,
        stop_pages,
        stop_control,
        tasks,
        _claim: claim,
        _lock: lock,
    })
}

/// Nobody else reads what is kept here: what an earlier version, or a copy, left open to others is mended.
async fn keep_private(settings: &Settings) -> anyhow::Result<()> {
    let (data, recordings) = (settings.folders.data.clone(), settings.folders.recordings.clone());
    let mend = move || -> Result<usize, private::NotPrivate> {
        let top = usize::from(private::mend_folder(&data)?);
        let top = top + usize::from(private::mend_file(&data.join("carillon.lock"))?);
        let beside = private::mend_all(&data.join("spool"))? + private::mend_all(&data.join("ladder"))?;
        Ok(top + beside + private::mend_all(&recordings)?)
    };
    match tokio::task::spawn_blocking(mend).await?? {
        0 => {}
        open => tracing::warn!(open, "others on this machine could read files of this center: now they cannot"),
    }
    Ok(())
}

/// Closes what an earlier process left open.
async fn recover(store: &Store, shelf: &Shelf, now: crate::base::Instant, kept: &[CallWas]) -> anyhow::Result<()> {
    let interrupted = store.close_interrupted(now, kept).await?;
    if !interrupted.is_empty() {
        tracing::warn!(calls = interrupted.len(), "closed as interrupted: they were up when the server ended");
    }
    let shelf = shelf.clone();
    let mended = tokio::task::spawn_blocking(move || repair_recordings(&shelf.folder, shelf.keys.as_deref())).await??;
    if !mended.is_empty() {
        tracing::warn!(recordings = mended.len(), "mended");
    }
    Ok(())
}

/// The roots of the system may be missing: then no trunk over TLS is trusted.
fn tls_files(files: &config::TlsFiles) -> TlsFiles {
    let config::TlsFiles { certificate, key, roots, client_roots } = files.clone();
    TlsFiles { certificate, key, roots: roots.filter(|roots| roots.exists()), client_roots }
}

fn center_settings(
    settings: &Settings,
    address: MediaAddress,
    flows: &Flows,
    http: SocketAddr,
    realm: &str,
) -> center::Settings {
    // An unspecified address is told to nobody: the one a message came in on is.
    let told = |bound: Option<SocketAddr>| {
        let bound = bound?;
        let ip = if bound.ip().is_unspecified() {
            address.advertise
        } else {
            settings.sip.public_address.unwrap_or(bound.ip())
        };
        (!ip.is_unspecified()).then(|| SocketAddr::new(ip, bound.port()))
    };
    let mut made = center::Settings::default();
    made.sip.realm = realm.to_owned();
    made.sip.session = settings.sip.session;
    made.sip.addresses.udp = told(flows.udp_addresses().into_iter().next());
    made.sip.addresses.tcp = told(flows.tcp_addresses().into_iter().next());
    made.sip.addresses.tls = told(flows.tls_addresses().into_iter().next());
    made.sip.addresses.ws = told(Some(http));
    made.call.max_calls = settings.limits.calls.min(calls_of_ports(settings.media.ports));
    made.call.advertised_ip = settings.sip.public_address;
    made.call.codecs.clone_from(&settings.media.codecs);
    made.call.secret = Some(Redacted(system_secret()));
    made.times.checkpoint_s = settings.journal.checkpoint_s;
    made
}

/// Where SIP messages of calls are kept, and what brings them there and to a capture server.
fn recorder(
    settings: &Settings,
    addresses: &Addresses,
    clock: Clock,
    metrics: &Metrics,
) -> anyhow::Result<(Option<Arc<Ladder>>, Option<Recorder>)> {
    let (folder, bytes) = (settings.folders.data.join("ladder"), settings.sip.ladder_bytes);
    let ladder = (bytes > 0).then(|| Arc::new(Ladder::new(LadderSettings { folder, bytes })));
    let mirror = settings.sip.hep.map(|to| Mirror::open(to, settings.sip.hep_agent)).transpose()?;
    let Addresses { udp, tcp, tls, ws } = *addresses;
    let local = [(Transport::Udp, udp), (Transport::Tcp, tcp), (Transport::Tls, tls), (Transport::Ws, ws)];
    let local = local.into_iter().filter_map(|(transport, local)| Some((transport, local?))).collect();
    let recorder = Recorder::start((ladder.clone(), mirror), local, clock, metrics.sip_unkept.clone())?;
    Ok((ladder, recorder))
}

/// Calls for which there is a pair of ports for both sides: callers who wait must not take those that the
/// phones of their agents will need.
fn calls_of_ports((first, last): (u16, u16)) -> usize {
    let ports = usize::from(last.saturating_sub(first)) + 1;
    let calls = (ports / 4).max(1);
    tracing::info!(calls, "calls at once that the media ports allow");
    calls
}

async fn announce(hub: Arc<Hub>, door: Door) {
    hub.announce(&door).await;
}

/// Sessions that have expired, and the last use of the others.
async fn sweep(store: Store, sessions: Arc<Sessions>, door: Door, clock: clock::Clock) {
    let mut every = tokio::time::interval(SWEEP);
    loop {
        every.tick().await;
        keeping::sweep(&store, &sessions, &door, clock.now()).await;
    }
}

impl Running {
    /// No new calls from now on; waits for the last one to end, at most so long, or until `hurry`; calls that
    /// are still up then are cut off. Ends everything and returns when all that was written is durable.
    pub async fn stop(self, limit: Duration, hurry: impl Future<Output = ()>) -> anyhow::Result<()> {
        self.health.set(Phase::Draining);
        let _ = self.door.send(Input::Drain).await;
        let cut_off = tokio::select! {
            () = self.drained.cancelled() => {
                tracing::info!("the last call is over");
                false
            }
            () = tokio::time::sleep(limit) => {
                tracing::warn!("calls are still up at the end of the drain time");
                true
            }
            () = hurry => {
                tracing::warn!("told to stop at once");
                true
            }
        };
        if cut_off && self.door.send(Input::EndCalls).await.is_ok() {
            let _ = tokio::time::timeout(LAST_WORDS, self.drained.cancelled()).await;
        }
        self.stop_pages.cancel();
        self.flows.close().await;
        self.stop_control.cancel();
        // Gone already, where that is the reason of the stop.
        if !self.ended.is_terminated() {
            let _ = self.ended.await;
        }
        for task in &self.tasks {
            task.abort();
        }
        self.writer.close().await;
        self.store.close().await;
        Ok(())
    }
}

/// From the system's source of randomness.
fn system_secret() -> [u8; 32] {
    use argon2::password_hash::rand_core::{OsRng, RngCore as _};
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    secret
}

/// From the system's source of randomness.
fn system_seed() -> u64 {
    use argon2::password_hash::rand_core::{OsRng, RngCore as _};
    OsRng.next_u64()
}

/// In the fonts of this machine; where they are not there, everything else is.
fn press(settings: &Settings) -> Press {
    let press = Press::new(settings.paper.font.clone(), settings.paper.bold.clone());
    if let Some(font) = press.missing() {
        tracing::warn!(font = %font.display(), "nothing can be printed: this font is not there (paper.font, paper.bold)");
    }
    press
}
