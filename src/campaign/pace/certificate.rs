//! The certificate: every call with its reason and the budget at that moment, and a reader that counts it all again.
//!
//! The reader knows nothing of the pacer: it folds the lines, and each line must say what the fold says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::input::{Class, DialId};
use super::law::{Law, Tally};
use crate::base::{AgentId, Instant};

/// What carries a call, should a person answer it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// An agent is free for it: fewer calls in the air than free agents.
    Agent(AgentId),
    /// The budget, as if it and every other call without an agent were abandoned.
    Budget,
    /// No agent is wanted.
    Message,
}

/// An agent who is expected to be free in time.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Expected {
    pub agent: AgentId,
    /// Chance to be free when this call may be answered, in thousandths.
    pub chance: u16,
}

/// Why a call is made now.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DialWhy {
    pub cover: Cover,
    pub class: Class,
    /// Free agents, and calls in the air, before this one.
    pub ready: u32,
    pub open: u32,
    /// Budget of the window, in millionths of a call: what is left, and what all calls without an agent, this one
    /// among them, would cost.
    pub balance: i64,
    pub reserved: i64,
    /// Chance that a person answers, and that no agent is there if so; in thousandths.
    pub person: u16,
    pub abandoned: u16,
    /// The latter chance up to which a call is made at present.
    pub bold: u16,
    /// The agents who are likeliest to be free in time, at most four.
    pub expected: Vec<Expected>,
}

/// Why no call is made now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotNow {
    Paused,
    /// The hopper has nobody who may be called.
    NobodyToCall,
    /// As many calls are in the air as the campaign may have.
    AllLines,
    /// No agent is free, and this mode makes no call without.
    NoAgentFree,
    /// In this mode agents ask.
    AgentsAsk,
    /// The budget does not carry another call without an agent.
    NoBudget,
    /// The window of the law ends before such a call would.
    WindowEnds,
    /// It would too likely find no agent.
    TooEarly,
    /// The ratio of the campaign is reached.
    Ratio,
}

/// How a call came to its end, for the count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CampaignCounted)]
pub enum Counted {
    /// A person spoke to an agent.
    Served,
    /// An agent met a machine.
    MetMachine,
    /// Detection took it for a machine.
    Machine,
    /// A person answered, no agent spoke in time; the budget paid.
    Abandoned,
    /// As `Abandoned`, because an agent who was held had gone or the server was restarted; no budget was left.
    Lost,
    /// Nobody answered.
    Unanswered,
    /// A message was played as wished.
    Played,
}

/// One line of the certificate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    pub at: Instant,
    pub what: What,
}

/// What a line says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A free agent more, or one fewer.
    Ready {
        agent: AgentId,
        is: bool,
    },
    Dialled {
        dial: DialId,
        why: DialWhy,
    },
    /// An agent took the call: both are no longer counted on.
    Connected {
        dial: DialId,
        agent: AgentId,
    },
    /// The agent was not there after all: the person waits again.
    Unbridged {
        dial: DialId,
    },
    Ended {
        dial: DialId,
        counted: Counted,
    },
    /// The server was started again: nobody is known to be ready.
    Restarted,
}

/// What is wrong with a certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Flaw {
    #[error("line {line}: time runs backwards")]
    Backwards { line: usize },
    #[error("line {line}: {dial:?} was not in the air")]
    Unknown { line: usize, dial: DialId },
    #[error("line {line}: {dial:?} was made twice")]
    Twice { line: usize, dial: DialId },
    #[error(
        "line {line}: {dial:?} says ready {ready}, open {open}, balance {balance}; the lines before say {counted:?}"
    )]
    Wrong { line: usize, dial: DialId, ready: u32, open: u32, balance: i64, counted: (u32, u32, i64) },
    #[error("line {line}: {dial:?} had neither an agent nor a budget")]
    Uncovered { line: usize, dial: DialId },
    #[error("line {line}: window {window} has spent {spent}, and earned {earned}")]
    Overspent { line: usize, window: u32, spent: i64, earned: i64 },
}

/// What the lines come to.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Verified {
    pub dials: u64,
    pub held: u64,
    pub over: u64,
    /// By window of the law.
    pub windows: BTreeMap<u32, Tally>,
    /// Calls still in the air at the end.
    pub open: usize,
}

/// Reads a certificate line by line.
pub struct Verifier {
    law: Law,
    fold: Fold,
    line: usize,
    last: Instant,
}

impl Verifier {
    /// From its first line on; `before`: what stood in the windows then.
    pub fn new(law: Law, before: &BTreeMap<u32, Tally>) -> Self {
        let verified = Verified { windows: before.clone(), ..Verified::default() };
        Self { law, fold: Fold { verified, ..Fold::default() }, line: 0, last: Instant::ZERO }
    }

