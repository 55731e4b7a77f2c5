//! The trades around the center, as the kinds that come with it: a lead on its way to an order, approvals that nobody
//! passes by, stocks and seats that never fall below nothing, figures that are right.

use carillon::base::{Instant, Rng};
use carillon::record::{Asking, Decimal, People, Record, Role, Value, Who};
use carillon::store::Files;
use carillon::store::record::{About, EditSpec, Query, RecordError, Records, Step, Worker};
use serde_json::{Map, Value as Json, json};

use crate::{World, at, customer, on_both};

on_both!(
    a_lead_becomes_a_customer_an_opportunity_a_quote_and_an_order,
    who_is_known_is_not_made_again,
    approvals_are_not_passed_by,
    an_expense_is_approved_by_somebody_else,
    a_stock_is_never_less_than_nothing,
    seats_points_and_coupons_end,
    what_belongs_to_a_team_is_seen_by_nobody_else,
    figures_are_right_twice,
);

struct House;

impl People for House {
    fn is_person(&self, name: &str) -> bool {
        ["ana", "ben", "cai", "sam", "sue", "root"].contains(&name)
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }

    fn of_role(&self, role: Role) -> Vec<String> {
        if role == Role::Supervisor { vec!["sam".into(), "sue".into()] } else { Vec::new() }
    }
}

fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Asia/Shanghai").unwrap()
}

/// `ana` and `ben` are agents of teams of their own, `sam` and `sue` supervisors, `root` administers.
fn asking<'a>(user: &'a str, now: Instant, zone: &'a jiff::tz::TimeZone) -> Asking<'a> {
    let (role, team) = match user {
        "sam" | "sue" => (Role::Supervisor, None),
        "root" => (Role::Admin, None),
        "ana" => (Role::Agent, Some("east")),
        "ben" => (Role::Agent, Some("west")),
        _ => (Role::Agent, None),
    };
    Asking { who: Who { user, role, team }, now, zone, region: "CN", people: &House }
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

/// Whoever does something, at a time.
struct Shop<'a> {
    w: &'a World,
    records: Records,
    zone: jiff::tz::TimeZone,
}

impl<'a> Shop<'a> {
    async fn open(w: &'a World) -> Self {
        Self { w, records: Records::open(&w.store, at(0)).await.unwrap(), zone: zone() }
    }

    fn asking<'b>(&'b self, user: &'b str) -> Asking<'b> {
        asking(user, at(100), &self.zone)
    }

    async fn try_make(&self, user: &str, kind: &str, body: Json) -> Result<Record, RecordError> {
        self.records.create(kind, &map(body), About::default(), &self.asking(user)).await
    }

    async fn make(&self, user: &str, kind: &str, body: Json) -> Record {
        self.try_make(user, kind, body).await.unwrap_or_else(|error| panic!("{kind}: {}", told(&error)))
    }

    async fn try_step(&self, user: &str, kind: &str, id: i64, key: &str, body: Json) -> Result<Record, RecordError> {
        self.records.step(kind, id, Step { key, version: None }, &map(body), &self.asking(user)).await
    }

    async fn step(&self, user: &str, kind: &str, id: i64, key: &str, body: Json) -> Record {
        self.try_step(user, kind, id, key, body).await.unwrap_or_else(|error| panic!("{kind} {key}: {}", told(&error)))
    }

    async fn change(&self, user: &str, kind: &str, id: i64, body: Json) -> Result<Record, RecordError> {
        self.records.change(kind, id, None, &map(body), &self.asking(user)).await
    }

    async fn read(&self, kind: &str, id: i64) -> Record {
        self.records.record(&self.records.kind(kind).unwrap(), id, &self.asking("root")).await.unwrap()
    }

    async fn all(&self, user: &str, kind: &str) -> Vec<Record> {
        let query = Query { sort: "id".into(), limit: 200, ..Query::default() };
        self.records.list(&self.records.kind(kind).unwrap(), &query, &self.asking(user)).await.unwrap().records
    }

    /// Articles at these prices.
    async fn products(&self, prices: &[&str]) -> Vec<i64> {
        let mut ids = Vec::new();
        for (at, price) in prices.iter().enumerate() {
            let price = json!({"amount": price, "currency": "CNY"});
            let body = json!({"label": format!("Ring {at}"), "code": format!("R-{at}"), "price": price});
            ids.push(self.make("root", "product", body).await.id);
        }
        ids
    }
}

