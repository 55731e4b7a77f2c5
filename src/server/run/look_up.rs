//! What the center asks the store about a caller: answered within its time, or as "the store is away". While it
//! is, every call asks in vain; the log says so now and then and counts the others.

use std::fmt::Display;
use std::time::{Duration, Instant};

use crate::center::{Answer, Query};
use crate::door::Sampled;
use crate::store::{Store, StoreError};

pub async fn answer(store: &Store, ask: &Query, limit: Duration, failures: &Sampled) -> Answer {
    match tokio::time::timeout(limit, find(store, ask)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => unavailable(failures, &error),
        Err(_) => unavailable(failures, &format_args!("no answer within {} ms", limit.as_millis())),
    }
}

/// The label of the metric.
pub fn name(ask: &Query) -> &'static str {
    match ask {
        Query::ByNumber(_) => "by_number",
        Query::ById(_) => "by_id",
        Query::Attempt(_) => "attempt",
        Query::Entry(_) => "entry",
    }
}

async fn find(store: &Store, ask: &Query) -> Result<Answer, StoreError> {
    let boxed = |called: Option<_>| Answer::Attempt(called.map(Box::new));
    match ask {
        Query::ByNumber(number) => store.find_by_number(number).await.map(Answer::Customers),
        Query::ById(id) => match store.customer(*id).await {
            Ok(card) => Ok(Answer::Customers(vec![card])),
            Err(StoreError::NotFound(_)) => Ok(Answer::Customers(Vec::new())),
            Err(error) => Err(error),
        },
        Query::Attempt(attempt) => store.begin_attempt(attempt).await.map(boxed),
        Query::Entry(row) => store.entry_called(*row).await.map(boxed),
    }
}

fn unavailable(failures: &Sampled, error: &dyn Display) -> Answer {
    if let Some(left_out) = failures.say(Instant::now()) {
        tracing::warn!(%error, left_out, "a look-up failed");
    }
    Answer::Unavailable
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::base::CustomerId;
    use crate::store::StoreSettings;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_thousand_calls_without_a_database_are_a_few_lines() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("carillon.db").display());
        let store = Store::open(&StoreSettings::new(&url)).await.unwrap();
        let (failures, limit, ask) = (Sampled::default(), Duration::from_secs(2), Query::ById(CustomerId(1)));
        assert_eq!(answer(&store, &ask, limit, &failures).await, Answer::Customers(Vec::new()));
        store.close().await;

        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let _log = tracing::subscriber::set_default(log);
        let began = Instant::now();
        for _ in 0..1_000 {
            assert_eq!(answer(&store, &ask, limit, &failures).await, Answer::Unavailable);
        }
        assert_eq!(answer(&store, &ask, Duration::ZERO, &failures).await, Answer::Unavailable);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let said = text.matches("a look-up failed").count();
        let most = 21 + usize::try_from(began.elapsed().as_secs()).unwrap();
        assert!((20..=most).contains(&said), "{said} lines\n{text}");
    }
}
