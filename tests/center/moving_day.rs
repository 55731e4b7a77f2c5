//! A day on which agents do everything with their calls that can be done, at the wrong moments, too, while phones
//! and desktops die, trunks fail and supervisors join.

use std::collections::BTreeSet;
use std::time::Duration;

use carillon::acd::{WrapUp, WrapUpMode};
use carillon::base::{AgentId, CallDirection};
use carillon::center::Input;
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Refusal, Target};
use carillon::center::input::{SuperviseCommand, Watch};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::{OUTSIDE, Staff};
use crate::stories::secs;
use crate::world::World;

const STAFF: &[Staff<'_>] =
    &[("ana", 9, 0), ("ben", 7, 0), ("cai", 5, 3), ("dan", 0, 8), ("eva", 0, 6), ("fay", 6, 6), ("gus", 4, 4)];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn everything_is_done_with_calls_and_nothing_is_left_over() {
    let (first, calls) = (number("CARILLON_SEED", 1), number("CARILLON_CALLS", 300));
    let mut kinds = BTreeSet::new();
    for seed in first..first + number("CARILLON_SEEDS", 3) {
        kinds.extend(one_day(seed, calls));
    }
    for kind in ["slot.entered", "slot.left", "call.picked_up", "message.left"] {
        assert!(kinds.contains(kind), "{kind} never happened: {kinds:?}");
    }
    for kind in ["queue.raised", "queue.moved", "queue.given"] {
        assert!(kinds.contains(kind), "{kind} never happened: {kinds:?}");
    }
    for kind in ["call.transferred", "call.merged", "call.transfer_failed", "call.supervised", "call.dialled"] {
        assert!(kinds.contains(kind), "{kind} never happened: {kinds:?}");
    }
}

/// Gives the kinds of events that there were.
fn one_day(seed: u64, calls: u64) -> BTreeSet<String> {
    println!("seed {seed}, {calls} calls");
    let mut world = World::new(seed, STAFF, Person::Working, Quality::GOOD);
    world.reconfigure(|center| {
        center.outbound.calls_per_minute = 1_000;
        center.outbound.minutes_per_day = 1_440;
        center.rules.agents.iter_mut().for_each(|agent| agent.group = Some("floor".to_owned()));
        center.rules.own_wrap_up = Some(WrapUp { mode: WrapUpMode::Timed, seconds: 20 });
    });
    world.everybody_ready(Transport::Udp, Habit::Human);
    world.outside(Habit::Human);
    world.network.quality = Quality::BAD;
    let mut done = BTreeSet::new();
    for n in 0..calls {
        let patience = Duration::from_millis(10_000 + world.rng.below(400_000));
        let called = ["4000", "4001", "4000", "4001", "4007"][world.rng.below(5) as usize];
        world.call(&format!("1380013{n:04}"), called, patience);
        for _ in 0..6 {
            let pause = Duration::from_millis(world.rng.below(5_000));
            world.run(pause);
            something(&mut world, &mut done);
            if world.rng.chance(0.1) {
                with_who_waits(&mut world, &mut done);
            }
        }
        if n % 40 == 39 {
            mishap(&mut world);
        }
        if n % 50 == 49 {
            world.phones.retain(|_, phone| {
                phone.register.is_some() || phone.vanished || !phone.is_idle() || phone.dialled == 0
            });
        }
    }
    world.network.quality = Quality::GOOD;
    world.outside(Habit::Customer);
    world.run(secs(3 * 3_600));
    world.wind_down();
    assert!(done.len() > 10, "seed {seed}: only {done:?} came to something");
    let out = world.store.interactions.values().filter(|row| row.direction == CallDirection::Outbound).count();
    println!("{} interactions, {out} of them out; done: {done:?}", world.store.interactions.len());
    world.store.events.values().flatten().map(|event| event.kind.as_str().to_owned()).collect()
}

/// A supervisor does something with a contact that waits, or has just been answered.
fn with_who_waits(world: &mut World, done: &mut BTreeSet<&'static str>) {
    let open = world.store.interactions.values().filter(|row| row.queued.is_some() && row.ended.is_none());
    let open: Vec<_> = open.map(|row| row.id).collect();
    let Some(interaction) = open.get(world.rng.below(open.len().max(1) as u64) as usize).copied() else { return };
    let queue = ["sales", "service"][world.rng.below(2) as usize].to_owned();
    let agent = AgentId(1 + world.rng.below(STAFF.len() as u64) as u32);
    let (what, ask) = match world.rng.below(12) {
        0..=3 => ("raise", SuperviseCommand::RaiseContact { interaction, priority: 1 }),
        4..=6 => ("move", SuperviseCommand::MoveContact { interaction, queue, priority: None }),
        7..=9 => ("give", SuperviseCommand::GiveContact { interaction, agent }),
        10 => ("call back later", SuperviseCommand::CallBackContact { interaction }),
        _ => ("end", SuperviseCommand::HangUpContact { interaction }),
    };
    if world.supervise(ask) == Reply::Done {
        done.insert(what);
    }
}

/// A random agent, or a supervisor, wants something; whether it is possible or not.
fn something(world: &mut World, done: &mut BTreeSet<&'static str>) {
    let staff = STAFF.len() as u64;
    let key = STAFF[world.rng.below(staff) as usize].0;
    let colleague = AgentId(1 + world.rng.below(staff) as u32);
    let to = match world.rng.below(6) {
        0 => Target::Number { number: format!("138001380{:02}", world.rng.below(100)) },
        1 => Target::Queue { queue: ["sales", "service"][world.rng.below(2) as usize].to_owned(), priority: None },
        2 => Target::Flow { flow: ["line", "menu", "asked"][world.rng.below(3) as usize].to_owned() },
        3 if world.rng.chance(0.5) => Target::QueueVoicemail { queue: "sales".to_owned() },
        3 => Target::AgentVoicemail { agent: colleague },
        _ => Target::Agent { agent: colleague },
    };
    let watch = [Watch::Listen, Watch::Whisper, Watch::Barge][world.rng.below(3) as usize];
    let number = format!("138001381{:02}", world.rng.below(100));
    let queue = world.rng.chance(0.5).then(|| "sales".to_owned());
    let slot = world.rng.chance(0.3).then(|| 701 + world.rng.below(9) as u16);
    let (what, ask) = match world.rng.below(27) {
        0..=2 => ("dial", DeskCommand::Dial { number, queue }),
        3..=6 => ("consult", DeskCommand::Consult { interaction: None, to }),
        7..=9 => ("transfer", DeskCommand::Transfer { interaction: None, to, note: "as told".to_owned() }),
        10 => ("swap", DeskCommand::Swap { interaction: None }),
        11..=12 => ("merge", DeskCommand::Merge { interaction: None }),
        13 => ("complete", DeskCommand::Complete { interaction: None }),
        14 => ("drop", DeskCommand::DropOther { interaction: None, other: None }),
        15 => ("hold", DeskCommand::Hold { interaction: None }),
        16 => ("resume", DeskCommand::Resume { interaction: None }),
        17 => ("decline", DeskCommand::Decline { interaction: None }),
        18 => ("hang up", DeskCommand::HangUp { interaction: None }),
        22..=23 => ("park", DeskCommand::Park { interaction: None, slot, lot: None }),
        24..=25 => ("pick up", DeskCommand::PickUp { slot: slot.or(Some(701)) }),
        26 => ("pick up what rings", DeskCommand::PickUp { slot: None }),
        n => {
            let phone = Some(key.to_owned());
            let (what, ask) = match n {
                19 => ("supervise", SuperviseCommand::Supervise { agent: colleague, watch, phone }),
                20 => ("supervise end", SuperviseCommand::SuperviseEnd { agent: colleague }),
                _ => ("take", SuperviseCommand::TakeCall { agent: colleague }),
            };
            if world.supervise(ask) == Reply::Done {
                done.insert(what);
            }
            return;
        }
    };
    match world.command(key, ask) {
        Reply::Done => drop(done.insert(what)),
        Reply::Refused { code, .. } => {
            let unheard_of = [
                Refusal::UnknownAgent,
                Refusal::UnknownQueue,
                Refusal::UnknownFlow,
                Refusal::NoVoicemail,
                Refusal::BadNumber,
                Refusal::NoRoute,
            ];
            assert!(!unheard_of.contains(&code), "{what}: {code:?}");
        }
        Reply::Placed { .. } | Reply::Partly { .. } => {}
    }
}

fn mishap(world: &mut World) {
    let (key, ..) = STAFF[world.rng.below(STAFF.len() as u64) as usize];
    let (phone, agent) = (world.phone_of(key), world.agent(key));
    let back = Duration::from_secs(10 + world.rng.below(90));
    match world.rng.below(4) {
        0 => {
            world.act(phone, Act::Vanish);
            world.act_later(back, phone, Act::Return);
        }
        1 => {
            world.tell(Input::DeskLost { agent });
            world.tell_later(back, Input::DeskConnected { agent });
        }
        2 => world.act(phone, Act::HangUpAll),
        _ => world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll),
    }
}