fn told(error: &RecordError) -> String {
    match error {
        RecordError::Fields(refused) => {
            refused.iter().map(|it| format!("{}: {}", it.field, it.code)).collect::<Vec<_>>().join(", ")
        }
        error => format!("{error:?}"),
    }
}

fn plain(record: &Record, key: &str) -> String {
    record.fields.get(key).map(Value::plain).unwrap_or_default()
}

fn reference(record: &Record, key: &str) -> i64 {
    plain(record, key).parse().unwrap_or_else(|_| panic!("{key} is empty"))
}

const NOT_ALLOWED: &str = "NotAllowed";

/// The code of the first field that is refused, or the error.
fn why<T: std::fmt::Debug>(done: Result<T, RecordError>) -> String {
    match done.expect_err("it is refused") {
        RecordError::Fields(refused) => format!("{} {}", refused[0].field, refused[0].code),
        RecordError::NotAllowed => NOT_ALLOWED.to_owned(),
        RecordError::Step(step) => format!("{step:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
        RecordError::Overwritten(what) => format!("stands {what}"),
        error => format!("{error:?}"),
    }
}

async fn a_lead_becomes_a_customer_an_opportunity_a_quote_and_an_order(w: World) {
    let shop = Shop::open(&w).await;
    let goods = shop.products(&["46500", "280.50"]).await;
    let lead = json!({"name": "周敏", "phone": "138 1000 2000", "wish": "婚戒 Wedding rings", "source": "referral",
        "need": "day", "means": "high", "owner": "ana"});
    let lead = shop.make("ana", "lead", lead).await;
    assert_eq!(plain(&lead, "score"), "90", "points of source, occasion and means");
    assert_eq!(why(shop.try_step("ana", "lead", lead.id, "convert", json!({})).await), "State");
    shop.step("ana", "lead", lead.id, "qualify", json!({})).await;
    let lead = shop.step("ana", "lead", lead.id, "convert", json!({})).await;
    assert_eq!(lead.state.as_deref(), Some("converted"));
    let customer = lead.customer.unwrap();
    assert_eq!(w.store.customer(customer).await.unwrap().name, "周敏");
    assert_eq!(reference(&lead, "known"), customer.0);
    let opportunity = shop.read("opportunity", reference(&lead, "opportunity")).await;
    assert_eq!((opportunity.customer, plain(&opportunity, "subject").as_str()), (Some(customer), "婚戒 Wedding rings"));
    assert_eq!((plain(&opportunity, "source"), reference(&opportunity, "lead")), ("referral".into(), lead.id));
    assert_eq!(why(shop.try_step("ana", "lead", lead.id, "convert", json!({})).await), "State", "once");
    let change = shop.records.history(&shop.records.kind("lead").unwrap(), lead.id, None, 1, &shop.asking("ana")).await;
    let undone = shop.records.undo("lead", lead.id, change.unwrap().0[0].id, &shop.asking("ana")).await;
    assert_eq!(why(undone), "stands convert", "what was made is there");

    let close = json!({"amount": "95000", "close": "2026-12-24"});
    shop.step("ana", "opportunity", opportunity.id, "qualify", close).await;
    assert_eq!(why(shop.try_step("ana", "opportunity", opportunity.id, "win", json!({"won": "trust"})).await), "State");
    let opportunity = shop.step("ana", "opportunity", opportunity.id, "quote", json!({"next": "Send it"})).await;
    assert_eq!((plain(&opportunity, "probability"), plain(&opportunity, "expected")), ("50".into(), "47500".into()));
    assert_eq!(plain(&opportunity, "quotes"), "1", "what was made with the step is counted in its answer");
    let won = shop.try_step("ana", "opportunity", opportunity.id, "win", json!({"won": "trust"})).await;
    assert_eq!(why(won), "When", "nothing is ordered");
    let quote = shop.all("ana", "quote").await.remove(0);
    let items = json!([{"item": goods[0], "amount": 2, "discount": 5}, {"item": goods[1], "list": "1", "total": "1"}]);
    let quote = shop.change("ana", "quote", quote.id, json!({"items": items, "vat": "13"})).await.unwrap();
    let totals = ["gross", "price", "tax", "total", "reduction"].map(|key| plain(&quote, key));
    assert_eq!(totals, ["93280.5", "88630.5", "11521.97", "100152.47", "4.984965"]);
    assert_eq!(plain(&quote, "version_no"), "1");
    // The list becomes dearer: what was offered stays.
    shop.change("root", "product", goods[0], json!({"price": {"amount": "50000", "currency": "CNY"}})).await.unwrap();
    let again = shop.change("ana", "quote", quote.id, json!({"items": items, "terms": "30 days"})).await.unwrap();
    assert_eq!(plain(&again, "total"), "100152.47");
    shop.step("ana", "quote", quote.id, "send", json!({})).await;
    assert_eq!(why(shop.change("ana", "quote", quote.id, json!({"rebate": "50"})).await), "rebate fixed");
    let renewed = shop.step("ana", "quote", quote.id, "renew", json!({})).await;
    assert_eq!(renewed.state.as_deref(), Some("replaced"));
    let quote = shop.all("ana", "quote").await.pop().unwrap();
    let quote = shop.read("quote", quote.id).await;
    assert_eq!((plain(&quote, "version_no"), reference(&quote, "replaces")), ("2".into(), renewed.id));
    assert_eq!(plain(&quote, "gross"), "100280.5", "a new version has the prices of today");
    shop.step("ana", "quote", quote.id, "send", json!({})).await;
    let quote = shop.step("ana", "quote", quote.id, "accept", json!({})).await;
    let order = shop.read("order", reference(&quote, "order")).await;
    assert_eq!((order.customer, plain(&order, "total")), (Some(customer), plain(&quote, "total")));
    let lines = |record: &Record| record.lines["items"].iter().map(|line| line["total"].plain()).collect::<Vec<_>>();
    assert_eq!(lines(&order), lines(&quote));
    assert_eq!(why(shop.try_make("ana", "order", json!({"subject": "x"})).await), NOT_ALLOWED, "only of a quote");
    let won = shop.step("ana", "opportunity", opportunity.id, "win", json!({"won": "trust"})).await;
    assert_eq!((won.state.as_deref(), plain(&won, "ordered")), (Some("won"), plain(&order, "total")));
}

async fn who_is_known_is_not_made_again(w: World) {
    let shop = Shop::open(&w).await;
    let known = w.store.save_customer(None, &customer("王丽", &["13800138000"]), at(0)).await.unwrap();
    let twice = w.store.save_customer(None, &customer("王莉", &["13900139000"]), at(0)).await.unwrap();
    w.store.save_customer(None, &customer("王力", &["13900139000"]), at(0)).await.unwrap();
    let count = w.store.customer_count().await.unwrap();
    let lead = async |phone: &str| {
        let body = json!({"name": "Wang", "phone": phone, "wish": "Pearls", "need": "day", "owner": "ana"});
        let lead = shop.make("ana", "lead", body).await;
        shop.step("ana", "lead", lead.id, "qualify", json!({})).await
    };
    let first = lead("13800138000").await;
    let first = shop.step("ana", "lead", first.id, "convert", json!({})).await;
    assert_eq!(first.customer, Some(known));
    let several = lead("13900139000").await;
    let refused = shop.try_step("ana", "lead", several.id, "convert", json!({})).await;
    assert_eq!(why(refused), "known several_customers");
    assert_eq!(shop.all("ana", "opportunity").await.len(), 1, "all of it or nothing");
    let several = shop.step("ana", "lead", several.id, "convert", json!({"known": twice.0})).await;
    assert_eq!(several.customer, Some(twice));
    assert_eq!(w.store.customer_count().await.unwrap(), count, "nobody is there twice");
}

async fn approvals_are_not_passed_by(w: World) {
    let shop = Shop::open(&w).await;
    let goods = shop.products(&["1000"]).await;
    let quote = json!({"subject": "Rings", "owner": "ana", "items": [{"item": goods[0]}], "rebate": 30});
    let quote = shop.make("ana", "quote", quote).await;
    let id = quote.id;
    let send = async |user: &str| shop.try_step(user, "quote", id, "send", json!({})).await;
    assert_eq!(why(send("ana").await), "When", "thirty percent are not hers to give");
    assert_eq!(why(send("root").await), "When", "nor anybody's without a word");
    // On the way she cannot make it cheaper, nor say that somebody else asked, nor write its price.
    let dear = json!({"items": [{"item": goods[0], "list": "99999"}]});
    assert_eq!(plain(&shop.change("ana", "quote", id, dear).await.unwrap(), "reduction"), "30");
    for field in ["asked_by", "previous", "replaces", "order"] {
        assert_eq!(why(shop.change("ana", "quote", id, json!({field: 1})).await), format!("{field} not_allowed"));
    }
    assert_eq!(why(shop.change("root", "quote", id, json!({"reduction": 1})).await), "reduction reckoned");
    shop.step("ana", "quote", id, "ask", json!({"reason": "老客户"})).await;
    assert_eq!(plain(&shop.read("quote", id).await, "asked_by"), "ana");
    assert_eq!(why(send("ana").await), "State");
    assert_eq!(why(shop.try_step("ana", "quote", id, "approve", json!({})).await), "NotAllowed");
    let taken = json!({"rebate": 90});
    for user in ["ana", "sam", "root"] {
        assert_eq!(why(shop.change(user, "quote", id, taken.clone()).await), "rebate fixed", "{user}");
        let on_the_way = shop.try_step(user, "quote", id, "approve", json!({"rebate": 90})).await;
        assert!(["rebate fixed", "NotAllowed"].contains(&why(on_the_way).as_str()), "{user}");
    }
    shop.step("sam", "quote", id, "approve", json!({})).await;
    for user in ["ana", "sam", "root"] {
        assert_eq!(why(shop.change(user, "quote", id, taken.clone()).await), "rebate fixed", "{user}");
    }
    // Back to be changed, changed, and then as if it had never been: what was approved does not come back.
    shop.step("ana", "quote", id, "revise", json!({})).await;
    let step = shop.records.history(&shop.records.kind("quote").unwrap(), id, None, 1, &shop.asking("ana")).await;
    let step = step.unwrap().0[0].id;
    shop.change("ana", "quote", id, taken.clone()).await.unwrap();
    for user in ["ana", "root"] {
        assert_eq!(why(shop.records.undo("quote", id, step, &shop.asking(user)).await), "stands state", "{user}");
    }
    assert_eq!(why(send("ana").await), "When");
    // Nobody approves what he asked for or wrote, supervisor or not.
    let own = json!({"subject": "Own", "items": [{"item": goods[0]}], "rebate": 30});
    let own = shop.make("sam", "quote", own).await.id;
    shop.step("sue", "quote", own, "ask", json!({"reason": "x"})).await;
    assert_eq!(why(shop.try_step("sam", "quote", own, "approve", json!({})).await), "When", "he wrote it");
    assert_eq!(why(shop.try_step("sue", "quote", own, "approve", json!({})).await), "When", "she asked for it");
    shop.step("root", "quote", own, "approve", json!({})).await;
    many_at_once(&shop, own).await;
}

/// A change of all that a list shows is no way round: one draft, one that was approved.
async fn many_at_once(shop: &Shop<'_>, approved: i64) {
    let kind = shop.records.kind("quote").unwrap();
    let files = Files::new(&shop.w.dir.path().join("files"));
    for (spec, changed, refused) in [
        (EditSpec { fields: map(json!({"rebate": "95"})), step: None }, 1, 1),
        (EditSpec { fields: Map::new(), step: Some("accept".into()) }, 0, 2),
    ] {
        let asking = shop.asking("sam");
        let job = shop.records.begin_edit(&kind, &Query::default(), spec, &asking).await.unwrap();
        let job = shop.records.run_job(&job, &job.spec, false, &asking).await.unwrap();
        let mut worker = Worker::open(job.clone(), &files, "CN").await.unwrap();
        while worker.step(&shop.records, &asking).await.unwrap() {}
        let counts = shop.records.job("quote", job.id).await.unwrap().counts;
        assert_eq!((counts.changed, counts.refused), (changed, refused));
    }
    assert_eq!(plain(&shop.read("quote", approved).await, "rebate"), "30");
    assert!(shop.all("root", "order").await.is_empty());
}

async fn an_expense_is_approved_by_somebody_else(w: World) {
    let shop = Shop::open(&w).await;
    let receipt = |amount: &str| json!([{"day": "2026-11-30", "what": "Taxi", "amount": amount}]);
    let make = async |user: &str, amount: &str| {
        let body = json!({"subject": "Fair", "items": receipt(amount)});
        let made = shop.make(user, "expense", body).await.id;
        shop.step(user, "expense", made, "submit", json!({})).await;
        made
    };
    let (small, large, own) = (make("ana", "80").await, make("ana", "5000.01").await, make("sam", "80").await);
    let approve = async |user: &str, id, key: &str| shop.try_step(user, "expense", id, key, json!({})).await;
    for (user, id, key, expected) in [
        ("ana", small, "approve", "NotAllowed"),
        ("sam", large, "approve", "When"),
        ("sam", large, "approve_large", "NotAllowed"),
        ("root", small, "approve_large", "When"),
        ("sam", own, "approve", "When"),
    ] {
        assert_eq!(why(approve(user, id, key).await), expected, "{user} {key}");
    }
    assert_eq!(why(shop.change("ana", "expense", small, json!({"items": receipt("4000")})).await), "items fixed");
    assert_eq!(why(shop.change("sam", "expense", own, json!({"owner": "ana"})).await), "owner fixed");
    for (user, id, key) in [("sam", small, "approve"), ("root", large, "approve_large"), ("sue", own, "approve")] {
        assert_eq!(approve(user, id, key).await.unwrap().state.as_deref(), Some("approved"));
    }
    assert!(shop.all("ben", "expense").await.is_empty(), "what others spend is not his");
}

async fn a_stock_is_never_less_than_nothing(w: World) {
    let shop = Shop::open(&w).await;
    let part = shop.products(&["12.50"]).await[0];
    let stock = async |label: &str, spot: &str| {
        shop.make("sam", "stock", json!({"label": label, "item": part, "spot": spot})).await.id
    };
    let (depot, van) = (stock("Depot", "depot").await, stock("Van 1", "van").await);
    let book = async |stock: i64, way: &str, amount: u32| {
        let body = json!({"stock": stock, "way": way, "amount": amount, "reason": "count"});
        shop.try_make("ana", "movement", body).await
    };
    book(depot, "in", 10).await.unwrap();
    // Many hands at once: as many get one as there are.
    let mut hands = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let records = shop.records.clone();
        hands.spawn(async move {
            let (zone, mut got, mut refused) = (zone(), 0, Vec::new());
            for _ in 0..6 {
                let body = map(json!({"stock": depot, "way": "out", "amount": 1}));
                loop {
                    match records.create("movement", &body, About::default(), &asking("ben", at(200), &zone)).await {
                        Ok(_) => got += 1,
                        Err(RecordError::Store(error)) if error.is_transient() => continue,
                        Err(error) => refused.push(told(&error)),
                    }
                    break;
                }
            }
            (got, refused)
        });
    }
    let (mut got, mut refused) = (0, Vec::new());
    while let Some(hand) = hands.join_next().await {
        let (one, others) = hand.unwrap();
        got += one;
        refused.extend(others);
    }
    assert_eq!((got, refused.len()), (10, 14));
    assert!(refused.iter().all(|why| why == "stock: too_little"), "{refused:?}");
    assert_eq!(plain(&shop.read("stock", depot).await, "on_hand"), "0");
    // What is booked is booked: for everybody.
    let first = shop.all("root", "movement").await[0].clone();
    assert_eq!(why(shop.change("root", "movement", first.id, json!({"amount": 100})).await), NOT_ALLOWED);
    assert_eq!(why(shop.records.delete("movement", first.id, &shop.asking("root")).await), NOT_ALLOWED);
    // Both movements or none.
    book(depot, "in", 3).await.unwrap();
    let body = |amount: u32| json!({"source": depot, "goal": van, "amount": amount});
    let carry = async |amount: u32| {
        let transfer = shop.make("ana", "transfer", body(amount)).await.id;
        shop.try_step("ana", "transfer", transfer, "carry", json!({})).await
    };
    assert_eq!(why(carry(4).await), "movement.stock too_little");
    assert_eq!(carry(2).await.unwrap().state.as_deref(), Some("done"));
    let (depot, van) = (shop.read("stock", depot).await, shop.read("stock", van).await);
    assert_eq!(
        (plain(&depot, "on_hand"), plain(&van, "on_hand"), plain(&van, "worth")),
        ("1".into(), "2".into(), "25".into())
    );
}

