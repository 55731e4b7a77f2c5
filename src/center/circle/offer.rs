//! Somebody whom a campaign calls has answered: an agent is fetched for them, who sees them before the own phone rings.

use crate::acd;
use crate::base::{AgentId, ContactId, Instant, LegId, ReservationId};
use crate::call;
use crate::center::circle::Circle;
use crate::center::desk::{CallState, RingEnd};
use crate::center::event::Event;
use crate::center::outbound::attempt::{OutboundAttempt, Shown, own_call};
use crate::center::outbound::placing::Onward;
use crate::center::rules::Rules;
use crate::center::seat::Showing;
use crate::center::turn::{Due, millis, sip_reason};
use crate::center::visit::{Errand, Offer, Phase, Placed, Talking, Then, caller_party};
use crate::dialplan::Event as FlowEvent;

impl Circle<'_> {
    /// The agent, who is occupied by this contact, sees them, and the own phone rings, as one that answers by itself.
    /// `false`: nobody waits, or there is no phone.
    pub fn offer(&mut self, (agent, contact): (AgentId, ContactId), until: Instant) -> bool {
        let Ok(branches) = self.seats.phones_of(agent) else { return false };
        if !matches!(self.visit.phase, Phase::Offered(None)) {
            return false;
        }
        let (now, call) = (self.turn.now, self.visit.call);
        let (from, headers) = (caller_party(self.visit), own_call(self.visit.record.id));
        let shown = Shown { from, headers, ring_ms: millis(until.since(now)) };
        let Some(going) = OutboundAttempt::to_phones(call, branches, shown, &mut self.turn) else { return false };
        self.contacts.name(contact, call);
        let (pop, queue) = (ReservationId(going.attempt.0), self.visit.record.queue);
        let showing = Showing { agent, contact, pop, queue, why: Default::default(), handed: None };
        self.visit.enter(now, Phase::Offered(Some(Offer { agent, contact, going, pop })));
        self.seats.show_pop(self.visit, showing, &mut self.turn);
        self.visit.tell(agent, CallState::Ringing, &mut self.turn);
        self.turn.todo.deadlines.set(Due::Offer(call), until);
        true
    }

    /// The agent speaks with them, and owes something for it from then on.
    pub(super) fn offer_taken(&mut self, up: (LegId, Option<String>)) -> Then {
        let Phase::Offered(Some(offer)) = &self.visit.phase else { return Then::GoesOn };
        let (agent, contact, queue) = (offer.agent, offer.contact, self.visit.record.queue);
        self.turn.todo.deadlines.clear(&Due::Offer(self.visit.call));
        let contact = self.take_on(agent, Some(contact), queue);
        Then::Connect(Talking::begun(self.turn.now, (agent, contact), queue, up))
    }

    /// The agent's phone was not answered, or not in time.
    pub fn offer_failed(&mut self, why: RingEnd) -> Then {
        let Phase::Offered(offer) = &mut self.visit.phase else { return Then::GoesOn };
        let Some(offer) = offer.take() else { return Then::GoesOn };
        self.offer_over(&offer, why);
        // Whose own phone is not heard of gets no further calls of a campaign.
        let (agent, reason, author) = (offer.agent, acd::NO_ANSWER.to_owned(), acd::Author::System);
        self.turn.todo.to_router(acd::Input::NotReady { agent, reason, author });
        self.contacts.free(Some(offer.contact), self.turn.todo);
        Then::NotOffered(agent)
    }

    pub(super) fn offer_over(&mut self, offer: &Offer, why: RingEnd) {
        self.turn.todo.deadlines.clear(&Due::Offer(self.visit.call));
        let reason = sip_reason(if why == RingEnd::NoAnswer { 408 } else { 487 }, why.as_str());
        self.turn.todo.to_calls(call::Command::StopRing { attempt: offer.going.attempt, reason });
        self.withdraw_pop(offer.agent, offer.pop, why);
        if why == RingEnd::CallerGone {
            self.contacts.free(Some(offer.contact), self.turn.todo);
        }
    }

    /// No agent speaks with them: they are led by this flow; or, `None`, told that none could, since they answered at
    /// `since`. `None`: there is no such flow.
    pub fn lead(&mut self, flow: Option<&str>, since: Instant) -> Option<Then> {
        let (now, visit, rules) = (self.turn.now, &mut *self.visit, self.turn.rules);
        let key = visit.campaign().map(|campaign| campaign.key.clone()).unwrap_or_default();
        let whole = match flow {
            Some(flow) => rules.flow(flow),
            None => rules.flow(&Rules::sorry(&key, &visit.record.called, &rules.configuration.region)),
        };
        if let Errand::Placed(Placed { onward: Onward::Campaign(campaigned), .. }) = &mut visit.errand
            && flow.is_none()
        {
            campaigned.given_up = true;
            let abandoned = Event::CampaignAbandoned { campaign: key, waited_ms: millis(now.since(since)) };
            visit.log(now, abandoned, self.turn.out);
        }
        visit.lead_by(whole?);
        visit.enter(now, Phase::Flow);
        Some(Then::Flow(FlowEvent::Start))
    }
}
