//! The configuration in force, indexed for look-ups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::acd::{AgentRule, QueueRule, WrapUp, WrapUpMode};
use crate::base::{AgentId, Instant, Number, QueueId, SkillId};
use crate::call::Started;
use crate::center::answer::Refused;
use crate::center::desk::{Handed, HandedHow, Refusal};
use crate::center::input::{Configuration, NumberLimits, NumberRule, QueueSettings};
use crate::dialplan::{Flow, Language, Mailbox, QueueRequest, Surroundings};
use crate::sip::{self, Origin};

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
    /// The numbers of the configuration in its order, those that are E.164 numbers of this region.
    numbers: Vec<Option<Number>>,
    pub zone: Option<jiff::tz::TimeZone>,
    /// For flows that are made of the configuration when somebody is led by one.
    surroundings: Surroundings,
}

impl Rules {
    pub(in crate::center) fn new(configuration: Configuration) -> Self {
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
        let e164 = |rule: &NumberRule| Number::parse(&rule.number, &configuration.region).ok();
        let numbers = configuration.numbers.iter().map(e164).collect();
        let zone = jiff::tz::TimeZone::get(&configuration.zone).ok();
        Self {
            flows,
            queue_keys,
            skill_keys,
            queues,
            queue_settings,
            agents,
            numbers,
            zone,
            surroundings,
            configuration,
        }
    }

    /// Of the dialplan, of a mailbox, of an emergency, or of a campaign that is sorry.
    pub fn flow(&self, name: &str) -> Option<Arc<Flow>> {
        let known = self.flows.get(name).cloned();
        let mailbox = || self.mailbox_flow(&mailbox_named(name)?).map(Arc::new);
        let emergency = || self.emergency_flow(name.strip_prefix(EMERGENCY)?).map(Arc::new);
        let sorry = || {
            let (campaign, digits) = name.strip_prefix(SORRY)?.split_once(':')?;
            self.sorry_flow(campaign, digits).map(Arc::new)
        };
        known.or_else(mailbox).or_else(emergency).or_else(sorry)
    }

    /// Name of the flow that tells whom a campaign called from this number of ours that nobody can speak with them.
    pub fn sorry(campaign: &str, shown: &str, region: &str) -> String {
        // As it is dialled from where the center is.
        let digits = Number::parse(shown, region).map(|number| number.national(region)).unwrap_or_default();
        format!("{SORRY}{campaign}:{digits}")
    }

    /// Who we are, that nobody could speak, and the number under which we are reached.
    fn sorry_flow(&self, campaign: &str, digits: &str) -> Option<Flow> {
        let rule = self.configuration.campaigns.iter().find(|rule| rule.key == campaign)?;
        let mut prompts: Vec<String> = rule.sorry.iter().map(|sound| format!("{sound:?}")).collect();
        prompts.extend((!digits.is_empty()).then(|| format!("{{ digits = {digits:?} }}")));
        let text = format!(
            "start = \"in\"\n[step.in]\ndo = \"answer\"\nnext = \"sorry\"\n[step.sorry]\ndo = \"play\"\n\
             prompts = [{}]\nnext = \"bye\"\n[step.bye]\ndo = \"hangup\"\nreason = \"nobody_free\"\n",
            prompts.join(", ")
        );
        Flow::parse(&format!("{SORRY}{campaign}:{digits}"), &text, &self.surroundings).ok()
    }

    /// What leads a phone of the house that calls for help, whoever is at it.
    pub fn emergency_rule(&self, called: &str) -> Option<NumberRule> {
        let number = self.emergency(called)?.dialled;
        let (flow, limits) = (format!("{EMERGENCY}{number}"), NumberLimits::default());
        Some(NumberRule { number, flow, language: None, trunk: None, limits, record: None })
    }

    fn emergency_flow(&self, number: &str) -> Option<Flow> {
        let text = format!(
            "start = \"out\"\n[step.out]\ndo = \"dial\"\ntarget = {number:?}\nring = \"120s\"\nnext = \"bye\"\n\
             [step.bye]\ndo = \"hangup\"\n"
        );
        Flow::parse(&format!("{EMERGENCY}{number}"), &text, &self.surroundings).ok()
    }

    /// Name of the flow that takes messages for it.
    pub fn mailbox(&self, mailbox: &Mailbox) -> Result<String, Refused> {
        let none = (Refusal::NoVoicemail, "nobody takes messages there");
        self.mailbox_flow(mailbox).map(|flow| flow.name().to_owned()).ok_or(none)
    }

    /// Greeting, message, thanks. `None`: there is no such queue or agent, or nothing to greet with.
    fn mailbox_flow(&self, mailbox: &Mailbox) -> Option<Flow> {
        let rule = &self.configuration.voicemail;
        let (of, key, own) = match mailbox {
            Mailbox::Queue(key) => ("queue", key, rule.queues.get(key)),
            Mailbox::Agent(key) => ("agent", key, rule.agents.get(key)),
        };
        let (greeting, thanks) = (own.unwrap_or(&rule.greeting), &rule.thanks);
        let after = if thanks.is_empty() { "bye" } else { "thanks" };
        let mut text = format!(
            "start = \"in\"\n[step.in]\ndo = \"answer\"\nnext = \"message\"\n[step.message]\ndo = \"voicemail\"\n\
             {of} = {key:?}\nprompts = {greeting:?}\nmax = \"{}s\"\nnext = \"{after}\"\n[step.bye]\ndo = \"hangup\"\n",
            rule.max_s
        );
        if !thanks.is_empty() {
            text += &format!("[step.thanks]\ndo = \"play\"\nprompts = {thanks:?}\nnext = \"bye\"\n");
        }
        let known = !greeting.is_empty();
        known.then(|| Flow::parse(&format!("{MAILBOX}{of}:{key}"), &text, &self.surroundings).ok())?
    }

