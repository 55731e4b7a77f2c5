//! TLS under SIP (RFC 3261 §26.2.1) and HTTP: our certificate, whom we trust, and the handshake.
//!
//! | what | how |
//! | --- | --- |
//! | versions | 1.2 and 1.3 (rustls: no older ones, no weak suites) |
//! | our certificate | shown to everybody who connects, and to trunks that ask for one |
//! | certificates of trunks | checked against `roots`, by the name the trunk has, else by its address |
//! | certificates of who connects | asked for and checked when there are `client_roots`: who has none is refused |
//! | a new certificate | looked for every [`LOOK`]; connections that are up keep theirs; a bad file changes nothing |
//! | a handshake | takes [`super::FlowSettings::message_time`] at most, and counts as a connection from its beginning |
//! | under HTTP | the certificate alone: a server of its own, with neither trunks nor roots |

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

/// Between two looks for changed files.
const LOOK: Duration = Duration::from_secs(5);

/// PEM files.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsFiles {
    /// Our certificate and those between it and the root; without it nobody can connect.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Who may have signed the certificates of trunks.
    pub roots: Option<PathBuf>,
    /// Who may have signed the certificates of those who connect.
    pub client_roots: Option<PathBuf>,
}

impl TlsFiles {
    fn stamps(&self) -> Vec<Option<SystemTime>> {
        let all = [&self.certificate, &self.key, &self.roots, &self.client_roots];
        all.into_iter().map(|file| std::fs::metadata(file.as_ref()?).and_then(|known| known.modified()).ok()).collect()
    }
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{}: {source}", .path.display())]
    Unreadable { path: PathBuf, source: rustls::pki_types::pem::Error },
    #[error("{}: no certificate is in it", .path.display())]
    Empty { path: PathBuf },
    #[error("TLS needs both a certificate and its key")]
    Half,
    #[error("TLS: {0}")]
    Unfit(String),
}

struct Loaded {
    /// `None`: nobody can connect.
    server: Option<Arc<ServerConfig>>,
    client: Arc<ClientConfig>,
    stamps: Vec<Option<SystemTime>>,
}

/// What is in force. See the module's head.
pub struct Tls {
    files: TlsFiles,
    loaded: RwLock<Loaded>,
    /// Whom to expect at an address.
    names: RwLock<HashMap<SocketAddr, ServerName<'static>>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let loaded = RwLock::new(load(&files)?);
        Ok(Self { files, loaded, names: RwLock::default() })
    }

    /// The names that trunks prove, by address. One that is no name is left out.
    pub fn expect(&self, names: impl IntoIterator<Item = (SocketAddr, String)>) {
        let names = names.into_iter().filter_map(|(addr, name)| Some((addr, ServerName::try_from(name).ok()?)));
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names.collect();
    }

    pub async fn accept(&self, stream: TcpStream) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
        let server = self.loaded.read().unwrap_or_else(PoisonError::into_inner).server.clone();
        let server = server.ok_or_else(|| io::Error::other("there is no certificate"))?;
        TlsAcceptor::from(server).accept(stream).await
    }

    pub async fn connect(
        &self,
        to: SocketAddr,
        stream: TcpStream,
    ) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let client = self.loaded.read().unwrap_or_else(PoisonError::into_inner).client.clone();
        let known = self.names.read().unwrap_or_else(PoisonError::into_inner).get(&to).cloned();
        let name = known.unwrap_or_else(|| ServerName::IpAddress(to.ip().into()));
        TlsConnector::from(client).connect(name, stream).await
    }

    /// Takes changed files until the server stops.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => self.look(),
            }
        }
    }

    pub(super) fn look(&self) {
        let stamps = self.files.stamps();
        if stamps == self.loaded.read().unwrap_or_else(PoisonError::into_inner).stamps {
            return;
        }
        match load(&self.files) {
            Ok(new) => {
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = new;
                tracing::info!("new certificates are in force");
            }
            Err(error) => {
                self.loaded.write().unwrap_or_else(PoisonError::into_inner).stamps = stamps;
                tracing::error!(%error, "the certificates stay as they were");
            }
        }
    }
}

/// For connections to others, to whom we show no certificate. `roots`: who may have signed theirs; without, nobody is trusted.
pub fn connector(roots: Option<&Path>) -> Result<TlsConnector, TlsError> {
    Ok(TlsConnector::from(Arc::new(trusting(roots)?.with_no_client_auth())))
}

fn trusting(path: Option<&Path>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(versions.map_err(|error| TlsError::Unfit(error.to_string()))?.with_root_certificates(roots(path)?))
}

fn load(files: &TlsFiles) -> Result<Loaded, TlsError> {
    // First, so that a file which changes meanwhile is read again.
    let stamps = files.stamps();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unfit = |error: &dyn fmt::Display| TlsError::Unfit(error.to_string());
    let own = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => Some((chain(certificate)?, private_key(key)?)),
        (None, None) => None,
        _ => return Err(TlsError::Half),
    };
    let client = trusting(files.roots.as_deref())?;
    let client = match &own {
        Some((chain, key)) => {
            client.with_client_auth_cert(chain.clone(), key.clone_key()).map_err(|error| unfit(&error))?
        }
        None => client.with_no_client_auth(),
    };
    let server = own.map(|(chain, key)| {
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| unfit(&error))?;
        let server = match &files.client_roots {
            Some(path) => {
                let roots = Arc::new(roots(Some(path))?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone()).build();
                server.with_client_cert_verifier(verifier.map_err(|error| unfit(&error))?)
            }
            None => server.with_no_client_auth(),
        };
        server.with_single_cert(chain, key).map(Arc::new).map_err(|error| unfit(&error))
    });
    Ok(Loaded { server: server.transpose()?, client: Arc::new(client), stamps })
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |source| TlsError::Unreadable { path: path.to_owned(), source };
    let all: Vec<_> =
        CertificateDer::pem_file_iter(path).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
    if all.is_empty() { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(all) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

/// Those of the file that can be read; of no file none.
fn roots(path: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    if let Some(path) = path {
        store.add_parsable_certificates(chain(path)?);
    }
    Ok(store)
}
