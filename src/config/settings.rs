//! The settings as the server uses them.

use std::fmt::Display;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::keys::{self, Kind};
use super::layers::Values;
use super::mistake::Mistake;
use crate::base::Redacted;
use crate::call;
use crate::codec::Codec;
use crate::sip::endpoint::{AddressBlock, SessionTimers};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    pub http: SocketAddr,
    /// Proxies that are believed what they say of the client.
    pub trusted_proxies: Vec<AddressBlock>,
    /// The same pages over TLS.
    pub https: Option<SocketAddr>,
    pub https_files: TlsFiles,
    pub sip: Sip,
    pub media: Media,
    /// `None`: not served.
    pub metrics: Option<SocketAddr>,
    /// Empty: `carillon.db` in the data folder.
    pub store_url: Redacted<String>,
    pub folders: Folders,
    pub recordings: Recordings,
    /// `None`: no mail is sent.
    pub mail: Option<Mail>,
    pub paper: Paper,
    pub limits: Limits,
    pub journal: Journal,
    pub log: Log,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sip {
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    pub tls: Option<SocketAddr>,
    pub tls_files: TlsFiles,
    pub public_address: Option<IpAddr>,
    pub session: SessionTimers,
    /// `None`: the system's.
    pub dns: Option<SocketAddr>,
    /// Of SIP messages kept; 0: none are.
    pub ladder_bytes: u64,
    /// A capture server.
    pub hep: Option<SocketAddr>,
    pub hep_agent: u32,
}

/// PEM files.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TlsFiles {
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub roots: Option<PathBuf>,
    pub client_roots: Option<PathBuf>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Media {
    /// First and last UDP port, both included.
    pub ports: (u16, u16),
    /// 0: one for every two cores.
    pub workers: usize,
    pub rtc: Option<SocketAddr>,
    /// Of the machine's addresses those that browsers may be offered; empty: all.
    pub rtc_addresses: Vec<AddressBlock>,
    /// The most wanted first; not empty.
    pub codecs: Vec<Codec>,
    /// `None`: nobody is ever taken for gone.
    pub timeout: Option<Duration>,
    pub ice: Ice,
}

/// Servers that browsers may use to get through to us.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ice {
    pub urls: Vec<String>,
    pub user: String,
    pub password: Redacted<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folders {
    pub data: PathBuf,
    pub recordings: PathBuf,
    pub sounds: PathBuf,
    pub dialplans: PathBuf,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recordings {
    /// `None`: new ones are kept in clear.
    pub key_file: Option<PathBuf>,
}

/// What is printed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paper {
    pub font: PathBuf,
    /// `None`: headings are as the rest.
    pub bold: Option<PathBuf>,
}

