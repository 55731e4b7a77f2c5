//! The pump: one input makes work for the machines below, their outputs make more, until all is done.

use crate::acd::{self, Rejection};
use crate::base::Instant;
use crate::call;
use crate::center::Center;
use crate::center::answer::outcome;
use crate::center::desk::RingEnd;
use crate::center::event::Event as Logged;
use crate::center::input::{Answer, Input};
use crate::center::output::{Observed, Output, Write};
use crate::center::seat::Form;
use crate::center::turn::{Due, Work, at_hand, sip_reason};
use crate::crm::EndedBy;
use crate::sip::{self, endpoint};

impl Center {
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        self.take(now, input, out);
        self.number_on();
        loop {
            self.pump(now, out);
            if !self.take_messages() && !self.run_campaigns(now, out) {
                break;
            }
        }
        if std::mem::take(&mut self.todo.parked_changed) {
            self.seats.tell_parked(&self.visits.parked(&self.rules), out);
        }
        if std::mem::take(&mut self.todo.board_changed) {
            out.push(Output::BoardChanged);
        }
        if self.draining && self.visits.is_empty() && self.sip.has_left() {
            self.draining = false;
            out.push(Output::Drained);
        }
    }

    /// Messages that were left just now light the lamps of their boxes. `true`: there is work again.
    fn take_messages(&mut self) -> bool {
        let left = std::mem::take(&mut self.todo.messages);
        let some = !left.is_empty();
        left.into_iter().for_each(|(interaction, mailbox)| self.mailboxes.left(interaction, mailbox));
        if some {
            self.mailboxes.tell(&self.rules, &mut self.todo);
        }
        some
    }

    fn pump(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(work) = self.todo.work.pop_front() {
            match work {
                Work::Sip(input) => self.work_sip(now, input, out),
                Work::Call(input) => self.work_call(now, input, out),
                Work::Router(input) => {
                    if let Some(why) = self.work_router(now, input, out) {
                        out.push(Output::Observed(Observed::Rejected { why }));
                    }
                }
                Work::Ask { command, input } => {
                    let outcome = outcome(self.work_router(now, input, out));
                    out.push(Output::Reply { command, outcome, after_write: false });
                }
            }
            self.number_on();
        }
    }

    /// Whoever numbers the events of contacts now whose forms nobody may fill in any more.
    fn number_on(&mut self) {
        for Form { record, next_seq } in self.seats.take_given_up() {
            if let Some(visit) = self.visits.with_interaction_mut(record.id) {
                (visit.record, visit.next_seq) = (record, next_seq);
            } else if !self.visits.number_late(record.id, next_seq) {
                self.call_backs.number_events_from(record.id, next_seq);
            }
        }
    }

    fn take(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Sip(received) => self.todo.to_sip(endpoint::Input::Received(received)),
            Input::FlowClosed(flow) => self.todo.to_sip(endpoint::Input::FlowClosed(flow)),
            Input::TransmitFailed(to) => self.todo.to_sip(endpoint::Input::TransmitFailed(to)),
            Input::Media(event) => self.todo.work.push_back(Work::Call(call::Input::Media(event))),
            Input::Answer { query, answer } => self.store_answered(now, query, answer, out),
            Input::Desk { command, agent, ask } => self.desk_command(now, command, agent, ask, out),
            Input::Supervise { command, user, ask } => self.supervise(now, command, user, ask, out),
            Input::DeskConnected { agent } => self.seats.desktop_came(agent, &mut self.todo),
            Input::DeskLost { agent } => self.seats.desktop_lost(agent, at_hand!(self, now, out)),
            Input::Configure(configuration) => self.configure(now, *configuration, out),
            Input::CallBacks(call_backs) => self.call_backs.restore(call_backs, at_hand!(self, now, out)),
            Input::Messages(messages) => {
                self.mailboxes.were(messages);
                self.mailboxes.tell(&self.rules, &mut self.todo);
            }
            Input::MessageHeard { interaction } => {
                self.mailboxes.heard(interaction);
                self.mailboxes.tell(&self.rules, &mut self.todo);
            }
            Input::MessageDone { interaction } => {
                self.mailboxes.done(interaction);
                self.mailboxes.tell(&self.rules, &mut self.todo);
            }
            Input::Campaign(told) => self.campaign_told(now, *told, out),
            Input::PhoneUser(user) => self.seats.phones.allow(user, &self.rules, &mut self.todo),
            Input::PhoneUserGone { user } => self.seats.phones.take_back(&user, &self.rules, &mut self.todo),
            Input::AlertsWere(alerts) => self.wall.alerts_were(alerts, at_hand!(self, now, out)),
            Input::CallsWere(calls) => calls.into_iter().for_each(|call| self.call_was(now, call, out)),
            Input::AgentsWere(agents) => self.seats.agents_were(agents, &self.visits, at_hand!(self, now, out)),
            Input::DayWas { since, counts } => {
                self.tallies.day_was(self.rules.day(since), counts);
                self.todo.board_changed = true;
            }
            Input::AgentDays { since, days } => {
                self.seats.days_were(since, days, &self.visits, at_hand!(self, now, out));
            }
            Input::Drain => {
                self.draining = true;
                self.call_backs.drain(&mut self.todo);
                self.campaigns.drain(at_hand!(self, now, out));
                self.todo.to_sip(endpoint::Input::Leave);
            }
            Input::EndCalls => self.end_calls(now, out),
            Input::Deadline => self.deadlines_due(now, out),
        }
    }

    fn deadlines_due(&mut self, now: Instant, out: &mut Vec<Output>) {
        if self.sip.next_deadline().is_some_and(|at| at <= now) {
            self.todo.to_sip(endpoint::Input::Deadline);
        }
        if self.router.next_deadline().is_some_and(|at| at <= now) {
            self.todo.to_router(acd::Input::Deadline);
        }
        while let Some(due) = self.todo.deadlines.pop_due(now) {
            match due {
                Due::Listen(call) => self.around(now, call, out, |circle| circle.listen_timed_out()),
                Due::Rejoin(call) => self.around(now, call, out, |circle| circle.rejoin_failed(acd::UNREACHABLE)),
                Due::Slot(call) => self.around(now, call, out, |circle| circle.slot_timed_out()),
                Due::MaxCall(call) => {
                    let why = sip_reason(408, "longest call duration");
                    self.finish(now, call, EndedBy::System, Some(why), out);
                }
                Due::TakeUp(call) => {
                    let why = Some(sip_reason(408, "not taken up"));
                    self.around(now, call, out, |circle| {
                        circle.visit.interrupt(EndedBy::Network, why, &mut circle.turn)
                    });
                }
                Due::Query(query) => self.store_answered(now, query, Answer::Unavailable, out),
                Due::CallBack(id) => self.call_backs.line_up(id, at_hand!(self, now, out)),
                Due::Offer(call) => self.around(now, call, out, |circle| circle.offer_failed(RingEnd::NoAnswer)),
                Due::Campaign(id) => self.campaigns.wake(id, at_hand!(self, now, out)),
                Due::Desktop(agent) => self.seats.desktop_gone(agent, &mut self.todo),
                Due::Pop(call, reservation) => {
                    self.with(now, call, out, |visit, turn| visit.ring_now(reservation, turn.todo));
                }
                Due::Alerts => self.alerts_due(now, out),
                Due::Refused => out.extend(self.crowd.rest().map(|row| Output::Write(Write::Interaction(row)))),
            }
        }
    }

    fn work_sip(&mut self, now: Instant, input: endpoint::Input, out: &mut Vec<Output>) {
        let mut outputs = Vec::new();
        self.sip.handle(now, input, &mut outputs);
        for output in outputs {
            match output {
                endpoint::Output::Transmit { to, bytes } => {
                    if let Some((class, method)) = sip::wire::response_line(&bytes) {
                        let method = method.to_owned();
                        out.push(Output::Observed(Observed::SipResponse { method, class }));
                    }
                    out.push(Output::Transmit { to, bytes });
                }
                endpoint::Output::Event(event) => self.todo.work.push_back(Work::Call(call::Input::Sip(event))),
                endpoint::Output::Refused(refused) => out.push(Output::Observed(Observed::CallRefused(refused))),
                endpoint::Output::TurnedAway { trunk, why } => {
                    out.push(Output::Observed(Observed::TrunkRefused { trunk, why: why.label().to_owned() }));
                }
                endpoint::Output::Registration { trunk, registered, status } => {
                    out.push(Output::Observed(Observed::Registration { trunk, registered, status }));
                }
                endpoint::Output::Trunk { trunk, state, why } => {
                    out.push(Output::Observed(Observed::TrunkState { trunk, state, why }));
                }
                endpoint::Output::Counted(counter) => {
                    out.push(Output::Observed(Observed::Dropped { what: counter.label().to_owned() }));
                }
            }
        }
    }

    fn work_call(&mut self, now: Instant, input: call::Input, out: &mut Vec<Output>) {
        if let call::Input::Command(call::Command::StopRing { attempt, .. }) = &input {
            self.ledger.over(now, *attempt, &self.rules);
        }
        let mut outputs = Vec::new();
        self.calls.handle(now, input, &mut outputs);
        for output in outputs {
            match output {
                call::Output::Sip(command) => self.todo.to_sip(endpoint::Input::Command(command)),
                call::Output::Media { worker, command } => out.push(Output::Media { worker, command }),
                call::Output::Event(event) => self.call_event(now, event, out),
            }
        }
    }

    /// Gives the reason why the router did not do it.
    pub(in crate::center) fn work_router(
        &mut self,
        now: Instant,
        input: acd::Input,
        out: &mut Vec<Output>,
    ) -> Option<Rejection> {
        let author = author_of(&input);
        let mut outputs = Vec::new();
        self.journaled(now, input, &mut outputs, out);
        self.todo.board_changed |= !outputs.is_empty();
        let mut rejected = None;
        for output in outputs {
            match output {
                acd::Output::Rejected { why } => rejected = Some(why),
                output => self.router_output(now, output, &author, out),
            }
        }
        rejected
    }

    fn call_event(&mut self, now: Instant, event: call::Event, out: &mut Vec<Output>) {
        use call::Event;
        self.enter_in_ledger(now, &event);
        match event {
            Event::Started(started) => self.call_started(now, *started, out),
            Event::Refused(refused) => out.push(Output::Observed(Observed::CallRefused(refused))),
            Event::Answered { call, leg } => self.answered(now, call, leg, out),
            Event::TakenUp { call, leg } => self.leg_taken_up(now, call, leg, out),
            Event::Referred(referred) => self.referred(now, &referred, out),
            Event::ReferProgressed { call, leg, status } => {
                self.around(now, call, out, |circle| circle.refer_progressed(leg, status));
            }
            Event::Digit { call, leg, digit } => self.digit(now, call, leg, digit, out),
            Event::PlayEnded { call, play, .. } => {
                self.around(now, call, out, |circle| circle.visit.play_ended(play, &mut circle.turn));
            }
            Event::Ringing { call, attempt } => {
                self.with(now, call, out, |visit, turn| visit.phone_rings(attempt, turn));
                self.campaigns.rings(call, at_hand!(self, now, out));
            }
            Event::Answering { call, attempt } => {
                self.with(now, call, out, |visit, turn| visit.answering(attempt, turn));
            }
            Event::NoMedia { call, attempt, why } => {
                self.around(now, call, out, |circle| circle.no_media(attempt, &why));
            }
            Event::Reached { call, attempt, leg, user } => {
                self.around(now, call, out, |circle| circle.reached(attempt, (leg, user)));
                self.campaigns.reached(call, &self.visits, at_hand!(self, now, out));
            }
            Event::NotReached { call, attempt, cause, why, elsewhere } => {
                self.around(now, call, out, |circle| circle.not_reached(attempt, (cause, &why), &elsewhere));
            }
            Event::HeldByPeer { call, leg } => {
                self.with(now, call, out, |visit, turn| visit.held_by_phone(leg, true, turn));
            }
            Event::ResumedByPeer { call, leg } => {
                self.with(now, call, out, |visit, turn| visit.held_by_phone(leg, false, turn));
            }
            Event::LegEnded { call, leg, ended } => {
                self.around(now, call, out, |circle| circle.leg_ended(leg, ended));
            }
            Event::Measured { call, leg, stats } => {
                self.seats.measured((call, leg), stats, &mut self.visits, at_hand!(self, now, out));
            }
            Event::RecordingEnded { interaction, duration_ms, complete } => {
                let ended = Logged::RecordingEnded { duration_ms, complete };
                self.seats.log_late(interaction, ended, &mut self.visits, at_hand!(self, now, out));
            }
            Event::Ended { call, crossed } => self.call_gone(now, call, crossed, out),
            Event::Registered { user, agent, contacts } => self.registered(now, (user, agent), contacts, out),
        }
    }
}

impl Center {
    /// What goes out is counted until it is over, whoever hears of that.
    fn enter_in_ledger(&mut self, now: Instant, event: &call::Event) {
        use call::Event;
        match event {
            Event::Reached { attempt, leg, .. } => self.ledger.reached(*attempt, *leg),
            Event::NotReached { attempt, .. } | Event::NoMedia { attempt, .. } => {
                self.ledger.over(now, *attempt, &self.rules);
            }
            Event::LegEnded { leg, .. } => self.ledger.leg_over(now, *leg, &self.rules),
            Event::Ended { call, .. } => self.ledger.call_over(now, *call, &self.rules),
            _ => {}
        }
    }
}

fn author_of(input: &acd::Input) -> acd::Author {
    match input {
        acd::Input::Ready { author, .. }
        | acd::Input::ReadyTogether { author, .. }
        | acd::Input::NotReady { author, .. }
        | acd::Input::Move { author, .. }
        | acd::Input::SignOut { author, .. } => author.clone(),
        acd::Input::WrapUpDone { .. } | acd::Input::SignIn { .. } => acd::Author::Agent,
        _ => acd::Author::System,
    }
}
