//! The center's model, the flows and the sounds -> the one [`Configuration`] the center runs by.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::str::FromStr as _;

use crate::acd::{self, AgentSelection, Requirement, SkillNeed, WrapUp};
use crate::base::{AgentId, QueueId, SkillId};
use crate::center::{Configuration, Label, NumberRule, QueueSettings, StaticPhone};
use crate::sip;
use crate::store::center::{self, CenterIds, CenterModel, PhoneModel, Select, SipSecret};

/// What comes from files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Files {
    /// Flow name and text, checked.
    pub flows: Vec<(String, String)>,
    /// `zh/welcome`, `music/hold`.
    pub sounds: Vec<String>,
}

/// What cannot be put together; all of it is told.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigurationError {
    #[error("trunk `{trunk}`: `{destination}` is no host and port")]
    Destination { trunk: String, destination: String },
    #[error("agent `{agent}`: `{uri}` is no SIP URI with an address, such as sip:ana@192.0.2.7:5060")]
    StaticPhone { agent: String, uri: String },
    #[error("`{key}` has no number in the store")]
    NoId { key: String },
}

pub fn build(
    model: &CenterModel,
    ids: &CenterIds,
    files: &Files,
    version: u32,
) -> Result<Configuration, Vec<ConfigurationError>> {
    let mut mistakes = Vec::new();
    let configuration = Configuration {
        rules: rules(model, ids, version, &mut mistakes),
        trunks: model.trunks.iter().filter_map(|(key, trunk)| told(trunk_of(key, trunk), &mut mistakes)).collect(),
        users: users(model, ids),
        static_phones: static_phones(model, ids, &mut mistakes),
        numbers: model.numbers.iter().map(|(number, rule)| number_of(number, rule)).collect(),
        queues: model.queues.iter().filter_map(|(key, queue)| queue_settings(*ids.queues.get(key)?, queue)).collect(),
        flows: files.flows.clone(),
        sounds: files.sounds.clone(),
        region: model.center.region.clone(),
        language: model.center.languages.first().cloned().unwrap_or_else(|| "en".to_owned()),
        zone: model.center.timezone.clone(),
        reasons: model.reasons.iter().map(|reason| label(&reason.key, &reason.name)).collect(),
        dispositions: model.dispositions.iter().map(|known| label(&known.key, &known.name)).collect(),
    };
    if mistakes.is_empty() { Ok(configuration) } else { Err(mistakes) }
}