/// The server that takes our mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub roots: Option<PathBuf>,
    /// Name and password, if any are wanted.
    pub login: Option<(String, Redacted<String>)>,
    /// `Care <care@example.com>`.
    pub from: String,
    pub per_minute: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailSecurity {
    StartTls,
    Tls,
    None,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    pub calls: usize,
    pub inlet: usize,
    pub query: Duration,
    pub drain: Duration,
    pub sign_in_failures: u32,
    pub http_connections: usize,
    pub http_per_source: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journal {
    /// Seconds.
    pub checkpoint_s: u32,
    pub keep: Duration,
    pub keep_figures: Duration,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    Auto,
    Pretty,
    Json,
}

impl Settings {
    /// Reads every key; what cannot be read becomes a mistake (and its value is then unused).
    pub(super) fn resolve(values: &Values, mistakes: &mut Vec<Mistake>) -> Self {
        let mut read = Reader { values, mistakes };
        let days = |count: u64| Duration::from_secs(count.saturating_mul(86_400));
        Self {
            http: read.address("http.listen").unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
            trusted_proxies: read.networks("http.trusted_proxies"),
            https: read.address("http.tls"),
            https_files: read.certificate("http"),
            sip: Sip {
                udp: read.address("sip.udp"),
                tcp: read.address("sip.tcp"),
                tls: read.address("sip.tls"),
                tls_files: TlsFiles {
                    roots: read.file("sip.tls_roots"),
                    client_roots: read.file("sip.tls_client_roots"),
                    ..read.certificate("sip")
                },
                public_address: read.optional("sip.public_address", "an IP address"),
                session: read.session_timers(),
                dns: read.address("sip.dns"),
                ladder_bytes: read.count::<u64>("sip.ladder_mb").saturating_mul(1 << 20),
                hep: read.address("sip.hep"),
                hep_agent: read.count("sip.hep_agent"),
            },
            media: Media {
                ports: read.ports("media.ports"),
                workers: read.count("media.workers"),
                rtc: read.address("media.rtc"),
                rtc_addresses: read.networks("media.rtc_addresses"),
                codecs: read.codecs("media.codecs"),
                timeout: Some(Duration::from_secs(read.count("media.timeout_s"))).filter(|limit| !limit.is_zero()),
                ice: read.ice(),
            },
            metrics: read.address("metrics.listen"),
            store_url: Redacted(read.text("store.url")),
            folders: Folders {
                data: read.text("folders.data").into(),
                recordings: read.text("folders.recordings").into(),
                sounds: read.text("folders.sounds").into(),
                dialplans: read.text("folders.dialplans").into(),
            },
            recordings: Recordings {
                key_file: Some(read.text("recordings.key_file")).filter(|text| !text.is_empty()).map(PathBuf::from),
            },
            mail: read.mail(),
            paper: Paper { font: read.text("paper.font").into(), bold: read.file("paper.bold") },
            limits: Limits {
                calls: read.count("limits.calls"),
                inlet: read.count("limits.inlet"),
                query: Duration::from_millis(read.count("limits.query_ms")),
                drain: Duration::from_secs(read.count("limits.drain_s")),
                sign_in_failures: read.count("limits.sign_in_failures"),
                http_connections: read.count("limits.http_connections"),
                http_per_source: read.count("limits.http_per_source"),
            },
            journal: Journal {
                checkpoint_s: read.count("journal.checkpoint_s"),
                keep: days(read.count("journal.keep_days")),
                keep_figures: days(read.count("journal.keep_figures_days")),
            },
            log: Log { level: read.text("log.level"), format: read.log_format("log.format") },
        }
    }

    /// The store's address; SQLite in the data folder unless another is given.
    pub fn store_url(&self) -> String {
        match self.store_url.reveal().as_str() {
            "" => format!("sqlite:{}", self.folders.data.join("carillon.db").display()),
            url => url.to_owned(),
        }
    }
}

/// Settings that can be read and do not go together: nobody is kept from them, and everybody is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// Other machines' browsers get the pages, and have no way for the sound.
    SoundStaysHere { key: &'static str, http: SocketAddr, rtc: SocketAddr },
    /// The same, behind a proxy.
    SoundStaysBehindProxy { rtc: SocketAddr },
}

impl Doubt {
    /// The key that it stands at.
    pub fn key(self) -> &'static str {
        "media.rtc"
    }
}

impl Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rtc, why) = match self {
            Self::SoundStaysHere { key, http, rtc } => (rtc, format!("{key} is {http}")),
            Self::SoundStaysBehindProxy { rtc } => (rtc, String::from("http.trusted_proxies names a proxy")),
        };
        let any = if rtc.is_ipv6() { "[::]" } else { "0.0.0.0" };
        let port = if rtc.port() == 0 { 21_900 } else { rtc.port() };
        write!(
            f,
            "{why}, so agents may sit at other machines, and media.rtc is {rtc}: their browsers would ring and hear \
             nothing. Set media.rtc to {any}:{port} (or the address that they reach) and open that UDP port"
        )
    }
}

impl Settings {
    /// What can hardly be meant.
    pub fn doubts(&self) -> Vec<Doubt> {
        let Some(rtc) = self.media.rtc.filter(|rtc| rtc.ip().is_loopback()) else { return Vec::new() };
        let pages = [("http.listen", Some(self.http)), ("http.tls", self.https)];
        let mut open =
            pages.into_iter().filter_map(|(key, http)| Some((key, http.filter(|at| !at.ip().is_loopback())?)));
        if let Some((key, http)) = open.next() {
            vec![Doubt::SoundStaysHere { key, http, rtc }]
        } else if !self.trusted_proxies.is_empty() {
            vec![Doubt::SoundStaysBehindProxy { rtc }]
        } else {
            Vec::new()
        }
    }
}

/// More only slow the browsers down.
const ICE_URLS_MAX: usize = 8;

