//! Figures that are put away read as the journal does, in whatever steps they were put away.

use std::time::Duration;

use carillon::acd::statistics::{PastFigures, QUARTER_S, Rows};
use carillon::acd::{
    AgentRule, Arrival, Author, Checkpoint, Input, Left, Output, QueueRule, Requirement, Router, Rules, Settings,
    SkillNeed,
};
use carillon::base::{AgentId, ContactId, Instant, QueueId, ReservationId, Rng, SkillId};
use carillon::center::output::Write;
use carillon::store::{FOLLOWED, JournalError, Span, Writer};

use crate::{World, on_both};

on_both!(
    what_is_put_away_reads_as_the_journal_does,
    what_is_put_away_outlives_the_journal,
    a_time_that_cannot_be_run_is_passed_over,
);

const HOUR: u64 = 3_600;

/// Seconds from a full quarter of an hour on.
fn at(seconds: u64) -> Instant {
    crate::at(200 + seconds)
}

fn hours(count: u64) -> Duration {
    Duration::from_secs(count * HOUR)
}

/// A center whose inputs are written down: three agents, two queues, one of them with a skill.
struct Life {
    router: Router,
    writer: Writer,
    rng: Rng,
    contact: u64,
    ringing: Vec<(ReservationId, ContactId)>,
    talking: Vec<(u64, ContactId)>,
    waiting: Vec<(u64, ContactId)>,
}

impl Life {
    async fn start(w: &World, second: u64) -> Self {
        let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
        let start = Checkpoint::start(Settings::default(), 1, at(second));
        writer.try_send(Write::Checkpoint(Box::new(start.clone()))).unwrap();
        let mut life = Self {
            router: start.restore(),
            writer,
            rng: Rng::new(second + 5),
            contact: second * 1_000,
            ringing: Vec::new(),
            talking: Vec::new(),
            waiting: Vec::new(),
        };
        let need = SkillNeed { skill: SkillId(1), min: 3, weight: 1 };
        let skilled = Requirement { all: vec![need], any: Vec::new() };
        let queues = vec![
            QueueRule { id: QueueId(1), key: "support".into(), ..QueueRule::default() },
            QueueRule { id: QueueId(2), key: "gems".into(), requirement: skilled, ..QueueRule::default() },
        ];
        let agent = |id: u32| AgentRule {
            id: AgentId(id),
            key: format!("a{id}"),
            skills: vec![(SkillId(1), id as u8 * 2)],
            ..AgentRule::default()
        };
        let rules = Rules { queues, agents: (1..=3).map(agent).collect(), ..Rules::default() };
        life.tell(at(second), Input::Configure(Box::new(rules)));
        for agent in (1..=3).map(AgentId) {
            life.tell(at(second), Input::SignIn { agent });
            life.tell(at(second), Input::Ready { agent, author: Author::Agent });
        }
        life
    }

    fn tell(&mut self, now: Instant, input: Input) {
        let mut out = Vec::new();
        self.router.handle(now, input.clone(), &mut out);
        self.writer.try_send(Write::Router { at: now, input: Box::new(input), digest: None }).unwrap();
        for output in out {
            match output {
                Output::Reserve { reservation, contact, .. } => self.ringing.push((reservation, contact)),
                Output::Withdraw { reservation, .. } => self.ringing.retain(|(id, _)| *id != reservation),
                Output::LeftQueue { contact, .. } => self.waiting.retain(|(_, id)| *id != contact),
                _ => {}
            }
        }
    }

    fn catch_up(&mut self, second: u64) {
        while let Some(due) = self.router.next_deadline().filter(|due| *due <= at(second)) {
            self.tell(due, Input::Deadline);
        }
    }

    /// Something happens about twice a minute.
    fn live(&mut self, from: u64, to: u64) {
        let mut second = from;
        while second < to {
            self.catch_up(second);
            let now = at(second);
            for (reservation, contact) in std::mem::take(&mut self.ringing) {
                self.waiting.retain(|(_, id)| *id != contact);
                self.talking.push((second + self.rng.below(900), contact));
                self.tell(now, Input::Accepted { reservation });
            }
            for (_, contact) in extract(&mut self.talking, second) {
                self.tell(now, Input::Ended { contact });
            }
            for (_, contact) in extract(&mut self.waiting, second) {
                self.tell(now, Input::Leave { contact, why: Left::Abandoned });
            }
            let agent = AgentId(1 + self.rng.below(3) as u32);
            match self.rng.below(6) {
                0 => self.tell(now, Input::NotReady { agent, reason: "break".into(), author: Author::Agent }),
                1..=3 => self.tell(now, Input::Ready { agent, author: Author::Agent }),
                _ => {
                    self.contact += 1;
                    let contact = ContactId(self.contact);
                    self.waiting.push((second + self.rng.below(600), contact));
                    let queue = QueueId(1 + self.rng.below(2) as u32);
                    self.tell(now, Input::Arrive(Arrival::new(contact, queue, now)));
                }
            }
            second += 20 + self.rng.below(40);
        }
    }
}

