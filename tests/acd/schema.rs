//! Everything a scenario may say is accepted, and what makes no sense is told: no panic, no hang.

use carillon::acd::simulate::{Scenario, replicate, run_trace, summarise};
use serde_json::{Value, json};

fn some_scenario() -> Value {
    json!({
        "name": "small",
        "description": { "is": "passed over" },
        "classes": [
            {
                "name": "a", "rate_per_hour": 90, "service": { "dist": "exp", "mean": 120 },
                "patience": { "dist": "exp", "mean": 90 }, "priority": 2, "sl_threshold": 20,
                "score": { "base": 30, "weight": 1 }, "queue_share": 0.4
            },
            {
                "name": "b", "rate_per_hour": 60, "service": { "dist": "exp", "mean": 180 }, "patience": null,
                "priority": 1, "sl_threshold": 30, "score": { "base": 0, "weight": 2.5 }, "queue_share": 0.6
            }
        ],
        "groups": [
            { "name": "g", "agents": 3, "skills": { "a": 1, "b": 2 } },
            { "name": "h", "agents": 4, "skills": { "b": 1, "a": 3 }, "service_mean": { "b": 150 } }
        ],
        "policy": { "agent_selection": "lisf", "call_selection": "fcfs" },
        "run": { "warmup": 600, "horizon": 14_400, "replications": 2 }
    })
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let with = |path: &str, key: &str| {
        let mut scenario = some_scenario();
        scenario.pointer_mut(path).unwrap()[key] = json!(1);
        Scenario::parse(&scenario.to_string()).unwrap_err().to_string()
    };
    for (path, key, near) in [
        ("", "clases", "classes"),
        ("", "polcy", "policy"),
        ("/classes/0", "rate_per_our", "rate_per_hour"),
        ("/classes/0/service", "means", "mean"),
        ("/classes/0/score", "wieght", "weight"),
        ("/groups/1", "agent", "agents"),
        ("/policy", "agent_section", "agent_selection"),
        ("/run", "horizont", "horizon"),
    ] {
        let told = with(path, key);
        assert!(told.contains(&format!("`{key}`")) && told.contains(&format!("did you mean `{near}`?")), "{told}");
    }
    assert!(with("", "queues").contains("there are name, classes, groups"));
    let of = |text: &str| Scenario::parse(text).unwrap_err().to_string();
    assert!(of(r#"{"name": "x", "clases": [], "groups": []}"#).contains("did you mean `classes`?"));
    let trace = format!("{}\n{}", some_scenario(), r#"{"id": 1, "t": 1, "cls": "a", "service": 5, "patence": 3}"#);
    let told = run_trace(&trace).unwrap_err().to_string();
    assert!(told.starts_with("line 2: ") && told.ends_with("did you mean `patience`?"), "{told}");
}

fn run(scenario: &Value) -> Value {
    let scenario = Scenario::parse(&scenario.to_string()).unwrap_or_else(|error| panic!("{error}: {scenario}"));
    let runs: Vec<_> = (1..=2).map(|seed| replicate(&scenario, seed)).collect();
    serde_json::to_value(summarise(&scenario, 1, &runs)).unwrap()
}

fn mean(result: &Value, path: &str) -> f64 {
    result.pointer(path).and_then(|estimate| estimate["mean"].as_f64()).unwrap_or(f64::NAN)
}

/// What holds in every result: parts are parts, and all that came went somewhere.
fn is_sound(result: &Value, told: &str) {
    for place in ["/all", "/classes/a", "/classes/b"] {
        for part in ["p_block", "p_abandon", "p_wait", "sl_offered", "sl_answered", "sl_excl_short"] {
            let value = mean(result, &format!("{place}/{part}"));
            assert!(value.is_nan() || (0.0..=1.0).contains(&value), "{told}: {place} {part} {value}");
        }
        let (asa, p50, p99) = (
            mean(result, &format!("{place}/asa")),
            mean(result, &format!("{place}/p50")),
            mean(result, &format!("{place}/p99")),
        );
        assert!(asa.is_nan() || (asa >= 0.0 && p50 <= p99), "{told}: {place} asa {asa}, {p50} to {p99}");
    }
    let occupancy = mean(result, "/all/occupancy");
    assert!((0.0..=1.0).contains(&occupancy), "{told}: occupancy {occupancy}");
}

const VARIANTS: [&str; 6] = ["plain", "reserve", "relax", "shifts", "capacity", "profile"];

fn variant(name: &str) -> Value {
    let mut scenario = some_scenario();
    match name {
        "reserve" => scenario["groups"][1]["reserve"] = json!({ "a": 1 }),
        "relax" => {
            scenario["classes"][0]["relax"] = json!([{ "after": 15, "max_level": 3 }, { "after": 0, "max_level": 1 }]);
        }
        "shifts" => scenario["groups"][0]["shifts"] = json!([[0, 3_000], [2_000, 7_200], [7_200, 9_000]]),
        "capacity" => scenario["capacity"] = json!({ "max_in_system": 8 }),
        "profile" => {
            let class = scenario["classes"][0].as_object_mut().unwrap();
            class.remove("rate_per_hour");
            class.insert("rate_profile".into(), json!([30, 120, 0, 200]));
        }
        _ => {}
    }
    scenario
}

#[test]
fn every_policy_runs_with_everything_else() {
    for variant_name in VARIANTS {
        for agent in ["lisf", "level_lisf", "fsf", "lor", "order", "miaf", "random"] {
            for call in ["fcfs", "priority", "level", "priority_level", "score", "fqr", "lqf"] {
                let mut scenario = variant(variant_name);
                scenario["policy"] = json!({ "agent_selection": agent, "call_selection": call });
                is_sound(&run(&scenario), &format!("{variant_name}, {agent}, {call}"));
            }
        }
    }
}

#[test]
fn every_law_runs_for_service_and_patience() {
    let laws = [
        json!({ "dist": "exp", "mean": 100 }),
        json!({ "dist": "det", "mean": 100 }),
        json!({ "dist": "lognormal", "mean": 100, "cv": 1.3 }),
        json!({ "dist": "erlang", "mean": 100, "stages": 3 }),
        json!({ "dist": "hyperexp", "mean": 100, "cv": 2 }),
        json!({ "dist": "weibull", "mean": 100, "shape": 0.7 }),
        json!({ "dist": "det", "mean": 0 }),
    ];
    for (service, patience) in laws.iter().flat_map(|a| laws.iter().map(move |b| (a, b))) {
        let mut scenario = some_scenario();
        (scenario["classes"][0]["service"], scenario["classes"][0]["patience"]) = (service.clone(), patience.clone());
        is_sound(&run(&scenario), &format!("{service} {patience}"));
    }
}

/// Puts one oddity into a scenario.
type Odd = fn(&mut Value);

#[test]
fn what_is_odd_but_possible_has_the_right_result() {
    let answered = |odd: Odd| {
        let mut scenario = some_scenario();
        odd(&mut scenario);
        let result = run(&scenario);
        (mean(&result, "/all/offered"), mean(&result, "/all/p_wait"), mean(&result, "/all/p_block"), result)
    };
    let (offered, waited, _, result) = answered(|s| {
        s["groups"][0]["agents"] = 0.into();
        s["groups"][1]["agents"] = 0.into();
    });
    assert!(offered > 100.0 && waited.is_finite() && mean(&result, "/classes/a/p_abandon") == 1.0, "{result}");
    let (offered, ..) = answered(|s| {
        s["classes"][0]["rate_per_hour"] = 0.into();
        s["classes"][1]["rate_per_hour"] = json!(1e-300);
    });
    assert_eq!(offered, 0.0);
    let (offered, ..) = answered(|s| s["classes"][0]["rate_profile"] = json!([1e-300, 0]));
    assert!(offered > 0.0, "the other class goes on");
    let (.., result) =
        answered(|s| s["groups"].as_array_mut().unwrap().iter_mut().for_each(|g| g["skills"] = json!({ "b": 1 })));
    assert_eq!(mean(&result, "/classes/a/p_abandon"), 1.0, "nobody has the skill");
    let (_, _, blocked, _) = answered(|s| s["capacity"] = json!({ "max_in_system": 0 }));
    assert_eq!(blocked, 1.0);
    let (_, waited, blocked, _) = answered(|s| s["capacity"] = json!({ "max_in_system": 1 }));
    assert!(blocked > 0.5 && waited == 0.0);
    let (_, waited, ..) =
        answered(|s| s["classes"].as_array_mut().unwrap().iter_mut().for_each(|c| c["service"]["mean"] = 0.into()));
    assert!(waited < 0.5, "who serves class b takes 150 s still: {waited}");
    answered(|s| s["classes"][0]["score"] = json!({ "base": -1e300, "weight": 1e300 }));
    answered(|s| s["classes"][0]["service"]["mean"] = json!(1e300));
    answered(|s| (s["classes"], s["groups"]) = (json!([]), json!([])));
    answered(|s| {
        s["classes"][0]["relax"] = json!([{ "after": 0, "max_level": 1 }, { "after": 20, "max_level": null }])
    });
    answered(|s| s["groups"][0]["shifts"] = json!([[100, 100], [5, 1e300]]));
}

/// Only their order counts.
#[test]
fn priorities_are_any_whole_numbers() {
    let result = |high: Value, low: Value| {
        let mut scenario = some_scenario();
        (scenario["classes"][0]["priority"], scenario["classes"][1]["priority"]) = (high, low);
        scenario["policy"]["call_selection"] = "priority".into();
        run(&scenario)
    };
    let usual = result(1.into(), 2.into());
    for (high, low) in [(0, 1), (-7, -1), (i64::MIN, i64::MAX), (300, 100_000)] {
        assert_eq!(result(high.into(), low.into()), usual, "{high} {low}");
    }
    assert_ne!(result(2.into(), 1.into()), usual);
    assert_eq!(result(Value::Null, 2.into()), usual, "without one it is 1");
}

#[test]
fn what_makes_no_sense_is_told() {
    let faults: [(&str, Odd); 20] = [
        ("class a: another class has this name", |s| s["classes"][1]["name"] = "a".into()),
        ("group g: another group has this name", |s| s["groups"][1]["name"] = "g".into()),
        ("group g: unknown class z", |s| s["groups"][0]["skills"] = json!({ "z": 1 })),
        ("group g: unknown class z", |s| s["groups"][0]["reserve"] = json!({ "z": 1 })),
        ("group g: levels run from 1 to 199", |s| s["groups"][0]["skills"]["a"] = 0.into()),
        ("group g: a mean service", |s| s["groups"][0]["service_mean"] = json!({ "a": -1 })),
        ("group g: a shift ends", |s| s["groups"][0]["shifts"] = json!([[10, 5]])),
        ("class a: a rate is negative", |s| s["classes"][0]["rate_per_hour"] = (-1).into()),
        ("class a: no service time", |s| s["classes"][0]["service"] = Value::Null),
        ("class a: a distribution", |s| {
            s["classes"][0]["service"] = json!({ "dist": "hyperexp", "mean": 1, "cv": 0.5 })
        }),
        ("class a: a distribution", |s| {
            s["classes"][0]["patience"] = json!({ "dist": "weibull", "mean": 1, "shape": 0 })
        }),
        ("class a: a distribution", |s| s["classes"][0]["patience"] = json!({ "dist": "exp", "mean": -1 })),
        ("class a: queue_share", |s| s["classes"][0]["queue_share"] = json!(1.5)),
        ("class a: sl_threshold", |s| s["classes"][0]["sl_threshold"] = (-1).into()),
        ("run: the horizon must lie", |s| s["run"]["warmup"] = 14_400.into()),
        ("run: the horizon lies too far", |s| s["run"]["horizon"] = json!(1e13)),
        ("run: more than 20 million calls", |s| s["classes"][0]["rate_per_hour"] = json!(1e12)),
        ("run: there are more than 200,000 agents", |s| s["groups"][0]["agents"] = 4_000_000_000u32.into()),
        ("not a scenario", |s| s["policy"]["agent_selection"] = "coin".into()),
        ("not a scenario", |s| s["groups"] = Value::Null),
    ];
    for (told, spoil) in faults {
        let mut scenario = some_scenario();
        spoil(&mut scenario);
        let error = Scenario::parse(&scenario.to_string()).expect_err(told).to_string();
        assert!(error.starts_with(told), "{error} instead of {told}");
    }
    for text in ["", "{", "[]", "{\"classes\": NaN, \"groups\": []}", "{\"classes\": [], \"groups\": [1e999]}"] {
        assert!(Scenario::parse(text).is_err(), "{text}");
    }
    let head = some_scenario().to_string();
    for (told, line) in [
        ("line 2: a time is negative", "{\"id\":1,\"t\":-1,\"cls\":\"a\",\"service\":1}"),
        ("line 2: a time is negative", "{\"id\":1,\"t\":1,\"cls\":\"a\",\"service\":1,\"patience\":-5}"),
        ("line 2: unknown class z", "{\"id\":1,\"t\":1,\"cls\":\"z\",\"service\":1}"),
        ("line 2: missing field", "{\"id\":1,\"t\":1,\"cls\":\"a\"}"),
    ] {
        let error = run_trace(&format!("{head}\n{line}")).expect_err(told).to_string();
        assert!(error.starts_with(told), "{error} instead of {told}");
    }
}