fn told<T>(made: Result<T, ConfigurationError>, mistakes: &mut Vec<ConfigurationError>) -> Option<T> {
    made.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn label(key: &str, name: &center::Label) -> Label {
    Label { key: key.to_owned(), en: name.in_language("en").to_owned(), zh: name.in_language("zh").to_owned() }
}

fn rules(model: &CenterModel, ids: &CenterIds, version: u32, mistakes: &mut Vec<ConfigurationError>) -> acd::Rules {
    let skill = |key: &String| ids.skills.get(key).copied();
    let mut no_id = |key: &str| mistakes.push(ConfigurationError::NoId { key: key.to_owned() });
    let mut rules = acd::Rules { version, ..acd::Rules::default() };
    for (key, known) in &model.skills {
        match skill(key) {
            Some(id) => {
                let name = known.name.in_language("en").to_owned();
                rules.skills.push(acd::SkillRule { id, key: key.clone(), name });
            }
            None => no_id(key),
        }
    }
    for (key, queue) in &model.queues {
        match ids.queues.get(key) {
            Some(id) => rules.queues.push(queue_rule(*id, key, queue, &skill)),
            None => no_id(key),
        }
    }
    for (key, agent) in &model.agents {
        match ids.agents.get(key) {
            Some(id) => rules.agents.push(agent_rule(*id, key, agent, &skill)),
            None => no_id(key),
        }
    }
    rules.reasons = model
        .reasons
        .iter()
        .map(|reason| acd::ReasonRule {
            key: reason.key.clone(),
            name: reason.name.in_language("en").to_owned(),
            limit_s: Some(reason.limit_s).filter(|limit| *limit > 0),
            max_agents: None,
        })
        .collect();
    rules.calendars = model.hours.iter().map(|(key, hours)| calendar(key, hours, &model.center.timezone)).collect();
    rules
}

fn agent_rule(
    id: AgentId,
    key: &str,
    agent: &center::AgentModel,
    skill: &impl Fn(&String) -> Option<SkillId>,
) -> acd::AgentRule {
    let skills = agent.skills.iter().filter_map(|(key, level)| Some((skill(key)?, *level))).collect();
    acd::AgentRule { id, key: key.to_owned(), name: agent.name.clone(), skills, ..acd::AgentRule::default() }
}

fn queue_rule(
    id: QueueId,
    key: &str,
    queue: &center::QueueModel,
    skill: &impl Fn(&String) -> Option<SkillId>,
) -> acd::QueueRule {
    let need = |(key, min): (&String, &u8)| Some(SkillNeed { skill: skill(key)?, min: *min, weight: 1 });
    let none_if_zero = |value: u32| Some(value).filter(|value| *value > 0);
    let mode = match queue.wrap_up {
        _ if queue.wrap_up_s == 0 && queue.wrap_up != center::WrapUpMode::Discretionary => acd::WrapUpMode::None,
        center::WrapUpMode::Optional => acd::WrapUpMode::Optional,
        center::WrapUpMode::Discretionary => acd::WrapUpMode::Discretionary,
        center::WrapUpMode::Timed => acd::WrapUpMode::Timed,
        center::WrapUpMode::TimedFixed => acd::WrapUpMode::Fixed,
    };
    let defaults = acd::QueueRule::default();
    acd::QueueRule {
        id,
        key: key.to_owned(),
        name: queue.name.in_language("en").to_owned(),
        requirement: Requirement { all: queue.skills.iter().filter_map(need).collect(), any: Vec::new() },
        agent_selection: match queue.select {
            Select::LongestIdle => AgentSelection::LongestIdle,
            Select::MostSkilled => AgentSelection::MostSkilled,
            Select::LeastSkilled => AgentSelection::LeastSkilled,
            Select::FewestContacts => AgentSelection::FewestContacts,
            Select::LowestOccupancy => AgentSelection::LowestOccupancy,
            Select::RoundRobin => AgentSelection::RoundRobin,
        },
        priority: queue.priority,
        score: acd::Score { max_bonus_s: queue.bonus_cap_s, ..defaults.score },
        ring_s: queue.ring_s,
        wrap_up: WrapUp { mode, seconds: queue.wrap_up_s },
        answer_within_s: queue.service_level_s,
        max_waiting: none_if_zero(queue.max_waiting),
        max_wait_s: none_if_zero(queue.max_wait_s),
        hours: queue.hours.clone(),
        ..defaults
    }
}

fn queue_settings(id: QueueId, queue: &center::QueueModel) -> Option<QueueSettings> {
    // The model names the folder of hold music; the sound in it is `hold`.
    let music = if queue.music.contains('/') { queue.music.clone() } else { format!("{}/hold", queue.music) };
    Some(QueueSettings {
        id,
        name: label("", &queue.name),
        music,
        record: queue.record,
        disposition_required: false,
        service_level_target: 0.8,
    })
}

fn calendar(key: &str, hours: &center::HoursModel, zone: &str) -> acd::Calendar {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let weekly = DAYS.iter().zip(1u8..).flat_map(|(name, day)| {
        let spans = hours.week.get(*name).map(Vec::as_slice).unwrap_or_default();
        spans.iter().map(move |span| acd::Hours { day, from_min: span.from_min, to_min: span.to_min })
    });
    let exceptions = hours.special.iter().filter_map(|(date, spans)| {
        let open_min = spans.iter().map(|span| (span.from_min, span.to_min)).collect();
        Some(acd::Exception { date: date.parse().ok()?, name: String::new(), open_min })
    });
    acd::Calendar {
        key: key.to_owned(),
        name: hours.name.in_language("en").to_owned(),
        zone: hours.timezone.clone().unwrap_or_else(|| zone.to_owned()),
        weekly: weekly.collect(),
        exceptions: exceptions.collect(),
    }
}

fn number_of(number: &str, rule: &center::NumberModel) -> NumberRule {
    NumberRule {
        number: number.to_owned(),
        flow: rule.flow.clone(),
        language: rule.language.clone(),
        trunk: rule.trunk.clone(),
    }
}

fn trunk_of(key: &str, trunk: &center::TrunkModel) -> Result<sip::Trunk, ConfigurationError> {
    let destination = match &trunk.destination {
        Some(text) => {
            let wrong = || ConfigurationError::Destination { trunk: key.to_owned(), destination: text.clone() };
            // Names are looked up when the configuration is loaded, not for each call.
            let addr = text.to_socket_addrs().ok().and_then(|mut all| all.next()).ok_or_else(wrong)?;
            Some(sip::Destination { transport: sip::Transport::Udp, addr, flow: None })
        }
        None => None,
    };
    Ok(sip::Trunk { name: key.to_owned(), networks: trunk.networks.clone(), destination })
}

fn users(model: &CenterModel, ids: &CenterIds) -> Vec<sip::User> {
    let user = |(name, user): (&String, &center::UserModel)| {
        let (ha1_md5, ha1_sha256) = match user.sip.as_ref()? {
            SipSecret::Ha1 { md5, sha256 } => (md5.clone(), sha256.clone()),
            SipSecret::Plain(password) => sip::ha1(name, &model.center.realm, password),
        };
        let agent = user.agent.as_ref().and_then(|key| ids.agents.get(key)).copied();
        Some(sip::User { name: name.clone(), agent, ha1_md5, ha1_sha256 })
    };
    model.users.iter().filter_map(user).collect()
}

fn static_phones(model: &CenterModel, ids: &CenterIds, mistakes: &mut Vec<ConfigurationError>) -> Vec<StaticPhone> {
    let mut phones = Vec::new();
    for (key, agent) in &model.agents {
        let PhoneModel::Static(uri) = &agent.phone else { continue };
        match (address_of(uri), ids.agents.get(key)) {
            (Some(addr), Some(id)) => phones.push(StaticPhone { agent: *id, uri: uri.clone(), addr }),
            _ => mistakes.push(ConfigurationError::StaticPhone { agent: key.clone(), uri: uri.clone() }),
        }
    }
    phones
}

/// `sip:ana@192.0.2.7:5060;transport=udp` -> `192.0.2.7:5060`.
fn address_of(uri: &str) -> Option<SocketAddr> {
    let rest = uri.strip_prefix("sip:")?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split([';', '?']).next()?;
    SocketAddr::from_str(host).ok().or_else(|| Some(SocketAddr::new(host.parse().ok()?, 5060)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_static_phones() {
        let addr = |text: &str| Some(text.parse().unwrap());
        assert_eq!(address_of("sip:ana@127.0.0.1:6070"), addr("127.0.0.1:6070"));
        assert_eq!(address_of("sip:ana@127.0.0.1;transport=udp"), addr("127.0.0.1:5060"));
        assert_eq!(address_of("sip:127.0.0.1:5070"), addr("127.0.0.1:5070"));
        assert_eq!(address_of("ana"), None);
        assert_eq!(address_of("sip:ana@phone.example"), None);
    }

    #[test]
    fn a_model_becomes_rules_and_every_mistake_is_told() {
        let (mut model, mut ids) = (CenterModel::default(), CenterIds::default());
        model.skills.insert("chinese".into(), center::SkillModel::default());
        ids.skills.insert("chinese".into(), SkillId(1));
        let mut queue = center::QueueModel { wrap_up_s: 0, ..center::QueueModel::default() };
        queue.skills.insert("chinese".into(), 7);
        model.queues.insert("sales".into(), queue);
        ids.queues.insert("sales".into(), QueueId(4));
        let built = build(&model, &ids, &Files::default(), 3).unwrap();
        assert_eq!(built.rules.version, 3);
        let rule = &built.rules.queues[0];
        assert_eq!(rule.requirement.all, [SkillNeed { skill: SkillId(1), min: 7, weight: 1 }]);
        assert_eq!(rule.wrap_up.mode, acd::WrapUpMode::None);
        assert_eq!(built.queues[0].music, "music/hold");

        let phone = PhoneModel::Static("sip:ana".into());
        model.agents.insert("ana".into(), center::AgentModel { phone, ..center::AgentModel::default() });
        let trunk = center::TrunkModel { destination: Some("nowhere".into()), ..center::TrunkModel::default() };
        model.trunks.insert("main".into(), trunk);
        let mistakes = build(&model, &ids, &Files::default(), 3).unwrap_err();
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    }
}
