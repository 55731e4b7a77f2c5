//! What agents and supervisors tell each other beside the calls.

use carillon::base::NoticeId;
use carillon::center::board::AgentRow;
use carillon::center::desk::{Addressees, CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::center::input::{SuperviseCommand as Ask, Watch};

use crate::scene::{Scene, scene};
use crate::world::World;

fn row(world: &mut World, key: &str) -> AgentRow {
    let now = world.now;
    world.center.board(now).agents.into_iter().find(|row| row.key == key).unwrap()
}

fn help(words: &str) -> DeskCommand {
    DeskCommand::HelpAsk { words: words.to_owned() }
}

fn notify(to: Addressees, words: &str) -> Ask {
    Ask::Notify { to, words: words.to_owned() }
}

fn refused(reply: &Reply) -> Option<Refusal> {
    match reply {
        Reply::Refused { code, .. } => Some(*code),
        _ => None,
    }
}

#[test]
fn an_agent_asks_for_help_and_a_supervisor_who_listens_has_seen_it() {
    let Scene { mut world, .. } = scene();
    let ana = world.agent("ana");
    assert_eq!(world.command("ana", help("  she wants a refund ")), Reply::Done);
    let asked = row(&mut world, "ana").help.expect("the flag");
    assert_eq!((asked.words.as_str(), asked.seen_by.as_deref(), asked.since), ("she wants a refund", None, world.now));
    assert_eq!(world.desk("ana").help.as_ref(), Some(&asked));
    world.run(crate::stories::secs(20));
    assert_eq!(world.command("ana", help("of 5,000")), Reply::Done, "other words, the same wish");
    assert_eq!(row(&mut world, "ana").help.map(|help| help.since), Some(asked.since));
    let listen = Ask::Supervise { agent: ana, watch: Watch::Listen, phone: Some("cem".to_owned()) };
    assert_eq!(world.supervise(listen), Reply::Done);
    assert_eq!(world.desk("ana").help.as_ref().and_then(|help| help.seen_by.as_deref()), Some("sue"));
    assert_eq!(world.supervise(Ask::EndHelp { agent: ana }), Reply::Done);
    assert_eq!((row(&mut world, "ana").help, world.desk("ana").help.clone()), (None, None));
    assert_eq!(refused(&world.supervise(Ask::EndHelp { agent: ana })), Some(Refusal::WrongState));
    let contact = world.only_row().id;
    let told: Vec<_> = world.store.events[&contact].iter().filter(|event| event.kind.starts_with("help.")).collect();
    let details: Vec<_> = told.iter().map(|event| event.detail.clone()).collect();
    assert_eq!(details[1], serde_json::json!({"agent": ana.0, "words": "of 5,000"}));
    assert_eq!(details[2], serde_json::json!({"agent": ana.0, "by": "sue"}));
    world.wind_down();
}

#[test]
fn help_is_withdrawn_and_over_with_the_shift() {
    let Scene { mut world, .. } = scene();
    assert_eq!(refused(&world.command("ben", DeskCommand::HelpWithdraw)), Some(Refusal::WrongState));
    assert_eq!(world.command("ben", help("")), Reply::Done, "without words");
    assert!(row(&mut world, "ben").help.is_some());
    assert_eq!(world.command("ben", DeskCommand::HelpWithdraw), Reply::Done);
    assert!(row(&mut world, "ben").help.is_none());
    assert_eq!(refused(&world.command("ben", help(&"x".repeat(201)))), Some(Refusal::NotAllowed));
    assert_eq!(world.command("ben", help("once more")), Reply::Done);
    assert_eq!(world.command("ben", DeskCommand::SignOut), Reply::Done);
    assert!(row(&mut world, "ben").help.is_none());
    assert_eq!(refused(&world.command("ben", help("after hours"))), Some(Refusal::NotSignedIn));
    world.wind_down();
}

#[test]
fn a_message_stands_on_each_desktop_until_it_is_read() {
    let Scene { mut world, .. } = scene();
    world.reconfigure(|center| center.rules.agents[1].group = Some("floor".to_owned()));
    assert_eq!(world.supervise(notify(Addressees::Everybody, "Meeting at five.")), Reply::Done);
    for key in ["ana", "ben", "cem"] {
        assert_eq!(world.desk(key).notices.len(), 1, "{key}");
        assert_eq!(row(&mut world, key).unread, 1);
    }
    let group = Addressees::Group { group: "floor".to_owned() };
    assert_eq!(world.supervise(notify(group, "Of your group alone.")), Reply::Done);
    let of_ben: Vec<_> = world.desk("ben").notices.iter().map(|notice| notice.words.clone()).collect();
    assert_eq!(of_ben, ["Meeting at five.", "Of your group alone."]);
    assert_eq!((world.desk("ana").notices.len(), row(&mut world, "ben").unread), (1, 2));
    let first = world.desk("ben").notices[0].clone();
    assert_eq!(first.by, "sue");
    assert_eq!(world.command("ben", DeskCommand::NoticeRead { notice: first.id }), Reply::Done);
    assert_eq!((world.desk("ben").notices.len(), row(&mut world, "ben").unread), (1, 1));
    assert_eq!(world.command("ben", DeskCommand::NoticeRead { notice: NoticeId(7) }), Reply::Done, "in another tab");
    let ben = world.agent("ben");
    let snapshot = world.center.snapshot(ben).unwrap();
    assert_eq!(snapshot.notices, world.desk("ben").notices, "a page that comes anew has it too");
    world.wind_down();
}

#[test]
fn who_cannot_be_written_to_is_named() {
    let Scene { mut world, .. } = scene();
    let (ana, nobody) = (world.agent("ana"), carillon::base::AgentId(99));
    let to = || Addressees::Agents { agents: vec![ana, nobody] };
    match world.supervise(notify(to(), "Well done.")) {
        Reply::Partly { left_out } => {
            assert_eq!((left_out[0].agent, left_out[0].code), (nobody, Refusal::UnknownAgent))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.desk("ana").notices.len(), 1);
    assert_eq!(refused(&world.supervise(notify(to(), "  "))), Some(Refusal::NotAllowed));
    assert_eq!(refused(&world.supervise(notify(to(), &"x".repeat(501)))), Some(Refusal::NotAllowed));
    let none = Addressees::Group { group: "none".to_owned() };
    assert_eq!(refused(&world.supervise(notify(none, "Hello"))), Some(Refusal::UnknownAgent));
    for n in 0..25 {
        world.supervise(notify(Addressees::Agents { agents: vec![ana] }, &format!("{n}")));
    }
    assert_eq!(row(&mut world, "ana").unread, 20, "the oldest go");
    world.wind_down();
}

#[test]
fn who_is_written_to_after_asking_for_help_knows_that_it_was_seen() {
    let Scene { mut world, .. } = scene();
    world.command("ana", help("which form?"));
    let ana = world.agent("ana");
    assert_eq!(world.supervise(notify(Addressees::Agents { agents: vec![ana] }, "The second.")), Reply::Done);
    assert_eq!(row(&mut world, "ana").help.and_then(|help| help.seen_by).as_deref(), Some("sue"));
    world.wind_down();
}
