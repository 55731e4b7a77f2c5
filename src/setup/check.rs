//! What must hold in a center before it is taken: keys, ranges and references. The routing rules have
//! a linter of their own (`acd`), flows are checked with the dialplans.

mod alert;
mod scorecard;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::configuration::{call_hours, destination, static_address};
use super::model::{AgentModel, CampaignModel, CenterModel, HoursModel, Need, QueueModel, TrunkModel};
use super::{Kind, Objects};
use crate::acd::{DECLINED, NO_ANSWER, NO_MEDIA};
use crate::base::Number;
use crate::campaign::{FollowUp, Mode};
use crate::center::NO_MICROPHONE;
use crate::center::input::{CallBackRule, Outbound};
use crate::center::parking::Parking;
use crate::sip::wire::Uri;
use crate::sip::{Named, TrunkCaps, TrunkHealth, TrunkRegister};

/// Something wrong at a place of the model: `queue`, `vip`, `skills`, `mandarin`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    pub path: Vec<String>,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.join("."), self.message)
    }
}

/// Levels of skill.
const LEVELS: std::ops::RangeInclusive<u8> = 1..=10;
/// Objects of one kind.
const OBJECTS_MAX: usize = 10_000;
/// Of recordings: a day to a hundred years.
const KEEP_DAYS: RangeInclusive<u32> = 1..=36_500;
/// Reasons that the center itself gives.
const GIVEN: [&str; 4] = [NO_ANSWER, DECLINED, NO_MEDIA, NO_MICROPHONE];

/// Of the text of a flow, as it is read.
const FLOW_MAX_BYTES: usize = 256 * 1024;
/// Calls in the air for a hundred free agents, at most.
const RATIO_MAX: u32 = 500;
/// Sounds of a message.
const SOUNDS_MAX: usize = 16;
/// Longest text of a campaign: a script of some pages.
const TEXT_MAX: usize = 8_192;
/// Numbers shown in turn.
const CALLER_IDS_MAX: usize = 200;
/// Tries of one entry.
const TRIES_MAX: u8 = 30;
/// A try is not put off for longer: thirty days.
const LATEST_MIN: u32 = 30 * 24 * 60;
/// An agent reads no longer before a call.
const PREVIEW_MAX_S: u32 = 600;

/// All mistakes, in the order of the kinds; none: the center can be applied.
pub fn check(model: &CenterModel) -> Vec<Mistake> {
    let mut found = Found { mistakes: Vec::new(), kind: Kind::Center, key: String::new() };
    settings(model, &mut found);
    keys(model, &mut found);
    for (key, hours) in model.hours.iter() {
        found.at(Kind::Hours, key);
        self::hours(hours, &mut found);
    }
    for (key, queue) in model.queues.iter() {
        found.at(Kind::Queue, key);
        self::queue(model, queue, &mut found);
    }
    for (key, agent) in model.agents.iter() {
        found.at(Kind::Agent, key);
        self::agent(model, agent, &mut found);
    }
    users(model, &mut found);
    for (key, flow) in model.flows.iter() {
        found.at(Kind::Flow, key);
        if flow.text.trim().is_empty() || flow.text.len() > FLOW_MAX_BYTES {
            found.add(&["text"], format!("a flow has 1 to {FLOW_MAX_BYTES} bytes"));
        }
    }
    trunks_and_numbers(model, &mut found);
    for (key, disposition) in model.dispositions.iter() {
        found.at(Kind::Disposition, key);
        found.known_all(&["queues"], &model.queues, Kind::Queue, &disposition.queues);
    }
    for (key, campaign) in model.campaigns.iter() {
        found.at(Kind::Campaign, key);
        self::campaign(model, campaign, &mut found);
    }
    alert::check(model, &mut found);
    for (key, card) in model.scorecards.iter() {
        found.at(Kind::Scorecard, key);
        scorecard::scorecard(model, card, &mut found);
    }
    found.mistakes
}

pub(super) struct Found {
    mistakes: Vec<Mistake>,
    kind: Kind,
    key: String,
}

