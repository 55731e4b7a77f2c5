//! New rules: everybody follows them from now on.

use crate::base::Instant;
use crate::call::SrtpRules;
use crate::center::Center;
use crate::center::input::Configuration;
use crate::center::output::Output;
use crate::center::rules::Rules;
use crate::center::turn::at_hand;

impl Center {
    /// Takes a new configuration: calls and signed-in agents stay, decisions follow the new rules.
    pub(in crate::center) fn configure(&mut self, now: Instant, configuration: Configuration, out: &mut Vec<Output>) {
        self.rules = Rules::new(configuration);
        self.crowd.configure(&self.rules.configuration.numbers);
        self.seats.configure(at_hand!(self, now, out));
        self.campaigns.configure(at_hand!(self, now, out));
        self.calls.configure(SrtpRules {
            phones: self.rules.configuration.srtp,
            trunks: self.rules.configuration.trunks.iter().map(|trunk| (trunk.name.clone(), trunk.srtp)).collect(),
        });
        self.mailboxes.tell(&self.rules, &mut self.todo);
        self.wall.forget();
        self.wall.configure_alerts(at_hand!(self, now, out));
        self.todo.board_changed = true;
    }
}
