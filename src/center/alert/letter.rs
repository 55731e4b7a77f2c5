//! What is written about an alert: mails in the language of the center, and to programs (webhooks) what happened.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Alert, AlertNews, AlertRule, Figure, Level};
use crate::base::Instant;
use crate::dialplan::Language;

/// How it gets there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertWay)]
pub enum Way {
    Mail,
    Webhook,
}

/// To somebody in the house, or to a program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// How it gets there.
    pub way: Way,
    /// An address; of a webhook a URL.
    pub to: String,
    /// One line; of a webhook the kind of the event.
    pub subject: String,
    /// Text; of a webhook JSON.
    pub body: String,
}

/// What programs are told of every event of an alert.
pub(in crate::center) fn to_programs(news: &AlertNews, rule: &AlertRule, queue: &str) -> Vec<Letter> {
    if rule.webhooks.is_empty() {
        return Vec::new();
    }
    let mut told = serde_json::to_value(&news.event).unwrap_or_default();
    let kind = told["kind"].as_str().unwrap_or_default().to_owned();
    told["seq"] = json!(news.alert.events);
    told["at"] = json!(news.at);
    told["queue"] = json!(queue);
    told["alert"] = json!(news.alert);
    let letter =
        |to: &String| Letter { way: Way::Webhook, to: to.clone(), subject: kind.clone(), body: told.to_string() };
    rule.webhooks.iter().map(letter).collect()
}

/// Who writes it: what has to be known beside the alert.
#[derive(Clone, Copy)]
pub(in crate::center) struct Writer<'a> {
    /// Of the center.
    pub language: Language,
    /// Of the center; none: UTC.
    pub zone: Option<&'a jiff::tz::TimeZone>,
    /// Of the queue.
    pub queue: &'a str,
}

impl Writer<'_> {
    /// The same to each of them.
    pub fn letters(&self, alert: &Alert, value: u32, to: &[String]) -> Vec<Letter> {
        let (subject, body) = (self.subject(alert, value), self.body(alert, value));
        let letter =
            |to: &String| Letter { way: Way::Mail, to: to.clone(), subject: subject.clone(), body: body.clone() };
        to.iter().map(letter).collect()
    }

    /// One line, whatever a queue is called.
    fn subject(&self, alert: &Alert, value: u32) -> String {
        let says = says(self.language, alert.figure, value, alert.limit);
        let line = match (self.language, alert.level) {
            (Language::Zh, Level::Warn) => format!("【关注】{}：{says}", self.queue),
            (Language::Zh, Level::Act) => format!("【立即处理】{}：{says}", self.queue),
            (Language::En, Level::Warn) => format!("[Watch] {}: {says}", self.queue),
            (Language::En, Level::Act) => format!("[Act now] {}: {says}", self.queue),
        };
        line.replace(char::is_control, " ")
    }

    fn body(&self, alert: &Alert, value: u32) -> String {
        let (figure, since) = (says(self.language, alert.figure, value, alert.limit), self.moment(alert.since));
        let queue = self.queue;
        match self.language {
            Language::Zh => format!(
                "{queue}：{figure}。\n\n告警：{}\n开始：{since}\n编号：{}\n\n\
                 请在班长页面按“由我处理”，其他人即可知道已有人处理。\n",
                alert.name.zh, alert.id
            ),
            Language::En => format!(
                "{queue}: {figure}.\n\nAlert: {}\nSince: {since}\nNumber: {}\n\n\
                 Whoever sees to it presses \"I see to it\" on the supervisors' page: then the others know.\n",
                alert.name.en, alert.id
            ),
        }
    }

    /// To the minute, where the center is.
    fn moment(&self, at: Instant) -> String {
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        let stamp = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
        stamp.to_zoned(self.zone.cloned().unwrap_or(jiff::tz::TimeZone::UTC)).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }
}