async fn seats_points_and_coupons_end(w: World) {
    let shop = Shop::open(&w).await;
    let event = json!({"label": "珍珠鉴赏会", "start": "2026-12-05T14:00:00+08:00", "seats": 3});
    let event = shop.make("sam", "event", event).await.id;
    let guest = async |guests: u32| {
        shop.try_make("ana", "registration", json!({"name": "Guest", "event": event, "guests": guests})).await
    };
    let first = guest(2).await.unwrap();
    assert_eq!(why(guest(2).await), "event too_little");
    guest(1).await.unwrap();
    assert_eq!(why(shop.change("sam", "event", event, json!({"seats": 2})).await), "free too_little");
    shop.step("ana", "registration", first.id, "cancel", json!({})).await;
    assert_eq!(plain(&shop.read("event", event).await, "free"), "2", "who cancels makes room");
    let account = shop.make("ana", "loyalty", json!({"label": "王丽"})).await.id;
    let book = async |way: &str, amount: u32| {
        shop.try_make("ana", "points", json!({"account": account, "way": way, "amount": amount})).await
    };
    book("earned", 500).await.unwrap();
    assert_eq!(why(book("spent", 501).await), "account too_little");
    book("spent", 120).await.unwrap();
    let account = shop.read("loyalty", account).await;
    assert_eq!(["points", "earned", "spent", "worth"].map(|key| plain(&account, key)), ["380", "500", "120", "3.8"]);
    let coupon = json!({"code": "PEARL", "label": "Salon", "percent": 5, "valid": "2027-01-31", "times": 1});
    let coupon = shop.make("sam", "coupon", coupon).await.id;
    shop.make("ana", "redemption", json!({"coupon": coupon})).await;
    assert_eq!(why(shop.try_make("ana", "redemption", json!({"coupon": coupon})).await), "coupon too_little");
}

