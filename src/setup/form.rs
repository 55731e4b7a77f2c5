//! The fields of each kind, in the order in which a form asks for them. Whoever draws forms knows no kind by its name.
//!
//! What a field means to the center is said where it is read (`model`); whether a value can be is for `check` to say.

use super::Kind;
use crate::center::alert::Figure;
use crate::center::input::Announced;
use crate::quality::{POINTS_MAX, WEIGHT_MAX};

/// One field of an object.
#[derive(Clone, PartialEq, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SetupField)]
pub struct Field {
    pub key: &'static str,
    /// May be without a value: then it is as somebody else has it, or there is none.
    pub optional: bool,
    /// Few centers change it.
    pub rare: bool,
    pub form: Form,
}

/// What its value looks like.
#[derive(Clone, PartialEq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
#[schema(as = SetupForm)]
pub enum Form {
    /// A text, or one for each language.
    Label,
    Text,
    Texts,
    Flag,
    /// One of these words.
    Choice {
        words: Vec<&'static str>,
    },
    /// Some of these words, in an order that counts.
    Choices {
        words: Vec<&'static str>,
    },
    Number {
        least: i64,
        most: i64,
        unit: Option<Unit>,
    },
    /// The key of an object.
    One {
        kind: &'static str,
    },
    /// Keys of objects.
    Several {
        kind: &'static str,
    },
    /// Skills with a level, 1 to 10.
    Levels,
    /// An IANA time zone.
    Zone,
    /// The name of a flow.
    Flow,
    /// The text of a flow, drawn step by step.
    Steps,
    /// Weekdays with spans of time.
    Week,
    /// Dates with spans of time.
    Special,
    /// A password: set, never shown.
    Password,
    /// A table of fields.
    Fields {
        #[schema(no_recursion)]
        fields: Vec<Field>,
    },
    /// A list of such tables.
    Rows {
        #[schema(no_recursion)]
        fields: Vec<Field>,
    },
    /// As JSON.
    Written,
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SetupUnit)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Minutes,
    Days,
    Percent,
}

/// Of a number without another.
const MOST: i64 = 4_294_967_295;
const LANGUAGES: [&str; 2] = ["zh", "en"];
const SRTP: [&str; 5] = ["off", "offered", "offered_in_clear", "required", "dtls"];
const SOUNDS_KEPT: (i64, i64) = (1, 36_500);

impl Field {
    fn new(key: &'static str, form: Form) -> Self {
        Self { key, optional: false, rare: false, form }
    }

    fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn rare(mut self) -> Self {
        self.rare = true;
        self
    }
}

fn name() -> Field {
    Field::new("name", Form::Label)
}

fn text(key: &'static str) -> Field {
    Field::new(key, Form::Text)
}

fn texts(key: &'static str) -> Field {
    Field::new(key, Form::Texts)
}

fn flag(key: &'static str) -> Field {
    Field::new(key, Form::Flag)
}

fn written(key: &'static str) -> Field {
    Field::new(key, Form::Written).rare()
}

fn choice(key: &'static str, words: &[&'static str]) -> Field {
    Field::new(key, Form::Choice { words: words.to_vec() })
}

fn number(key: &'static str, (least, most): (i64, i64)) -> Field {
    Field::new(key, Form::Number { least, most, unit: None })
}

fn amount(key: &'static str, (least, most): (i64, i64), unit: Unit) -> Field {
    Field::new(key, Form::Number { least, most, unit: Some(unit) })
}

fn seconds(key: &'static str, range: (i64, i64)) -> Field {
    amount(key, range, Unit::Seconds)
}

fn one(key: &'static str, kind: Kind) -> Field {
    Field::new(key, Form::One { kind: kind.word() }).optional()
}

fn several(key: &'static str, kind: Kind) -> Field {
    Field::new(key, Form::Several { kind: kind.word() })
}

fn fields(key: &'static str, fields: Vec<Field>) -> Field {
    Field::new(key, Form::Fields { fields })
}

fn rows(key: &'static str, fields: Vec<Field>) -> Field {
    Field::new(key, Form::Rows { fields })
}

fn wrap_up(key: &'static str) -> Field {
    let modes = ["none", "optional", "discretionary", "timed", "fixed", "requested"];
    fields(key, vec![choice("mode", &modes), seconds("seconds", (0, MOST))])
}

