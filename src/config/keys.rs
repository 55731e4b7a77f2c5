//! The one table of keys.

/// What a value of a key must look like. Every value is text first, whatever layer it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `IP:PORT`.
    Address,
    /// `IP:PORT`, or empty for "off".
    AddressOrOff,
    /// An IP, or empty for "find out".
    IpOrAuto,
    Text,
    /// A folder; relative ones stand below the working directory.
    Folder,
    /// Addresses and CIDR networks with commas between, or empty.
    Networks,
    /// `stun:HOST`, `turn:HOST:PORT` and the like with commas between, or empty.
    IceUrls,
    TextOrNone,
    /// Names of codecs with commas between.
    Codecs,
    /// `FIRST-LAST`.
    Ports,
    /// A whole number between these.
    Count(u64, u64),
    Choice(&'static [&'static str]),
    /// Text that no log and no page shows; may come from a file by `<key>_file`.
    Secret,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// `section.name`.
    pub path: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    /// Empty where there is none.
    pub unit: &'static str,
    pub about: &'static str,
}

const fn key(path: &'static str, kind: Kind, default: &'static str, unit: &'static str, about: &'static str) -> Key {
    Key { path, kind, default, unit, about }
}

/// Every key, in the order of `config/carillon.toml`.
pub const KEYS: &[Key] = &[
    key("http.listen", Kind::Address, "127.0.0.1:8080", "", "desktop, API, events, SIP over WebSocket"),
    key(
        "http.trusted_proxies",
        Kind::Networks,
        "",
        "",
        "proxies believed in Forwarded, X-Forwarded-For and X-Forwarded-Proto: 10.0.0.0/8, 127.0.0.1; empty: none",
    ),
    key(
        "http.tls",
        Kind::AddressOrOff,
        "",
        "",
        "the same over TLS (https, wss); needs the two files below; empty: off",
    ),
    key(
        "http.tls_certificate",
        Kind::TextOrNone,
        "",
        "",
        "PEM file: our certificate and those up to the root; a changed file is taken within seconds",
    ),
    key("http.tls_key", Kind::TextOrNone, "", "", "PEM file: its private key"),
    key("sip.udp", Kind::AddressOrOff, "127.0.0.1:5060", "", "SIP over UDP; empty: off"),
    key("sip.tcp", Kind::AddressOrOff, "127.0.0.1:5060", "", "SIP over TCP; empty: off"),
    key("sip.tls", Kind::AddressOrOff, "", "", "SIP over TLS; needs the two files below; empty: off"),
    key(
        "sip.tls_certificate",
        Kind::TextOrNone,
        "",
        "",
        "PEM file: our certificate and those up to the root; shown to trunks that ask for one, too; a changed file is taken within seconds",
    ),
    key("sip.tls_key", Kind::TextOrNone, "", "", "PEM file: its private key"),
    key(
        "sip.tls_roots",
        Kind::TextOrNone,
        "/etc/ssl/certs/ca-certificates.crt",
        "",
        "PEM file: who may have signed the certificates of trunks, and of webhooks of alerts",
    ),
    key(
        "sip.tls_client_roots",
        Kind::TextOrNone,
        "",
        "",
        "PEM file: who may have signed the certificates of those who connect over TLS; empty: they need none",
    ),
    key(
        "sip.public_address",
        Kind::IpOrAuto,
        "",
        "",
        "IP told to peers in Via, Contact and SDP; empty: the listening one",
    ),
    key(
        "sip.session_timer_s",
        Kind::Count(0, 86_400),
        "1800",
        "s",
        "session timer asked for (RFC 4028): a call that its other end does not refresh for so long ends; 0: none is asked for, who asks gets one",
    ),
    key("sip.session_timer_least_s", Kind::Count(90, 86_400), "90", "s", "shorter sessions are refused with 422"),
    key(
        "sip.dns",
        Kind::AddressOrOff,
        "",
        "",
        "DNS server that is asked for the names of trunks; empty: those of the system",
    ),
    key(
        "sip.ladder_mb",
        Kind::Count(0, 1_000_000),
        "512",
        "MiB",
        "SIP messages of calls are kept for a day in the data folder, so much of them at most; 0: none",
    ),
    key(
        "sip.hep",
        Kind::AddressOrOff,
        "",
        "",
        "capture server (Homer) that gets every SIP message by HEP v3 over UDP; empty: none",
    ),
    key(
        "sip.hep_agent",
        Kind::Count(0, 4_294_967_295),
        "2001",
        "",
        "the number by which the capture server knows this one",
    ),
    key("media.ports", Kind::Ports, "22000-31999", "", "UDP ports for RTP and RTCP; a call takes four"),
    key("media.workers", Kind::Count(0, 64), "0", "threads", "media worker threads; 0: one for every two cores"),
    key(
        "media.rtc",
        Kind::AddressOrOff,
        "127.0.0.1:0",
        "",
        "UDP address of browser calls (ICE); 0.0.0.0 or [::]: every address of this machine; loopback: browsers of this \
         machine only; port 0: any free one; empty: off",
    ),
    key(
        "media.rtc_addresses",
        Kind::Networks,
        "",
        "",
        "which of this machine's addresses browsers are offered: 192.0.2.0/24, 2001:db8::/32; empty: every one",
    ),
    key(
        "media.codecs",
        Kind::Codecs,
        "opus, g722, pcmu, pcma",
        "",
        "what is agreed with phones, trunks and browsers, the most wanted first; with g729 that is passed on between two \
         who both have it; of pcmu and pcma the other side chooses; opus first: browsers speak it whatever the trunk does",
    ),
    key(
        "media.timeout_s",
        Kind::Count(0, 86_400),
        "30",
        "s",
        "a side of a conversation of which nothing is heard for so long is gone; who waits or holds is not watched; 0: never",
    ),
    key(
        "media.ice_urls",
        Kind::IceUrls,
        "",
        "",
        "STUN and TURN servers for the browsers: stun:stun.example.com, turn:turn.example.com:3478?transport=udp; empty: none",
    ),
    key("media.ice_user", Kind::TextOrNone, "", "", "user name at the TURN servers; every signed-in agent is told it"),
    key("media.ice_password", Kind::Secret, "", "", "password at the TURN servers; every signed-in agent is told it"),
    key("metrics.listen", Kind::AddressOrOff, "127.0.0.1:9090", "", "Prometheus figures; private; empty: off"),
    key("store.url", Kind::Secret, "", "", "sqlite:PATH or postgres://…; empty: carillon.db in the data folder"),
    key("folders.data", Kind::Folder, "data", "", "database and lock"),
    key("folders.recordings", Kind::Folder, "data/recordings", "", "recorded calls"),
    key("folders.sounds", Kind::Folder, "sounds", "", "prompts and music"),
    key("folders.dialplans", Kind::Folder, "dialplans", "", "flows"),
    key(
        "recordings.key_file",
        Kind::TextOrNone,
        "",
        "",
        "master keys that recordings are sealed with, made by `carillon recordings new-key`; nobody else may read it; a line more is taken without a restart; empty: recordings are kept in clear",
    ),
    key(
        "mail.host",
        Kind::TextOrNone,
        "",
        "",
        "the mail server that takes what is sent to customers (SMTP); empty: none is sent",
    ),
    key("mail.port", Kind::Count(1, 65_535), "587", "", "its port"),
    key(
        "mail.security",
        Kind::Choice(&["starttls", "tls", "none"]),
        "starttls",
        "",
        "starttls: in clear until both agree on TLS, and not without it; tls: from the first byte on; none: in clear, for a \
         server on this machine",
    ),
    key(
        "mail.tls_roots",
        Kind::TextOrNone,
        "/etc/ssl/certs/ca-certificates.crt",
        "",
        "PEM file: who may have signed its certificate",
    ),
    key("mail.user", Kind::TextOrNone, "", "", "user name at the mail server; empty: none is needed"),
    key("mail.password", Kind::Secret, "", "", "password at the mail server"),
    key(
        "mail.from",
        Kind::TextOrNone,
        "",
        "",
        "the sender that customers see: care@example.com, or a name and then the address in angle brackets",
    ),
    key("mail.per_minute", Kind::Count(1, 100_000), "60", "mails", "no more are handed over in a minute"),
    key(
        "paper.font",
        Kind::Text,
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "",
        "what is printed (PDF) is set in this OpenType font, with Chinese and Latin letters; what it uses of it goes into the PDF",
    ),
    key(
        "paper.bold",
        Kind::TextOrNone,
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
        "",
        "the font of its headings; empty: the same",
    ),
    key("limits.calls", Kind::Count(1, 100_000), "2000", "calls", "calls at once; more are refused with 503"),
    key("limits.inlet", Kind::Count(64, 1_000_000), "16384", "messages", "inputs that may wait for the center"),
    key("limits.query_ms", Kind::Count(50, 60_000), "2000", "ms", "a look-up that takes longer goes on without"),
    key("limits.drain_s", Kind::Count(0, 86_400), "300", "s", "a stop waits so long for calls to end"),
    key(
        "limits.sign_in_failures",
        Kind::Count(1, 1_000),
        "10",
        "failures",
        "wrong passwords in five minutes before sign-in pauses",
    ),
    key(
        "limits.http_connections",
        Kind::Count(16, 1_000_000),
        "8192",
        "connections",
        "HTTP connections at once; more are closed",
    ),
    key(
        "limits.http_per_source",
        Kind::Count(4, 1_000_000),
        "1024",
        "connections",
        "HTTP connections of one address (an IPv6 /64); more are closed",
    ),
    key(
        "journal.checkpoint_s",
        Kind::Count(10, 86_400),
        "600",
        "s",
        "between two checkpoints of the router; a replay runs so much more at most",
    ),
    key("journal.keep_days", Kind::Count(1, 3_650), "31", "days", "how far back replay, what-if and past boards reach"),
    key(
        "journal.keep_figures_days",
        Kind::Count(1, 36_500),
        "1100",
        "days",
        "how far back statistics by the quarter of an hour and longer reach",
    ),
    key("log.level", Kind::Text, "info", "", "a level, or tracing directives such as info,carillon::net=debug"),
    key("log.format", Kind::Choice(&["auto", "pretty", "json"]), "auto", "", "auto: pretty on a terminal, else json"),
];

/// The key of that path.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}
