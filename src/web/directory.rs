//! The center as the pages show it and sign-in needs it: a value that is replaced whole when the center is
//! configured anew.

use std::sync::{Arc, PoisonError, RwLock};

use crate::base::{AgentId, QueueId, Redacted};
use crate::door::{NewSession, Role, Token, Via};
use crate::setup::{self, CenterIds, CenterModel, Password};
use crate::store::ProgramToken;

/// What is known of the center at one moment.
#[derive(Default)]
pub struct Listed {
    pub model: CenterModel,
    pub ids: CenterIds,
}

#[derive(Default)]
pub struct Directory {
    now: RwLock<Arc<Listed>>,
}

impl Directory {
    pub fn new(model: CenterModel, ids: CenterIds) -> Self {
        Self { now: RwLock::new(Arc::new(Listed { model, ids })) }
    }

    pub fn replace(&self, model: CenterModel, ids: CenterIds) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Listed { model, ids });
    }

    pub fn now(&self) -> Arc<Listed> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Listed {
    /// The center's own language, `en` or `zh`.
    pub fn language(&self) -> &str {
        spoken(self.model.center.languages.first().map_or("en", String::as_str))
    }

    pub fn password_hash(&self, user: &str) -> Option<&str> {
        match self.model.users.get(user)?.password.as_ref()? {
            Password::Argon2(hash) => Some(hash),
            Password::Plain(_) => None,
        }
    }

    /// A session for that user, if there is one.
    pub fn session_for(&self, user: &str, via: Via) -> Option<NewSession> {
        let known = self.model.users.get(user)?;
        Some(NewSession {
            via,
            user: user.to_owned(),
            name: Redacted(known.name.clone()),
            role: role(known.role),
            language: spoken(known.language.as_deref().unwrap_or(self.language())).to_owned(),
            agent: self.seat(known.agent.as_ref()),
            stamp: self.password_hash(user).map_or_else(String::new, |hash| Token::digest_of(hash).to_string()),
        })
    }

    /// A program is a user of its own: `token:NAME` in records.
    pub fn session_for_program(&self, token: &ProgramToken) -> NewSession {
        NewSession {
            via: Via::Bearer,
            user: format!("token:{}", token.name),
            name: Redacted(token.name.clone()),
            role: role(token.role),
            language: spoken(self.language()).to_owned(),
            agent: self.seat(token.agent.as_ref()),
            stamp: String::new(),
        }
    }

    fn seat(&self, key: Option<&String>) -> Option<(AgentId, String)> {
        let key = key?;
        Some((*self.ids.agents.get(key)?, key.clone()))
    }

    /// The seat of a user.
    pub fn seat_of(&self, user: &str) -> Option<AgentId> {
        let key = self.model.users.get(user)?.agent.as_ref()?;
        self.ids.agents.get(key).copied()
    }

    pub fn agent_name(&self, id: AgentId) -> Option<&str> {
        let (key, _) = self.ids.agents.iter().find(|(_, known)| **known == id)?;
        self.model.agents.get(key).map(|agent| agent.name.as_str())
    }

    pub fn queue_name(&self, id: QueueId, language: &str) -> Option<&str> {
        let (key, _) = self.ids.queues.iter().find(|(_, known)| **known == id)?;
        self.model.queues.get(key).map(|queue| queue.name.in_language(language))
    }

    pub fn queue_key(&self, id: QueueId) -> Option<&str> {
        self.ids.queues.iter().find(|(_, known)| **known == id).map(|(key, _)| key.as_str())
    }

    pub fn queue_by_key(&self, key: &str) -> Option<QueueId> {
        self.ids.queues.get(key).copied()
    }
}

fn role(known: setup::Role) -> Role {
    match known {
        setup::Role::Agent => Role::Agent,
        setup::Role::Supervisor => Role::Supervisor,
        setup::Role::Admin => Role::Admin,
    }
}

/// The desktop speaks two languages.
fn spoken(language: &str) -> &'static str {
    if language.starts_with("zh") { "zh" } else { "en" }
}
