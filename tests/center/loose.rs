//! Campaigns whose calls are nobody's until somebody answers: power, predictive, and without agents.

use std::net::SocketAddr;
use std::time::Duration;

use carillon::acd::AgentState;
use carillon::base::Number;
use carillon::campaign::{Attempted, Counting, FollowUp, Mode};
use carillon::center::calling::{CampaignRule, CampaignState};
use carillon::center::desk::DeskCommand;
use carillon::center::{Disposition, Named};
use carillon::crm::{Interaction, Outcome};

use crate::campaigns::{CARE, become_, forbid, invites, numbers, open, rule, world_with};
use crate::desks::Person;
use crate::phone::{Act, Habit};
use crate::scenery::OUTSIDE;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

/// So bold that a campaign of a few minutes earns a call.
const BOLD_PPM: u32 = 300_000;

const REMINDER: &str = r#"
start = "in"
[step.in]
do = "answer"
next = "message"
[step.message]
do = "menu"
prompts = "welcome"
timeout = "3s"
tries = 1
choices.1 = { next = "bye", label = "Confirmed", set = { disposition = "solved" } }
choices.2 = "line"
choices.3 = { next = "bye", label = "Later", set = { disposition = "later" } }
choices.9 = "never"
next = "bye"
[step.line]
do = "queue"
queue = "sales"
next = "bye"
[step.never]
do = "opt_out"
next = "bye"
[step.bye]
do = "hangup"
"#;

fn outside() -> SocketAddr {
    OUTSIDE.parse().unwrap()
}

fn world(agents: usize, mode: Mode, outside: Habit) -> World {
    world_with(7, agents, mode, outside, Person::Absent)
}

fn change(world: &mut World, with: impl FnOnce(&mut CampaignRule)) {
    world.reconfigure(|center| with(&mut center.campaigns[0]));
}

fn is_held(world: &World, key: &str) -> bool {
    matches!(world.desk(key).state, AgentState::Busy { .. })
}

fn rows(world: &World) -> Vec<&Interaction> {
    world.store.interactions.values().collect()
}

fn phone_rang(world: &World, key: &str) -> bool {
    let text = format!("INVITE {}", world.phone_of(key));
    world.trail.iter().any(|(_, known)| *known == text)
}

