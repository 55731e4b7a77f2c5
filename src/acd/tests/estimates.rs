//! Several predictors on days with several skills, rates that change and callers who give up; and what
//! hangs on the estimate.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::world::*;
use crate::acd::engine::tables::index::QueueIx;
use crate::acd::engine::tables::pace::{Predicted, Predictor};
use crate::acd::*;
use crate::base::{AgentId, ContactId, Instant, QueueId, Rng, SkillId};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(u32),
    End(ContactId),
    GiveUp(ContactId),
}

/// Seconds.
const SERVICE: [f64; 3] = [150.0, 240.0, 200.0];
const PATIENCE: f64 = 240.0;
const DAY: f64 = 36_000.0;

struct Day {
    router: Router,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    rng: Rng,
    told: BTreeMap<ContactId, (u64, Predicted)>,
    /// By predictor: squared errors and how many.
    errors: [(f64, u32); 4],
    next: u64,
}

impl Day {
    /// Eight agents with one skill each, eight with two or three; the second queue goes first.
    fn new(seed: u64) -> Self {
        let rule = |id: u32| QueueRule {
            priority: if id == 1 { 3 } else { 5 },
            wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 },
            ..queue(id, &[need(id, 1)])
        };
        let skills = |id: u32| match id % 6 {
            0 => vec![(0, 5)],
            1 => vec![(1, 5)],
            2 => vec![(2, 5)],
            3 => vec![(0, 3), (1, 3)],
            4 => vec![(1, 2), (2, 4)],
            _ => vec![(0, 2), (1, 2), (2, 2)],
        };
        let rules = Rules {
            queues: (0..3).map(rule).collect(),
            agents: (0..18).map(|id| agent(id, &skills(id))).collect(),
            ..Rules::default()
        };
        let mut day = Self {
            router: Router::new(Settings { explain: 0, ..Settings::default() }, seed),
            events: BinaryHeap::new(),
            rng: Rng::new(seed),
            told: BTreeMap::new(),
            errors: [(0.0, 0); 4],
            next: 0,
        };
        day.tell(0, Input::Configure(Box::new(rules)));
        for agent in (0..18).map(AgentId) {
            day.tell(0, Input::SignIn { agent });
            day.tell(0, Input::Ready { agent, author: Author::Agent });
        }
        (0..3).for_each(|queue| day.events.push(Reverse((1_000_000, Event::Arrival(queue)))));
        day
    }

    fn exponential(&mut self, mean_s: f64) -> u64 {
        (-(1.0 - self.rng.unit()).ln() * mean_s * 1e6) as u64
    }

    fn tell(&mut self, at: u64, input: Input) {
        let mut out = Vec::new();
        self.router.handle(Instant::from_micros(at), input, &mut out);
        for output in out {
            let Output::Reserve { reservation, contact, queue, .. } = output else { continue };
            if let Some((arrived, predicted)) = self.told.remove(&contact).filter(|(arrived, _)| *arrived < at) {
                // All are asked about the same contacts.
                if predicted.iter().all(Option::is_some) {
                    for (error, said) in self.errors.iter_mut().zip(predicted) {
                        let off = ((at - arrived) as f64 - said.unwrap_or_default() as f64) / 1e6;
                        *error = (error.0 + off * off, error.1 + 1);
                    }
                }
            }
            self.tell(at, Input::Accepted { reservation });
            let service = self.exponential(SERVICE[queue.0 as usize]);
            self.events.push(Reverse((at + service, Event::End(contact))));
        }
    }

    fn arrival(&mut self, at: u64, queue: u32) {
        self.next += 1;
        let contact = ContactId(self.next);
        let ahead = self.router.queue_counts[QueueIx(queue)].waiting;
        let predicted = self.router.predict(QueueIx(queue), ahead, Instant::from_micros(at));
        self.told.insert(contact, (at, predicted));
        self.tell(at, Input::Arrive(Arrival::new(contact, QueueId(queue), Instant::from_micros(at))));
        let give_up = at + self.exponential(PATIENCE);
        self.events.push(Reverse((give_up, Event::GiveUp(contact))));
        // Two waves a day, around a load a little above what the agents can do.
        let wave = 1.0 + 0.5 * ((at as f64 / 1e6 / DAY) * 2.0 * std::f64::consts::TAU).sin();
        let gap = at + self.exponential(SERVICE[queue as usize] / (6.2 * wave));
        if gap < (DAY * 1e6) as u64 {
            self.events.push(Reverse((gap, Event::Arrival(queue))));
        }
    }

    /// Root of the mean squared error by predictor, in seconds.
    fn run(mut self) -> [f64; 4] {
        while let Some(Reverse((at, event))) = self.events.pop() {
            match event {
                Event::Arrival(queue) => self.arrival(at, queue),
                Event::End(contact) => self.tell(at, Input::Ended { contact }),
                Event::GiveUp(contact) if self.router.is_waiting(contact) == Some(true) => {
                    self.told.remove(&contact);
                    self.tell(at, Input::Leave { contact, why: Left::Abandoned });
                }
                Event::GiveUp(_) => {}
            }
        }
        self.errors.map(|(sum, count)| (sum / f64::from(count.max(1))).sqrt())
    }
}

