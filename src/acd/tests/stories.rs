use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, Channel, ContactId, QueueId, SkillId};

fn support() -> World {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1, 2]);
    world
}

#[test]
fn a_call_rings_is_answered_ends_and_is_wrapped_up() {
    let mut world = support();
    let out = world.arrive(10, 1);
    let [Output::Reserve { agent, until, why, .. }, Output::AgentState { state, .. }] = &out[..] else {
        panic!("{out:?}")
    };
    assert_eq!((*agent, *until), (AgentId(1), world.now + secs(20)));
    assert!(matches!(state, AgentState::Reserved { contact: ContactId(10), .. }));
    assert!(matches!(&why.pick, Pick::Agent { candidates, .. } if candidates.len() == 2));
    world.accept(1);
    assert_eq!(world.state(1), AgentState::Busy { contact: ContactId(10) });
    world.wait(secs(60));
    world.end(10);
    let until = Some(world.now + secs(30));
    assert_eq!(world.state(1), AgentState::WrapUp { contact: ContactId(10), until });
    world.wait(secs(30));
    assert_eq!(world.state(1), AgentState::Ready);
    assert_eq!(world.router.next_deadline(), None);
}

#[test]
fn no_answer_redirects_and_the_caller_keeps_the_place() {
    let mut world = support();
    world.not_ready(2, "break");
    world.arrive(10, 1);
    world.arrive(11, 1);
    let out = world.wait(secs(20));
    assert!(matches!(out[0], Output::Withdraw { because: Withdrawn::NoAnswer, agent: AgentId(1), .. }), "{out:?}");
    assert_eq!(world.state(1), AgentState::NotReady { reason: NO_ANSWER.into() });
    let line = world.router.waiting(QUEUE, world.now);
    assert_eq!(line.iter().map(|w| w.contact.0).collect::<Vec<_>>(), [10, 11]);
    world.tell(Input::Ready { agent: AgentId(2), author: Author::Agent });
    assert_eq!(world.rings(10), [2]);
}

#[test]
fn an_answer_in_the_last_moment_may_take_its_time_and_without_sound_is_none() {
    let mut world = support();
    world.not_ready(2, "break");
    world.arrive(10, 1);
    world.wait(secs(19));
    let reservation = world.reservation(1);
    assert_eq!(world.tell(Input::Answering { reservation }), []);
    assert_eq!(world.wait(secs(20)), [], "the ring deadline is none any more");
    let out = world.tell(Input::Refused { reservation, why: RefusedWhy::NoMedia });
    assert!(matches!(out[0], Output::Withdraw { because: Withdrawn::NoMedia, .. }), "{out:?}");
    assert_eq!(world.state(1), AgentState::NotReady { reason: NO_MEDIA.into() });
    let answering = Input::Answering { reservation };
    assert!(matches!(world.tell(answering)[..], [Output::Rejected { .. }]));
}

#[test]
fn no_answer_rings_the_next_agent_at_once() {
    let mut world = support();
    world.arrive(10, 1);
    let reservation = world.reservation(1);
    let out = world.tell(Input::Refused { reservation, why: RefusedWhy::Declined });
    assert!(matches!(out[0], Output::Withdraw { because: Withdrawn::Refused, .. }));
    assert!(matches!(out[1], Output::AgentState { agent: AgentId(1), state: AgentState::NotReady { .. }, .. }));
    assert!(matches!(out[2], Output::Reserve { agent: AgentId(2), contact: ContactId(10), .. }));
}

