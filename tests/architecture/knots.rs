//! No two files of a room, and no two rooms of a module, use each other, not even by a detour.
//!
//! A room's own file (`mod.rs`) may have words for its children and put them together; what it only passes on
//! (`pub use`) belongs to where it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, hold, sources};

/// Room and why it may be knotted.
const EXCEPTED: &[(&str, &str)] = &[
    ("call", "`calls` is the machine, whose steps the others are: `impl Calls` in a file each"),
    ("net", "`flow` starts the transports, which hand it what they receive"),
    ("server/demo", "a phone and the task behind it are two ends of one channel"),
];

/// `["acd", "engine", "router"]`.
type Module = Vec<String>;

fn module_of(path: &str) -> Module {
    let path = path.trim_end_matches(".rs");
    let path = if matches!(path, "lib" | "main") { "" } else { path };
    path.split('/').filter(|part| !matches!(*part, "mod" | "")).map(str::to_owned).collect()
}

/// The house as its `use` lines tell it.
struct House {
    modules: BTreeSet<Module>,
    /// By module and name: what a `use` in it brings there.
    names: BTreeMap<(Module, String), Module>,
}

impl House {
    fn of(sources: &[Source]) -> Self {
        let modules = sources.iter().map(|source| module_of(&source.path)).collect();
        let mut house = Self { modules, names: BTreeMap::new() };
        for source in sources {
            let module = module_of(&source.path);
            for (path, name) in use_lines(&source.code).0.iter().flat_map(|line| leaves(line)) {
                if let Some(path) = house.absolute(&module, &path) {
                    house.names.insert((module.clone(), name), path);
                }
            }
        }
        house
    }

    /// From the top of the house; `None`: out of another one.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([from, rest].concat()),
            "super" => self.absolute(&from[..from.len().checked_sub(1)?].to_vec(), &with_self(rest)),
            _ => {
                let child = [from.as_slice(), std::slice::from_ref(first)].concat();
                self.modules.contains(&child).then(|| [from, path].concat())
            }
        }
    }

    /// The module whose own word the path's end is, through whatever passes it on.
    fn home(&self, path: &[String], detours: u8) -> Module {
        let mut at = Module::new();
        for (ix, part) in path.iter().enumerate() {
            let child = [at.as_slice(), std::slice::from_ref(part)].concat();
            if self.modules.contains(&child) {
                at = child;
            } else if let Some(elsewhere) = self.names.get(&(at.clone(), part.clone())).filter(|_| detours > 0) {
                return self.home(&[elsewhere, &path[ix + 1..]].concat(), detours - 1);
            } else {
                break;
            }
        }
        at
    }

    /// The modules whose words a source uses.
    fn used_by(&self, source: &Source) -> BTreeSet<Module> {
        let module = module_of(&source.path);
        let (lines, rest) = use_lines(&source.code);
        let mut paths: Vec<Vec<String>> = lines
            .iter()
            .filter(|line| !line.starts_with("pub"))
            .flat_map(|line| leaves(line))
            .map(|(path, _)| path)
            .collect();
        paths.extend(paths_in(&rest));
        let found = paths.iter().filter_map(|path| self.absolute(&module, path));
        found.map(|path| self.home(&path, 8)).filter(|used| *used != module).collect()
    }
}

fn with_self(rest: &[String]) -> Vec<String> {
    match rest.first().map(String::as_str) {
        Some("super") => rest.to_vec(),
        _ => [&["self".to_owned()], rest].concat(),
    }
}

/// The `use` statements with what stands before them on the line, and the code without them.
fn use_lines(code: &str) -> (Vec<String>, String) {
    let (mut lines, mut rest, mut open) = (Vec::new(), String::new(), None::<String>);
    for line in code.lines() {
        let trimmed = line.trim();
        let begins = trimmed.starts_with("use ") || (trimmed.starts_with("pub") && trimmed.contains(" use "));
        match open.take() {
            Some(before) => open = Some(format!("{before} {trimmed}")),
            None if begins => open = Some(trimmed.to_owned()),
            None => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
        if let Some(whole) = open.take_if(|line| line.ends_with(';')) {
            lines.push(whole);
        }
    }
    (lines, rest)
}

/// Each path of a `use` with the name it brings.
fn leaves(line: &str) -> Vec<(Vec<String>, String)> {
    let tree = line.split_once("use ").map_or("", |(_, tree)| tree).trim_end_matches(';');
    let mut found = Vec::new();
    walk(tree, &mut Vec::new(), &mut found);
    found
}

fn walk(tree: &str, above: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some((head, group)) = tree.split_once('{') {
        let depth = above.len();
        above.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
        let mut open = 0;
        let group = group.strip_suffix('}').unwrap_or(group);
        for part in group.split(|c: char| {
            open += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && open == 0
        }) {
            walk(part, above, found);
        }
        above.truncate(depth);
    } else if !tree.is_empty() {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Vec<String> = path.split("::").map(|part| part.trim().to_owned()).collect();
        if path.last().is_some_and(|last| last == "self" || last == "*") && (path.len() > 1 || !above.is_empty()) {
            path.pop();
        }
        let path = [above.as_slice(), &path].concat();
        let name = if name.is_empty() { path.last().cloned().unwrap_or_default() } else { name.trim().to_owned() };
        found.push((path, name));
    }
}

/// Paths in the middle of the code: `crate::a::b`, `super::c`, `child::d`.
fn paths_in(code: &str) -> Vec<Vec<String>> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let paths = code.split(|c| !word(c)).filter(|path| path.contains("::") && !path.starts_with(':'));
    paths.map(|path| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()).collect()
}

