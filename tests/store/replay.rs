//! The journal in the database: written by the writer, read back for a replay.

use carillon::acd::{
    AgentRule, Arrival, Author, Checkpoint, Input, Output, QueueRule, ReplayError, Router, Rules, Settings, What,
    digest,
};
use carillon::base::{AgentId, ContactId, Instant, QueueId};
use carillon::center::output::Write;
use carillon::store::{JournalError, ReplayReport, Span, Store, Writer};

use crate::{World, at, on_both};

on_both!(
    what_was_written_is_run_to_the_same_state,
    a_changed_row_is_found,
    a_restart_begins_anew,
    old_entries_are_forgotten_and_checkpoints_thinned,
    a_reader_beside_the_server_changes_nothing,
    another_program_is_named,
    states_of_agents_are_forgotten_with_the_journal_but_for_the_last,
    times_without_journal_are_told,
);

/// A center whose every input is written down as the server does it.
struct Life {
    router: Router,
    inputs: u64,
    writer: Writer,
    next: u64,
}

impl Life {
    /// Three agents serve one queue.
    async fn start(w: &World, begin: Instant, seed: u64) -> Self {
        let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
        let start = Checkpoint::start(Settings::default(), seed, begin);
        writer.try_send(Write::Checkpoint(Box::new(start.clone()))).unwrap();
        let mut life = Self { router: start.restore(), inputs: 0, writer, next: seed * 1_000_000 };
        let queue = QueueRule { id: QueueId(1), key: "support".into(), ..QueueRule::default() };
        let agent = |id| AgentRule { id: AgentId(id), key: format!("a{id}"), ..AgentRule::default() };
        let rules = Rules { queues: vec![queue], agents: (1..=3).map(agent).collect(), ..Rules::default() };
        life.tell(begin, Input::Configure(Box::new(rules)));
        for agent in (1..=3).map(AgentId) {
            life.tell(begin, Input::SignIn { agent });
            life.tell(begin, Input::Ready { agent, author: Author::Agent });
        }
        life
    }

    fn tell(&mut self, now: Instant, input: Input) {
        let mut out = Vec::new();
        self.router.handle(now, input.clone(), &mut out);
        self.inputs += 1;
        let digest = Some(digest(&out));
        self.writer.try_send(Write::Router { at: now, input: Box::new(input), digest }).unwrap();
        for output in out {
            if let Output::Reserve { reservation, contact, .. } = output {
                self.tell(now, Input::Accepted { reservation });
                self.tell(now, Input::Ended { contact });
            }
        }
    }

    /// A contact every second, from one second to another.
    fn live(&mut self, from: u64, to: u64) {
        for second in from..to {
            while let Some(due) = self.router.next_deadline().filter(|due| *due <= at(second)) {
                self.tell(due, Input::Deadline);
            }
            self.next += 1;
            let arrival = Arrival::new(ContactId(self.next), QueueId(1), at(second));
            self.tell(at(second), Input::Arrive(arrival));
            for agent in (1..=3).map(AgentId) {
                self.tell(at(second), Input::Ready { agent, author: Author::Agent });
            }
        }
    }

    fn checkpoint(&mut self, now: Instant) {
        let checkpoint = self.router.checkpoint(now, self.inputs);
        self.writer.try_send(Write::Checkpoint(Box::new(checkpoint))).unwrap();
    }

    async fn end(self) -> Router {
        self.writer.close().await;
        self.router
    }
}

fn span(from: u64, to: u64) -> Span {
    Span { from: at(from), to: at(to), most: u64::MAX }
}

async fn report(store: &Store, span: Span) -> ReplayReport {
    let written_by = store.written_by(span.from, span.to).await.unwrap();
    ReplayReport::of(&store.replay(span).await.unwrap(), span, written_by)
}

