//! The center as records see it: who is there, who works with whom, when it is open.

use std::sync::Arc;

use crate::base::Instant;
use crate::record::{Asking, People, Role, Who};
use crate::setup::{self, GroupModel, HoursModel, UserModel};
use crate::web::Listed;
use crate::written::hours::Hours;
use crate::written::schedule::zone;

/// Who wrote what rules write when their time has come.
const BY: &str = "carillon";
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The center at one moment.
pub struct House {
    listed: Arc<Listed>,
    zone: jiff::tz::TimeZone,
}

impl House {
    pub fn new(listed: Arc<Listed>) -> Self {
        let zone = zone(&listed.model.center.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        Self { listed, zone }
    }

    /// The program itself, which may do everything.
    pub fn asking(&self, now: Instant) -> Asking<'_> {
        self.asking_as(Who { user: BY, role: Role::Admin, team: None }, now)
    }

    pub(super) fn asking_as<'a>(&'a self, who: Who<'a>, now: Instant) -> Asking<'a> {
        Asking { who, now, zone: &self.zone, region: &self.listed.model.center.region, people: self }
    }

    pub(super) fn zone(&self) -> &jiff::tz::TimeZone {
        &self.zone
    }

    fn users(&self, wanted: impl Fn(&UserModel) -> bool) -> Vec<String> {
        let users = self.listed.model.users.iter();
        users.filter(|(_, user)| wanted(user)).map(|(name, _)| name.to_owned()).collect()
    }
}

impl People for House {
    fn is_person(&self, name: &str) -> bool {
        self.listed.model.users.get(name).is_some()
    }

    fn is_team(&self, key: &str) -> bool {
        self.listed.model.groups.get(key).is_some()
    }

    fn person_called(&self, name: &str) -> Option<String> {
        let called = |(key, user): (&str, &UserModel)| (user.name == name).then(|| key.to_owned());
        if self.is_person(name) {
            Some(name.to_owned())
        } else {
            only(self.listed.model.users.iter().filter_map(called))
        }
    }

    fn team_called(&self, name: &str) -> Option<String> {
        let same = |group: &GroupModel| ["en", "zh"].into_iter().any(|it| group.name.in_language(it) == name);
        let called = |(key, group): (&str, &GroupModel)| same(group).then(|| key.to_owned());
        if self.is_team(name) {
            Some(name.to_owned())
        } else {
            only(self.listed.model.groups.iter().filter_map(called))
        }
    }

    fn members(&self, team: &str) -> Vec<String> {
        let agents = &self.listed.model.agents;
        self.users(|user| {
            let seat = user.agent.as_ref().and_then(|key| agents.get(key));
            seat.and_then(|agent| agent.group.as_deref()) == Some(team)
        })
    }

    fn of_role(&self, role: Role) -> Vec<String> {
        let wanted = match role {
            Role::Agent => setup::Role::Agent,
            Role::Supervisor => setup::Role::Supervisor,
            Role::Admin => setup::Role::Admin,
        };
        self.users(|user| user.role == wanted)
    }

    fn hours(&self, key: &str) -> Option<Hours> {
        let model = &self.listed.model;
        let (hours, name) = (model.hours.get(key)?, model.zone_of(key)?);
        Some(clock(hours, zone(&name).unwrap_or(jiff::tz::TimeZone::UTC)))
    }
}

/// Two of one name are nobody.
fn only(mut found: impl Iterator<Item = String>) -> Option<String> {
    found.next().filter(|_| found.next().is_none())
}

fn clock(model: &HoursModel, zone: jiff::tz::TimeZone) -> Hours {
    let mut hours = Hours::new(zone);
    for (weekday, name) in DAYS.iter().enumerate() {
        for span in model.week.get(*name).into_iter().flatten() {
            hours.open(weekday, span.from_min, span.to_min);
        }
    }
    for (date, spans) in &model.special {
        if let Ok(date) = date.parse() {
            hours.only(date, spans.iter().map(|span| (span.from_min, span.to_min)).collect());
        }
    }
    hours
}
