//! What is wrong is told with its place, and what is right is not.

use crate::setup;

#[test]
fn call_backs_need_a_way_out() {
    let told = |queue: &str, trunk: &str| {
        let text = format!("[queue.q]\ncall_back = {{ {queue} }}\n[trunk.t]\nnetworks = []\n{trunk}\n");
        let mistakes = setup::read(&text).err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.message.clone()).collect::<Vec<_>>().join("\n")
    };
    let way = "destination = \"udp:192.0.2.1:5060\"\nprefixes = [\"+49\"]";
    assert_eq!(told("", way), "");
    for (queue, trunk, words) in [
        ("", "", "nobody can be called"),
        ("trunk = \"t\"", "destination = \"udp:192.0.2.1:5060\"", "lets no call out"),
        ("trunk = \"x\"", way, "there is no trunk `x`"),
        ("digit = \"*\"", way, "0 to 9"),
        ("tries = 0", way, "1 to 10"),
        ("ring_s = 600", way, "5 to 120"),
        ("", "destination = \"udp:192.0.2.1:5060\"\nprefixes = [\"49\"]", "beginning of a number"),
        ("", &format!("{way}\nfallback = [\"x\"]"), "there is no trunk `x`"),
        ("", &format!("{way}\nfallback = [\"t\"]"), "tried already"),
        ("", &format!("{way}\nfallback = [\"u\"]\n[trunk.u]"), "no destination or no prefixes"),
        ("", &format!("{way}\nhealth = {{ probe_s = 4 }}"), "`probe_s` must be from 5 to 3600"),
        ("", &format!("{way}\nhealth = {{ silence_ms = 50 }}"), "`silence_ms` must be from 100 to 10000"),
        ("", &format!("{way}\nhealth = {{ failures = 0 }}"), "`failures` must be from 1 to 1000"),
        ("", &format!("{way}\nregister = {{}}"), "needs `destination` and `account`"),
        ("", &format!("{way}\nregister = {{ domain = \"a b\" }}"), "is not a domain"),
        ("", &format!("{way}\ncaps = {{ calls_per_minute = 0 }}"), "`calls_per_minute` must be from 1 to 10000"),
        ("", &format!("{way}\nregister = {{ expires_s = 5 }}"), "`expires_s` must be from 60 to 86400"),
        ("", &format!("{way}\naccount = {{ user = \"1\", password = {{ plain = \"x\" }} }}"), "name the realm"),
    ] {
        assert!(told(queue, trunk).contains(words), "{queue} {trunk}: {}", told(queue, trunk));
    }
}

#[test]
fn what_agents_may_call_is_within_reason() {
    let read = |lines: &str| setup::read(&format!("[center]\n{lines}\n"));
    let told = |outbound: &str| {
        let mistakes = read(&format!("outbound = {{ {outbound} }}")).err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.message.clone()).collect::<Vec<_>>().join("\n")
    };
    for (outbound, words) in [
        ("caller_id = \"+862155500100\", forbidden = [\"+1900\"]", ""),
        ("caller_id = \"house\"", "`house` is not a number"),
        ("forbidden = [\"1900\"]", "`1900` is not the begin of a number"),
        ("forbidden = [\"+\"]", "`+` is not the begin of a number"),
        ("emergency = [\"110\", \"112\"]", ""),
        ("emergency = [\"1\"]", "`1` is not a number of 2 to 6 digits"),
        ("emergency = [\"+112\"]", "`+112` is not a number of 2 to 6 digits"),
        ("ring_s = 4", "4 is not in 5-180"),
        ("calls_per_minute = 0", "0 is not in 1-1000"),
        ("minutes_per_day = 1441", "1441 is not in 1-1440"),
        ("destinations = [{ prefixes = [\"+44\"], calls = 2, calls_per_minute = 3, minutes_per_day = 60 }]", ""),
        ("destinations = [{ calls = 2 }]", "name the begin of the numbers"),
        ("destinations = [{ prefixes = [\"44\"] }]", "`44` is not the begin of a number"),
        ("destinations = [{ prefixes = [\"+44\"], calls = 0 }]", "`calls` must be from 1 to 100000"),
        ("destinations = [{ prefixes = [\"+44\"], minutes_per_day = 0 }]", "`minutes_per_day` must be from 1"),
        ("minutes_a_day = 3", "minutes_a_day"),
    ] {
        let told = told(outbound);
        assert!(told.contains(words) && told.is_empty() == words.is_empty(), "{outbound}: {told}");
    }
    let model = read("outbound = { premium = true, record = false }\nsupervision = { shown = false }").unwrap();
    let center = setup::configuration(&model, &Default::default(), Vec::new(), Vec::new());
    assert!(center.outbound.premium && !center.outbound.record && !center.supervision.shown);
}