/// Those that use each other, room by room, with the uses that tie them.
fn knots(sources: &[Source]) -> Vec<(String, String)> {
    let house = House::of(sources);
    // By room: from child to child, and where.
    let mut rooms: BTreeMap<Module, BTreeMap<(String, String), String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let module = module_of(&source.path);
        for used in house.used_by(source) {
            let shared = module.iter().zip(&used).take_while(|(a, b)| a == b).count();
            let (Some(child), Some(other)) = (module.get(shared), used.get(shared)) else { continue };
            let why = format!("{} uses {}", source.path, used.join("::"));
            let uses = rooms.entry(module[..shared].to_vec()).or_default();
            uses.entry((child.clone(), other.clone())).or_insert(why);
        }
    }
    rooms.into_iter().flat_map(|(room, uses)| knots_of(&room, &uses)).collect()
}

fn knots_of(room: &Module, uses: &BTreeMap<(String, String), String>) -> Vec<(String, String)> {
    let mut reach: BTreeSet<(&str, &str)> = uses.keys().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    loop {
        let further: BTreeSet<_> = reach
            .iter()
            .flat_map(|(a, b)| reach.range((*b, "")..).take_while(move |(c, _)| c == b).map(move |(_, d)| (*a, *d)))
            .collect();
        let before = reach.len();
        reach.extend(further);
        if reach.len() == before {
            break;
        }
    }
    let tied = |a: &str, b: &str| reach.contains(&(a, b)) && reach.contains(&(b, a));
    let mut knots: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (a, _) in reach.iter().filter(|(a, b)| a == b) {
        knots.insert(reach.iter().filter(|(from, to)| from == a && tied(a, to)).map(|(_, to)| *to).collect());
    }
    let told = |knot: &Vec<&str>| {
        let inside = uses.iter().filter(|((a, b), _)| knot.contains(&a.as_str()) && knot.contains(&b.as_str()));
        inside.map(|(_, why)| format!("\n    {why}")).collect::<String>()
    };
    knots.iter().map(|knot| (room.join("/"), format!("{}{}", knot.join(" "), told(knot)))).collect()
}

#[test]
fn no_room_is_knotted() {
    hold("files and rooms that use each other", &knots(&sources()), EXCEPTED);
}

#[test]
fn a_knot_is_found() {
    let found = |sources: &[(&str, &str)]| -> Vec<String> {
        let sources: Vec<_> = sources.iter().map(|(path, text)| Source::of(path, text)).collect();
        let knots = knots(&sources).into_iter();
        knots.map(|(room, knot)| format!("{room}: {}", knot.lines().next().unwrap_or_default())).collect()
    };
    let plain =
        [("a/mod.rs", "mod b;\nmod c;\npub use b::B;"), ("a/b.rs", "pub struct B;"), ("a/c.rs", "use super::B;")];
    assert_eq!(found(&plain), [""; 0], "what is passed on is no knot");
    let with = |more: &[(&'static str, &'static str)]| [&plain, more].concat();
    assert_eq!(found(&with(&[("a/b.rs", "use super::{\n    c::C,\n};")])), ["a: b c"]);
    assert_eq!(found(&with(&[("a/b.rs", "fn f() -> crate::a::c::C { }")])), ["a: b c"]);
    let detour =
        with(&[("a/b.rs", "use crate::a::d::e::E;"), ("a/d/mod.rs", ""), ("a/d/e.rs", "use super::super::c;")]);
    assert_eq!(found(&detour), ["a: b c d"]);
    let own = with(&[("a/mod.rs", "use b::B;\npub struct A(c::C);"), ("a/c.rs", "use super::A;")]);
    assert_eq!(found(&own), [""; 0], "a room's own file has words for its children");
    assert_eq!(found(&with(&[("a/b.rs", "use crate::a::c::C;"), ("a/mod.rs", "mod b;\nuse b::B;")])), ["a: b c"]);
    assert_eq!(found(&with(&[("a/b/tests.rs", "use crate::a::c::C;")])), [""; 0], "a test may use everything");
    assert_eq!(found(&[("a.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")]), [": a b"]);
}
