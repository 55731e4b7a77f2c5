//! A plain HTTP/1.1 client and a WebSocket client, so that what is checked is what is on the wire.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Of a problem.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

#[derive(Clone)]
pub struct Client {
    pub addr: SocketAddr,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
}

impl Client {
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr, headers: Vec::new() }
    }

    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.push((name.to_owned(), value.to_owned()));
        changed
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        match body {
            Some(body) => self.with("Content-Type", "application/json").send_raw(method, path, body).await,
            None => self.send_raw(method, path, String::new()).await,
        }
    }

    /// A body of the kind that the headers say.
    pub async fn send_raw(&self, method: &str, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.addr);
        for (name, value) in &self.headers {
            request += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(&[request.as_bytes(), b"\r\n", body].concat()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        parse(&bytes)
    }

    /// Signs in and keeps cookie and CSRF token.
    pub async fn signed_in(&self, user: &str, password: &str) -> Self {
        let answer = self.post("/api/v1/sign-in", serde_json::json!({"user": user, "password": password})).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        self.with("Cookie", &cookie).with("X-CSRF-Token", answer.json()["csrf"].as_str().unwrap())
    }

    pub async fn socket(&self) -> Socket {
        let ticket = self.post("/api/v1/ws-tickets", Value::Null).await;
        assert_eq!(ticket.status, 201);
        let url = format!("ws://{}/ws?ticket={}", self.addr, ticket.json()["ticket"].as_str().unwrap());
        Socket(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }
}

/// A POST from an address of the loopback.
pub async fn from(source: std::net::IpAddr, addr: SocketAddr, path: &str, body: &str) -> Answer {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(source, 0)).unwrap();
    let mut stream = socket.connect(addr).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<_> = lines.filter_map(pair).collect();
    let body = bytes[head + 4..].to_vec();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    Answer { status, headers, body: if chunked { unchunk(&body) } else { body } }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
        if size == 0 {
            break;
        }
    }
    whole
}

pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next text, or the close code.
    pub async fn hear(&mut self) -> Result<Value, u16> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("silence");
            match next {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(0),
            }
        }
    }

    /// The next message of that type; others are passed over.
    pub async fn hear_type(&mut self, kind: &str) -> Value {
        loop {
            let message = self.hear().await.unwrap_or_else(|code| panic!("closed with {code} before {kind}"));
            if message["type"] == kind {
                return message;
            }
        }
    }
}
