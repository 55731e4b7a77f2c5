//! Transactions: one request and its responses, whatever the network loses, doubles or reorders
//! (RFC 3261 §17 with the Accepted states of RFC 6026).
//!
//! What it is not: it knows no dialog and no policy. The user of a transaction gives it an owner
//! (any value) and gets it back with each thing worth telling; retransmissions end here.
//!
//! Columns: state, input -> next state, outputs. "tell" is what the owner hears of. `*` is reliable
//! transport only, `~` unreliable only (there retransmissions exist and the waits are not zero).
//!
//! | INVITE client | input | next | outputs |
//! | --- | --- | --- | --- |
//! | (none) | start | Calling | send INVITE; A~, B |
//! | Calling | A~ | Calling | send INVITE; A doubled |
//! | Calling | B | over | tell timeout |
//! | Calling, Proceeding | 1xx | Proceeding | stop A, B; tell |
//! | Calling, Proceeding | 2xx | Accepted | M; tell |
//! | Calling, Proceeding | 3xx-6xx | Completed (*over) | send ACK; D; tell |
//! | Completed | 3xx-6xx | Completed | send ACK |
//! | Completed | D | over | |
//! | Accepted | 2xx | Accepted | tell (a fork, or the ACK was lost) |
//! | Accepted | M | over | |
//! | Calling, Proceeding | transport failed | over | tell |
//!
//! | other client | input | next | outputs |
//! | --- | --- | --- | --- |
//! | (none) | start | Trying | send; E~, F |
//! | Trying | E~ | Trying | send; E doubled up to T2 |
//! | Proceeding | E~ | Proceeding | send; E = T2 |
//! | Trying, Proceeding | 1xx | Proceeding | tell |
//! | Trying, Proceeding | 2xx-6xx | Completed (*over) | stop E, F; K; tell |
//! | Trying, Proceeding | F | over | tell timeout |
//! | Completed | any response | Completed | |
//! | Completed | K | over | |
//!
//! | INVITE server | input | next | outputs |
//! | --- | --- | --- | --- |
//! | (none) | INVITE | Proceeding | tell |
//! | Proceeding | INVITE | Proceeding | last provisional again, if any |
//! | Proceeding | respond 1xx | Proceeding | send |
//! | Proceeding | respond 2xx | Accepted | send; L |
//! | Proceeding | respond 3xx-6xx | Completed | send; G~, H |
//! | Completed | INVITE, G~ | Completed | send; G doubled up to T2 |
//! | Completed | ACK | Confirmed (*over) | stop G, H; I |
//! | Completed | H | over | |
//! | Confirmed | INVITE, ACK | Confirmed | |
//! | Confirmed | I | over | |
//! | Accepted | INVITE | Accepted | |
//! | Accepted | respond 2xx | Accepted | send (its repetition is the dialog's matter) |
//! | Accepted | ACK | Accepted | tell |
//! | Accepted | L | over | |
//!
//! | other server | input | next | outputs |
//! | --- | --- | --- | --- |
//! | (none) | request | Trying | tell |
//! | Trying | request | Trying | |
//! | Trying, Proceeding | respond 1xx | Proceeding | send |
//! | Trying, Proceeding | respond 2xx-6xx | Completed (*over) | send; J |
//! | Proceeding, Completed | request | same | last response again |
//! | Completed | J | over | |
//!
//! Limit: [`Layer::new`] takes the number of transactions; when it is reached no server transaction
//! begins any more (the endpoint answers 503 without state), and a tenth more is left for our own
//! requests, so that calls can still be ended.

mod client;
mod invite_client;
mod invite_server;
mod key;
mod layer;
mod server;
#[cfg(test)]
mod tests;
mod timers;

use std::time::Duration;

use bytes::Bytes;

use super::Destination;
use super::output::Output;
use crate::base::{Deadlines, Instant};
pub use key::{ClientKey, ServerKey};
pub use layer::{Ack, Arrival, Layer, TableFull};
pub use timers::{Timer, Timers};

/// Names a transaction of either side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransactionId(u64);

/// What a machine may do besides changing its state.
struct Scope<'a> {
    now: Instant,
    id: TransactionId,
    to: Destination,
    timers: &'a Timers,
    deadlines: &'a mut Deadlines<(TransactionId, Timer)>,
    out: &'a mut Vec<Output>,
}

impl Scope<'_> {
    fn send(&mut self, bytes: &Bytes) {
        self.out.push(Output::Transmit { to: self.to, bytes: bytes.clone() });
    }

    fn set(&mut self, timer: Timer, after: Duration) {
        self.deadlines.set((self.id, timer), self.now + after);
    }

    /// Starts a timer by the table; false if it takes no time on this transport.
    fn start(&mut self, timer: Timer) -> bool {
        match self.timers.first(timer, self.to.transport.is_reliable()) {
            Some(Duration::ZERO) => false,
            Some(after) => {
                self.set(timer, after);
                true
            }
            None => true,
        }
    }

    fn stop(&mut self, timer: Timer) {
        self.deadlines.clear(&(self.id, timer));
    }
}

/// What became of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// Nothing for the owner.
    Absorb,
    /// The owner hears of it.
    Pass,
    /// The owner hears of it, and the transaction is over.
    PassLast,
    /// The transaction is over.
    Over,
    /// Nobody answered: the owner hears of it, and the transaction is over.
    TimedOut,
}
