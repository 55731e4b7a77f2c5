//! The simulated agents, and the simulated calls as they truly are.

use crate::base::{AgentId, Instant};
use crate::campaign::list::Taken;
use crate::campaign::pace::DialId;

/// What an agent truly does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Does {
    Off,
    Ready,
    /// In a call of the campaign.
    Talks(DialId),
    /// With a caller.
    Serves,
    WritesUp,
}

/// One agent, and how they spent the day, in seconds.
#[derive(Clone, Debug)]
pub(super) struct SimAgent {
    pub id: AgentId,
    pub does: Does,
    pub since: Instant,
    /// Counts what they did: what was planned for something that is over does not happen.
    pub turn: u32,
    pub on_duty: bool,
    pub talk: f64,
    pub wrap: f64,
    pub idle: f64,
    pub inbound: f64,
}

impl SimAgent {
    pub fn new(id: u32) -> Self {
        let id = AgentId(id);
        let since = Instant::ZERO;
        Self { id, does: Does::Off, since, turn: 0, on_duty: false, talk: 0.0, wrap: 0.0, idle: 0.0, inbound: 0.0 }
    }

    /// Something else from now on; what was before is counted, up to the end of the day.
    pub fn turn_to(&mut self, does: Does, now: Instant, end: Instant) {
        let span = now.min(end).since(self.since).as_secs_f64();
        match self.does {
            Does::Off => {}
            Does::Ready => self.idle += span,
            Does::Talks(_) => self.talk += span,
            Does::Serves => self.inbound += span,
            Does::WritesUp => self.wrap += span,
        }
        (self.does, self.since, self.turn) = (does, now, self.turn + 1);
    }
}

/// One call as it truly is.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimCall {
    pub taken: Taken,
    pub at: Instant,
    pub person: bool,
    pub answered: bool,
    /// Taken back, safe message, killed: whatever was to happen does not.
    pub over: bool,
}