    /// The next line.
    pub fn read(&mut self, line: &Line) -> Result<(), Flaw> {
        self.line += 1;
        if line.at < self.last {
            return Err(Flaw::Backwards { line: self.line });
        }
        self.last = line.at;
        self.fold.line(&self.law, self.line, line)
    }

    /// What the lines so far come to.
    pub fn verified(&self) -> Verified {
        Verified { open: self.fold.open.len(), ..self.fold.verified.clone() }
    }
}

/// The fold.
#[derive(Default)]
struct Fold {
    ready: std::collections::BTreeSet<AgentId>,
    /// In the air, and by window; those that an agent speaks in.
    open: BTreeMap<DialId, u32>,
    spoken: BTreeMap<DialId, u32>,
    verified: Verified,
}

/// Counts a certificate again from its first line; `before`: what stood in the windows then.
pub fn verify(law: &Law, before: &BTreeMap<u32, Tally>, lines: &[Line]) -> Result<Verified, Flaw> {
    let mut verifier = Verifier::new(*law, before);
    lines.iter().try_for_each(|line| verifier.read(line))?;
    Ok(verifier.verified())
}

impl Fold {
    fn line(&mut self, law: &Law, line: usize, of: &Line) -> Result<(), Flaw> {
        match &of.what {
            What::Ready { agent, is: true } => {
                self.ready.insert(*agent);
            }
            What::Ready { agent, is: false } => {
                self.ready.remove(agent);
            }
            What::Dialled { dial, why } => self.dialled(law, line, of.at, *dial, why)?,
            What::Connected { dial, agent } => {
                let window = self.open.remove(dial).ok_or(Flaw::Unknown { line, dial: *dial })?;
                self.spoken.insert(*dial, window);
                self.ready.remove(agent);
            }
            What::Unbridged { dial } => {
                let window = self.spoken.remove(dial).ok_or(Flaw::Unknown { line, dial: *dial })?;
                self.open.insert(*dial, window);
            }
            What::Restarted => self.ready.clear(),
            What::Ended { dial, counted } => self.ended(law, line, *dial, *counted)?,
        }
        Ok(())
    }

    fn dialled(&mut self, law: &Law, line: usize, at: Instant, dial: DialId, why: &DialWhy) -> Result<(), Flaw> {
        let window = law.window(at);
        let tally = self.verified.windows.entry(window).or_default();
        let counted = (count(self.ready.len()), count(self.open.len()), tally.balance(law));
        if counted != (why.ready, why.open, why.balance) {
            let DialWhy { ready, open, balance, .. } = *why;
            return Err(Flaw::Wrong { line, dial, ready, open, balance, counted });
        }
        if self.open.contains_key(&dial) || self.spoken.contains_key(&dial) {
            return Err(Flaw::Twice { line, dial });
        }
        let bare = (self.open.len() + 1).saturating_sub(self.ready.len());
        let covered = match why.cover {
            Cover::Agent(agent) => bare == 0 && self.ready.contains(&agent),
            Cover::Budget => i64::try_from(bare).is_ok_and(|bare| bare * law.price() <= counted.2),
            Cover::Message => true,
        };
        if !covered {
            return Err(Flaw::Uncovered { line, dial });
        }
        if why.cover != Cover::Message {
            self.open.insert(dial, window);
        } else {
            self.spoken.insert(dial, window);
        }
        self.verified.dials += 1;
        self.verified.held += u64::from(matches!(why.cover, Cover::Agent(_)));
        self.verified.over += u64::from(why.cover == Cover::Budget);
        Ok(())
    }

    fn ended(&mut self, law: &Law, line: usize, dial: DialId, counted: Counted) -> Result<(), Flaw> {
        let window = self.open.remove(&dial).or_else(|| self.spoken.remove(&dial));
        let window = window.ok_or(Flaw::Unknown { line, dial })?;
        let tally = self.verified.windows.entry(window).or_default();
        counted.add_to(tally);
        let (spent, earned) = (tally.spent(law), tally.earned(law));
        if spent > earned { Err(Flaw::Overspent { line, window, spent, earned }) } else { Ok(()) }
    }
}

impl Counted {
    /// Adds it to the calls of its window.
    pub(super) fn add_to(self, tally: &mut Tally) {
        match self {
            Self::Served => tally.served += 1,
            Self::MetMachine => tally.met += 1,
            Self::Machine => tally.machines += 1,
            Self::Abandoned => tally.abandoned += 1,
            Self::Lost => tally.lost += 1,
            Self::Unanswered | Self::Played => {}
        }
    }
}

pub(super) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