impl Found {
    fn at(&mut self, kind: Kind, key: &str) {
        self.kind = kind;
        self.key = key.to_owned();
    }

    pub(super) fn add(&mut self, place: &[&str], message: impl Into<String>) {
        let object = [self.kind.word(), self.key.as_str()].into_iter().filter(|part| !part.is_empty());
        let path = object.chain(place.iter().copied()).map(str::to_owned).collect();
        self.mistakes.push(Mistake { path, message: message.into() });
    }

    pub(super) fn known<T>(&mut self, place: &[&str], objects: &Objects<T>, kind: Kind, key: &str) {
        if !objects.contains(key) {
            self.add(place, format!("there is no {kind} `{key}`"));
        }
    }

    fn known_all<T>(&mut self, place: &[&str], objects: &Objects<T>, kind: Kind, keys: &[String]) {
        for key in keys {
            self.known(place, objects, kind, key);
        }
    }

    fn level(&mut self, place: &[&str], level: u8) {
        if !LEVELS.contains(&level) {
            self.add(place, format!("a level is 1 to 10, not {level}"));
        }
    }

    fn days(&mut self, keep: Option<u32>) {
        if keep.is_some_and(|days| !KEEP_DAYS.contains(&days)) {
            self.add(&["recording"], "keep_days is 1 to 36500");
        }
    }

    fn at_least_one(&mut self, place: &str, value: u32) {
        if value == 0 {
            self.add(&[place], "must be at least 1");
        }
    }
}

fn settings(model: &CenterModel, found: &mut Found) {
    found.days(model.center.recording.keep_days);
    let center = &model.center;
    let region = &center.region;
    if region.len() != 2 || !region.bytes().all(|byte| byte.is_ascii_uppercase()) {
        found.add(&["region"], format!("`{region}` is not an ISO 3166 code such as `CN`"));
    }
    zone(&["timezone"], &center.timezone, found);
    if center.languages.is_empty() {
        found.add(&["languages"], "name at least one language");
    }
    for language in &center.languages {
        self::language(&["languages"], language, found);
    }
    if center.realm.is_empty() || center.realm.contains(['"', '\\', ':']) || center.realm.contains(char::is_control) {
        found.add(&["realm"], "a realm is not empty and has no quotes, backslashes or colons");
    }
    outbound(&center.outbound, &center.region, found);
    parking(&center.parking, found);
    voicemail(model, found);
}

/// Lots at once, and slots of a lot.
const LOTS_MAX: usize = 20;
const SLOTS: RangeInclusive<u16> = 1..=100;

fn parking(rule: &Parking, found: &mut Found) {
    let place = &["parking"];
    let is_code =
        |code: &str| code.len() <= 8 && code.bytes().all(|byte| byte.is_ascii_digit() || b"*#".contains(&byte));
    if rule.lots.len() > LOTS_MAX {
        found.add(place, format!("more than {LOTS_MAX} lots"));
    }
    let mut codes: Vec<String> = vec![rule.pick_up.clone()];
    for lot in &rule.lots {
        if !SLOTS.contains(&lot.slots) || lot.first.checked_add(lot.slots).is_none() {
            found.add(place, format!("lot `{}`: slots is 1 to 100", lot.key));
            continue;
        }
        if !(10..=3_600).contains(&lot.return_s) {
            found.add(place, format!("lot `{}`: return_s is 10 to 3600", lot.key));
        }
        codes.push(lot.code.clone());
        codes.extend(lot.numbers().map(|slot| slot.to_string()));
    }
    codes.retain(|code| !code.is_empty());
    for code in codes.iter().filter(|code| !is_code(code)) {
        found.add(place, format!("`{code}` is no code of at most 8 keys"));
    }
    let mut known = BTreeSet::new();
    for code in codes.iter().filter(|code| !known.insert(code.as_str())) {
        found.add(place, format!("`{code}` means two things"));
    }
    let mut keys = BTreeSet::new();
    for lot in rule.lots.iter().filter(|lot| !keys.insert(lot.key.as_str())) {
        found.add(place, format!("there are two lots `{}`", lot.key));
    }
}

