//! What machines say to each other has somebody who says it and somebody who hears it; what is public is used.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, hold, sources};

/// An enum through which machines speak.
struct Door {
    file: &'static str,
    name: &'static str,
    /// The module before its name, where it is not the room of the file.
    known_as: Option<&'static str>,
    /// Made from what desktops and integrators send: nothing here says it.
    from_outside: bool,
    /// Written down or sent away as it is: nothing here hears it.
    to_outside: bool,
}

const fn door(file: &'static str, name: &'static str) -> Door {
    Door { file, name, known_as: None, from_outside: false, to_outside: false }
}

const fn from_outside(file: &'static str, name: &'static str) -> Door {
    Door { file, name, known_as: None, from_outside: true, to_outside: false }
}

const fn to_outside(file: &'static str, name: &'static str) -> Door {
    Door { file, name, known_as: None, from_outside: false, to_outside: true }
}

const DOORS: &[Door] = &[
    door("sip/mod.rs", "Command"),
    door("sip/mod.rs", "Event"),
    door("sip/endpoint/mod.rs", "Input"),
    Door { known_as: Some("endpoint"), ..door("sip/output.rs", "Output") },
    door("media/mod.rs", "Command"),
    door("media/mod.rs", "Event"),
    door("dialplan/verb.rs", "Verb"),
    door("dialplan/verb.rs", "Event"),
    door("acd/input.rs", "Input"),
    door("acd/output.rs", "Output"),
    door("campaign/pace/input.rs", "Input"),
    door("campaign/pace/output.rs", "Output"),
    door("call/mod.rs", "Command"),
    door("call/mod.rs", "Input"),
    door("call/mod.rs", "Output"),
    door("call/mod.rs", "Event"),
    door("center/input.rs", "Input"),
    from_outside("center/input.rs", "SuperviseCommand"),
    door("center/output.rs", "Output"),
    door("center/output.rs", "Query"),
    door("center/output.rs", "Write"),
    door("center/output.rs", "Observed"),
    from_outside("center/desk/command.rs", "DeskCommand"),
    to_outside("center/desk/event.rs", "DeskEvent"),
];

/// Half-built doors, each with the reason why it stands open.
const HALF_BUILT: &[(&str, &str)] = &[];