async fn what_was_written_is_run_to_the_same_state(w: World) {
    let mut life = Life::start(&w, at(0), 1).await;
    life.live(1, 60);
    life.checkpoint(at(59));
    life.live(60, 120);
    let inputs = life.inputs;
    let router = life.end().await;

    let whole = report(&w.store, span(0, 1_000)).await;
    assert_eq!((whole.mismatches, whole.warm_up, whole.inputs, whole.starts), (0, 0, inputs, 1), "{whole:?}");
    assert_eq!(whole.compared, inputs + 1, "every input and the checkpoint in between");
    assert_eq!(whole.state_hash, format!("{:016x}", router.state_hash()));
    assert!(whole.decisions > 20, "{whole:?}");

    let later = report(&w.store, span(90, 1_000)).await;
    assert_eq!((later.mismatches, &later.state_hash), (0, &whole.state_hash));
    assert!(later.warm_up > 0 && later.warm_up < inputs / 2, "from the checkpoint on: {later:?}");
    assert_eq!(later.inputs_since_start, inputs);
    let early = report(&w.store, span(0, 30)).await;
    assert!(early.mismatches == 0 && early.inputs < inputs && early.state_hash != whole.state_hash);

    let (begin, rest) = w.store.recorded(span(90, 1_000)).await.unwrap();
    assert_eq!((begin.at, begin.inputs + rest.len() as u64), (at(90), inputs));
}

async fn another_program_is_named(w: World) {
    let mut life = Life::start(&w, at(0), 2).await;
    life.live(1, 20);
    life.checkpoint(at(19));
    life.live(20, 40);
    life.end().await;
    let own = report(&w.store, span(0, 1_000)).await;
    assert_eq!((own.written_by, own.other_program), (vec![own.program.clone()], false));
    w.execute("UPDATE checkpoints SET program = '0.0.1' WHERE start = 1").await;
    let whole = report(&w.store, span(0, 1_000)).await;
    assert_eq!((whole.written_by, whole.other_program), (vec!["0.0.1".to_owned(), own.program.clone()], true));
    let later = report(&w.store, span(30, 1_000)).await;
    assert_eq!((later.written_by, later.other_program), (vec![own.program], false), "from its checkpoint on");
}

async fn states_of_agents_are_forgotten_with_the_journal_but_for_the_last(w: World) {
    let mut life = Life::start(&w, at(0), 5).await;
    life.live(1, 60);
    life.end().await;
    w.execute("DELETE FROM agent_states").await;
    // Numbers are given once over all tables; here they only have to lie before or after those of the inputs.
    w.execute(
        "INSERT INTO agent_states (seq, agent, at, state, author) VALUES
         (-5, 7, 1780000001000000, '{\"state\":\"ready\"}', '\"Agent\"'),
         (-4, 7, 1780000002000000, '{\"state\":\"ready\"}', '\"Agent\"'),
         (-3, 8, 1780000002000000, '{\"state\":\"ready\"}', '\"Agent\"'),
         (-2, 9, 1780000060000000, '{\"state\":\"ready\"}', '\"Agent\"'),
         (-1, 9, 1780000004000000, '{\"state\":\"ready\"}', '\"Agent\"'),
         (1000000, 7, 1780000055000000, '{\"state\":\"ready\"}', '\"Agent\"')",
    )
    .await;
    assert_eq!(w.store.forget_agent_states(at(50)).await.unwrap(), 2, "of agent 7, before any input");
    assert!(w.store.forget_journal(at(50), at(60)).await.unwrap() > 10);
    assert_eq!(w.store.forget_agent_states(at(50)).await.unwrap(), 0);
    let last: Vec<_> =
        w.store.last_agent_states().await.unwrap().iter().map(|entry| (entry.agent.0, entry.at)).collect();
    assert_eq!(last, [(7, at(55)), (8, at(2)), (9, at(4))], "to this they return");
}

async fn a_changed_row_is_found(w: World) {
    let mut life = Life::start(&w, at(0), 2).await;
    life.live(1, 20);
    life.checkpoint(at(19));
    life.live(20, 40);
    life.end().await;
    let sound = w.store.checkpoint_marks(0, i64::MAX).await.unwrap();
    let kept = w.store.checkpoints(&[sound[1].seq]).await.unwrap().remove(&sound[1].seq).unwrap();
    assert_eq!(kept.state.hash(), sound[1].state_hash);
    w.execute("UPDATE checkpoints SET state = REPLACE(state, '\"stamp\":', '\"stamp\":1') WHERE start = 0").await;
    let found = report(&w.store, span(0, 1_000)).await;
    assert!(found.mismatches == 1 && found.first_mismatches[0].what == What::State, "{found:?}");
    w.execute("UPDATE checkpoints SET state = REPLACE(state, '\"stamp\":1', '\"stamp\":') WHERE start = 0").await;
    w.execute("UPDATE journal SET digest = digest + 1 WHERE seq = (SELECT MAX(seq) FROM journal)").await;
    let found = report(&w.store, span(0, 1_000)).await;
    assert_eq!((found.mismatches, found.first_mismatches.len()), (1, 1));
    assert_eq!(found.first_mismatches[0].at, at(39));
    w.execute("UPDATE journal SET at = 5 WHERE seq = (SELECT MAX(seq) FROM journal)").await;
    let broken = w.store.replay(span(0, 1_000)).await.map(|_| ()).unwrap_err();
    assert!(matches!(broken, JournalError::Replay(ReplayError::OutOfOrder { .. })), "{broken}");
}