#[test]
fn with_several_skills_the_effective_rate_is_better_than_the_last_to_be_served() {
    let mut better = 0;
    let mut sums = [0.0; 4];
    for seed in 1..=12 {
        let errors = Day::new(seed).run();
        sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error / 12.0);
        better += u32::from(errors[Predictor::Throughput as usize] < errors[Predictor::LastServed as usize]);
    }
    assert!(better >= 11, "better on {better} of 12 days; mean errors {sums:?}");
    assert!(sums[Predictor::Throughput as usize] < 0.9 * sums[Predictor::LastServed as usize], "{sums:?}");
}

/// One agent with the skill, one without; conversations of two minutes are known.
fn after_one_conversation(rule: QueueRule) -> World {
    let other = queue(2, &[]);
    let mut world = World::new(vec![rule, other], vec![agent(1, &[(1, 5)]), agent(2, &[])]);
    world.ready(&[1, 2]);
    world.arrive(10, 1);
    world.accept(1);
    world.wait(secs(120));
    world.end(10);
    world
}

fn without_skill(when: Condition) -> RelaxStep {
    RelaxStep { when: Some(when), drop: vec![SkillId(1)], ..RelaxStep::default() }
}

fn skilled() -> QueueRule {
    QueueRule { wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 }, ..queue(1, &[need(1, 1)]) }
}

#[test]
fn the_ring_widens_on_the_service_level() {
    let rule = QueueRule { relax: vec![without_skill(Condition::ServiceLevelBelow(80))], ..skilled() };
    let mut world = World::new(vec![rule], vec![agent(1, &[(1, 5)]), agent(2, &[])]);
    world.ready(&[1, 2]);
    for contact in 10..14 {
        world.arrive(contact, 1);
        assert_eq!(world.rings(contact), [1]);
        world.accept(1);
        world.end(contact);
    }
    world.arrive(20, 1);
    world.accept(1);
    world.arrive(21, 1);
    assert_eq!(world.rings(21), Vec::<u32>::new(), "all were answered in time");
    world.leave(21);
    world.arrive(22, 1);
    assert_eq!(world.rings(22), Vec::<u32>::new(), "five of six are 83 %");
    world.leave(22);
    world.arrive(23, 1);
    assert_eq!(world.rings(23), [2], "five of seven are 71 %");
}

#[test]
fn the_ring_widens_on_the_estimate() {
    let rule = QueueRule { relax: vec![without_skill(Condition::EstimateAbove(150))], ..skilled() };
    let mut world = after_one_conversation(rule);
    world.arrive(11, 1);
    assert_eq!(world.rings(11), [1], "who is served at once waits for nobody");
    world.accept(1);
    world.arrive(12, 1);
    assert_eq!(world.rings(12), [2], "the next would wait for two conversations");
    world.accept(2);
    world.arrive(13, 1);
    let narrow = QueueRule { relax: vec![without_skill(Condition::EstimateAbove(600))], ..skilled() };
    let mut world = after_one_conversation(narrow);
    world.arrive(11, 1);
    world.accept(1);
    world.arrive(12, 1);
    assert_eq!(world.rings(12), Vec::<u32>::new());
}

#[test]
fn a_long_estimate_sends_newcomers_to_the_first_queue_that_fits() {
    let to = |limit, queue| Overflow { when: OverflowWhen::EstimateAbove(limit), to: QueueId(queue) };
    // Above five minutes the third queue, above one the second: the first that applies decides.
    let mut rule = skilled();
    rule.overflow = vec![to(300, 3), to(60, 2)];
    let queues = vec![rule, queue(2, &[need(9, 1)]), queue(3, &[need(9, 1)])];
    let mut world = World::new(queues, vec![agent(1, &[(1, 5)])]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.wait(secs(120));
    world.end(10);
    let moved = |out: &[Output]| {
        out.iter().find_map(|output| match output {
            Output::Moved { to, why: Left::Full, .. } => Some(to.0),
            _ => None,
        })
    };
    let out = world.arrive(11, 1);
    assert_eq!((moved(&out), world.rings(11)), (None, vec![1]), "an agent is idle");
    world.accept(1);
    let out = world.arrive(12, 1);
    assert_eq!(moved(&out), Some(2), "two minutes");
    for contact in 20..23 {
        let mut arrival = Arrival::new(ContactId(contact), QUEUE, world.now);
        arrival.call_back = true;
        world.arrive_as(arrival);
    }
    let out = world.arrive(13, 1);
    assert_eq!(moved(&out), Some(3), "three are ahead: eight minutes");
}
