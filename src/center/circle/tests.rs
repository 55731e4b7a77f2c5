//! The tables of the module's head, walked: who hears whom after each step, and what follows for the call.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Circle;
use crate::acd::{self, AgentRule, AgentState};
use crate::base::{AgentId, CallDirection, CallId, ContactId, Instant, InteractionId, LegId, Rng};
use crate::call::{self, AttemptId, Cause, LegEnded, Mode, Party, Role, hears};
use crate::center::Times;
use crate::center::desk::{OtherState, Refusal, Target};
use crate::center::input::{Configuration, StaticPhone, Watch};
use crate::center::ledger::Ledger;
use crate::center::output::Output;
use crate::center::rules::Rules;
use crate::center::seat::Seats;
use crate::center::turn::{Due, Todo, Turn, Work, sip_reason};
use crate::center::visit::{Contacts, Errand, Inbound, Other, Phase, Picked, Stage, Talking, Then, Visit};
use crate::crm::{EndedBy, Interaction};
use crate::sip::endpoint::Endpoint;
use crate::sip::{Contact, Destination, Transport, User};

const CUSTOMER: LegId = LegId(1);
const ANA: LegId = LegId(2);
const BEN: LegId = LegId(3);
const CEM: LegId = LegId(4);

/// Ana talks with a customer; Ben and Cem are ready.
struct Table {
    visit: Visit,
    contacts: Contacts,
    seats: Seats,
    rules: Rules,
    sip: Endpoint,
    ledger: Ledger,
    todo: Todo,
    out: Vec<Output>,
    parties: Vec<Party>,
    /// So much of the work was looked at.
    seen: usize,
    now: Instant,
}

fn laid() -> Table {
    let now = Instant::from_micros(1_000_000_000);
    let agent = |id| AgentRule { id: AgentId(id), key: format!("agent{id}"), ..AgentRule::default() };
    let address = SocketAddr::from(([192, 0, 2, 7], 5060));
    let phone = |id| StaticPhone { agent: AgentId(id), uri: format!("sip:agent{id}@192.0.2.7"), addr: address };
    let rules = Rules::new(Configuration {
        rules: acd::Rules { agents: (1..=3).map(agent).collect(), ..acd::Rules::default() },
        static_phones: (1..=3).map(phone).collect(),
        ..Configuration::default()
    });
    let mut rng = Rng::new(1);
    let record = Interaction::call(InteractionId::new(now, &mut rng), CallDirection::Inbound, now);
    let talk = Talking::begun(now, (AgentId(1), ContactId(9)), None, (ANA, None));
    let errand = Errand::Inbound(Inbound { trunk: None, occupied: None });
    let visit = Visit {
        caller_leg: Some(CUSTOMER),
        answered: true,
        ..Visit::new(CallId(1), errand, record, Phase::Talking(talk))
    };
    let talking = |leg, role| Party { leg, role, mode: Mode::Talk };
    let mut table = Table {
        visit,
        contacts: Contacts::default(),
        seats: Seats::default(),
        rules,
        sip: Endpoint::new(Default::default(), 1),
        ledger: Ledger::default(),
        todo: Todo::new(now, rng),
        out: Vec::new(),
        parties: vec![talking(CUSTOMER, Role::Customer), talking(ANA, Role::Agent)],
        seen: 0,
        now,
    };
    table.act(|circle| circle.seats.configure(&mut circle.turn));
    for agent in [2, 3] {
        table.seats.get_mut(&AgentId(agent)).unwrap().state = AgentState::Ready;
    }
    table.contacts.name(ContactId(9), CallId(1));
    table.todo.work.clear();
    table.seen = 0;
    table
}