/// Public functions that only tests and benches call, each with a reason.
const ONLY_TESTED: &[(&str, &str)] = &[
    ("acd/engine/view.rs waiting_count", "the stories look at the lines"),
    ("sip/wire/draft.rs pop_via", "a peer of the tests sends a request again"),
    ("sip/wire/value/via.rs response_addr", "the fuzzers compare where an answer goes"),
];

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names of an enum's variants.
fn variants(code: &str, name: &str) -> Vec<String> {
    let head = format!("enum {name} {{");
    let Some(at) = code.find(&head) else { return Vec::new() };
    let (mut depth, mut found, mut fresh) = (0, Vec::new(), true);
    let mut rest = &code[at + head.len()..];
    while let Some(c) = rest.chars().next() {
        match c {
            '}' if depth == 0 => break,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && depth == 0 && c.is_ascii_uppercase() => {
                let word: String = rest.chars().take_while(|c| is_word(*c)).collect();
                rest = &rest[word.len()..];
                found.push(word);
                fresh = false;
                continue;
            }
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    found
}

/// Whether what stands at `at` (and is `len` long) is a pattern: it is compared, not made.
fn is_pattern(code: &str, at: usize, len: usize) -> bool {
    match before(&code[..at]) {
        Before::Value => false,
        Before::Pattern => true,
        Before::Start { is_let } => after(&code[at + len..], is_let),
    }
}

enum Before {
    Value,
    Pattern,
    /// A statement or an arm begins here.
    Start {
        is_let: bool,
    },
}

fn before(head: &str) -> Before {
    let bytes = head.as_bytes();
    let mut depth = 0;
    for at in (0..bytes.len()).rev() {
        let so_far = &head[..=at.min(head.len() - 1)];
        if !head.is_char_boundary(at) || !head.is_char_boundary(at + 1) {
            continue;
        }
        match bytes[at] {
            b')' | b']' => depth += 1,
            b'(' | b'[' => {
                depth -= 1;
                if so_far.ends_with("matches!(") {
                    return Before::Pattern;
                }
            }
            b'>' if depth <= 0 && so_far.ends_with("=>") => return Before::Value,
            b'=' if depth <= 0 && !so_far.ends_with("==") => return Before::Value,
            b'{' | b'}' | b';' if depth <= 0 => return Before::Start { is_let: false },
            b',' if depth == 0 && in_matches(so_far) => return Before::Pattern,
            b',' if depth == 0 => return Before::Start { is_let: false },
            b't' if depth <= 0 && so_far.ends_with("let") && !so_far[..at.saturating_sub(2)].ends_with(is_word) => {
                return Before::Start { is_let: true };
            }
            _ => {}
        }
    }
    Before::Value
}

/// Whether the bracket that is open at the end of this is the one of `matches!`.
fn in_matches(head: &str) -> bool {
    let mut depth = 0;
    for (at, c) in head.char_indices().rev() {
        depth += i32::from(c == ')') - i32::from(c == '(');
        match c {
            '(' if depth < 0 => return head[..at].ends_with("matches!"),
            '{' | '}' | ';' => return false,
            _ => {}
        }
    }
    false
}

/// Whether what follows makes a pattern of what was before.
fn after(tail: &str, is_let: bool) -> bool {
    let mut depth = 0;
    let mut rest = tail;
    while let Some(c) = rest.chars().next() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            // The fields, named.
            '{' if rest.find('}').is_some() && (depth > 0 || fields_end_in_pattern(rest, is_let)) => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '=' if depth <= 0 => return rest.starts_with("=>") || is_let,
            '|' if depth <= 0 && !rest.starts_with("||") => return true,
            '{' | '}' | ';' | '.' | '?' if depth <= 0 => return false,
            'i' if depth <= 0 && rest.starts_with("if ") => return true,
            ',' if depth == 0 => return false,
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    false
}

/// The text at `{`: whether after its `}` a pattern goes on.
fn fields_end_in_pattern(text: &str, is_let: bool) -> bool {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 {
            let rest = text[at + 1..].trim_start_matches(|c: char| c == ')' || c.is_whitespace());
            return rest.starts_with("=>")
                || rest.starts_with('|')
                || rest.starts_with("if ")
                || rest.starts_with(',')
                || (is_let && rest.starts_with('='));
        }
    }
    false
}

/// `sip`, of `sip/endpoint/mod.rs`; a room below it if it has the same words (`endpoint`).
fn rooms_of(file: &str) -> Vec<&str> {
    let parts: Vec<_> = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let folder = if file.ends_with("mod.rs") { &parts[..] } else { &parts[..parts.len() - 1] };
    folder.to_vec()
}

/// The names under which a file takes this door in.
fn taken_in(source: &Source, door: &Door) -> Vec<String> {
    let module = format!("{}::", rooms_of(door.file).join("::"));
    let mut names = Vec::new();
    for (at, head) in source.code.match_indices("use ") {
        let statement = source.code[at + head.len()..].split(';').next().unwrap_or_default();
        let Some(list) = statement.trim_start_matches("crate::").strip_prefix(&module) else { continue };
        for item in list.split(|c: char| "{},\n".contains(c)).map(str::trim) {
            match item.strip_prefix(door.name) {
                Some("") => names.push(item.to_owned()),
                Some(rest) => names.extend(rest.strip_prefix(" as ").map(str::to_owned)),
                None => {}
            }
        }
    }
    names
}

/// Which door a name means at this place: by the module before it, by what the file takes in, by where it stands.
fn meant<'a>(source: &Source, at: usize, doors: &[&'a Door]) -> Option<&'a Door> {
    if let [only] = doors {
        return Some(only);
    }
    let head = &source.code[..at];
    if let Some(head) = head.strip_suffix("::") {
        let module: String =
            head.chars().rev().take_while(|c| is_word(*c)).collect::<Vec<_>>().into_iter().rev().collect();
        return doors
            .iter()
            .find(|door| door.known_as.or(rooms_of(door.file).last().copied()) == Some(module.as_str()))
            .copied();
    }
    let takes_in = |door: &&&Door| taken_in(source, door).iter().any(|word| word == door.name);
    let here = |door: &&&Door| {
        let rooms = rooms_of(door.file);
        source.path.split('/').zip(&rooms).take_while(|(a, b)| a == *b).count() == rooms.len()
    };
    let taken = doors.iter().find(takes_in);
    taken.or_else(|| doors.iter().filter(here).max_by_key(|door| rooms_of(door.file).len())).copied()
}

