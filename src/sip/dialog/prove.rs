//! Requests of ours, and the same once more for a peer that wants to know who we are (RFC 3261 §22.2).

use super::leg::{Cancel, Offering, State};
use super::{Core, Leg, Part, identity};
use crate::sip::wire::{Draft, Method, Response};

impl Leg {
    /// A new request in the dialog, with credentials where the peer has asked for some before.
    pub(super) fn own_request(&mut self, core: &mut Core<'_>, method: Method) -> Draft {
        if let Some(prover) = &mut self.prover {
            prover.begin();
        }
        self.signed(core, method)
    }

    fn signed(&mut self, core: &mut Core<'_>, method: Method) -> Draft {
        let branch = core.tokens.take();
        let draft = self.dialog.request(method.clone(), &branch, core.identity);
        let Some(prover) = &mut self.prover else { return draft };
        let headers = prover.credentials(core.tokens, &method, draft.uri());
        headers.into_iter().fold(draft, |draft, (name, value)| draft.header(name, value))
    }

    /// The first INVITE, with what it carries besides the dialog.
    pub(super) fn first_invite(&mut self, core: &mut Core<'_>) -> Draft {
        let draft = self.signed(core, Method::Invite);
        let draft = self.timed(core, identity::capabilities(draft));
        let Some(invite) = &self.invite else { return draft };
        let draft = invite.headers.iter().fold(draft, |draft, (name, value)| draft.header(name, value));
        draft.body(identity::SDP, invite.offer.clone())
    }

    /// A 401 or 407: the request goes out once more, if there is an answer to it. `false`: it is a refusal.
    pub(super) fn challenged(&mut self, core: &mut Core<'_>, part: Part, response: &Response) -> bool {
        let repeatable = match (&self.state, part) {
            (State::Calling { cancel: Cancel::No, .. }, Part::Invite) => self.invite.is_some(),
            (State::Up(Offering::Ours { .. }), Part::Reinvite)
            | (State::Up(_), Part::Update | Part::Refer | Part::Notify)
            | (State::Leaving { .. }, Part::Bye) => true,
            _ => false,
        };
        let answered = repeatable && self.prover.as_mut().is_some_and(|prover| prover.take(response));
        answered && self.repeat_request(core, part)
    }

    /// A 422: the request goes out once more with a longer session, if we can. `false`: it is a refusal.
    pub(super) fn asked_for_longer(&mut self, core: &mut Core<'_>, part: Part, response: &Response) -> bool {
        let repeatable = match (&self.state, part) {
            (State::Calling { cancel: Cancel::No, .. }, Part::Invite) => self.invite.is_some(),
            (State::Up(Offering::Ours { .. }), Part::Reinvite) | (State::Up(_), Part::Update) => true,
            _ => false,
        };
        if !repeatable || !self.is_longer(response) {
            return false;
        }
        if let Some(prover) = &mut self.prover {
            prover.begin();
        }
        self.repeat_request(core, part)
    }

    fn repeat_request(&mut self, core: &mut Core<'_>, part: Part) -> bool {
        let draft = match (part, &self.state) {
            (Part::Invite, _) => {
                self.dialog.forget_peer_tag();
                self.first_invite(core)
            }
            (Part::Reinvite, State::Up(Offering::Ours { offer, .. })) => {
                let offer = offer.clone();
                let draft = self.signed(core, Method::Invite);
                self.timed(core, identity::capabilities(draft)).body(identity::SDP, offer)
            }
            (Part::Update, _) => {
                let draft = self.signed(core, Method::Update);
                self.update_of(core, draft)
            }
            (Part::Refer, _) => {
                let draft = self.signed(core, Method::Refer);
                self.refer_again(draft)
            }
            _ => self.signed(core, Method::Bye),
        };
        let owner = super::Owner::Leg(self.id, part);
        let Ok(transaction) = core.layer.request(core.now, draft, self.dialog.hop, owner, core.out) else {
            return false;
        };
        if let State::Calling { invite, .. } = &mut self.state {
            *invite = transaction;
        }
        true
    }
}
