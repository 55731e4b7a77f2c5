//! The machine: one rule of one queue, looked at in ticks. Its table is in the head of the room.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Alert, AlertEnd, AlertEvent, AlertNews, AlertRule, Figure, Letter, Level, MAIL_EVERY, Writer};
use crate::base::{AlertId, Instant, QueueId};

/// One rule of one queue.
#[derive(Debug, Default)]
struct Watched {
    alert: Option<Alert>,
    /// The worst since the last event: nobody is told of it before the next.
    worst: Option<u32>,
    /// On the way to another level, since when, and the one that counts if it lasts.
    turning: Option<(Instant, Option<Level>)>,
    /// When somebody was written to last, and of what level.
    mailed: Option<(Instant, Level)>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Alerts {
    /// By key of the rule.
    watched: BTreeMap<String, BTreeMap<QueueId, Watched>>,
}

impl Alerts {
    /// Those that go on, the longest first.
    pub fn open(&self) -> Vec<Alert> {
        let all = self.watched.values().flat_map(BTreeMap::values);
        let mut open: Vec<Alert> = all.filter_map(|watched| watched.alert.clone()).collect();
        open.sort_unstable_by_key(|alert| (alert.since, alert.id));
        open
    }

    /// Whether it goes on.
    pub fn is_open(&self, id: AlertId) -> bool {
        let mut all = self.watched.values().flat_map(BTreeMap::values);
        all.any(|watched| watched.alert.as_ref().is_some_and(|alert| alert.id == id))
    }

    fn of(&mut self, rule: &str, queue: QueueId) -> &mut Watched {
        self.watched.entry(rule.to_owned()).or_default().entry(queue).or_default()
    }

    /// `value`: `None` where there is nothing to judge: nobody came today. `name` names the alert if one begins.
    pub(in crate::center) fn look(
        &mut self,
        now: Instant,
        (rule, queue): (&AlertRule, QueueId),
        value: Option<u32>,
        writer: Writer<'_>,
        name: impl FnOnce() -> AlertId,
    ) -> Option<AlertNews> {
        let watched = self.of(&rule.key, queue);
        let level = watched.settled(now, rule, value)?;
        let Some((level, value)) = level.zip(value) else { return watched.end(now, AlertEnd::Within) };
        let limit = rule.limit(level);
        let (event, alert) = match watched.take() {
            None => (AlertEvent::Raised { level, value, limit }, begun(now, (rule, queue), (level, value), name())),
            Some(alert) => (AlertEvent::Changed { level, value, limit }, turned(alert, level, limit)),
        };
        let letters =
            if watched.mails(now, level, &event) { writer.letters(&alert, value, &rule.mail) } else { Vec::new() };
        (watched.alert, watched.worst) = (Some(alert.clone()), None);
        Some(AlertNews { at: now, alert, event, letters })
    }

    /// It is not watched at this time.
    pub fn rest(&mut self, now: Instant, rule: &AlertRule, queue: QueueId) -> Option<AlertNews> {
        self.of(&rule.key, queue).end(now, AlertEnd::Hours)
    }

    /// What is of no rule or queue any more is over. `watches`: the figure that this rule watches of this queue now.
    pub fn retain(&mut self, now: Instant, watches: impl Fn(&str, QueueId) -> Option<Figure>) -> Vec<AlertNews> {
        let mut over = Vec::new();
        for (rule, queues) in &mut self.watched {
            queues.retain(|queue, watched| {
                let figure = watches(rule, *queue);
                let stays = figure.is_some() && watched.alert.as_ref().is_none_or(|alert| Some(alert.figure) == figure);
                if !stays {
                    over.extend(watched.end(now, AlertEnd::Rule));
                }
                stays
            });
        }
        self.watched.retain(|_, queues| !queues.is_empty());
        over
    }

    /// One that an earlier process left open; it is over where there is one already, or `watches` says nothing of it.
    pub fn restore(
        &mut self,
        now: Instant,
        alert: Alert,
        watches: impl Fn(&str, QueueId) -> Option<Figure>,
    ) -> Option<AlertNews> {
        if watches(&alert.rule, alert.queue) != Some(alert.figure) {
            return Some(over(now, alert, AlertEnd::Rule));
        }
        let watched = self.of(&alert.rule, alert.queue);
        if watched.alert.is_some() {
            return Some(over(now, alert, AlertEnd::Rule));
        }
        watched.mailed = Some((alert.since, alert.level));
        watched.alert = Some(alert);
        None
    }

