//! One campaign that was started: its pacer, who is next, and its calls.

use std::collections::BTreeMap;

use super::hour::Hour;
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId};
use crate::campaign::{Attempted, CampaignId, DialEnd, DialId, Line, Output, Pacer, Taken};
use crate::center::calling::{Called, CampaignFigures, CampaignRule, CampaignRun, CampaignState, KeptPace};

/// A call, from the decision until the agent has written up.
#[derive(Debug)]
pub(super) struct OnTheWay {
    pub taken: Taken,
    /// Who is held for it, and by what; or who speaks in it. `None`: it is anybody's who is free then.
    pub agent: Option<(AgentId, ContactId)>,
    pub stage: Stage,
    /// The pacer does not want it any more.
    pub taken_back: bool,
    /// The network says that it rings.
    pub rings: bool,
    pub interaction: Option<InteractionId>,
    /// What the agent said that it came to.
    pub disposition: Option<String>,
}

/// What an agent reads.
#[derive(Debug)]
pub(in crate::center) struct Reading {
    pub agent: AgentId,
    /// Then the call is made.
    pub until: Instant,
    /// What the store says of the entry; `None`: it has not answered yet.
    pub called: Option<Called>,
}

/// How far a call is.
#[derive(Debug)]
pub(super) enum Stage {
    /// It is being written down. What the pacer had to remember of it, should the store not answer.
    Asked(Box<KeptPace>),
    Calling(CallId),
    /// Nobody answered, as far as is known: somebody still may, until the network has said that it rings no more.
    Silent {
        ended: Attempted,
        end: DialEnd,
    },
    /// Somebody answered, and no agent speaks yet.
    Answered {
        call: CallId,
        since: Instant,
        /// Then it is too late for an agent.
        until: Instant,
    },
    /// Nobody could speak in time, and they are told so.
    Sorry,
    /// The flow of the campaign has them.
    Led,
    Talking,
    /// The agent writes up.
    After,
}

#[derive(Debug)]
pub(super) struct Running {
    pub key: String,
    pub state: CampaignState,
    pub began: Instant,
    /// `None`: it is not set up any more, and makes no call.
    pub rule: Option<CampaignRule>,
    pub pacer: Pacer,
    /// Of the last [`KeptPace`].
    seq: u64,
    /// Of the certificate, not written down yet.
    pub lines: Vec<Line>,
    /// Nobody is called before.
    pub rests_until: Option<Instant>,
    /// Whom the next call is for.
    pub next: Option<Taken>,
    pub reading: Option<Reading>,
    pub dials: BTreeMap<DialId, OnTheWay>,
    /// Agents who carry calls that are nobody's yet, and what occupies them meanwhile.
    pub pool: BTreeMap<AgentId, ContactId>,
    pub made: u64,
    pub connected: u64,
    pub hour: Hour,
}

impl Running {
    /// It begins, or goes on after a restart.
    pub fn new(run: CampaignRun, rule: CampaignRule, now: Instant) -> Self {
        let mut outputs = Vec::new();
        let law = run.kept.as_ref().map(|kept| *kept.law());
        let settings = rule.pace(run.began, law.as_ref());
        let pacer = match run.kept {
            Some(kept) => Pacer::resume(settings, *kept, now, &mut outputs),
            None => Pacer::new(settings),
        };
        let lines = outputs.into_iter().filter_map(|output| match output {
            Output::Record(line) => Some(line),
            _ => None,
        });
        Self {
            key: run.key,
            state: run.state,
            began: run.began,
            rule: Some(rule),
            pacer,
            seq: run.seq,
            lines: lines.collect(),
            rests_until: None,
            next: None,
            reading: None,
            dials: BTreeMap::new(),
            pool: BTreeMap::new(),
            made: 0,
            connected: 0,
            hour: Hour::default(),
        }
    }

    /// Whether it may make calls.
    pub fn runs(&self) -> bool {
        self.state == CampaignState::Running && self.rule.is_some()
    }

    /// The pacer's memory and the lines since the last time, to be written down.
    pub fn pace(&mut self, campaign: CampaignId, at: Instant) -> KeptPace {
        self.seq += 1;
        let (kept, lines) = (Box::new(self.pacer.keep().clone()), std::mem::take(&mut self.lines));
        KeptPace { campaign, seq: self.seq, at, kept, lines }
    }

    pub fn figures(&self, now: Instant, held: u32) -> CampaignFigures {
        let window = self.pacer.ledger().law().window(now);
        let tally = self.pacer.ledger().tally(window);
        let count = |is: fn(&Stage) -> bool| {
            u32::try_from(self.dials.values().filter(|dial| is(&dial.stage)).count()).unwrap_or(u32::MAX)
        };
        CampaignFigures {
            dials: self.made,
            connected: self.connected,
            calling: count(|stage| matches!(stage, Stage::Asked(_) | Stage::Calling(_) | Stage::Silent { .. })),
            waiting: count(|stage| matches!(stage, Stage::Answered { .. })),
            talking: count(|stage| matches!(stage, Stage::Talking)),
            led: count(|stage| matches!(stage, Stage::Led | Stage::Sorry)),
            agents: u32::try_from(self.pacer.spare()).unwrap_or(u32::MAX).saturating_add(held),
            contacts_hour: self.hour.contacts(now),
            idle_percent: self.hour.idle_percent(now),
            machines: tally.machines.saturating_add(tally.met),
            served: tally.served,
            abandoned: tally.abandoned,
            lost: tally.lost,
            budget: self.pacer.ledger().balance(window),
            not_now: self.pacer.not_now(),
        }
    }
}
