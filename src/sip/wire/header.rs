//! Header names (RFC 3261 §20, §7.3.3): the known ones as an enum, compact forms included.

use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $(| $compact:literal)?),+ $(,)?) => {
        /// A header this server knows by name. Every other header is kept as it came and is found by
        /// its text ([`super::Head::other`]).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Name {
            $($(#[$doc])* $variant),+
        }

        impl Name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            const TEXTS: &'static [&'static str] = &[$($text),+];

            /// The long form, as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The one-letter form of RFC 3261 §7.3.3 and the IANA registry.
            pub const fn compact(self) -> Option<char> {
                match self { $(Self::$variant => names!(@compact $($compact)?)),+ }
            }
        }
    };
    (@compact $letter:literal) => { Some($letter) };
    (@compact) => { None };
}

// By how often they come: that is the order of the search.
names! {
    Via = "Via" | 'v',
    From = "From" | 'f',
    To = "To" | 't',
    CallId = "Call-ID" | 'i',
    CSeq = "CSeq",
    Contact = "Contact" | 'm',
    MaxForwards = "Max-Forwards",
    ContentLength = "Content-Length" | 'l',
    ContentType = "Content-Type" | 'c',
    Allow = "Allow",
    Supported = "Supported" | 'k',
    UserAgent = "User-Agent",
    Route = "Route",
    RecordRoute = "Record-Route",
    Expires = "Expires",
    Authorization = "Authorization",
    Require = "Require",
    Accept = "Accept",
    AcceptEncoding = "Accept-Encoding",
    AcceptLanguage = "Accept-Language",
    AlertInfo = "Alert-Info",
    AllowEvents = "Allow-Events" | 'u',
    AuthenticationInfo = "Authentication-Info",
    CallInfo = "Call-Info",
    ContentDisposition = "Content-Disposition",
    ContentEncoding = "Content-Encoding" | 'e',
    ContentLanguage = "Content-Language",
    Date = "Date",
    Diversion = "Diversion",
    ErrorInfo = "Error-Info",
    Event = "Event" | 'o',
    HistoryInfo = "History-Info",
    Identity = "Identity" | 'y',
    InReplyTo = "In-Reply-To",
    MimeVersion = "MIME-Version",
    MinExpires = "Min-Expires",
    MinSe = "Min-SE",
    Organization = "Organization",
    PAssertedIdentity = "P-Asserted-Identity",
    Path = "Path",
    Priority = "Priority",
    Privacy = "Privacy",
    ProxyAuthenticate = "Proxy-Authenticate",
    ProxyAuthorization = "Proxy-Authorization",
    ProxyRequire = "Proxy-Require",
    RAck = "RAck",
    Reason = "Reason",
    ReferTo = "Refer-To" | 'r',
    ReferredBy = "Referred-By" | 'b',
    RemotePartyId = "Remote-Party-ID",
    Replaces = "Replaces",
    ReplyTo = "Reply-To",
    RetryAfter = "Retry-After",
    RSeq = "RSeq",
    Server = "Server",
    ServiceRoute = "Service-Route",
    SessionExpires = "Session-Expires" | 'x',
    Subject = "Subject" | 's',
    SubscriptionState = "Subscription-State",
    Timestamp = "Timestamp",
    Unsupported = "Unsupported",
    Warning = "Warning",
    WwwAuthenticate = "WWW-Authenticate",
}

impl Name {
    /// Long or compact form, any case.
    pub fn parse(text: &str) -> Option<Self> {
        if let [letter] = text.as_bytes() {
            let letter = char::from(letter.to_ascii_lowercase());
            return Self::ALL.iter().copied().find(|name| name.compact() == Some(letter));
        }
        // The list begins with the common ones, and length and first letter tell nearly all apart.
        let first = text.as_bytes().first()?.to_ascii_lowercase();
        let is_it = |known: &&'static str| {
            known.len() == text.len()
                && known.as_bytes().first().is_some_and(|b| b.to_ascii_lowercase() == first)
                && known.eq_ignore_ascii_case(text)
        };
        Self::ALL.get(Self::TEXTS.iter().position(is_it)?).copied()
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