#[test]
fn who_did_not_take_a_contact_is_not_ready_for_the_reason_it_was() {
    let table = [
        (None, Withdrawn::NoAnswer, "no-answer"),
        (Some(RefusedWhy::Declined), Withdrawn::Refused, "declined"),
        (Some(RefusedWhy::Busy), Withdrawn::Refused, "declined"),
        (Some(RefusedWhy::Unreachable), Withdrawn::AgentGone, "unreachable"),
    ];
    for (refused, because, reason) in table {
        let mut world = support();
        world.arrive(10, 1);
        let reservation = world.reservation(1);
        let out = match refused {
            Some(why) => world.tell(Input::Refused { reservation, why }),
            None => world.wait(secs(20)),
        };
        assert!(matches!(out[0], Output::Withdraw { because: told, .. } if told == because), "{reason}: {out:?}");
        assert_eq!(world.state(1), AgentState::NotReady { reason: reason.into() });
    }
}

#[test]
fn a_caller_who_hangs_up_while_ringing_costs_the_agent_no_idle_time() {
    let mut world = support();
    let since = world.router.agent(AgentId(1)).unwrap().since;
    world.arrive(10, 1);
    let out = world.leave(10);
    assert!(matches!(out[0], Output::Withdraw { because: Withdrawn::ContactGone, .. }));
    assert_eq!(world.state(1), AgentState::Ready);
    assert_eq!(world.router.agent(AgentId(1)).unwrap().since, since);
    world.arrive(11, 1);
    assert_eq!(world.rings(11), [1], "still the longest idle");
}

#[test]
fn who_hangs_up_while_ringing_frees_the_agent_for_the_next_in_line() {
    let mut world = support();
    world.not_ready(2, "break");
    world.arrive(10, 1);
    world.arrive(11, 1);
    world.leave(10);
    assert_eq!(world.rings(11), [1]);
    world.leave(11);
    assert_eq!(world.router.waiting_count(), 0);
    assert!(matches!(world.leave(11)[..], [Output::Rejected { .. }]));
}

#[test]
fn the_next_state_waits_for_the_end_of_the_work() {
    let mut world = support();
    world.arrive(10, 1);
    world.accept(1);
    world.not_ready(1, "lunch");
    assert_eq!(world.router.agent(AgentId(1)).unwrap().next, Some(NextState::NotReady { reason: "lunch".into() }));
    world.end(10);
    world.tell(Input::WrapUpDone { agent: AgentId(1) });
    assert_eq!(world.state(1), AgentState::NotReady { reason: "lunch".into() });

    world.arrive(11, 1);
    world.accept(2);
    world.tell(Input::SignOut { agent: AgentId(2), author: Author::Supervisor("eva".into()) });
    world.end(11);
    world.wait(secs(30));
    assert_eq!(world.state(2), AgentState::SignedOut);
}

#[test]
fn signing_out_while_ringing_gives_the_caller_to_the_next() {
    let mut world = support();
    world.arrive(10, 1);
    world.tell(Input::SignOut { agent: AgentId(1), author: Author::Agent });
    assert_eq!(world.state(1), AgentState::SignedOut);
    assert_eq!(world.rings(10), [2]);
}

