//! Text -> [`Description`].

use std::net::IpAddr;

use super::{
    Attribute, Connection, Description, MAX_BYTES, MAX_FORMATS, MAX_LINES, MAX_MEDIA, Media, Origin, SdpError,
};

impl Description {
    /// Reads a description; never panics, whatever the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        if bytes.len() > MAX_BYTES {
            return Err(SdpError::TooLong);
        }
        let text = String::from_utf8_lossy(bytes);
        // The end of a C string that came along.
        let text = text.trim_end_matches('\0');
        let mut lines = text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).enumerate();
        let first = lines.find(|(_, line)| !line.trim().is_empty());
        if first.is_none_or(|(_, first)| first.trim_end() != "v=0") {
            return Err(SdpError::NotSdp);
        }
        let mut draft = Draft::default();
        for (index, line) in lines {
            if index >= MAX_LINES {
                return Err(SdpError::TooLong);
            }
            if line.trim().is_empty() {
                continue;
            }
            draft.line(line).map_err(|problem| problem.at(index.saturating_add(1)))?;
        }
        draft.finish()
    }
}

/// Words of an `o=` line that are looked at.
const MAX_NAME_WORDS: usize = 32;

/// What is wrong with a line, before its number is known.
enum Problem {
    Bad,
    TooManyMedia,
}

impl Problem {
    fn at(self, line: usize) -> SdpError {
        match self {
            Self::Bad => SdpError::BadLine { line },
            Self::TooManyMedia => SdpError::TooManyMedia,
        }
    }
}

#[derive(Default)]
struct Draft {
    origin: Option<Origin>,
    name: String,
    connection: Option<Connection>,
    attributes: Vec<Attribute>,
    media: Vec<Media>,
}

