//! A decision in words, Chinese and English.

use std::fmt::Write;

use super::{AgentCandidate, Because, ContactCandidate, Elsewhere, Excluded, Kept, Pick, Together, Who, Why};
use crate::acd::Rules;
use crate::acd::rules::{AgentSelection, ContactSelection};
use crate::base::{AgentId, ContactId, Instant, QueueId};

#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Zh,
    En,
}

/// What people call the things that a record names by id.
pub trait Names {
    fn agent(&self, agent: AgentId) -> String;
    /// In the language where it has names in several.
    fn queue(&self, queue: QueueId, language: Language) -> String;
    fn contact(&self, contact: ContactId) -> String {
        format!("#{contact}")
    }
}

impl Names for Rules {
    fn agent(&self, agent: AgentId) -> String {
        let found = self.agents.iter().find(|rule| rule.id == agent);
        found.map_or_else(|| format!("#{agent}"), |rule| named(&rule.name, &rule.key))
    }

    fn queue(&self, queue: QueueId, _language: Language) -> String {
        let found = self.queues.iter().find(|rule| rule.id == queue);
        found.map_or_else(|| format!("#{queue}"), |rule| named(&rule.name, &rule.key))
    }
}

fn named(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { name.to_owned() }
}

/// The whole decision, a sentence a line.
pub fn explain(why: &Why, names: &dyn Names, language: Language) -> String {
    let teller = Teller::new(why, names, language);
    let mut text = teller.choice();
    teller.kept(&mut text);
    teller.stage(&mut text);
    teller.candidates(&mut text);
    teller.overtaken(&mut text);
    teller.excluded(&mut text);
    text
}

/// What a record says beside its choice: the relaxation, and who was out of reach.
pub(in crate::acd) fn circumstances(why: &Why, names: &dyn Names, language: Language) -> String {
    let teller = Teller::new(why, names, language);
    let mut text = String::new();
    teller.stage(&mut text);
    teller.excluded(&mut text);
    text
}

struct Teller<'a> {
    why: &'a Why,
    names: &'a dyn Names,
    language: Language,
    zh: bool,
}

impl<'a> Teller<'a> {
    fn new(why: &'a Why, names: &'a dyn Names, language: Language) -> Self {
        Self { why, names, language, zh: language == Language::Zh }
    }

    fn choice(&self) -> String {
        match (&self.why.pick, self.zh) {
            (Pick::Unrecorded, true) => "未记录此次决定的原因。".to_owned(),
            (Pick::Unrecorded, false) => "No record of this decision was kept.".to_owned(),
            (Pick::Named { agent }, true) => format!("该联络指定了{}，该坐席及时空闲。", self.names.agent(*agent)),
            (Pick::Named { agent }, false) => {
                format!("The contact was meant for {}, who was free in time.", self.names.agent(*agent))
            }
            (Pick::Agent { policy, candidates, chosen }, zh) => {
                let (name, rule, count) =
                    (self.names.agent(*chosen), agent_policy(*policy, zh), self.total(candidates.len()));
                match (count, zh) {
                    (1, true) => format!("{name}是唯一空闲且合适的坐席。"),
                    (1, false) => format!("{name} was the only idle, eligible agent."),
                    (_, true) => format!("在{count}位空闲且合适的坐席中选择了{name}：{rule}。"),
                    (_, false) => format!("{name} was chosen among {count} idle, eligible agents: {rule}."),
                }
            }
            (Pick::Together(together), zh) => self.choice_together(together, zh),
            (Pick::Contact { policy, candidates, chosen }, zh) => {
                let (name, rule) = (self.names.contact(*chosen), contact_policy(*policy, zh));
                let count = self.total(candidates.len());
                match (count, zh) {
                    (1, true) => format!("坐席变为空闲，{name}是唯一可接的排队联络。"),
                    (1, false) => format!("An agent became free; nobody but {name} waited for such an agent."),
                    (_, true) => format!("坐席变为空闲，在{count}个排队联络中选择了{name}：{rule}。"),
                    (_, false) => {
                        format!("An agent became free; {name} was chosen among the heads of {count} lines: {rule}.")
                    }
                }
            }
        }
    }

    fn choice_together(&self, together: &Together, zh: bool) -> String {
        let Together { policy, candidates, chosen, place, served, contacts, agents, .. } = together;
        let (name, rule, count) = (self.names.agent(*chosen), agent_policy(*policy, zh), self.total(candidates.len()));
        match zh {
            true => format!(
                "{contacts}个联络与{agents}位坐席同时分配，{served}个得到坐席。该联络排第{place}，\
                 在{count}位空闲且合适的坐席中选择了{name}：{rule}。"
            ),
            false => format!(
                "{contacts} contacts and {agents} agents were brought together, and {served} contacts were served. \
                 In place {place}, {name} was chosen among {count} idle, eligible agents: {rule}."
            ),
        }
    }