impl Table {
    fn act<R>(&mut self, act: impl FnOnce(&mut Circle<'_>) -> R) -> R {
        let Self { visit, contacts, seats, rules, sip, ledger, todo, out, now, .. } = self;
        let turn = Turn { now: *now, times: Times::default(), rules, trunks: sip, ledger, todo, out };
        let done = act(&mut Circle { visit, contacts, seats, turn });
        for work in self.todo.work.iter().skip(self.seen) {
            match work {
                Work::Call(call::Input::Command(call::Command::Enter { party, .. })) => self.parties.push(*party),
                Work::Call(call::Input::Command(call::Command::SetMode { leg, mode, .. })) => {
                    self.parties.iter_mut().filter(|party| party.leg == *leg).for_each(|party| party.mode = *mode);
                }
                Work::Call(call::Input::Command(call::Command::Hangup { leg, .. })) => {
                    self.parties.retain(|party| party.leg != *leg);
                }
                _ => {}
            }
        }
        self.seen = self.todo.work.len();
        done
    }

    /// `1:2` the customer hears Ana; who hears nobody is left out.
    fn ears(&self) -> String {
        let heard = hears(&self.parties).into_iter().filter(|(_, from)| !from.is_empty());
        let shown = heard
            .map(|(leg, from)| format!("{}:{}", leg.0, from.iter().map(|leg| leg.0.to_string()).collect::<String>()));
        shown.collect::<Vec<_>>().join(" ")
    }

    fn others(&self) -> Vec<OtherState> {
        self.visit.others.iter().map(Other::state).collect()
    }

    /// What rings now.
    fn attempt(&self) -> AttemptId {
        let asked = self.visit.others.iter().find_map(|other| match &other.stage {
            Stage::Rings(going) => Some(going.attempt),
            Stage::Up(_) => None,
        });
        match &self.visit.phase {
            Phase::Handing(handing) => handing.going.attempt,
            phase => asked.or(phase.rejoining().map(|ring| ring.attempt)).expect("something rings"),
        }
    }

    fn answers(&mut self, leg: LegId) -> Then {
        let attempt = self.attempt();
        self.act(|circle| circle.reached(attempt, (leg, None)))
    }

    /// Occupied by this call, as far as the router was told, by agent.
    fn occupied(&self) -> Vec<AgentId> {
        let mut occupied = BTreeMap::from([(ContactId(9), AgentId(1))]);
        for work in &self.todo.work {
            match work {
                Work::Router(acd::Input::Occupy { agent, contact, .. }) => drop(occupied.insert(*contact, *agent)),
                Work::Router(acd::Input::Ended { contact }) => drop(occupied.remove(contact)),
                _ => {}
            }
        }
        occupied.into_values().collect()
    }
}

fn ben() -> Target {
    Target::Agent { agent: AgentId(2) }
}

#[test]
fn somebody_is_asked_and_let_go() {
    let mut table = laid();
    assert_eq!(table.ears(), "1:2 2:1");
    table.act(|circle| circle.consult(&ben())).unwrap();
    assert_eq!((table.others(), table.ears()), (vec![OtherState::Ringing], String::new()));
    assert_eq!(table.act(|circle| circle.swap()), Err((Refusal::WrongState, "nobody else is in the call")));
    assert!(matches!(table.answers(BEN), Then::GoesOn));
    type Step = fn(&mut Circle<'_>);
    let steps: [(Step, OtherState, &str); 5] = [
        (|_| {}, OtherState::Consulted, "2:3 3:2"),
        (|circle| circle.swap().unwrap(), OtherState::Waiting, "1:2 2:1"),
        (|circle| circle.swap().unwrap(), OtherState::Consulted, "2:3 3:2"),
        (|circle| circle.merge().unwrap(), OtherState::Joined, "1:23 2:13 3:12"),
        (
            |circle| circle.visit.mute_other(circle.visit.others[0].pop, true, &mut circle.turn).unwrap(),
            OtherState::Muted,
            "1:2 2:1 3:12",
        ),
    ];
    for (step, state, ears) in steps {
        table.act(step);
        assert_eq!((table.others(), table.ears()), (vec![state], ears.to_owned()));
    }
    assert_eq!(table.occupied(), [AgentId(1), AgentId(2)]);
    table.act(|circle| circle.drop_other(None)).unwrap();
    assert_eq!((table.others(), table.ears()), (vec![], "1:2 2:1".to_owned()));
    assert_eq!(table.occupied(), [AgentId(1)]);
}

#[test]
fn whoever_was_asked_has_the_call() {
    let mut table = laid();
    table.act(|circle| circle.consult(&ben())).unwrap();
    let _ = table.answers(BEN);
    table.act(|circle| circle.complete()).unwrap();
    assert!(matches!(&table.visit.phase, Phase::Talking(talk) if talk.agent == AgentId(2) && talk.leg == BEN));
    assert_eq!((table.ears(), table.occupied()), ("1:3 3:1".to_owned(), vec![AgentId(2)]));
}

#[test]
fn sent_on_and_back() {
    for (cause, expected) in [(None, "Talking 2"), (Some(Cause::Declined), "Parked 1")] {
        let mut table = laid();
        let then = table.act(|circle| circle.transfer(&ben(), "")).unwrap();
        assert!(matches!((then, &table.visit.phase), (Then::GoesOn, Phase::Handing(_))));
        assert_eq!((table.ears(), table.occupied()), (String::new(), vec![AgentId(2)]), "Ana is free");
        // As the router says of who has wrapped up.
        table.seats.get_mut(&AgentId(1)).unwrap().state = AgentState::Ready;
        match cause {
            None => drop(table.answers(BEN)),
            Some(cause) => {
                let (attempt, why) = (table.attempt(), sip_reason(603, "declined"));
                let then = table.act(|circle| circle.not_reached(attempt, (cause, &why), &[]));
                assert!(matches!(then, Then::GoesOn));
            }
        }
        let held = match &table.visit.phase {
            Phase::Talking(talk) => format!("Talking {}", talk.agent.0),
            Phase::Parked(parked) => format!("Parked {}", parked.talk.agent.0),
            other => format!("{other:?}"),
        };
        assert_eq!(held, expected);
    }
}

#[test]
fn parked_picked_up_and_back_in_time() {
    let mut table = laid();
    assert_eq!(table.act(|circle| circle.park(Err((Refusal::SlotTaken, "")))), Err((Refusal::SlotTaken, "")));
    table.act(|circle| circle.park(Ok((701, 60)))).unwrap();
    assert!(matches!(&table.visit.phase, Phase::InSlot(parked) if parked.slot == 701) && table.todo.parked_changed);
    assert!(table.todo.deadlines.get(&Due::Slot(CallId(1))).is_some());
    table.act(|circle| circle.pick_up_parked(Picked { agent: AgentId(3), by: None })).unwrap();
    let _ = table.answers(CEM);
    assert_eq!((table.ears(), table.occupied()), ("1:4 4:1".to_owned(), vec![AgentId(3)]));

    let mut table = laid();
    table.act(|circle| circle.park(Ok((701, 60)))).unwrap();
    let then = table.act(|circle| circle.slot_timed_out());
    assert!(matches!((then, &table.visit.phase), (Then::GoesOn, Phase::InSlot(_))), "Ana is not at work");
    table.seats.get_mut(&AgentId(1)).unwrap().state = AgentState::Ready;
    let then = table.act(|circle| circle.slot_timed_out());
    assert!(matches!((then, &table.visit.phase), (Then::GoesOn, Phase::Parked(parked)) if parked.returned));
}

#[test]
fn a_supervisor_listens_whispers_and_takes_the_call() {
    let mut table = laid();
    let (name, agent, none) = ("cem".to_owned(), Some(AgentId(3)), String::new);
    table.rules.configuration.users.push(User { name, agent, ha1_md5: none(), ha1_sha256: none() });
    let watch = |watch| move |circle: &mut Circle<'_>| circle.supervise("cem", AgentId(1), watch, Some("cem"));
    assert_eq!(table.act(watch(Watch::Listen)), Err((Refusal::UnknownPhone, "no such phone is registered")));
    let addr = SocketAddr::from(([192, 0, 2, 8], 5060));
    let destination = Destination { transport: Transport::Udp, addr, flow: None };
    let contact = Contact { id: 1, uri: "sip:cem@192.0.2.8".to_owned(), destination, webrtc: false };
    table.act(|circle| circle.seats.registered("cem".to_owned(), agent, vec![contact], &mut circle.turn));
    table.act(watch(Watch::Listen)).unwrap();
    let _ = table.answers(CEM);
    assert_eq!(table.ears(), "1:2 2:1 4:12");
    table.act(watch(Watch::Whisper)).unwrap();
    assert_eq!(table.ears(), "1:2 2:14 4:12");
    table.act(watch(Watch::Barge)).unwrap();
    assert_eq!(table.ears(), "1:24 2:14 4:12");
    table.act(|circle| circle.take_call("cem")).unwrap();
    assert_eq!((table.ears(), table.occupied()), ("1:4 4:1".to_owned(), vec![AgentId(3)]));
}

#[test]
fn a_leg_that_is_gone_is_somebodys_doing() {
    let lost = || LegEnded::Lost(sip_reason(408, "silent"));
    for (leg, ended, by) in [
        (CUSTOMER, LegEnded::Peer(None), Some(EndedBy::Customer)),
        (CUSTOMER, lost(), Some(EndedBy::Network)),
        (ANA, LegEnded::Peer(None), Some(EndedBy::Agent)),
        (ANA, lost(), None),
        (ANA, LegEnded::Local, None),
        (BEN, LegEnded::Peer(None), None),
    ] {
        let mut table = laid();
        let what = format!("{leg:?} {ended:?}");
        let over = match table.act(|circle| circle.leg_ended(leg, ended)) {
            Then::Over(by, _) => Some(by),
            then => {
                assert!(matches!(then, Then::GoesOn), "{what}");
                None
            }
        };
        assert_eq!(over, by, "{what}");
    }
}
