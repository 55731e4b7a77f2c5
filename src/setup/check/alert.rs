//! Figures that are watched.

use super::Found;
use crate::crm::ContactPoint;
use crate::setup::Kind;
use crate::setup::model::{AlertModel, CenterModel};

/// Rules; each looks at every queue, every second.
const RULES_MAX: usize = 200;
/// Longest hold.
const HOLD_MAX_S: u32 = 3_600;
/// Addresses of one rule.
const MAIL_MAX: usize = 20;
/// Webhooks of one rule.
const WEBHOOKS_MAX: usize = 5;
/// Longest URL.
const URL_MAX: usize = 500;

pub(super) fn check(model: &CenterModel, found: &mut Found) {
    for (key, alert) in model.alerts.iter() {
        found.at(Kind::Alert, key);
        self::alert(model, alert, found);
    }
    if model.alerts.keys().count() > RULES_MAX {
        found.add(&[], format!("more than {RULES_MAX} alerts"));
    }
}

fn alert(model: &CenterModel, alert: &AlertModel, found: &mut Found) {
    found.known_all(&["queues"], &model.queues, Kind::Queue, &alert.queues);
    if let Some(hours) = &alert.hours {
        found.known(&["hours"], &model.hours, Kind::Hours, hours);
    }
    if alert.hold_s > HOLD_MAX_S {
        found.add(&["hold_s"], format!("is 0 to {HOLD_MAX_S}"));
    }
    limits(alert, found);
    for address in &alert.mail {
        if ContactPoint::new("email", address, "", &model.center.region).is_err() {
            found.add(&["mail"], format!("`{address}` is no address"));
        }
    }
    if alert.mail.len() > MAIL_MAX {
        found.add(&["mail"], format!("more than {MAIL_MAX} addresses"));
    }
    for url in alert.webhooks.iter().filter(|url| !is_url(url)) {
        found.add(&["webhooks"], format!("`{url}` is not https://host/path, at most {URL_MAX} characters"));
    }
    if alert.webhooks.len() > WEBHOOKS_MAX {
        found.add(&["webhooks"], format!("more than {WEBHOOKS_MAX} webhooks"));
    }
}

fn is_url(text: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let plain = text.len() <= URL_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain && !host.is_empty() && !host.contains('@')
}

fn limits(alert: &AlertModel, found: &mut Found) {
    for (place, limit) in [("warn", alert.warn), ("act", alert.act)] {
        let Some(limit) = limit else { continue };
        if alert.figure.is_percent() && limit > 100 {
            found.add(&[place], "is 0 to 100: percent");
        } else if alert.figure.falls() && limit == 0 {
            found.add(&[place], "nothing is below 0");
        }
    }
    match (alert.warn, alert.act) {
        (None, None) => found.add(&["warn"], "without `warn` and `act` nothing is ever told"),
        (Some(warn), Some(act)) if !alert.figure.is_beyond(act, warn) => {
            let how = if alert.figure.falls() { "below" } else { "above" };
            found.add(&["act"], format!("is {how} `warn`: the worse of both"));
        }
        _ => {}
    }
}
