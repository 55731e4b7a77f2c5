//! The description of the API against the server: schemathesis makes requests from it, right and wrong ones, and
//! judges the answers: no error of the server, nothing that is not described.
//!
//! `make tools-asked` installs what `requirements.txt` beside names, below `target`; `make test` then asks last of all.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::Server;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// The program, as `make tools-asked` installs it.
fn schemathesis() -> PathBuf {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/schemathesis/bin/schemathesis");
    assert!(program.exists(), "schemathesis is not there: make tools-asked");
    program
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
        // By one thread: with two, Hypothesis parses its own sources while the other changes the depth of recursion, and
        // Python 3.11 takes that for a fault.
        .args(["--phases", "examples,coverage,fuzzing", "--workers", "1", "--rate-limit", "45/s"])
        .args(["--suppress-health-check", "all", "--generation-database", "none", "--no-color"])
        .args(more)
        .output()
        .expect("schemathesis runs");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "minutes, and by itself: make asked"]
fn every_answer_is_one_that_is_described() {
    let server = Server::demo();
    let token = format!("Authorization: Bearer {}", server.ready.tokens.admin);
    // The run would end its own session, and take the token it goes in with.
    run(&server, "8", &["-H", &token, "--exclude-path", "/api/v1/sign-out", "--exclude-path", "/api/v1/tokens/{id}"]);
    run(&server, "3", &[]);
}