#[test]
fn wrap_up_modes() {
    let run = |mode, seconds, asked: bool| {
        let mut rule = queue(1, &[]);
        rule.wrap_up = WrapUp { mode, seconds };
        let mut world = World::new(vec![rule], vec![agent(1, &[])]);
        world.ready(&[1]);
        world.arrive(10, 1);
        world.accept(1);
        if asked {
            world.tell(Input::RequestWrapUp { agent: AgentId(1) });
        }
        world.end(10);
        world
    };
    let in_wrap_up = |world: &World| matches!(world.state(1), AgentState::WrapUp { .. });
    assert_eq!(run(WrapUpMode::None, 30, false).state(1), AgentState::Ready);
    assert_eq!(run(WrapUpMode::Requested, 30, false).state(1), AgentState::Ready);
    assert!(in_wrap_up(&run(WrapUpMode::Requested, 30, true)));

    let mut optional = run(WrapUpMode::Optional, 0, false);
    assert_eq!(optional.state(1), AgentState::Ready);
    optional.tell(Input::RequestWrapUp { agent: AgentId(1) });
    assert_eq!(optional.state(1), AgentState::WrapUp { contact: ContactId(10), until: None });

    let mut discretionary = run(WrapUpMode::Discretionary, 30, false);
    discretionary.wait(secs(3_600));
    assert!(in_wrap_up(&discretionary));
    discretionary.tell(Input::WrapUpDone { agent: AgentId(1) });
    assert_eq!(discretionary.state(1), AgentState::Ready);

    let mut timed = run(WrapUpMode::Timed, 30, false);
    timed.wait(secs(20));
    timed.tell(Input::ExtendWrapUp { agent: AgentId(1) });
    assert!(matches!(timed.tell(Input::ExtendWrapUp { agent: AgentId(1) })[..], [Output::Rejected { .. }]));
    timed.wait(secs(39));
    assert!(in_wrap_up(&timed));
    timed.wait(secs(1));
    assert_eq!(timed.state(1), AgentState::Ready);

    let mut fixed = run(WrapUpMode::Fixed, 30, false);
    assert!(matches!(fixed.tell(Input::WrapUpDone { agent: AgentId(1) })[..], [Output::Rejected { .. }]));
    fixed.tell(Input::Ready { agent: AgentId(1), author: Author::Agent });
    assert!(in_wrap_up(&fixed));
    fixed.wait(secs(30));
    assert_eq!(fixed.state(1), AgentState::Ready);
}

#[test]
fn two_callers_three_agents_the_right_ones_are_chosen() {
    let sales = queue(1, &[need(1, 3)]);
    let repair = queue(2, &[need(2, 1)]);
    let agents = vec![agent(1, &[(1, 5)]), agent(2, &[(1, 9), (2, 2)]), agent(3, &[(2, 7), (1, 2)])];
    let mut world = World::new(vec![sales, repair], agents);
    world.ready(&[1, 2, 3]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), [2], "the highest level in skill 1");
    world.arrive(11, 2);
    assert_eq!(world.rings(11), [3]);
    world.arrive(12, 1);
    assert_eq!(world.rings(12), [1]);
    world.arrive(13, 1);
    assert_eq!(world.rings(13), Vec::<u32>::new(), "agent 3 has level 2 only, and rings already");
}

#[test]
fn a_contact_may_ask_for_more_than_its_queue() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[(8, 4)])]);
    world.ready(&[1, 2]);
    let mut arrival = Arrival::new(ContactId(10), QUEUE, world.now);
    arrival.skills = vec![(SkillId(8), 3)];
    world.arrive_as(arrival.clone());
    assert_eq!(world.rings(10), [2]);
    arrival.contact = ContactId(11);
    world.arrive_as(arrival);
    assert_eq!(world.router.waiting(QUEUE, world.now)[1].contact, ContactId(11));
}

#[test]
fn combinations_of_skills_that_nobody_asks_for_any_more_are_forgotten() {
    let rule = QueueRule { max_wait_s: Some(3_600), ..queue(1, &[]) };
    let mut world = World::new(vec![rule], vec![agent(1, &[]), agent(2, &[(8, 4)])]);
    world.ready(&[1, 2]);
    let asks = |contact: u64, skill: u32, now| {
        let mut arrival = Arrival::new(ContactId(contact), QUEUE, now);
        arrival.skills = vec![(SkillId(skill), 1)];
        arrival
    };
    world.arrive_as(asks(1, 5_000, world.now));
    let due = world.router.next_deadline();
    for skill in 100..5_000 {
        world.arrive_as(asks(u64::from(skill), skill, world.now));
        assert_eq!(world.leave(skill.into()), [], "no other combination was turned away before: {skill}");
    }
    assert_eq!(world.router.next_deadline(), due);
    world.arrive_as(asks(2, 8, world.now));
    assert_eq!(world.rings(2), [2]);
    assert_eq!(world.router.waiting(QUEUE, world.now).len(), 2);
}

