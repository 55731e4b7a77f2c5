//! The scenarios that the pages print are read by the program.

use crate::campaign::{Policy, Scenario, run_day};

#[test]
fn the_scenario_of_the_docs_runs() {
    for path in ["docs/campaigns.md", "docs/campaigns.zh.md"] {
        let text = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let json = text.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let mut scenario = Scenario::parse(json).unwrap_or_else(|error| panic!("{path}: {error}"));
        scenario.hours = 0.1;
        assert!(run_day(&scenario, Policy::Ours, 1, 0.0).dials > 0, "{path}");
        for policy in &scenario.policies {
            assert!(text.contains(&format!("`{}`", policy.name())), "{path}: {policy:?}");
        }
    }
}

#[test]
fn a_slip_is_told_with_what_was_meant() {
    let read = |text: &str| Scenario::parse(text).unwrap_err().to_string();
    let some = r#"{"agents": [{"count": 3}], "talk": {"mean_s": 100}, "wrap": {"mean_s": 9},
        "lists": [{"entries": 10, "person": 0.5}]"#;
    assert!(Scenario::parse(&format!("{some}}}")).is_ok());
    assert!(read(&format!("{some}, \"hostil\": []}}")).contains("did you mean `hostile`?"));
    assert!(
        read(&some.replace("0.5", "1.5")).is_empty() || !read(&format!("{}}}", some.replace("0.5", "1.5"))).is_empty()
    );
    assert!(read(&format!("{some}, \"hours\": 0}}")).contains("`hours`"));
    assert!(read(&format!("{}}}", some.replace("\"count\": 3", "\"count\": 0"))).contains("`agents`"));
    assert!(read(&format!("{some}, \"mode\": {{\"mode\": \"preview\"}}}}")).contains("limit_s"));
}
