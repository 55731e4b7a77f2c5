//! From the model to what the center runs by: keys become ids, labels both languages.
//!
//! Only a checked model is complete afterwards: a reference that leads nowhere is left out.

use std::net::SocketAddr;

use super::CenterIds;
use super::model::{
    AgentModel, AlertModel, CampaignModel, CenterModel, HoursModel, Label, Need, QueueModel, RelaxModel, SipPassword,
};
use crate::acd::{
    AgentRule, Calendar, Exception, GroupRule, Hours, Overflow, QueueRule, ReasonRule, RelaxStep, Requirement, Rules,
    SkillNeed, SkillRule,
};
use crate::base::{Number, Redacted, SkillId};
use crate::campaign::{self, CallHours};
use crate::center::alert::AlertRule;
use crate::center::calling::CampaignRule;
use crate::center::desk::Words;
use crate::center::input::{self, Configuration, NumberRule, QueueSettings, StaticPhone};
use crate::sip;

/// Keys of weekdays, Monday first.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Everything the center runs by. `flows` and `sounds` come from their folders, checked.
pub fn configuration(
    model: &CenterModel,
    ids: &CenterIds,
    flows: Vec<(String, String)>,
    sounds: Vec<String>,
) -> Configuration {
    let label = |(key, name): (&str, &Label)| names(key, name);
    Configuration {
        outbound: model.center.outbound.clone(),
        supervision: model.center.supervision,
        srtp: model.center.srtp,
        parking: model.center.parking.clone(),
        voicemail: model.center.voicemail.clone(),
        rules: to_rules(model, ids),
        trunks: trunks(model),
        users: sip_users(model, ids),
        static_phones: static_phones(model, ids),
        numbers: numbers(model),
        queues: queue_settings(model, ids),
        campaigns: campaigns(model, ids),
        alerts: alerts(model, ids),
        flows,
        sounds,
        region: model.center.region.clone(),
        language: first_language(model).to_owned(),
        zone: model.center.timezone.clone(),
        reasons: model.reasons.iter().map(|(key, reason)| label((key, &reason.name))).collect(),
        dispositions: model
            .dispositions
            .iter()
            .map(|(key, known)| input::Disposition {
                label: label((key, &known.name)),
                queues: known.queues.clone(),
                note_required: known.note_required,
            })
            .collect(),
    }
}

/// The routing rules, with the store's ids.
pub fn to_rules(model: &CenterModel, ids: &CenterIds) -> Rules {
    let language = first_language(model);
    let name = |label: &Label| label.in_language(language).to_owned();
    let with_id = |key: &str| ids.skills.get(key).copied();
    Rules {
        version: ids.version,
        skills: model
            .skills
            .iter()
            .filter_map(|(key, skill)| {
                Some(SkillRule { id: with_id(key)?, key: key.to_owned(), name: name(&skill.name) })
            })
            .collect(),
        groups: model
            .groups
            .iter()
            .map(|(key, group)| GroupRule {
                key: key.to_owned(),
                name: name(&group.name),
                own_wrap_up: group.own_wrap_up,
            })
            .collect(),
        queues: model.queues.iter().filter_map(|(key, it)| queue_rule(key, it, ids, language)).collect(),
        agents: model.agents.iter().filter_map(|(key, it)| agent_rule(key, it, ids)).collect(),
        reasons: model
            .reasons
            .iter()
            .map(|(key, reason)| ReasonRule {
                key: key.to_owned(),
                name: name(&reason.name),
                limit_s: reason.limit_s,
                max_agents: reason.max_agents,
            })
            .collect(),
        calendars: model.hours.iter().map(|(key, hours)| calendar(key, hours, model)).collect(),
        contact_selection: model.center.contact_selection,
        max_contacts: model.center.max_contacts,
        own_wrap_up: model.center.own_wrap_up,
    }
}

