//! The house keeps its plan: floors, rooms without knots, sizes, and docs that list what the program has.
//!
//! Each rule is a function of sources, so that a test beside it shows on a made-up source that it fails when
//! it is broken. An exception is listed with its reason, and one that is no longer needed is a failure, too.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod asked_for;
mod center;
mod documented;
mod doors;
mod functions;
mod knots;
mod rooms;
mod source;
mod words;

use std::collections::BTreeSet;
use std::fs;

use source::{Source, files, hold, root, sources};

/// Module and floor, as the table in `src/lib.rs` says. The longest prefix counts.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("sip/wire", 1),
    ("sdp", 1),
    ("rtp", 1),
    ("codec", 1),
    ("wav", 1),
    ("sealed", 1),
    ("written", 1),
    ("paper", 1),
    ("sip", 2),
    ("media", 2),
    ("dialplan", 2),
    ("acd", 2),
    ("crm", 2),
    ("record", 2),
    ("campaign", 2),
    ("quality", 2),
    ("report", 2),
    ("call", 3),
    ("center", 4),
    ("setup", 5),
    ("store", 6),
    ("door", 6),
    ("net", 7),
    ("cti", 7),
    ("web", 7),
    ("config", 7),
    ("server", 8),
];

/// Floors 0-5 know none of these.
const IMPURE: &[&str] = &[
    "tokio::",
    "std::thread",
    "std::fs",
    "std::env",
    "std::process",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::mpsc",
    "SystemTime",
    "Instant::now()",
    "async fn",
    "thread_rng",
    "UdpSocket",
    "TcpStream",
];

const LONGEST_FILE: usize = 700;

/// `sip/wire/uri.rs` -> (`sip/wire`, 1).
fn place(path: &str) -> Option<(&'static str, u8)> {
    let fits = |module: &str| {
        path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
    };
    FLOORS.iter().filter(|(module, _)| fits(module)).max_by_key(|(module, _)| module.len()).copied()
}

/// Every `crate::a::b` of the code as `a/b`, groups taken apart.
fn uses(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let end = group.find(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    depth < 0
                });
                let mut depth = 0;
                let outer = |c: char| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                };
                found.extend(group[..end.unwrap()].split(outer).map(|part| path_of(part.trim())));
            }
            None => {
                found.insert(path_of(rest));
            }
        }
    }
    found
}

fn path_of(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    text[..end].trim_end_matches(':').replace("::", "/")
}

/// Uses of a neighbour on the same floor, or of what stands above.
fn climbing(sources: &[Source]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources {
        let Some((module, floor)) = place(&source.path) else {
            if !matches!(source.path.as_str(), "lib.rs" | "main.rs") {
                found.push((source.path.clone(), "stands on no floor".to_owned()));
            }
            continue;
        };
        for used in uses(&source.code) {
            let Some((other, other_floor)) = place(&used) else { continue };
            let own = other == module || other.starts_with(&format!("{module}/"));
            // A child may use the words of its parent's own file (`sip/wire` those of `sip/mod.rs`).
            let parents = module.starts_with(&format!("{other}/"));
            if !own && !parents && other_floor >= floor {
                found.push((source.path.clone(), format!("floor {floor} uses {used} of floor {other_floor}")));
            }
        }
    }
    found
}

#[test]
fn a_module_uses_only_what_is_below_it() {
    hold("a module uses only what is below it", &climbing(&sources()), &[]);
}

#[test]
fn a_module_that_looks_up_is_found() {
    let sources = [
        Source::of("acd/a.rs", "use crate::base::Instant;\nuse crate::crm::Task;\n"),
        Source::of("base/b.rs", "fn f() { crate::acd::g() }\n"),
        Source::of("sip/wire/c.rs", "use crate::sip::Transport;\n"),
        Source::of("sipper/d.rs", ""),
        Source::of("lib.rs", "pub mod acd;\n"),
    ];
    let found: Vec<_> = climbing(&sources).into_iter().map(|(path, why)| format!("{path}: {why}")).collect();
    assert_eq!(
        found,
        [
            "acd/a.rs: floor 2 uses crm/Task of floor 2",
            "base/b.rs: floor 0 uses acd/g of floor 2",
            "sipper/d.rs: stands on no floor",
        ]
    );
}

fn impure(sources: &[Source]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| place(&source.path).is_some_and(|(_, floor)| floor <= 5)) {
        let is_test = source.path.contains("/tests") || source.path.ends_with("test.rs");
        for word in IMPURE.iter().filter(|word| !is_test && source.code.contains(**word)) {
            found.push((source.path.clone(), (*word).to_owned()));
        }
    }
    found
}

#[test]
fn machines_know_no_clock_thread_file_or_socket() {
    hold("machines know no clock, thread, file or socket", &impure(&sources()), &[]);
}