fn voicemail(model: &CenterModel, found: &mut Found) {
    let rule = &model.center.voicemail;
    if !(5..=3_600).contains(&rule.max_s) {
        found.add(&["voicemail", "max_s"], format!("{} is not in 5-3600", rule.max_s));
    }
    let (queues, agents): (Vec<_>, Vec<_>) =
        (rule.queues.keys().cloned().collect(), rule.agents.keys().cloned().collect());
    found.known_all(&["voicemail", "queues"], &model.queues, Kind::Queue, &queues);
    found.known_all(&["voicemail", "agents"], &model.agents, Kind::Agent, &agents);
}

fn outbound(rule: &Outbound, region: &str, found: &mut Found) {
    let dialled = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shown = &rule.caller_id;
    if !shown.is_empty() && !dialled(shown.trim_start_matches('+')) && Number::parse(shown, region).is_err() {
        found.add(&["outbound", "caller_id"], format!("`{shown}` is not a number"));
    }
    for prefix in &rule.forbidden {
        if !prefix.strip_prefix('+').is_some_and(dialled) {
            found.add(&["outbound", "forbidden"], format!("`{prefix}` is not the begin of a number such as `+1900`"));
        }
    }
    for number in &rule.emergency {
        if !dialled(number) || !(2..=6).contains(&number.len()) {
            found.add(&["outbound", "emergency"], format!("`{number}` is not a number of 2 to 6 digits such as `112`"));
        }
    }
    for (key, value, allowed) in [
        ("ring_s", rule.ring_s, 5..=180),
        ("calls_per_minute", rule.calls_per_minute, 1..=1_000),
        ("minutes_per_day", rule.minutes_per_day, 1..=1_440),
    ] {
        if !allowed.contains(&value) {
            found.add(&["outbound", key], format!("{value} is not in {}-{}", allowed.start(), allowed.end()));
        }
    }
    for rule in &rule.destinations {
        if rule.prefixes.is_empty() {
            found.add(&["outbound", "destinations"], "name the begin of the numbers that it is for, such as `+44`");
        }
        for prefix in &rule.prefixes {
            if !prefix.strip_prefix('+').is_some_and(dialled) {
                let why = format!("`{prefix}` is not the begin of a number such as `+44`");
                found.add(&["outbound", "destinations"], why);
            }
        }
        caps(&["outbound", "destinations"], rule.caps(), found);
    }
}

/// What may go out.
fn caps(path: &[&str], caps: TrunkCaps, found: &mut Found) {
    for (key, value, most) in [
        ("calls", caps.calls, 100_000),
        ("calls_per_minute", caps.calls_per_minute, 10_000),
        ("minutes_per_day", caps.minutes_per_day, 1_000_000),
    ] {
        if value.is_some_and(|value| !(1..=most).contains(&value)) {
            found.add(path, format!("`{key}` must be from 1 to {most}"));
        }
    }
}

fn keys(model: &CenterModel, found: &mut Found) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let dialled = |c: char| c.is_ascii_alphanumeric() || "+-_.*#".contains(c);
    let mut of = |kind: Kind, keys: Vec<&str>| {
        if keys.len() > OBJECTS_MAX {
            found.at(kind, "");
            found.add(&[], format!("more than {OBJECTS_MAX} of them"));
        }
        for key in keys {
            let good = |allowed: &dyn Fn(char) -> bool| (1..=40).contains(&key.len()) && key.chars().all(allowed);
            found.at(kind, key);
            match kind {
                Kind::Number if !good(&dialled) => found.add(&[], "is not a number that can be called"),
                Kind::Number => {}
                _ if !good(&plain) => found.add(&[], "a key has 1 to 40 of a-z, 0-9, `-` and `_`"),
                _ => {}
            }
        }
    };
    of(Kind::Skill, model.skills.keys().collect());
    of(Kind::Group, model.groups.keys().collect());
    of(Kind::Hours, model.hours.keys().collect());
    of(Kind::Queue, model.queues.keys().collect());
    of(Kind::Agent, model.agents.keys().collect());
    of(Kind::User, model.users.keys().collect());
    of(Kind::Flow, model.flows.keys().collect());
    of(Kind::Trunk, model.trunks.keys().collect());
    of(Kind::Number, model.numbers.keys().collect());
    of(Kind::Reason, model.reasons.keys().collect());
    of(Kind::Disposition, model.dispositions.keys().collect());
    of(Kind::Campaign, model.campaigns.keys().collect());
    of(Kind::Alert, model.alerts.keys().collect());
    of(Kind::Scorecard, model.scorecards.keys().collect());
    for own in GIVEN.into_iter().filter(|own| model.reasons.contains(own)) {
        found.at(Kind::Reason, own);
        found.add(&[], "is given by the center itself");
    }
}

