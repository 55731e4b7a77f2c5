//! The lists of campaigns as a store keeps them: every attempt is written before it is made, and checked.

use std::collections::{BTreeMap, BTreeSet};

use carillon::base::{Instant, Number};
use carillon::campaign::{AttemptRules, Attempted, CampaignId, DialId, Law, Line, PersonKey, Tries, Verified, verify};
use carillon::center::calling::{
    AttemptOver, Called, CampaignRun, CampaignState, KeptPace, ListEntry, NewAttempt, NotToBeCalled,
};

pub struct Entry {
    pub campaign: CampaignId,
    pub number: Number,
    pub tries: Tries,
    pub due: Option<Instant>,
    pub over: bool,
}

pub struct Attempt {
    pub of: (CampaignId, DialId),
    pub row: i64,
    pub at: Instant,
    pub ended: Option<Attempted>,
}

#[derive(Default)]
pub struct Lists {
    pub runs: BTreeMap<CampaignId, CampaignRun>,
    pub entries: BTreeMap<i64, Entry>,
    pub attempts: Vec<Attempt>,
    pub forbidden: BTreeSet<Number>,
    lines: BTreeMap<(CampaignId, u64), Vec<Line>>,
}

impl Lists {
    pub fn add(&mut self, campaign: CampaignId, number: &str) -> i64 {
        let number = Number::parse(number, "CN").unwrap();
        let row = self.entries.len() as i64 + 1;
        let (tries, due, over) = (Tries::default(), None, false);
        self.entries.insert(row, Entry { campaign, number, tries, due, over });
        row
    }

    pub fn open(&self, of: CampaignId) -> Vec<ListEntry> {
        let open = self.entries.iter().filter(|(_, entry)| entry.campaign == of && !entry.over);
        let told = |(row, entry): (&i64, &Entry)| ListEntry {
            row: *row,
            person: PersonKey::of_number(entry.number.as_str()),
            list: 0,
            kind: 0,
            zones: vec!["UTC".to_owned()],
            tries: entry.tries,
            due: entry.due,
        };
        open.map(told).collect()
    }

    pub fn called(&self, row: i64) -> Option<Box<Called>> {
        let entry = self.entries.get(&row).filter(|entry| !entry.over && !self.forbidden.contains(&entry.number))?;
        let (number, name) = (entry.number.clone(), format!("person {row}"));
        Some(Box::new(Called { number, name, fields: BTreeMap::from([("plan".to_owned(), "gold".to_owned())]) }))
    }

    fn is_called(&self, number: &Number) -> bool {
        self.attempts.iter().any(|attempt| attempt.ended.is_none() && self.entries[&attempt.row].number == *number)
    }

    pub fn begin(&mut self, attempt: &NewAttempt) -> Option<Box<Called>> {
        self.pace(&attempt.pace);
        let of = (attempt.pace.campaign, attempt.dial);
        assert!(self.attempts.iter().all(|known| known.of != of), "{of:?} is made twice");
        let called = self.called(attempt.row)?;
        assert!(!self.is_called(&called.number), "{} is in two calls at once", called.number);
        if self.runs[&of.0].state != CampaignState::Running {
            return None;
        }
        self.attempts.push(Attempt { of, row: attempt.row, at: attempt.at, ended: None });
        Some(called)
    }

    pub fn pace(&mut self, pace: &KeptPace) {
        let run = self.runs.get_mut(&pace.campaign).unwrap();
        if !pace.lines.is_empty() {
            self.lines.entry((pace.campaign, pace.seq)).or_insert_with(|| pace.lines.clone());
        }
        if run.seq < pace.seq {
            (run.seq, run.kept) = (pace.seq, Some(pace.kept.clone()));
        }
    }

    pub fn over(&mut self, over: &AttemptOver) {
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.of == (over.campaign, over.dial));
        if let Some(attempt) = attempt {
            assert_eq!(attempt.ended, None, "{:?} ended twice", attempt.of);
            attempt.ended = Some(over.ended);
        }
        let entry = self.entries.get_mut(&over.row).unwrap();
        (entry.tries, entry.due, entry.over) = (over.tries, over.due, entry.over || over.due.is_none());
    }

    pub fn forbid(&mut self, row: NotToBeCalled) {
        for entry in self.entries.values_mut().filter(|entry| entry.number == row.number) {
            entry.over = true;
        }
        self.forbidden.insert(row.number);
    }

    /// After a crash: what was open counts as abandoned.
    pub fn recover(&mut self, rules: &AttemptRules, now: Instant) {
        for attempt in self.attempts.iter_mut().filter(|attempt| attempt.ended.is_none()) {
            attempt.ended = Some(Attempted::Abandoned);
            let entry = self.entries.get_mut(&attempt.row).unwrap();
            let wait = rules.after(&mut entry.tries, Attempted::Abandoned);
            (entry.due, entry.over) = (wait.map(|wait| now + wait), wait.is_none());
        }
    }

    pub fn ended(&self, how: Attempted) -> usize {
        self.attempts.iter().filter(|attempt| attempt.ended == Some(how)).count()
    }

    /// Every line is there, every call had an agent, and nothing was spent that was not earned.
    pub fn check(&self, campaign: CampaignId) {
        let verified = self.certificate(campaign).map(|(_, verified)| verified).unwrap_or_default();
        assert_eq!(verified.over, 0, "no call without an agent");
    }

    /// What the lines come to, counted by one who knows nothing of the pacer.
    pub fn certificate(&self, campaign: CampaignId) -> Option<(Law, Verified)> {
        let law: Law = *self.runs[&campaign].kept.as_ref()?.law();
        let lines: Vec<Line> =
            self.lines.iter().filter(|((of, _), _)| *of == campaign).flat_map(|(_, lines)| lines.clone()).collect();
        Some((law, verify(&law, &BTreeMap::new(), &lines).expect("the certificate holds")))
    }
}
