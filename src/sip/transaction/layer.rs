//! The table of all transactions: finds the one a message belongs to, and wakes them.

use std::collections::BTreeMap;

use super::client::Client;
use super::invite_client::InviteClient;
use super::invite_server::InviteServer;
use super::server::Server;
use super::{ClientKey, Scope, ServerKey, Step, Timer, Timers, TransactionId};
use crate::base::{Deadlines, FastMap, Instant};
use crate::sip::output::Output;
use crate::sip::wire::{Draft, Method, Request, Response};
use crate::sip::{Destination, FlowId};

/// The table has reached its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no room for another transaction")]
pub struct TableFull;

/// What a request is to the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// Nothing is known of it.
    New,
    /// A retransmission; what had to be sent has been sent.
    Absorbed,
}

/// What an ACK is to the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ack {
    /// For a 3xx-6xx; it ends here.
    Absorbed,
    /// For a 2xx, or for nothing: a matter of the dialog.
    Dialog,
}

#[derive(Debug)]
enum ClientMachine {
    Invite(InviteClient),
    Other(Client),
}

#[derive(Debug)]
enum ServerMachine {
    Invite(InviteServer),
    Other(Server),
}

#[derive(Debug)]
struct ClientSide<U> {
    key: ClientKey,
    to: Destination,
    owner: U,
    machine: ClientMachine,
}

#[derive(Debug)]
struct ServerSide<U> {
    key: ServerKey,
    to: Destination,
    owner: U,
    machine: ServerMachine,
}

/// `U` is the owner of a transaction: a small value its user knows it by.
#[derive(Debug)]
pub struct Layer<U> {
    timers: Timers,
    limit: usize,
    taken: u64,
    clients: BTreeMap<TransactionId, ClientSide<U>>,
    servers: BTreeMap<TransactionId, ServerSide<U>>,
    by_client_key: FastMap<ClientKey, TransactionId>,
    by_server_key: FastMap<ServerKey, TransactionId>,
    deadlines: Deadlines<(TransactionId, Timer)>,
}

impl<U: Copy> Layer<U> {
    /// `limit`: transactions of both sides together before requests are refused.
    pub fn new(timers: Timers, limit: usize) -> Self {
        Self {
            timers,
            limit,
            taken: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            by_client_key: FastMap::new(),
            by_server_key: FastMap::new(),
            deadlines: Deadlines::new(),
        }
    }

    pub fn timers(&self) -> &Timers {
        &self.timers
    }

