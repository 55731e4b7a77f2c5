//! Evaluations: begun once, filled in by their rater, seen by whom they may be, disputed once, settled once; and picked
//! by rule without doubles.

use std::collections::BTreeSet;

use carillon::base::{AgentId, Instant, QueueId};
use carillon::crm::{Entered, Interaction};
use carillon::quality::{Answer, Answers, Score, Stage, Why, score};
use carillon::setup::{PickModel, ScorecardModel, read};
use carillon::store::{Evaluation, EvaluationFilter, Filled, NewEvaluation, Picking, StoreError, Viewer};

use crate::{World, at, call, on_both};

on_both!(
    an_evaluation_goes_its_way,
    each_sees_what_is_theirs,
    a_step_too_late_changes_nothing,
    a_rule_picks_without_doubles,
);

const CENTER: &str = "[scorecard.care]\nname = \"Care\"\n\
    [[scorecard.care.sections]]\nname = \"Talk\"\nweight = 40\n\
    items = [{ key = \"greet\" }, { key = \"calm\", points = 5, weight = 3, optional = true }]\n\
    [[scorecard.care.sections]]\nname = \"Work\"\nweight = 60\n\
    items = [{ key = \"solved\", points = 10 }, { key = \"secret\", fatal = true }]\n";
const ANA: AgentId = AgentId(7);
const BEN: AgentId = AgentId(8);

fn card() -> ScorecardModel {
    read(CENTER).unwrap().scorecards.get("care").unwrap().clone()
}

async fn contact(w: &World, nth: u64, agent: AgentId) -> Interaction {
    let begun = at(1_000 * nth);
    let mut row = call(nth, begun);
    (row.queue, row.agent) = (Some(QueueId(1)), Some(agent));
    (row.answered, row.ended) = (Some(begun), Some(at(1_000 * nth + 60)));
    w.store.save_interactions(&[row.clone()]).await.unwrap();
    row
}

fn new(of: &Interaction, rater: &str, why: Why) -> NewEvaluation {
    NewEvaluation {
        interaction: of.id,
        scorecard: "care".into(),
        card: card(),
        agent: of.agent.unwrap(),
        queue: of.queue,
        rater: rater.into(),
        why,
        by: "tom".into(),
    }
}

fn said(points: [u32; 4], coaching: &str) -> Filled {
    let answer = |points| Answer { points: Some(points), note: "hm".into(), at_ms: Some(1_500) };
    let answers: Answers =
        ["greet", "calm", "solved", "secret"].map(str::to_owned).into_iter().zip(points.map(answer)).collect();
    Filled { score: score(&card().card(), &answers), answers, coaching: coaching.into() }
}

fn all(user: &str) -> Viewer {
    Viewer { user: user.into(), only: None }
}

fn only(agent: AgentId) -> Viewer {
    Viewer { user: "somebody".into(), only: Some(agent) }
}

async fn seen(w: &World, viewer: &Viewer) -> Vec<Evaluation> {
    w.store.evaluations(&EvaluationFilter::default(), viewer, 50).await.unwrap()
}

async fn begun(w: &World, nth: u64, agent: AgentId, rater: &str, why: Why) -> i64 {
    let of = contact(w, nth, agent).await;
    assert_eq!(w.store.begin_evaluations(&[new(&of, rater, why)], at(0)).await.unwrap(), 1);
    let filter = EvaluationFilter { interaction: Some(of.id), ..EvaluationFilter::default() };
    w.store.evaluations(&filter, &all(rater), 1).await.unwrap()[0].id
}