    /// Why a better agent went elsewhere; empty for the others.
    fn elsewhere(&self, why: Option<&Elsewhere>) -> String {
        let names = |contacts: &[(ContactId, u32)]| {
            let names: Vec<String> = contacts.iter().map(|(contact, _)| self.names.contact(*contact)).collect();
            names.join(if self.zh { "、" } else { ", " })
        };
        match (why, self.zh) {
            (None, _) => String::new(),
            (Some(Elsewhere::Earlier { contact, .. }), true) => {
                format!("（分配给排在前面的{}）", self.names.contact(*contact))
            }
            (Some(Elsewhere::Earlier { contact, .. }), false) => {
                format!(" (went to {}, which stands before)", self.names.contact(*contact))
            }
            (Some(Elsewhere::Needed { contacts, .. }), true) => {
                format!("（留给没有其他坐席可用的{}）", names(contacts))
            }
            (Some(Elsewhere::Needed { contacts, .. }), false) => {
                format!(" (left to {}, for want of other agents)", names(contacts))
            }
            (Some(Elsewhere::NeededByMany { contacts }), true) => {
                format!("（留给没有其他坐席可用的{contacts}个联络）")
            }
            (Some(Elsewhere::NeededByMany { contacts }), false) => {
                format!(" (left to {contacts} contacts, for want of other agents)")
            }
        }
    }

    fn total(&self, listed: usize) -> u64 {
        listed as u64 + u64::from(self.why.unlisted)
    }

    fn kept(&self, text: &mut String) {
        text.push_str(match (self.why.kept, self.zh) {
            (None, _) => "",
            (Some(Kept::Redial), true) => "\n来电者先前挂断后及时再次来电，原来的位置保留。",
            (Some(Kept::Redial), false) => "\nThe caller had given up, rang again in time and kept the place.",
            (Some(Kept::CallBack), true) => "\n这是回电，客户在队列中的位置保留。",
            (Some(Kept::CallBack), false) => "\nThis is a call-back: the customer kept the place in the line.",
        });
    }

    fn stage(&self, text: &mut String) {
        let stage = self.why.stage;
        let _ = match (stage, self.zh) {
            (0, _) => Ok(()),
            (_, true) => write!(text, "\n技能要求已放宽{stage}级。"),
            (_, false) => write!(text, "\nThe demand had been relaxed by {stage} step(s)."),
        };
    }

    fn candidates(&self, text: &mut String) {
        match &self.why.pick {
            Pick::Agent { policy, candidates, .. } => {
                for (candidate, place) in candidates.iter().zip(1..) {
                    let _ = write!(text, "\n{place}. {}", self.agent_line(*policy, candidate));
                }
            }
            Pick::Contact { policy, candidates, .. } => {
                for (candidate, place) in candidates.iter().zip(1..) {
                    let _ = write!(text, "\n{place}. {}", self.contact_line(*policy, candidate));
                }
            }
            Pick::Together(together) => {
                for (candidate, place) in together.candidates.iter().zip(1..) {
                    let line = self.agent_line(together.policy, candidate);
                    let elsewhere = self.elsewhere(together.passed_over.get(place - 1));
                    let _ = write!(text, "\n{place}. {line}{elsewhere}");
                }
            }
            Pick::Named { .. } | Pick::Unrecorded => {}
        }
        let more = self.why.unlisted;
        let _ = match (more, self.zh) {
            (0, _) => Ok(()),
            (_, true) => write!(text, "\n另有{more}个候选未列出。"),
            (_, false) => write!(text, "\nand {more} more behind them"),
        };
    }

    /// Who came earlier and could have been chosen, but stands lower by the policy.
    fn overtaken(&self, text: &mut String) {
        let Pick::Contact { candidates, chosen, .. } = &self.why.pick else { return };
        let Some(first) = candidates.iter().find(|candidate| candidate.contact == *chosen) else { return };
        let earlier = candidates.iter().filter(|candidate| candidate.arrived < first.arrived);
        let one = |candidate: &ContactCandidate| {
            let (name, by) = (self.names.contact(candidate.contact), seconds(first.arrived, candidate.arrived));
            match self.zh {
                true => format!("{name}（早{by}秒）"),
                false => format!("{name} (by {by} s)"),
            }
        };
        let named: Vec<String> = earlier.map(one).collect();
        let _ = match (named.is_empty(), self.zh) {
            (true, _) => Ok(()),
            (false, true) => write!(text, "\n先于更早到达的{}。", named.join("、")),
            (false, false) => write!(text, "\nServed before those who came earlier: {}.", named.join(", ")),
        };
    }