async fn what_belongs_to_a_team_is_seen_by_nobody_else(w: World) {
    let shop = Shop::open(&w).await;
    let mut ids = Vec::new();
    for (label, team) in [("East Jewels", "east"), ("West Jewels", "west")] {
        let partner = shop.make("sam", "partner", json!({"label": label, "team": team})).await.id;
        let owner = if team == "east" { "ana" } else { "ben" };
        let deal = json!({"subject": label, "partner": partner, "name": "Client", "amount": "9000", "owner": owner});
        let deal = shop.make(owner, "deal", deal).await;
        assert_eq!(plain(&deal, "team"), team, "it is the partner's, whoever wrote it");
        ids.push(deal.id);
    }
    let kind = shop.records.kind("deal").unwrap();
    for (user, seen) in
        [("ana", vec![ids[0]]), ("ben", vec![ids[1]]), ("cai", vec![]), ("sam", ids.clone()), ("root", ids.clone())]
    {
        let listed: Vec<i64> = shop.all(user, "deal").await.iter().map(|deal| deal.id).collect();
        assert_eq!(listed, seen, "{user}");
        let titles = shop.records.titles_for("deal", &ids, &shop.asking(user)).await.unwrap();
        assert_eq!(titles.into_keys().collect::<Vec<_>>(), seen, "{user}");
        for id in ids.iter().filter(|id| !seen.contains(id)) {
            let read = shop.records.record(&kind, *id, &shop.asking(user)).await;
            assert!(matches!(read, Err(RecordError::NotFound)), "{user}");
            let written = shop.change(user, "deal", *id, json!({"name": "Mine"})).await;
            assert!(matches!(written, Err(RecordError::NotFound)), "{user}");
            let step = shop.try_step(user, "deal", *id, "withdraw", json!({})).await;
            assert!(matches!(step, Err(RecordError::NotFound)), "{user}");
            let history = shop.records.history(&kind, *id, None, 5, &shop.asking(user)).await;
            assert!(matches!(history, Err(RecordError::NotFound)), "{user}");
        }
        let sums = shop.records.sums(&kind, &Query::default(), "amount", &shop.asking(user)).await.unwrap();
        let expected = (seen.len() * 9_000).to_string();
        assert_eq!(sums.first().map_or("0".to_owned(), |(_, sum)| sum.to_string()), expected, "{user}");
    }
    assert_eq!(
        why(shop.try_step("ana", "deal", ids[0], "grant", json!({"until": "2027-03-01", "answer": "x"})).await),
        "NotAllowed"
    );
    let granted = shop.step("sam", "deal", ids[0], "grant", json!({"until": "2027-03-01", "answer": "好"})).await;
    let opportunity = shop.read("opportunity", reference(&granted, "opportunity")).await;
    assert_eq!((plain(&opportunity, "team"), plain(&opportunity, "amount")), ("east".into(), "9000".into()));
}

