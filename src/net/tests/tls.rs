//! TLS on real sockets, with a root of the test's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::*;

/// A root, and certificates signed by it.
struct Authority {
    folder: tempfile::TempDir,
    root: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), root.pem()).unwrap();
        Self { folder, root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate for this name or address, under these file names.
    fn issue(&self, subject: &str, name: &str) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![subject.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.root).unwrap();
        std::fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    fn files(&self, name: &str) -> TlsFiles {
        let (certificate, key) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        TlsFiles {
            certificate: Some(certificate),
            key: Some(key),
            roots: Some(self.path("root.pem")),
            client_roots: None,
        }
    }
}

async fn net(files: TlsFiles) -> Net {
    let local = "127.0.0.1:0".parse().unwrap();
    Net::open(|settings| {
        (settings.tls, settings.tls_files) = (vec![local], files);
        settings.message_time = Duration::from_millis(500);
    })
    .await
}

/// Connects as a phone that trusts this root; its certificate's serial tells one from another.
async fn phone(at: SocketAddr, root: &Path) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let stream = TcpStream::connect(at).await?;
    tokio_rustls::TlsConnector::from(config).connect(ServerName::try_from("sip.example.net").unwrap(), stream).await
}

fn shown(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn a_phone_speaks_over_tls_and_garbage_and_silence_cost_nobody_anything() {
    let authority = Authority::new();
    authority.issue("sip.example.net", "own");
    let mut net = net(authority.files("own")).await;
    let at = net.flows.tls_addresses()[0];
    let mut garbage = TcpStream::connect(at).await.unwrap();
    garbage.write_all(&[b'G'; 4_096]).await.unwrap();
    let mut silent = TcpStream::connect(at).await.unwrap();
    let mut phone = phone(at, &authority.path("root.pem")).await.unwrap();
    phone.write_all(OPTIONS.as_bytes()).await.unwrap();
    let received = net.received().await;
    assert_eq!((received.transport, received.local), (Transport::Tls, at));
    net.flows.send(reply_to(&received), Bytes::from_static(b"answer")).unwrap();
    let mut answer = [0; 6];
    phone.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"answer");
    let mut rest = Vec::new();
    let ends = timeout(Duration::from_secs(5), silent.read_to_end(&mut rest)).await;
    assert!(ends.is_ok(), "a handshake that never begins is ended");
    let _ = timeout(Duration::from_secs(5), garbage.read_to_end(&mut rest)).await.expect("garbage is ended");
    let counts = net.flows.counts();
    assert_eq!((counts.connections, counts.closed_idle, counts.closed_malformed), (1, 1, 1));
    drop(phone);
    net.closed().await;
}

#[tokio::test]
async fn a_trunk_must_prove_its_name() {
    let authority = Authority::new();
    authority.issue("sip.example.net", "trunk");
    let mut trunk = net(authority.files("trunk")).await;
    let to = Destination { transport: Transport::Tls, addr: trunk.flows.tls_addresses()[0], flow: None };
    let mut ours = net(TlsFiles { roots: Some(authority.path("root.pem")), ..TlsFiles::default() }).await;
    for (name, fits) in [(None, false), (Some("other.example.net"), false), (Some("sip.example.net"), true)] {
        ours.flows.expect_names(name.map(|name| (to.addr, name.to_owned())));
        ours.flows.send(to, Bytes::from_static(OPTIONS.as_bytes())).unwrap();
        match fits {
            true => assert_eq!(trunk.received().await.transport, Transport::Tls),
            false => assert!(matches!(ours.next().await, FlowEvent::Failed(failed) if failed == to), "{name:?}"),
        }
    }
    let mut stranger = net(TlsFiles::default()).await;
    stranger.flows.expect_names([(to.addr, "sip.example.net".to_owned())]);
    stranger.flows.send(to, Bytes::from_static(OPTIONS.as_bytes())).unwrap();
    assert!(matches!(stranger.next().await, FlowEvent::Failed(_)), "nobody has signed it who is trusted");
}

#[tokio::test]
async fn who_connects_shows_a_certificate_where_one_is_asked_for() {
    let authority = Authority::new();
    authority.issue("sip.example.net", "trunk");
    authority.issue("center.example.net", "own");
    let mut files = authority.files("trunk");
    files.client_roots = Some(authority.path("root.pem"));
    let mut trunk = net(files).await;
    let to = Destination { transport: Transport::Tls, addr: trunk.flows.tls_addresses()[0], flow: None };
    let ours = net(authority.files("own")).await;
    ours.flows.expect_names([(to.addr, "sip.example.net".to_owned())]);
    ours.flows.send(to, Bytes::from_static(OPTIONS.as_bytes())).unwrap();
    trunk.received().await;
    // In TLS 1.3 the refusal comes after the client's handshake.
    let refused = match phone(to.addr, &authority.path("root.pem")).await {
        Ok(mut phone) => phone.read(&mut [0; 1]).await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "a phone without a certificate");
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_bad_one_is_not() {
    let authority = Authority::new();
    authority.issue("sip.example.net", "own");
    let net = net(authority.files("own")).await;
    let (at, root) = (net.flows.tls_addresses()[0], authority.path("root.pem"));
    let first = phone(at, &root).await.unwrap();
    // File systems may count in coarse steps.
    let change = |write: &dyn Fn()| {
        write();
        let later = std::time::SystemTime::now() + Duration::from_secs(60);
        std::fs::File::options().write(true).open(authority.path("own.pem")).unwrap().set_modified(later).unwrap();
        net.flows.0.tls.look();
    };
    change(&|| authority.issue("sip.example.net", "own"));
    let second = phone(at, &root).await.unwrap();
    assert_ne!(shown(&first), shown(&second));
    change(&|| std::fs::write(authority.path("own.pem"), "nothing").unwrap());
    let third = phone(at, &root).await.unwrap();
    assert_eq!(shown(&second), shown(&third));
}