    fn agent_line(&self, policy: AgentSelection, candidate: &AgentCandidate) -> String {
        let name = self.names.agent(candidate.agent);
        let idle = seconds(self.why.at, candidate.idle_since);
        let fit = f64::from(candidate.fit) / 100.0;
        let extra = self.agent_extra(policy, candidate.key);
        match self.zh {
            true => format!("{name}：熟练度{fit:.1}，空闲{idle}秒{extra}"),
            false => format!("{name}: level {fit:.1}, idle for {idle} s{extra}"),
        }
    }

    fn agent_extra(&self, policy: AgentSelection, key: i64) -> String {
        let part = || key as f64 / (1u64 << 52) as f64 * 100.0;
        match (policy, self.zh) {
            (AgentSelection::LowestOccupancy, true) => format!("，占用率{:.1}%", part()),
            (AgentSelection::LowestOccupancy, false) => format!(", occupancy {:.1} %", part()),
            (AgentSelection::FewestContacts, true) => format!("，已接{key}个"),
            (AgentSelection::FewestContacts, false) => format!(", {key} contacts so far"),
            (AgentSelection::FastestService, true) if key < i64::MAX => format!("，平均通话{}秒", key / 1_000),
            (AgentSelection::FastestService, false) if key < i64::MAX => {
                format!(", mean conversation {} s", key / 1_000)
            }
            (AgentSelection::MostSkilled | AgentSelection::LeastSkilled, true) => format!("，技能总分{}", key.abs()),
            (AgentSelection::MostSkilled | AgentSelection::LeastSkilled, false) => {
                format!(", sum of levels {}", key.abs())
            }
            _ => String::new(),
        }
    }

    fn contact_line(&self, policy: ContactSelection, candidate: &ContactCandidate) -> String {
        let (name, queue) = (self.names.contact(candidate.contact), self.names.queue(candidate.queue, self.language));
        let (waited, priority) = (seconds(self.why.at, candidate.arrived), candidate.priority);
        let score = match policy {
            ContactSelection::Score => -candidate.key.0 as f64 / 1e9,
            _ => f64::NAN,
        };
        let mut line = match self.zh {
            true => format!("{name}（{queue}）：已等待{waited}秒，优先级{priority}"),
            false => format!("{name} ({queue}): waited {waited} s, priority {priority}"),
        };
        let _ = match (score.is_nan(), self.zh) {
            (true, _) => Ok(()),
            (false, true) => write!(line, "，得分{score:.1}"),
            (false, false) => write!(line, ", score {score:.1}"),
        };
        line
    }

    fn excluded(&self, text: &mut String) {
        if self.why.excluded.is_empty() {
            return;
        }
        text.push_str(if self.zh { "\n未被考虑：" } else { "\nNot eligible: " });
        // The commonest reason first; in the order of the record where as many have it.
        let mut reasons: Vec<(Because, Vec<&Excluded>)> = Vec::new();
        for entry in &self.why.excluded {
            match reasons.iter_mut().find(|(because, _)| *because == entry.because) {
                Some((_, entries)) => entries.push(entry),
                None => reasons.push((entry.because, vec![entry])),
            }
        }
        reasons.sort_by_key(|(_, entries)| std::cmp::Reverse(total(entries)));
        let parts: Vec<String> = reasons.iter().map(|(reason, entries)| self.excluded_for(*reason, entries)).collect();
        text.push_str(&parts.join(if self.zh { "；" } else { "; " }));
        text.push_str(if self.zh { "。" } else { "." });
    }

    fn excluded_for(&self, reason: Because, entries: &[&Excluded]) -> String {
        let shown = entries.iter().take(NAMED).map(|entry| match entry.who {
            Who::Agent(agent) => self.names.agent(agent),
            Who::Contact(contact) => self.names.contact(contact),
        });
        let names = shown.collect::<Vec<_>>().join(if self.zh { "、" } else { ", " });
        let (reason, all) = (because(reason, self.zh), total(entries));
        let more = all.saturating_sub(entries.len().min(NAMED) as u64);
        match (more, self.zh) {
            (0, true) => format!("{reason}：{names}"),
            (0, false) => format!("{reason}: {names}"),
            (_, true) => format!("{reason}：{names}等{all}{}", measure_word(entries)),
            (_, false) => format!("{reason}: {names} and {more} more"),
        }
    }
}

