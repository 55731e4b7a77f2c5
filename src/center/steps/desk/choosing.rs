//! The agent says who the caller is: one of the candidates, or anybody the store has; while it rings, in the
//! call, and in the wrap-up after it.

use crate::base::{AgentId, CallId, Instant};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{DeskEvent, Refusal};
use crate::center::event::Event;
use crate::center::input::Answer;
use crate::center::lookup::{Asker, Choosing};
use crate::center::output::{Output, Query};
use crate::center::seat::Seats;
use crate::center::visit::{Phase, Visit};
use crate::crm::CustomerCard;

/// Where the contact is that gets its customer.
enum Whereabouts {
    Call(CallId),
    /// Over, its form still open.
    Form,
}

impl Center {
    pub(in crate::center) fn choose(&mut self, now: Instant, choosing: Choosing, out: &mut Vec<Output>) {
        let done = match self.whereabouts(&choosing) {
            Err(why) => Err(why),
            Ok(found) => match card_at_hand(&self.seats, &choosing) {
                Some(card) => self.chosen(now, &choosing, &found, card, out),
                None => {
                    return self.lookups.ask(
                        now,
                        Asker::Desk(choosing),
                        Query::ById(choosing.customer),
                        &mut self.todo,
                        out,
                    );
                }
            },
        };
        self.reply(choosing.command, done, out);
    }

    /// The store has the record that was chosen, or not. Meanwhile the call may be somebody else's.
    pub(in crate::center) fn choice_looked_up(
        &mut self,
        now: Instant,
        choosing: &Choosing,
        answer: Answer,
        out: &mut Vec<Output>,
    ) {
        let done = match (self.whereabouts(choosing), answer) {
            (Err(why), _) => Err(why),
            (Ok(_), Answer::Unavailable) => Err((Refusal::Unavailable, "the store does not answer")),
            (Ok(found), Answer::Customers(cards)) => {
                match cards.into_iter().find(|card| card.id == choosing.customer) {
                    Some(card) => self.chosen(now, choosing, &found, card, out),
                    None => Err((Refusal::UnknownCustomer, "there is no such customer")),
                }
            }
        };
        self.reply(choosing.command, done, out);
    }

    fn whereabouts(&self, choosing: &Choosing) -> Result<Whereabouts, Refused> {
        let Choosing { agent, interaction, .. } = *choosing;
        let seat = self.seats.get(&agent).ok_or((Refusal::UnknownAgent, "there is no such agent"))?;
        // A call that is over has its form before its legs are gone.
        if seat.has_closed(interaction) && self.seats.form(interaction).is_some() {
            return Ok(Whereabouts::Form);
        }
        let visit = self.visits.with_interaction(interaction);
        let visit = visit.ok_or((Refusal::UnknownInteraction, "the interaction is not on hand"))?;
        match is_with(visit, agent) {
            true => Ok(Whereabouts::Call(visit.call)),
            false => Err((Refusal::NotAllowed, "another agent has this call")),
        }
    }

    fn chosen(
        &mut self,
        now: Instant,
        choosing: &Choosing,
        found: &Whereabouts,
        card: CustomerCard,
        out: &mut Vec<Output>,
    ) -> Done {
        let Choosing { agent, interaction, customer, .. } = *choosing;
        let chosen = Event::CustomerChosen { customer, agent };
        match found {
            Whereabouts::Call(call) => {
                let Some(visit) = self.visits.get_mut(call) else { return Ok(Obeyed::Done) };
                if visit.record.customer != Some(customer) {
                    visit.log(now, chosen, out);
                    visit.record.customer = Some(customer);
                    visit.save(out);
                }
                visit.chosen = Some(card);
                self.update_pop(*call, out);
            }
            Whereabouts::Form => {
                let form = self.seats.form_mut(interaction);
                if let Some(form) = form.filter(|form| form.record.customer != Some(customer)) {
                    form.log(now, chosen, out);
                    form.record.customer = Some(customer);
                    form.save(out);
                }
                let Some(seat) = self.seats.get_mut(&agent) else { return Ok(Obeyed::Done) };
                if let Some(pop) = seat.hand.pop_of_mut(interaction) {
                    pop.customer = Some(card);
                    pop.candidates.clear();
                    out.push(Output::Push { agent, event: DeskEvent::PopUpdated(Box::new(pop.clone())) });
                }
            }
        }
        Ok(Obeyed::WhenWritten)
    }
}

/// It rings at this agent, or they talk.
fn is_with(visit: &Visit, agent: AgentId) -> bool {
    visit.phase.talk().is_some_and(|talk| talk.agent == agent)
        || matches!(&visit.phase, Phase::Queued(queued) if queued.rings.values().any(|ring| ring.agent == agent))
}

/// Of a candidate. Who is linked already is read anew: that is how an edited record comes to the screen.
fn card_at_hand(seats: &Seats, choosing: &Choosing) -> Option<CustomerCard> {
    let pop = seats.get(&choosing.agent)?.hand.pop_of(choosing.interaction)?;
    pop.candidates.iter().find(|card| card.id == choosing.customer).cloned()
}
