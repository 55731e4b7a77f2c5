//! Campaigns call out: an agent for every call, nobody twice, nobody who is not to be called.

use std::time::Duration;

use carillon::acd::AgentState;
use carillon::base::{Instant, Number};
use carillon::campaign::{AttemptRules, Attempted, CallHours, CampaignId, Counting, FollowUp, Hours, Mode};
use carillon::center::Input;
use carillon::center::calling::{CampaignRule, CampaignRun, CampaignState, NotToBeCalled, Told};
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Words};
use carillon::center::{Disposition, Named};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::{OUTSIDE, SALES};
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

pub const CARE: CampaignId = CampaignId(1);
/// Answers at once, as the agent's browser does with a call of its own.
pub const AT_ONCE: Habit = Habit::Answer { after: Duration::from_millis(100), talk: None };

pub fn rule(key: &str, mode: Mode) -> CampaignRule {
    CampaignRule {
        key: key.to_owned(),
        name: Words { en: key.to_owned(), zh: key.to_owned() },
        script: Words { en: "Good day".to_owned(), zh: "您好".to_owned() },
        mode,
        queue: SALES,
        caller_ids: vec!["+862155500199".to_owned()],
        hours: CallHours::default(),
        attempts: AttemptRules::default(),
        after: [("never".to_owned(), FollowUp::DoNotCall), ("later".to_owned(), FollowUp::Again { after_min: 30 })]
            .into(),
        ring_s: 20,
        lines: 20,
        counting: Counting::Ofcom,
        cap_ppm: 30_000,
        zone: "UTC".to_owned(),
        language: None,
        sorry: vec!["welcome".to_owned()],
        flow: None,
    }
}

fn told(told: Told) -> Input {
    Input::Campaign(Box::new(told))
}

pub fn become_(world: &mut World, campaign: CampaignId, key: &str, state: CampaignState) {
    let (began, now) = (world.now, world.now);
    let run = world.store.lists.runs.entry(campaign).or_insert_with(|| CampaignRun {
        id: campaign,
        key: key.to_owned(),
        state,
        began,
        kept: None,
        seq: 0,
    });
    run.state = state;
    let run = run.clone();
    assert!(run.began <= now);
    world.tell(told(Told::Run(Box::new(run))));
    let entries = world.store.lists.open(campaign);
    if state == CampaignState::Running {
        world.tell(told(Told::Entries { campaign, entries }));
    }
}

pub fn numbers(world: &mut World, campaign: CampaignId, count: u32) {
    for nth in 0..count {
        world.store.lists.add(campaign, &format!("138001{nth:05}"));
    }
}

pub fn world_with(seed: u64, agents: usize, mode: Mode, outside: Habit, person: Person) -> World {
    let staff: Vec<_> = ["ana", "ben", "cai", "dan"].into_iter().take(agents).map(|key| (key, 5, 0)).collect();
    let mut world = World::new(seed, &staff, person, Quality::GOOD);
    world.reconfigure(|center| {
        center.campaigns = vec![rule("care", mode)];
        for key in ["never", "later"] {
            let label = Named { key: key.to_owned(), en: key.to_owned(), zh: key.to_owned() };
            center.dispositions.push(Disposition { label, queues: Vec::new(), note_required: false });
        }
    });
    world.everybody_ready(Transport::Udp, AT_ONCE);
    world.outside(outside);
    world
}

fn world(agents: usize, mode: Mode, outside: Habit) -> World {
    world_with(7, agents, mode, outside, Person::Absent)
}

pub fn invites(world: &World) -> usize {
    let outside = format!("INVITE {OUTSIDE}");
    world.trail.iter().filter(|(_, text)| *text == outside).count()
}

pub fn open(world: &World) -> usize {
    world.store.lists.attempts.iter().filter(|attempt| attempt.ended.is_none()).count()
}

pub fn forbid(world: &mut World, number: &str) {
    let number = Number::parse(number, "CN").unwrap();
    let (at, by, why) = (world.now, "sue".to_owned(), String::new());
    world.store.lists.forbid(NotToBeCalled { number: number.clone(), at, by, why });
    world.tell(told(Told::DoNotCall(number)));
}