/// Of those who could not be chosen for one reason, so many are called by name.
const NAMED: usize = 4;

fn total(entries: &[&Excluded]) -> u64 {
    entries.iter().map(|entry| u64::from(entry.count)).sum()
}

fn measure_word(entries: &[&Excluded]) -> &'static str {
    match entries.first().map(|entry| entry.who) {
        Some(Who::Contact(_)) => "个",
        _ => "位",
    }
}

fn seconds(now: Instant, since: Instant) -> u64 {
    now.since(since).as_secs()
}

fn agent_policy(policy: AgentSelection, zh: bool) -> &'static str {
    let (chinese, english) = match policy {
        AgentSelection::LongestIdle => ("空闲时间最长", "idle for longest"),
        AgentSelection::LevelThenLongestIdle => {
            ("技能最合适，相同则空闲最久", "fittest for the demand, then idle for longest")
        }
        AgentSelection::MostSkilled => ("技能最全面", "most skilled of all"),
        AgentSelection::LeastSkilled => ("够用即可，保留专家", "least skilled who is good enough, to spare experts"),
        AgentSelection::FewestContacts => ("接待数量最少", "fewest contacts so far"),
        AgentSelection::LowestOccupancy => ("占用率最低", "lowest occupancy so far"),
        AgentSelection::RoundRobin => ("轮流", "next in turn"),
        AgentSelection::FixedOrder => ("按固定顺序", "first in the fixed order"),
        AgentSelection::MostRecentlyIdle => ("刚刚空闲", "most recently idle"),
        AgentSelection::FastestService => ("平均通话最短", "shortest mean conversation for this queue"),
        AgentSelection::Random => ("随机", "by chance"),
        AgentSelection::WeightedRandom => ("按权重随机", "by chance in proportion to the weights"),
    };
    if zh { chinese } else { english }
}

fn contact_policy(policy: ContactSelection, zh: bool) -> &'static str {
    let (chinese, english) = match policy {
        ContactSelection::LongestWaiting => ("等待最久", "waited longest"),
        ContactSelection::Priority => ("优先级最高，相同则等待最久", "highest priority, then waited longest"),
        ContactSelection::Level => ("坐席最擅长", "what the agent is best at, then priority, then waited longest"),
        ContactSelection::PriorityThenLevel => {
            ("优先级最高，其次坐席最擅长", "highest priority, then what the agent is best at")
        }
        ContactSelection::Score => ("得分最高（加分加等待时间）", "highest score: head start plus waiting"),
        ContactSelection::FixedRatio => ("所在队列超出份额最多", "its queue is furthest above its share"),
        ContactSelection::LongestQueue => ("所在队列最长", "its queue is the longest"),
    };
    if zh { chinese } else { english }
}

fn because(because: Because, zh: bool) -> &'static str {
    let (chinese, english) = match because {
        Because::SignedOut => ("未签入", "signed out"),
        Because::NotReady => ("示忙", "not ready"),
        Because::Reserved => ("正在振铃", "another contact rings"),
        Because::Busy => ("通话中", "in conversation"),
        Because::WrapUp => ("话后整理", "in wrap-up"),
        Because::Capacity => ("容量已满", "no capacity left"),
        Because::Queue => ("不服务此队列", "serves other queues"),
        Because::Skill => ("缺少技能", "lacks a skill"),
        Because::Level => ("熟练度不足", "level too low"),
        Because::Reserve => ("为其他队列预留", "kept free for others"),
        Because::Preferred => ("等待指定坐席", "waits for a preferred agent"),
    };
    if zh { chinese } else { english }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_could_not_be_chosen_stands_together_by_reason_the_commonest_first() {
        let one = |agent: u32, because, count| Excluded { who: Who::Agent(AgentId(agent)), because, count };
        let excluded = vec![
            one(1, Because::SignedOut, 1),
            one(2, Because::Busy, 1),
            one(3, Because::WrapUp, 2),
            one(4, Because::Busy, 1),
            one(5, Because::Busy, 30),
        ];
        let why = Why { excluded, ..Why::default() };
        let said = |language| circumstances(&why, &Rules::default(), language);
        assert_eq!(
            said(Language::En),
            "\nNot eligible: in conversation: #2, #4, #5 and 29 more; in wrap-up: #3 and 1 more; signed out: #1."
        );
        assert_eq!(said(Language::Zh), "\n未被考虑：通话中：#2、#4、#5等32位；话后整理：#3等2位；未签入：#1。");
    }
}
