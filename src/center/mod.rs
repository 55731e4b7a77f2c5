//! The center: joins calls, dialplan, router and customers into one deterministic value.
//!
//! `Center::handle(now, Input, &mut Vec<Output>)` is the only door. Shells carry the outputs out: bytes to
//! the network, media commands to the workers, queries and writes to the store, pushes to the
//! desktops. The same inputs at the same times give the same outputs, to the last bit.
//!
//! A call is a *visit* here; the agent's side is a *seat*.
//!
//! | phase of a visit | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | INVITE to a known number | `Flow` | journal `call.started`; query the customer; first verb |
//! | - | INVITE to any other | gone | 404; interaction `Refused`, of many some (see `crowd`) |
//! | - | INVITE to a number without room | gone | 503; the same |
//! | `Flow` | verb `Queue` | `Queued` | music; `Arrive`; journal `queue.entered` |
//! | `Queued` | `Reserve` | same | journal `agent.reserved` with why; `pop.shown`; INVITE to every phone of the agent, with a desktop once it has the pop |
//! | `Queued` | `Withdraw` | same | CANCEL; `pop.withdrawn`; journal `agent.withdrawn` |
//! | `Queued` | the agent picks up in a browser | same | `Answering`; `call.state_changed`: the sound is being set up |
//! | `Queued` | no sound comes of it | same | journal `agent.no_media`; `Refused`: as without an answer |
//! | `Queued` | the agent answers | `Talking` | `Accepted`; bridge; record; `call.state_changed`; journal `call.connected` |
//! | `Queued` | `LeftQueue` | `Flow` | journal `queue.left`; the run goes on |
//! | - | `call.place` for a line or a flow | `Placing` | see `steps::place` |
//! | `Talking` | agent hangs up | `Ended` | BYE to the caller; `Ended`; wrap-up begins |
//! | `Talking` | agent's phone lost | `Parked` | music; the phone is rung again when it returns |
//! | `Talking` | the agent parks it | `InSlot` | see `circle` |
//! | `Parked` | phone answers | `Talking` | bridge; journal `call.rejoined`, of another phone `call.taken_over` |
//! | `Talking` | another phone of the agent, which was asked for, answers | same | bridge; BYE to the phone before; journal `call.taken_over` |
//! | `Parked` | deadline; the phone answers and no sound comes | `Queued` | the agent not ready; the caller back in the line with the first arrival time |
//! | `Flow` | verb `Dial`: an agent at work | `Dialling` | `pop.shown`; INVITE to every phone of the agent |
//! | `Dialling` | the agent answers | `Talking` | bridge; record; `call.state_changed`; nobody at work: `Dialled`, bridge |
//! | any | `EndCalls` | `Ended` | BYE with Reason; row `Interrupted`, as after a crash; call-back task |
//! | `Queued` | a call-back is booked | same, then `Ended` | see `call_back` |
//! | `Queued` (call-back) | the agent answers | `Calling` | `Accepted`; ringback; INVITE to the customer |
//! | `Calling`, `Dialling` | the trunk does not work | same | journal `trunk.failed`; INVITE through the next one |
//! | `Calling` | the customer answers | `Talking` | bridge; record; `call.state_changed` |
//! | any | caller hangs up | `Ended` | `Leave` or `Ended`; interaction row complete |
//!
//! | room | what it is |
//! | --- | --- |
//! | `visit` | one contact: why it is in the house, how far it is, who else is in the call |
//! | `seat` | one agent's seat: phones, desktop, what is on hand; the forms of contacts that are over |
//! | `circle` | one contact and the agents in it, who come to it and leave it |
//! | `outbound`, `ledger`, `call_back`, `campaign` | ways to a number and what may be spent; what goes out, and its caps; promises to call back; campaigns |
//! | `calling` | the words and rules of campaigns |
//! | `board` | the wallboard |
//! | `alert` | figures beyond their limits: levels, events, letters |
//! | `steps` | what an input means to all of them: the only room that sees [`Center`] whole |
//!
//! Limits: calls from `call::Settings`; everything else is bounded by calls and agents.

pub mod alert;
pub mod board;
pub mod calling;
pub mod desk;
pub mod event;
pub mod input;
pub mod output;
pub mod parking;

mod answer;
mod call_back;
mod caller;
mod campaign;
mod circle;
mod crowd;
mod journal;
mod ledger;
mod log;
mod lookup;
mod outbound;
mod rules;
mod seat;
mod steps;
mod turn;
mod uncallable;
mod visit;
mod work;