pub(super) fn zone(place: &[&str], name: &str, found: &mut Found) {
    if jiff::tz::TimeZone::get(name).is_err() {
        found.add(place, format!("`{name}` is not an IANA time zone"));
    }
}

fn language(place: &[&str], language: &str, found: &mut Found) {
    if !["zh", "en"].contains(&language) {
        found.add(place, format!("`{language}` is not a language of this server (zh, en)"));
    }
}

fn hours(hours: &HoursModel, found: &mut Found) {
    if let Some(name) = &hours.timezone {
        zone(&["timezone"], name, found);
    }
    for day in hours.week.keys() {
        if !super::configuration::DAYS.contains(&day.as_str()) {
            found.add(&["week", day], "a day is mon, tue, wed, thu, fri, sat or sun");
        }
    }
    for date in hours.special.keys() {
        if date.parse::<jiff::civil::Date>().is_err() {
            found.add(&["special", date], "is not a date such as 2026-10-01");
        }
    }
}

fn queue(model: &CenterModel, queue: &QueueModel, found: &mut Found) {
    for (place, needs) in [("skills", &queue.skills), ("any_skill", &queue.any_skill)] {
        for (skill, need) in needs {
            found.known(&[place, skill], &model.skills, Kind::Skill, skill);
            found.level(&[place, skill], Need::min(*need));
        }
    }
    if !LEVELS.contains(&queue.priority) {
        found.add(&["priority"], "is 1 (most urgent) to 10");
    }
    if !(1..=100).contains(&queue.recording.share_percent) {
        found.add(&["recording"], "share_percent is 1 to 100");
    }
    found.days(queue.recording.keep_days);
    if queue.service_level_percent > 100 {
        found.add(&["service_level_percent"], "is at most 100");
    }
    found.at_least_one("ring_s", queue.ring_s);
    found.at_least_one("ring_several", queue.ring_several.into());
    found.at_least_one("answer_within_s", queue.answer_within_s);
    for step in &queue.relax {
        for (skill, level) in &step.lower {
            found.known(&["relax"], &model.skills, Kind::Skill, skill);
            found.level(&["relax"], *level);
        }
        if let Some(level) = step.min_level {
            found.level(&["relax"], level);
        }
        found.known_all(&["relax"], &model.skills, Kind::Skill, &step.drop);
        found.known_all(&["relax"], &model.queues, Kind::Queue, &step.add_queues);
        found.known_all(&["relax"], &model.groups, Kind::Group, &step.add_groups);
    }
    for reserve in &queue.reserve {
        found.known(&["reserve"], &model.groups, Kind::Group, &reserve.group);
    }
    for overflow in &queue.overflow {
        found.known(&["overflow"], &model.queues, Kind::Queue, &overflow.to);
        if overflow.to == found.key {
            found.add(&["overflow"], "a queue cannot overflow into itself");
        }
    }
    if let Some(rule) = &queue.call_back {
        call_back(model, rule, found);
    }
    if let Some(hours) = &queue.hours {
        found.known(&["hours"], &model.hours, Kind::Hours, hours);
    }
}

