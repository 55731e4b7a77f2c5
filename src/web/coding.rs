//! Content codings: which ones a client takes, and what is compressed on the fly.
//!
//! **BREACH**, and why compressed answers are fine here: the attack reads a secret out of the length of answers
//! that hold the secret beside a text the attacker chose. He would have to make the victim's browser ask, with
//! its session: the cookie is `SameSite=Strict`, answers are `Cross-Origin-Resource-Policy: same-origin`, and no
//! page of ours takes a parameter from a link. Answers that hold a secret all the same (`me` and the sign-in
//! with CSRF token and phone password, tickets, new tokens) are marked [`Secret`] and go as they are.

use std::cmp::Reverse;

use axum::http::{HeaderMap, Response, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

/// Shorter answers gain nothing.
const SMALLEST: u64 = 1_024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// Best first.
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// As HTTP calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Of the file beside the plain one.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }
}

/// Is it the coded twin of a file?
pub fn is_coded(name: &str) -> bool {
    let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix);
    Coding::ALL.iter().any(|coding| suffix == Some(coding.suffix()))
}

/// Codings the client takes, those it likes best first (RFC 9110 §12.5.3).
pub fn accepted(headers: &HeaderMap) -> Vec<Coding> {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let said: Vec<(String, u16)> = lines.flat_map(|line| line.split(',')).filter_map(weighed).collect();
    let weight = |name: &str| said.iter().find(|(known, _)| known == name).map(|(_, weight)| *weight);
    let of = |coding: &Coding| weight(coding.name()).or_else(|| weight("*")).unwrap_or(0);
    let mut codings: Vec<Coding> = Coding::ALL.into_iter().filter(|coding| of(coding) > 0).collect();
    codings.sort_by_key(|coding| Reverse(of(coding)));
    codings
}

/// `gzip;q=0.5`: name and weight in thousandths.
fn weighed(element: &str) -> Option<(String, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = match q {
        Some(q) => q.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).map_or(0, |q| (q * 1_000.0) as u16),
        None => 1_000,
    };
    Some((name, weight))
}

/// On an answer: it holds a secret and goes as it is.
#[derive(Clone, Copy, Debug)]
pub struct Secret;

/// What is worth it: texts that are no stream and no secret.
#[derive(Clone, Copy, Debug)]
pub struct Texts;

impl Predicate for Texts {
    fn should_compress<B>(&self, response: &Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let is_text = kind.starts_with("text/") && kind != "text/event-stream";
        let is_known =
            matches!(kind, "application/json" | "application/problem+json" | "application/toml" | "image/svg+xml");
        (is_text || is_known) && response.extensions().get::<Secret>().is_none()
    }
}

/// Gzip, quickly: what is made anew for each request must not cost more than it saves.
pub fn compression() -> CompressionLayer<And<SizeAbove, Texts>> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(SMALLEST).and(Texts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_client_chooses() {
        use Coding::{Brotli, Gzip};
        for (said, codings) in [
            ("gzip, deflate, br, zstd", vec![Brotli, Gzip]),
            ("gzip", vec![Gzip]),
            ("BR;Q=1.0, GZIP", vec![Brotli, Gzip]),
            ("br;q=0.2, gzip;q=0.9", vec![Gzip, Brotli]),
            ("br;q=0, gzip", vec![Gzip]),
            ("*", vec![Brotli, Gzip]),
            ("*;q=0.1, br;q=0", vec![Gzip]),
            ("gzip;q=nonsense, br;q=7", vec![]),
            ("identity", vec![]),
            ("", vec![]),
            (", ;q=1", vec![]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(said));
            assert_eq!(accepted(&headers), codings, "{said}");
        }
        assert_eq!(accepted(&HeaderMap::new()), []);
    }

    #[test]
    fn streams_sounds_and_secrets_go_as_they_are() {
        let fits = |kind: &'static str, secret: bool| {
            let mut response = Response::new(axum::body::Body::from(vec![b'x'; 4_096]));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            if secret {
                response.extensions_mut().insert(Secret);
            }
            Texts.should_compress(&response)
        };
        for kind in ["application/json", "application/problem+json", "text/html; charset=utf-8", "text/css"] {
            assert!(fits(kind, false) && !fits(kind, true), "{kind}");
        }
        for kind in ["text/event-stream", "audio/wav", "font/woff2", "image/png", ""] {
            assert!(!fits(kind, false), "{kind}");
        }
    }

    #[test]
    fn the_coded_twin_of_a_file_has_no_name_of_its_own() {
        assert!(is_coded("assets/a.js.br") && is_coded("index.html.gz"));
        assert!(!is_coded("assets/a.js") && !is_coded("br") && !is_coded("assets/a.brx"));
    }
}
