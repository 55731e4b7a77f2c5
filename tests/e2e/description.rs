//! The description of the API against the server: schemathesis makes requests from it, right and wrong ones, and
//! judges the answers: no error of the server, nothing that is not described.
//!
//! Needs Python with its `venv` and, once, the package index: what `requirements.txt` beside names is kept below `target`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::server::Server;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// The program, installed if it is not there or another version is wanted.
fn schemathesis() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (wanted, folder) = (root.join("tests/e2e/requirements.txt"), root.join("target/schemathesis"));
    let (program, known) = (folder.join("bin/schemathesis"), folder.join("requirements.txt"));
    let text = fs::read_to_string(&wanted).expect("the requirements");
    if fs::read_to_string(&known).is_ok_and(|known| known == text) {
        return program;
    }
    let venv = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).output();
    told("python3 -m venv (Debian: python3-venv)", venv);
    let pip = Command::new(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "-r"])
        .arg(&wanted)
        .output();
    told("schemathesis cannot be installed: is the Python package index within reach? pip", pip);
    fs::write(known, text).expect("it is noted");
    program
}

fn told(what: &str, output: std::io::Result<Output>) {
    let output = output.unwrap_or_else(|error| panic!("{what}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {told}");
}

/// One run; its whole report where something is wrong.
fn run(server: &Server, examples: &str, more: &[&str]) {
    let base = format!("http://{}", server.http());
    let output = Command::new(schemathesis())
        .current_dir(&server.data)
        .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .arg("run")
        .arg(format!("{base}/api/v1/openapi.json"))
        .args(["--url", &base, "--checks", CHECKS, "--max-examples", examples, "--seed", "7"])
        .args(["--phases", "examples,coverage,fuzzing", "--workers", "2", "--rate-limit", "45/s"])
        .args(["--suppress-health-check", "all", "--generation-database", "none", "--no-color"])
        .args(more)
        .output()
        .expect("schemathesis runs");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "minutes, and needs the Python package index: make asked"]
fn every_answer_is_one_that_is_described() {
    let server = Server::demo();
    let token = format!("Authorization: Bearer {}", server.ready.tokens.admin);
    // The run would end its own session, and take the token it goes in with.
    run(&server, "8", &["-H", &token, "--exclude-path", "/api/v1/sign-out", "--exclude-path", "/api/v1/tokens/{id}"]);
    run(&server, "3", &[]);
}