use serde::{Deserialize, Serialize};

pub use board::past;
pub use call_back::{CallBackPage, CallBackState, OpenCallBack};
pub use caller::Caller;
pub use input::{
    AgentWas, Announced, Answer, CallBackRule, CallWas, Configuration, DestinationCap, Disposition, Input, MessageWas,
    Named, NumberLimits, NumberRule, OpenWork, Outbound, QueryId, QueueSettings, RecordingRule, StaticPhone,
    SuperviseCommand, Supervision, ValueStep, VipBonus, Watch,
};
pub use output::{Observed, Output, Query, Write};
pub use parking::{Lot, Parking, Voicemail};
pub use seat::NO_MICROPHONE;

use crate::acd::{self, Router};
use crate::base::{Instant, Rng};
use crate::call::{self, Calls};
use crate::sip::{self, endpoint::Endpoint};
use board::tally::Tallies;
use board::wall::Wall;
use call_back::CallBacks;
use campaign::Campaigns;
use crowd::Crowd;
use journal::Journal;
use ledger::Ledger;
use lookup::Lookups;
use rules::Rules;
use seat::{Mailboxes, Seats};
use turn::{Todo, seconds};
use visit::Visits;

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub sip: sip::endpoint::Settings,
    pub call: call::Settings,
    pub acd: acd::Settings,
    pub times: Times,
}

/// How long things may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Times {
    /// A desktop may be away for so long (reload, network) before its agent counts as gone. Seconds.
    pub desktop_grace_s: u32,
    /// A caller whose agent's phone vanished is kept for so long, then queued again. Seconds.
    pub rejoin_s: u32,
    /// No call lasts longer. Seconds.
    pub max_call_s: u32,
    /// How long a caller waits for the customer's record before the flow goes on without. Seconds.
    pub query_s: u32,
    /// Between two checkpoints of the router while something happens: what a replay has to run at most
    /// before the time it is asked for. Seconds.
    pub checkpoint_s: u32,
    /// How long the ring waits for the desktop to say that it has the pop. Milliseconds.
    pub pop_lead_ms: u32,
}

impl Default for Times {
    fn default() -> Self {
        Self { desktop_grace_s: 30, rejoin_s: 20, max_call_s: 4 * 3600, query_s: 2, checkpoint_s: 600, pop_lead_ms: 50 }
    }
}

/// The whole center. See the module's head.
pub struct Center {
    settings: Settings,
    sip: Endpoint,
    calls: Calls,
    router: Router,
    journal: Journal,
    rules: Rules,
    visits: Visits,
    call_backs: CallBacks,
    lookups: Lookups,
    seats: Seats,
    campaigns: Campaigns,
    tallies: Tallies,
    wall: Wall,
    crowd: Crowd,
    /// What goes out, and how much of it may.
    ledger: Ledger,
    mailboxes: Mailboxes,
    todo: Todo,
    draining: bool,
}

impl Center {
    /// `start`: the time of the start; ids count from it, so they stay unique over restarts.
    pub fn new(settings: Settings, seed: u64, start: Instant) -> Self {
        let patience = seconds(settings.times.query_s);
        let mut rng = Rng::new(seed);
        Self {
            sip: Endpoint::new(settings.sip.clone(), rng.next_u64()),
            calls: Calls::new(settings.call.clone(), rng.next_u64(), start),
            router: Router::new(settings.acd.clone(), rng.next_u64()),
            journal: Journal::new(seconds(settings.times.checkpoint_s)),
            settings,
            rules: Rules::default(),
            visits: Visits::default(),
            call_backs: CallBacks::default(),
            lookups: Lookups::new(patience),
            seats: Seats::default(),
            campaigns: Campaigns::default(),
            tallies: Tallies::default(),
            wall: Wall::default(),
            crowd: Crowd::default(),
            ledger: Ledger::default(),
            mailboxes: Mailboxes::default(),
            todo: Todo::new(start, rng),
            draining: false,
        }
    }

    /// When `Input::Deadline` is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        [self.sip.next_deadline(), self.router.next_deadline(), self.todo.deadlines.next()].into_iter().flatten().min()
    }

    /// Calls that are not over.
    pub fn calls(&self) -> usize {
        self.visits.len()
    }
}
