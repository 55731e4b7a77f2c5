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

/// Two wait for one agent; who goes first depends on a head start of 30 s.
#[test]
fn times_of_the_configuration_are_seconds_or_milliseconds() {
    let first = |base: f64, after: f64| {
        let head = format!(
            "{{\"policy\":{{\"agent_selection\":\"lisf\",\"call_selection\":\"score\"}},\
             \"classes\":[{{\"name\":\"a\",\"score\":{{\"base\":0,\"weight\":1}}}},\
             {{\"name\":\"b\",\"score\":{{\"base\":{base},\"weight\":1}},\
             \"relax\":[{{\"after\":0,\"max_level\":1}},{{\"after\":{after},\"max_level\":2}}]}}],\
             \"groups\":[{{\"name\":\"g\",\"agents\":1,\"skills\":{{\"a\":1,\"b\":2}}}}]}}"
        );
        let call = |id: u32, t: u32, class: &str| {
            format!("{{\"id\":{id},\"t\":{t},\"cls\":\"{class}\",\"service\":100000,\"patience\":null}}")
        };
        let calls = [call(0, 1_000, "a"), call(1, 10_000, "a"), call(2, 35_000, "b")];
        let decided = run_trace(&format!("{head}\n{}", calls.join("\n"))).unwrap();
        let at: Vec<_> = decided.iter().map(|decision| decision.at.unwrap()).collect();
        if at[2] < at[1] { "b" } else { "a" }
    };
    assert_eq!((first(30.0, 20.0), first(30_000.0, 20_000.0)), ("b", "b"));
    assert_eq!((first(20.0, 20.0), first(20_000.0, 20_000.0)), ("a", "a"));
    assert_eq!((first(30.0, 90.0), first(30_000.0, 90_000.0)), ("a", "a"), "not widened in time");
}