    pub fn len(&self) -> usize {
        self.clients.len().saturating_add(self.servers.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// A request that is no ACK: is it a retransmission?
    pub fn arrive(&mut self, now: Instant, request: &Request, out: &mut Vec<Output>) -> Arrival {
        let Some((id, side)) = self.by_server_key.get(&ServerKey::of(request)).and_then(|id| {
            let side = self.servers.get(id)?;
            Some((*id, side))
        }) else {
            return Arrival::New;
        };
        let mut scope = Scope { now, id, to: side.to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        match &side.machine {
            ServerMachine::Invite(machine) => machine.retransmission(&mut scope),
            ServerMachine::Other(machine) => machine.retransmission(&mut scope),
        }
        Arrival::Absorbed
    }

    /// Begins a server transaction for a new request; `to` is where its responses go.
    pub fn serve(&mut self, request: &Request, to: Destination, owner: U) -> Result<TransactionId, TableFull> {
        if self.len() >= self.limit {
            return Err(TableFull);
        }
        let id = self.take_id();
        let key = ServerKey::of(request);
        let machine = match request.method {
            Method::Invite => ServerMachine::Invite(InviteServer::new()),
            _ => ServerMachine::Other(Server::Trying),
        };
        self.by_server_key.insert(key.clone(), id);
        self.servers.insert(id, ServerSide { key, to, owner, machine });
        Ok(id)
    }

    /// Sends a response. A transaction that is over, or has its final response, sends nothing.
    pub fn respond(&mut self, now: Instant, id: TransactionId, response: &Draft, out: &mut Vec<Output>) {
        let (Some(status), Some(side)) = (response.status(), self.servers.get_mut(&id)) else { return };
        let mut scope = Scope { now, id, to: side.to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        let step = match &mut side.machine {
            ServerMachine::Invite(machine) => {
                machine.respond(status, response.to_bytes(), &mut scope);
                Step::Absorb
            }
            ServerMachine::Other(machine) => machine.respond(status, response.to_bytes(), &mut scope),
        };
        if step == Step::Over {
            self.forget_server(id);
        }
    }

    /// Where the responses of a server transaction go.
    pub fn reply_to(&self, id: TransactionId) -> Option<Destination> {
        self.servers.get(&id).map(|side| side.to)
    }

    pub fn ack(&mut self, now: Instant, ack: &Request, out: &mut Vec<Output>) -> Ack {
        let Some(id) = self.by_server_key.get(&ServerKey::of(ack)).copied() else { return Ack::Dialog };
        let Some(side) = self.servers.get_mut(&id) else { return Ack::Dialog };
        let mut scope = Scope { now, id, to: side.to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        let step = match &mut side.machine {
            ServerMachine::Invite(machine) => machine.ack(&mut scope),
            ServerMachine::Other(_) => Step::Absorb,
        };
        if step == Step::Over {
            self.forget_server(id);
        }
        if step == Step::Pass { Ack::Dialog } else { Ack::Absorbed }
    }

    /// The owner of the server transaction that a request, or an ACK, belongs to.
    pub fn owner(&self, request: &Request) -> Option<U> {
        let id = self.by_server_key.get(&ServerKey::of(request))?;
        self.servers.get(id).map(|side| side.owner)
    }

    /// The owner of the INVITE that a CANCEL means, as long as its transaction lives.
    pub fn cancelled(&self, cancel: &Request) -> Option<U> {
        let id = self.by_server_key.get(&ServerKey::cancelled_by(cancel))?;
        self.servers.get(id).map(|side| side.owner)
    }

    /// Sends a request (no ACK) and looks after its retransmissions. Its top Via must be ours.
    pub fn request(
        &mut self,
        now: Instant,
        request: Draft,
        to: Destination,
        owner: U,
        out: &mut Vec<Output>,
    ) -> Result<TransactionId, TableFull> {
        if self.len() >= self.limit.saturating_add(self.limit / 10) {
            return Err(TableFull);
        }
        let id = self.take_id();
        let branch = request.top_via().and_then(|via| via.branch().map(str::to_owned)).unwrap_or_default();
        let key = ClientKey::new(&branch, request.method());
        let mut scope = Scope { now, id, to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        let machine = match request.method() {
            Method::Invite => ClientMachine::Invite(InviteClient::start(request, &mut scope)),
            _ => ClientMachine::Other(Client::start(&request, &mut scope)),
        };
        self.by_client_key.insert(key.clone(), id);
        self.clients.insert(id, ClientSide { key, to, owner, machine });
        Ok(id)
    }

    /// Sends a CANCEL for an INVITE of ours, with a Reason; false while no provisional response has
    /// come, or when a final one has (RFC 3261 §9.1).
    pub fn cancel(
        &mut self,
        now: Instant,
        invite: TransactionId,
        reason: Option<&str>,
        owner: U,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(side) = self.clients.get(&invite) else { return false };
        let ClientMachine::Invite(machine) = &side.machine else { return false };
        let Some(draft) = machine.cancellable() else { return false };
        let mut cancel = Draft::cancel(draft);
        if let Some(reason) = reason {
            cancel = cancel.header("Reason", reason);
        }
        let to = side.to;
        self.request(now, cancel, to, owner, out).is_ok()
    }

    /// A response: whom to tell and where its request went. `None`: absorbed, or of no transaction
    /// ([`Layer::knows`] tells which).
    pub fn response(
        &mut self,
        now: Instant,
        response: &Response,
        out: &mut Vec<Output>,
    ) -> Option<(TransactionId, U, Destination)> {
        let id = *self.by_client_key.get(&ClientKey::of(response))?;
        let side = self.clients.get_mut(&id)?;
        let mut scope = Scope { now, id, to: side.to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        let step = match &mut side.machine {
            ClientMachine::Invite(machine) => machine.response(response, &mut scope),
            ClientMachine::Other(machine) => machine.response(response.status, &mut scope),
        };
        let told = (id, side.owner, side.to);
        if matches!(step, Step::PassLast | Step::Over) {
            self.forget_client(id);
        }
        matches!(step, Step::Pass | Step::PassLast).then_some(told)
    }

    /// Is there a client transaction this response belongs to?
    pub fn knows(&self, response: &Response) -> bool {
        self.by_client_key.contains_key(&ClientKey::of(response))
    }

    /// Fires the earliest timer that is due: `None` when there is none, `Some(None)` when it was a
    /// matter of the transaction alone, else the owner of a request nobody answered.
    pub fn fire(&mut self, now: Instant, out: &mut Vec<Output>) -> Option<Option<(TransactionId, U)>> {
        let (id, timer) = self.deadlines.pop_due(now)?;
        if self.clients.contains_key(&id) {
            return Some(self.fire_client(now, id, timer, out));
        }
        self.fire_server(now, id, timer, out);
        Some(None)
    }

    fn fire_client(
        &mut self,
        now: Instant,
        id: TransactionId,
        timer: Timer,
        out: &mut Vec<Output>,
    ) -> Option<(TransactionId, U)> {
        let side = self.clients.get_mut(&id)?;
        let mut scope = Scope { now, id, to: side.to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        let step = match &mut side.machine {
            ClientMachine::Invite(machine) => machine.fire(timer, &mut scope),
            ClientMachine::Other(machine) => machine.fire(timer, &mut scope),
        };
        let owner = side.owner;
        if matches!(step, Step::Over | Step::TimedOut) {
            self.forget_client(id);
        }
        (step == Step::TimedOut).then_some((id, owner))
    }

    fn fire_server(&mut self, now: Instant, id: TransactionId, timer: Timer, out: &mut Vec<Output>) {
        let Some(side) = self.servers.get_mut(&id) else { return };
        let mut scope = Scope { now, id, to: side.to, timers: &self.timers, deadlines: &mut self.deadlines, out };
        let step = match &mut side.machine {
            ServerMachine::Invite(machine) => machine.fire(timer, &mut scope),
            ServerMachine::Other(machine) => machine.fire(timer),
        };
        if step == Step::Over {
            self.forget_server(id);
        }
    }

    /// The shell could not send there: ends what waits for an answer from there, and says whose.
    pub fn transport_failed(&mut self, to: Destination) -> Vec<(TransactionId, U)> {
        self.fail(|side| {
            side.transport == to.transport
                && side.addr == to.addr
                && (side.flow.is_none() || to.flow.is_none() || side.flow == to.flow)
        })
    }

    /// A connection is gone: ends what waits for an answer over it, and says whose.
    pub fn flow_closed(&mut self, flow: FlowId) -> Vec<(TransactionId, U)> {
        self.fail(|side| side.flow == Some(flow))
    }

    fn fail(&mut self, hit: impl Fn(&Destination) -> bool) -> Vec<(TransactionId, U)> {
        let failed: Vec<(TransactionId, U)> = self
            .clients
            .iter()
            .filter(|(_, side)| hit(&side.to) && side.machine.is_waiting())
            .map(|(id, side)| (*id, side.owner))
            .collect();
        for (id, _) in &failed {
            self.forget_client(*id);
        }
        failed
    }

    /// Nobody waits for the answer any more.
    pub fn abandon(&mut self, request: TransactionId) {
        self.forget_client(request);
    }

    fn take_id(&mut self) -> TransactionId {
        self.taken = self.taken.wrapping_add(1);
        TransactionId(self.taken)
    }

    fn forget_client(&mut self, id: TransactionId) {
        if let Some(side) = self.clients.remove(&id) {
            self.by_client_key.remove(&side.key);
        }
        self.clear_timers(id, &[Timer::A, Timer::B, Timer::D, Timer::E, Timer::F, Timer::K, Timer::M]);
    }

    fn forget_server(&mut self, id: TransactionId) {
        if let Some(side) = self.servers.remove(&id) {
            self.by_server_key.remove(&side.key);
        }
        self.clear_timers(id, &[Timer::G, Timer::H, Timer::I, Timer::J, Timer::L]);
    }

    fn clear_timers(&mut self, id: TransactionId, timers: &[Timer]) {
        for timer in timers {
            self.deadlines.clear(&(id, *timer));
        }
    }
}

impl ClientMachine {
    fn is_waiting(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_waiting(),
            Self::Other(machine) => machine.is_waiting(),
        }
    }
}