/// The figure and its limit, as on the supervisors' page.
fn says(language: Language, figure: Figure, value: u32, limit: u32) -> String {
    match (language, figure) {
        (Language::En, Figure::Waiting) => format!("{value} wait, more than {limit}"),
        (Language::En, Figure::LongestWait) => format!("longest wait {value} s, above {limit} s"),
        (Language::En, Figure::ServiceLevel) => format!("service level {value} %, below {limit} %"),
        (Language::En, Figure::Abandoned) => format!("{value} % abandoned, above {limit} %"),
        (Language::En, Figure::Ready) => format!("{value} ready, fewer than {limit}"),
        (Language::En, Figure::CallBacks) => format!("{value} call-backs, more than {limit}"),
        (Language::Zh, Figure::Waiting) => format!("{value} 人排队，超过 {limit} 人"),
        (Language::Zh, Figure::LongestWait) => format!("最长等待 {value} 秒，超过 {limit} 秒"),
        (Language::Zh, Figure::ServiceLevel) => format!("服务水平 {value}%，低于 {limit}%"),
        (Language::Zh, Figure::Abandoned) => format!("放弃率 {value}%，超过 {limit}%"),
        (Language::Zh, Figure::Ready) => format!("{value} 位坐席示闲，少于 {limit} 位"),
        (Language::Zh, Figure::CallBacks) => format!("{value} 个待回电，超过 {limit} 个"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{AlertId, QueueId};
    use crate::center::alert::AlertEvent;
    use crate::center::desk::Words;

    fn alert() -> Alert {
        Alert {
            id: AlertId(7),
            rule: "wait".to_owned(),
            name: Words { en: "VIP waits".to_owned(), zh: "贵宾等待".to_owned() },
            queue: QueueId(3),
            figure: Figure::LongestWait,
            level: Level::Act,
            since: Instant::from_micros(1_767_605_400_000_000),
            worst: 95,
            limit: 90,
            sound: true,
            events: 1,
            seen_by: None,
            seen: None,
            ended: None,
        }
    }

    #[test]
    fn a_program_is_told_what_happened_and_how_the_alert_is_now() {
        let rule = AlertRule {
            key: "wait".to_owned(),
            name: Words::default(),
            figure: Figure::LongestWait,
            queues: Vec::new(),
            warn: None,
            act: Some(90),
            hold_s: 0,
            hours: None,
            sound: true,
            mail: Vec::new(),
            webhooks: vec!["https://example.com/hook".to_owned()],
        };
        let event = AlertEvent::Acknowledged { by: "sue".to_owned() };
        let news = AlertNews { at: Instant::from_micros(9), alert: alert(), event, letters: Vec::new() };
        let [letter] = &to_programs(&news, &rule, "sales")[..] else { panic!("one letter") };
        assert_eq!((letter.way, letter.to.as_str()), (Way::Webhook, "https://example.com/hook"));
        assert_eq!(letter.subject, "alert.acknowledged");
        let told: serde_json::Value = serde_json::from_str(&letter.body).unwrap();
        assert_eq!((&told["kind"], &told["detail"]["by"]), (&json!("alert.acknowledged"), &json!("sue")));
        assert_eq!((&told["queue"], &told["seq"], &told["alert"]["id"]), (&json!("sales"), &json!(1), &json!(7)));
    }

    #[test]
    fn it_is_written_in_the_language_and_the_zone_of_the_center() {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let to = ["boss@example.com".to_owned()];
        let letter =
            |language, queue| Writer { language, zone: Some(&zone), queue }.letters(&alert(), 95, &to).remove(0);
        let english = letter(Language::En, "Sales");
        assert_eq!(
            (english.to.as_str(), english.subject.as_str()),
            (to[0].as_str(), "[Act now] Sales: longest wait 95 s, above 90 s")
        );
        assert!(
            english.body.contains("Alert: VIP waits\nSince: 2026-01-05 17:30 CST\nNumber: 7\n"),
            "{}",
            english.body
        );
        let chinese = letter(Language::Zh, "销售");
        assert_eq!(chinese.subject, "【立即处理】销售：最长等待 95 秒，超过 90 秒");
        assert!(chinese.body.contains("告警：贵宾等待\n开始：2026-01-05 17:30 CST\n"), "{}", chinese.body);
        assert_eq!(letter(Language::En, "Sales\r\nBcc: all@example.com").subject.lines().count(), 1);
    }
}