async fn a_restart_begins_anew(w: World) {
    let mut first = Life::start(&w, at(0), 3).await;
    first.live(1, 30);
    first.end().await;
    let mut second = Life::start(&w, at(100), 4).await;
    second.live(101, 130);
    let inputs = second.inputs;
    let router = second.end().await;
    let both = report(&w.store, span(10, 1_000)).await;
    assert_eq!((both.mismatches, both.starts, both.inputs_since_start), (0, 2, inputs), "{both:?}");
    assert_eq!(both.state_hash, format!("{:016x}", router.state_hash()));
    let between = w.store.replay(Span { from: at(60), to: at(60), most: u64::MAX }).await.unwrap();
    assert_eq!(between.last(), at(29), "nothing has happened since");
}

async fn old_entries_are_forgotten_and_checkpoints_thinned(w: World) {
    const DAY: u64 = 86_400;
    let mut life = Life::start(&w, at(0), 5).await;
    for minute in 0..180 {
        let now = minute * 60 + 1;
        life.live(now, now + 1);
        life.checkpoint(at(now));
    }
    let router = life.end().await;
    let now = at(3 * DAY);
    assert_eq!(w.store.forget_journal(at(0), now).await.unwrap(), 0);
    let dense = w.store.checkpoint_marks(0, i64::MAX).await.unwrap();
    assert_eq!(dense.iter().filter(|mark| !mark.start).count(), 3, "one an hour, the start for its own: {dense:?}");
    let whole = report(&w.store, span(0, DAY)).await;
    assert_eq!((whole.mismatches, whole.state_hash), (0, format!("{:016x}", router.state_hash())));

    assert!(w.store.forget_journal(at(5_000), now).await.unwrap() > 50);
    assert!(matches!(w.store.replay(span(100, 200)).await.map(|_| ()), Err(JournalError::NoJournal)));
    let rest = report(&w.store, span(9_000, DAY)).await;
    assert_eq!((rest.mismatches, rest.state_hash), (0, format!("{:016x}", router.state_hash())));
}

async fn a_reader_beside_the_server_changes_nothing(w: World) {
    let mut life = Life::start(&w, at(0), 6).await;
    life.live(1, 30);
    life.writer.flushed().await.unwrap();
    let reader = Store::open_read_only(&w.settings).await.unwrap();
    let seen = report(&reader, span(0, 1_000)).await;
    assert_eq!(seen.state_hash, format!("{:016x}", life.router.state_hash()));
    assert!(reader.forget_journal(at(1_000), at(1_000)).await.is_err());
    life.live(30, 40);
    life.writer.flushed().await.unwrap();
    let seen = report(&reader, span(0, 1_000)).await;
    assert_eq!(seen.state_hash, format!("{:016x}", life.end().await.state_hash()), "it sees what came since");
    reader.close().await;
}

async fn times_without_journal_are_told(w: World) {
    let told = async |span| w.store.replay(span).await.map(|_| ()).unwrap_err();
    assert!(matches!(told(span(0, 10)).await, JournalError::NoJournal));
    let mut life = Life::start(&w, at(100), 7).await;
    life.live(101, 120);
    life.end().await;
    assert!(matches!(told(span(50, 99)).await, JournalError::NoJournal));
    let younger = report(&w.store, span(50, 200)).await;
    assert_eq!((younger.began, younger.mismatches), (at(100), 0), "from the beginning of the journal");
    assert!(matches!(told(span(200, 100)).await, JournalError::Backwards));
    let little = Span { most: 10, ..span(100, 200) };
    assert!(matches!(told(little).await, JournalError::TooMuch(10)));
}
