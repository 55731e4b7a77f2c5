//! The wait estimate on M/M/n+M, where the best possible predictor is known: the sum of
//! `1 / (n mu + i theta)` over those ahead, with the true rates.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use carillon::acd::*;
use carillon::base::{AgentId, ContactId, Instant, QueueId, Rng};

const AGENTS: u32 = 20;
const SERVICE_S: f64 = 180.0;
const PATIENCE_S: f64 = 150.0;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    End(ContactId),
    GiveUp(ContactId),
}

fn exponential(rng: &mut Rng, mean_s: f64) -> u64 {
    (-(1.0 - rng.unit()).ln() * mean_s * 1e6) as u64
}

struct Line {
    router: Router,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    rng: Rng,
    /// Erlangs offered.
    load: f64,
    /// Arrival, what was estimated and what the best predictor says in seconds.
    told: BTreeMap<ContactId, (u64, WaitEstimate, f64)>,
    outcomes: Vec<Outcome>,
    next: u64,
}

/// In seconds.
struct Outcome {
    real: f64,
    told: WaitEstimate,
    best: f64,
}

impl Line {
    fn new(seed: u64, load: f64) -> Self {
        let queue = QueueRule {
            id: QueueId(1),
            wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 },
            announce_s: 0,
            ..QueueRule::default()
        };
        let agent = |id| AgentRule { id: AgentId(id), key: format!("a{id}"), ..AgentRule::default() };
        let rules = Rules { queues: vec![queue], agents: (0..AGENTS).map(agent).collect(), ..Rules::default() };
        let mut line = Self {
            router: Router::new(Settings { explain: 0, ..Settings::default() }, seed),
            events: BinaryHeap::from([Reverse((1_000_000, Event::Arrival))]),
            rng: Rng::new(seed),
            load,
            told: BTreeMap::new(),
            outcomes: Vec::new(),
            next: 0,
        };
        line.tell(0, Input::Configure(Box::new(rules)));
        for agent in (0..AGENTS).map(AgentId) {
            line.tell(0, Input::SignIn { agent });
            line.tell(0, Input::Ready { agent, author: Author::Agent });
        }
        line
    }

    fn tell(&mut self, at: u64, input: Input) {
        let now = Instant::from_micros(at);
        let mut out = Vec::new();
        self.router.handle(now, input, &mut out);
        for output in out {
            let Output::Reserve { reservation, contact, .. } = output else { continue };
            if let Some((arrived, told, best)) = self.told.remove(&contact).filter(|(arrived, ..)| *arrived < at) {
                self.outcomes.push(Outcome { real: (at - arrived) as f64 / 1e6, told, best });
            }
            self.tell(at, Input::Accepted { reservation });
            let service = exponential(&mut self.rng, SERVICE_S);
            self.events.push(Reverse((at + service, Event::End(contact))));
        }
    }

    fn arrival(&mut self, at: u64) {
        self.next += 1;
        let contact = ContactId(self.next);
        let ahead = self.router.waiting_count();
        let estimate = self.router.estimate(QueueId(1), Instant::from_micros(at));
        let rate = |i: u32| f64::from(AGENTS) / SERVICE_S + f64::from(i) / PATIENCE_S;
        let best: f64 = (0..=ahead).map(|i| 1.0 / rate(i)).sum();
        if let Some(estimate) = estimate {
            self.told.insert(contact, (at, estimate, best));
        }
        self.tell(at, Input::Arrive(Arrival::new(contact, QueueId(1), Instant::from_micros(at))));
        let (patience, gap) =
            (exponential(&mut self.rng, PATIENCE_S), exponential(&mut self.rng, SERVICE_S / self.load));
        self.events.push(Reverse((at + patience, Event::GiveUp(contact))));
        self.events.push(Reverse((at + gap, Event::Arrival)));
    }

    fn run(&mut self, contacts: u64) {
        while self.next < contacts {
            let Some(Reverse((at, event))) = self.events.pop() else { return };
            match event {
                Event::Arrival => self.arrival(at),
                Event::End(contact) => self.tell(at, Input::Ended { contact }),
                Event::GiveUp(contact) if self.router.is_waiting(contact) == Some(true) => {
                    self.told.remove(&contact);
                    self.tell(at, Input::Leave { contact, why: Left::Abandoned });
                }
                Event::GiveUp(_) => {}
            }
        }
    }
}

#[test]
fn nearly_as_good_as_the_exact_predictor_and_honest_about_its_interval() {
    for (seed, load) in [(17, 22.0), (18, 19.0), (19, 26.0), (20, 22.0), (21, 20.5), (22, 35.0)] {
        let mut line = Line::new(seed, load);
        line.run(3_000);
        line.outcomes.clear();
        line.run(25_000);
        let count = line.outcomes.len() as f64;
        let error = |off: fn(&Outcome) -> f64| {
            (line.outcomes.iter().map(|outcome| off(outcome).powi(2)).sum::<f64>() / count).sqrt()
        };
        let own = error(|outcome| outcome.real - f64::from(outcome.told.seconds));
        let best = error(|outcome| outcome.real - outcome.best);
        let inside = |o: &&Outcome| (f64::from(o.told.low_s)..=f64::from(o.told.high_s)).contains(&o.real);
        let spoken = line.outcomes.iter().filter(inside).count() as f64 / count;
        let hits = line.router.estimate_hit_rate(QueueId(1)).unwrap();
        assert!(own <= 1.1 * best, "seed {seed}: error {own:.2} s, exact predictor {best:.2} s, {count} waits");
        assert!((0.75..=0.85).contains(&hits), "seed {seed}: the interval held for {hits:.3} of {count}");
        assert!((0.75..=0.85).contains(&spoken), "seed {seed}: as spoken it held for {spoken:.3} of {count}");
    }
}
