//! Webhooks: programs are told by `POST` with JSON, over TLS where their address says so. Nobody is followed elsewhere.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::mail::NotSent;
use crate::config::TlsFiles;
use crate::net::connector;
use crate::store::AlertLetter;

/// A program that says nothing for so long is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells programs.
pub struct Hooks {
    tls: TlsConnector,
}

impl Hooks {
    /// Certificates are checked against the roots that those of trunks are; without any, nobody is trusted.
    pub fn new(files: &TlsFiles) -> anyhow::Result<Self> {
        let roots = files.roots.as_deref().filter(|path| path.exists());
        let tls = connector(roots).map_err(|error| anyhow::anyhow!("sip.tls_roots: {error}"))?;
        Ok(Self { tls })
    }

    /// Once; 2xx is `Ok`.
    pub async fn tell(&self, letter: &AlertLetter) -> Result<(), NotSent> {
        let status = match timeout(PATIENCE, self.post(letter)).await {
            Ok(status) => status?,
            Err(_) => return Err(not_now("no answer in time")),
        };
        let later = matches!(status.as_u16(), 408 | 425 | 429);
        let why = format!("answered {}", status.as_u16());
        match status {
            status if status.is_success() => Ok(()),
            status if !later && (status.is_client_error() || status.is_redirection()) => Err(NotSent::for_good(why)),
            _ => Err(not_now(why)),
        }
    }

    async fn post(&self, letter: &AlertLetter) -> Result<StatusCode, NotSent> {
        let uri: Uri = letter.letter.to.parse().map_err(NotSent::for_good)?;
        let host = uri.host().ok_or_else(|| NotSent::for_good("an address without a host"))?.trim_matches(['[', ']']);
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await.map_err(not_now)?;
        if !secure {
            return exchange(stream, request(&uri, letter)?).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(NotSent::for_good)?;
        let stream = self.tls.connect(name, stream).await.map_err(not_now)?;
        exchange(stream, request(&uri, letter)?).await
    }
}

fn not_now(why: impl ToString) -> NotSent {
    NotSent { why: why.to_string(), for_good: false }
}

/// The same `Idempotency-Key` in every try.
fn request(uri: &Uri, letter: &AlertLetter) -> Result<Request<Body>, NotSent> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("carillon/", env!("CARGO_PKG_VERSION")))
        .header("idempotency-key", format!("{}.{}", letter.at.as_micros(), letter.id))
        .body(Body::from(letter.letter.body.clone()))
        .map_err(NotSent::for_good)
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Body>,
) -> Result<StatusCode, NotSent> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(not_now)?;
    // Ends with the sender; what the program answers beside its status is not read.
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(not_now);
    connection.abort();
    Ok(answer?.status())
}