impl Draft {
    fn line(&mut self, line: &str) -> Result<(), Problem> {
        let (kind, value) = line.split_once('=').ok_or(Problem::Bad)?;
        if kind.len() != 1 || value.contains(['\r', '\0']) {
            return Err(Problem::Bad);
        }
        match kind {
            "o" if self.origin.is_none() => self.origin = Some(origin(value).ok_or(Problem::Bad)?),
            "o" => return Err(Problem::Bad),
            "s" => self.name = value.trim().to_owned(),
            "c" => {
                let connection = Some(connection(value).ok_or(Problem::Bad)?);
                match self.media.last_mut() {
                    // A section may list several; the first is the one that counts for one stream.
                    Some(media) if media.connection.is_some() => {}
                    Some(media) => media.connection = connection,
                    None => self.connection = connection,
                }
            }
            "m" if self.media.len() >= MAX_MEDIA => return Err(Problem::TooManyMedia),
            "m" => self.media.push(media(value).ok_or(Problem::Bad)?),
            "a" => {
                let attributes = self.media.last_mut().map_or(&mut self.attributes, |m| &mut m.attributes);
                attributes.push(attribute(value).ok_or(Problem::Bad)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Description, SdpError> {
        let Self { origin, name, connection, attributes, media } = self;
        // The name of a session that has none (RFC 8866 §5.3).
        let name = if name.is_empty() { "-".to_owned() } else { name };
        Ok(Description { origin: origin.ok_or(SdpError::NoOrigin)?, name, connection, attributes, media })
    }
}

/// `jdoe 3724394400 3724394405 IN IP4 198.51.100.1`; a name of several words becomes one.
fn origin(value: &str) -> Option<Origin> {
    let words: Vec<&str> = value.split_ascii_whitespace().take(MAX_NAME_WORDS).collect();
    let (name, [session_id, version, _net, _family, address]) = words.split_last_chunk()?;
    let username = Some(name.join("_")).filter(|name| !name.is_empty())?;
    let owned = |text: &str| text.to_owned();
    Some(Origin { username, session_id: owned(session_id), version: owned(version), address: owned(address) })
}

/// `IN IP4 198.51.100.1`, with the `/ttl` of multicast cut off.
fn connection(value: &str) -> Option<Connection> {
    let mut words = value.split_ascii_whitespace();
    if !words.next()?.eq_ignore_ascii_case("IN") {
        return None;
    }
    let family = words.next()?.to_ascii_uppercase();
    let address = words.next()?.split('/').next().filter(|a| !a.is_empty())?;
    if words.next().is_some() {
        return None;
    }
    match (address.parse::<IpAddr>(), family.as_str()) {
        (Ok(ip @ IpAddr::V4(_)), "IP4") | (Ok(ip @ IpAddr::V6(_)), "IP6") => Some(Connection::Address(ip)),
        (Err(_), "IP4" | "IP6") => Some(Connection::Host(address.to_owned())),
        _ => None,
    }
}

/// `audio 49170 RTP/AVP 0 8`; `49170/2` names a range, of which the first port is used.
fn media(value: &str) -> Option<Media> {
    let mut words = value.split_ascii_whitespace();
    let kind = words.next()?.to_owned();
    let port = words.next()?.split('/').next()?.parse().ok()?;
    let protocol = words.next()?.to_owned();
    let formats: Vec<String> = words.map(str::to_owned).take(MAX_FORMATS.saturating_add(1)).collect();
    if formats.is_empty() || formats.len() > MAX_FORMATS {
        return None;
    }
    Some(Media { kind, port, protocol, formats, connection: None, attributes: Vec::new() })
}

fn attribute(value: &str) -> Option<Attribute> {
    let value = value.trim_end();
    let (name, value) = match value.split_once(':') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (value, None),
    };
    (!name.is_empty()).then(|| Attribute { name: name.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 1.2.3.4\r\n";

    fn parse(text: &str) -> Result<Description, SdpError> {
        Description::parse(text.as_bytes())
    }

    #[test]
    fn tolerates_what_phones_do() {
        let text = "v=0\no=- 20518 99999999999999999999999 IN IP4 pc.example.org\nb=AS:84\nc=IN IP4 1.2.3.4/127\n\
                    a=tool: x:y  \n\nm=audio 5004/2 RTP/AVP 0 8\nc=IN IP6 ::1\nc=IN IP4 9.9.9.9\na=sendonly\nk=clear:x";
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.origin.version, "99999999999999999999999");
        assert_eq!(parsed.attributes, [Attribute::new("tool", " x:y")]);
        let media = &parsed.media[0];
        assert_eq!((media.port, media.formats.len()), (5_004, 2));
        assert_eq!(parsed.connection_of(media), Some(&Connection::Address("::1".parse().unwrap())));
        assert_eq!(parse(&parsed.to_string()), Ok(parsed));
    }

    #[test]
    fn tolerates_more_of_it() {
        let text = "\r\nv=0\r\no=Some Phone 7 8 in ip4 1.2.3.4\r\nc=in ip4 1.2.3.4\r\nm=audio 5004 RTP/AVP 0 8 101 102\r\n\
                    a=rtpmap:0\tpcmu/8000\r\na=rtpmap: 101  Telephone-Event\r\na=SENDONLY \r\na=Ptime:30\r\n\0";
        let parsed = parse(text).unwrap();
        assert_eq!((parsed.origin.username.as_str(), parsed.origin.version.as_str()), ("Some_Phone", "8"));
        let media = &parsed.media[0];
        assert_eq!(parsed.connection_of(media), Some(&Connection::Address("1.2.3.4".parse().unwrap())));
        let maps: Vec<_> = media.rtpmaps().map(|m| (m.payload_type, m.clock)).collect();
        assert_eq!(maps, [(0, 8_000), (8, 8_000), (101, 8_000)]);
        assert_eq!((parsed.direction_of(media), media.value("ptime")), (crate::sdp::Direction::SendOnly, Some("30")));
    }

    #[test]
    fn refuses_what_would_be_a_guess_and_names_the_line() {
        for (tail, line) in [
            ("m=audio 70000 RTP/AVP 0\r\n", 3),
            ("m=audio 5004 RTP/AVP\r\n", 3),
            ("m=audio -1 RTP/AVP 0\r\n", 3),
            ("s=x\r\nc=IN IP4 ::1\r\n", 4),
            ("c=IN IP4 1.2.3.4 5\r\n", 3),
            ("a=\r\n", 3),
            ("s=a\rb\r\n", 3),
            ("s=a\0b\r\n", 3),
            ("nonsense\r\n", 3),
            ("ab=1\r\n", 3),
            ("o=- 1 2 IN IP4 1.2.3.4\r\n", 3),
        ] {
            assert_eq!(parse(&format!("{HEAD}{tail}")), Err(SdpError::BadLine { line }), "{tail:?}");
        }
        assert_eq!(parse("v=1\r\n"), Err(SdpError::NotSdp));
        assert_eq!(parse("v=0\r\ns=-\r\n"), Err(SdpError::NoOrigin));
    }

    #[test]
    fn everything_has_a_bound() {
        let repeat = |line: &str, count: usize| format!("{HEAD}{}", line.repeat(count));
        let media = "m=audio 0 RTP/AVP 0\r\n";
        assert!(parse(&repeat(media, MAX_MEDIA)).is_ok());
        assert_eq!(parse(&repeat(media, MAX_MEDIA + 1)), Err(SdpError::TooManyMedia));
        assert!(parse(&repeat("a=x\r\n", MAX_LINES - 3)).is_ok());
        assert_eq!(parse(&repeat("a=x\r\n", MAX_LINES)), Err(SdpError::TooLong));
        assert_eq!(parse(&repeat("a=0123456789abcdef\r\n", MAX_BYTES / 16)), Err(SdpError::TooLong));
        let formats = |count: usize| parse(&format!("{HEAD}m=audio 1 RTP/AVP{}\r\n", " 0".repeat(count)));
        assert!(formats(MAX_FORMATS).is_ok());
        assert_eq!(formats(MAX_FORMATS + 1), Err(SdpError::BadLine { line: 3 }));
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Description::parse(&bytes);
            let _ = Description::parse(&[HEAD.as_bytes(), &bytes].concat());
        }

        #[test]
        fn what_was_read_prints_to_the_same(lines in proptest::collection::vec("[acmsbt]=[ -~]{0,40}", 0..20)) {
            if let Ok(read) = parse(&format!("{HEAD}{}\r\n", lines.join("\r\n"))) {
                let printed = read.to_string();
                prop_assert_eq!(parse(&printed).map(|d| d.to_string()), Ok(printed));
            }
        }
    }
}