/// The routing rules of a center that may not have been applied yet.
pub fn rules_of(model: &CenterModel, ids: &CenterIds) -> Rules {
    to_rules(model, &ids.completed(model))
}

fn queue_rule(key: &str, queue: &QueueModel, ids: &CenterIds, language: &str) -> Option<QueueRule> {
    let need = |(skill, need): (&String, &Need)| {
        Some(SkillNeed { skill: *ids.skills.get(skill)?, min: need.min(), weight: need.weight() })
    };
    Some(QueueRule {
        id: *ids.queues.get(key)?,
        key: key.to_owned(),
        name: queue.name.in_language(language).to_owned(),
        channel: queue.channel,
        requirement: Requirement {
            all: queue.skills.iter().filter_map(need).collect(),
            any: queue.any_skill.iter().filter_map(need).collect(),
        },
        agent_selection: queue.agent_selection,
        priority: queue.priority,
        priority_step_s: queue.priority_step_s,
        score: queue.score,
        share_ppm: queue.share_ppm,
        relax: queue.relax.iter().map(|step| relax_step(step, ids)).collect(),
        reserve: queue.reserve.clone(),
        ring_s: queue.ring_s,
        ring_several: queue.ring_several,
        wrap_up: queue.wrap_up,
        answer_within_s: queue.answer_within_s,
        short_abandon_s: queue.short_abandon_s,
        max_waiting: queue.max_waiting,
        max_wait_s: queue.max_wait_s,
        overflow: queue
            .overflow
            .iter()
            .filter_map(|over| Some(Overflow { when: over.when, to: *ids.queues.get(&over.to)? }))
            .collect(),
        hours: queue.hours.clone(),
        leave_without_agents: queue.leave_without_agents,
        redial_s: queue.redial_s,
        announce_s: queue.announce_s,
        announce_first_s: queue.announce_first_s,
    })
}

fn relax_step(step: &RelaxModel, ids: &CenterIds) -> RelaxStep {
    let skill = |key: &String| -> Option<SkillId> { ids.skills.get(key).copied() };
    RelaxStep {
        after_ms: step.after_ms,
        when: step.when,
        min_level: step.min_level,
        lower: step.lower.iter().filter_map(|(key, level)| Some((skill(key)?, *level))).collect(),
        drop: step.drop.iter().filter_map(skill).collect(),
        add_queues: step.add_queues.iter().filter_map(|key| ids.queues.get(key).copied()).collect(),
        add_groups: step.add_groups.clone(),
    }
}

fn agent_rule(key: &str, agent: &AgentModel, ids: &CenterIds) -> Option<AgentRule> {
    let queue = |key: &String| ids.queues.get(key).copied();
    Some(AgentRule {
        id: *ids.agents.get(key)?,
        key: key.to_owned(),
        name: agent.name.clone(),
        skills: agent
            .skills
            .iter()
            .filter_map(|(skill, level)| Some((ids.skills.get(skill).copied()?, *level)))
            .collect(),
        queues: agent.queues.iter().filter_map(queue).collect(),
        group: agent.group.clone(),
        capacity: agent.capacity.iter().map(|(channel, count)| (*channel, *count)).collect(),
        service_ms: agent.service_ms.iter().filter_map(|(key, ms)| Some((queue(key)?, *ms))).collect(),
        weight: agent.weight,
    })
}

fn calendar(key: &str, hours: &HoursModel, model: &CenterModel) -> Calendar {
    let weekly = (1u8..).zip(DAYS).flat_map(|(day, name)| {
        let spans = hours.week.get(name).into_iter().flatten();
        spans.map(move |span| Hours { day, from_min: span.from_min, to_min: span.to_min })
    });
    let exceptions = hours.special.iter().filter_map(|(date, spans)| {
        Some(Exception {
            date: date.parse().ok()?,
            name: String::new(),
            open_min: spans.iter().map(|span| (span.from_min, span.to_min)).collect(),
        })
    });
    Calendar {
        key: key.to_owned(),
        name: hours.name.in_language(first_language(model)).to_owned(),
        zone: hours.timezone.clone().unwrap_or_else(|| model.center.timezone.clone()),
        weekly: weekly.collect(),
        exceptions: exceptions.collect(),
    }
}

