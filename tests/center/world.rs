//! The world: everything that happens, in order of time, from a seed; invariants after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use carillon::acd::{AgentState, Rejection};
use carillon::base::{AgentId, CommandId, Instant, Number, Rng};
use carillon::center::desk::{CommandOutcome, DeskCommand};
use carillon::center::input::SuperviseCommand;
use carillon::center::{Answer, CallWas, Center, Configuration, Input, Observed, Output, Query, Settings};
use carillon::crm::{CustomerCard, Interaction};
use carillon::media;
use carillon::sip::{self, FlowId, Received, Transport};

use crate::desks::{Desk, Desks, Person};
use crate::media::Media;
use crate::network::{Network, Quality};
use crate::phone::{Act, Effect, Habit, Phone};
use crate::register::Register;
use crate::scenery::{OUTSIDE, Staff, configuration};
use crate::store::Store;
use crate::wall::Wall;

const MEDIA_TIMEOUT: Duration = Duration::from_secs(30);

pub const START: Instant = Instant::from_micros(1_790_000_000_000_000);

enum Action {
    ToCenter(Received),
    ToPhone(SocketAddr, bytes::Bytes),
    Center(Box<Input>),
    Phone(SocketAddr, Act),
    /// A caller presses a digit, if the audio is up.
    Press(SocketAddr, char),
    /// The media time-out of a worker whose peer has fallen silent.
    MediaLost(SocketAddr),
}

pub struct World {
    pub seed: u64,
    pub now: Instant,
    pub center: Center,
    pub store: Store,
    pub media: Media,
    pub desks: Desks,
    pub phones: BTreeMap<SocketAddr, Phone>,
    pub network: Network,
    pub replies: BTreeMap<CommandId, CommandOutcome>,
    /// What the router did not do, and nobody was told of.
    rejected: Vec<Rejection>,
    pub rng: Rng,
    pub steps: u64,
    /// Chance that the store does not answer a query at all.
    pub store_silent: f64,
    /// Questions to the store so far.
    pub queries: u64,
    queue: BTreeMap<(Instant, u64), Action>,
    phone_deadlines: BTreeSet<(Instant, SocketAddr)>,
    next_action: u64,
    next_command: u64,
    server: SocketAddr,
    staff: Vec<String>,
    configuration: Configuration,
    settings: Settings,
    /// The drain is over.
    pub drained: bool,
    /// (time, text) of what a story wants to order: pops, INVITEs to agents.
    pub trail: Vec<(Instant, String)>,
    wall: Wall,
}

