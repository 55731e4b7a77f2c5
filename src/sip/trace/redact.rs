//! Messages without what they must not tell: proofs of passwords, keys of media, digits by INFO.
//!
//! Headers lose their value, bodies keep their length: what is masked there becomes `*`.

use super::head;

/// Headers that prove somebody.
const PROOFS: [&[u8]; 3] = [b"Authorization", b"Proxy-Authorization", b"Authentication-Info"];
/// What lines of bodies begin with whose rest nobody may read.
const SECRETS: [&[u8]; 4] = [b"a=crypto:", b"a=ice-pwd:", b"k=", b"signal="];
const MASK: &[u8] = b" (kept back)";

pub fn redacted(message: &[u8]) -> Vec<u8> {
    let head = head(message);
    let mut out = Vec::with_capacity(message.len());
    let (mut proof, mut digit) = (false, false);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if folded && proof {
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':').filter(|_| !folded);
        let name = colon.and_then(|colon| line.get(..colon)).unwrap_or_default().trim_ascii();
        proof = PROOFS.iter().any(|known| name.eq_ignore_ascii_case(known));
        digit |= is_digits(name, line);
        match colon.and_then(|colon| line.get(..=colon)).filter(|_| proof) {
            Some(name) => {
                out.extend_from_slice(name);
                out.extend_from_slice(MASK);
                out.extend_from_slice(if line.ends_with(b"\n") { b"\r\n" } else { b"" });
            }
            None => out.extend_from_slice(line),
        }
    }
    let body = message.get(head.len()..).unwrap_or_default();
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        put_line(&mut out, line, digit);
    }
    out
}

/// Is the body a digit and nothing else (`application/dtmf`)?
fn is_digits(name: &[u8], line: &[u8]) -> bool {
    let is_type = name.eq_ignore_ascii_case(b"Content-Type") || name.eq_ignore_ascii_case(b"c");
    let value = line.to_ascii_lowercase();
    is_type
        && value.windows(16).any(|part| part == b"application/dtmf")
        && !value.windows(10).any(|part| part == b"dtmf-relay")
}

fn put_line(out: &mut Vec<u8>, line: &[u8], digit: bool) {
    let trimmed = line.trim_ascii_start();
    let begins = |secret: &&&[u8]| {
        let begin: Vec<u8> = trimmed.iter().take(secret.len() + 2).filter(|byte| **byte != b' ').copied().collect();
        begin.get(..secret.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(secret))
    };
    let clear = match SECRETS.iter().find(begins) {
        // Up to the sign that ends what is no secret.
        Some(secret) => {
            let sign = *secret.last().unwrap_or(&b'=');
            line.iter().position(|byte| *byte == sign).map_or(0, |at| at.saturating_add(1))
        }
        None if digit => 0,
        None => return out.extend_from_slice(line),
    };
    let masked = |(at, byte): (usize, &u8)| if at < clear || byte.is_ascii_whitespace() { *byte } else { b'*' };
    out.extend(line.iter().enumerate().map(masked));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        String::from_utf8(redacted(text.as_bytes())).unwrap()
    }

    #[test]
    fn who_proves_who_he_is_gives_nothing_away() {
        let text = "REGISTER sip:a SIP/2.0\r\nauthorization : Digest username=\"ana\",\r\n response=\"12\"\r\nVia: x\r\n\
                    Proxy-Authorization: Digest a\r\nWWW-Authenticate: Digest nonce=\"n\"\r\n\r\n";
        let kept = "REGISTER sip:a SIP/2.0\r\nauthorization : (kept back)\r\nVia: x\r\n\
                    Proxy-Authorization: (kept back)\r\nWWW-Authenticate: Digest nonce=\"n\"\r\n\r\n";
        assert_eq!(shown(text), kept);
    }

    #[test]
    fn keys_and_digits_are_masked_in_their_length() {
        for (head, body, masked) in [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "Signal=*\r\nDuration=160\r\n"),
            ("application/dtmf-relay", "signal = #\nDuration=160", "signal = *\nDuration=160"),
            ("application/dtmf", "5", "*"),
            (
                "application/sdp",
                "v=0\r\na=crypto:1 AES inline:abc\r\na=x\r\n",
                "v=0\r\na=crypto:* *** **********\r\na=x\r\n",
            ),
            ("application/sdp", "a=ice-pwd:asd88f\r\na=ice-ufrag:F7\r\n", "a=ice-pwd:******\r\na=ice-ufrag:F7\r\n"),
            ("application/sdp", "k=clear:abc\r\nm=audio 1\r\n", "k=*********\r\nm=audio 1\r\n"),
        ] {
            let head = format!("INFO sip:a SIP/2.0\r\nContent-Type: {head}\r\nContent-Length: {}\r\n\r\n", body.len());
            assert_eq!(shown(&format!("{head}{body}")), format!("{head}{masked}"));
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in
            ["", "\r\n\r\n", "INVITE sip:a SIP/2.0\r\nVia: x\r\n\r\nv=0\r\n", "no head at all", "\u{fffd}: \n\n"]
        {
            assert_eq!(shown(text), text);
        }
    }
}