fn trunks(model: &CenterModel) -> Vec<sip::Trunk> {
    let trunk = |(key, trunk): (&str, &super::TrunkModel)| sip::Trunk {
        name: key.to_owned(),
        networks: trunk.networks.clone(),
        destination: trunk.destination.as_deref().and_then(destination),
        named: trunk.destination.as_deref().and_then(sip::Named::parse),
        prefixes: trunk.prefixes.clone(),
        fallback: trunk.fallback.clone(),
        account: trunk.account.as_ref().and_then(account),
        limits: trunk.limits,
        caps: trunk.caps,
        health: trunk.health,
        tls_name: trunk.tls_name.clone(),
        refer: trunk.refer,
        redirects: trunk.redirects,
        identity: trunk.identity,
        register: trunk.register.clone(),
        srtp: trunk.srtp,
    };
    model.trunks.iter().map(trunk).collect()
}

/// `None`: its password is not known.
fn account(account: &super::AccountModel) -> Option<sip::Account> {
    match account.password.as_ref()? {
        SipPassword::Plain(password) => Some(sip::Account::new(&account.user, &account.realm, password)),
        SipPassword::Ha1 { md5, sha256 } => Some(sip::Account {
            user: account.user.clone(),
            realm: account.realm.clone(),
            ha1_md5: Redacted(md5.clone()),
            ha1_sha256: Redacted(sha256.clone()),
        }),
    }
}

fn sip_users(model: &CenterModel, ids: &CenterIds) -> Vec<sip::User> {
    let users = model.users.iter().filter_map(|(key, user)| {
        let (ha1_md5, ha1_sha256) = match user.sip.as_ref()? {
            SipPassword::Plain(password) => sip::ha1(key, &model.center.realm, password),
            SipPassword::Ha1 { md5, sha256 } => (md5.clone(), sha256.clone()),
        };
        let agent = user.agent.as_ref().and_then(|agent| ids.agents.get(agent).copied());
        Some(sip::User { name: key.to_owned(), agent, ha1_md5, ha1_sha256 })
    });
    users.collect()
}

fn static_phones(model: &CenterModel, ids: &CenterIds) -> Vec<StaticPhone> {
    let phones = model.agents.iter().filter_map(|(key, agent)| {
        let uri = agent.phone.clone()?;
        Some(StaticPhone { agent: *ids.agents.get(key)?, addr: static_address(&uri)?, uri })
    });
    phones.collect()
}

fn numbers(model: &CenterModel) -> Vec<NumberRule> {
    let number = |(key, number): (&str, &super::NumberModel)| NumberRule {
        number: key.to_owned(),
        flow: number.flow.clone(),
        language: number.language.clone(),
        trunk: number.trunk.clone(),
        limits: number.limits,
        record: number.recording.record,
    };
    model.numbers.iter().map(number).collect()
}

fn queue_settings(model: &CenterModel, ids: &CenterIds) -> Vec<QueueSettings> {
    let settings = model.queues.iter().filter_map(|(key, queue)| {
        Some(QueueSettings {
            id: *ids.queues.get(key)?,
            name: names(key, &queue.name),
            music: queue.music.clone(),
            announce: queue.announce.clone(),
            call_back: queue.call_back.clone(),
            vip_bonus: queue.vip_bonus.clone(),
            record: queue.record,
            recording: queue.recording,
            disposition_required: queue.disposition_required,
            service_level_target: f64::from(queue.service_level_percent) / 100.0,
        })
    });
    settings.collect()
}