fn call_back(model: &CenterModel, rule: &CallBackRule, found: &mut Found) {
    if !rule.digit.is_ascii_digit() {
        found.add(&["call_back"], "the digit is 0 to 9");
    }
    if !(1..=10).contains(&rule.tries) {
        found.add(&["call_back"], "tries are 1 to 10");
    }
    if !(5..=120).contains(&rule.ring_s) {
        found.add(&["call_back"], "ring_s is 5 to 120");
    }
    match &rule.trunk {
        Some(key) => match model.trunks.get(key) {
            None => found.known(&["call_back"], &model.trunks, Kind::Trunk, key),
            Some(trunk) if !takes_calls(trunk) => {
                found.add(
                    &["call_back"],
                    format!("trunk `{key}` has no destination or no prefixes: it lets no call out"),
                );
            }
            Some(_) => {}
        },
        None if !model.trunks.iter().any(|(_, trunk)| takes_calls(trunk)) => {
            found.add(&["call_back"], "no trunk has a destination and prefixes: nobody can be called");
        }
        None => {}
    }
}

fn agent(model: &CenterModel, agent: &AgentModel, found: &mut Found) {
    for (skill, level) in &agent.skills {
        found.known(&["skills", skill], &model.skills, Kind::Skill, skill);
        found.level(&["skills", skill], *level);
    }
    found.known_all(&["queues"], &model.queues, Kind::Queue, &agent.queues);
    for queue in agent.service_ms.keys() {
        found.known(&["service_ms", queue], &model.queues, Kind::Queue, queue);
    }
    if let Some(group) = &agent.group {
        found.known(&["group"], &model.groups, Kind::Group, group);
    }
    if let Some(uri) = &agent.phone
        && static_address(uri).is_none()
    {
        found.add(&["phone"], format!("`{uri}` is not a SIP URI with an address, such as sip:ana@192.0.2.7:5060"));
    }
}

fn users(model: &CenterModel, found: &mut Found) {
    for (key, user) in model.users.iter() {
        found.at(Kind::User, key);
        if let Some(agent) = &user.agent {
            found.known(&["agent"], &model.agents, Kind::Agent, agent);
            let other = model.users.iter().find(|(other, it)| *other < key && it.agent == user.agent);
            if let Some((other, _)) = other {
                found.add(&["agent"], format!("user `{other}` works as this agent too"));
            }
        }
        if let Some(language) = &user.language {
            self::language(&["language"], language, found);
        }
    }
}

fn trunks_and_numbers(model: &CenterModel, found: &mut Found) {
    for (key, trunk) in model.trunks.iter() {
        found.at(Kind::Trunk, key);
        for network in &trunk.networks {
            if !is_network(network) {
                found.add(&["networks"], format!("`{network}` is not a block of addresses such as 192.0.2.0/24"));
            }
        }
        if let Some(text) = &trunk.destination
            && destination(text).is_none()
            && Named::parse(text).is_none()
        {
            found.add(
                &["destination"],
                format!("`{text}` is not a destination such as udp:192.0.2.1:5060 or udp:sip.example.net"),
            );
        }
        for prefix in &trunk.prefixes {
            let digits = prefix.strip_prefix('+').unwrap_or_default();
            if !(1..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                found.add(&["prefixes"], format!("`{prefix}` is not the beginning of a number such as +49"));
            }
        }
        limits(
            found,
            &[
                ("calls", trunk.limits.calls, 1..=100_000),
                ("pending", trunk.limits.pending, 8..=10_000),
                ("attempts_per_s", trunk.limits.attempts_per_s, 1..=10_000),
            ],
        );
        if let Some(name) = &trunk.tls_name
            && Uri::parse(&format!("sip:{name}")).map_or(true, |uri| uri.host != *name)
        {
            found.add(&["tls_name"], format!("`{name}` is not a name such as sip.example.net"));
        }
        caps(&["caps"], trunk.caps, found);
        health(found, &trunk.health);
        register(found, trunk);
        fallback(model, key, trunk, found);
        if let Some(account) = &trunk.account {
            for (text, what) in [(&account.user, "user"), (&account.realm, "realm")] {
                if text.is_empty() {
                    found.add(&["account"], format!("name the {what} of the account"));
                }
            }
        }
    }
    for (key, number) in model.numbers.iter() {
        found.at(Kind::Number, key);
        found.days(number.recording.keep_days);
        if number.flow.is_empty() {
            found.add(&["flow"], "name the flow that answers this number");
        }
        if let Some(trunk) = &number.trunk {
            found.known(&["trunk"], &model.trunks, Kind::Trunk, trunk);
        }
        if let Some(language) = &number.language {
            self::language(&["language"], language, found);
        }
        limits(
            found,
            &[
                ("calls", number.limits.calls, 1..=100_000),
                ("attempts_per_s", number.limits.attempts_per_s, 1..=10_000),
            ],
        );
    }
}

