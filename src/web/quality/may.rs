//! Who may do what with an evaluation.

use serde::Serialize;
use utoipa::ToSchema;

use crate::door::{Identity, Role};
use crate::quality::{Stage, Why};
use crate::store::{Evaluation, Viewer};
use crate::web::ApiError;

/// What somebody may do with an evaluation as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EvaluationStep)]
pub enum May {
    /// Fill it in, and hand it in.
    Fill,
    /// Take it back.
    Forget,
    /// Say why it is wrong.
    Dispute,
    /// Answer the dispute.
    Reply,
}

/// Supervisors see all, an agent what was handed in of the own contacts.
pub fn viewer(identity: &Identity) -> Result<Viewer, ApiError> {
    let only = match identity.role {
        Role::Supervisor | Role::Admin => None,
        Role::Agent => Some(identity.agent_id().ok_or(ApiError::NotAllowed("you have no seat"))?),
    };
    Ok(Viewer { user: identity.user.clone(), only })
}

/// All of it.
pub fn may(identity: &Identity, of: &Evaluation) -> Vec<May> {
    let judges = identity.role >= Role::Supervisor;
    let own = identity.agent_id() == Some(of.agent);
    let is_rater = identity.user == of.rater;
    let forgets = is_rater || identity.user == of.made_by || identity.role == Role::Admin;
    let each = [
        (May::Fill, judges && is_rater && of.stage == Stage::Open),
        (May::Forget, judges && forgets && of.stage == Stage::Open),
        (May::Dispute, own && of.stage == Stage::Submitted && of.why != Why::Calibration),
        (May::Reply, judges && !own && of.stage == Stage::Disputed),
    ];
    each.into_iter().filter_map(|(may, can)| can.then_some(may)).collect()
}

/// Whether this may be done; else why not.
pub fn demand(identity: &Identity, of: &Evaluation, wanted: May) -> Result<(), ApiError> {
    if may(identity, of).contains(&wanted) {
        return Ok(());
    }
    let judges = identity.role >= Role::Supervisor;
    let own = identity.agent_id() == Some(of.agent);
    Err(match wanted {
        May::Fill | May::Forget | May::Reply if !judges => ApiError::NotAllowed("supervisors only"),
        May::Fill if identity.user != of.rater => ApiError::NotAllowed("only its rater fills it in"),
        May::Forget if of.stage == Stage::Open => ApiError::NotAllowed("only whoever began it takes it back"),
        May::Dispute if !own => ApiError::NotAllowed("only the agent whose contact it was disputes it"),
        May::Reply if own => ApiError::NotAllowed("nobody answers the own dispute"),
        _ => late(),
    })
}

/// It is in another stage.
pub fn late() -> ApiError {
    ApiError::Conflict("the evaluation is in another stage")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::base::{AgentId, Instant, InteractionId, Redacted};
    use crate::door::{SessionId, Via};
    use crate::quality::Score;
    use crate::setup::ScorecardModel;

    fn somebody(user: &str, role: Role, agent: Option<u32>) -> Identity {
        Identity {
            session: SessionId(1),
            via: Via::Cookie,
            user: user.into(),
            name: Redacted(user.into()),
            role,
            language: "en".into(),
            agent: agent.map(|id| (AgentId(id), user.to_owned())),
            csrf: Redacted(String::new()),
            phone: None,
        }
    }

    fn evaluation(stage: Stage, why: Why) -> Evaluation {
        Evaluation {
            id: 1,
            interaction: InteractionId(Uuid::nil()),
            scorecard: "care".into(),
            card: ScorecardModel::default(),
            agent: AgentId(7),
            queue: None,
            rater: "sue".into(),
            why,
            stage,
            answers: BTreeMap::new(),
            score: Score::default(),
            coaching: String::new(),
            made: Instant::ZERO,
            made_by: "tom".into(),
            submitted: None,
            objection: None,
            reply: None,
        }
    }

    #[test]
    fn each_may_what_is_theirs_in_its_stage() {
        let people = [
            somebody("ana", Role::Agent, Some(7)),
            somebody("ben", Role::Agent, Some(8)),
            somebody("sue", Role::Supervisor, None),
            somebody("tom", Role::Supervisor, None),
            somebody("kim", Role::Supervisor, Some(7)),
            somebody("root", Role::Admin, None),
        ];
        let told = |stage, why| {
            let of = evaluation(stage, why);
            let each = people.iter().map(|one| may(one, &of).iter().map(|may| format!("{may:?} ")).collect::<String>());
            each.map(|words| words.trim_end().to_owned()).collect::<Vec<_>>().join(", ")
        };
        for (stage, why, expected) in [
            (Stage::Open, Why::ByHand, ", , Fill Forget, Forget, , Forget"),
            (Stage::Submitted, Why::Random, "Dispute, , , , Dispute, "),
            (Stage::Submitted, Why::Calibration, ", , , , , "),
            (Stage::Disputed, Why::ByHand, ", , Reply, Reply, , Reply"),
            (Stage::Settled, Why::ByHand, ", , , , , "),
        ] {
            assert_eq!(told(stage, why), expected, "{stage:?} {why:?}");
        }
        let open = evaluation(Stage::Open, Why::ByHand);
        for one in &people {
            for wanted in [May::Fill, May::Forget, May::Dispute, May::Reply] {
                assert_eq!(
                    demand(one, &open, wanted).is_ok(),
                    may(one, &open).contains(&wanted),
                    "{} {wanted:?}",
                    one.user
                );
            }
        }
        assert!(viewer(&somebody("x", Role::Agent, None)).is_err());
        assert_eq!(viewer(&people[0]).unwrap().only, Some(AgentId(7)));
        assert_eq!(viewer(&people[4]).unwrap().only, None);
    }
}