    /// The rule of a called number: spelled the same, or the same E.164 number.
    pub fn number(&self, called: &str, trunk: Option<&str>) -> Option<&NumberRule> {
        let fits = |rule: &&NumberRule| rule.trunk.is_none() || rule.trunk.as_deref() == trunk;
        let rules = &self.configuration.numbers;
        rules.iter().filter(fits).find(|rule| rule.number == called).or_else(|| {
            let called = Number::parse(called, &self.configuration.region).ok()?;
            let mut numbers = rules.iter().zip(&self.numbers).filter(|(rule, _)| fits(rule));
            numbers.find(|(_, number)| number.as_ref() == Some(&called)).map(|(rule, _)| rule)
        })
    }

    /// A call that a network has sent on from a number of ours is for that number.
    pub fn take_first_called(&self, started: &mut Started) {
        let Origin::Trunk(trunk) = &started.origin else { return };
        if let Some(first) = started.called_first.take_if(|first| self.number(first, Some(trunk)).is_some()) {
            (started.called, started.called_whole) = (first, None);
        }
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

    /// A contact that came through no queue may come to anything.
    pub fn check_disposition(&self, key: &str, queue: Option<QueueId>, notes: &str) -> Result<(), Refused> {
        let known = self.configuration.dispositions.iter().find(|known| known.label.key == key);
        let known = known.ok_or((Refusal::UnknownDisposition, "there is no such disposition"))?;
        let queue = queue.and_then(|queue| self.queue(queue));
        if queue.is_some_and(|queue| !known.queues.is_empty() && !known.queues.contains(&queue.key)) {
            return Err((Refusal::DispositionNotOffered, "this queue does not offer the disposition"));
        }
        if known.note_required && notes.trim().is_empty() {
            return Err((Refusal::NoteRequired, "this disposition demands a note"));
        }
        Ok(())
    }

    /// The form may be done before; the wrap-up goes on.
    pub fn wrap_up_lasts_its_time(&self, queue: Option<QueueId>, agent: AgentId) -> bool {
        self.wrap_up(queue, agent).is_some_and(|rule| rule.mode == WrapUpMode::Fixed)
    }

    /// What comes after a contact of this agent: as its queue says, or the rule of an agent's own.
    pub fn wrap_up(&self, queue: Option<QueueId>, agent: AgentId) -> Option<WrapUp> {
        match queue {
            Some(queue) => Some(self.queue(queue)?.wrap_up),
            None => self.configuration.rules.own_wrap_up(self.agent(agent)?.group.as_deref()),
        }
    }

    /// Of the agent's group, the agent left out.
    pub fn colleagues(&self, agent: AgentId) -> BTreeSet<AgentId> {
        let Some(group) = self.agent(agent).and_then(|rule| rule.group.as_ref()) else { return BTreeSet::new() };
        let agents = self.configuration.rules.agents.iter();
        agents.filter(|other| other.id != agent && other.group.as_ref() == Some(group)).map(|other| other.id).collect()
    }

    /// Whether this agent takes what is of this queue.
    pub fn serves(&self, agent: AgentId, queue: QueueId) -> bool {
        let (Some(agent), Some(queue)) = (self.agent(agent), self.queue(queue)) else { return false };
        agent.serves(queue)
    }

    pub fn name_of(&self, agent: AgentId) -> String {
        self.agent(agent).map_or_else(String::new, |rule| rule.name.clone())
    }

    /// What an agent is told who gets a call from a colleague.
    pub fn handed_by(&self, agent: AgentId, how: HandedHow, note: &str) -> Handed {
        Handed { how, by: agent, name: self.name_of(agent), note: note.to_owned() }
    }

    /// An agent whom nobody knows is asked for in vain: then everybody may be asked.
    pub fn first_agent(&self, request: &QueueRequest) -> Option<(AgentId, u64)> {
        let first = request.first.as_ref()?;
        let agents = &self.configuration.rules.agents;
        let agent = agents.iter().find(|agent| agent.key == first.agent)?;
        Some((agent.id, first.wait_ms.unwrap_or(u64::MAX)))
    }

    /// What somebody hears who waits, in this line or for an agent who was found by it.
    pub fn music(&self, queue: Option<QueueId>) -> String {
        let settings = queue.and_then(|queue| self.queue_settings(queue));
        settings.map_or_else(|| "music/hold".to_owned(), |queue| queue.music.clone())
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

/// How the names of flows of mailboxes begin: no file is named so.
const MAILBOX: &str = "mailbox:";
const EMERGENCY: &str = "emergency:";
const SORRY: &str = "sorry:";

fn mailbox_named(flow: &str) -> Option<Mailbox> {
    let (of, key) = flow.strip_prefix(MAILBOX)?.split_once(':')?;
    match of {
        "queue" => Some(Mailbox::Queue(key.to_owned())),
        "agent" => Some(Mailbox::Agent(key.to_owned())),
        _ => None,
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
