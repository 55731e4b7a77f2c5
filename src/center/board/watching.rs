//! What becomes of alerts on the wallboard: told, taken up after a start, acknowledged, over with their rule.

use crate::base::{AlertId, QueueId};
use crate::center::answer::{Done, Obeyed};
use crate::center::board::alert::{self, Alert, AlertNews, Figure};
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
