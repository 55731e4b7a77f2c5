//! A recorded day under other rules.

use carillon::acd::what_if::{Question, WhatIf, what_if};
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
        self.entries.push(Entry::Input { at: self.now, input: input.clone(), digest: None });
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
    let router = start().restore();
    let mut day = Recorder { router, entries: Vec::new(), now: Instant::ZERO, rings: Vec::new() };
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

fn start() -> Checkpoint {
    Checkpoint::start(Settings::default(), 1, Instant::ZERO)
}

fn asked(begin: Checkpoint, entries: Vec<Entry>, rules: Rules) -> WhatIf {
    let to = Instant::from_micros(20_000_000_000);
    what_if(&Question { begin, entries, to, rules, seed: 5, top: 3, ranges: true })
}

/// The state in the middle of the day, and what came after it.
fn from_the_middle(place: usize) -> (Checkpoint, Vec<Entry>) {
    let entries = recorded();
    let mut replay = Replay::new(Instant::ZERO);
    replay.take(Entry::Begin(Box::new(start()))).unwrap();
    let mut at = Instant::ZERO;
    for entry in &entries[..place] {
        replay.take(entry.clone()).unwrap();
        if let Entry::Input { at: when, .. } = entry {
            at = *when;
        }
    }
    (replay.router().unwrap().checkpoint(at, place as u64), entries[place..].to_vec())
}

#[test]
fn under_the_same_rules_nobody_wins_or_loses() {
    let got = asked(start(), recorded(), rules(2));
    assert_eq!((got.winners, got.losers, got.unchanged, got.borrowed_conversations), (0, 0, 60, 0));
    assert_eq!(got.then, got.now);
    assert!(got.then.side.abandoned > 0 && got.then.side.asa_s > Some(0.0), "a day with waits: {:?}", got.then);
    assert!(got.then.occupancy > Some(0.0));
}

#[test]
fn the_same_from_any_moment_of_the_day() {
    let all = recorded().len();
    for place in (10..all - 10).step_by(17) {
        let (begin, rest) = from_the_middle(place);
        let got = asked(begin, rest, rules(2));
        assert_eq!((got.winners, got.losers), (0, 0), "from entry {place}: {:?} {:?}", got.top_winners, got.top_losers);
        assert_eq!(got.then.side.answered, got.now.side.answered, "from entry {place}");
        assert_eq!(got.then.side.asa_s, got.now.side.asa_s, "from entry {place}");
    }
}

#[test]
fn the_same_until_any_moment_of_the_day() {
    let entries = recorded();
    for seconds in (200..2_600).step_by(61) {
        let to = Instant::from_micros(seconds * 1_000_000);
        let until = |entry: &&Entry| matches!(entry, Entry::Input { at, .. } if *at <= to);
        let entries: Vec<Entry> = entries.iter().take_while(until).cloned().collect();
        let question = Question { begin: start(), entries, to, rules: rules(2), seed: 5, top: 3, ranges: false };
        let got = what_if(&question);
        assert_eq!((got.winners, got.losers, got.borrowed_conversations), (0, 0, 0), "until {seconds} s");
        assert_eq!(got.then, got.now, "until {seconds} s: what goes on at the end goes on");
    }
}

/// The server stops in the middle of the day and starts again with everybody signed out.
#[test]
fn a_restart_ends_what_is_open_on_both_days() {
    let mut entries = recorded();
    let half = entries.len() / 2;
    let mut rest = recorded().split_off(1);
    let Some(Entry::Input { at: stop, .. }) = entries.get(half - 1).cloned() else { panic!("an input") };
    entries.truncate(half);
    let later = |at: Instant| at + stop.since(Instant::ZERO) + std::time::Duration::from_secs(60);
    entries.push(Entry::Begin(Box::new(Checkpoint::start(Settings::default(), 1, later(Instant::ZERO)))));
    rest.insert(0, Entry::Input { at: Instant::ZERO, input: Input::Configure(Box::new(rules(2))), digest: None });
    for entry in rest {
        let Entry::Input { at, input, .. } = entry else { continue };
        let input = match input {
            Input::Arrive(arrival) => {
                let contact = ContactId(arrival.contact.0 + 1_000);
                Input::Arrive(Arrival::new(contact, arrival.queue, later(at)))
            }
            Input::Ended { contact } => Input::Ended { contact: ContactId(contact.0 + 1_000) },
            Input::Leave { contact, why } => Input::Leave { contact: ContactId(contact.0 + 1_000), why },
            // Numbers of reservations are made anew: nobody answers on the second half day.
            Input::Accepted { .. } => continue,
            other => other,
        };
        entries.push(Entry::Input { at: later(at), input, digest: None });
    }
    let got = asked(start(), entries, rules(2));
    assert!(got.unchanged > 20 && got.then.side.answered > 20, "{:?}", got.then);
    assert!(got.losers == 0, "{:?}", got.top_losers);
}

