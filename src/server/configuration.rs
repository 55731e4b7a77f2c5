//! The center's model, the flows and the sounds -> the one [`Configuration`] the center runs by.

use crate::center::Configuration;
use crate::store::center::{self, CenterIds, CenterModel, Mistake};

/// What comes from files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Files {
    /// Flow name and text, checked.
    pub flows: Vec<(String, String)>,
    /// `zh/welcome`, `music/hold`.
    pub sounds: Vec<String>,
}

/// Only a model without mistakes becomes a configuration; all of them are told.
pub fn build(model: &CenterModel, ids: &CenterIds, files: &Files) -> Result<Configuration, Vec<Mistake>> {
    let mistakes = center::check(model);
    match mistakes.is_empty() {
        true => Ok(center::configuration(model, ids, files.flows.clone(), files.sounds.clone())),
        false => Err(mistakes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acd::SkillNeed;
    use crate::base::{QueueId, SkillId};

    #[test]
    fn a_model_becomes_rules_and_every_mistake_is_told() {
        let (mut model, mut ids) = (CenterModel::default(), CenterIds { version: 3, ..CenterIds::default() });
        model.skills.insert("chinese".into(), center::SkillModel::default());
        ids.skills.insert("chinese".into(), SkillId(1));
        let mut queue = center::QueueModel::default();
        queue.skills.insert("chinese".into(), center::Need::Level(7));
        model.queues.insert("sales".into(), queue);
        ids.queues.insert("sales".into(), QueueId(4));
        let built = build(&model, &ids, &Files::default()).unwrap();
        assert_eq!(built.rules.version, 3);
        assert_eq!(built.rules.queues[0].requirement.all, [SkillNeed { skill: SkillId(1), min: 7, weight: 1 }]);
        assert_eq!((built.queues[0].id, built.queues[0].music.as_str()), (QueueId(4), "music/hold"));

        let phone = Some("sip:ana".into());
        model.agents.insert("ana".into(), center::AgentModel { phone, ..center::AgentModel::default() });
        let trunk = center::TrunkModel { destination: Some("nowhere".into()), ..center::TrunkModel::default() };
        model.trunks.insert("main".into(), trunk);
        let mistakes = build(&model, &ids, &Files::default()).unwrap_err();
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    }
}