    /// A supervisor has seen it. `None`: nothing is new, the first stands.
    pub fn acknowledge(&mut self, now: Instant, id: AlertId, by: &str) -> Option<AlertNews> {
        let all = self.watched.values_mut().flat_map(BTreeMap::values_mut);
        let alert = all.filter_map(|watched| watched.alert.as_mut()).find(|alert| alert.id == id)?;
        if alert.seen.is_some() {
            return None;
        }
        (alert.seen_by, alert.seen, alert.events) = (Some(by.to_owned()), Some(now), alert.events.saturating_add(1));
        let event = AlertEvent::Acknowledged { by: by.to_owned() };
        Some(AlertNews { at: now, alert: alert.clone(), event, letters: Vec::<Letter>::new() })
    }
}

impl Watched {
    /// The level that has lasted, if it is another than before, or its limit is; `None`: nothing is new.
    fn settled(&mut self, now: Instant, rule: &AlertRule, value: Option<u32>) -> Option<Option<Level>> {
        if let Some(value) = value {
            self.worst = Some(self.worst.map_or(value, |worst| rule.figure.worse(worst, value)));
        }
        let is = self.alert.as_ref().map(|alert| alert.level);
        let measured = value.and_then(|value| rule.level(value));
        if measured == is {
            self.turning = None;
            let moved = self.alert.as_ref().is_some_and(|alert| alert.limit != rule.limit(alert.level));
            return moved.then_some(is);
        }
        let (since, reached) = match self.turning {
            // Rising it is the mildest that lasts, falling the worst; on the other side of the level it begins anew.
            Some((since, before)) if (before > is) == (measured > is) => {
                (since, if measured > is { before.min(measured) } else { before.max(measured) })
            }
            _ => (now, measured),
        };
        let lasts = now.since(since) >= Duration::from_secs(u64::from(rule.hold_s));
        self.turning = (!lasts).then_some((since, reached));
        lasts.then_some(reached)
    }

    /// Whether somebody is written to: it is worse than before, and not the same again so soon.
    fn mails(&mut self, now: Instant, level: Level, event: &AlertEvent) -> bool {
        let worse = self.mailed.is_none_or(|(_, before)| level > before);
        let raised = matches!(event, AlertEvent::Raised { .. });
        let again = self.mailed.is_none_or(|(at, _)| now.since(at) >= MAIL_EVERY);
        let mails = worse || (raised && again);
        if mails {
            self.mailed = Some((now, level));
        }
        mails
    }

    /// The alert with the worst of its figure until now.
    fn take(&mut self) -> Option<Alert> {
        let (alert, worst) = (self.alert.take()?, self.worst.take());
        let worst = worst.map_or(alert.worst, |worst| alert.figure.worse(alert.worst, worst));
        Some(Alert { worst, ..alert })
    }