#[test]
fn the_preferred_agent_comes_first_for_a_while() {
    let mut world = support();
    world.arrive(10, 1);
    world.accept(1);
    let mut arrival = Arrival::new(ContactId(11), QUEUE, world.now);
    arrival.preferred = Some((AgentId(1), 30_000));
    world.arrive_as(arrival);
    assert_eq!(world.rings(11), Vec::<u32>::new());
    world.wait(secs(29));
    world.end(10);
    world.tell(Input::WrapUpDone { agent: AgentId(1) });
    assert_eq!(world.rings(11), [1]);

    let mut arrival = Arrival::new(ContactId(12), QUEUE, world.now);
    arrival.preferred = Some((AgentId(1), 5_000));
    world.arrive_as(arrival);
    world.wait(secs(4));
    assert_eq!(world.rings(12), Vec::<u32>::new());
    world.wait(secs(1));
    assert_eq!(world.rings(12), [2]);
}

#[test]
fn full_timeout_and_overflow() {
    let mut first = queue(1, &[need(1, 1)]);
    first.max_waiting = Some(1);
    first.max_wait_s = Some(60);
    first.overflow = vec![Overflow { when: OverflowWhen::Timeout, to: crate::base::QueueId(2) }];
    let mut second = queue(2, &[need(2, 1)]);
    second.max_wait_s = Some(30);
    let mut world = World::new(vec![first, second], vec![agent(1, &[(2, 5)])]);
    world.arrive(10, 1);
    assert!(matches!(world.arrive(11, 1)[..], [Output::LeftQueue { why: Left::Full, .. }]));
    let out = world.wait(secs(60));
    assert!(matches!(out[..], [Output::Moved { contact: ContactId(10), why: Left::Timeout, .. }]), "{out:?}");
    let out = world.wait(secs(30));
    assert!(matches!(out[..], [Output::LeftQueue { contact: ContactId(10), why: Left::Timeout, .. }]), "{out:?}");
    assert_eq!(world.router.next_deadline(), None);
}

#[test]
fn ring_several_the_first_answer_wins() {
    let mut rule = queue(1, &[]);
    rule.ring_several = 2;
    let mut world = World::new(vec![rule], vec![agent(1, &[]), agent(2, &[]), agent(3, &[])]);
    world.ready(&[1, 2, 3]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), [1, 2]);
    let out = world.accept(2);
    assert!(out.iter().any(|o| matches!(o, Output::Withdraw { agent: AgentId(1), .. })));
    assert_eq!(world.state(1), AgentState::Ready);
    world.arrive(11, 1);
    assert_eq!(world.rings(11), [1, 3]);
    let out = world.wait(secs(20));
    assert_eq!(out.iter().filter(|o| matches!(o, Output::Withdraw { .. })).count(), 2);
    assert_eq!(world.router.waiting(QUEUE, world.now).len(), 1);
}

#[test]
fn an_own_call_keeps_the_agent_away_from_the_line() {
    let mut world = support();
    world.not_ready(2, "break");
    world.tell(Input::Occupy { agent: AgentId(1), contact: ContactId(99), queue: None, own: false });
    world.arrive(10, 1);
    assert_eq!(world.rings(10), Vec::<u32>::new());
    world.end(99);
    assert_eq!(world.rings(10), [1], "ready before, ready after");
    world.tell(Input::Occupy { agent: AgentId(2), contact: ContactId(98), queue: None, own: false });
    world.end(98);
    assert_eq!(world.state(2), AgentState::NotReady { reason: "break".into() });
}