#[test]
fn whoever_answers_is_spoken_with_at_once_by_one_who_sees_them() {
    let mut world = world(1, Mode::Power { ratio_percent: 100 }, ANSWERS);
    numbers(&mut world, CARE, 2);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run_until(SOON, "it rings", |world| invites(world) == 1);
    assert!(is_held(&world, "ana") && !phone_rang(&world, "ana"), "nobody else gets her, and nothing rings at her");
    world.run_until(secs(20), "they talk", |world| talking(world, "ana"));
    let pop = world.desk("ana").pop.clone().unwrap();
    let campaign = pop.campaign.unwrap();
    assert_eq!((campaign.key.as_str(), campaign.person.as_str()), ("care", "person 1"));
    assert_eq!((pop.called.as_str(), pop.caller.as_deref()), ("+862155500199", Some("+8613800100000")));
    let at = |what: String| world.trail.iter().position(|(_, text)| *text == what);
    let (shown, rang) = (at(format!("pop {}", world.agent("ana"))), at(format!("INVITE {}", world.phone_of("ana"))));
    assert!(at(format!("INVITE {OUTSIDE}")) < shown && shown < rang, "called, answered, shown, fetched");
    let row = rows(&world)[0].clone();
    let kinds = world.store.kinds(row.id);
    assert!(kinds.contains(&"call.placed") && kinds.contains(&"call.connected"), "{kinds:?}");
    assert_eq!((world.media.hears.len(), world.media.recording.len()), (2, 1));
    world.run(secs(20));
    assert_eq!((open(&world), invites(&world)), (1, 1), "who talks carries no other call");
    world.act(outside(), Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    become_(&mut world, CARE, "care", CampaignState::Paused);
    world.wind_down();
    assert_eq!(world.store.lists.ended(Attempted::Spoken), 1);
    world.store.lists.certificate(CARE).unwrap();
}

#[test]
fn who_carries_a_call_is_nobody_elses_and_is_free_when_it_reaches_nobody() {
    let mut world = world(1, Mode::Power { ratio_percent: 100 }, Habit::Ignore);
    numbers(&mut world, CARE, 1);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run_until(SOON, "it rings", |world| invites(world) == 1);
    let caller = world.call("13900000001", "4000", PATIENT);
    world.run(secs(10));
    assert!(is_held(&world, "ana") && world.phones[&caller].connected <= 1, "the caller waits in the line");
    world.run_until(secs(30), "it has rung long enough", |world| talking(world, "ana"));
    assert!(world.phones[&outside()].is_idle());
    assert_eq!(world.store.lists.ended(Attempted::NoAnswer), 1);
    become_(&mut world, CARE, "care", CampaignState::Finished);
    world.wind_down();
}

/// Whoever answers in the very moment in which the call is taken back is met by nobody: the law counts that.
#[test]
fn an_answer_that_crosses_our_cancel_is_counted() {
    let mut crossed = 0;
    for ms in 19_900..20_100 {
        let answers = Habit::Answer { after: Duration::from_millis(ms), talk: None };
        let mut world = world(1, Mode::Power { ratio_percent: 100 }, answers);
        numbers(&mut world, CARE, 1);
        become_(&mut world, CARE, "care", CampaignState::Running);
        world.run(secs(25));
        let (answered, talks) = (world.phones[&outside()].connected, talking(&world, "ana"));
        world.act(outside(), Act::HangUpAll);
        become_(&mut world, CARE, "care", CampaignState::Paused);
        world.wind_down();
        let lists = &world.store.lists;
        let ended = [Attempted::Spoken, Attempted::NoAnswer, Attempted::Abandoned].map(|how| lists.ended(how));
        let expected = match (answered, talks) {
            (1, true) => [1, 0, 0],
            (1, false) => [0, 0, 1],
            _ => [0, 1, 0],
        };
        assert_eq!(ended, expected, "answered after {ms} ms");
        crossed += expected[2];
        lists.certificate(CARE).unwrap();
    }
    assert!(crossed > 0, "no answer crossed");
}

/// The phone of the only agent is silent: two seconds after the answer the called are told so, and it is counted.
#[test]
fn nobody_is_left_in_silence() {
    let mut world = world(1, Mode::Predictive, ANSWERS);
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    numbers(&mut world, CARE, 1);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run_until(secs(20), "answered", |world| world.phones[&outside()].connected == 1);
    let answered = world.now;
    let plays = |world: &World| world.media.playing.values().any(|sounds| sounds.contains(&"en/welcome".to_owned()));
    world.run_until(secs(5), "the message", plays);
    assert!(world.now.since(answered) <= Duration::from_millis(2_200), "{:?}", world.now.since(answered));
    world.run(secs(30));
    assert!(world.phones[&outside()].is_idle(), "hung up after it");
    assert!(matches!(world.desk("ana").state, AgentState::NotReady { .. }), "whose phone is silent gets no more");
    let row = rows(&world)[0].clone();
    assert_eq!(row.outcome, Some(Outcome::Abandoned));
    assert!(world.store.kinds(row.id).contains(&"campaign.abandoned"));
    assert_eq!(world.store.lists.ended(Attempted::Abandoned), 1);
    world.wind_down();
    let (_, verified) = world.store.lists.certificate(CARE).unwrap();
    let tally: u64 = verified.windows.values().map(|tally| tally.abandoned + tally.lost).sum();
    assert_eq!((verified.dials, verified.held, tally), (1, 1, 1));
}

/// It is said in the moment in which the store has the attempt and the number was not dialled yet; and while it rings.
#[test]
fn who_is_not_to_be_called_is_not_from_that_moment_on() {
    for mode in [Mode::Power { ratio_percent: 200 }, Mode::Predictive, Mode::Agentless { lines: 5 }] {
        let mut between = world(1, mode, ANSWERS);
        change(&mut between, |rule| rule.flow = Some("menu".to_owned()));
        numbers(&mut between, CARE, 1);
        become_(&mut between, CARE, "care", CampaignState::Running);
        assert_eq!(between.store.lists.attempts.len(), 1, "{mode:?}");
        forbid(&mut between, "13800100000");
        between.run(secs(60));
        assert_eq!((invites(&between), open(&between)), (0, 0), "{mode:?}");
        assert_eq!(between.desk("ana").state, AgentState::Ready);

        let mut rings = world(1, mode, Habit::Ignore);
        change(&mut rings, |rule| rule.flow = Some("menu".to_owned()));
        numbers(&mut rings, CARE, 1);
        become_(&mut rings, CARE, "care", CampaignState::Running);
        rings.run_until(SOON, "it rings", |world| invites(world) == 1);
        forbid(&mut rings, "13800100000");
        rings.run(secs(2));
        assert!(rings.phones[&outside()].is_idle(), "taken back");
        assert_eq!(rings.desk("ana").state, AgentState::Ready);
        rings.wind_down();
    }
}

/// Days on which callers answer, hang up, decline and ring in as they like, people ask not to be called, and the campaign
/// is paused: what is abandoned is never more than was earned, and one who knows nothing of the pacer counts the same.
#[test]
fn a_hostile_hour_never_spends_what_was_not_earned() {
    let mut over = 0;
    for seed in 0..10 {
        let mode = if seed % 2 == 0 { Mode::Predictive } else { Mode::Power { ratio_percent: 200 } };
        let mut world = world_with(seed, 4, mode, Habit::Customer, Person::Working);
        let counting = if seed % 3 == 0 { Counting::Ftc } else { Counting::Ofcom };
        change(&mut world, |rule| (rule.cap_ppm, rule.counting) = (BOLD_PPM, counting));
        numbers(&mut world, CARE, 200);
        become_(&mut world, CARE, "care", CampaignState::Running);
        for minute in 0..60_u64 {
            world.run(secs(60));
            if minute % 9 == 4 {
                world.call("13900000001", "4000", secs(90));
            }
            if minute % 11 == 5 {
                forbid(&mut world, &format!("138001{:05}", minute * 3));
            }
            if minute % 20 == 12 {
                become_(&mut world, CARE, "care", CampaignState::Paused);
                world.run(secs(30));
                become_(&mut world, CARE, "care", CampaignState::Running);
            }
        }
        become_(&mut world, CARE, "care", CampaignState::Finished);
        world.wind_down();
        let lists = &world.store.lists;
        assert_eq!(open(&world), 0, "seed {seed}");
        let (law, verified) = lists.certificate(CARE).unwrap();
        assert!(verified.dials > 20, "seed {seed}: {} calls", verified.dials);
        for tally in verified.windows.values() {
            assert_eq!(tally.lost, 0, "seed {seed}: no agent was taken from under a call: {tally:?}");
            assert!(tally.balance(&law) >= 0, "seed {seed}: {tally:?}");
        }
        over += verified.over;
        let told = rows(&world).iter().filter(|row| row.outcome == Some(Outcome::Abandoned)).count() as u64;
        let counted: u64 = verified.windows.values().map(|tally| tally.abandoned).sum();
        assert!(told >= counted.min(1), "seed {seed}: who was abandoned is known as such");
    }
    assert!(over > 0, "calls were made on the budget");
}

#[test]
fn a_message_is_heard_confirmed_answered_or_never_again() {
    for (digit, outcome, ended) in [
        (None, Outcome::SelfService, Attempted::Played),
        (Some('1'), Outcome::SelfService, Attempted::Played),
        (Some('3'), Outcome::SelfService, Attempted::Played),
        (Some('9'), Outcome::SelfService, Attempted::Played),
    ] {
        let mut world = world(1, Mode::Agentless { lines: 3 }, ANSWERS);
        world.reconfigure(|center| {
            center.flows.push(("reminder".to_owned(), REMINDER.to_owned()));
            center.campaigns[0].flow = Some("reminder".to_owned());
        });
        numbers(&mut world, CARE, 1);
        become_(&mut world, CARE, "care", CampaignState::Running);
        let plays = |world: &World| world.media.playing.values().any(|sounds| sounds == &["en/welcome"]);
        world.run_until(secs(20), "the message", plays);
        assert_eq!(world.desk("ana").state, AgentState::Ready, "nobody is held for it");
        let number = Number::parse("13800100000", "CN").unwrap();
        if let Some(digit) = digit {
            world.press(outside(), digit);
            assert_eq!(world.store.lists.forbidden.contains(&number), digit == '9', "at once");
        }
        world.run(secs(20));
        let row = rows(&world)[0].clone();
        assert_eq!(row.outcome, Some(outcome), "{digit:?}");
        assert_eq!(
            row.disposition.as_deref(),
            (digit == Some('1')).then_some("solved").or((digit == Some('3')).then_some("later"))
        );
        assert_eq!(world.store.lists.ended(ended), 1, "{digit:?}");
        world.run(secs(31 * 60));
        assert_eq!(
            invites(&world),
            if digit == Some('3') { 2 } else { 1 },
            "{digit:?}: what follows, the campaign says"
        );
        become_(&mut world, CARE, "care", CampaignState::Finished);
        world.wind_down();
        world.store.lists.certificate(CARE).unwrap();
    }
}

#[test]
fn a_message_leads_to_an_agent_who_sees_the_campaign() {
    let mut world = world(1, Mode::Agentless { lines: 3 }, ANSWERS);
    world.reconfigure(|center| {
        center.flows.push(("reminder".to_owned(), REMINDER.to_owned()));
        center.campaigns[0].flow = Some("reminder".to_owned());
        center.campaigns[0].after.insert("solved".to_owned(), FollowUp::Done);
        let label = Named { key: "gone".to_owned(), en: "gone".to_owned(), zh: "gone".to_owned() };
        center.dispositions.push(Disposition { label, queues: Vec::new(), note_required: false });
    });
    numbers(&mut world, CARE, 1);
    become_(&mut world, CARE, "care", CampaignState::Running);
    let plays = |world: &World| world.media.playing.values().any(|sounds| sounds == &["en/welcome"]);
    world.run_until(secs(20), "the message", plays);
    world.press(outside(), '2');
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!(world.desk("ana").pop.clone().unwrap().campaign.unwrap().key, "care");
    world.act(outside(), Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    let interaction = world.desk("ana").wrap_up.unwrap();
    let disposition = Some("solved".to_owned());
    let form = DeskCommand::WrapUpSave { interaction, disposition, notes: String::new(), done: true };
    world.command("ana", form);
    world.run(secs(5));
    assert_eq!(world.store.lists.ended(Attempted::Spoken), 1);
    become_(&mut world, CARE, "care", CampaignState::Finished);
    world.wind_down();
}

/// Two campaigns want the same agent: who is held by one carries no call of the other.
#[test]
fn an_agent_carries_one_call_whoever_calls() {
    let mut world = world(1, Mode::Power { ratio_percent: 100 }, Habit::Ignore);
    let other = carillon::campaign::CampaignId(2);
    world.reconfigure(|center| center.campaigns.push(rule("news", Mode::Power { ratio_percent: 100 })));
    numbers(&mut world, CARE, 1);
    world.store.lists.add(other, "13800200000");
    become_(&mut world, CARE, "care", CampaignState::Running);
    become_(&mut world, other, "news", CampaignState::Running);
    world.run(secs(5));
    assert_eq!(open(&world), 1);
    world.run(secs(40));
    assert_eq!(invites(&world), 2, "the other one calls when she is free again");
    become_(&mut world, CARE, "care", CampaignState::Finished);
    become_(&mut world, other, "news", CampaignState::Finished);
    world.wind_down();
}

/// A trunk that carries two calls: the list is not run through in vain.
#[test]
fn a_full_trunk_costs_nobody_their_tries() {
    let mut world = world(4, Mode::Power { ratio_percent: 100 }, Habit::Ignore);
    world.reconfigure(|center| center.trunks[0].caps.calls = Some(2));
    numbers(&mut world, CARE, 100);
    become_(&mut world, CARE, "care", CampaignState::Running);
    world.run(secs(60));
    let taken_back = world.store.lists.ended(Attempted::TakenBack);
    assert!(taken_back <= 30, "{taken_back} entries were asked for in vain");
    assert!(world.store.lists.ended(Attempted::NoAnswer) >= 2, "the others are called");
    become_(&mut world, CARE, "care", CampaignState::Finished);
    world.wind_down();
}
