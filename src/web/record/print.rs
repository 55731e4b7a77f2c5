//! A record on paper: by the layout of its kind, or as its form; nothing that the asker may not read.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::asking::Asker;
use super::records::Of;
use super::told::{Teller, Told};
use crate::base::{Instant, Number};
use crate::crm::CustomerCard;
use crate::paper::{Block, Column, Pair, Sheet, Sum, Table};
use crate::record::{Decimal, Field, FieldType, Kind, Lines, Print, PrintPart, Words, grouped, spoken_money};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::Asked;
use crate::web::press::PaperLanguage;
use crate::web::{ApiError, WebState};

/// Lines to write on by hand.
const BLANK: u8 = 2;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Of what is printed around the texts: `en`, `zh`; without it, the asker's.
    language: Option<PaperLanguage>,
}

/// A record as a PDF: as its kind says what goes on paper (`[print]`), else as its form.
#[utoipa::path(
    get, path = "/records/{kind}/{id}/pdf", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path), Wanted),
    responses((status = 200, description = "The PDF", body = Vec<u8>, content_type = "application/pdf"), problems::Printed)
)]
pub async fn pdf(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let record = of.plainly(state.records.record(&of.stored, of.id, &of.asker.asking()).await)?;
    let teller = Teller::of(&state, &of.asker, &of.stored, std::slice::from_ref(&record)).await?;
    let told = teller.record(&of.asker, &of.stored, &record);
    let card = match record.customer {
        Some(customer) => state.store.customer(customer).await.ok(),
        None => None,
    };
    let language = wanted.language.unwrap_or_else(|| PaperLanguage::of(of.asker.language()));
    let sheet = Layout { asker: &of.asker, kind: &of.stored.kind, told: &told, language }.sheet(card.as_ref());
    tracing::info!(kind, record = of.id, by = of.asker.identity.user, "a record is printed");
    let number =
        told.number.as_deref().filter(|number| number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let name = format!("{}-{}", of.stored.kind.key, number.unwrap_or(&id));
    state.press.print(sheet, &name).await
}

struct Layout<'a> {
    asker: &'a Asker,
    kind: &'a Kind,
    told: &'a Told,
    language: PaperLanguage,
}