const CENTER: &str = r#"
[hours.day]
week = { mon = ["09:00-18:00"] }
special = { "2026-10-01" = [] }
[queue.sales]
[disposition.no]
[campaign.care]
name = { en = "After the warranty", zh = "保修回访" }
purpose = "care"
mode = { mode = "preview", limit_s = 60 }
queue = "sales"
hours = "day"
caller_ids = ["+4930123456"]
attempts = { most = 3, by = { busy = { most = 2, after_min = 15 } } }
after = { no = "do_not_call" }
"#;

fn mistakes(change: (&str, &str)) -> String {
    let found = setup::read(&CENTER.replace(change.0, change.1)).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_campaign_is_read_checked_and_printed_again() {
    let model = setup::read(CENTER).unwrap();
    assert_eq!(setup::read(&setup::print(&model).unwrap()).unwrap(), model);
    let ids = setup::CenterIds::default().completed(&model);
    let rules = setup::configuration(&model, &ids, Vec::new(), Vec::new()).campaigns;
    assert_eq!(rules[0].hours.weekly.len(), 1);
    assert_eq!(rules[0].hours.holidays.len(), 1);
    assert_eq!(rules[0].name.zh, "保修回访");
}

#[test]
fn what_cannot_be_is_told() {
    for (change, told) in [
        (("queue = \"sales\"", "queue = \"gone\""), "there is no queue `gone`"),
        (("hours = \"day\"", "hours = \"night\""), "there is no hours `night`"),
        (("+4930123456", "sales"), "`sales` is no number"),
        (("limit_s = 60", "limit_s = 1"), "limit_s is 5 to 600"),
        (("{ mode = \"preview\", limit_s = 60 }", "{ mode = \"power\", ratio_percent = 90 }"), "ratio_percent is 100"),
        (("{ mode = \"preview\", limit_s = 60 }", "{ mode = \"agentless\", lines = 0 }"), "lines is 1 to 1000"),
        (("{ mode = \"preview\", limit_s = 60 }", "{ mode = \"agentless\", lines = 5 }"), "name the flow"),
        (
            ("mode = { mode = \"preview\", limit_s = 60 }", "mode = { mode = \"predictive\" }\nsorry = []"),
            "name the sounds",
        ),
        (("most = 3,", "most = 0,"), "most is 1 to 30"),
        (("{ no = \"do_not_call\" }", "{ yes = \"do_not_call\" }"), "there is no disposition `yes`"),
        (("{ no = \"do_not_call\" }", "{ no = { again = { after_min = 0 } } }"), "after_min is 1 to"),
        (("purpose = \"care\"", "goal = [\"yes\"]"), "there is no disposition `yes`"),
        (("purpose = \"care\"", "ring_s = 5"), "is 15 to 120"),
        (("purpose = \"care\"", "cap_ppm = 0"), "is 1 to 500000"),
        (("purpose = \"care\"", "timezone = \"Nowhere\""), "Nowhere"),
        (("purpose = \"care\"", "colour = 1"), "colour"),
    ] {
        assert!(mistakes(change).contains(told), "{told}: {}", mistakes(change));
    }
}

#[test]
fn an_alert_that_never_comes_or_makes_no_sense_is_told() {
    let told = |alert: &str| {
        let text = format!("[queue.q]\n[hours.day]\n[alert.a]\n{alert}\n");
        let mistakes = setup::read(&text).err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.message.clone()).collect::<Vec<_>>().join("\n")
    };
    for (alert, words) in [
        ("", "nothing is ever told"),
        ("warn = 2\nact = 2", "above `warn`"),
        ("figure = \"ready\"\nwarn = 2\nact = 3", "below `warn`"),
        ("figure = \"service_level\"\nwarn = 101", "0 to 100"),
        ("figure = \"ready\"\nwarn = 0", "nothing is below 0"),
        ("warn = 2\nhold_s = 3601", "0 to 3600"),
        ("warn = 2\nqueues = [\"x\"]", "there is no queue `x`"),
        ("warn = 2\nhours = \"x\"", "there is no hours `x`"),
        ("warn = 2\nmail = [\"boss\"]", "`boss` is no address"),
        ("warn = 2\nwebhooks = [\"ftp://example.com\"]", "is not https://"),
        ("warn = 2\nwebhooks = [\"https://me:secret@example.com/\"]", "is not https://"),
        ("warn = 2\nwebhooks = [\"https:///path\"]", "is not https://"),
        ("warn = 2\nfigure = \"mood\"", "unknown variant"),
    ] {
        assert!(told(alert).contains(words), "{alert}: {}", told(alert));
    }
    let good = "name = \"Waits\"\nfigure = \"longest_wait\"\nwarn = 30\nact = 90\nhours = \"day\"\nqueues = [\"q\"]";
    assert_eq!(
        told(&format!(
            "{good}\nmail = [\"boss@example.com\"]\nwebhooks = [\"https://example.com/a?b=c\"]\nsound = false"
        )),
        ""
    );
}

