//! The fold against a second implementation that shares no code with it: it keeps the life of every
//! contact as a story and counts afterwards.

use std::collections::BTreeMap;

use carillon::acd::statistics::{QueueCounts, Statistics};
use carillon::acd::*;
use carillon::base::{AgentId, ContactId, Instant, QueueId, ReservationId, Rng, SkillId};

/// Everything that happened to one contact, in order.
#[derive(Default)]
struct Story {
    arrived: Option<Instant>,
    events: Vec<(Instant, What)>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum What {
    Entered(QueueId),
    Rang,
    RangOut(AgentId),
    Answered,
    Gone(Left),
    Over,
    /// Microseconds.
    WrappedUp(u64),
}

struct Day {
    router: Router,
    fold: Statistics,
    stories: BTreeMap<ContactId, Story>,
    ringing: BTreeMap<ReservationId, (ContactId, AgentId)>,
    talking: Vec<ContactId>,
    wrapping: BTreeMap<AgentId, (ContactId, Instant)>,
    now: Instant,
}

impl Day {
    fn tell(&mut self, input: Input) {
        let (now, mut out) = (self.now, Vec::new());
        self.router.handle(now, input.clone(), &mut out);
        self.fold.note_input(now, &input);
        out.iter().for_each(|output| self.fold.note_output(now, output));
        match &input {
            Input::Arrive(arrival) => {
                let story = self.stories.entry(arrival.contact).or_default();
                story.arrived = Some(arrival.arrived);
                story.events.push((now, What::Entered(arrival.queue)));
            }
            Input::Leave { contact, why } => self.write(*contact, What::Gone(*why)),
            Input::Accepted { reservation } => {
                if let Some((contact, _)) = self.ringing.remove(reservation) {
                    self.write(contact, What::Answered);
                    self.talking.push(contact);
                }
            }
            Input::Ended { contact } => self.write(*contact, What::Over),
            _ => {}
        }
        for output in &out {
            match output {
                Output::Reserve { reservation, contact, agent, .. } => {
                    self.ringing.insert(*reservation, (*contact, *agent));
                    self.write(*contact, What::Rang);
                }
                Output::Withdraw { reservation, contact, because, .. } => {
                    let agent = self.ringing.remove(reservation).map(|(_, agent)| agent);
                    if matches!(because, Withdrawn::NoAnswer | Withdrawn::Refused) {
                        self.write(*contact, What::RangOut(agent.expect("it rang")));
                    }
                }
                Output::LeftQueue { contact, why, .. } => self.write(*contact, What::Gone(*why)),
                Output::Moved { contact, to, .. } => self.write(*contact, What::Entered(*to)),
                Output::AgentState { agent, state, .. } => {
                    if let Some((contact, since)) = self.wrapping.remove(agent) {
                        self.write(contact, What::WrappedUp(now.since(since).as_micros() as u64));
                    }
                    if let AgentState::WrapUp { contact, .. } = state {
                        self.wrapping.insert(*agent, (*contact, now));
                    }
                }
                _ => {}
            }
        }
    }

    fn write(&mut self, contact: ContactId, what: What) {
        self.stories.get_mut(&contact).expect("a contact that came").events.push((self.now, what));
    }

    fn wait(&mut self, ms: u64) {
        let end = self.now + std::time::Duration::from_millis(ms);
        while let Some(at) = self.router.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.tell(Input::Deadline);
        }
        self.now = end;
    }
}

fn rules() -> Rules {
    let queue = |id: u32| QueueRule {
        id: QueueId(id),
        key: format!("q{id}"),
        max_waiting: Some(6),
        max_wait_s: Some(90),
        overflow: match id {
            0 => vec![
                Overflow { when: OverflowWhen::Timeout, to: QueueId(1) },
                Overflow { when: OverflowWhen::Full, to: QueueId(1) },
            ],
            _ => vec![Overflow { when: OverflowWhen::Timeout, to: QueueId(1) }],
        },
        answer_within_s: 15 + 5 * id,
        requirement: Requirement {
            all: (0..id).map(|_| SkillNeed { skill: SkillId(7), min: 1, weight: 1 }).collect(),
            any: Vec::new(),
        },
        ..QueueRule::default()
    };
    let agent = |id: u32| AgentRule {
        id: AgentId(id),
        key: format!("a{id}"),
        skills: vec![(SkillId(7), 5)],
        ..AgentRule::default()
    };
    Rules { queues: (0..2).map(queue).collect(), agents: (0..3).map(agent).collect(), ..Rules::default() }
}

