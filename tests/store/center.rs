//! Center as code: plan, apply, export, ids that are never given twice.

use carillon::setup::{CenterModel, Kind, Password, Plan, What, keep_secrets, print, read, without_secrets};
use carillon::store::StoreError;

use crate::{World, at, on_both};

on_both!(
    a_file_is_applied_and_comes_back,
    a_plan_says_what_changes,
    numbers_are_never_given_twice,
    passwords_are_hashed_once,
    a_plan_against_an_old_center_is_refused,
    a_wrong_center_is_refused_whole,
    earlier_versions_are_listed_and_come_back_without_old_passwords,
    every_object_knows_who_changed_it_last_and_before,
);

const CENTER: &str = r#"
[center]
company = "Aurelia"
languages = ["zh", "en"]
[skill.gems]
[queue.vip]
name = { zh = "贵宾", en = "VIP" }
skills = { gems = 5 }
[queue.sales]
[agent.zoe]
name = "Zoe"
skills = { gems = 7 }
[agent.ana]
[user.zoe]
agent = "zoe"
password = { plain = "correct horse" }
sip = { plain = "battery" }
[trunk.main]
destination = "udp:192.0.2.1:5060"
prefixes = ["+49"]
account = { user = "4711", realm = "carrier", password = { plain = "open sesame" } }
[number.4000]
flow = "hotline"
[reason.lunch]
[reason.break]
"#;

