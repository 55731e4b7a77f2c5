//! Figures that are beyond their limits for too long.

use carillon::acd::Calendar;
use carillon::base::AlertId;
use carillon::center::Input;
use carillon::center::alert::{Alert, AlertEnd, AlertEvent, AlertRule, Figure, Level, Way};
use carillon::center::desk::{CommandOutcome as Reply, Refusal, Words};
use carillon::center::input::SuperviseCommand as Ask;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::scenery::SALES;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

fn rule() -> AlertRule {
    AlertRule {
        key: "wait".to_owned(),
        name: Words::default(),
        figure: Figure::LongestWait,
        queues: vec![SALES],
        warn: Some(30),
        act: Some(60),
        hold_s: 10,
        hours: None,
        sound: true,
        mail: vec!["boss@example.com".to_owned()],
        webhooks: vec!["http://127.0.0.1:9/hook".to_owned()],
    }
}

/// Ana, who is alone, talks; whoever comes waits.
fn world(rule: AlertRule) -> World {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.reconfigure(|center| center.alerts = vec![rule]);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world
}

fn open(world: &mut World) -> Vec<Alert> {
    let now = world.now;
    world.center.board(now).alerts
}

fn kinds(world: &World) -> Vec<String> {
    let kind = |event: &AlertEvent| serde_json::to_value(event).unwrap()["kind"].as_str().unwrap().to_owned();
    world.store.alert_news.iter().map(|news| kind(&news.event)).collect()
}

#[test]
fn a_wait_that_lasts_is_told_acknowledged_and_over() {
    let mut world = world(rule());
    world.call("13800138001", "4000", secs(100));
    world.run(secs(35));
    assert_eq!(open(&mut world), [], "not for long enough");
    world.run(secs(10));
    let [alert] = &open(&mut world)[..] else { panic!("one alert") };
    assert_eq!((alert.level, alert.limit, alert.queue), (Level::Warn, 30, SALES));
    let id = alert.id;
    assert_eq!(world.supervise(Ask::AcknowledgeAlert { alert: id }), Reply::Done);
    assert_eq!(open(&mut world)[0].seen_by.as_deref(), Some("sue"));
    assert_eq!(world.supervise(Ask::AcknowledgeAlert { alert: id }), Reply::Done, "once is enough");
    world.run(secs(30));
    let worse = open(&mut world)[0].clone();
    assert_eq!((worse.id, worse.level, worse.seen_by), (id, Level::Act, None), "to be seen anew");
    world.run(secs(60));
    assert_eq!(open(&mut world), [], "nobody waits any more");
    let Reply::Refused { code, .. } = world.supervise(Ask::AcknowledgeAlert { alert: id }) else { panic!("refused") };
    assert_eq!(code, Refusal::UnknownAlert);
    let told = ["alert.raised", "alert.acknowledged", "alert.changed", "alert.ended"];
    assert_eq!(kinds(&world), told);
    let letters: Vec<_> = world.store.alert_news.iter().flat_map(|news| &news.letters).collect();
    let to_program = letters.iter().filter(|letter| letter.way == Way::Webhook);
    assert_eq!(
        to_program.map(|letter| letter.subject.as_str()).collect::<Vec<_>>(),
        told,
        "programs are told everything"
    );
    let mailed: Vec<_> = letters.iter().filter(|letter| letter.way == Way::Mail).map(|letter| &letter.to).collect();
    assert_eq!(mailed, ["boss@example.com"; 2], "people are written to when it begins and when it is worse");
    let kept: Vec<_> = world.store.alerts.values().collect();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].ended.is_some() && kept[0].worst >= 95, "{kept:?}");
    world.wind_down();
}

#[test]
fn outside_of_its_hours_and_of_the_rules_nothing_is_told() {
    let never = Calendar { key: "never".to_owned(), zone: "UTC".to_owned(), ..Calendar::default() };
    let mut world = world(AlertRule { hours: Some("never".to_owned()), ..rule() });
    world.reconfigure(|center| center.rules.calendars.push(never.clone()));
    world.call("13800138001", "4000", PATIENT);
    world.run(secs(120));
    assert_eq!(open(&mut world), []);
    world.reconfigure(|center| center.alerts = vec![rule()]);
    world.run(secs(15));
    assert_eq!(open(&mut world).len(), 1);
    world.reconfigure(|center| center.alerts = vec![AlertRule { hours: Some("never".to_owned()), ..rule() }]);
    world.run(secs(2));
    assert_eq!(open(&mut world), [], "its hours are over");
    world.reconfigure(|center| center.alerts = vec![rule()]);
    world.run(secs(15));
    world.reconfigure(|center| center.alerts.clear());
    assert_eq!(open(&mut world), [], "the rule is gone, and the alert with it");
    let ends = world.store.alert_news.iter().filter_map(|news| match news.event {
        AlertEvent::Ended { why } => Some(why),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [AlertEnd::Hours, AlertEnd::Rule]);
    assert!(world.store.alerts.values().all(|alert| alert.ended.is_some()));
    world.wind_down();
}

#[test]
fn the_next_process_goes_on_with_it_and_with_who_has_seen_it() {
    let few = AlertRule { figure: Figure::Ready, warn: Some(1), act: None, hold_s: 5, ..rule() };
    let mut world = world(few);
    world.run(secs(10));
    let [alert] = &open(&mut world)[..] else { panic!("one alert: nobody is ready") };
    let id = alert.id;
    assert_eq!(world.supervise(Ask::AcknowledgeAlert { alert: id }), Reply::Done);
    let before = open(&mut world);
    world.restart();
    assert_eq!(open(&mut world), before, "it is the same one");
    world.run(secs(30));
    assert_eq!(open(&mut world)[0].seen_by.as_deref(), Some("sue"), "nobody is bothered again");
    assert_eq!(kinds(&world), ["alert.raised", "alert.acknowledged"]);
    // A rule that is gone by then ends it.
    world.reconfigure(|center| center.alerts.clear());
    assert_eq!(open(&mut world), []);
    let gone = Alert { id: AlertId(5), ..before[0].clone() };
    world.tell(Input::AlertsWere(vec![gone]));
    assert_eq!(open(&mut world), []);
    assert!(world.store.alerts[&AlertId(5)].ended.is_some());
    world.wind_down();
}
