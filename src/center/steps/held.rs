//! How much there is of everything that grows with what happens: what a long life must keep flat.

use crate::center::Center;

impl Center {
    /// Entries by table, those of the machines below included. The router's state stands in its checkpoint.
    pub fn held(&self) -> Vec<(&'static str, usize)> {
        let sip = self.sip.load();
        let closed = self.seats.forms();
        let (contacts, late) = self.visits.held();
        vec![
            ("sip transactions", sip.transactions),
            ("sip legs", sip.legs),
            ("sip pending", sip.pending_invites),
            ("sip remembered", sip.remembered),
            ("calls", self.calls.len()),
            ("legs", self.calls.usage().1),
            ("visits", self.visits.len()),
            ("visits that may still be measured", late),
            ("contacts", contacts),
            ("questions", self.lookups.len()),
            ("closed contacts of agents", closed),
            ("figures of the day", self.tallies.size()),
            ("call-backs", self.call_backs.size()),
            ("campaigns", self.campaigns.size()),
            ("callers taken in", self.visits.taken_in()),
            ("deadlines", self.todo.deadlines.len()),
            ("work", self.todo.work.len()),
        ]
    }
}