impl World {
    pub fn new(seed: u64, staff: &[Staff<'_>], person: Person, quality: Quality) -> Self {
        let mut rng = Rng::new(seed);
        let mut settings = Settings::default();
        let server: SocketAddr = "192.0.2.1:5060".parse().unwrap();
        settings.sip.addresses.udp = Some(server);
        let agents = (1..=staff.len() as u32).map(AgentId);
        let mut world = Self {
            seed,
            now: START,
            center: Center::new(settings.clone(), rng.next_u64(), START),
            store: Store::default(),
            media: Media::default(),
            desks: Desks::new(agents, person, &mut rng),
            phones: BTreeMap::new(),
            network: Network::new(quality, rng.fork()),
            replies: BTreeMap::new(),
            rejected: Vec::new(),
            rng,
            steps: 0,
            store_silent: 0.0,
            queries: 0,
            queue: BTreeMap::new(),
            phone_deadlines: BTreeSet::new(),
            next_action: 0,
            next_command: 0,
            server,
            staff: staff.iter().map(|(key, ..)| (*key).to_owned()).collect(),
            configuration: configuration(staff),
            settings,
            drained: false,
            trail: Vec::new(),
            wall: Wall::default(),
        };
        world.start();
        world
    }

    fn start(&mut self) {
        self.tell(Input::Configure(Box::new(self.configuration.clone())));
        for event in Media::start() {
            self.tell(Input::Media(event));
        }
    }

    /// kill -9, and the next process on the same data, too late for the calls. Phones and desktops come back by
    /// themselves, later.
    pub fn restart(&mut self) {
        self.start_anew(Vec::new());
    }

    /// The same at once: calls may go on.
    pub fn restart_in_calls(&mut self) {
        self.start_anew(self.store.calls_kept(self.now));
    }

    fn start_anew(&mut self, kept: Vec<CallWas>) {
        self.center = Center::new(self.settings.clone(), self.rng.next_u64(), self.now);
        self.media = Media::default();
        self.desks.forget();
        self.start();
        let were = self.store.restart(self.now, &kept);
        self.tell(Input::CallsWere(kept));
        self.tell(Input::AgentsWere(were));
        self.tell(Input::CallBacks(self.store.open_call_backs()));
        self.tell(Input::Messages(self.store.open_messages()));
        self.tell(Input::AlertsWere(self.store.open_alerts()));
        for (agent, desk) in &mut self.desks.desks {
            let shown = self.center.snapshot(*agent).expect("a known agent");
            assert_eq!(desk.state, shown.state, "{agent:?} was told something else than it is");
            desk.pop = shown.pop;
            desk.call = shown.call.map(|call| (call.interaction, call.state));
        }
    }

    pub fn agent(&self, key: &str) -> AgentId {
        let index = self.staff.iter().position(|known| known == key).expect("a known agent");
        AgentId(index as u32 + 1)
    }

    pub fn desk(&self, key: &str) -> &Desk {
        &self.desks.desks[&self.agent(key)]
    }

    /// Gives every agent a phone that registers, a desktop, and readiness.
    pub fn everybody_ready(&mut self, transport: Transport, habit: Habit) {
        for key in self.staff.clone() {
            self.seat(&key, transport, habit);
        }
        self.run(Duration::from_secs(1));
        for key in self.staff.clone() {
            assert_eq!(self.command(&key, DeskCommand::Ready), CommandOutcome::Done, "seed {}", self.seed);
        }
        self.run(Duration::from_secs(1));
    }

    pub fn phone_of(&self, key: &str) -> SocketAddr {
        let AgentId(n) = self.agent(key);
        SocketAddr::new(std::net::Ipv4Addr::new(198, 51, 100, u8::try_from(n).unwrap()).into(), 5060)
    }

    pub fn seat(&mut self, key: &str, transport: Transport, habit: Habit) {
        let addr = self.phone_of(key);
        let agent = self.agent(key);
        let mut phone = Phone::new(addr, transport, key, self.server, self.rng.next_u64());
        phone.habit = habit;
        phone.flow = if transport == Transport::Udp { FlowId(1) } else { FlowId(1_000 + u64::from(agent.0)) };
        phone.register = Some(Register {
            user: key.to_owned(),
            password: "secret".to_owned(),
            realm: "carillon".to_owned(),
            local: addr,
            transport,
            instance: 1,
            cseq: 0,
            expires: 3_600,
        });
        self.phones.insert(addr, phone);
        self.later(Duration::ZERO, Action::Phone(addr, Act::Register));
        self.tell(Input::DeskConnected { agent });
    }

    /// One more phone of this agent, such as another browser, under a SIP user of its own; registers.
    pub fn another_phone(&mut self, key: &str, user: &str, transport: Transport, habit: Habit) -> SocketAddr {
        let (addr, agent) = (self.free_address(), self.agent(key));
        let (ha1_md5, ha1_sha256) = sip::ha1(user, "carillon", "secret");
        self.tell(Input::PhoneUser(sip::User { name: user.to_owned(), agent: Some(agent), ha1_md5, ha1_sha256 }));
        let mut phone = Phone::new(addr, transport, user, self.server, self.rng.next_u64());
        phone.habit = habit;
        phone.flow = if transport == Transport::Udp { FlowId(1) } else { FlowId(2_000 + self.next_action) };
        let (user, password, realm) = (user.to_owned(), "secret".to_owned(), "carillon".to_owned());
        let (local, instance, cseq, expires) = (addr, 1, 0, 3_600);
        phone.register = Some(Register { user, password, realm, local, transport, instance, cseq, expires });
        self.phones.insert(addr, phone);
        self.later(Duration::ZERO, Action::Phone(addr, Act::Register));
        self.run(Duration::from_secs(1));
        addr
    }

    /// A caller with a phone of its own dials; gives the phone's address.
    pub fn call(&mut self, from: &str, number: &str, patience: Duration) -> SocketAddr {
        self.call_later(Duration::ZERO, from, number, patience)
    }

    pub fn call_later(&mut self, after: Duration, from: &str, number: &str, patience: Duration) -> SocketAddr {
        let addr = self.free_address();
        let mut phone = Phone::new(addr, Transport::Udp, from, self.server, self.rng.next_u64());
        phone.habit = Habit::Ignore;
        self.phones.insert(addr, phone);
        self.later(after, Action::Phone(addr, Act::Dial { number: number.to_owned(), patience }));
        addr
    }

    fn free_address(&mut self) -> SocketAddr {
        let n = self.next_action;
        let (host, port) = (1 + n % 250, 5_060 + (n / 250) % 50_000);
        self.next_action += 1;
        SocketAddr::new(std::net::Ipv4Addr::new(203, 0, 113, host as u8).into(), port as u16)
    }

    /// The caller presses a digit: the worker hears it.
    pub fn press(&mut self, caller: SocketAddr, digit: char) {
        let leg = self.media.leg_towards(self.phones[&caller].rtp()).expect("the caller's audio is up");
        self.tell(Input::Media(media::Event::Digit { leg, digit }));
    }

    /// In every queue: who gave up and rings again in so long gets the place back.
    pub fn redial_s(&mut self, within_s: u32) {
        self.reconfigure(|center| center.rules.queues.iter_mut().for_each(|queue| queue.redial_s = within_s));
    }

    /// Changes the center while it runs.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Configuration)) {
        change(&mut self.configuration);
        self.tell(Input::Configure(Box::new(self.configuration.clone())));
    }