/// Where a file says `Event::Digit` of one of these doors, under whatever name it took the enum in.
fn mentions(source: &Source, name: &str, doors: &[&'static Door]) -> Vec<(usize, usize, &'static Door)> {
    let apart =
        |at: usize, len: usize| !source.code[..at].ends_with(is_word) && !source.code[at + len..].starts_with(is_word);
    let plain = source.code.match_indices(name).filter(|(at, _)| apart(*at, name.len()));
    let mut found: Vec<_> =
        plain.filter_map(|(at, _)| meant(source, at, doors).map(|door| (at, name.len(), door))).collect();
    for door in doors {
        for alias in taken_in(source, door).iter().filter(|alias| *alias != door.name) {
            let word = name.replacen(door.name, alias, 1);
            let under = source.code.match_indices(&word).filter(|(at, _)| apart(*at, word.len()));
            found.extend(under.map(|(at, _)| (at, word.len(), *door)));
        }
    }
    found
}

/// Of each variant of each door, whether it is said and heard.
fn traffic(sources: &[Source], doors: &'static [Door]) -> BTreeMap<(String, &'static str), (bool, bool)> {
    let mut all = BTreeMap::new();
    let mut by_name: BTreeMap<String, Vec<&'static Door>> = BTreeMap::new();
    for door in doors {
        let code = sources.iter().find(|source| source.path == door.file).map_or("", |source| &source.code);
        for variant in variants(code, door.name) {
            by_name.entry(format!("{}::{variant}", door.name)).or_default().push(door);
            all.insert((format!("{}::{variant}", door.name), door.file), (door.from_outside, door.to_outside));
        }
    }
    for source in sources.iter().filter(|source| !source.is_test()) {
        for (name, doors) in &by_name {
            for (at, len, door) in mentions(source, name, doors) {
                let Some((said, heard)) = all.get_mut(&(name.clone(), door.file)) else { continue };
                let pattern = is_pattern(&source.code, at, len);
                (*said, *heard) = (*said || !pattern, *heard || pattern);
            }
        }
    }
    all
}

fn half_built(sources: &[Source], doors: &'static [Door]) -> Vec<(String, String)> {
    let word = |said: bool| if said { "nobody hears it" } else { "nobody says it" };
    let open = traffic(sources, doors).into_iter().filter(|(_, (said, heard))| !(*said && *heard));
    open.map(|((name, file), (said, _))| (format!("{file} {name}"), word(said).to_owned())).collect()
}

#[test]
fn every_door_has_somebody_on_both_sides() {
    let sources = sources();
    for door in DOORS {
        let code = sources.iter().find(|source| source.path == door.file).map_or("", |source| &source.code);
        assert!(variants(code, door.name).len() > 1, "{} {} was not found", door.file, door.name);
    }
    hold("a door without somebody on both sides", &half_built(&sources, DOORS), HALF_BUILT);
}

/// Words of the code, and how often each stands there.
fn words(sources: &[Source]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for word in source.code.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    counts
}

/// Public functions whose name stands nowhere but where it is made.
fn uncalled(sources: &[Source]) -> Vec<(String, String)> {
    let counts = words(sources);
    let mut found = BTreeSet::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for (at, head) in source.code.match_indices("pub fn ").chain(source.code.match_indices("pub const fn ")) {
            let name: String = source.code[at + head.len()..].chars().take_while(|c| is_word(*c)).collect();
            if counts.get(name.as_str()) == Some(&1) {
                found.insert((format!("{} {name}", source.path), "nothing calls it".to_owned()));
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn every_public_function_is_called() {
    hold("a public function that nothing calls", &uncalled(&sources()), ONLY_TESTED);
}

#[test]
fn a_half_built_door_is_found() {
    const DOORS: &[Door] = &[door("a/mod.rs", "Command"), door("b/mod.rs", "Command")];
    let a = "pub enum Command { One, Two { x: u8 }, Three(u8), Four }
        fn hear(c: Command) { match c { Command::One | Command::Two { .. } => {}, Command::Three(_) => {} _ => {} } }";
    let b = "pub enum Command { One, Five }
        use a::Output;
        fn say() { f(Command::One); if let Some(Command::Five) = x { g(a::Command::Two { x: 1 }) } }
        fn more(y: X) { match y { X => h(a::Command::Four), Y => h(Command::Five) } k(matches!(z, Command::One)) }";
    let found = half_built(&[Source::of("a/mod.rs", a), Source::of("b/mod.rs", b)], DOORS);
    let names: Vec<_> = found.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    assert_eq!(
        names,
        [
            "a/mod.rs Command::Four: nobody hears it",
            "a/mod.rs Command::One: nobody says it",
            "a/mod.rs Command::Three: nobody says it",
        ]
    );
}

#[test]
fn an_uncalled_function_is_found() {
    let sources = [Source::of("a.rs", "pub fn one() { two() } pub fn two() {}")];
    assert_eq!(uncalled(&sources), [("a.rs one".to_owned(), "nothing calls it".to_owned())]);
}
