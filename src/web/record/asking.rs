//! Who asks for records, and how what is refused is told in their language.

use std::sync::Arc;

use super::house::House;
use crate::base::Instant;
use crate::door::{self, Identity};
use crate::record::{Asking, Record, Refused, Role, StepRefused, Who};
use crate::store::record::{RecordError, Stored};
use crate::web::error::{Code, FieldRefused};
use crate::web::{ApiError, Listed, WebState};

/// Somebody who asks for records, with what is known around.
pub struct Asker {
    pub identity: Identity,
    pub listed: Arc<Listed>,
    house: House,
    pub now: Instant,
    team: Option<String>,
}

impl Asker {
    pub fn new(state: &WebState, identity: Identity) -> Self {
        let listed = state.directory.now();
        let seat = identity.agent.as_ref().and_then(|(_, key)| listed.model.agents.get(key));
        let team = seat.and_then(|agent| agent.group.clone());
        Self { team, house: House::new(listed.clone()), now: (state.clock)(), identity, listed }
    }

    pub fn who(&self) -> Who<'_> {
        Who { user: &self.identity.user, role: role(self.identity.role), team: self.team.as_deref() }
    }

    pub fn asking(&self) -> Asking<'_> {
        self.house.asking_as(self.who(), self.now)
    }

    /// Of the center.
    pub fn zone(&self) -> &jiff::tz::TimeZone {
        self.house.zone()
    }

    pub fn language(&self) -> &str {
        &self.identity.language
    }

    /// What could not be done, as an answer.
    pub fn plainly_refused(&self, error: RecordError) -> ApiError {
        let in_english = self.language() != "zh";
        let say = |en: String, zh: String| if in_english { en } else { zh };
        match error {
            RecordError::Store(error) => error.into(),
            RecordError::UnknownKind | RecordError::NotFound => ApiError::NotFound,
            RecordError::NotAllowed => ApiError::NotAllowed("you may not do this with this record"),
            RecordError::Fields(refused) => {
                ApiError::Fields(refused.into_iter().map(|it| field_refused(it, self.language())).collect())
            }
            RecordError::Step(refused) => self.step_refused(refused),
            RecordError::Changed { present, .. } => {
                ApiError::VersionChanged { what: "record", present: present.version }
            }
            RecordError::Overwritten(what) => ApiError::Stands {
                code: Code::CannotUndo,
                detail: say(
                    format!("this cannot be undone: `{what}` is something else by now, or was no change of fields"),
                    format!("无法撤销：“{what}”之后已被修改，或不是字段修改"),
                ),
            },
            RecordError::Mistakes(problems) => ApiError::Kind { problems },
            RecordError::StateInUse(name) => ApiError::Stands {
                code: Code::StateInUse,
                detail: say(
                    format!("records are in the state `{name}`: move them first"),
                    format!("仍有记录处于状态“{name}”，请先处理这些记录"),
                ),
            },
            RecordError::KindChanged { present } => ApiError::VersionChanged { what: "kind", present },
            RecordError::TooManyKinds(most) => {
                ApiError::TooMuch(format!("there are {most} kinds: no more are possible"))
            }
            RecordError::Question(why) => ApiError::BadRequest(why),
            RecordError::Table(why) => ApiError::BadRequest(why),
            RecordError::File(why) => ApiError::Internal(why),
            RecordError::JobState => ApiError::Stands {
                code: Code::Conflict,
                detail: say("the job is in another state".to_owned(), "任务处于其他状态".to_owned()),
            },
        }
    }

    fn step_refused(&self, refused: StepRefused) -> ApiError {
        let in_english = self.language() != "zh";
        let stands = |en: String, zh: String| ApiError::Stands {
            code: Code::StepRefused,
            detail: if in_english { en } else { zh },
        };
        match refused {
            StepRefused::Unknown => ApiError::NotFound,
            StepRefused::NotAllowed => ApiError::NotAllowed("you may not take this step"),
            StepRefused::State { state } => stands(
                format!("this step does not begin in the state `{state}`"),
                format!("当前状态“{state}”不能执行此步骤"),
            ),
            StepRefused::When { condition } => {
                stands(format!("this step is only taken when: {condition}"), format!("此步骤须满足条件：{condition}"))
            }
            StepRefused::TooLate => stands("the time for this step has passed".into(), "已超过此步骤的时限".into()),
            StepRefused::Needs(fields) => {
                let (en, zh) = ("this step needs this field filled", "执行此步骤须填写此项");
                let refused = |field| FieldRefused {
                    field,
                    code: "required",
                    detail: if in_english { en } else { zh }.to_owned(),
                };
                ApiError::Fields(fields.into_iter().map(refused).collect())
            }
        }
    }

    /// May this one change kinds?
    pub fn may_configure(&self) -> bool {
        self.identity.role >= door::Role::Admin
    }

    /// What may be done with a record.
    pub fn may(&self, stored: &Stored, record: &Record, verb: crate::record::Verb) -> bool {
        record.is_reached(&stored.kind, verb, &self.who())
    }
}

fn role(of: door::Role) -> Role {
    match of {
        door::Role::Agent => Role::Agent,
        door::Role::Supervisor => Role::Supervisor,
        door::Role::Admin => Role::Admin,
    }
}

fn field_refused(refused: Refused, language: &str) -> FieldRefused {
    let detail = refused.detail.in_language(language).to_owned();
    FieldRefused { field: refused.field, code: refused.code, detail }
}
