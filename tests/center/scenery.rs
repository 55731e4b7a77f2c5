//! The center that is simulated: two queues, skills with levels, two flows.

use carillon::acd::{AgentRule, QueueRule, Requirement, Rules, SkillNeed, SkillRule, WrapUp, WrapUpMode};
use carillon::base::{AgentId, QueueId, SkillId};
use carillon::center::{
    Announced, CallBackRule, Configuration, Disposition, Named, NumberLimits, NumberRule, Outbound, Parking,
    QueueSettings, RecordingRule, Supervision, VipBonus, Voicemail,
};
use carillon::sip::{Destination, Transport, Trunk, TrunkLimits, User, ha1};

pub const SALES: QueueId = QueueId(1);
pub const SERVICE: QueueId = QueueId(2);
pub const SPEAKS_SALES: SkillId = SkillId(1);
pub const SPEAKS_SERVICE: SkillId = SkillId(2);

const LINE: &str = r#"
title = "Line"
start = "in"
[step.in]
do = "answer"
next = "line"
[step.line]
do = "queue"
queue = "sales"
next = "bye"
[step.bye]
do = "hangup"
"#;

const MENU: &str = r#"
title = "Menu"
start = "in"
[step.in]
do = "answer"
next = "menu"
[step.menu]
do = "menu"
prompts = "welcome"
tries = 2
timeout = "5s"
choices.1 = { next = "sales", label = "Sales" }
choices.2 = { next = "service", label = "Service" }
next = "bye"
[step.sales]
do = "queue"
queue = "sales"
next = "bye"
[step.service]
do = "queue"
queue = "service"
next = "bye"
[step.bye]
do = "hangup"
"#;

const KNOWN: &str = r#"
title = "Known"
start = "in"
[step.in]
do = "answer"
next = "who"
[step.who]
do = "lookup"
by = "{caller}"
next = "line"
[step.line]
do = "queue"
queue = "sales"
agent = "{customer.last_agent}"
agent_wait = "30s"
next = "bye"
[step.bye]
do = "hangup"
"#;

const WISH: &str = r#"
title = "To be called back"
start = "in"
[step.in]
do = "answer"
next = "wish"
[step.wish]
do = "call_back"
queue = "sales"
next = "line"
[step.line]
do = "queue"
queue = "sales"
next = "bye"
[step.bye]
do = "hangup"
"#;

const ORDER: &str = r#"
title = "Order number and PIN"
start = "in"
[step.in]
do = "answer"
next = "order"
[step.order]
do = "collect"
prompts = "welcome"
into = "order"
label = "Order number"
max = 5
next = "pin"
on_failed = "bye"
[step.pin]
do = "collect"
prompts = "welcome"
into = "pin"
secret = true
max = 4
next = "line"
on_failed = "bye"
[step.line]
do = "queue"
queue = "sales"
next = "bye"
[step.bye]
do = "hangup"
"#;

const MESSAGE: &str = r#"
title = "Message"
start = "in"
[step.in]
do = "answer"
next = "message"
[step.message]
do = "voicemail"
queue = "sales"
prompts = "welcome"
max = "20s"
next = "line"
[step.line]
do = "queue"
queue = "sales"
next = "bye"
[step.bye]
do = "hangup"
"#;

const ASKED: &str = r#"
title = "Asked afterwards"
start = "in"
[step.in]
do = "answer"
next = "line"
[step.line]
do = "queue"
queue = "sales"
on_finished = "score"
next = "bye"
[step.score]
do = "collect"
prompts = "welcome"
into = "score"
label = "Score"
max = 1
next = "bye"
on_failed = "bye"
[step.bye]
do = "hangup"
"#;

const DIRECT: &str = r#"
title = "An agent"
start = "in"
[step.in]
do = "answer"
next = "agent"
[step.agent]
do = "dial"
target = "ana"
ring = "10s"
next = "message"
[step.message]
do = "voicemail"
agent = "ana"
prompts = "welcome"
max = "20s"
next = "bye"
[step.bye]
do = "hangup"
"#;

/// Where the provider takes calls: the phone of every customer outside.
pub const OUTSIDE: &str = "203.0.113.254:5060";

/// An agent as (key, level in sales, level in service); 0: has it not.
pub type Staff<'a> = (&'a str, u8, u8);

