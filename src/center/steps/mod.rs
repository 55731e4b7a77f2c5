//! The steps of the center: what one input, or the output of one machine, means to all the others.
//!
//! A step looks up, asks the parts, and hands on what they say; only files of this room see the whole
//! [`Center`]. What can be decided from one part alone is decided there.
//!
//! | room | steps |
//! | --- | --- |
//! | `door` | a call comes, is led by its flow, is refused, is over |
//! | `line` | between the router and everybody else: arrivals, rings, answers |
//! | `talk` | an agent has the customer: held, resumed, taken over, parked |
//! | `others` | colleagues, people outside and supervisors in a call |
//! | `outbound` | calls that agents make, and the trunks they go through |
//! | `call_back` | customers who keep their place without waiting |
//! | `kept` | calls of the process before this one |
//! | `agents` | phones, desktops and microphones that come and go |
//! | `desk` | commands of desktops and supervisors |

mod agents;
mod board;
mod call_back;
mod configure;
mod desk;
mod door;
mod held;
mod journal;
mod kept;
mod line;
mod others;
mod outbound;
mod talk;

use super::Center;
use super::output::Output;
use super::turn::Turn;
use super::visit::Visit;
use crate::base::{CallId, Instant};

impl Center {
    /// Has one contact do something of its own; nothing comes of it when the contact is gone.
    pub(in crate::center) fn with<R: Default>(
        &mut self,
        now: Instant,
        call: CallId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Visit, &mut Turn<'_>) -> R,
    ) -> R {
        let Some(visit) = self.visits.get_mut(&call) else { return R::default() };
        act(visit, &mut Turn { now, rules: &self.rules, todo: &mut self.todo, out })
    }
}
