//! A recorded day under other rules.

use carillon::acd::what_if::what_if;
use carillon::acd::*;
use carillon::base::{AgentId, ContactId, Instant, QueueId, ReservationId};

struct Recorder {
    router: Router,
    entries: Vec<Entry>,
    now: Instant,
    rings: Vec<ReservationId>,
}

impl Recorder {
    fn tell(&mut self, input: Input) {
        self.entries.push(Entry::Input { at: self.now, input: input.clone() });
        let mut out = Vec::new();
        self.router.handle(self.now, input, &mut out);
        for output in out {
            if let Output::Reserve { reservation, .. } = output {
                self.rings.push(reservation);
            }
        }
        // Everybody answers at once.
        while let Some(reservation) = self.rings.pop() {
            self.tell(Input::Accepted { reservation });
        }
    }

    fn until(&mut self, ms: u64) {
        let end = Instant::from_micros(ms * 1_000);
        while let Some(at) = self.router.next_deadline().filter(|at| *at <= end) {
            self.now = at;
            self.tell(Input::Deadline);
        }
        self.now = end;
    }
}

fn rules(agents: u32) -> Rules {
    let queue = QueueRule { id: QueueId(1), key: "support".into(), announce_s: 0, ..QueueRule::default() };
    let agent = |id| AgentRule { id: AgentId(id), key: format!("a{id}"), ..AgentRule::default() };
    Rules { queues: vec![queue], agents: (1..=agents).map(agent).collect(), ..Rules::default() }
}

/// Three agents sign in; the rules know two. A call every 40 s lasts 97 s, every fifth caller gives up
/// after 25 s; nothing happens at the same moment.
fn recorded() -> Vec<Entry> {
    let start = Entry::Start { settings: Settings::default(), seed: 1 };
    let router = Router::new(Settings::default(), 1);
    let mut day = Recorder { router, entries: vec![start], now: Instant::ZERO, rings: Vec::new() };
    day.tell(Input::Configure(Box::new(rules(2))));
    for agent in (1..=3).map(AgentId) {
        day.tell(Input::SignIn { agent });
        day.tell(Input::Ready { agent, author: Author::Agent });
    }
    let mut events = std::collections::BTreeSet::new();
    for call in 1..=60u64 {
        events.insert((call * 40_000, 0, call));
    }
    let mut ends = std::collections::BTreeSet::new();
    while let Some((ms, kind, call)) = events.pop_first() {
        day.until(ms);
        let contact = ContactId(call);
        match kind {
            0 => {
                day.tell(Input::Arrive(Arrival::new(contact, QueueId(1), day.now)));
                if call % 5 == 0 {
                    events.insert((ms + 25_310, 1, call));
                }
            }
            1 if day.router.is_waiting(contact) == Some(true) => {
                day.tell(Input::Leave { contact, why: Left::Abandoned });
            }
            1 => {}
            _ => day.tell(Input::Ended { contact }),
        }
        for talking in (1..=60).filter(|id| day.router.is_waiting(ContactId(*id)) == Some(false)) {
            if ends.insert(talking) {
                events.insert((ms + 97_170, 2, talking));
            }
        }
    }
    day.until(20_000_000);
    day.entries
}

#[test]
fn under_the_same_rules_nobody_wins_or_loses() {
    let got = what_if(&recorded(), &rules(2), 5);
    assert_eq!((got.winners, got.losers, got.borrowed_conversations), (0, 0, 0));
    assert_eq!(got.then.answered(), got.now.answered());
    assert_eq!(got.then.wait_answered_us, got.now.wait_answered_us);
    assert!(got.then.abandoned() > 0 && got.then.wait_answered_us > 0, "a day with waits: {:?}", got.then);
}

#[test]
fn one_agent_more_helps_and_hurts_nobody() {
    let got = what_if(&recorded(), &rules(3), 5);
    assert!(got.winners > 10 && got.losers == 0, "{} winners, {} losers", got.winners, got.losers);
    assert!(got.now.wait_answered_us < got.then.wait_answered_us);
    assert!(got.borrowed_conversations > 0, "who gave up then is answered now");
    let (mean, low, high) = (got.patience.mean_s.unwrap(), got.patience.low_s.unwrap(), got.patience.high_s.unwrap());
    assert!(low < mean && mean < high);
    assert_eq!(what_if(&recorded(), &rules(3), 5), got, "the same seed, the same day");
}