fn parse(text: &str) -> CenterModel {
    read(text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

fn told(plan: &Plan) -> Vec<String> {
    let sign = |what: &What| match what {
        What::Created { .. } => '+',
        What::Changed { .. } => '~',
        What::Removed => '-',
    };
    plan.changes.iter().map(|change| format!("{}{} {}", sign(&change.what), change.kind, change.key)).collect()
}

async fn a_file_is_applied_and_comes_back(w: World) {
    let (empty, ids) = w.store.center().await.unwrap();
    assert_eq!((empty, ids.version), (CenterModel::default(), 0));
    let plan = w.store.plan(parse(CENTER)).await.unwrap();
    let ids = w.store.apply(&plan, "admin", at(0)).await.unwrap();
    assert_eq!(ids.version, 1);

    let again = w.store.plan(parse(CENTER)).await.unwrap();
    assert!(again.is_empty(), "{again}");
    assert_eq!(w.store.apply(&again, "admin", at(1)).await.unwrap(), ids, "nothing, not even a version");

    let exported = w.store.export().await.unwrap();
    let plan = w.store.plan(parse(&exported)).await.unwrap();
    assert!(plan.is_empty(), "{exported}\n{plan}");
    let (model, known) = w.store.center().await.unwrap();
    assert_eq!(known, ids);
    assert_eq!(model, parse(&exported));
    assert_eq!(model.agents.keys().collect::<Vec<_>>(), ["zoe", "ana"]);
    assert_eq!(w.store.center_version(1).await.unwrap(), exported);
    assert!(matches!(w.store.center_version(2).await, Err(StoreError::NotFound(_))));
}

async fn a_plan_says_what_changes(w: World) {
    let plan = w.store.plan(parse(CENTER)).await.unwrap();
    assert_eq!(told(&plan)[..3], ["+center center", "+skill gems", "+queue sales"]);
    w.store.apply(&plan, "admin", at(0)).await.unwrap();

    let changed = CENTER
        .replace("skills = { gems = 5 }", "skills = { gems = 6 }\nring_s = 9")
        .replace("[agent.ana]", "[agent.bo]")
        .replace("correct horse", "wrong horse")
        .replace("open sesame", "open barley")
        .replace("[reason.lunch]\n[reason.break]", "[reason.break]\n[reason.lunch]");
    let plan = w.store.plan(parse(&changed)).await.unwrap();
    assert_eq!(
        told(&plan),
        ["~queue vip", "-agent ana", "+agent bo", "~user zoe", "~trunk main", "~reason break", "~reason lunch"]
    );
    let text = plan.to_string();
    for words in [
        "ring_s: (default) -> 9",
        "skills: { gems = 5 } -> { gems = 6 }",
        "password: (hidden) -> (hidden)",
        "account: (hidden) -> (hidden)",
        "another place",
        "1 to create, 5 to change, 1 to remove",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert!(!text.contains("horse") && !text.contains("argon2") && !text.contains("4711"), "{text}");
    w.store.apply(&plan, "admin", at(1)).await.unwrap();
    let (model, ids) = w.store.center().await.unwrap();
    assert_eq!((ids.version, model.queues.get("vip").unwrap().ring_s), (2, 9));
    assert!(model.agents.get("ana").is_none() && !ids.agents.contains_key("ana"));
    assert_eq!(model.reasons.keys().collect::<Vec<_>>(), ["break", "lunch"]);
}

async fn numbers_are_never_given_twice(w: World) {
    let apply = async |text: &str| {
        let plan = w.store.plan(parse(text)).await.unwrap();
        w.store.apply(&plan, "admin", at(0)).await.unwrap()
    };
    let first = apply(CENTER).await;
    let without = CENTER.replace("[agent.ana]", "");
    apply(&without).await;
    let with_another = apply(&format!("{without}\n[agent.bo]")).await;
    assert_ne!(with_another.agents["bo"], first.agents["ana"]);
    let back = apply(&format!("{without}\n[agent.bo]\n[agent.ana]")).await;
    assert_eq!(back.agents["ana"], first.agents["ana"], "history goes on");
    assert_eq!(back.agents["bo"], with_another.agents["bo"]);
    assert_eq!((back.queues, back.skills, back.version), (first.queues, first.skills, 4));
}

async fn passwords_are_hashed_once(w: World) {
    let plan = w.store.plan(parse(CENTER)).await.unwrap();
    w.store.apply(&plan, "admin", at(0)).await.unwrap();
    let (model, _) = w.store.center().await.unwrap();
    let user = model.users.get("zoe").unwrap();
    let Some(Password::Argon2(hash)) = &user.password else { panic!("{user:?}") };
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    let exported = w.store.export().await.unwrap();
    assert!(exported.contains(hash.as_str()) && !exported.contains("horse") && !exported.contains("battery"));
    // The same plain text again keeps the hash; the phone's hash is that of the user in the realm.
    assert!(w.store.plan(parse(CENTER)).await.unwrap().is_empty());
    let (md5, _) = carillon::sip::ha1("zoe", "carillon", "battery");
    assert!(exported.contains(&md5));
    let (md5, _) = carillon::sip::ha1("4711", "carrier", "open sesame");
    assert!(exported.contains(&md5) && !exported.contains("sesame"), "so is that of a trunk's account");
    let shown = print(&without_secrets(model.clone())).unwrap();
    assert!(shown.contains("4711") && !shown.contains(&md5), "{shown}");
    let mut back = parse(&shown);
    keep_secrets(&mut back, &model);
    assert_eq!(back.trunks, model.trunks, "a file without the password keeps it");
    let mut other = parse(&shown.replace("carrier", "stranger"));
    keep_secrets(&mut other, &model);
    assert_eq!(other.trunks.get("main").unwrap().account.as_ref().unwrap().password, None, "good for one realm only");
    assert!(!format!("{user:?}").contains("argon2"), "{user:?}");
}

async fn a_plan_against_an_old_center_is_refused(w: World) {
    let first = w.store.plan(parse(CENTER)).await.unwrap();
    let second = w.store.plan(parse("[center]\ncompany = \"Other\"")).await.unwrap();
    w.store.apply(&first, "ana", at(0)).await.unwrap();
    let refused = w.store.apply(&second, "bo", at(1)).await;
    assert!(matches!(refused, Err(StoreError::Outdated { planned: 0, present: 1 })), "{refused:?}");
    assert_eq!(w.store.center().await.unwrap().0.center.company, "Aurelia");
}

async fn a_wrong_center_is_refused_whole(w: World) {
    let mut model = parse(CENTER);
    model.numbers.insert("4001".into(), carillon::setup::NumberModel::default());
    assert!(matches!(w.store.plan(model).await, Err(StoreError::Invalid(_))));
    assert_eq!(w.store.center().await.unwrap().1.version, 0);
}

async fn earlier_versions_are_listed_and_come_back_without_old_passwords(w: World) {
    let apply = async |model: CenterModel, author: &str, nth: u64| {
        let plan = w.store.plan(model).await.unwrap();
        w.store.apply(&plan, author, at(nth)).await.unwrap()
    };
    apply(parse(&format!("{CENTER}\n[user.old]\npassword = {{ plain = 'long gone' }}")), "admin", 0).await;
    apply(parse(&CENTER.replace("correct horse", "wrong horse").replace("[queue.sales]", "")), "bo", 1).await;
    let versions = w.store.center_versions(None, 10).await.unwrap();
    let told: Vec<_> = versions.iter().map(|it| (it.version, it.author.as_str(), it.at)).collect();
    assert_eq!(told, [(2, "bo", at(1)), (1, "admin", at(0))]);
    assert_eq!(w.store.center_versions(Some(2), 10).await.unwrap().len(), 1);

    let (present, _) = w.store.center().await.unwrap();
    let back = w.store.center_as_of(1).await.unwrap();
    assert!(back.queues.contains("sales"));
    assert_eq!(back.users.get("zoe"), present.users.get("zoe"), "the password is today's");
    assert_eq!(back.users.get("old").unwrap().password, None, "a user who was removed has none");
    let ids = apply(back, "admin", 2).await;
    assert_eq!(ids.version, 3);
    assert!(matches!(w.store.center_as_of(9).await, Err(StoreError::NotFound(_))));
}

async fn every_object_knows_who_changed_it_last_and_before(w: World) {
    let apply = async |text: &str, author: &str, nth: u64| {
        let plan = w.store.plan(parse(text)).await.unwrap();
        w.store.apply(&plan, author, at(nth)).await.unwrap()
    };
    apply(CENTER, "admin", 0).await;
    let changed =
        CENTER.replace("skills = { gems = 5 }", "skills = { gems = 6 }").replace("correct horse", "wrong horse");
    apply(&changed, "bo", 1).await;
    apply(&changed.replace("[agent.ana]", ""), "cy", 2).await;
    apply(&changed, "bo", 3).await;

    let version = async |kind, key| w.store.object_version(kind, key).await.unwrap();
    assert_eq!(version(Kind::Queue, "vip").await, Some(2));
    assert_eq!(version(Kind::Queue, "sales").await, Some(1), "nobody has changed it since");
    assert_eq!(version(Kind::Agent, "ana").await, Some(4), "it came back");
    assert_eq!(version(Kind::Agent, "nobody").await, None);
    let all = w.store.object_versions(Kind::Queue).await.unwrap();
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [("sales".to_owned(), 1), ("vip".to_owned(), 2)]);

    let told = async |kind, key, before, limit| {
        let changes = w.store.object_changes((kind, key), before, limit).await.unwrap();
        let sign = |what: &What| match what {
            What::Created { .. } => "+",
            What::Changed { .. } => "~",
            What::Removed => "-",
        };
        let row = |it: carillon::store::center::ObjectChange| (it.version, it.author, it.at, sign(&it.what));
        changes.into_iter().map(row).collect::<Vec<_>>()
    };
    let row = |version, author: &str, nth, sign| (version, author.to_owned(), at(nth), sign);
    let ana = told(Kind::Agent, "ana", None, 10).await;
    assert_eq!(ana, [row(4, "bo", 3, "+"), row(3, "cy", 2, "-"), row(1, "admin", 0, "+")]);
    assert_eq!(told(Kind::Agent, "ana", Some(4), 1).await, [row(3, "cy", 2, "-")]);
    let vip = w.store.object_changes((Kind::Queue, "vip"), None, 1).await.unwrap();
    let What::Changed { fields } = &vip[0].what else { panic!("{vip:?}") };
    let values = (fields[0].field.as_str(), fields[0].from.as_deref(), fields[0].to.as_deref());
    assert_eq!(values, ("skills", Some("{ gems = 5 }"), Some("{ gems = 6 }")));
    let zoe = format!("{:?}", w.store.object_changes((Kind::User, "zoe"), None, 10).await.unwrap());
    assert!(zoe.contains("(hidden)") && !zoe.contains("argon2"), "{zoe}");
}