    /// The same so much later, by somebody who may have hung up.
    pub fn press_later(&mut self, after: Duration, caller: SocketAddr, digit: char) {
        self.later(after, Action::Press(caller, digit));
    }

    /// The phones of all customers outside, behind the provider.
    pub fn outside(&mut self, habit: Habit) -> SocketAddr {
        self.far_end(OUTSIDE, habit)
    }

    /// The same, at the end of another trunk.
    pub fn far_end(&mut self, addr: &str, habit: Habit) -> SocketAddr {
        let addr: SocketAddr = addr.parse().unwrap();
        let seed = self.rng.next_u64();
        let server = self.server;
        let phone = self.phones.entry(addr).or_insert_with(|| Phone::new(addr, Transport::Udp, "", server, seed));
        phone.habit = habit;
        addr
    }

    /// Says what an agent's desktop asks; gives the answer.
    pub fn command(&mut self, key: &str, ask: DeskCommand) -> CommandOutcome {
        let agent = self.agent(key);
        let command = self.ask(agent, ask);
        self.replies[&command].clone()
    }

    /// As `command`, where the answer may come later: see `replies`.
    pub fn command_later(&mut self, key: &str, ask: DeskCommand) {
        let agent = self.agent(key);
        self.ask(agent, ask);
    }

    fn ask(&mut self, agent: AgentId, ask: DeskCommand) -> CommandId {
        self.next_command += 1;
        let command = CommandId(self.next_command);
        self.tell(Input::Desk { command, agent, ask });
        command
    }

    /// Says what a supervisor asks, `sue` by name; gives the answer.
    pub fn supervise(&mut self, ask: SuperviseCommand) -> CommandOutcome {
        self.next_command += 1;
        let command = CommandId(self.next_command);
        self.tell(Input::Supervise { command, user: "sue".to_owned(), ask });
        self.replies[&command].clone()
    }

    pub fn act(&mut self, phone: SocketAddr, act: Act) {
        self.later(Duration::ZERO, Action::Phone(phone, act));
    }

    pub fn act_later(&mut self, after: Duration, phone: SocketAddr, act: Act) {
        self.later(after, Action::Phone(phone, act));
    }

    pub fn tell_later(&mut self, after: Duration, input: Input) {
        self.later(after, Action::Center(Box::new(input)));
    }

    fn later(&mut self, after: Duration, action: Action) {
        self.next_action += 1;
        self.queue.insert((self.now + after, self.next_action), action);
    }

    pub fn knows(&mut self, card: CustomerCard, number: &str) {
        let number = Number::parse(number, "CN").unwrap();
        let cards = self.store.customers.entry(number).or_default();
        cards.retain(|known| known.id != card.id);
        cards.push(card);
    }

    pub fn run(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = until;
    }

    /// Runs until `done`, or fails after `limit`.
    pub fn run_until(&mut self, limit: Duration, what: &str, done: impl Fn(&Self) -> bool) {
        let until = self.now + limit;
        while !done(self) {
            assert!(self.step(until), "seed {}: not within {limit:?}: {what}", self.seed);
        }
    }