#[test]
fn a_machine_with_a_clock_is_found() {
    let clock = "fn f() { let now = Instant::now(); } // tokio::spawn\n";
    let sources = ["call/a.rs", "call/tests/b.rs", "net/c.rs"].map(|path| Source::of(path, clock));
    assert_eq!(impure(&sources), [("call/a.rs".to_owned(), "Instant::now()".to_owned())]);
}

fn too_long(files: impl IntoIterator<Item = (String, usize)>) -> Vec<(String, usize)> {
    files.into_iter().filter(|(_, lines)| *lines > LONGEST_FILE).collect()
}

#[test]
fn no_file_is_too_long() {
    let mut paths = Vec::new();
    files(&root().join("tests"), &mut paths);
    let of =
        |path: &std::path::PathBuf| (path.display().to_string(), fs::read_to_string(path).unwrap().lines().count());
    let long = too_long(sources().into_iter().map(|source| (source.path, source.lines)).chain(paths.iter().map(of)));
    assert!(long.is_empty(), "{long:?}");
    let [short, long] = [LONGEST_FILE, LONGEST_FILE + 1].map(|lines| (format!("of {lines}"), lines));
    assert_eq!(too_long([short, long.clone()]), [long]);
}

/// Of the file that only calls the library.
const LONGEST_MAIN: usize = 60;

fn is_small(text: &str) -> bool {
    text.lines().count() < LONGEST_MAIN
}

#[test]
fn the_program_starts_small() {
    assert!(is_small(&fs::read_to_string(root().join("src/main.rs")).unwrap()));
    assert!(!is_small(&"//\n".repeat(LONGEST_MAIN)));
}

#[test]
fn the_api_page_lists_every_event_command_and_refusal() {
    let page = fs::read_to_string(root().join("docs/api.md")).unwrap();
    let mut words = Vec::new();
    for file in ["src/center/desk/event.rs", "src/center/desk/command.rs", "src/center/input.rs"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let renames = text.match_indices("rename = \"").map(|(at, found)| &text[at + found.len()..]);
        words.extend(renames.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    assert!(words.len() >= 20, "the words of the protocol were not found: {words:?}");
    let answer = fs::read_to_string(root().join("src/center/desk/answer.rs")).unwrap();
    let refusals = answer.split("pub enum Refusal {").nth(1).unwrap().split('}').next().unwrap();
    let names = refusals.lines().map(str::trim).filter(|line| !line.starts_with("///") && !line.is_empty());
    words.extend(names.map(|name| snake(name.trim_end_matches(','))));
    let missing = missing(&page, &words);
    assert!(missing.is_empty(), "docs/api.md lacks {missing:?}");
}

/// Words that do not stand in the page between back quotes.
fn missing<'a>(page: &str, words: &'a [String]) -> Vec<&'a String> {
    words.iter().filter(|word| !page.contains(&format!("`{word}`"))).collect()
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

#[test]
fn the_checks_themselves_see_what_they_should() {
    let code = "use crate::acd::{self, Rules};\nuse crate::{base, sip::{wire, Transport}};\nfn f(x: crate::web::X) {}";
    let used: Vec<_> = uses(code).into_iter().collect();
    assert_eq!(used, ["acd", "base", "sip", "web/X"]);
    assert_eq!(place("sip/wire/uri.rs"), Some(("sip/wire", 1)));
    assert_eq!(place("sip/dialog.rs"), Some(("sip", 2)));
    assert_eq!(place("sipper/x.rs"), None);
    assert_eq!(snake("NotSignedIn"), "not_signed_in");
    let words = ["call.hold".to_owned(), "call.held".to_owned()];
    assert_eq!(missing("a `call.hold` and a call.held", &words), [&words[1]]);
}

/// `src/…` between back quotes, but for what is said to come.
fn paths_named(text: &str) -> Vec<&str> {
    let there = text.lines().filter(|line| !line.contains("to come"));
    let quoted = there.flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|path| ["src/", "tests/", "web/src/"].iter().any(|top| path.starts_with(top))).collect()
}

#[test]
fn the_map_of_the_house_names_what_is_there() {
    for map in ["README.md", "src/lib.rs"] {
        let text = fs::read_to_string(root().join(map)).unwrap();
        let named = paths_named(&text);
        assert!(named.len() >= 2, "{map}: {named:?}");
        let missing: Vec<_> = named.iter().filter(|path| !root().join(path).exists()).collect();
        assert!(missing.is_empty(), "{map}: {missing:?}");
    }
    assert_eq!(paths_named("a `src/a/` `b`\n`src/c` (to come)\n`tests/d.rs`"), ["src/a/", "tests/d.rs"]);
}
