//! An HTTP port that cannot be filled up: so many connections in all and from one source, and so much time for
//! the head of a request.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | connections, WebSockets not counted once they are open | `limits.http_connections` | closed at once, counted |
//! | of one source (an IPv6 /64), proxies of ours excepted | `limits.http_per_source` | closed at once, counted |
//! | the head of a request, and the pause before it | 10 s | closed |
//! | a handshake of TLS | 10 s | closed |
//!
//! Bodies and answers have their limits in [`crate::web`], sockets theirs in [`crate::cti`] and [`crate::net`].

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::proxies::Proxies;
use crate::base::network_of;
use crate::net::Tls;

/// After an accept that failed (no more files): not at full speed.
const BREATH: Duration = Duration::from_millis(50);
/// What is being answered at the stop may finish.
const LAST_WORDS: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortLimits {
    pub connections: usize,
    pub per_source: usize,
    /// For the head of a request.
    pub head: Duration,
}

const CONNECTIONS_FULL: &str = "http_connections_full";
const SOURCE_FULL: &str = "http_source_full";
/// Why a connection may be turned away; each is one series of a metric.
#[cfg(test)]
pub const REASONS: [&str; 2] = [CONNECTIONS_FULL, SOURCE_FULL];

/// Told of every connection that is turned away: why, as the metric names it.
pub type TurnedAway = Arc<dyn Fn(&'static str) + Send + Sync>;

#[derive(Clone)]
pub struct Port {
    pub router: Router,
    pub limits: PortLimits,
    pub proxies: Arc<Proxies>,
    pub turned_away: TurnedAway,
    /// `None`: in the clear.
    pub tls: Option<Arc<Tls>>,
}

impl Port {
    /// Serves until `stop`, then lets what is being answered finish.
    pub fn serve(self, listener: TcpListener, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            let open = Arc::new(Open::default());
            loop {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, peer)) => self.take(stream, peer, &open, &stop),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(BREATH).await;
                    }
                }
            }
        })
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, open: &Arc<Open>, stop: &CancellationToken) {
        let per_source = if self.proxies.trust(peer.ip()) { usize::MAX } else { self.limits.per_source };
        match open.enter(peer.ip(), self.limits.connections, per_source) {
            Ok(place) => {
                let (port, stop) = (self.clone(), stop.clone());
                tokio::spawn(async move {
                    port.talk(stream, peer, stop).await;
                    drop(place);
                });
            }
            Err(why) => (self.turned_away)(why),
        }
    }

    async fn talk(self, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let _ = stream.set_nodelay(true);
        let Some(tls) = self.tls.clone() else { return self.answer(stream, peer, stop).await };
        let shaken = tokio::select! {
            () = stop.cancelled() => return,
            shaken = tokio::time::timeout(self.limits.head, tls.accept(stream)) => shaken,
        };
        match shaken {
            Ok(Ok(stream)) => self.answer(stream, peer, stop).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake of TLS failed"),
            Err(_) => tracing::debug!(%peer, "a handshake of TLS took too long"),
        }
    }

    async fn answer<S>(self, stream: S, peer: SocketAddr, stop: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (head, encrypted) = (self.limits.head, self.tls.is_some());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let client = self.proxies.client(peer, request.headers_mut());
            if encrypted {
                Proxies::encrypted(request.headers_mut());
            }
            request.extensions_mut().insert(ConnectInfo(client));
            TowerToHyperService::new(self.router.clone()).call(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(head);
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection broke off");
            },
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(LAST_WORDS, connection).await;
            }
        }
    }
}

#[derive(Default)]
struct Counted {
    total: usize,
    sources: HashMap<IpAddr, usize>,
}

/// Connections that are open.
#[derive(Default)]
struct Open(Mutex<Counted>);

/// One of them, as long as it lives.
struct Permit {
    open: Arc<Open>,
    source: IpAddr,
}

impl Open {
    fn enter(self: &Arc<Self>, source: IpAddr, limit: usize, per_source: usize) -> Result<Permit, &'static str> {
        let source = network_of(source);
        let mut counted = self.lock();
        if counted.total >= limit {
            return Err(CONNECTIONS_FULL);
        }
        let of_source = counted.sources.entry(source).or_default();
        if *of_source >= per_source {
            return Err(SOURCE_FULL);
        }
        *of_source += 1;
        counted.total += 1;
        Ok(Permit { open: self.clone(), source })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counted = self.open.lock();
        counted.total = counted.total.saturating_sub(1);
        if let Some(count) = counted.sources.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counted.sources.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use axum::routing::get;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::net::TlsFiles;