/// In whole cents, by a way of its own, against what the records say of each other.
async fn figures_are_right_twice(w: World) {
    let shop = Shop::open(&w).await;
    let mut rng = Rng::new(7);
    let target =
        json!({"label": "Q4", "begins": "2026-10-01", "ends": "2026-12-31", "amount": "100000", "owner": "ana"});
    let target = shop.make("sam", "target", target).await.id;
    let statement = json!({"label": "Q4", "owner": "ana", "begins": "2026-10-01", "ends": "2026-12-31", "rate": "2.75", "bonus": "88.80"});
    let statement = shop.make("sam", "commission", statement).await.id;
    let goods = shop.products(&["1", "333.33", "98765.43"]).await;
    let (mut won, mut committed, mut best, mut all, mut base) = (0_i64, 0_i64, 0_i64, 0_i64, 0_i64);
    for round in 0..24 {
        let cents = i64::try_from(rng.below(9_999_999)).unwrap();
        let forecast = ["commit", "best", "pipeline"][usize::try_from(rng.below(3)).unwrap()];
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let body = json!({"subject": format!("Chance {round}"), "amount": amount, "forecast": forecast, "target": target, "owner": "ana"});
        let opportunity = shop.make("ana", "opportunity", body).await.id;
        all += cents;
        match rng.below(3) {
            0 => drop(shop.step("ana", "opportunity", opportunity, "lose", json!({"lost": "price"})).await),
            1 => match forecast {
                "commit" => committed += cents,
                "best" => best += cents,
                _ => {}
            },
            _ => {
                let at = usize::try_from(rng.below(3)).unwrap();
                let (price, count, off) = (
                    [100, 33_333, 9_876_543][at],
                    1 + i64::try_from(rng.below(9)).unwrap(),
                    i64::try_from(rng.below(10)).unwrap(),
                );
                let price_of_all = (price * count * (100 - off) + 50) / 100;
                shop.step("ana", "opportunity", opportunity, "qualify", json!({"close": "2026-12-24"})).await;
                shop.step("ana", "opportunity", opportunity, "quote", json!({"next": "x"})).await;
                let quote = shop.all("ana", "quote").await.pop().unwrap().id;
                let items = json!([{"item": goods[at], "amount": count, "discount": off}]);
                shop.change("ana", "quote", quote, json!({"items": items, "vat": "0"})).await.unwrap();
                shop.step("ana", "quote", quote, "send", json!({})).await;
                let quote = shop.step("ana", "quote", quote, "accept", json!({})).await;
                shop.step("ana", "opportunity", opportunity, "win", json!({"won": "price"})).await;
                won += cents;
                let order = reference(&quote, "order");
                shop.change("sam", "order", order, json!({"commission": statement, "paid": true})).await.unwrap();
                shop.step("ana", "order", order, "confirm", json!({"delivery": "2026-12-20", "place": "Shanghai"}))
                    .await;
                shop.step("ana", "order", order, "deliver", json!({})).await;
                base += price_of_all;
            }
        }
    }
    let money = |cents: i64| Decimal::from_millionths(i128::from(cents) * 10_000).unwrap().to_string();
    let target = shop.read("target", target).await;
    let said = ["won", "committed", "best", "outlook", "upside", "gap"].map(|key| plain(&target, key));
    let cents = [won, committed, best, won + committed, won + committed + best, 10_000_000 - won];
    assert_eq!(said, cents.map(money));
    let statement = shop.read("commission", statement).await;
    // 2.75 percent of cents, half away from zero, and the bonus.
    let commission = (base * 275 + 5_000) / 10_000 + 8_880;
    assert_eq!([plain(&statement, "base"), plain(&statement, "amount")], [money(base), money(commission)]);
    let kind = shop.records.kind("opportunity").unwrap();
    let sums = shop.records.sums(&kind, &Query::default(), "amount", &shop.asking("ana")).await.unwrap();
    assert_eq!(sums, [(Some("CNY".to_owned()), money(all).parse().unwrap())]);
}
