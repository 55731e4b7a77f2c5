//! The first minute of a stranger: the program in an empty folder says what to do next.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code and everything it said.
fn run(folder: &Path, line: &str) -> (Option<i32>, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_carillon"))
        .current_dir(folder)
        .args(line.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    process.stdin.take().expect("its input").write_all(b"a good password\n").expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), said.concat())
}

#[test]
fn every_command_says_what_to_do_next_in_an_empty_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    for (line, code, says) in [
        ("check", 0, "no mistakes"),
        ("check --set http.listen=0.0.0.0:8080", 0, "Set media.rtc to 0.0.0.0:"),
        ("serve --set http.listen=0.0.0.0:0", 1, "Set media.rtc to 0.0.0.0:"),
        ("serve", 1, "carillon apply FILE"),
        ("apply mine.toml", 3, "config/demo-center.toml is an example"),
        ("user list", 0, "carillon apply FILE"),
        ("user password ana", 3, "carillon apply FILE"),
        ("token list", 0, "carillon token create NAME"),
        ("import holidays office days.ics", 1, "days.ics"),
        ("import customers none.csv", 1, "none.csv"),
        ("serve --set folders.sounds=nowhere", 1, "folders.sounds"),
        ("serve --set folders.dialplans=nowhere", 1, "folders.dialplans"),
        ("export", 0, "carillon apply FILE"),
    ] {
        let (exit, said) = run(folder.path(), line);
        assert_eq!(exit, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    }
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config/demo-center.toml");
    assert_eq!(run(folder.path(), &format!("apply {example}")).0, Some(0));
    let (exit, said) = run(folder.path(), "user password nobody");
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.contains("there are:") && said.contains("admin"), "{said}");
    assert_eq!(run(folder.path(), "user password admin").0, Some(0));

    for entry in std::fs::read_dir(folder.path().join("data")).expect("the data folder") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("its rights").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", entry.path().display());
    }
}