/// The fields of a kind, all there are.
pub fn form(kind: Kind) -> Vec<Field> {
    match kind {
        Kind::Center => center(),
        Kind::Skill => vec![name()],
        Kind::Group => vec![name(), wrap_up("own_wrap_up").optional()],
        Kind::Hours => vec![
            name(),
            Field::new("timezone", Form::Zone).optional(),
            Field::new("week", Form::Week),
            Field::new("special", Form::Special),
        ],
        Kind::Queue => queue(),
        Kind::Agent => agent(),
        Kind::User => vec![
            text("name"),
            choice("role", &["agent", "supervisor", "admin"]),
            one("agent", Kind::Agent),
            choice("language", &LANGUAGES).optional(),
            Field::new("password", Form::Password).optional(),
            Field::new("sip", Form::Password).optional().rare(),
        ],
        Kind::Flow => vec![Field::new("text", Form::Steps)],
        Kind::Trunk => trunk(),
        Kind::Number => number_called(),
        Kind::Reason => {
            vec![name(), seconds("limit_s", (0, MOST)).optional(), number("max_agents", (0, MOST)).optional()]
        }
        Kind::Disposition => vec![name(), several("queues", Kind::Queue), flag("note_required")],
        Kind::Campaign => campaign(),
        Kind::Alert => alert(),
        Kind::Scorecard => scorecard(),
    }
}

fn alert() -> Vec<Field> {
    vec![
        name(),
        choice("figure", &Figure::ALL.map(|(word, _)| word)),
        several("queues", Kind::Queue),
        number("warn", (0, MOST)).optional(),
        number("act", (0, MOST)).optional(),
        seconds("hold_s", (0, 3_600)),
        one("hours", Kind::Hours).optional(),
        flag("sound"),
        texts("mail"),
        texts("webhooks").rare(),
    ]
}

fn campaign() -> Vec<Field> {
    vec![
        name(),
        text("purpose"),
        Field::new("script", Form::Label),
        written("mode"),
        one("queue", Kind::Queue),
        texts("caller_ids"),
        one("hours", Kind::Hours).optional(),
        Field::new("timezone", Form::Zone).optional(),
        written("attempts"),
        written("after"),
        several("goal", Kind::Disposition),
        seconds("ring_s", (15, 120)),
        number("lines", (1, 1_000)),
        choice("counting", &["ofcom", "ftc"]).rare(),
        number("cap_ppm", (1, 500_000)).rare(),
        choice("language", &["zh", "en"]).optional(),
        texts("sorry").rare(),
        text("flow").optional(),
    ]
}

fn scorecard() -> Vec<Field> {
    let item = vec![
        text("key"),
        name(),
        Field::new("guide", Form::Label),
        number("weight", (1, WEIGHT_MAX.into())),
        number("points", (1, POINTS_MAX.into())),
        flag("fatal"),
        flag("optional"),
    ];
    let section = vec![name(), number("weight", (1, WEIGHT_MAX.into())), rows("items", item)];
    let pick = vec![
        several("raters", Kind::User),
        amount("share_percent", (0, 100), Unit::Percent),
        amount("new_agent_days", (1, 3_650), Unit::Days).optional(),
        seconds("held_s", (1, 86_400)).optional(),
        text("survey"),
        number("survey_most", (0, 10)).optional(),
        number("most_per_agent", (1, 1_000)).optional(),
    ];
    vec![name(), several("queues", Kind::Queue), rows("sections", section), fields("pick", pick)]
}

fn center() -> Vec<Field> {
    let selection =
        ["longest_waiting", "priority", "level", "priority_then_level", "score", "fixed_ratio", "longest_queue"];
    vec![
        text("company"),
        Field::new("languages", Form::Choices { words: LANGUAGES.to_vec() }),
        Field::new("timezone", Form::Zone),
        text("region"),
        choice("contact_selection", &selection),
        number("max_contacts", (0, MOST)).optional().rare(),
        wrap_up("own_wrap_up").optional(),
        fields("outbound", outbound()),
        fields("supervision", vec![flag("shown")]),
        fields("recording", vec![amount("keep_days", SOUNDS_KEPT, Unit::Days).optional()]),
        fields("parking", vec![rows("lots", lot()), text("pick_up")]).rare(),
        fields("voicemail", voicemail()).rare(),
        choice("srtp", &SRTP).rare(),
        text("realm").rare(),
    ]
}

fn outbound() -> Vec<Field> {
    vec![
        text("caller_id"),
        texts("forbidden"),
        texts("emergency"),
        flag("premium"),
        seconds("ring_s", (5, 180)),
        flag("record"),
        number("calls_per_minute", (1, 1_000)),
        amount("minutes_per_day", (1, 1_440), Unit::Minutes),
        rows("destinations", [vec![texts("prefixes")], caps()].concat()),
    ]
}