impl Layout<'_> {
    fn sheet(&self, card: Option<&CustomerCard>) -> Sheet {
        let number = self.told.number.as_deref().unwrap_or_default();
        let title = self.words(&self.kind.name);
        let blank = Print { facts: Vec::new(), parts: Vec::new(), sign: Vec::new() };
        let form = self.kind.form.iter().map(|section| PrintPart {
            name: section.name.clone(),
            fields: section.fields.clone(),
            sums: Vec::new(),
            blank: Vec::new(),
        });
        let (print, parts) = match &self.kind.print {
            Some(print) => (print, print.parts.clone()),
            None => (&blank, form.collect()),
        };
        let mut blocks = vec![Block::To { lines: self.whom(card), facts: self.facts(print) }];
        parts.iter().for_each(|part| self.part(part, &mut blocks));
        let sign: Vec<String> = print.sign.iter().map(|words| self.words(words)).collect();
        if !sign.is_empty() {
            blocks.push(Block::Sign(sign));
        }
        let printed = self.language.say("printed", "打印于");
        Sheet {
            language: self.language.as_str().to_owned(),
            house: self.asker.listed.model.center.company.clone(),
            name: format!("{title} {number}").trim_end().to_owned(),
            title,
            about: self.told.title.clone(),
            foot: format!("{number}  {printed} {}", self.time(self.asker.now)).trim_start().to_owned(),
            turned: false,
            blocks,
        }
    }

    fn words(&self, words: &Words) -> String {
        words.in_language(self.language.as_str()).to_owned()
    }

    fn whom(&self, card: Option<&CustomerCard>) -> Vec<String> {
        match (card, &self.told.customer) {
            (Some(card), _) => [card.organisation.clone(), Some(card.name.clone())].into_iter().flatten().collect(),
            (None, Some(customer)) => customer.title.clone().into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// What stands at its head: its number and its day, and what the layout says; without one, its state and who made it.
    fn facts(&self, print: &Print) -> Vec<Pair> {
        let mut facts = Vec::new();
        if let Some(number) = &self.told.number {
            facts.push(Pair::new(self.language.say("Number", "编号"), number.clone()));
        }
        facts.push(Pair::new(self.language.say("Date", "日期"), self.day(self.told.created)));
        let keys: &[String] = &print.facts;
        let usual = ["state", "created_by"].map(str::to_owned);
        let keys = if self.kind.print.is_some() { keys } else { &usual };
        facts.extend(keys.iter().filter_map(|key| self.fact(key)));
        facts
    }

    fn fact(&self, key: &str) -> Option<Pair> {
        let (en, zh, value) = match key {
            "state" => {
                let state = self.kind.life.as_ref()?.state(self.told.state.as_deref()?)?;
                ("State", "状态", self.words(&state.name))
            }
            "created_by" => ("By", "创建人", self.told.created_by.title.clone()),
            "updated_by" => ("Changed by", "修改人", self.told.updated_by.title.clone()),
            "updated" => ("Changed", "修改时间", self.time(self.told.updated)),
            // They stand there anyway.
            "number" | "created" | "title" | "customer" => return None,
            key => return self.pair(key).filter(|pair| !pair.value.is_empty()),
        };
        Some(Pair::new(self.language.say(en, zh), value))
    }

    /// Nothing of a part stays where nothing stands in it.
    fn part(&self, part: &PrintPart, blocks: &mut Vec<Block>) {
        let (name, mut inside, mut pairs) = (self.words(&part.name), Vec::new(), Vec::new());
        for key in &part.fields {
            if let Some(lines) = self.kind.lines_of(key) {
                inside.extend(Some(std::mem::take(&mut pairs)).filter(|pairs| !pairs.is_empty()).map(Block::Pairs));
                inside.extend(self.table(lines));
            } else if let Some(mut pair) = self.pair(key) {
                pair.blank = if part.blank.contains(key) { BLANK } else { 0 };
                pair.wide |= pair.value.is_empty();
                if pair.wide && pair.name == name {
                    // The heading says it.
                    pair.name.clear();
                }
                pairs.extend(Some(pair).filter(|pair| !pair.value.is_empty() || pair.blank > 0));
            }
        }
        inside.extend(Some(pairs).filter(|pairs| !pairs.is_empty()).map(Block::Pairs));
        // A discount of nothing is none.
        let is_nothing = |key: &str, value: &str| {
            value.is_empty() || (value == "0" && self.kind.field(key).is_some_and(|it| it.of_type == FieldType::Number))
        };
        let sum = |key: &String| self.pair(key).filter(|pair| !is_nothing(key, &pair.value));
        let sums: Vec<Sum> =
            part.sums.iter().filter_map(sum).map(|Pair { name, value, .. }| Sum { name, value }).collect();
        inside.extend(Some(sums).filter(|sums| !sums.is_empty()).map(Block::Sums));
        if !inside.is_empty() {
            blocks.push(Block::Heading(name));
            blocks.append(&mut inside);
        }
    }

    /// A field that the asker may read.
    fn pair(&self, key: &str) -> Option<Pair> {
        let (field, value) = (self.kind.field(key)?, self.told.fields.get(key)?);
        let wide = field.of_type == FieldType::LongText;
        Some(Pair { wide, ..Pair::new(self.words(&field.name), self.text(field, value)) })
    }

    fn table(&self, lines: &Lines) -> Option<Block> {
        let told = self.told.fields.get(&lines.key)?.as_array()?;
        let first = told.first()?.as_object()?;
        let fields: Vec<&Field> = lines.fields.iter().filter(|field| first.contains_key(&field.key)).collect();
        let column = |field: &&Field| Column {
            head: self.words(&field.name),
            number: matches!(field.of_type, FieldType::Number | FieldType::Money),
        };
        let cell = |line: &Value, field: &Field| match (field.of_type, line.get(&field.key)) {
            // To be ticked, or ticked.
            (FieldType::Flag, Some(Value::Bool(true))) => "√".to_owned(),
            (FieldType::Flag, _) => "□".to_owned(),
            (_, value) => value.map(|value| self.text(field, value)).unwrap_or_default(),
        };
        let rows = told.iter().map(|line| fields.iter().map(|field| cell(line, field)).collect()).collect();
        Some(Block::Table(Table { columns: fields.iter().map(column).collect(), rows }))
    }

    /// A value in words; empty where there is none.
    fn text(&self, field: &Field, value: &Value) -> String {
        let choice = |key: &str| field.choice(key).map_or_else(|| key.to_owned(), |choice| self.words(&choice.name));
        let one = |value: &Value| match (value, value.get("title")) {
            (_, Some(title)) => title.as_str().unwrap_or_default().to_owned(),
            (Value::String(text), _) => text.clone(),
            (Value::Null, _) => String::new(),
            (other, _) => other.to_string(),
        };
        let plain = one(value);
        match (field.of_type, value) {
            (_, Value::Null) => String::new(),
            (FieldType::Flag, Value::Bool(true)) => self.language.say("yes", "是"),
            (FieldType::Flag, _) => self.language.say("no", "否"),
            (FieldType::Choice, _) => choice(&plain),
            (FieldType::Choices, Value::Array(keys)) => {
                self.listed(&keys.iter().map(|key| choice(&one(key))).collect::<Vec<_>>())
            }
            (_, Value::Array(many)) => self.listed(&many.iter().map(one).collect::<Vec<_>>()),
            (FieldType::Number, _) => plain.parse().map_or(plain, grouped),
            (FieldType::Money, _) => {
                let [amount, currency] = ["amount", "currency"].map(|key| value.get(key).map(one).unwrap_or_default());
                amount.parse::<Decimal>().map_or(amount, |amount| spoken_money(amount, &currency))
            }
            (FieldType::Date, _) => plain.parse().map_or(plain, |day| self.language.day(day)),
            (FieldType::Time, _) => {
                let at = plain.parse::<jiff::Timestamp>().ok().and_then(|at| u64::try_from(at.as_microsecond()).ok());
                at.map_or(plain, |at| self.time(Instant::from_micros(at)))
            }
            (FieldType::Span, _) => self.span(&plain),
            (FieldType::Phone, _) => {
                let region = &self.asker.listed.model.center.region;
                Number::try_from(plain.clone()).map_or(plain, |number| number.shown(region))
            }
            _ => plain,
        }
    }

    fn listed(&self, many: &[String]) -> String {
        many.join(&self.language.say(", ", "、"))
    }

    /// `2h30m` -> `2 h 30 min`.
    fn span(&self, written: &str) -> String {
        let unit = |unit: char| match unit {
            'd' => self.language.say(" d ", "天"),
            'h' => self.language.say(" h ", "小时"),
            'm' => self.language.say(" min ", "分钟"),
            's' => self.language.say(" s ", "秒"),
            digit => digit.to_string(),
        };
        written.chars().map(unit).collect::<String>().trim_end().to_owned()
    }

    /// Where the center is.
    fn day(&self, at: Instant) -> String {
        at.date_in(self.asker.zone()).map(|day| self.language.day(day)).unwrap_or_default()
    }

    fn time(&self, at: Instant) -> String {
        let stamp =
            i64::try_from(at.as_micros()).ok().and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok());
        let local = stamp.map(|stamp| stamp.to_zoned(self.asker.zone().clone()));
        local
            .map(|local| format!("{} {}", self.language.day(local.date()), local.strftime("%H:%M")))
            .unwrap_or_default()
    }
}