async fn an_evaluation_goes_its_way(w: World) {
    let of = contact(&w, 1, ANA).await;
    let draft = new(&of, "sue", Why::ByHand);
    assert_eq!(w.store.begin_evaluations(&[draft.clone(), draft.clone()], at(1)).await.unwrap(), 1);
    assert_eq!(w.store.begin_evaluations(&[draft], at(2)).await.unwrap(), 0, "the same once more");
    let one = seen(&w, &all("sue")).await.remove(0);
    assert_eq!((one.interaction, one.agent, one.queue, one.card.clone()), (of.id, ANA, of.queue, card()));
    assert_eq!((one.stage, one.why, one.made, one.score.clone()), (Stage::Open, Why::ByHand, at(1), Score::default()));
    let id = one.id;

    assert!(w.store.fill_evaluation(id, "sue", &said([1, 2, 5, 1], ""), false, at(3)).await.unwrap());
    let filled = said([1, 5, 5, 1], "Smile.");
    assert_eq!(filled.score.total, Some(8_500));
    assert!(w.store.fill_evaluation(id, "sue", &filled, true, at(4)).await.unwrap());
    let one = w.store.evaluation(id, &only(ANA)).await.unwrap();
    assert_eq!((one.stage, one.submitted, one.coaching.as_str()), (Stage::Submitted, Some(at(4)), "Smile."));
    assert_eq!((one.answers.clone(), one.score.clone()), (filled.answers, filled.score));

    assert!(w.store.dispute_evaluation(id, ANA, "It was solved.", at(5)).await.unwrap());
    let better = said([1, 5, 10, 1], "Smile.");
    assert!(w.store.settle_evaluation(id, "tom", "True.", Some(&better), at(6)).await.unwrap());
    let one = w.store.evaluation(id, &all("sue")).await.unwrap();
    let objection = one.objection.unwrap();
    assert_eq!((objection.text.as_str(), objection.at, objection.score), ("It was solved.", at(5), Some(8_500)));
    let reply = one.reply.unwrap();
    assert_eq!((reply.text.as_str(), reply.by.as_str(), reply.at), ("True.", "tom", at(6)));
    assert_eq!((one.stage, one.score.total), (Stage::Settled, Some(10_000)));
    let missing = w.store.evaluation(id + 1, &all("sue")).await;
    assert!(matches!(missing, Err(StoreError::NotFound("evaluation"))));
}

async fn each_sees_what_is_theirs(w: World) {
    let of_ana = begun(&w, 1, ANA, "sue", Why::ByHand).await;
    let of_ben = begun(&w, 2, BEN, "sue", Why::Random).await;
    assert!(seen(&w, &only(ANA)).await.is_empty(), "nothing is handed in");
    for id in [of_ana, of_ben] {
        assert!(w.store.fill_evaluation(id, "sue", &said([1, 5, 10, 1], ""), true, at(3)).await.unwrap());
    }
    let ids = |rows: Vec<Evaluation>| rows.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(seen(&w, &only(ANA)).await), [of_ana]);
    assert_eq!(ids(seen(&w, &only(BEN)).await), [of_ben]);
    assert_eq!(ids(seen(&w, &all("tom")).await), [of_ben, of_ana]);
    assert!(w.store.evaluation(of_ana, &only(BEN)).await.is_err());
    // A calibration: the agent never sees it, and its raters see each other's only after their own is handed in.
    let of = contact(&w, 3, ANA).await;
    let each = ["sue", "tom"].map(|rater| new(&of, rater, Why::Calibration));
    assert_eq!(w.store.begin_evaluations(&each, at(4)).await.unwrap(), 2);
    let filter = EvaluationFilter { interaction: Some(of.id), ..EvaluationFilter::default() };
    let raters = async |viewer: &Viewer| {
        let rows = w.store.evaluations(&filter, viewer, 50).await.unwrap();
        rows.into_iter().map(|one| (one.rater, one.id)).collect::<Vec<_>>()
    };
    let [(_, of_tom), (_, of_sue)] = raters(&all("root")).await.try_into().unwrap();
    assert_eq!(raters(&all("sue")).await, [("sue".to_owned(), of_sue)]);
    assert!(w.store.fill_evaluation(of_sue, "sue", &said([1, 5, 10, 1], ""), true, at(5)).await.unwrap());
    assert_eq!(raters(&all("sue")).await.len(), 2);
    assert_eq!(raters(&all("tom")).await, [("tom".to_owned(), of_tom)]);
    assert!(raters(&only(ANA)).await.is_empty());
    assert!(!w.store.dispute_evaluation(of_sue, ANA, "No.", at(6)).await.unwrap());
    // What a list is narrowed by.
    for (filter, expected) in [
        (EvaluationFilter { rater: Some("tom".into()), ..EvaluationFilter::default() }, vec![of_tom]),
        (EvaluationFilter { agent: Some(BEN), ..EvaluationFilter::default() }, vec![of_ben]),
        (EvaluationFilter { stage: Some(Stage::Open), ..EvaluationFilter::default() }, vec![of_tom]),
        (EvaluationFilter { before: Some(of_ben), ..EvaluationFilter::default() }, vec![of_ana]),
        (EvaluationFilter { scorecard: Some("none".into()), ..EvaluationFilter::default() }, vec![]),
    ] {
        let found = w.store.evaluations(&filter, &all("root"), 50).await.unwrap();
        assert_eq!(ids(found), expected, "{filter:?}");
    }
}