pub fn configuration(staff: &[Staff<'_>]) -> Configuration {
    let label = |key: &str| Named { key: key.to_owned(), en: key.to_owned(), zh: key.to_owned() };
    let number = |number: &str, flow: &str| NumberRule {
        number: number.to_owned(),
        flow: flow.to_owned(),
        language: None,
        trunk: None,
        limits: NumberLimits { calls: 10_000, attempts_per_s: 10_000 },
        record: None,
    };
    let settings = |id| QueueSettings {
        id,
        name: label("queue"),
        music: "music/hold".to_owned(),
        announce: Announced::ALL.to_vec(),
        call_back: Some(CallBackRule { tries: 2, retry_s: 120, ..CallBackRule::default() }),
        vip_bonus: VipBonus::default(),
        record: true,
        recording: RecordingRule::default(),
        disposition_required: false,
        service_level_target: 0.8,
    };
    Configuration {
        rules: rules(staff),
        trunks: vec![Trunk {
            name: "provider".to_owned(),
            networks: vec!["203.0.113.0/24".to_owned()],
            destination: Some(Destination { transport: Transport::Udp, addr: OUTSIDE.parse().unwrap(), flow: None }),
            prefixes: vec!["+86".to_owned()],
            // A test may have everybody call in the same instant.
            limits: TrunkLimits { calls: 10_000, pending: 10_000, attempts_per_s: 10_000 },
            ..Trunk::default()
        }],
        users: staff.iter().enumerate().map(|(n, (key, ..))| user(key, AgentId(n as u32 + 1))).collect(),
        static_phones: Vec::new(),
        numbers: vec![
            number("4000", "line"),
            number("4001", "menu"),
            number("4002", "known"),
            number("4003", "wish"),
            number("4004", "order"),
            number("4005", "message"),
            number("4006", "asked"),
            number("4007", "direct"),
        ],
        queues: vec![settings(SALES), settings(SERVICE)],
        flows: vec![
            ("line".to_owned(), LINE.to_owned()),
            ("menu".to_owned(), MENU.to_owned()),
            ("known".to_owned(), KNOWN.to_owned()),
            ("wish".to_owned(), WISH.to_owned()),
            ("order".to_owned(), ORDER.to_owned()),
            ("message".to_owned(), MESSAGE.to_owned()),
            ("asked".to_owned(), ASKED.to_owned()),
            ("direct".to_owned(), DIRECT.to_owned()),
        ],
        sounds: vec!["en/welcome".to_owned(), "zh/welcome".to_owned(), "music/hold".to_owned(), "tone/beep".to_owned()],
        region: "CN".to_owned(),
        language: "en".to_owned(),
        zone: "Asia/Shanghai".to_owned(),
        reasons: vec![label("break")],
        dispositions: vec![
            Disposition { label: label("solved"), queues: Vec::new(), note_required: false },
            Disposition { label: label("complaint"), queues: Vec::new(), note_required: true },
            Disposition { label: label("repaired"), queues: vec!["service".to_owned()], note_required: false },
        ],
        outbound: Outbound::default(),
        supervision: Supervision::default(),
        srtp: carillon::sdp::SrtpRule::default(),
        parking: Parking::default(),
        campaigns: Vec::new(),
        alerts: Vec::new(),
        voicemail: Voicemail { greeting: vec!["welcome".to_owned()], thanks: Vec::new(), ..Voicemail::default() },
    }
}

fn user(key: &str, agent: AgentId) -> User {
    let (ha1_md5, ha1_sha256) = ha1(key, "carillon", "secret");
    User { name: key.to_owned(), agent: Some(agent), ha1_md5, ha1_sha256 }
}

fn rules(staff: &[Staff<'_>]) -> Rules {
    let skill = |id, key: &str| SkillRule { id, key: key.to_owned(), name: key.to_owned() };
    let queue = |id, key: &str, skill| QueueRule {
        id,
        key: key.to_owned(),
        name: key.to_owned(),
        requirement: Requirement { all: vec![SkillNeed { skill, min: 1, weight: 1 }], any: Vec::new() },
        ring_s: 15,
        wrap_up: WrapUp { mode: WrapUpMode::Timed, seconds: 30 },
        announce_s: 20,
        ..QueueRule::default()
    };
    let agent = |(n, (key, sales, service)): (usize, &Staff<'_>)| AgentRule {
        id: AgentId(n as u32 + 1),
        key: (*key).to_owned(),
        name: (*key).to_owned(),
        skills: [(SPEAKS_SALES, *sales), (SPEAKS_SERVICE, *service)]
            .into_iter()
            .filter(|(_, level)| *level > 0)
            .collect(),
        ..AgentRule::default()
    };
    Rules {
        skills: vec![skill(SPEAKS_SALES, "sales"), skill(SPEAKS_SERVICE, "service")],
        queues: vec![queue(SALES, "sales", SPEAKS_SALES), queue(SERVICE, "service", SPEAKS_SERVICE)],
        agents: staff.iter().enumerate().map(agent).collect(),
        ..Rules::default()
    }
}
