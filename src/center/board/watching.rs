//! What becomes of alerts on the wallboard: told, taken up after a start, acknowledged, over with their rule.

use crate::base::{AlertId, Instant, QueueId};
use crate::center::alert::{self, Alert, AlertNews, Figure};
use crate::center::answer::{Done, Obeyed};
use crate::center::board::QueueTile;
use crate::center::board::wall::Wall;
use crate::center::desk::Refusal;
use crate::center::output::{Output, Write};
use crate::center::rules::Rules;
use crate::center::turn::{Due, Todo, Turn};

impl Wall {
    /// An alert is another than before: it is written down, and whoever looks at the wallboard is told, and programs.
    pub fn tell(&mut self, mut news: AlertNews, rules: &Rules, todo: &mut Todo, out: &mut Vec<Output>) {
        let rule = rules.configuration.alerts.iter().find(|rule| rule.key == news.alert.rule);
        if let Some(rule) = rule {
            let queue = rules.queue(news.alert.queue).map_or("", |queue| &queue.key);
            news.letters.extend(alert::to_programs(&news, rule, queue));
        }
        out.push(Output::Write(Write::Alert(Box::new(news))));
        (self.alerts_changed, todo.board_changed) = (true, true);
    }

    /// The rules of alerts are new: what is of none any more is over.
    pub fn configure_alerts(&mut self, turn: &mut Turn<'_>) {
        let over = self.alerts.retain(turn.now, |rule, queue| watches(turn.rules, rule, queue));
        over.into_iter().for_each(|news| self.tell(news, turn.rules, turn.todo, turn.out));
        if turn.rules.configuration.alerts.is_empty() {
            turn.todo.deadlines.clear(&Due::Alerts);
        } else {
            turn.todo.deadlines.set(Due::Alerts, turn.now + alert::TICK);
        }
    }

    /// Alerts that went on when the last process ended.
    pub fn alerts_were(&mut self, alerts: Vec<Alert>, turn: &mut Turn<'_>) {
        for alert in alerts {
            let over = self.alerts.restore(turn.now, alert, |rule, queue| watches(turn.rules, rule, queue));
            over.into_iter().for_each(|news| self.tell(news, turn.rules, turn.todo, turn.out));
        }
        (self.alerts_changed, turn.todo.board_changed) = (true, true);
    }

    /// A supervisor has seen it.
    pub fn acknowledge(&mut self, alert: AlertId, user: &str, turn: &mut Turn<'_>) -> Done {
        if !self.alerts.is_open(alert) {
            return Err((Refusal::UnknownAlert, "there is no such alert, or it is over"));
        }
        let Some(news) = self.alerts.acknowledge(turn.now, alert, user) else { return Ok(Obeyed::Done) };
        self.tell(news, turn.rules, turn.todo, turn.out);
        Ok(Obeyed::WhenWritten)
    }
}

/// The figure of the queue that this rule watches.
fn watches(rules: &Rules, rule: &str, queue: QueueId) -> Option<Figure> {
    rules.queue(queue)?;
    let rule = rules.configuration.alerts.iter().find(|known| known.key == rule)?;
    rule.is_of(queue).then_some(rule.figure)
}

/// `None`: there is nothing to judge yet.
pub(in crate::center) fn figure_of(figure: Figure, tile: &QueueTile, now: Instant) -> Option<u32> {
    let lost = tile.abandoned.saturating_sub(tile.short_abandoned);
    match figure {
        Figure::Waiting => Some(tile.waiting),
        Figure::LongestWait => {
            let waited = tile.longest_since.map_or(0, |since| now.since(since).as_secs());
            Some(u32::try_from(waited).unwrap_or(u32::MAX))
        }
        // 0..=100: the part below the point is cut off, so that a level just below its limit is below it.
        Figure::ServiceLevel => tile.service_level.value.map(|level| (level.clamp(0.0, 1.0) * 100.0) as u32),
        Figure::Abandoned => {
            let spoken_for = u64::from(tile.answered) + u64::from(lost);
            (u64::from(lost) * 100).checked_div(spoken_for).and_then(|percent| u32::try_from(percent).ok())
        }
        Figure::Ready => Some(tile.ready),
        Figure::CallBacks => Some(tile.call_backs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::center::board::ServiceLevel;

    fn tile() -> QueueTile {
        let formula = "V8".to_owned();
        let level = ServiceLevel { value: Some(0.589), formula, threshold_s: 20, short_abandon_s: 5, target: 0.8 };
        QueueTile {
            id: QueueId(1),
            key: "sales".to_owned(),
            name: "Sales".to_owned(),
            waiting: 4,
            call_backs: 5,
            longest_since: Some(Instant::from_micros(1_000_000)),
            offered: 43,
            answered: 31,
            abandoned: 12,
            short_abandoned: 3,
            asa_ms: 0,
            service_level: level,
            estimate_hit_rate: None,
            ready: 2,
            reserved: 0,
            busy: 0,
            wrap_up: 0,
            not_ready: 0,
        }
    }

    #[test]
    fn figures_are_those_of_the_tile_and_nothing_is_no_figure() {
        let now = Instant::from_micros(43_500_000);
        let figures = Figure::ALL.map(|(_, figure)| figure_of(figure, &tile(), now));
        assert_eq!(figures, [4, 42, 58, 22, 2, 5].map(Some));
        let mut empty = QueueTile { answered: 0, abandoned: 3, longest_since: None, ..tile() };
        empty.service_level.value = None;
        let figures = Figure::ALL.map(|(_, figure)| figure_of(figure, &empty, now));
        assert_eq!(figures, [Some(4), Some(0), None, None, Some(2), Some(5)], "who hung up at once is not lost");
    }
}
