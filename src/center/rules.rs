//! The configuration in force, indexed for look-ups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Center;
use super::input::{Configuration, NumberRule, QueueSettings};
use super::work::Work;
use crate::acd::{self, AgentRule, QueueRule};
use crate::base::{AgentId, Instant, QueueId, SkillId};
use crate::call::Branch;
use crate::dialplan::{Flow, Language, Surroundings};
use crate::sip::{self, Destination, Target, Transport, endpoint};

#[derive(Debug, Default)]
pub(super) struct Rules {
    pub configuration: Configuration,
    flows: BTreeMap<String, Arc<Flow>>,
    queue_keys: BTreeMap<String, QueueId>,
    skill_keys: BTreeMap<String, SkillId>,
    /// Places in the lists of the configuration.
    queues: BTreeMap<QueueId, usize>,
    queue_settings: BTreeMap<QueueId, usize>,
    agents: BTreeMap<AgentId, usize>,
    pub zone: Option<jiff::tz::TimeZone>,
}

impl Rules {
    fn new(configuration: Configuration) -> Self {
        let surroundings = surroundings(&configuration);
        let flows = configuration
            .flows
            .iter()
            .filter_map(|(name, text)| {
                // It was checked before it came here; a flow that fails all the same is simply not there.
                let flow = Flow::parse(&format!("dialplans/{name}.toml"), text, &surroundings).ok()?;
                Some((name.clone(), Arc::new(flow)))
            })
            .collect();
        let queue_keys = configuration.rules.queues.iter().map(|queue| (queue.key.clone(), queue.id)).collect();
        let skill_keys = configuration.rules.skills.iter().map(|skill| (skill.key.clone(), skill.id)).collect();
        let queues = places(configuration.rules.queues.iter().map(|queue| queue.id));
        let queue_settings = places(configuration.queues.iter().map(|queue| queue.id));
        let agents = places(configuration.rules.agents.iter().map(|agent| agent.id));
        let zone = jiff::tz::TimeZone::get(&configuration.zone).ok();
        Self { flows, queue_keys, skill_keys, queues, queue_settings, agents, zone, configuration }
    }

    pub fn flow(&self, name: &str) -> Option<Arc<Flow>> {
        self.flows.get(name).cloned()
    }

    /// The rule of a called number: spelled the same, or the same E.164 number.
    pub fn number(&self, called: &str, trunk: Option<&str>) -> Option<&NumberRule> {
        let region = &self.configuration.region;
        let e164 = crate::base::Number::parse(called, region).ok();
        let fits = |rule: &&NumberRule| rule.trunk.is_none() || rule.trunk.as_deref() == trunk;
        let numbers = || self.configuration.numbers.iter().filter(fits);
        numbers().find(|rule| rule.number == called).or_else(|| {
            let e164 = e164.as_ref()?;
            numbers().find(|rule| crate::base::Number::parse(&rule.number, region).is_ok_and(|number| number == *e164))
        })
    }

    pub fn queue_id(&self, key: &str) -> Option<QueueId> {
        self.queue_keys.get(key).copied()
    }

    pub fn skill_id(&self, key: &str) -> Option<SkillId> {
        self.skill_keys.get(key).copied()
    }

    pub fn queue(&self, id: QueueId) -> Option<&QueueRule> {
        self.configuration.rules.queues.get(*self.queues.get(&id)?)
    }

    pub fn queue_settings(&self, id: QueueId) -> Option<&QueueSettings> {
        self.configuration.queues.get(*self.queue_settings.get(&id)?)
    }

    pub fn trunk(&self, name: &str) -> Option<&sip::Trunk> {
        self.configuration.trunks.iter().find(|trunk| trunk.name == name)
    }

    pub fn agent(&self, id: AgentId) -> Option<&AgentRule> {
        self.configuration.rules.agents.get(*self.agents.get(&id)?)
    }

    pub fn language(&self) -> Language {
        Language::parse(&self.configuration.language).unwrap_or_default()
    }