    fn end(&mut self, now: Instant, why: AlertEnd) -> Option<AlertNews> {
        self.turning = None;
        self.take().map(|alert| over(now, alert, why))
    }
}

fn over(now: Instant, alert: Alert, why: AlertEnd) -> AlertNews {
    let alert = Alert { ended: Some(now), events: alert.events.saturating_add(1), ..alert };
    AlertNews { at: now, alert, event: AlertEvent::Ended { why }, letters: Vec::new() }
}

fn begun(now: Instant, (rule, queue): (&AlertRule, QueueId), (level, value): (Level, u32), id: AlertId) -> Alert {
    Alert {
        id,
        rule: rule.key.clone(),
        name: rule.name.clone(),
        queue,
        figure: rule.figure,
        level,
        since: now,
        worst: value,
        limit: rule.limit(level),
        sound: rule.sound,
        events: 1,
        seen_by: None,
        seen: None,
        ended: None,
    }
}

/// Worse, it is to be seen anew.
fn turned(alert: Alert, level: Level, limit: u32) -> Alert {
    let (seen_by, seen) = if level > alert.level { (None, None) } else { (alert.seen_by, alert.seen) };
    Alert { level, limit, seen_by, seen, events: alert.events.saturating_add(1), ..alert }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::center::desk::Words;
    use crate::dialplan::Language;

    const QUEUE: QueueId = QueueId(1);
    const WRITER: Writer<'_> = Writer { language: Language::En, zone: None, queue: "Sales" };

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn rule(figure: Figure, warn: u32, act: u32, hold_s: u32) -> AlertRule {
        AlertRule {
            key: "wait".to_owned(),
            name: Words::default(),
            figure,
            queues: Vec::new(),
            warn: Some(warn),
            act: Some(act),
            hold_s,
            hours: None,
            sound: true,
            mail: vec!["boss@example.com".to_owned()],
            webhooks: Vec::new(),
        }
    }

    fn look(alerts: &mut Alerts, rule: &AlertRule, second: u64, value: Option<u32>) -> Option<AlertNews> {
        alerts.look(at(second), (rule, QUEUE), value, WRITER, || AlertId(second))
    }

    /// One value a second; the level after each second: `.` calm, `w`, `a`.
    fn course(rule: &AlertRule, values: &[u32]) -> String {
        let mut alerts = Alerts::default();
        let level = |(second, value): (u64, &u32)| {
            look(&mut alerts, rule, second, Some(*value));
            match alerts.open().first().map(|alert| alert.level) {
                None => '.',
                Some(Level::Warn) => 'w',
                Some(Level::Act) => 'a',
            }
        };
        (0..).zip(values).map(level).collect()
    }

    #[test]
    fn it_is_told_when_it_has_lasted() {
        let wait = rule(Figure::LongestWait, 30, 90, 3);
        for (values, levels) in [
            (&[10, 31, 40, 50, 60, 70][..], "....ww"),
            (&[31, 31, 10, 31, 31, 31, 31], "......w"),
            (&[100, 100, 100, 100], "...a"),
            // Of a rise to act that was warn at first, warn is what has lasted.
            (&[31, 95, 95, 95, 95, 95, 95, 95], "...wwwwa"),
            (&[31, 31, 31, 31, 10, 10, 31, 10, 10, 10, 10], "...wwwwwww."),
            (&[95, 95, 95, 95, 60, 60, 60, 60, 10, 10, 10, 10], "...aaaawwww."),
            // Swinging between two levels, the lower one holds.
            (&[31, 95, 31, 95, 31, 95, 31, 95], "...wwwww"),
            // Swinging about its limit faster than it holds, nothing is told, however long it goes on.
            (&[31, 10, 31, 10, 31, 10, 31, 10, 31, 10], ".........."),
        ] {
            assert_eq!(course(&wait, values), levels, "{values:?}");
        }
        assert_eq!(course(&rule(Figure::Waiting, 2, 5, 0), &[2, 3, 6, 0]), ".wa.", "at once");
        assert_eq!(course(&rule(Figure::Ready, 2, 1, 0), &[2, 1, 0, 3]), ".wa.", "few are bad");
        assert_eq!(course(&rule(Figure::ServiceLevel, 80, 60, 0), &[80, 79, 59]), ".wa");
    }

    #[test]
    fn one_level_alone_is_enough() {
        let act = AlertRule { warn: None, ..rule(Figure::Waiting, 0, 4, 0) };
        assert_eq!(course(&act, &[4, 5, 4]), ".a.");
        let warn = AlertRule { act: None, ..rule(Figure::Waiting, 4, 0, 0) };
        assert_eq!(course(&warn, &[4, 50, 4]), ".w.");
    }

    #[test]
    fn an_alert_keeps_its_name_until_it_is_over_and_is_seen_at_each_level() {
        let (rule, mut alerts) = (rule(Figure::Waiting, 2, 5, 0), Alerts::default());
        let began = look(&mut alerts, &rule, 1, Some(3)).unwrap();
        assert_eq!(began.event, AlertEvent::Raised { level: Level::Warn, value: 3, limit: 2 });
        assert_eq!((began.alert.id, began.alert.level, began.alert.worst), (AlertId(1), Level::Warn, 3));
        let seen = alerts.acknowledge(at(2), AlertId(1), "sue").unwrap();
        assert_eq!((seen.alert.seen_by.as_deref(), seen.alert.events), (Some("sue"), 2));
        assert_eq!(alerts.acknowledge(at(3), AlertId(1), "sam"), None, "the first stands");
        assert!(alerts.is_open(AlertId(1)) && !alerts.is_open(AlertId(9)));
        let worse = look(&mut alerts, &rule, 4, Some(9)).unwrap();
        assert_eq!(worse.event, AlertEvent::Changed { level: Level::Act, value: 9, limit: 5 });
        assert_eq!((worse.alert.id, worse.alert.seen), (AlertId(1), None), "to be seen anew");
        alerts.acknowledge(at(5), AlertId(1), "sam");
        let milder = look(&mut alerts, &rule, 6, Some(4)).unwrap().alert;
        assert_eq!((milder.level, milder.worst, milder.seen), (Level::Warn, 9, Some(at(5))), "seen when it was worse");
        let over = look(&mut alerts, &rule, 7, Some(0)).unwrap();
        assert_eq!(over.event, AlertEvent::Ended { why: AlertEnd::Within });
        assert_eq!((over.alert.id, over.alert.ended, over.alert.events), (AlertId(1), Some(at(7)), 6));
        assert_eq!(look(&mut alerts, &rule, 8, Some(3)).unwrap().alert.id, AlertId(8), "another one");
    }

    #[test]
    fn nothing_to_judge_is_calm_but_not_at_once() {
        let (rule, mut alerts) = (rule(Figure::ServiceLevel, 80, 60, 3), Alerts::default());
        let told: Vec<_> = (0..5).filter_map(|second| look(&mut alerts, &rule, second, Some(70))).collect();
        assert_eq!(told.len(), 1);
        // A server that has just begun does not know the day yet.
        assert_eq!((5..8).filter_map(|second| look(&mut alerts, &rule, second, None)).count(), 0);
        assert_eq!(look(&mut alerts, &rule, 8, Some(70)), None, "it goes on");
        assert_eq!((9..13).filter_map(|second| look(&mut alerts, &rule, second, None)).count(), 1, "it was midnight");
    }

    #[test]
    fn outside_of_the_hours_and_of_the_rules_all_is_calm_at_once() {
        let (rule, mut alerts) = (rule(Figure::Waiting, 2, 5, 60), Alerts::default());
        let quick = AlertRule { hold_s: 0, ..rule.clone() };
        let why = |news: AlertNews| match news.event {
            AlertEvent::Ended { why } => Some(why),
            _ => None,
        };
        look(&mut alerts, &quick, 1, Some(3));
        assert_eq!(alerts.rest(at(2), &rule, QUEUE).and_then(why), Some(AlertEnd::Hours));
        assert_eq!(alerts.rest(at(3), &rule, QUEUE), None);
        look(&mut alerts, &quick, 4, Some(3));
        assert_eq!(alerts.retain(at(5), |_, _| Some(Figure::Waiting)), []);
        let over = alerts.retain(at(5), |_, _| Some(Figure::Ready));
        assert_eq!(over.into_iter().map(why).collect::<Vec<_>>(), [Some(AlertEnd::Rule)], "another figure");
        look(&mut alerts, &quick, 6, Some(3));
        assert_eq!(alerts.retain(at(7), |_, _| None).len(), 1);
        assert!(alerts.watched.is_empty());
    }

    #[test]
    fn another_limit_is_told() {
        let (first, mut alerts) = (rule(Figure::Waiting, 2, 5, 0), Alerts::default());
        look(&mut alerts, &first, 1, Some(4));
        let next = rule(Figure::Waiting, 3, 5, 0);
        let news = look(&mut alerts, &next, 2, Some(4)).unwrap();
        assert_eq!((news.alert.limit, news.letters.len()), (3, 0));
        assert_eq!(look(&mut alerts, &next, 3, Some(4)), None);
    }

    #[test]
    fn the_next_process_takes_it_up_with_who_has_seen_it() {
        let (rule, mut alerts) = (rule(Figure::Waiting, 2, 5, 0), Alerts::default());
        look(&mut alerts, &rule, 1, Some(3));
        let kept = alerts.acknowledge(at(2), AlertId(1), "sue").unwrap().alert;
        let mut next = Alerts::default();
        assert_eq!(next.restore(at(9), kept.clone(), |_, _| Some(Figure::Waiting)), None);
        assert_eq!(look(&mut next, &rule, 10, Some(3)), None, "nothing is new");
        assert_eq!(next.open(), std::slice::from_ref(&kept));
        let twin = Alert { id: AlertId(5), ..kept.clone() };
        assert_eq!(next.restore(at(9), twin, |_, _| Some(Figure::Waiting)).unwrap().alert.ended, Some(at(9)));
        let gone = Alerts::default().restore(at(9), kept, |_, _| None).unwrap();
        assert_eq!((gone.event, gone.alert.events), (AlertEvent::Ended { why: AlertEnd::Rule }, 3));
    }

    #[test]
    fn a_figure_that_comes_and_goes_fills_no_mailbox() {
        let (rule, mut alerts) = (rule(Figure::Waiting, 2, 5, 0), Alerts::default());
        let mut mails = |second, value| look(&mut alerts, &rule, second, Some(value)).map(|news| news.letters.len());
        assert_eq!(mails(1, 3), Some(1));
        assert_eq!(mails(2, 0), Some(0), "what is over is not mailed");
        assert_eq!(mails(3, 3), Some(0), "the same again");
        assert_eq!(mails(4, 9), Some(1), "worse");
        assert_eq!(mails(5, 4), Some(0), "milder");
        assert_eq!(mails(6, 9), Some(0), "as bad as it was");
        assert_eq!(mails(7, 0), Some(0));
        assert_eq!(mails(604, 9), Some(1), "ten minutes later");
    }
}