#[test]
fn one_agent_more_helps_and_hurts_nobody() {
    let got = asked(start(), recorded(), rules(3));
    assert!(got.winners > 10 && got.losers == 0, "{} winners, {} losers", got.winners, got.losers);
    assert_eq!(got.winners + got.losers + got.unchanged, 60);
    assert!(got.now.side.asa_s < got.then.side.asa_s && got.now.occupancy < got.then.occupancy);
    assert!(got.borrowed_conversations > 0, "who gave up then is answered now");
    let best = &got.top_winners[0];
    assert!(got.top_winners.len() == 3 && !best.then.answered && best.now.answered, "{best:?}");
    assert_eq!((best.queue.as_str(), got.queues.len()), ("support", 1));
    let (mean, low, high) = (got.patience.mean_s.unwrap(), got.patience.low_s.unwrap(), got.patience.high_s.unwrap());
    assert!(low < mean && mean < high && got.now_by_patience.is_some());
    assert_eq!(asked(start(), recorded(), rules(3)), got, "the same seed, the same day");
}

#[test]
fn one_agent_less_hurts() {
    let got = asked(start(), recorded(), rules(1));
    assert!(got.losers > 10 && got.now.side.service_level < got.then.side.service_level, "{:?}", got.now);
    assert!(got.now.side.abandoned > got.then.side.abandoned, "patience ends");
}

/// The first agent lets the phone ring, comes back later; the ring of a served contact takes its time.
#[test]
fn missed_rings_and_slow_answers_are_as_they_were() {
    let mut day = Recorder { router: start().restore(), entries: Vec::new(), now: Instant::ZERO, rings: Vec::new() };
    let told = |day: &mut Recorder, input: Input| {
        day.entries.push(Entry::Input { at: day.now, input: input.clone(), digest: None });
        let mut out = Vec::new();
        day.router.handle(day.now, input, &mut out);
        out.iter().find_map(|output| match output {
            Output::Reserve { reservation, agent, .. } => Some((*reservation, *agent)),
            _ => None,
        })
    };
    told(&mut day, Input::Configure(Box::new(rules(2))));
    for agent in (1..=2).map(AgentId) {
        told(&mut day, Input::SignIn { agent });
        day.now = day.now + std::time::Duration::from_millis(10);
        told(&mut day, Input::Ready { agent, author: Author::Agent });
    }
    let contact = ContactId(1);
    let arrival = Input::Arrive(Arrival::new(contact, QueueId(1), day.now));
    let (_, first) = told(&mut day, arrival).unwrap();
    assert_eq!(first, AgentId(1));
    day.now = day.router.next_deadline().unwrap();
    let (ring, second) = told(&mut day, Input::Deadline).unwrap();
    assert_eq!(second, AgentId(2));
    day.now = day.now + std::time::Duration::from_secs(4);
    told(&mut day, Input::Accepted { reservation: ring });
    day.now = day.now + std::time::Duration::from_secs(60);
    told(&mut day, Input::Ended { contact });
    let got = asked(start(), day.entries, rules(2));
    assert_eq!((got.winners, got.losers, got.unchanged), (0, 0, 1));
    assert_eq!(got.then.side.asa_s, Some(24.0));
    assert_eq!(got.now.side.asa_s, Some(24.0), "twenty seconds in vain, four until the answer");
}