    /// Day number in the center's zone, to tell one day's figures from the next's.
    pub fn day(&self, now: Instant) -> i64 {
        let zone = self.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        let Ok(stamp) = jiff::Timestamp::from_microsecond(micros) else { return 0 };
        let date = zone.to_datetime(stamp).date();
        i64::from(date.year()) * 400 + i64::from(date.day_of_year())
    }
}

/// The first place of each id.
fn places<Id: Ord>(ids: impl DoubleEndedIterator<Item = Id> + ExactSizeIterator) -> BTreeMap<Id, usize> {
    ids.enumerate().rev().map(|(place, id)| (id, place)).collect()
}

fn surroundings(configuration: &Configuration) -> Surroundings {
    let mut sounds: BTreeMap<Option<Language>, BTreeSet<String>> = BTreeMap::new();
    for sound in &configuration.sounds {
        match sound.split_once('/').map(|(folder, name)| (Language::parse(folder), name)) {
            Some((Some(language), name)) => sounds.entry(Some(language)).or_default().insert(name.to_owned()),
            Some((None, _)) | None => sounds.entry(None).or_default().insert(sound.clone()),
        };
    }
    let queues = configuration.rules.queues.iter().map(|queue| queue.key.clone()).collect();
    let agents = configuration.rules.agents.iter().map(|agent| agent.key.clone()).collect();
    Surroundings { sounds, queues, agents }
}

impl Center {
    /// Takes a new configuration: calls and signed-in agents stay, decisions follow the new rules.
    pub(super) fn configure(&mut self, now: Instant, configuration: Configuration) {
        self.rules = Rules::new(configuration);
        self.crowd.configure(&self.rules.configuration.numbers);
        let configuration = &self.rules.configuration;
        let known: BTreeSet<AgentId> = configuration.rules.agents.iter().map(|agent| agent.id).collect();
        for agent in &known {
            self.seats.make(*agent, now);
        }
        self.work.push_back(Work::Router(acd::Input::Configure(Box::new(configuration.rules.clone()))));
        let static_phones: BTreeMap<AgentId, Branch> = configuration
            .static_phones
            .iter()
            .map(|phone| (phone.agent, static_branch(&phone.uri, phone.addr)))
            .collect();
        let mut staffed = Vec::new();
        for (agent, seat) in self.seats.iter_mut() {
            let phone = static_phones.get(agent).cloned();
            let appeared = phone.is_some() && seat.static_phone.is_none();
            seat.static_phone = phone;
            if appeared && !seat.desktop {
                // A phone without a desktop is staffed for good.
                self.work.push_back(Work::Router(acd::Input::SignIn { agent: *agent }));
                staffed.push(*agent);
            }
        }
        if !staffed.is_empty() {
            let author = acd::Author::System;
            self.work.push_back(Work::Router(acd::Input::ReadyTogether { agents: staffed, author }));
        }
        self.seats.retain(|agent, seat| known.contains(agent) || seat.call.is_some());
        self.configure_sip();
        self.wall.forget();
        self.board_changed = true;
    }

    pub(super) fn phone_user(&mut self, user: sip::User) {
        self.phone_users.insert(user.name.clone(), user);
        self.configure_sip();
    }

    pub(super) fn phone_user_gone(&mut self, user: &str) {
        if self.phone_users.remove(user).is_some() {
            self.configure_sip();
        }
    }

    fn configure_sip(&mut self) {
        let users = self.rules.configuration.users.iter().chain(self.phone_users.values()).cloned().collect();
        let trunks = self.rules.configuration.trunks.clone();
        self.to_sip(endpoint::Input::Configure { users, trunks });
    }
}

fn static_branch(uri: &str, addr: std::net::SocketAddr) -> Branch {
    let destination = Destination { transport: Transport::Udp, addr, flow: None };
    Branch { target: Target::Uri { uri: uri.to_owned(), destination }, webrtc: false, addr }
}