fn limits(found: &mut Found, keys: &[(&str, u32, RangeInclusive<u32>)]) {
    for (key, value, range) in keys {
        if !range.contains(value) {
            found.add(&["limits", key], format!("`{key}` must be from {} to {}", range.start(), range.end()));
        }
    }
}

fn health(found: &mut Found, health: &TrunkHealth) {
    let TrunkHealth { probe_s, silence_ms, failures, back_off_s } = *health;
    for (name, value, range) in [
        ("probe_s", probe_s.filter(|seconds| *seconds > 0).unwrap_or(5), 5..=3_600),
        ("silence_ms", silence_ms, 100..=10_000),
        ("failures", failures, 1..=1_000),
        ("back_off_s", back_off_s, 1..=3_600),
    ] {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            found.add(&["health"], format!("`{name}` must be from {least} to {most}"));
        }
    }
}

fn register(found: &mut Found, trunk: &TrunkModel) {
    let Some(TrunkRegister { domain, expires_s, keep_alive_s }) = &trunk.register else { return };
    if trunk.destination.is_none() || trunk.account.is_none() {
        found.add(&["register"], "a registration needs `destination` and `account`");
    }
    if !domain.is_empty() && Uri::parse(&format!("sip:{domain}")).map_or(true, |uri| uri.host != *domain) {
        found.add(&["register"], format!("`{domain}` is not a domain such as sip.example.net"));
    }
    for (name, value, range) in
        [("expires_s", *expires_s, 60..=86_400), ("keep_alive_s", (*keep_alive_s).max(10), 10..=600)]
    {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            found.add(&["register"], format!("`{name}` must be from {least} to {most}"));
        }
    }
}

/// Only trunks that could carry a call, each once, and not the trunk itself.
fn fallback(model: &CenterModel, key: &str, trunk: &TrunkModel, found: &mut Found) {
    for (at, name) in trunk.fallback.iter().enumerate() {
        let before = trunk.fallback.get(..at).unwrap_or_default();
        match model.trunks.get(name) {
            None => found.known(&["fallback"], &model.trunks, Kind::Trunk, name),
            Some(_) if name == key || before.contains(name) => {
                found.add(&["fallback"], format!("trunk `{name}` is tried already"));
            }
            Some(other) if !takes_calls(other) => {
                found.add(&["fallback"], format!("trunk `{name}` has no destination or no prefixes"));
            }
            Some(_) => {}
        }
    }
}

fn takes_calls(trunk: &TrunkModel) -> bool {
    trunk.destination.is_some() && !trunk.prefixes.is_empty()
}

fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return text.parse::<IpAddr>().is_ok() };
    match (address.parse::<IpAddr>(), bits.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(bits)) => bits <= 32,
        (Ok(IpAddr::V6(_)), Ok(bits)) => bits <= 128,
        _ => false,
    }
}

