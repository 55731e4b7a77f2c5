//! What campaigns are told, and what they want.

use crate::acd::{self, AgentState};
use crate::base::{AgentId, CallId, ContactId, Instant};
use crate::center::Center;
use crate::center::calling::{CampaignFigures, Told};
use crate::center::campaign::Order;
use crate::center::lookup::Asker;
use crate::center::output::{Output, Query};
use crate::center::turn::{at_hand, sip_reason};
use crate::center::visit::{Phase, Then};
use crate::crm::EndedBy;

impl Center {
    pub(in crate::center) fn campaign_told(&mut self, now: Instant, told: Told, out: &mut Vec<Output>) {
        match told {
            Told::Run(run) => {
                self.campaigns.run(*run, at_hand!(self, now, out));
                // Who is at work since before it was started.
                self.seats.iter_mut().for_each(|(agent, seat)| self.campaigns.note(*agent, &seat.state));
            }
            Told::Entries { campaign, entries } => {
                self.campaigns.entries(campaign, entries, at_hand!(self, now, out));
            }
            Told::DoNotCall(number) => self.campaigns.do_not_call(&number, at_hand!(self, now, out)),
        }
    }

    /// When nothing else is to be done: tells the campaigns who is free, and does what they want. `true`: there is
    /// work again.
    pub(in crate::center) fn run_campaigns(&mut self, now: Instant, out: &mut Vec<Output>) -> bool {
        if !self.campaigns.is_stirred() {
            return false;
        }
        self.campaigns.settle(at_hand!(self, now, out));
        while let Some(order) = self.campaigns.next_order() {
            match order {
                Order::Write(attempt) => {
                    let asker = Asker::Dial(attempt.pace.campaign, attempt.dial);
                    self.lookups.ask(now, asker, Query::Attempt(attempt), &mut self.todo, out);
                }
                Order::Read { campaign, agent, row } => {
                    let asker = Asker::Reader(campaign, agent);
                    self.lookups.ask(now, asker, Query::Entry(row), &mut self.todo, out);
                }
                Order::Connect { call, agent, contact, until } => {
                    self.offer(now, call, (agent, contact), until, out);
                }
                Order::Lead { call, flow, since } => {
                    let then = self.circle(now, call, out).and_then(|mut circle| circle.lead(flow.as_deref(), since));
                    let over = || Then::Over(EndedBy::System, Some(sip_reason(480, "nobody is free")));
                    self.then(now, call, then.unwrap_or_else(over), out);
                }
                Order::Stop(call, cause) => {
                    let Some(visit) = self.visits.get_mut(&call) else { continue };
                    // It rang out at the agent's own phone: nobody else heard of it.
                    let unheard = cause.is_some() && matches!(visit.phase, Phase::Fetching(_));
                    visit.cause = cause.filter(|_| !unheard).or(visit.cause);
                    let by = if unheard { EndedBy::Agent } else { EndedBy::System };
                    self.finish(now, call, by, Some(sip_reason(487, "taken back")), out);
                }
            }
        }
        let seats = &self.seats;
        let is_ready = |agent| seats.get(&agent).is_some_and(|seat| seat.state == AgentState::Ready);
        self.campaigns.hold(is_ready, at_hand!(self, now, out));
        true
    }

    /// An agent for somebody whom a campaign reached: occupied already, or now, if the router has not given anything.
    fn offer(
        &mut self,
        now: Instant,
        call: CallId,
        (agent, contact): (AgentId, Option<ContactId>),
        until: Instant,
        out: &mut Vec<Output>,
    ) {
        let is_ready = || self.seats.get(&agent).is_some_and(|seat| seat.state == AgentState::Ready);
        let contact = contact.or_else(|| {
            let contact = is_ready().then(|| ContactId(self.todo.ids.take()))?;
            self.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
            Some(contact)
        });
        if let Some(contact) = contact {
            self.campaigns.occupied(call, (agent, contact));
            if self.circle(now, call, out).is_some_and(|mut circle| circle.offer((agent, contact), until)) {
                return;
            }
            self.todo.to_router(acd::Input::Ended { contact });
        }
        self.campaigns.unbridged(call, agent, at_hand!(self, now, out));
    }

    /// Each campaign that was started and is not over, by key.
    pub fn campaigns(&self, now: Instant) -> Vec<(String, CampaignFigures)> {
        self.campaigns.figures(now)
    }
}
