//! A real center with many queues and agents, whose agents come and go.

use std::net::SocketAddr;

use carillon::acd::{self, AgentRule, QueueRule, Router, Rules};
use carillon::base::{AgentId, CommandId, Instant, QueueId};
use carillon::center::desk::DeskCommand;
use carillon::center::{Center, Configuration, Input, Named, Output, Settings, StaticPhone};

pub const QUEUES: u32 = 200;
pub const AGENTS: u32 = 2_000;
/// Queues that an agent serves.
const EACH: u32 = 10;

const START: Instant = Instant::from_micros(1_790_000_000_000_000);

pub struct Site {
    pub center: Center,
    pub now: Instant,
    commands: u64,
    outputs: Vec<Output>,
}

impl Site {
    pub fn new() -> Self {
        let center = Center::new(Settings::default(), 7, START);
        let mut site = Self { center, now: START, commands: 0, outputs: Vec::new() };
        site.configure();
        site
    }

    /// Everybody has a phone with a fixed address, and is ready from then on.
    pub fn configure(&mut self) {
        self.tell(Input::Configure(Box::new(configuration())));
    }

    /// Somebody takes a break, or comes back from it.
    pub fn change(&mut self, agent: u32, away: bool) {
        self.commands += 1;
        let ask = match away {
            true => DeskCommand::NotReady { reason: "break".to_owned() },
            false => DeskCommand::Ready,
        };
        self.tell(Input::Desk { command: CommandId(self.commands), agent: AgentId(agent), ask });
    }

    fn tell(&mut self, input: Input) {
        self.now = self.now + std::time::Duration::from_millis(11);
        self.center.handle(self.now, input, &mut self.outputs);
        self.outputs.clear();
    }
}

/// A router in which everybody is ready.
pub fn router(rules: &Rules, now: Instant) -> Router {
    let mut router = Router::new(acd::Settings::default(), 7);
    let mut tell = |input| router.handle(now, input, &mut Vec::new());
    tell(acd::Input::Configure(Box::new(rules.clone())));
    for agent in rules.agents.iter().map(|rule| rule.id) {
        tell(acd::Input::SignIn { agent });
        tell(acd::Input::Ready { agent, author: acd::Author::Agent });
    }
    router
}

pub fn rules() -> Rules {
    let queue = |id| QueueRule {
        id: QueueId(id),
        key: format!("queue-{id:03}"),
        name: format!("Customer service {id:03}"),
        ..QueueRule::default()
    };
    let agent = |id: u32| AgentRule {
        id: AgentId(id),
        key: format!("agent-{id:04}"),
        name: format!("Agent Number {id:04}"),
        queues: served(id).map(QueueId).collect(),
        ..AgentRule::default()
    };
    let (queues, agents) = ((1..=QUEUES).map(queue).collect(), (1..=AGENTS).map(agent).collect());
    Rules { queues, agents, ..Rules::default() }
}

fn configuration() -> Configuration {
    let phone = |id: u32| StaticPhone {
        agent: AgentId(id),
        uri: format!("sip:agent-{id:04}@198.51.100.1"),
        addr: SocketAddr::from(([198, 51, 100, 1], 5060)),
    };
    let label = |key: &str| Named { key: key.to_owned(), en: key.to_owned(), zh: key.to_owned() };
    Configuration {
        rules: rules(),
        static_phones: (1..=AGENTS).map(phone).collect(),
        reasons: vec![label("break")],
        region: "CN".to_owned(),
        language: "en".to_owned(),
        zone: "Asia/Shanghai".to_owned(),
        ..Configuration::default()
    }
}

pub fn served(agent: u32) -> impl Iterator<Item = u32> {
    (0..EACH).map(move |n| (agent * 7 + n) % QUEUES + 1)
}
