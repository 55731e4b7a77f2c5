//! Requests of the peer inside a dialog (RFC 3261 §12.2.2), digits by INFO among them.

use super::identity::{ALLOW, capabilities, is_known};
use super::leg::State;
use super::{Core, Leg, Life};
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Draft, Method, Name, Request};
use crate::sip::{Event, Received};

/// What INFO may carry.
const DTMF_RELAY: &str = "application/dtmf-relay";
const DTMF: &str = "application/dtmf";

impl Leg {
    /// Any request but ACK and CANCEL; its transaction waits for a final response.
    pub fn request(
        &mut self,
        core: &mut Core<'_>,
        request: &Request,
        received: &Received,
        transaction: TransactionId,
    ) -> Life {
        if !self.dialog.take_cseq(request.cseq().number) {
            return self.answer(core, request, transaction, 500);
        }
        if let (Method::Invite | Method::Update, Some(least)) = (&request.method, core.session.too_brief(request)) {
            let draft = Draft::response(request, 422).to_tag(self.dialog.local_tag());
            core.respond(transaction, draft.header(Name::MinSe, least));
            return Life::Live;
        }
        match request.method {
            Method::Bye => self.bye(core, request, transaction),
            Method::Invite => self.offered(core, request, received, transaction),
            Method::Update if request.sdp().is_some() => self.offered(core, request, received, transaction),
            Method::Update => {
                self.dialog.refresh(request, received, core.reach);
                let draft = Draft::response(request, 200)
                    .to_tag(self.dialog.local_tag())
                    .header(Name::Contact, self.dialog.contact(core.identity));
                let draft = match self.state {
                    State::Up(_) => self.grant_timer(core, request, draft),
                    _ => draft,
                };
                core.respond(transaction, draft);
                Life::Live
            }
            Method::Info => self.info(core, request, transaction),
            Method::Prack => self.prack(core, request, transaction),
            Method::Notify => self.notified(core, request, transaction),
            Method::Options => {
                let draft = capabilities(Draft::response(request, 200).to_tag(self.dialog.local_tag()));
                core.respond(transaction, draft);
                Life::Live
            }
            ref method => {
                let status = if is_known(method) { 405 } else { 501 };
                let draft = Draft::response(request, status).to_tag(self.dialog.local_tag());
                core.respond(transaction, draft.header(Name::Allow, ALLOW));
                Life::Live
            }
        }
    }

    fn answer(&self, core: &mut Core<'_>, request: &Request, transaction: TransactionId, status: u16) -> Life {
        core.respond(transaction, Draft::response(request, status).to_tag(self.dialog.local_tag()));
        Life::Live
    }

    fn info(&mut self, core: &mut Core<'_>, request: &Request, transaction: TransactionId) -> Life {
        let body = request.body();
        let kind = request.content_type();
        let digit = match kind.as_deref() {
            Some(DTMF_RELAY) => relayed_digit(&body),
            Some(DTMF) => std::str::from_utf8(&body).ok().and_then(signal),
            _ if body.is_empty() => return self.answer(core, request, transaction, 200),
            _ => {
                let draft = Draft::response(request, 415).to_tag(self.dialog.local_tag());
                core.respond(transaction, draft.header(Name::Accept, format!("{DTMF_RELAY}, {DTMF}")));
                return Life::Live;
            }
        };
        let Some(digit) = digit else { return self.answer(core, request, transaction, 400) };
        self.answer(core, request, transaction, 200);
        if matches!(self.state, State::Answered { .. } | State::Up(_)) {
            core.event(Event::Digit { leg: self.id, digit });
        }
        Life::Live
    }
}

/// The digit in `Signal=5`, one line of several.
fn relayed_digit(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("signal") { signal(value) } else { None }
    })
}

/// `0`-`9`, `*`, `#`, `A`-`D`; 10 and 11 are the event numbers of `*` and `#` (RFC 4733 table 3).
fn signal(text: &str) -> Option<char> {
    match text.trim() {
        "10" => Some('*'),
        "11" => Some('#'),
        text => {
            let mut chars = text.chars();
            match (chars.next().map(|c| c.to_ascii_uppercase()), chars.next()) {
                (Some(digit @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => Some(digit),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_by_info() {
        assert_eq!(relayed_digit(b"Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(relayed_digit(b"signal = #\nDuration=160"), Some('#'));
        assert_eq!(relayed_digit(b"Signal=11"), Some('#'));
        assert_eq!(relayed_digit(b"Signal=b"), Some('B'));
        assert_eq!(relayed_digit(b"Signal=12\r\n"), None);
        assert_eq!(relayed_digit(b"Signal="), None);
        assert_eq!(relayed_digit(b"\xff\xfe"), None);
        assert_eq!(relayed_digit(b"Duration=5"), None);
    }
}