fn campaign(model: &CenterModel, campaign: &CampaignModel, found: &mut Found) {
    found.known(&["queue"], &model.queues, Kind::Queue, &campaign.queue);
    if let Some(hours) = &campaign.hours {
        found.known(&["hours"], &model.hours, Kind::Hours, hours);
        if model.hours.get(hours).is_some_and(|hours| call_hours(hours).weekly.is_empty()) {
            found.add(&["hours"], "on no day of these hours may anybody be called");
        }
    }
    if let Some(name) = &campaign.timezone {
        zone(&["timezone"], name, found);
    }
    for number in &campaign.caller_ids {
        if Number::parse(number, &model.center.region).is_err() {
            found.add(&["caller_ids"], format!("`{number}` is no number"));
        }
    }
    if campaign.caller_ids.len() > CALLER_IDS_MAX {
        found.add(&["caller_ids"], format!("more than {CALLER_IDS_MAX} numbers"));
    }
    for (key, follow_up) in &campaign.after {
        found.known(&["after", key], &model.dispositions, Kind::Disposition, key);
        if matches!(follow_up, FollowUp::Again { after_min } if !(1..=LATEST_MIN).contains(after_min)) {
            found.add(&["after", key], format!("after_min is 1 to {LATEST_MIN}"));
        }
    }
    for key in &campaign.goal {
        found.known(&["goal"], &model.dispositions, Kind::Disposition, key);
    }
    let script: &[&str] = &["en", "zh"];
    if campaign.purpose.len() > TEXT_MAX || script.iter().any(|it| campaign.script.in_language(it).len() > TEXT_MAX) {
        found.add(&["script"], format!("a text has at most {TEXT_MAX} bytes"));
    }
    campaign_numbers(campaign, found);
}

fn campaign_numbers(campaign: &CampaignModel, found: &mut Found) {
    if !(15..=120).contains(&campaign.ring_s) {
        found.add(&["ring_s"], "is 15 to 120: an unanswered call rings at least 15 seconds");
    }
    if !(1..=1_000).contains(&campaign.lines) {
        found.add(&["lines"], "is 1 to 1000");
    }
    if !(1..=500_000).contains(&campaign.cap_ppm) {
        found.add(&["cap_ppm"], "is 1 to 500000: 30000 is 3 of 100");
    }
    if !(1..=TRIES_MAX).contains(&campaign.attempts.most) {
        found.add(&["attempts"], format!("most is 1 to {TRIES_MAX}"));
    }
    let too_late = |after_min: u32| !(1..=LATEST_MIN).contains(&after_min);
    if campaign.attempts.by.values().any(|retry| too_late(retry.after_min) || retry.most > TRIES_MAX) {
        found.add(&["attempts"], format!("after_min is 1 to {LATEST_MIN}, most at most {TRIES_MAX}"));
    }
    match campaign.mode {
        Mode::Preview { limit_s } if !(5..=PREVIEW_MAX_S).contains(&limit_s) => {
            found.add(&["mode"], format!("limit_s is 5 to {PREVIEW_MAX_S}"));
        }
        Mode::Power { ratio_percent } if !(100..=RATIO_MAX).contains(&ratio_percent) => {
            found.add(&["mode"], format!("ratio_percent is 100 to {RATIO_MAX}: 150 is three calls for two agents"));
        }
        Mode::Agentless { lines } if !(1..=1_000).contains(&lines) => found.add(&["mode"], "lines is 1 to 1000"),
        Mode::Manual | Mode::Preview { .. } | Mode::Progressive => {}
        Mode::Power { .. } | Mode::Predictive | Mode::Agentless { .. } => {}
    }
    campaign_messages(campaign, found);
}

/// Whoever answers and is not spoken with hears something.
fn campaign_messages(campaign: &CampaignModel, found: &mut Found) {
    let over_dials = matches!(campaign.mode, Mode::Power { .. } | Mode::Predictive);
    if over_dials && campaign.sorry.is_empty() {
        found.add(&["sorry"], "name the sounds for whoever answers and finds no agent");
    }
    if campaign.sorry.len() > SOUNDS_MAX {
        found.add(&["sorry"], format!("more than {SOUNDS_MAX} sounds"));
    }
    if matches!(campaign.mode, Mode::Agentless { .. }) && campaign.flow.is_none() {
        found.add(&["flow"], "name the flow that leads whoever answers");
    }
}

#[cfg(test)]
mod tests;
