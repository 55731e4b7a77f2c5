//! A busy minute as rows of the board: agents ring, talk, wrap up and wait again, and the figures of their
//! queues follow.

use std::time::Duration;

use carillon::acd::AgentState;
use carillon::base::{AgentId, ContactId, Instant, QueueId, ReservationId, Rng};
use carillon::center::board::{AgentRow, Board, BoardChanges, QueueTile, ServiceLevel};

use crate::center::{AGENTS, QUEUES, served};

/// How long a state lasts in the middle, in seconds: ready, ringing, in conversation, in wrap-up.
const LASTS: [u64; 4] = [40, 6, 240, 40];

pub struct Day {
    pub board: Board,
    rng: Rng,
    /// By agent: what it does, when that is over, and the queue of the contact.
    doing: Vec<(usize, Instant, u32)>,
    contacts: u64,
}

impl Day {
    /// Everybody is somewhere in the circle already.
    pub fn new(start: Instant) -> Self {
        let board = Board {
            at: start,
            queues: (1..=QUEUES).map(tile).collect(),
            agents: (1..=AGENTS).map(|id| row(id, start)).collect(),
            calls_active: 0,
            alerts: Vec::new(),
        };
        let mut day = Self { board, rng: Rng::new(3), doing: Vec::new(), contacts: 0 };
        for agent in 1..=AGENTS {
            let phase = day.pick_phase();
            let left = day.rng.below(LASTS[phase] * 2_000).max(1);
            day.doing.push((phase, start + Duration::from_millis(left), 1));
            served(agent).for_each(|queue| *day.count(queue, phase) += 1);
            day.enter(agent, phase, start);
        }
        day
    }

    fn pick_phase(&mut self) -> usize {
        let mut at = self.rng.below(LASTS.iter().sum());
        LASTS.iter().position(|lasts| at.checked_sub(*lasts).map(|left| at = left).is_none()).unwrap_or(0)
    }

    /// Everything up to a moment: the rows that it touched.
    pub fn until(&mut self, now: Instant) -> BoardChanges {
        let mut agents = Vec::new();
        for agent in 1..=AGENTS {
            let (phase, over, _) = self.doing[agent as usize - 1];
            if over <= now {
                self.step(agent, phase, over);
                agents.push(self.board.agents[agent as usize - 1].clone());
            }
        }
        self.board.at = now;
        let Board { queues, calls_active, .. } = &self.board;
        let (queues, calls_active) = (queues.clone(), *calls_active);
        BoardChanges { at: now, whole: false, queues, agents, calls_active, alerts: None }
    }

    fn step(&mut self, agent: u32, phase: usize, at: Instant) {
        let next = (phase + 1) % LASTS.len();
        for queue in served(agent) {
            *self.count(queue, phase) -= 1;
            *self.count(queue, next) += 1;
        }
        let queue = match next {
            1 => served(agent).nth(self.rng.below(10) as usize).unwrap_or(1),
            _ => self.doing[agent as usize - 1].2,
        };
        let tile = &mut self.board.queues[queue as usize - 1];
        match next {
            1 => (tile.waiting, tile.longest_since, tile.offered) = (tile.waiting + 1, Some(at), tile.offered + 1),
            2 => {
                tile.waiting = tile.waiting.saturating_sub(1);
                tile.longest_since = (tile.waiting > 0).then_some(at);
                tile.answered += 1;
                tile.asa_ms = (tile.asa_ms * 9 + self.rng.below(20_000)) / 10;
                tile.service_level.value = Some(f64::from(tile.answered) / f64::from(tile.offered.max(1)));
                self.board.calls_active += 1;
            }
            3 => self.board.calls_active = self.board.calls_active.saturating_sub(1),
            _ => {}
        }
        let lasts = Duration::from_millis(LASTS[next] * 500 + self.rng.below(LASTS[next] * 1_000));
        self.doing[agent as usize - 1] = (next, at + lasts, queue);
        self.enter(agent, next, at);
    }

    fn enter(&mut self, agent: u32, phase: usize, at: Instant) {
        self.contacts += u64::from(phase == 1);
        // Ids as long as those of a center that has run for a while.
        let id = (at.as_micros() << 10) | self.contacts;
        let contact = ContactId(id);
        let until = at + Duration::from_secs(30);
        let row = &mut self.board.agents[agent as usize - 1];
        row.since = at;
        row.state = match phase {
            0 => AgentState::Ready,
            1 => AgentState::Reserved { reservation: ReservationId(id), contact, until },
            2 => AgentState::Busy { contact },
            _ => AgentState::WrapUp { contact, until: Some(until) },
        };
        let queue = self.doing.get(agent as usize - 1).map(|(.., queue)| format!("queue-{queue:03}"));
        row.queue = queue.filter(|_| phase == 1 || phase == 2);
    }

    fn count(&mut self, queue: u32, phase: usize) -> &mut u32 {
        let tile = &mut self.board.queues[queue as usize - 1];
        match phase {
            0 => &mut tile.ready,
            1 => &mut tile.reserved,
            2 => &mut tile.busy,
            _ => &mut tile.wrap_up,
        }
    }
}

fn tile(id: u32) -> QueueTile {
    QueueTile {
        id: QueueId(id),
        key: format!("queue-{id:03}"),
        name: format!("Customer service {id:03}"),
        waiting: 0,
        call_backs: 0,
        longest_since: None,
        offered: 900,
        answered: 800,
        abandoned: 40,
        short_abandoned: 12,
        asa_ms: 9_000,
        service_level: ServiceLevel {
            value: Some(0.81),
            formula: "V8".to_owned(),
            threshold_s: 20,
            short_abandon_s: 5,
            target: 0.8,
        },
        estimate_hit_rate: Some(0.8),
        ready: 0,
        reserved: 0,
        busy: 0,
        wrap_up: 0,
        not_ready: 0,
    }
}

fn row(id: u32, since: Instant) -> AgentRow {
    AgentRow {
        id: AgentId(id),
        key: format!("agent-{id:04}"),
        name: format!("Agent Number {id:04}"),
        state: AgentState::Ready,
        since,
        next: None,
        by: None,
        queue: None,
        phone_reachable: true,
        help: None,
        unread: 0,
    }
}
