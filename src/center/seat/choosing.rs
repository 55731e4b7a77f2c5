//! The agent says who the caller is: one of the candidates, or anybody the store has; while it rings, in the
//! call, and in the wrap-up after it.

use crate::base::{AgentId, CallId};
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{DeskEvent, Refusal};
use crate::center::event::Event;
use crate::center::input::Answer;
use crate::center::lookup::{Asker, Choosing, Lookups};
use crate::center::output::Query;
use crate::center::seat::Seats;
use crate::center::turn::Turn;
use crate::center::visit::{Phase, Visit, Visits};
use crate::crm::CustomerCard;

/// Where the contact is that gets its customer.
enum Whereabouts {
    Call(CallId),
    /// Over, its form still open.
    Form,
}

impl Seats {
    /// `None`: the store is asked, and the answer comes with its own.
    pub fn choose(
        &mut self,
        choosing: Choosing,
        visits: &mut Visits,
        lookups: &mut Lookups,
        turn: &mut Turn<'_>,
    ) -> Option<Done> {
        let found = match self.whereabouts(&choosing, visits) {
            Ok(found) => found,
            Err(why) => return Some(Err(why)),
        };
        match self.card_at_hand(&choosing) {
            Some(card) => Some(self.chosen(&choosing, &found, card, visits, turn)),
            None => {
                let ask = Query::ById(choosing.customer);
                lookups.ask(turn.now, Asker::Desk(choosing), ask, turn.todo, turn.out);
                None
            }
        }
    }

    /// The store has the record that was chosen, or not. Meanwhile the call may be somebody else's.
    pub fn choice_looked_up(
        &mut self,
        choosing: &Choosing,
        answer: Answer,
        visits: &mut Visits,
        turn: &mut Turn<'_>,
    ) -> Done {
        let found = self.whereabouts(choosing, visits)?;
        let cards = match answer {
            Answer::Unavailable | Answer::Attempt(_) => {
                return Err((Refusal::Unavailable, "the store does not answer"));
            }
            Answer::Customers(cards) => cards,
        };
        match cards.into_iter().find(|card| card.id == choosing.customer) {
            Some(card) => self.chosen(choosing, &found, card, visits, turn),
            None => Err((Refusal::UnknownCustomer, "there is no such customer")),
        }
    }

    fn whereabouts(&self, choosing: &Choosing, visits: &Visits) -> Result<Whereabouts, Refused> {
        let Choosing { agent, interaction, .. } = *choosing;
        let seat = self.known(agent)?;
        // A call that is over has its form before its legs are gone.
        if seat.has_closed(interaction) && self.form(interaction).is_some() {
            return Ok(Whereabouts::Form);
        }
        let visit = visits.with_interaction(interaction);
        let visit = visit.ok_or((Refusal::UnknownInteraction, "the interaction is not on hand"))?;
        match is_with(visit, agent) {
            true => Ok(Whereabouts::Call(visit.call)),
            false => Err((Refusal::NotAllowed, "another agent has this call")),
        }
    }

    fn chosen(
        &mut self,
        choosing: &Choosing,
        found: &Whereabouts,
        card: CustomerCard,
        visits: &mut Visits,
        turn: &mut Turn<'_>,
    ) -> Done {
        let Choosing { agent, interaction, customer, .. } = *choosing;
        let chosen = Event::CustomerChosen { customer, agent };
        match found {
            Whereabouts::Call(call) => {
                let Some(visit) = visits.get_mut(call) else { return Ok(Obeyed::Done) };
                if visit.record.customer != Some(customer) {
                    visit.log(turn.now, chosen, turn.out);
                    visit.record.customer = Some(customer);
                    visit.save(turn.out);
                }
                visit.chosen = Some(card);
                self.update_pop(visit, turn.out);
            }
            Whereabouts::Form => {
                let form = self.form_mut(interaction);
                if let Some(form) = form.filter(|form| form.record.customer != Some(customer)) {
                    form.log(turn.now, chosen, turn.out);
                    form.record.customer = Some(customer);
                    form.save(turn.out);
                }
                let Some(seat) = self.get_mut(&agent) else { return Ok(Obeyed::Done) };
                if let Some(pop) = seat.hand.pop_of_mut(interaction) {
                    pop.customer = Some(card);
                    pop.candidates.clear();
                    turn.push(agent, DeskEvent::PopUpdated(Box::new(pop.clone())));
                }
            }
        }
        Ok(Obeyed::WhenWritten)
    }

    /// Of a candidate. Who is linked already is read anew: that is how an edited record comes to the screen.
    fn card_at_hand(&self, choosing: &Choosing) -> Option<CustomerCard> {
        let pop = self.get(&choosing.agent)?.hand.pop_of(choosing.interaction)?;
        pop.candidates.iter().find(|card| card.id == choosing.customer).cloned()
    }
}

/// It rings at this agent, or they talk.
fn is_with(visit: &Visit, agent: AgentId) -> bool {
    visit.phase.talk().is_some_and(|talk| talk.agent == agent)
        || matches!(&visit.phase, Phase::Queued(queued) if queued.rings.values().any(|ring| ring.agent == agent))
}