#[test]
fn a_call_is_written_down_made_and_talked_with_the_pop_there() {
    let mut world = world(1, Mode::Progressive, ANSWERS);
    numbers(&mut world, CARE, 2);
    become_(&mut world, CARE, "care", CampaignState::Running);
    assert!(matches!(world.desk("ana").state, AgentState::Busy { .. }), "held from the decision on");
    assert_eq!((world.store.lists.attempts.len(), invites(&world)), (1, 0), "written before it is made");
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    let pop = world.desk("ana").pop.clone().unwrap();
    let campaign = pop.campaign.unwrap();
    assert_eq!((campaign.key.as_str(), campaign.person.as_str()), ("care", "person 1"));
    assert_eq!((campaign.script.zh.as_str(), campaign.fields["plan"].as_str()), ("您好", "gold"));
    assert_eq!((pop.called.as_str(), pop.caller.as_deref()), ("+862155500199", Some("+8613800100000")));
    world.run(secs(20));
    assert_eq!(open(&world), 1, "one agent, one call");
    world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    let interaction = world.desk("ana").wrap_up.unwrap();
    let form = DeskCommand::WrapUpSave {
        interaction,
        disposition: Some("solved".to_owned()),
        notes: "x".to_owned(),
        done: true,
    };
    assert_eq!(world.command("ana", form), Reply::Done);
    world.run_until(SOON, "the next", |world| talking(world, "ana") && world.store.lists.attempts.len() == 2);
    assert_eq!(world.store.lists.ended(Attempted::Spoken), 1);
    become_(&mut world, CARE, "care", CampaignState::Paused);
    world.wind_down();
    world.store.lists.check(CARE);
}

#[test]
fn an_hour_with_four_agents_keeps_every_promise() {
    for seed in 0..12 {
        let mut world = world_with(seed, 4, Mode::Progressive, Habit::Customer, Person::Working);
        numbers(&mut world, CARE, 60);
        become_(&mut world, CARE, "care", CampaignState::Running);
        for minute in 0..60 {
            world.run(secs(60));
            assert!(open(&world) <= 4, "seed {seed}: more calls than agents");
            if minute % 7 == 3 {
                world.call("13900000001", "4000", secs(120));
            }
            if minute == 20 {
                forbid(&mut world, "13800100007");
            }
        }
        become_(&mut world, CARE, "care", CampaignState::Finished);
        world.wind_down();
        let lists = &world.store.lists;
        assert!(lists.attempts.len() > 20, "seed {seed}: {} calls", lists.attempts.len());
        assert_eq!(open(&world), 0, "seed {seed}");
        assert!(lists.entries.values().all(|entry| entry.tries.all() <= 6), "seed {seed}");
        lists.check(CARE);
    }
}

/// It is said in the moment in which the store has the attempt and the number was not dialled yet; and while it rings.
#[test]
fn who_is_not_to_be_called_is_not_from_that_moment_on() {
    let mut between = world(1, Mode::Progressive, ANSWERS);
    numbers(&mut between, CARE, 1);
    become_(&mut between, CARE, "care", CampaignState::Running);
    assert_eq!(between.store.lists.attempts.len(), 1);
    forbid(&mut between, "13800100000");
    between.run(secs(60));
    assert_eq!(invites(&between), 0);
    assert_eq!(between.desk("ana").state, AgentState::Ready);
    assert_eq!(open(&between), 0);

    let mut rings = world(1, Mode::Progressive, Habit::Ignore);
    numbers(&mut rings, CARE, 1);
    become_(&mut rings, CARE, "care", CampaignState::Running);
    rings.run_until(SOON, "it rings", |world| invites(world) == 1);
    rings.run(secs(3));
    forbid(&mut rings, "13800100000");
    rings.run(secs(2));
    assert!(rings.phones[&OUTSIDE.parse().unwrap()].is_idle(), "taken back");
    rings.run(secs(7_200));
    assert_eq!(invites(&rings), 1);
    rings.wind_down();
}

