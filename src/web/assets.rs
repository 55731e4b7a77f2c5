//! The desktop's files: from the disk in a debug build, inside the binary in a release build.
//!
//! The build of the desktop makes `NAME.br` and `NAME.gz` beside every file that gets smaller by it; a browser
//! gets the one it takes, under the plain name. There is one page: its views are addressed behind `#`, which no
//! server ever sees, so any other path is a file or nothing.
//!
//! | target | GET, HEAD | other methods |
//! | --- | --- | --- |
//! | `/`, `/index.html` | the page, asked again each time (`ETag`) | 405 |
//! | a file | the file; under `assets/`, where names carry a hash, for good | 405 |
//! | a view's name without the `#` (`/board`) | 302 to the view | 405 |
//! | all else | 404 | 404; `CONNECT` 405 |

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::ApiError;
use super::coding::{self, Coding};

#[derive(RustEmbed)]
#[folder = "web/dist/"]
#[allow_missing = true]
struct Desktop;

/// Views that people type as if they were pages; `web/src/shell/route.ts` has them.
const VIEWS: [&str; 14] = [
    "board",
    "wall",
    "contacts",
    "customers",
    "records",
    "kinds",
    "setup",
    "tasks",
    "quality",
    "tokens",
    "rules",
    "campaigns",
    "figures",
    "reports",
];

enum Target {
    File(String, EmbeddedFile),
    View(&'static str),
    /// This build has no desktop.
    NoDesktop,
    Nothing,
}

/// Everything that has no other place.
pub async fn desktop(request: Request) -> Response {
    let method = request.method();
    let target = match target(request.uri().path()) {
        Target::Nothing if method != Method::CONNECT => return ApiError::NotFound.into_response(),
        target => target,
    };
    if method != Method::GET && method != Method::HEAD {
        return ([(header::ALLOW, "GET, HEAD")], ApiError::MethodNotAllowed).into_response();
    }
    match target {
        Target::File(name, file) => serve(&name, file, request.headers()),
        Target::View(view) => (StatusCode::FOUND, [(header::LOCATION, format!("/#/{view}"))]).into_response(),
        Target::NoDesktop => (StatusCode::SERVICE_UNAVAILABLE, Html(NO_DESKTOP)).into_response(),
        Target::Nothing => ApiError::NotFound.into_response(),
    }
}

/// Paths are taken as they are written: no dots, doubled slashes or escapes are resolved.
fn target(path: &str) -> Target {
    let name = match path.strip_prefix('/') {
        Some("") => "index.html",
        Some(name) => name,
        None => return Target::Nothing,
    };
    let plain = name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !coding::is_coded(name);
    match Desktop::get(name).filter(|_| plain) {
        Some(file) => Target::File(name.to_owned(), file),
        None if name == "index.html" => Target::NoDesktop,
        None => VIEWS.iter().find(|view| **view == name).map_or(Target::Nothing, |view| Target::View(view)),
    }
}

const NO_DESKTOP: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Carillon</title>\
    <h1>Carillon runs, without its desktop</h1><p>This build has no user interface. Run <code>make web</code>, then \
    build again. The API is at <code>/api/v1</code>, the docs are at <a href=/docs>/docs</a>.";

fn serve(name: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let coded = |coding: Coding| Desktop::get(&format!("{name}.{}", coding.suffix())).map(|file| (coding, file));
    let chosen = coding::accepted(asked).into_iter().find_map(coded);
    let kind = match file.metadata.mimetype() {
        kind if kind.starts_with("text/") => format!("{kind}; charset=utf-8"),
        kind => kind.to_owned(),
    };
    // By what the plain file holds; a coded one is another representation (RFC 9110 §8.8.3.3).
    let hash: String = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}{}\"", chosen.as_ref().map_or("", |(coding, _)| coding.suffix()));
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = match is_known(asked, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => {
            let (coding, body) = chosen.map_or((None, file.data), |(coding, file)| (Some(coding), file.data));
            let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
            if let Some(coding) = coding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Does the browser have this one (RFC 9110 §13.1.2)?
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_views_are_those_of_the_desktop() {
        let routes = include_str!("../../web/src/shell/route.ts");
        let words: Vec<&str> = routes
            .lines()
            .filter_map(|line| line.trim().strip_prefix("case '")?.strip_suffix("':"))
            .filter(|view| *view != "link")
            .collect();
        assert!(words.iter().all(|view| VIEWS.contains(view)) && words.len() == VIEWS.len(), "{words:?}");
    }

    #[test]
    fn what_is_no_file_is_nothing() {
        for path in [
            "",
            "*",
            "//",
            "//evil.example/",
            "/assets",
            "/assets/",
            "/.",
            "/..",
            "/../Cargo.toml",
            "/assets/../index.html",
            "/%2e%2e/Cargo.toml",
            "/index.html/",
            "//index.html",
            "/nothing",
            "/assets/nothing.js",
            "/index.html.br",
            "/assets/x.js.gz",
            "/board/",
            "/BOARD",
            "\\index.html",
        ] {
            assert!(matches!(target(path), Target::Nothing), "{path}");
        }
        assert!(matches!(target("/board"), Target::View("board")));
        assert!(!matches!(target("/"), Target::Nothing) && !matches!(target("/index.html"), Target::Nothing));
    }

    #[test]
    fn a_tag_that_is_known_is_found_in_a_list() {
        let asked = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(text));
            is_known(&headers, "\"abc\"")
        };
        assert!(asked("\"abc\"") && asked("\"x\", W/\"abc\"") && asked("*"));
        assert!(!asked("\"abcd\"") && !asked("abc") && !is_known(&HeaderMap::new(), "\"abc\""));
    }
}