#[test]
fn a_state_has_channel_and_direction_in_one_word_as_ever() {
    let mut world = support();
    world.tell(Input::Occupy { agent: AgentId(1), contact: ContactId(99), queue: None, own: false });
    let written = serde_json::to_string(&world.router.snapshot()).unwrap();
    assert!(written.contains(r#""load":[0,0,0,0,1]"#) && written.contains(r#""channel":"outbound""#), "{written}");
    let before = written.replace(r#""load":[0,0,0,0,1]"#, r#""load":[0,0,0,1,0]"#).replace("outbound", "callback");
    for text in [written, before] {
        let mut again = Router::restore(Settings::default(), serde_json::from_str(&text).unwrap(), world.now);
        let mut out = Vec::new();
        again.handle(world.now, Input::Ended { contact: ContactId(99) }, &mut out);
        world.router.handle(world.now, Input::Ended { contact: ContactId(99) }, &mut Vec::new());
        assert!(!out.iter().any(|output| matches!(output, Output::Rejected { .. })), "{out:?}");
        assert_eq!(again.state_hash(), world.router.state_hash());
    }
}

#[test]
fn chats_share_an_agent_and_a_call_interrupts_e_mail_only() {
    let on =
        |id, channel| QueueRule { channel, wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 }, ..queue(id, &[]) };
    let queues = vec![on(1, Channel::Voice), on(2, Channel::Chat), on(3, Channel::Email)];
    let mut rule = agent(1, &[]);
    rule.capacity = vec![(Channel::Voice, 1), (Channel::Chat, 2), (Channel::Email, 1)];
    let mut world = World::new(queues, vec![rule]);
    world.ready(&[1]);
    for chat in [20, 21] {
        world.arrive(chat, 2);
        world.accept(1);
    }
    world.arrive(22, 2);
    world.arrive(10, 1);
    assert_eq!(world.router.waiting_count(), 2);
    world.end(20);
    assert_eq!(world.rings(22), [1]);
    world.accept(1);
    world.end(21);
    world.end(22);
    assert_eq!(world.rings(10), [1]);
    world.accept(1);
    world.end(10);
    world.arrive(30, 3);
    world.accept(1);
    world.arrive(11, 1);
    assert_eq!(world.rings(11), [1], "the e-mail waits");
}

#[test]
fn a_conversation_that_ends_while_the_next_one_rings_leaves_the_ring_alone() {
    let chat = QueueRule { channel: Channel::Chat, ..queue(1, &[]) };
    let mut rule = agent(1, &[]);
    rule.capacity = vec![(Channel::Chat, 2)];
    let two_chats = |chat: &QueueRule, rule: &AgentRule| {
        let mut world = World::new(vec![chat.clone()], vec![rule.clone()]);
        world.ready(&[1]);
        world.arrive(20, 1);
        world.accept(1);
        world.arrive(21, 1);
        world.end(20);
        assert_eq!(world.rings(21), [1], "still");
        world
    };
    let mut world = two_chats(&chat, &rule);
    world.accept(1);
    assert_eq!(world.state(1), AgentState::Busy { contact: ContactId(21) });
    world.arrive(22, 1);
    assert_eq!(world.rings(22), [1]);
    let mut world = two_chats(&chat, &rule);
    world.leave(21);
    assert_eq!(world.state(1), AgentState::Ready, "no longer in conversation");
    world.arrive(22, 1);
    assert_eq!(world.rings(22), [1]);
    let mut world = two_chats(&chat, &rule);
    world.wait(secs(20));
    assert_eq!(world.state(1), AgentState::NotReady { reason: NO_ANSWER.into() });
}

#[test]
fn pause_reasons_may_be_limited() {
    let reasons = vec![ReasonRule { key: "lunch".into(), name: String::new(), limit_s: None, max_agents: Some(1) }];
    let rules =
        Rules { queues: vec![queue(1, &[])], agents: vec![agent(1, &[]), agent(2, &[])], reasons, ..Rules::default() };
    let mut world = World::with(rules);
    world.ready(&[1, 2]);
    world.not_ready(1, "lunch");
    assert!(matches!(world.not_ready(2, "lunch")[..], [Output::Rejected { .. }]));
    assert!(!world.not_ready(2, "training").is_empty());
}

#[test]
fn what_makes_no_sense_is_rejected_and_changes_nothing() {
    let mut world = support();
    let nonsense = [
        Input::SignIn { agent: AgentId(1) },
        Input::SignIn { agent: AgentId(77) },
        Input::Ready { agent: AgentId(1), author: Author::Agent },
        Input::Accepted { reservation: crate::base::ReservationId(5) },
        Input::Ended { contact: ContactId(5) },
        Input::WrapUpDone { agent: AgentId(1) },
        Input::Arrive(Arrival::new(ContactId(1), crate::base::QueueId(9), world.now)),
    ];
    let before = world.router.agents();
    for input in nonsense {
        assert!(matches!(world.tell(input)[..], [Output::Rejected { .. }]));
    }
    assert_eq!(world.router.agents(), before);
}

#[test]
fn every_choice_can_be_told_in_words() {
    let mut agents = vec![agent(1, &[(1, 5)]), agent(2, &[(1, 9)]), agent(3, &[])];
    for (rule, name) in agents.iter_mut().zip(["Ana", "Bo", "Chen"]) {
        rule.name = name.into();
    }
    let rules = Rules { queues: vec![queue(1, &[need(1, 3)])], agents, ..Rules::default() };
    let mut world = World::with(rules.clone());
    world.ready(&[1, 2, 3]);
    world.wait(secs(12));
    let out = world.arrive(10, 1);
    let Output::Reserve { why, .. } = &out[0] else { panic!() };
    let english = explain(why, &rules, Language::En);
    assert_eq!(
        english,
        "Bo was chosen among 2 idle, eligible agents: fittest for the demand, then idle for longest.\n\
         1. Bo: level 9.0, idle for 12 s\n2. Ana: level 5.0, idle for 12 s\nNot eligible: lacks a skill: Chen."
    );
    assert!(explain(why, &rules, Language::Zh).starts_with("在2位空闲且合适的坐席中选择了Bo"));
    world.accept(2);
    world.not_ready(1, "break");
    world.arrive(11, 1);
    world.wait(secs(40));
    let out = world.tell(Input::Ready { agent: AgentId(1), author: Author::Agent });
    let Some(Output::Reserve { why, .. }) = out.iter().find(|o| matches!(o, Output::Reserve { .. })) else { panic!() };
    assert_eq!(
        explain(why, &rules, Language::En),
        "An agent became free; nobody but #11 waited for such an agent.\n\
         1. #11 (q1): waited 40 s, priority 5, score 190.0"
    );
    let mut forged = Why::clone(why);
    if let Pick::Contact { chosen, .. } = &mut forged.pick {
        *chosen = ContactId(99);
    }
    assert_eq!(forged.check(), Err(WhyError::ChosenNotListed));
}

#[test]
fn who_is_overtaken_is_told() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[])]);
    world.arrive(10, 1);
    world.wait(secs(60));
    world.arrive_as(Arrival { priority: Some(1), ..Arrival::new(ContactId(11), QUEUE, world.now) });
    world.wait(secs(5));
    world.ready(&[1]);
    let told = |world: &World, language| {
        let why = world.out.iter().rev().find_map(|output| match output {
            Output::Reserve { why, .. } => Some(why),
            _ => None,
        });
        explain(why.unwrap(), &Rules::default(), language)
    };
    assert_eq!(world.rings(11), [1]);
    let english = told(&world, Language::En);
    assert!(english.ends_with("\nServed before those who came earlier: #10 (by 60 s)."), "{english}");
    assert!(told(&world, Language::Zh).ends_with("\n先于更早到达的#10（早60秒）。"));
    world.leave(11);
    assert_eq!(world.rings(10), [1]);
    assert!(!told(&world, Language::En).contains("earlier"));
}