pub(super) fn names(key: &str, label: &Label) -> input::Named {
    let text = |language| match label.in_language(language) {
        "" => key.to_owned(),
        text => text.to_owned(),
    };
    input::Named { key: key.to_owned(), en: text("en"), zh: text("zh") }
}

pub(super) fn first_language(model: &CenterModel) -> &str {
    model.center.languages.first().map_or("en", String::as_str)
}

/// `udp:192.0.2.1:5060`, `tcp:[2001:db8::1]:5060`.
pub(super) fn destination(text: &str) -> Option<sip::Destination> {
    let (transport, address) = text.split_once(':')?;
    let transport = match transport {
        "udp" => sip::Transport::Udp,
        "tcp" => sip::Transport::Tcp,
        "tls" => sip::Transport::Tls,
        _ => return None,
    };
    Some(sip::Destination { transport, addr: address.parse().ok()?, flow: None })
}

/// The address in `sip:user@192.0.2.7:5060;transport=udp`; port 5060 when there is none.
pub(super) fn static_address(uri: &str) -> Option<SocketAddr> {
    let rest = uri.strip_prefix("sip:")?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split([';', '?']).next()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.parse().ok().or_else(|| bare.parse().ok().map(|ip| SocketAddr::new(ip, 5060)))
}

/// The week as hours of the called; whatever day is special is none on which anybody is called.
pub(super) fn call_hours(hours: &HoursModel) -> CallHours {
    let mut weekly = Vec::new();
    for (day, name) in (1..=7).zip(DAYS) {
        for span in hours.week.get(name).into_iter().flatten() {
            weekly.push(campaign::Hours { day, from_min: span.from_min, to_min: span.to_min });
        }
    }
    CallHours { weekly, holidays: hours.special.keys().filter_map(|date| date.parse().ok()).collect() }
}

/// In both languages; without a name, the key.
fn words(key: &str, name: &Label) -> Words {
    let text = |language| match name.in_language(language) {
        "" => key.to_owned(),
        text => text.to_owned(),
    };
    Words { en: text("en"), zh: text("zh") }
}

fn alerts(model: &CenterModel, ids: &CenterIds) -> Vec<AlertRule> {
    let rule = |(key, alert): (&str, &AlertModel)| AlertRule {
        key: key.to_owned(),
        name: words(key, &alert.name),
        figure: alert.figure,
        queues: alert.queues.iter().filter_map(|queue| ids.queues.get(queue).copied()).collect(),
        warn: alert.warn,
        act: alert.act,
        hold_s: alert.hold_s,
        hours: alert.hours.clone(),
        sound: alert.sound,
        mail: alert.mail.clone(),
        webhooks: alert.webhooks.clone(),
    };
    model.alerts.iter().map(rule).collect()
}