/// A day of hazards.
fn live_through(seed: u64, fold: Statistics) -> Day {
    let router = Router::new(Settings::default(), seed);
    let now = Instant::from_micros(1_700_000_000_000_000);
    let mut day = Day {
        router,
        fold,
        stories: BTreeMap::new(),
        ringing: BTreeMap::new(),
        talking: Vec::new(),
        wrapping: BTreeMap::new(),
        now,
    };
    day.tell(Input::Configure(Box::new(rules())));
    for agent in (0..3).map(AgentId) {
        day.tell(Input::SignIn { agent });
        day.tell(Input::Ready { agent, author: Author::Agent });
    }
    let mut rng = Rng::new(seed);
    for contact in 1..400 {
        let contact = ContactId(contact);
        day.tell(Input::Arrive(Arrival::new(contact, QueueId(rng.below(2) as u32), day.now)));
        for _ in 0..rng.below(4) {
            day.wait(rng.below(12_000));
            hazard(&mut day, &mut rng);
        }
    }
    day
}

fn hazard(day: &mut Day, rng: &mut Rng) {
    match rng.below(8) {
        0..3 => {
            if let Some(reservation) = day.ringing.keys().next().copied() {
                day.tell(Input::Accepted { reservation });
            }
        }
        3..6 if !day.talking.is_empty() => {
            let contact = day.talking.remove(0);
            day.tell(Input::Ended { contact });
            day.wait(rng.below(2_000));
            for agent in (0..3).map(AgentId) {
                day.tell(Input::WrapUpDone { agent });
                day.tell(Input::Ready { agent, author: Author::Agent });
            }
        }
        6 | 7 => {
            let waiting = day.router.waiting(QueueId(rng.below(2) as u32), day.now);
            if let Some(view) = waiting.get(rng.below(3) as usize) {
                let why = if rng.chance(0.8) { Left::Abandoned } else { Left::Removed };
                day.tell(Input::Leave { contact: view.contact, why });
            }
        }
        _ => {}
    }
}

/// The counts of all stays in one queue, from the stories.
fn recount(day: &Day, queue: &QueueRule) -> QueueCounts {
    let mut counts = QueueCounts::default();
    let seconds = |s: u32| u128::from(s) * 1_000_000;
    let (within, short) = (seconds(queue.answer_within_s), seconds(queue.short_abandon_s));
    for story in day.stories.values() {
        let arrived = story.arrived.expect("every story begins");
        let entries = story.events.iter().enumerate().filter(|(_, (_, what))| *what == What::Entered(queue.id));
        for (at, _) in entries {
            let rest = &story.events[at + 1..];
            let until = rest.iter().position(|(_, what)| matches!(what, What::Entered(_))).unwrap_or(rest.len());
            let (stay, moved_on) = (&rest[..until], until < rest.len());
            let count = |what: What| stay.iter().filter(|(_, other)| *other == what).count() as u64;
            counts.rings += count(What::Rang);
            let rang_out = stay.iter().filter(|(_, what)| matches!(what, What::RangOut(_))).count() as u64;
            counts.unanswered_rings += rang_out;
            counts.stays_with_unanswered_rings += rang_out.min(1);
            counts.offered += 1;
            counts.flowed_out += u64::from(moved_on);
            let moved_late = rest.get(until).is_some_and(|(at, _)| at.since(arrived).as_micros() > within);
            counts.flowed_out_late += u64::from(moved_late);
            let find = |what: What| stay.iter().find(|(_, other)| *other == what).map(|(at, _)| *at);
            let wait = |at: Instant| at.since(arrived).as_micros();
            let mut longest = |us: u128| counts.longest_wait_us = counts.longest_wait_us.max(us as u64);
            if let Some(at) = find(What::Answered) {
                longest(wait(at));
                counts.wait_answered_us += wait(at) as u64;
                if wait(at) <= within {
                    counts.answered_in_time += 1
                } else {
                    counts.answered_late += 1
                }
                if let Some(over) = find(What::Over) {
                    counts.talk_us += over.since(at).as_micros() as u64;
                    counts.talks += 1;
                }
                counts.wrap_up_us +=
                    stay.iter().map(|(_, what)| if let What::WrappedUp(us) = what { *us } else { 0 }).sum::<u64>();
            } else if let Some(at) = find(What::Gone(Left::Abandoned)) {
                longest(wait(at));
                counts.wait_abandoned_us += wait(at) as u64;
                match wait(at) {
                    us if us <= short => counts.abandoned_short += 1,
                    us if us <= within => counts.abandoned_in_time += 1,
                    _ => counts.abandoned_late += 1,
                }
            } else if let Some(at) = find(What::Gone(Left::Removed)) {
                longest(wait(at));
                if wait(at) <= within { counts.removed_in_time += 1 } else { counts.removed_late += 1 }
            } else if let Some(at) = find(What::Gone(Left::Timeout)) {
                longest(wait(at));
                counts.flowed_out += 1;
                counts.flowed_out_late += u64::from(wait(at) > within);
            } else if let Some(at) = find(What::Gone(Left::Full)) {
                longest(wait(at));
                counts.offered -= 1;
                counts.refused += 1;
            }
        }
    }
    counts
}