/// Takes out what is due.
fn extract(list: &mut Vec<(u64, ContactId)>, second: u64) -> Vec<(u64, ContactId)> {
    let (due, later) = list.drain(..).partition(|(at, _)| *at <= second);
    *list = later;
    due
}

/// Fifteen hours, with a restart after six.
async fn fifteen_hours(w: &World) {
    let mut life = Life::start(w, 100).await;
    life.live(101, 6 * HOUR);
    life.writer.close().await;
    let mut life = Life::start(w, 6 * HOUR + 400).await;
    life.live(6 * HOUR + 401, 11 * HOUR);
    life.catch_up(11 * HOUR);
    let checkpoint = life.router.checkpoint(at(11 * HOUR), 1);
    life.writer.try_send(Write::Checkpoint(Box::new(checkpoint))).unwrap();
    life.live(11 * HOUR, 15 * HOUR);
    life.writer.close().await;
}

async fn settle(w: &World, now: Instant) {
    while w.store.settle_figures(now).await.unwrap() {}
}

async fn folded(w: &World, from: Instant, to: Instant) -> Rows {
    let span = Span { from, to: to + FOLLOWED, most: u64::MAX };
    let figures = PastFigures::new(QUARTER_S, from);
    w.store.read_journal(span, figures, PastFigures::take).await.unwrap().rows_between(from, to)
}

async fn what_is_put_away_reads_as_the_journal_does(w: World) {
    assert!(!w.store.settle_figures(at(HOUR)).await.unwrap(), "there is nothing yet");
    fifteen_hours(&w).await;
    assert!(!w.store.settle_figures(at(3 * HOUR)).await.unwrap(), "nothing is over for good yet");
    for hour in [5, 6, 9, 13, 19] {
        settle(&w, at(hour * HOUR + 1_000)).await;
        assert_eq!(w.store.settled_until().await.unwrap(), Some(at((hour - 4) * HOUR + 900)), "{hour}");
    }
    let end = at(15 * HOUR);
    let whole = folded(&w, at(0), end).await;
    let put_away = w.store.settled_figures(at(0), end).await.unwrap();
    let offered: u64 = whole.queues.values().map(|counts| counts.offered).sum();
    assert!(offered > 300 && whole.queues.values().any(|counts| counts.abandoned_late > 0), "{offered}");
    assert_eq!(put_away, whole);
    let part = w.store.settled_figures(at(2 * HOUR), at(3 * HOUR)).await.unwrap();
    assert!(part.queues.keys().all(|(at, _)| (2 * HOUR..3 * HOUR).contains(&seconds(*at))) && part.count() > 10);
}

fn seconds(instant: Instant) -> u64 {
    instant.since(at(0)).as_secs()
}

async fn what_is_put_away_outlives_the_journal(w: World) {
    fifteen_hours(&w).await;
    let now = at(40 * HOUR);
    settle(&w, now).await;
    let before = w.store.settled_figures(at(0), now).await.unwrap();
    w.store.forget_journal(now, now).await.unwrap();
    assert!(matches!(w.store.replay(Span { from: at(0), to: now, most: 10 }).await, Err(JournalError::NoJournal)));
    settle(&w, now + hours(10)).await;
    assert_eq!(w.store.settled_figures(at(0), now).await.unwrap(), before);
    assert!(w.store.forget_figures(at(7 * HOUR)).await.unwrap() > 0);
    let kept = w.store.settled_figures(at(0), now).await.unwrap();
    assert!(kept.queues.keys().all(|(begin, _)| *begin >= at(7 * HOUR)) && !kept.queues.is_empty());
    assert_eq!(w.store.settled_until().await.unwrap(), Some(at(46 * HOUR)), "it does not begin again");
}

async fn a_time_that_cannot_be_run_is_passed_over(w: World) {
    fifteen_hours(&w).await;
    w.execute("UPDATE journal SET json = 'broken' WHERE seq = (SELECT MIN(seq) + 40 FROM journal)").await;
    settle(&w, at(30 * HOUR)).await;
    let kept = w.store.settled_figures(at(0), at(30 * HOUR)).await.unwrap();
    assert_eq!(w.store.settled_until().await.unwrap(), Some(at(26 * HOUR)));
    let first = kept.queues.keys().map(|(begin, _)| seconds(*begin) / HOUR).min();
    assert_eq!(first, Some(6), "until the next checkpoint");
}