#[test]
fn a_call_back_keeps_the_exact_place_and_displaces_nobody() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[])]);
    let first = world.now;
    world.arrive(10, 1);
    world.arrive(11, 1);
    world.arrive(12, 1);
    // The second hangs up for a call-back: the seat goes to a contact with the same arrival time.
    let arrived = world.router.waiting(QUEUE, world.now)[1].arrived;
    world.tell(Input::Leave { contact: ContactId(11), why: Left::Removed });
    world.wait(secs(5));
    let mut seat = Arrival::new(ContactId(21), QUEUE, world.now);
    seat.arrived = arrived;
    world.arrive_as(seat);
    world.arrive(13, 1);
    let line: Vec<u64> = world.router.waiting(QUEUE, world.now).iter().map(|view| view.contact.0).collect();
    assert_eq!(line, [10, 21, 12, 13]);
    assert!(arrived > first);
}

#[test]
fn who_rings_again_in_time_gets_the_old_place() {
    let mut rule = queue(1, &[]);
    rule.redial_s = 60;
    let mut world = World::new(vec![rule], vec![agent(1, &[])]);
    let call = |world: &mut World, contact, caller| {
        let mut arrival = Arrival::new(ContactId(contact), QUEUE, world.now);
        arrival.caller = Some(caller);
        world.arrive_as(arrival);
        world.wait(secs(1));
    };
    call(&mut world, 10, 7);
    call(&mut world, 11, 8);
    world.leave(10);
    world.wait(secs(30));
    call(&mut world, 12, 7);
    let kept = |output: &&Output| matches!(output, Output::PlaceKept { contact: ContactId(12), .. });
    assert_eq!(world.out.iter().filter(kept).count(), 1);
    let line =
        |world: &World| world.router.waiting(QUEUE, world.now).iter().map(|view| view.contact.0).collect::<Vec<_>>();
    assert_eq!(line(&world), [12, 11]);
    world.leave(12);
    world.wait(secs(61));
    call(&mut world, 13, 7);
    assert_eq!(line(&world), [11, 13], "too late");
}

