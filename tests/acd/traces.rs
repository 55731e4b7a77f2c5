//! The only right decision for every call of a golden trace.

use carillon::acd::simulate::{Decision, run_trace};

#[test]
fn golden_trace_without_mismatch() {
    let text = include_str!("traces/s12_n_design.jsonl");
    let got = run_trace(text).unwrap();
    let expected: Vec<Decision> = text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(got.len(), expected.len());
    let wrong: Vec<_> = got.iter().zip(&expected).filter(|(got, expected)| got != expected).collect();
    assert!(wrong.is_empty(), "{} mismatches, first {:?}", wrong.len(), wrong[0]);
}

#[test]
fn a_broken_trace_names_its_line() {
    let head = include_str!("traces/s12_n_design.jsonl").lines().next().unwrap();
    let unknown = format!("{head}\n{{\"id\":0,\"t\":1,\"cls\":\"zz\",\"service\":5}}");
    assert_eq!(run_trace(&unknown).unwrap_err().to_string(), "line 2: unknown class zz");
    assert!(run_trace("").is_err());
    assert!(run_trace("{").is_err());
}
