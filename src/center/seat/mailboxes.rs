//! Messages that wait in the boxes of agents and queues, for the lamps of their phones (RFC 3842).
//!
//! | message | input | next |
//! | --- | --- | --- |
//! | - | a caller has left it | new |
//! | new | somebody has heard it | heard |
//! | new, heard | its task is done | gone |
//!
//! The box of an agent is called as the agent's key, the one of a queue `queue-` and its key; whoever serves the queue
//! may watch it. Not here: the sound, and the task, which is what people work on. Limits: the newest [`MOST`].

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{AgentId, InteractionId};
use crate::center::input::MessageWas;
use crate::center::rules::Rules;
use crate::center::turn::Todo;
use crate::dialplan::Mailbox;
use crate::sip::{self, endpoint};

/// Beyond it the oldest messages light no lamp.
const MOST: usize = 100_000;
const OF_QUEUE: &str = "queue-";

/// See the module's head.
#[derive(Debug, Default)]
pub(in crate::center) struct Mailboxes {
    /// By the call in which they were left: the oldest first.
    messages: BTreeMap<InteractionId, (Mailbox, Heard)>,
    /// What phones were told.
    told: Vec<sip::Mailbox>,
}

type Heard = bool;

impl Mailboxes {
    /// Of an earlier process.
    pub fn were(&mut self, messages: Vec<MessageWas>) {
        for MessageWas { interaction, mailbox, heard } in messages {
            self.keep(interaction, mailbox, heard);
        }
    }

    /// A caller has left one.
    pub fn left(&mut self, interaction: InteractionId, mailbox: Mailbox) {
        self.keep(interaction, mailbox, false);
    }

    fn keep(&mut self, interaction: InteractionId, mailbox: Mailbox, heard: Heard) {
        // A contact has one message: the first.
        self.messages.entry(interaction).or_insert((mailbox, heard));
        if self.messages.len() > MOST {
            self.messages.pop_first();
        }
    }

    pub fn heard(&mut self, interaction: InteractionId) {
        if let Some((_, heard)) = self.messages.get_mut(&interaction) {
            *heard = true;
        }
    }

    pub fn done(&mut self, interaction: InteractionId) {
        self.messages.remove(&interaction);
    }

    /// Tells phones what is new.
    pub fn tell(&mut self, rules: &Rules, todo: &mut Todo) {
        let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        for (mailbox, heard) in self.messages.values() {
            let (new, old) = counts.entry(name_of(mailbox)).or_default();
            *(if *heard { old } else { new }) += 1;
        }
        let boxes: Vec<sip::Mailbox> = boxes(rules)
            .into_iter()
            .map(|(name, readers)| {
                let (new, old) = counts.get(&name).copied().unwrap_or_default();
                sip::Mailbox { name, readers, new, old }
            })
            .collect();
        if boxes != self.told {
            self.told.clone_from(&boxes);
            todo.to_sip(endpoint::Input::Mailboxes(boxes));
        }
    }
}

fn name_of(mailbox: &Mailbox) -> String {
    match mailbox {
        Mailbox::Agent(key) => key.clone(),
        Mailbox::Queue(key) => format!("{OF_QUEUE}{key}"),
    }
}

/// The boxes there are, and who may watch each.
fn boxes(rules: &Rules) -> BTreeMap<String, BTreeSet<AgentId>> {
    let center = &rules.configuration.rules;
    let of_queues = center.queues.iter().map(|queue| {
        let serving = center.agents.iter().map(|agent| agent.id).filter(|agent| rules.serves(*agent, queue.id));
        (format!("{OF_QUEUE}{}", queue.key), serving.collect())
    });
    // Of an agent and a queue whose boxes would be called the same the agent's is meant.
    let of_agents = center.agents.iter().map(|agent| (agent.key.clone(), BTreeSet::from([agent.id])));
    of_queues.chain(of_agents).collect()
}