/// The called says so in the call.
#[test]
fn a_disposition_may_end_all_calls_or_bring_another() {
    for (disposition, calls) in [("never", 1), ("later", 2), ("solved", 1)] {
        let mut world = world(1, Mode::Progressive, Habit::Answer { after: secs(2), talk: Some(secs(5)) });
        numbers(&mut world, CARE, 1);
        become_(&mut world, CARE, "care", CampaignState::Running);
        world.run_until(secs(20), "wrap-up", |world| world.desk("ana").wrap_up.is_some());
        let interaction = world.desk("ana").wrap_up.unwrap();
        let form = DeskCommand::WrapUpSave {
            interaction,
            disposition: Some(disposition.to_owned()),
            notes: String::new(),
            done: true,
        };
        assert_eq!(world.command("ana", form), Reply::Done);
        let number = Number::parse("13800100000", "CN").unwrap();
        assert_eq!(world.store.lists.forbidden.contains(&number), disposition == "never");
        world.run(secs(29 * 60));
        assert_eq!(invites(&world), 1, "{disposition}");
        world.run(secs(5 * 60));
        assert_eq!(invites(&world), calls, "{disposition}");
        become_(&mut world, CARE, "care", CampaignState::Finished);
        world.wind_down();
    }
}

#[test]
fn nobody_is_called_outside_their_hours() {
    let mut world = world(1, Mode::Progressive, Habit::Refuse(486));
    // It is Monday, a quarter past two in the afternoon.
    let hours =
        |day| CallHours { weekly: vec![Hours { day, from_min: 15 * 60, to_min: 16 * 60 }], ..CallHours::default() };
    world.reconfigure(|center| center.campaigns[0].hours = hours(1));
    numbers(&mut world, CARE, 1);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run(secs(46 * 60));
    assert_eq!(invites(&world), 0);
    world.run(secs(3 * 60));
    assert_eq!(invites(&world), 1, "soon after three");
    world.run(secs(24 * 3_600));
    // Busy: again after a quarter of an hour, at most three more times, and never after four.
    let three = Instant::read("2026-09-21T15:00:00Z", Instant::ZERO).unwrap();
    assert!(world.store.lists.attempts.iter().all(|attempt| attempt.at.since(three) < secs(3_600)));
    assert!(world.store.lists.attempts.len() <= 4);
    world.wind_down();
}

#[test]
fn a_person_on_two_lists_is_in_one_call() {
    let mut world = world(2, Mode::Progressive, ANSWERS);
    world.reconfigure(|center| center.campaigns.push(rule("news", Mode::Progressive)));
    numbers(&mut world, CARE, 1);
    world.store.lists.add(CampaignId(2), "13800100000");
    become_(&mut world, CARE, "care", CampaignState::Running);
    become_(&mut world, CampaignId(2), "news", CampaignState::Running);
    world.run(secs(90));
    assert_eq!(open(&world), 1, "the other campaign waits");
    become_(&mut world, CARE, "care", CampaignState::Finished);
    become_(&mut world, CampaignId(2), "news", CampaignState::Finished);
    world.wind_down();
}

#[test]
fn a_caller_who_waits_goes_before_the_next_call() {
    let mut world = world(1, Mode::Progressive, ANSWERS);
    numbers(&mut world, CARE, 5);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    let caller = world.call("13900000001", "4000", PATIENT);
    world.run(secs(5));
    world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    world.run_until(secs(60), "the caller", |world| world.phones[&caller].connected > 0 && talking(world, "ana"));
    assert_eq!(world.store.lists.attempts.len(), 1);
    become_(&mut world, CARE, "care", CampaignState::Paused);
    world.wind_down();
}