async fn a_step_too_late_changes_nothing(w: World) {
    let id = begun(&w, 1, ANA, "sue", Why::ByHand).await;
    let filled = said([1, 5, 10, 1], "");
    let fill = async |rater: &str| w.store.fill_evaluation(id, rater, &filled, true, at(3)).await.unwrap();
    let dispute = async |agent| w.store.dispute_evaluation(id, agent, "No.", at(4)).await.unwrap();
    let settle = async || w.store.settle_evaluation(id, "tom", "Yes.", Some(&said([0; 4], "")), at(5)).await.unwrap();
    assert!(!fill("tom").await && !dispute(ANA).await && !settle().await);
    assert!(fill("sue").await);
    assert!(!fill("sue").await && !dispute(BEN).await && !settle().await);
    assert!(!w.store.forget_evaluation(id).await.unwrap());
    assert!(dispute(ANA).await);
    assert!(!dispute(ANA).await);
    assert_eq!(w.store.evaluation(id, &all("sue")).await.unwrap().score.total, Some(10_000));
    assert!(settle().await);
    assert!(!settle().await && !dispute(ANA).await);
    assert_eq!(w.store.evaluation(id, &all("sue")).await.unwrap().score.fatal, ["secret"]);
    let open = begun(&w, 2, ANA, "sue", Why::ByHand).await;
    assert!(w.store.forget_evaluation(open).await.unwrap());
    assert!(!w.store.forget_evaluation(open).await.unwrap());
}

fn picking(pick: PickModel, (from, to): (Instant, Instant)) -> Picking {
    Picking {
        scorecard: "care".into(),
        card: ScorecardModel { pick, ..card() },
        queues: BTreeSet::from([QueueId(1)]),
        raters: vec![("sue".into(), None), ("tom".into(), Some(BEN))],
        from,
        to,
        seed: 1,
        by: "root".into(),
    }
}

async fn a_rule_picks_without_doubles(w: World) {
    // One on hold for long, one with few points, one by hand already, one of another queue, one that nobody answered.
    let mut rows: Vec<Interaction> = Vec::new();
    for nth in 1..=6 {
        rows.push(contact(&w, nth, if nth % 2 == 0 { BEN } else { ANA }).await);
    }
    rows[0].hold_ms = 180_000;
    rows[1].entered = vec![Entered { label: "Score".into(), digits: Some("1".into()) }];
    rows[3].queue = Some(QueueId(2));
    rows[4].answered = None;
    w.store.save_interactions(&rows).await.unwrap();
    assert_eq!(w.store.begin_evaluations(&[new(&rows[2], "kim", Why::ByHand)], at(0)).await.unwrap(), 1);
    let rule = PickModel { held_s: Some(180), survey: "Score".into(), survey_most: Some(2), ..PickModel::default() };
    let whole = (at(0), at(100_000));
    assert_eq!(w.store.pick_evaluations(&picking(rule.clone(), whole), at(9)).await.unwrap(), 2);
    assert_eq!(w.store.pick_evaluations(&picking(rule.clone(), whole), at(9)).await.unwrap(), 0, "once is enough");
    let told = async |why: Why| {
        let rows = seen(&w, &all("root")).await;
        let of = rows.into_iter().filter(|one| one.why == why);
        of.map(|one| (one.interaction, one.rater, one.made_by)).collect::<Vec<_>>()
    };
    assert_eq!(told(Why::LongHold).await, [(rows[0].id, "tom".to_owned(), "root".to_owned())]);
    // Tom is Ben.
    assert_eq!(told(Why::BadSurvey).await, [(rows[1].id, "sue".to_owned(), "root".to_owned())]);
    // Of all others of this queue that were answered: the sixth. Ben's first contact was two thousand seconds in.
    let everything = PickModel { share_percent: 100, ..PickModel::default() };
    assert_eq!(w.store.pick_evaluations(&picking(everything, (at(0), at(6_000))), at(9)).await.unwrap(), 0);
    let new_agents = PickModel { new_agent_days: Some(1), ..PickModel::default() };
    assert_eq!(w.store.pick_evaluations(&picking(new_agents, whole), at(9)).await.unwrap(), 1);
    assert_eq!(told(Why::NewAgent).await[0].0, rows[5].id);
}