/// What may go out.
fn caps() -> Vec<Field> {
    vec![
        number("calls", (1, 100_000)).optional(),
        number("calls_per_minute", (1, 10_000)).optional(),
        amount("minutes_per_day", (1, 1_000_000), Unit::Minutes).optional(),
    ]
}

fn lot() -> Vec<Field> {
    vec![
        text("key"),
        text("code"),
        number("first", (0, 65_435)),
        number("slots", (1, 100)),
        text("music"),
        seconds("return_s", (10, 3_600)),
    ]
}

fn voicemail() -> Vec<Field> {
    vec![texts("greeting"), texts("thanks"), seconds("max_s", (5, 3_600)), written("queues"), written("agents")]
}

fn queue() -> Vec<Field> {
    let selection = [
        "longest_idle",
        "level_then_longest_idle",
        "most_skilled",
        "least_skilled",
        "fewest_contacts",
        "lowest_occupancy",
        "round_robin",
        "fixed_order",
        "most_recently_idle",
        "fastest_service",
        "random",
        "weighted_random",
    ];
    let announced = Announced::ALL.map(|what| match what {
        Announced::Position => "position",
        Announced::Wait => "wait",
        Announced::CallBack => "call_back",
    });
    let mut all = vec![
        name(),
        Field::new("skills", Form::Levels),
        Field::new("any_skill", Form::Levels),
        choice("agent_selection", &selection),
        number("priority", (1, 10)),
        seconds("ring_s", (1, MOST)),
        wrap_up("wrap_up"),
        flag("disposition_required"),
        seconds("answer_within_s", (1, MOST)),
        amount("service_level_percent", (0, 100), Unit::Percent),
        one("hours", Kind::Hours),
        number("max_waiting", (0, MOST)).optional(),
        seconds("max_wait_s", (0, MOST)).optional(),
        flag("leave_without_agents"),
        text("music"),
        seconds("announce_s", (0, MOST)),
        seconds("announce_first_s", (0, MOST)).optional(),
        Field::new("announce", Form::Choices { words: announced.to_vec() }),
        fields("call_back", call_back()).optional(),
        flag("record"),
    ];
    all.extend(queue_rare().into_iter().map(Field::rare));
    all
}

fn call_back() -> Vec<Field> {
    vec![
        text("digit"),
        one("trunk", Kind::Trunk),
        text("caller_id").optional(),
        seconds("ring_s", (5, 120)),
        number("tries", (1, 10)),
        seconds("retry_s", (0, MOST)),
        number("max_open", (0, MOST)),
    ]
}

fn queue_rare() -> Vec<Field> {
    vec![
        choice("channel", &["voice", "chat", "email"]),
        fields(
            "recording",
            vec![
                amount("share_percent", (1, 100), Unit::Percent),
                flag("consent"),
                amount("keep_days", SOUNDS_KEPT, Unit::Days).optional(),
            ],
        ),
        number("ring_several", (1, 255)),
        seconds("short_abandon_s", (0, MOST)),
        seconds("recall_s", (0, MOST)),
        seconds("priority_step_s", (0, MOST)),
        number("share_ppm", (0, MOST)),
        rows("reserve", vec![Field::new("group", Form::One { kind: Kind::Group.word() }), number("agents", (0, MOST))]),
        written("relax"),
        written("overflow"),
        written("score"),
        written("vip_bonus"),
    ]
}

fn agent() -> Vec<Field> {
    vec![
        text("name"),
        one("group", Kind::Group),
        Field::new("skills", Form::Levels),
        several("queues", Kind::Queue),
        text("phone").optional().rare(),
        number("weight", (0, 65_535)).rare(),
        written("capacity"),
        written("service_ms"),
    ]
}

fn trunk() -> Vec<Field> {
    let limits =
        vec![number("calls", (1, 100_000)), number("pending", (8, 10_000)), number("attempts_per_s", (1, 10_000))];
    let health = vec![
        seconds("probe_s", (0, 3_600)).optional(),
        amount("silence_ms", (100, 10_000), Unit::Milliseconds),
        number("failures", (1, 1_000)),
        seconds("back_off_s", (1, 3_600)),
    ];
    let register = vec![text("domain"), seconds("expires_s", (60, 86_400)), seconds("keep_alive_s", (0, 600))];
    let account = vec![text("user"), text("realm"), Field::new("password", Form::Password).optional()];
    vec![
        name(),
        texts("networks"),
        text("destination").optional(),
        texts("prefixes"),
        fields("account", account).optional(),
        fields("register", register).optional(),
        several("fallback", Kind::Trunk),
        choice("srtp", &SRTP),
        choice("identity", &["ignored", "taken", "exchanged"]).rare(),
        text("tls_name").optional().rare(),
        flag("refer").rare(),
        flag("redirects").rare(),
        fields("caps", caps()).rare(),
        fields("limits", limits).rare(),
        fields("health", health).rare(),
    ]
}