/// kill -9 at any moment: no attempt is lost, and nobody is called again for it.
#[test]
fn a_server_that_dies_dials_nobody_twice() {
    for (nth, moment) in [0, 3, 20, 60, 120, 300, 2_100, 3_000, 9_000].into_iter().enumerate() {
        let mut world = world(2, Mode::Progressive, ANSWERS);
        numbers(&mut world, CARE, 4);
        become_(&mut world, CARE, "care", CampaignState::Running);
        world.run(Duration::from_millis(moment));
        let begun = world.store.lists.attempts.len();
        assert_eq!(begun, 2, "{nth}");
        world.restart();
        world.store.lists.recover(&AttemptRules::default(), world.now);
        become_(&mut world, CARE, "care", CampaignState::Running);
        for key in ["ana", "ben"] {
            let agent = world.agent(key);
            world.tell(Input::DeskConnected { agent });
            let phone = world.phone_of(key);
            world.act(phone, Act::Register);
        }
        world.run(secs(2));
        for key in ["ana", "ben"] {
            world.command_later(key, DeskCommand::Ready);
        }
        // What was in the air keeps its claim for a minute and a half.
        world.run(secs(150));
        let lists = &world.store.lists;
        let again = |row| lists.attempts.iter().filter(|attempt| attempt.row == row).count();
        assert!(lists.entries.keys().all(|row| again(*row) <= 1), "moment {moment}");
        assert!(invites(&world) <= lists.attempts.len(), "every call has its row");
        assert!(lists.attempts.len() > 2, "moment {moment}: it goes on with the others");
        become_(&mut world, CARE, "care", CampaignState::Finished);
        world.wind_down();
    }
}

#[test]
fn an_agent_reads_first_and_calls_or_does_not() {
    let mut world = world(1, Mode::Preview { limit_s: 60 }, ANSWERS);
    numbers(&mut world, CARE, 3);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run(secs(1));
    let shown = |world: &World| world.desk("ana").preview.as_ref().map(|preview| preview.campaign.person.clone());
    assert_eq!(shown(&world).as_deref(), Some("person 1"));
    assert_eq!(world.desk("ana").state, AgentState::Ready, "a caller may still come");
    assert_eq!(world.command("ana", DeskCommand::PreviewSkip), Reply::Done);
    world.run(secs(1));
    assert_eq!(shown(&world).as_deref(), Some("person 2"));
    let agent = world.agent("ana");
    assert_eq!(world.center.snapshot(agent).unwrap().preview, world.desk("ana").preview);
    assert_eq!(world.command("ana", DeskCommand::PreviewDial), Reply::Done);
    assert_eq!(shown(&world), None);
    assert!(matches!(world.command("ana", DeskCommand::PreviewDial), Reply::Refused { .. }));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    // The wrap-up ends, the third is shown, and called when the time to read is over.
    world.run_until(secs(40), "the third", |world| shown(world).as_deref() == Some("person 3"));
    world.run(secs(58));
    assert_eq!(invites(&world), 1);
    world.run(secs(6));
    assert_eq!(invites(&world), 2);
    become_(&mut world, CARE, "care", CampaignState::Paused);
    world.wind_down();
}

#[test]
fn where_agents_ask_nobody_is_called_before() {
    let mut world = world(2, Mode::Manual, ANSWERS);
    numbers(&mut world, CARE, 3);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run(secs(120));
    assert_eq!(world.store.lists.attempts.len(), 0);
    assert_eq!(world.command("ben", DeskCommand::PreviewDial), Reply::Done);
    assert!(matches!(world.command("ben", DeskCommand::PreviewDial), Reply::Refused { .. }), "one at a time");
    world.run_until(SOON, "they talk", |world| talking(world, "ben"));
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    become_(&mut world, CARE, "care", CampaignState::Paused);
    world.wind_down();
}

/// Whose phone is not there gets no further calls, and the entry is not lost.
#[test]
fn an_agent_whose_phone_is_silent_holds_nobody_up() {
    let mut world = world(1, Mode::Progressive, ANSWERS);
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    numbers(&mut world, CARE, 2);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run(secs(90));
    assert!(matches!(world.desk("ana").state, AgentState::NotReady { .. }));
    assert_eq!((invites(&world), world.store.lists.attempts.len()), (0, 1));
    assert_eq!(world.store.lists.ended(Attempted::TakenBack), 1);
    world.wind_down();
}