fn campaigns(model: &CenterModel, ids: &CenterIds) -> Vec<CampaignRule> {
    let rule = |(key, campaign): (&str, &CampaignModel)| {
        let hours = campaign.hours.as_ref().and_then(|hours| model.hours.get(hours));
        let caller_id = |number: &String| Number::parse(number, &model.center.region).ok().map(|it| it.to_string());
        let script = |language| campaign.script.in_language(language).to_owned();
        Some(CampaignRule {
            key: key.to_owned(),
            name: words(key, &campaign.name),
            script: Words { en: script("en"), zh: script("zh") },
            mode: campaign.mode,
            queue: *ids.queues.get(&campaign.queue)?,
            caller_ids: campaign.caller_ids.iter().filter_map(caller_id).collect(),
            hours: hours.map_or_else(CallHours::default, call_hours),
            attempts: campaign.attempts.clone(),
            after: campaign.after.clone(),
            ring_s: campaign.ring_s,
            lines: campaign.lines,
            counting: campaign.counting,
            cap_ppm: campaign.cap_ppm,
            zone: campaign.timezone.clone().unwrap_or_else(|| model.center.timezone.clone()),
            language: campaign.language,
            sorry: campaign.sorry.clone(),
            flow: campaign.flow.clone(),
        })
    };
    model.campaigns.iter().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{AgentId, QueueId};

    #[test]
    fn addresses_in_words() {
        let addr = |text: &str| Some(text.parse().unwrap());
        assert_eq!(static_address("sip:ana@127.0.0.1:6070"), addr("127.0.0.1:6070"));
        assert_eq!(static_address("sip:ana@127.0.0.1;transport=udp"), addr("127.0.0.1:5060"));
        assert_eq!(static_address("sip:127.0.0.1:5070"), addr("127.0.0.1:5070"));
        assert_eq!(static_address("sip:[2001:db8::1]"), addr("[2001:db8::1]:5060"));
        for bad in ["ana", "sip:ana@phone.example", "sip:", "sips:ana@127.0.0.1"] {
            assert_eq!(static_address(bad), None, "{bad}");
        }
        assert_eq!(destination("tcp:[2001:db8::1]:5060").map(|to| to.transport), Some(sip::Transport::Tcp));
        for bad in ["127.0.0.1:5060", "ws:127.0.0.1:5060", "udp:example.com:5060", "udp:127.0.0.1"] {
            assert_eq!(destination(bad), None, "{bad}");
        }
    }

    #[test]
    fn keys_become_ids_and_labels_both_languages() {
        let model = crate::setup::read(
            r#"
            [center]
            timezone = "Asia/Shanghai"
            languages = ["zh"]
            [skill.gems]
            [hours.office]
            week = { tue = ["09:00-18:00"] }
            special = { "2026-10-01" = [] }
            [queue.vip]
            name = { zh = "贵宾", en = "VIP" }
            skills = { gems = 5 }
            relax = [{ after_ms = 1000, drop = ["gems"], add_queues = ["all"] }]
            overflow = [{ when = "full", to = "all" }]
            [queue.all]
            [agent.ana]
            skills = { gems = 7 }
            queues = ["vip"]
            service_ms = { vip = 90000 }
            [user.ana]
            agent = "ana"
            sip = { plain = "secret" }
            [reason.break]
            "#,
        )
        .unwrap();
        let (vip, all, gems, ana) = (QueueId(2), QueueId(3), SkillId(1), AgentId(4));
        let ids = CenterIds {
            version: 7,
            skills: [("gems".to_owned(), gems)].into(),
            queues: [("vip".to_owned(), vip), ("all".to_owned(), all)].into(),
            agents: [("ana".to_owned(), ana)].into(),
        };
        let built = configuration(&model, &ids, Vec::new(), Vec::new());
        let rules = &built.rules;
        assert_eq!((rules.version, rules.queues[0].name.as_str()), (7, "贵宾"));
        assert_eq!(rules.queues[0].requirement.all, [SkillNeed { skill: gems, min: 5, weight: 1 }]);
        assert_eq!((&rules.queues[0].relax[0].drop, &rules.queues[0].relax[0].add_queues), (&vec![gems], &vec![all]));
        assert_eq!(rules.queues[0].overflow[0].to, all);
        assert_eq!((&rules.agents[0].skills, &rules.agents[0].service_ms), (&vec![(gems, 7)], &vec![(vip, 90_000)]));
        assert_eq!(rules.calendars[0].weekly, [Hours { day: 2, from_min: 540, to_min: 1080 }]);
        assert_eq!((rules.calendars[0].zone.as_str(), rules.calendars[0].exceptions.len()), ("Asia/Shanghai", 1));
        assert_eq!((built.queues[0].name.zh.as_str(), built.queues[0].name.en.as_str()), ("贵宾", "VIP"));
        assert_eq!(built.reasons[0].en, "break", "without a name, the key");
        let (md5, _) = sip::ha1("ana", "carillon", "secret");
        assert_eq!((built.users[0].agent, &built.users[0].ha1_md5), (Some(ana), &md5));
    }
}