#[test]
fn announcements_tell_place_and_a_wait_that_never_grows() {
    let mut rule = queue(1, &[]);
    rule.announce_s = 10;
    rule.wrap_up = WrapUp { mode: WrapUpMode::None, seconds: 0 };
    let mut world = World::new(vec![rule], vec![agent(1, &[])]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.wait(secs(120));
    world.end(10);
    for contact in [11, 12, 13] {
        world.arrive(contact, 1);
    }
    world.accept(1);
    let told = world.wait(secs(60));
    let of = |contact: u64| {
        told.iter().filter_map(move |output| match output {
            Output::Position { contact: id, position, estimate_s } if id.0 == contact => Some((*position, *estimate_s)),
            _ => None,
        })
    };
    assert_eq!(of(12).count(), 6, "every ten seconds");
    assert!(of(12).all(|(position, _)| position == 1) && of(13).all(|(position, _)| position == 2));
    let spoken: Vec<u32> = of(13).filter_map(|(_, estimate)| estimate).collect();
    assert!(!spoken.is_empty() && spoken.is_sorted_by(|a, b| a >= b), "{spoken:?}");
    assert_eq!(spoken[0], 240, "two conversations of 120 s");
}

#[test]
fn a_call_back_has_the_seat_of_the_call_and_no_limit_of_it() {
    let mut rule = queue(1, &[]);
    (rule.max_wait_s, rule.announce_s, rule.max_waiting) = (Some(60), 10, Some(3));
    let mut world = World::new(vec![rule], vec![agent(1, &[])]);
    for contact in [10, 11, 12] {
        world.arrive(contact, 1);
    }
    assert_eq!(world.tell(Input::KeepPlace { contact: ContactId(11) }), []);
    let told = world.wait(secs(61));
    assert!(told.iter().all(|output| !matches!(output, Output::Position { contact: ContactId(11), .. })));
    let line = |world: &World| -> Vec<u64> {
        world.router.waiting(QUEUE, world.now).iter().map(|view| view.contact.0).collect()
    };
    assert_eq!(line(&world), [11], "the others waited too long");
    // After a restart it is put back to where it stood, whatever the queue's limits say.
    let mut restored = Arrival::new(ContactId(20), QUEUE, world.now - secs(3_600));
    restored.call_back = true;
    for contact in [13, 14] {
        world.arrive(contact, 1);
    }
    world.arrive_as(restored);
    assert_eq!(line(&world), [20, 11, 13, 14]);
    world.ready(&[1]);
    let reserved = world.out.iter().rev().find_map(|output| match output {
        Output::Reserve { contact, why, .. } => Some((*contact, why.kept)),
        _ => None,
    });
    assert_eq!(reserved, Some((ContactId(20), Some(Kept::CallBack))));
    assert!(matches!(world.tell(Input::KeepPlace { contact: ContactId(99) })[..], [Output::Rejected { .. }]));
}

#[test]
fn the_first_announcement_has_a_time_of_its_own() {
    let times = |every: u32, first: Option<u32>| {
        let mut rule = queue(1, &[]);
        (rule.announce_s, rule.announce_first_s) = (every, first);
        let mut world = World::new(vec![rule], vec![agent(1, &[])]);
        world.arrive(10, 1);
        let mut at = Vec::new();
        for second in 1..=60 {
            if world.wait(secs(1)).iter().any(|output| matches!(output, Output::Position { .. })) {
                at.push(second);
            }
        }
        at
    };
    assert_eq!(times(20, None), [20, 40, 60]);
    assert_eq!(times(20, Some(5)), [5, 25, 45]);
    assert_eq!(times(0, Some(5)), [5], "once");
    assert_eq!(times(20, Some(0)), [0; 0], "never");
}

#[test]
fn a_contact_is_raised_in_its_line_and_moved_to_another() {
    let mut full = queue(2, &[]);
    full.max_waiting = Some(1);
    let mut world = World::new(vec![queue(1, &[]), full], vec![agent(1, &[])]);
    let line = |world: &World, queue: u32| -> Vec<u64> {
        world.router.waiting(QueueId(queue), world.now).iter().map(|view| view.contact.0).collect()
    };
    let wants = |contact: u64, queue: u32, priority: Option<u8>| Input::Move {
        contact: ContactId(contact),
        queue: QueueId(queue),
        priority,
        author: Author::Supervisor("sue".into()),
    };
    for contact in [10, 11, 12] {
        world.arrive(contact, 1);
    }
    assert_eq!(world.tell(wants(12, 1, Some(1))), []);
    assert_eq!(line(&world, 1), [12, 10, 11]);
    assert_eq!(world.tell(wants(12, 1, None)), [], "as the queue has it");
    assert_eq!(line(&world, 1), [10, 11, 12], "by arrival again");
    let moved = Output::Moved { contact: ContactId(11), from: QueueId(1), to: QueueId(2), why: Left::Removed };
    assert_eq!(world.tell(wants(11, 2, None)), [moved]);
    assert_eq!((line(&world, 1), line(&world, 2)), (vec![10, 12], vec![11]));
    let refused = |why| [Output::Rejected { why }];
    assert_eq!(world.tell(wants(10, 2, None)), refused(Rejection::QueueRefuses), "full");
    assert_eq!(world.tell(wants(10, 9, None)), refused(Rejection::UnknownQueue));
    assert_eq!(world.tell(wants(99, 1, None)), refused(Rejection::UnknownContact));
    assert_eq!(line(&world, 1), [10, 12], "nothing has changed");
    world.ready(&[1]);
    assert_eq!(world.tell(wants(10, 1, Some(1))), refused(Rejection::BeingRung));
    world.accept(1);
    assert_eq!(world.tell(wants(10, 1, Some(1))), refused(Rejection::InConversation));
}