    const HEAD: Duration = Duration::from_millis(300);

    async fn port(connections: usize, per_source: usize) -> (SocketAddr, Arc<AtomicUsize>, CancellationToken) {
        port_under(None, connections, per_source).await
    }

    async fn port_under(
        tls: Option<Arc<Tls>>,
        connections: usize,
        per_source: usize,
    ) -> (SocketAddr, Arc<AtomicUsize>, CancellationToken) {
        let who = async |ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: axum::http::HeaderMap| {
            let proto = headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
            format!("{} {}", proto.unwrap_or("http"), peer.ip())
        };
        let router = Router::new().route("/who", get(who));
        let turned_away = Arc::new(AtomicUsize::new(0));
        let count = turned_away.clone();
        let port = Port {
            router,
            limits: PortLimits { connections, per_source, head: HEAD },
            proxies: Arc::default(),
            turned_away: Arc::new(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
            }),
            tls,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        port.serve(listener, stop.clone());
        (address, turned_away, stop)
    }

    /// Everything until the server closes.
    async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> String {
        let mut text = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut text)).await.expect("it closes");
        String::from_utf8_lossy(&text).into_owned()
    }

    const WHO: &[u8] = b"GET /who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: gopher\r\n\
        Connection: close\r\n\r\n";

    async fn ask(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(WHO).await;
        answer(&mut stream).await
    }

    /// A certificate for `localhost` that vouches for itself, its key, and both as they are served.
    fn certified(folder: &std::path::Path) -> (Arc<Tls>, std::path::PathBuf) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (certificate, key) = (folder.join("own.pem"), folder.join("own.key"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let files = TlsFiles { certificate: Some(certificate.clone()), key: Some(key), ..TlsFiles::default() };
        (Arc::new(Tls::load(files).unwrap()), certificate)
    }

    #[tokio::test]
    async fn under_tls_pages_are_served_as_https_and_garbage_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (tls, certificate) = certified(folder.path());
        let (address, _, stop) = port_under(Some(tls), 8, 8).await;
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(address).await.unwrap();
        let mut stream = client.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        stream.write_all(WHO).await.unwrap();
        let told = answer(&mut stream).await;
        assert!(told.ends_with("https 127.0.0.1"), "{told}");

        // In the clear, and half a handshake: nothing is answered, and nobody is kept waiting.
        assert!(!ask(address).await.contains("200"));
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(&[22, 3, 1]).await.unwrap();
        let _ = answer(&mut half).await;
        let mut waiting = TcpStream::connect(address).await.unwrap();
        stop.cancel();
        assert_eq!(answer(&mut waiting).await, "");
    }

    #[tokio::test]
    async fn slow_heads_are_closed_and_the_others_are_served_meanwhile() {
        let (address, _, _stop) = port(64, 64).await;
        let begin = Instant::now();
        let mut slow = Vec::new();
        for n in 0..20 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            if n % 2 == 0 {
                stream.write_all(b"GET /who HTTP/1.1\r\nHost: x\r\nX-A: ").await.unwrap();
            }
            slow.push(stream);
        }
        // A byte now and then does not keep a connection.
        let drip = tokio::spawn(async move {
            for n in 0..200 {
                let _ = slow[n % 20].write_all(b"b").await;
                tokio::time::sleep(HEAD / 40).await;
            }
            slow
        });
        assert!(ask(address).await.ends_with("http 127.0.0.1"), "a header of a stranger is not believed");
        assert!(begin.elapsed() < HEAD, "served at once");
        for mut stream in drip.await.unwrap() {
            let told = answer(&mut stream).await;
            assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{told}");
        }
    }

    #[tokio::test]
    async fn a_full_port_turns_away_at_once_and_has_room_again() {
        for (connections, per_source) in [(3, 64), (64, 3)] {
            let (address, turned_away, _stop) = port(connections, per_source).await;
            let mut held = Vec::new();
            for _ in 0..3 {
                held.push(TcpStream::connect(address).await.unwrap());
            }
            assert_eq!(ask(address).await, "");
            assert_eq!(turned_away.load(Ordering::Relaxed), 1);
            drop(held);
            let until = Instant::now() + Duration::from_secs(5);
            while !ask(address).await.contains("200 OK") {
                assert!(Instant::now() < until, "no room came");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    #[tokio::test]
    async fn the_stop_ends_connections_that_wait() {
        let (address, _, stop) = port(8, 8).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        stop.cancel();
        assert_eq!(answer(&mut idle).await, "");
    }
}