fn number_called() -> Vec<Field> {
    vec![
        name(),
        Field::new("flow", Form::Flow),
        choice("language", &LANGUAGES).optional(),
        one("trunk", Kind::Trunk),
        fields("limits", vec![number("calls", (1, 100_000)), number("attempts_per_s", (1, 10_000))]).rare(),
        fields("recording", vec![flag("record").optional(), amount("keep_days", SOUNDS_KEPT, Unit::Days).optional()])
            .rare(),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::setup::edit::{Fields, defaults, put};
    use crate::setup::{CenterModel, check};

    const KEY: &str = "1";

    /// What the center says of one field of an object of the kind, alone.
    fn said(kind: Kind, field: &str, value: &Value) -> Vec<String> {
        let mut model = CenterModel::default();
        let key = if kind == Kind::Center { "center" } else { KEY };
        let fields: Fields = [(field.to_owned(), value.clone())].into_iter().collect();
        let mistakes = match put(&mut model, kind, key, &fields) {
            Ok(()) => check(&model),
            Err(mistakes) => mistakes,
        };
        let of_object = if kind == Kind::Center { 1 } else { 2 };
        let here = mistakes.into_iter().filter(|it| it.path.get(of_object).is_some_and(|name| name == field));
        here.map(|it| it.message).collect()
    }

    #[test]
    fn every_field_of_every_kind_has_a_place_on_its_form() {
        for kind in Kind::ALL {
            let known: BTreeSet<String> = defaults(kind).unwrap().keys().cloned().collect();
            let drawn: BTreeSet<String> = form(kind).iter().map(|field| field.key.to_owned()).collect();
            assert_eq!(drawn, known, "{kind}");
            for Field { key, form, .. } in form(kind) {
                let Form::Fields { fields } = form else { continue };
                let Some(Value::Object(within)) = defaults(kind).unwrap().remove(key) else { continue };
                let known: BTreeSet<String> = within.keys().cloned().collect();
                let drawn: BTreeSet<String> = fields.iter().map(|field| field.key.to_owned()).collect();
                assert_eq!(drawn, known, "{kind} {key}");
            }
        }
    }

    #[test]
    fn what_a_form_takes_the_center_takes_and_no_more() {
        let held = |kind, owner: &str, field: &Field, table: bool| {
            let Form::Number { least, most, .. } = field.form else { return };
            let value = |number: i64| if table { json!({ field.key: number }) } else { json!(number) };
            // What is wrong with the table anyway, such as a line that is missing.
            let before = if table { said(kind, owner, &json!({})) } else { Vec::new() };
            for (number, fits) in [(least, true), (most, true), (least - 1, false), (most + 1, false)] {
                let told = said(kind, owner, &value(number));
                assert_eq!(told == before, fits, "{kind} {owner} {} = {number}: {told:?}", field.key);
            }
        };
        for kind in Kind::ALL {
            for field in form(kind) {
                held(kind, field.key, &field, false);
                let Form::Fields { fields } = &field.form else { continue };
                fields.iter().for_each(|within| held(kind, field.key, within, true));
            }
        }
    }

    #[test]
    fn the_words_of_a_choice_are_those_that_the_center_knows() {
        for kind in Kind::ALL {
            for field in form(kind) {
                let Form::Choice { words } = &field.form else { continue };
                for word in words {
                    assert_eq!(said(kind, field.key, &json!(word)), [""; 0], "{kind} {}: {word}", field.key);
                }
                // A language is judged by the check; the other words by their type, which names them all, old ones too.
                let told = said(kind, field.key, &json!("-")).concat();
                let expected = told.split_once("expected").map_or("", |(_, words)| words).split('`').skip(1).step_by(2);
                let known: BTreeSet<&str> = expected.filter(|word| !["callback", "outbound"].contains(word)).collect();
                let all = field.key == "language" || known == words.iter().copied().collect();
                assert!(all, "{kind} {}: {told}", field.key);
            }
        }
    }
}