#[test]
fn two_implementations_agree_on_random_days() {
    let mut seen = QueueCounts::default();
    for seed in 0..40 {
        let day = live_through(seed, Statistics::new(900));
        for queue in &rules().queues {
            let rows = day.fold.rows();
            let of_queue = rows.queues.iter().filter(|((_, id), _)| *id == queue.id);
            let folded = of_queue.fold(QueueCounts::default(), |sum, (_, counts)| sum.plus(counts));
            assert_eq!(folded, recount(&day, queue), "seed {seed}, queue {}", queue.key);
            seen = seen.plus(&folded);
        }
    }
    let all = [
        seen.answered_in_time,
        seen.answered_late,
        seen.abandoned_short,
        seen.abandoned_in_time,
        seen.abandoned_late,
        seen.removed_in_time,
        seen.removed_late,
        seen.flowed_out - seen.flowed_out_late,
        seen.flowed_out_late,
        seen.refused,
        seen.unanswered_rings,
        seen.unanswered_rings - seen.stays_with_unanswered_rings,
        seen.talk_us,
        seen.wrap_up_us,
    ];
    assert!(all.iter().all(|count| *count > 0), "every kind of end occurs: {seen:?}");
}

#[test]
fn an_agent_is_told_rings_and_contacts_that_were_missed() {
    let mut more_rings_than_contacts = false;
    for seed in 0..40 {
        let day = live_through(seed, Statistics::new(900));
        let mut missed: BTreeMap<(AgentId, ContactId), u64> = BTreeMap::new();
        for (contact, story) in &day.stories {
            for (_, what) in &story.events {
                if let What::RangOut(agent) = what {
                    *missed.entry((*agent, *contact)).or_default() += 1;
                }
            }
        }
        for agent in (0..3).map(AgentId) {
            let own = || missed.iter().filter(|((of, _), _)| *of == agent);
            let folded = day.fold.rows();
            let of_agent = folded.agents.iter().filter(|((_, id), _)| *id == agent);
            let sum = of_agent.fold(statistics::AgentTimes::default(), |sum, (_, times)| sum.plus(times));
            let (rings, contacts) = (own().map(|(_, rings)| rings).sum::<u64>(), own().count() as u64);
            assert_eq!((sum.unanswered_rings, sum.contacts_rung_in_vain), (rings, contacts), "seed {seed}, {agent:?}");
            more_rings_than_contacts |= rings > contacts;
        }
    }
    assert!(more_rings_than_contacts, "nobody missed the same contact twice");
}

#[test]
fn agent_times_add_up_to_the_shift() {
    let mut day = live_through(3, Statistics::new(900));
    let begin = Instant::from_micros(1_700_000_000_000_000);
    day.fold.close(day.now);
    for agent in (0..3).map(AgentId) {
        let rows = day.fold.rows();
        let own: Vec<_> = rows.agents.iter().filter(|((_, id), _)| *id == agent).collect();
        let sum: u64 = own.iter().map(|(_, times)| times.signed_in_us()).sum();
        assert_eq!(sum, day.now.since(begin).as_micros() as u64, "from sign-in to the end of the day");
        assert!(own.iter().all(|(_, times)| times.signed_in_us() <= 900_000_000), "an interval has no more time");
    }
}

#[test]
fn what_is_closed_in_between_counts_once() {
    let (mut once, mut often) = (live_through(5, Statistics::new(900)), live_through(5, Statistics::new(900)));
    for _ in 0..3 {
        often.fold.close(often.now);
        often.wait(10_000);
        once.wait(10_000);
    }
    once.fold.close(once.now);
    often.fold.close(often.now);
    assert_eq!(once.fold.rows(), often.fold.rows());
}

#[test]
fn skills_and_channels_count_what_their_queues_count() {
    let day = live_through(4, Statistics::new(900));
    let total = day.fold.total();
    let sum = |counts: Vec<&QueueCounts>| counts.into_iter().fold(QueueCounts::default(), |sum, it| sum.plus(it));
    let fold = day.fold.rows();
    assert_eq!(sum(fold.channels.values().collect()), total);
    let of_queue = |id| fold.queues.iter().filter(move |((_, queue), _)| *queue == QueueId(id)).map(|(_, it)| it);
    let of_skill = |id| fold.skills.iter().filter(move |((_, skill), _)| *skill == SkillId(id)).map(|(_, it)| it);
    assert_eq!(sum(of_skill(7).collect()), sum(of_queue(1).collect()), "only queue 1 asks for skill 7");
    assert_eq!(sum(of_skill(8).collect()).answered(), 0, "nobody asks for it");
}