    /// The next thing that happens before `until`; `false` when there is none.
    fn step(&mut self, until: Instant) -> bool {
        let action = self.queue.first_key_value().map(|(key, _)| key.0);
        let phone = self.phone_deadlines.first().map(|(at, _)| *at);
        let center = self.center.next_deadline();
        let Some(next) = [action, phone, center].into_iter().flatten().min().filter(|next| *next <= until) else {
            return false;
        };
        self.steps += 1;
        self.now = self.now.max(next);
        if action == Some(next) {
            let (_, action) = self.queue.pop_first().expect("it was just seen");
            self.perform(action);
        } else if center == Some(next) {
            self.tell(Input::Deadline);
            assert!(self.center.next_deadline().is_none_or(|at| at > self.now), "a deadline that stays due");
        } else {
            let (_, addr) = self.phone_deadlines.pop_first().expect("it was just seen");
            let effects = self.phones.get_mut(&addr).map(|phone| phone.deadline(self.now)).unwrap_or_default();
            self.after_phone(addr, effects);
        }
        true
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::ToCenter(received) => self.tell(Input::Sip(received)),
            Action::Center(input) => self.tell(*input),
            Action::ToPhone(addr, bytes) => {
                let Some(phone) = self.phones.get_mut(&addr) else { return };
                let effects = phone.receive(self.now, bytes);
                self.after_phone(addr, effects);
            }
            Action::MediaLost(addr) => self.media_lost(addr),
            Action::Press(addr, digit) => {
                let rtp = self.phones.get(&addr).filter(|phone| !phone.vanished).map(Phone::rtp);
                if let Some(leg) = rtp.and_then(|rtp| self.media.leg_towards(rtp)) {
                    self.tell(Input::Media(media::Event::Digit { leg, digit }));
                }
            }
            Action::Phone(addr, act) => {
                if matches!(act, Act::Vanish) {
                    self.later(MEDIA_TIMEOUT, Action::MediaLost(addr));
                }
                let Some(phone) = self.phones.get_mut(&addr) else { return };
                let effects = phone.act(self.now, act);
                self.after_phone(addr, effects);
            }
        }
    }

    /// As a worker does it: only who talks with somebody is missed.
    fn media_lost(&mut self, addr: SocketAddr) {
        let Some(rtp) = self.phones.get(&addr).filter(|phone| phone.vanished).map(Phone::rtp) else { return };
        while let Some(leg) = self.media.leg_towards(rtp) {
            let is_heard = self.media.hears.values().any(|from| from.contains(&leg));
            if !is_heard || self.media.playing.contains_key(&leg) {
                return self.later(MEDIA_TIMEOUT, Action::MediaLost(addr));
            }
            self.tell(Input::Media(media::Event::MediaLost { leg }));
        }
    }

    fn after_phone(&mut self, addr: SocketAddr, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Later(after, act) => self.later(after, Action::Phone(addr, act)),
                Effect::FlowClosed(flow) => self.tell(Input::FlowClosed(flow)),
                Effect::Send(bytes) => self.send_to_center(addr, &bytes),
            }
        }
        let Some(phone) = self.phones.get_mut(&addr) else { return };
        let next = phone.next_deadline();
        if let Some(old) = std::mem::replace(&mut phone.scheduled, next) {
            self.phone_deadlines.remove(&(old, addr));
        }
        if let Some(at) = next {
            self.phone_deadlines.insert((at, addr));
        }
    }

    fn send_to_center(&mut self, addr: SocketAddr, bytes: &bytes::Bytes) {
        let phone = &self.phones[&addr];
        let (flow, transport) = (phone.flow, phone.transport);
        let received = Received { flow, transport, source: addr, local: self.server, bytes: bytes.clone() };
        for delay in self.network.arrivals(transport) {
            self.later(delay, Action::ToCenter(received.clone()));
        }
    }

    /// The one door of the center.
    pub fn tell(&mut self, input: Input) {
        if let Input::Configure(configuration) = &input {
            self.wall.configure(&configuration.rules);
        }
        let mut outputs = Vec::new();
        self.center.handle(self.now, input, &mut outputs);
        for output in outputs {
            self.obey(output);
        }
        self.invariants();
    }

    fn obey(&mut self, output: Output) {
        match output {
            Output::Transmit { to, bytes } => {
                if bytes.starts_with(b"INVITE") {
                    self.trail.push((self.now, format!("INVITE {}", to.addr)));
                }
                if bytes.starts_with(b"BYE") {
                    let text = String::from_utf8_lossy(&bytes);
                    let reason = text.lines().find(|line| line.starts_with("Reason:")).unwrap_or_default();
                    self.trail.push((self.now, format!("BYE {} {reason}", to.addr)));
                }
                let open = self.phones.get(&to.addr).is_some_and(|phone| to.flow.is_none_or(|flow| flow == phone.flow));
                if open {
                    for delay in self.network.arrivals(to.transport) {
                        self.later(delay, Action::ToPhone(to.addr, bytes.clone()));
                    }
                }
            }
            Output::Media { command, .. } => {
                for (after, event) in self.media.obey(command) {
                    self.later(after, Action::Center(Box::new(Input::Media(event))));
                }
            }
            Output::Query { query, ask } => {
                self.queries += 1;
                if self.rng.chance(self.store_silent) {
                    return;
                }
                let answer = match ask {
                    Query::ByNumber(number) => {
                        Answer::Customers(self.store.customers.get(&number).cloned().unwrap_or_default())
                    }
                    Query::ById(id) => {
                        let all = self.store.customers.values().flatten();
                        Answer::Customers(all.filter(|card| card.id == id).cloned().collect())
                    }
                    Query::Attempt(attempt) => Answer::Attempt(self.store.lists.begin(&attempt)),
                    Query::Entry(row) => Answer::Attempt(self.store.lists.called(row)),
                };
                let after = Duration::from_millis(1 + self.rng.below(40));
                self.later(after, Action::Center(Box::new(Input::Answer { query, answer })));
            }
            Output::Push { agent, event } => {
                if let carillon::center::desk::DeskEvent::PopShown(_) = &event {
                    self.trail.push((self.now, format!("pop {agent}")));
                }
                if let Some((after, ask)) = self.desks.push(agent, event) {
                    self.next_command += 1;
                    let command = CommandId(self.next_command);
                    self.later(after, Action::Center(Box::new(Input::Desk { command, agent, ask })));
                }
            }
            Output::Reply { command, outcome, .. } => {
                assert!(self.replies.insert(command, outcome).is_none(), "{command:?} is answered twice");
            }
            Output::Write(write) => self.store.write(write),
            Output::Drained => self.drained = true,
            Output::BoardChanged => self.wall.follow(&mut self.center, self.now),
            Output::Observed(Observed::Rejected { why }) => self.rejected.push(why),
            Output::Observed(_) => {}
        }
    }

    /// What must hold after every step (the mirrors check more on their way).
    fn invariants(&self) {
        for (agent, desk) in &self.desks.desks {
            if let Some((_, interaction)) = &desk.ring {
                assert!(
                    matches!(desk.state, AgentState::Reserved { .. }) || self.is_settling(desk),
                    "seed {}: {agent:?} rings for {interaction} as {:?}",
                    self.seed,
                    desk.state
                );
            }
        }
        let agents = self.desks.desks.len();
        assert!(
            self.media.hears.len() <= 8 * agents,
            "more hear somebody than agents, their callers and who joins them"
        );
    }

    /// Busy already, and the call's own event is the next push.
    fn is_settling(&self, desk: &Desk) -> bool {
        matches!(desk.state, AgentState::Busy { .. })
    }

    /// Everybody hangs up, time passes, and nothing may be left over.
    pub fn wind_down(&mut self) {
        let callers: Vec<SocketAddr> = self.phones.keys().copied().collect();
        for addr in callers {
            self.act(addr, Act::HangUpAll);
        }
        self.run(Duration::from_secs(400));
        assert_eq!(self.center.calls(), 0, "seed {}: calls left over", self.seed);
        assert!(self.rejected.is_empty(), "seed {}: the router was asked in vain: {:?}", self.seed, self.rejected);
        self.media.assert_idle();
        self.store.check_call_backs();
        for row in self.store.interactions.values() {
            assert!(row.ended.is_some() && row.outcome.is_some(), "seed {}: {row:?} never ended", self.seed);
            let refused = row.outcome == Some(carillon::crm::Outcome::Refused);
            let tiled = row.ended.is_some_and(|ended| carillon::crm::tiles(&row.segments, row.started, ended));
            assert!(refused || tiled, "seed {}: {row:?} is not tiled by its segments", self.seed);
            let last = self.store.kinds(row.id);
            let ended = last.contains(&"call.ended") || last.contains(&"call.interrupted");
            assert!(row.outcome == Some(carillon::crm::Outcome::Refused) || ended, "{last:?}");
        }
        for (agent, desk) in &self.desks.desks {
            let free = !matches!(desk.state, AgentState::Reserved { .. } | AgentState::Busy { .. });
            assert!(free && desk.ring.is_none() && !desk.talks(), "seed {}: {agent:?} is stuck: {desk:?}", self.seed);
        }
    }

    /// The only interaction there is.
    pub fn only_row(&self) -> &Interaction {
        assert_eq!(self.store.interactions.len(), 1);
        self.store.interactions.values().next().unwrap()
    }
}
