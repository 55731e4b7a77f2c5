//! Sample customers of a jewellery house, Chinese and English, with what they bought and when they called.
//! Every name is made up; British numbers are of the range kept for drama, and Chinese ones begin with a
//! prefix that no operator has.

use std::time::Duration;

use super::traffic::CallerProfile;
use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId, Rng};
use crate::crm::{CallDirection, Channel, ContactPoint, CustomerDraft, EndedBy, Interaction, Order, Outcome};
use crate::store::{Store, StoreError};

const COUNT: usize = 240;
const DAY: u64 = 24 * 3_600;

const FAMILY: &[&str] =
    &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林"];
const GIVEN: &[&str] = &[
    "丽华", "晓明", "雅婷", "志远", "思琪", "建国", "美玲", "子轩", "雨桐", "浩然", "欣怡", "文博", "佳慧", "俊杰",
    "梦瑶", "海燕",
];
const FIRST: &[&str] = &[
    "Charlotte",
    "William",
    "Amelia",
    "Henry",
    "Olivia",
    "George",
    "Freya",
    "Arthur",
    "Imogen",
    "Edward",
    "Beatrice",
    "Samuel",
    "Harriet",
    "Thomas",
    "Rosalind",
    "Hugo",
];
const LAST: &[&str] = &[
    "Ashworth",
    "Bellamy",
    "Carrington",
    "Davenport",
    "Ellery",
    "Fairfax",
    "Granger",
    "Hollis",
    "Ingram",
    "Kingsley",
    "Lockwood",
    "Merrick",
    "Northcott",
    "Prescott",
    "Sinclair",
    "Whitmore",
];
/// Name in both languages and price in yuan.
const PIECES: &[(&str, &str, i64)] = &[
    ("Solitaire ring 0.5 ct", "0.5 克拉单钻戒指", 26_800),
    ("Pearl necklace", "珍珠项链", 8_600),
    ("Wedding bands, pair", "对戒", 12_400),
    ("Jade bangle", "翡翠手镯", 39_900),
    ("Gold bracelet", "足金手链", 15_200),
    ("Sapphire earrings", "蓝宝石耳环", 18_700),
    ("Locket, engraved", "刻字吊坠", 3_200),
    ("Christening bracelet", "宝宝手镯", 2_600),
];
const NOTES: &[(&str, &str)] = &[
    ("Prefers to be called in the evening.", "希望晚上联系。"),
    ("Ring size 52; sensitive to nickel.", "戒指 12 号,对镍过敏。"),
    ("Collects the spring line.", "每年收藏春季系列。"),
    ("Asked for the same advisor as last time.", "希望由上次的顾问接待。"),
    ("", ""),
    ("", ""),
];
const TALKS: &[(&str, &str, &str)] = &[
    ("advice", "Asked about an anniversary present.", "咨询周年礼物。"),
    ("repair", "Clasp is loose, sent a shipping label.", "搭扣松动,已寄出快递单。"),
    ("delivery", "Parcel arrives on Thursday.", "包裹周四送达。"),
    ("appointment", "Viewing on Saturday at 2 pm.", "周六下午两点到店。"),
    ("order", "Ordered the matching earrings.", "加购同款耳环。"),
];

/// Fills an empty store; one that has customers keeps its own. Gives those who may call.
pub async fn fill(store: &Store, seed: u64, now: Instant) -> Result<Vec<CallerProfile>, StoreError> {
    let mut rng = Rng::new(seed ^ 0x5a3b_1e00);
    let people: Vec<_> = (0..COUNT).map(|nth| person(nth, now, &mut rng)).collect();
    if store.customer_count().await? == 0 {
        let (_, ids) = store.center().await?;
        let agents: Vec<_> = ids.agents.values().copied().collect();
        let queues: Vec<_> = ids.queues.values().copied().collect();
        let mut history = Vec::new();
        for person in &people {
            let id = store.save_customer(None, &person.draft, now).await?;
            for _ in 0..rng.below(4) {
                history.push(past_call(id, person, &agents, &queues, now, &mut rng));
            }
        }
        store.save_interactions(&history).await?;
    }
    Ok(people.into_iter().map(|person| person.profile).collect())
}

struct Person {
    draft: CustomerDraft,
    profile: CallerProfile,
    chinese: bool,
}

fn pick<'a, T>(list: &'a [T], rng: &mut Rng) -> Option<&'a T> {
    list.get(usize::try_from(rng.below(list.len() as u64)).ok()?)
}