/// RFC 7064 §3.1, RFC 7065 §3.1: scheme, host, perhaps a port, perhaps `?transport=`.
fn is_ice_url(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    let (place, transport) = rest.split_once("?transport=").map_or((rest, None), |(place, how)| (place, Some(how)));
    let relay = matches!(scheme, "turn" | "turns");
    let port = |text: &str| text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let sound = match place.strip_prefix('[') {
        Some(v6) => v6.split_once(']').is_some_and(|(host, rest)| host.parse::<Ipv6Addr>().is_ok() && port(rest)),
        None => {
            let (host, rest) = place.split_at(place.find(':').unwrap_or(place.len()));
            let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
            !host.is_empty() && named && port(rest)
        }
    };
    let transported = transport.is_none_or(|how| relay && matches!(how, "udp" | "tcp"));
    (relay || matches!(scheme, "stun" | "stuns")) && sound && transported
}

struct Reader<'a> {
    values: &'a Values,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake(&mut self, path: &str, message: impl Display) {
        if let Some(value) = self.values.get(path) {
            let shown = match keys::find(path).map(|key| key.kind) {
                Some(Kind::Secret) => "…",
                _ => value.text.as_str(),
            };
            let message = format!("`{path}` is `{shown}`: {message}");
            self.mistakes.push(Mistake { source: value.source.clone(), message });
        }
    }

    fn text(&mut self, path: &str) -> String {
        let text = self.values.get(path).map(|value| value.text.clone()).unwrap_or_default();
        let kind = keys::find(path).map(|key| key.kind);
        if text.trim().is_empty() && matches!(kind, Some(Kind::Text | Kind::Folder)) {
            self.mistake(path, "must not be empty");
        }
        text
    }

    fn optional<T: FromStr>(&mut self, path: &str, wanted: &str) -> Option<T> {
        let text = self.values.get(path)?.text.trim();
        if text.is_empty() {
            return None;
        }
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.mistake(path, format_args!("must be {wanted}"));
        }
        parsed
    }

    fn address(&mut self, path: &str) -> Option<SocketAddr> {
        let required = keys::find(path).is_some_and(|key| key.kind == Kind::Address);
        if required && self.values.get(path).is_some_and(|value| value.text.trim().is_empty()) {
            self.mistake(path, "must be IP:PORT");
            return None;
        }
        self.optional(path, "IP:PORT")
    }

    fn count<T: TryFrom<u64> + Default>(&mut self, path: &str) -> T {
        let Some(Kind::Count(least, most)) = keys::find(path).map(|key| key.kind) else { return T::default() };
        let number = self.values.get(path).and_then(|value| value.text.trim().parse::<u64>().ok());
        match number.filter(|number| (least..=most).contains(number)).and_then(|number| T::try_from(number).ok()) {
            Some(number) => number,
            None => {
                self.mistake(path, format_args!("must be a whole number from {least} to {most}"));
                T::default()
            }
        }
    }

    fn ports(&mut self, path: &str) -> (u16, u16) {
        let pair = self.values.get(path).and_then(|value| {
            let (first, last) = value.text.split_once('-')?;
            let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
            (first >= 1_024 && last.checked_sub(first)? >= 3).then_some((first, last))
        });
        pair.unwrap_or_else(|| {
            self.mistake(path, "must be FIRST-LAST, from 1024 on, with at least two pairs");
            (0, 0)
        })
    }

    fn networks(&mut self, path: &str) -> Vec<AddressBlock> {
        let text = self.values.get(path).map(|value| value.text.clone()).unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let blocks: Option<Vec<_>> = parts.map(AddressBlock::parse).collect();
        blocks.unwrap_or_else(|| {
            self.mistake(path, "must be addresses or networks such as 10.0.0.0/8, with commas between");
            Vec::new()
        })
    }

    fn codecs(&mut self, path: &str) -> Vec<Codec> {
        let text = self.text(path);
        let codecs: Option<Vec<_>> = text.split(',').map(|name| Codec::from_encoding(name.trim())).collect();
        // Two who have nothing else in common can have G.711: it can be played to.
        let is_playable = |codecs: &Vec<Codec>| codecs.iter().any(|codec| codec.g711().is_some());
        let is_once = |codecs: &Vec<Codec>| {
            codecs.iter().enumerate().all(|(n, codec)| !codecs.iter().take(n).any(|c| c == codec))
        };
        codecs.filter(is_playable).filter(is_once).unwrap_or_else(|| {
            let what =
                "must be some of opus, g722, pcmu, pcma, g729, each once, pcmu or pcma among them, with commas between";
            self.mistake(path, what);
            call::CODECS.to_vec()
        })
    }

    fn ice(&mut self) -> Ice {
        let text = self.text("media.ice_urls");
        let urls: Vec<String> =
            text.split(',').map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned).collect();
        if urls.len() > ICE_URLS_MAX || !urls.iter().all(|url| is_ice_url(url)) {
            let what = format_args!(
                "must be up to {ICE_URLS_MAX} of stun:HOST, turn:HOST:PORT, turns:HOST with commas between"
            );
            self.mistake("media.ice_urls", what);
        }
        let (user, password) = (self.text("media.ice_user"), Redacted(self.text("media.ice_password")));
        let relay = urls.iter().any(|url| url.starts_with("turn"));
        if relay && (user.is_empty() || password.reveal().is_empty()) {
            self.mistake("media.ice_urls", "a TURN server needs media.ice_user and media.ice_password");
        }
        Ice { urls, user, password }
    }

    fn mail(&mut self) -> Option<Mail> {
        let host = self.text("mail.host");
        if host.trim().is_empty() {
            return None;
        }
        let security = match self.text("mail.security").as_str() {
            "starttls" => MailSecurity::StartTls,
            "tls" => MailSecurity::Tls,
            "none" => MailSecurity::None,
            _ => {
                self.mistake("mail.security", "must be starttls, tls or none");
                MailSecurity::StartTls
            }
        };
        let (user, password) = (self.text("mail.user"), Redacted(self.text("mail.password")));
        if security == MailSecurity::None && !user.is_empty() {
            self.mistake("mail.user", "a password is not sent in clear: set mail.security to starttls or tls");
        }
        let from = self.text("mail.from");
        if from.trim().is_empty() {
            self.mistake("mail.from", "a mail needs a sender: Care <care@example.com>");
        }
        let login = (!user.is_empty()).then_some((user, password));
        let (port, per_minute) = (self.count("mail.port"), self.count("mail.per_minute"));
        Some(Mail { host, port, security, roots: self.file("mail.tls_roots"), login, from, per_minute })
    }

    fn session_timers(&mut self) -> SessionTimers {
        let timers = SessionTimers {
            expires_s: self.count("sip.session_timer_s"),
            least_s: self.count("sip.session_timer_least_s"),
        };
        if timers.expires_s != 0 && timers.expires_s < timers.least_s {
            self.mistake("sip.session_timer_s", "must be 0, or not below sip.session_timer_least_s");
        }
        timers
    }

    fn file(&mut self, path: &str) -> Option<PathBuf> {
        Some(self.text(path)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    /// The certificate and the key of an entrance over TLS: `<section>.tls`.
    fn certificate(&mut self, section: &str) -> TlsFiles {
        let [port, certificate, key] = ["tls", "tls_certificate", "tls_key"].map(|name| format!("{section}.{name}"));
        let files = TlsFiles { certificate: self.file(&certificate), key: self.file(&key), ..TlsFiles::default() };
        let wanted = self.values.get(&port).is_some_and(|value| !value.text.trim().is_empty());
        if wanted && (files.certificate.is_none() || files.key.is_none()) {
            self.mistake(&port, format!("needs {certificate} and {key}"));
        }
        if files.certificate.is_some() != files.key.is_some() {
            self.mistake(&certificate, format!("{certificate} and {key} go together"));
        }
        files
    }

    fn log_format(&mut self, path: &str) -> LogFormat {
        match self.values.get(path).map(|value| value.text.as_str()) {
            Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some("auto") => LogFormat::Auto,
            _ => {
                self.mistake(path, "must be auto, pretty or json");
                LogFormat::Auto
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_ice_url;

    #[test]
    fn addresses_of_stun_and_turn_servers() {
        for good in [
            "stun:stun.example.com",
            "stuns:stun.example.com:5349",
            "turn:203.0.113.9:3478",
            "turn:turn.example.com:3478?transport=tcp",
            "turns:[2001:db8::9]:443?transport=tcp",
        ] {
            assert!(is_ice_url(good), "{good}");
        }
        for bad in [
            "stun.example.com",
            "http://stun.example.com",
            "stun:",
            "stun://stun.example.com",
            "turn:turn.example.com:70000",
            "turn:turn.example.com?transport=sctp",
            "stun:stun.example.com?transport=udp",
            "turn:user@turn.example.com",
            "turn:[2001:db8::9",
        ] {
            assert!(!is_ice_url(bad), "{bad}");
        }
    }
}