#[test]
fn a_scorecard_can_be_filled_in() {
    let told = |text: &str| {
        let text = format!(
            "[queue.q]\n[user.sue]\nrole = \"supervisor\"\n[user.ana]\nrole = \"agent\"\n[scorecard.s]\n{text}\n"
        );
        let mistakes = setup::read(&text).err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.message.clone()).collect::<Vec<_>>().join("\n")
    };
    let good = "sections = [{ name = \"A\", items = [{ key = \"a\" }, { key = \"b\", points = 10, fatal = true }] }]";
    assert_eq!(told(good), "");
    for (card, words) in [
        (String::new(), "1 to 12 sections"),
        ("sections = [{ items = [] }]".to_owned(), "1 to 30 items"),
        ("sections = [{ weight = 101, items = [{ key = \"a\" }] }]".to_owned(), "a weight is 1 to 100"),
        ("sections = [{ items = [{ key = \"a\", weight = 0 }] }]".to_owned(), "a weight is 1 to 100"),
        ("sections = [{ items = [{ key = \"a\", points = 11 }] }]".to_owned(), "points are 1 to 10"),
        ("sections = [{ items = [{ key = \"A b\" }] }]".to_owned(), "a key has 1 to 40"),
        ("sections = [{ items = [{ key = \"a\" }] }, { items = [{ key = \"a\" }] }]".to_owned(), "stands there twice"),
        (format!("queues = [\"x\"]\n{good}"), "there is no queue `x`"),
        (format!("pick = {{ raters = [\"kim\"] }}\n{good}"), "there is no user `kim`"),
        (format!("pick = {{ raters = [\"ana\"] }}\n{good}"), "`ana` is no supervisor"),
        (format!("pick = {{ share_percent = 101 }}\n{good}"), "is 0 to 100"),
        (format!("pick = {{ survey_most = 11 }}\n{good}"), "is 0 to 10"),
        (format!("pick = {{ held_s = 0 }}\n{good}"), "is 1 to 86400"),
        (format!("pick = {{ raters = [\"sue\"], survey = \"Score\", survey_most = 2 }}\n{good}"), ""),
    ] {
        assert!(told(&card).contains(words), "{card}: {}", told(&card));
    }
}