fn person(nth: usize, now: Instant, rng: &mut Rng) -> Person {
    let chinese = rng.chance(0.6);
    let text = |list: &[&'static str], rng: &mut Rng| pick(list, rng).copied().unwrap_or_default();
    let name = match chinese {
        true => format!("{}{}", text(FAMILY, rng), text(GIVEN, rng)),
        false => format!("{} {}", text(FIRST, rng), text(LAST, rng)),
    };
    let number = if chinese { format!("+86120{nth:08}") } else { format!("+447700900{:03}", nth % 1_000) };
    let tier = match rng.below(20) {
        0 => "vip",
        1..=4 => "gold",
        5..=10 => "silver",
        _ => "standard",
    };
    let language = if chinese { "zh" } else { "en" };
    let note = pick(NOTES, rng).map_or("", |(en, zh)| if chinese { zh } else { en });
    let date = |rng: &mut Rng| format!("{:02}-{:02}", 1 + rng.below(12), 1 + rng.below(28));
    let mut dates = vec![("birthday".to_owned(), date(rng))];
    if rng.chance(0.4) {
        dates.push(("wedding anniversary".to_owned(), format!("{}-{}", 2_008 + rng.below(16), date(rng))));
    }
    let tags = ["bridal", "collector", "gift", "corporate"];
    let draft = CustomerDraft {
        name,
        organisation: None,
        tier: Some(tier.to_owned()),
        language: Some(language.to_owned()),
        tags: tags.iter().filter(|_| rng.chance(0.2)).map(|tag| (*tag).to_owned()).collect(),
        notes: note.to_owned(),
        contact_points: vec![
            ContactPoint { kind: "phone".to_owned(), value: number.clone(), label: "mobile".to_owned() },
            ContactPoint { kind: "email".to_owned(), value: format!("client{nth}@example.com"), label: String::new() },
        ],
        orders: (0..1 + rng.below(3)).filter_map(|_| order(nth, chinese, now, rng)).collect(),
        dates,
    };
    let profile = CallerProfile { number, language: Some(language.to_owned()), vip: tier == "vip" };
    Person { draft, profile, chinese }
}

fn order(nth: usize, chinese: bool, now: Instant, rng: &mut Rng) -> Option<Order> {
    let (en, zh, price) = pick(PIECES, rng)?;
    let placed = now - Duration::from_secs((1 + rng.below(700)) * DAY);
    let status = *pick(&["delivered", "delivered", "delivered", "in the workshop", "on its way"], rng)?;
    Some(Order {
        number: format!("MA-{}{:03}", 10_000 + nth, rng.below(1_000)),
        placed: day(placed),
        item: if chinese { *zh } else { *en }.to_owned(),
        amount_minor: price * 100,
        currency: "CNY".to_owned(),
        status: status.to_owned(),
    })
}

/// `2026-05-20`.
fn day(at: Instant) -> String {
    let micros = i64::try_from(at.as_micros()).unwrap_or(0);
    jiff::Timestamp::from_microsecond(micros).map(|at| at.to_string().chars().take(10).collect()).unwrap_or_default()
}

fn past_call(
    customer: CustomerId,
    person: &Person,
    agents: &[AgentId],
    queues: &[QueueId],
    now: Instant,
    rng: &mut Rng,
) -> Interaction {
    // Not today: the board's day begins empty.
    let started = now - Duration::from_secs(2 * DAY + rng.below(200 * DAY));
    let queued = started + Duration::from_secs(25);
    let answered = queued + Duration::from_secs(2 + rng.below(40));
    let ended = answered + Duration::from_secs(40 + rng.below(400));
    let (disposition, en, zh) = pick(TALKS, rng).copied().unwrap_or(("advice", "", ""));
    let number = person.profile.number.clone();
    Interaction {
        id: InteractionId::new(started, rng),
        channel: Channel::Voice,
        direction: CallDirection::Inbound,
        caller: Number::try_from(number.clone()).ok(),
        caller_text: number,
        called: "4000".to_owned(),
        customer: Some(customer),
        queue: pick(queues, rng).copied(),
        agent: pick(agents, rng).copied(),
        started,
        queued: Some(queued),
        answered: Some(answered),
        ended: Some(ended),
        wrap_up_ended: Some(ended + Duration::from_secs(20)),
        hold_ms: 0,
        outcome: Some(Outcome::Handled),
        ended_by: Some(EndedBy::Customer),
        end_reason: None,
        recording: None,
        disposition: Some(disposition.to_owned()),
        notes: if person.chinese { zh } else { en }.to_owned(),
        menu_path: Vec::new(),
    }
}
