//! The media plane: its workers and the recordings' writer.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::base::Rng;
use crate::config;
use crate::media::rtc::Certificate;
use crate::media::sound::Sounds;
use crate::media::{Command, Event, WorkerId, engine};
use crate::net::clock::Clock;
use crate::net::host_addresses::{HostAddresses, own_addresses};
use crate::net::media_worker::{MediaWorker, RtcSettings, Settings};
use crate::net::recording::{RecordingWriter, Told};
use crate::net::rtp_port::PortRange;
use crate::store::recordings::{Recorded, Shelf};

/// What the workers' start may take.
const START: Duration = Duration::from_secs(10);
/// Events that may wait for the control task; beyond that the workers keep theirs.
const EVENTS: usize = 8_192;

pub struct Plane {
    workers: Vec<MediaWorker>,
}

/// Where media is received and what peers are told of it.
#[derive(Clone, Copy, Debug)]
pub struct MediaAddress {
    pub bind: IpAddr,
    pub advertise: IpAddr,
    /// What the machine is called outside, when that is told.
    pub outside: Option<IpAddr>,
}

impl MediaAddress {
    /// By the addresses of the settings: where SIP listens, and what it is called outside.
    pub fn of(sip: &config::Sip) -> Self {
        let bind = sip.udp.or(sip.tcp).map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
        Self { bind, advertise: sip.public_address.unwrap_or(bind), outside: sip.public_address }
    }
}

/// Starts the workers; the receiver belongs to the control task.
pub fn start(
    settings: &config::Media,
    address: MediaAddress,
    (shelf, recorded): (Shelf, mpsc::Sender<Recorded>),
    sounds: Sounds,
    clock: Clock,
    seed: u64,
) -> io::Result<(Plane, mpsc::Receiver<Event>)> {
    let (events, receiver) = mpsc::channel(EVENTS);
    let writer = RecordingWriter::start(shelf, Told { events: events.clone(), recorded })?;
    let certificate = Certificate::generate(std::time::Instant::now()).map_err(io::Error::other)?;
    let (sounds, count) = (Arc::new(sounds), count(settings.workers));
    let ports =
        PortRange { bind: address.bind, advertise: address.advertise, first: settings.ports.0, last: settings.ports.1 };
    let engine = engine::Settings { media_timeout: settings.timeout, ..engine::Settings::default() };
    let mut rng = Rng::new(seed);
    let mut workers = Vec::new();
    for index in 0..count {
        let rtc =
            settings.rtc.map(|bind| rtc_of(bind, index, settings, address.outside, certificate.clone())).transpose()?;
        let settings =
            Settings { worker: WorkerId(index), ports: ports.share(index, count), rtc, engine, seed: rng.next_u64() };
        workers.push(MediaWorker::start(settings, sounds.clone(), clock, events.clone(), writer.sender.clone())?);
    }
    Ok((Plane { workers }, receiver))
}

/// Each worker has a port of its own: the one of the settings and those that follow.
fn rtc_of(
    mut bind: SocketAddr,
    index: u8,
    settings: &config::Media,
    outside: Option<IpAddr>,
    certificate: Arc<Certificate>,
) -> io::Result<RtcSettings> {
    if bind.port() != 0 {
        bind.set_port(bind.port().saturating_add(u16::from(index)));
    }
    let own = own_addresses()?;
    let HostAddresses { offered, only_from } =
        HostAddresses::of(bind, &own, &settings.rtc_addresses).map_err(io::Error::other)?;
    if index == 0 {
        tracing::info!(offered = ?offered, outside = ?outside, this_machine_only = only_from.is_some(), "browser calls");
    }
    Ok(RtcSettings { addresses: offered, only_from, advertise: outside, certificate })
}

/// One for every two cores, unless said otherwise.
fn count(wanted: usize) -> u8 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = if wanted == 0 { cores.div_ceil(2) } else { wanted };
    u8::try_from(count).unwrap_or(u8::MAX)
}

impl Plane {
    /// Waits until every worker can carry calls; what they said on the way, in order. One that cannot in time
    /// is left behind, as long as there is another.
    pub async fn ready(&self, events: &mut mpsc::Receiver<Event>) -> io::Result<Vec<Event>> {
        let (mut told, mut ready) = (Vec::new(), BTreeSet::new());
        let until = tokio::time::Instant::now() + START;
        while ready.len() < self.workers.len() {
            let Ok(Some(event)) = tokio::time::timeout_at(until, events.recv()).await else { break };
            if let Event::Lent { ports } = &event {
                ready.extend(ports.iter().map(|port| port.worker));
            }
            told.push(event);
        }
        match self.workers.len().saturating_sub(ready.len()) {
            0 => {}
            late if ready.is_empty() => {
                return Err(io::Error::other(format!("none of {late} media workers has a port")));
            }
            late => tracing::error!(late, "media workers without a port"),
        }
        Ok(told)
    }

    /// Never waits; `false`: the worker does not take it.
    pub fn send(&self, worker: WorkerId, command: Command) -> bool {
        let worker = self.workers.get(usize::from(worker.0));
        worker.is_some_and(|worker| worker.send(command).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sound::Sounds;

    #[tokio::test]
    async fn every_worker_has_lent_ports_before_the_first_call() {
        let folder = tempfile::tempdir().unwrap();
        let settings = config::Media {
            workers: 2,
            ports: (27_400, 27_799),
            rtc: None,
            rtc_addresses: Vec::new(),
            codecs: crate::call::CODECS.to_vec(),
            timeout: None,
            ice: config::Ice::default(),
        };
        let address =
            MediaAddress { bind: Ipv4Addr::LOCALHOST.into(), advertise: Ipv4Addr::LOCALHOST.into(), outside: None };
        let shelf = Shelf { folder: folder.path().to_owned(), keys: None };
        let (plane, mut events) =
            start(&settings, address, (shelf, mpsc::channel(1).0), Sounds::default(), Clock::start(), 1).unwrap();
        let told = plane.ready(&mut events).await.unwrap();
        let ready = told.iter().filter(|event| matches!(event, Event::Ready { .. })).count();
        assert_eq!(ready, 2, "{told:?}");
    }
}
