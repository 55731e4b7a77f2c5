//! What a center still needs until somebody who calls it is answered: first of all an administrator.

use super::model::{AgentModel, CenterModel, Password, Role, TrunkModel, UserModel};

/// Characters of a password at least.
pub const PASSWORD_MIN: usize = 8;
/// And at most: hashing takes its time with each.
pub const PASSWORD_MAX: usize = 256;

/// May this be somebody's password?
pub fn is_password(text: &str) -> bool {
    (PASSWORD_MIN..=PASSWORD_MAX).contains(&text.chars().count())
}

/// Nobody may set anything up.
pub fn needs_administrator(model: &CenterModel) -> bool {
    !model.users.iter().any(|(_, user)| user.role == Role::Admin)
}

/// Who sets a center up first, and what it is called.
pub struct Beginning {
    /// Sign-in name; the key of the seat, too.
    pub user: String,
    pub name: String,
    pub password: Password,
    pub company: String,
    /// IANA.
    pub timezone: String,
    /// ISO 3166 alpha-2.
    pub region: String,
    /// The first is the center's own, and the administrator's.
    pub languages: Vec<String>,
}

impl Beginning {
    /// The center with its first administrator, who has a seat: so one person alone can hear a call. `None`: it has an
    /// administrator. Whether it can be so is for [`super::check()`] to say.
    pub fn of(self, present: &CenterModel) -> Option<CenterModel> {
        if !needs_administrator(present) {
            return None;
        }
        let mut model = present.clone();
        let language = self.languages.first().cloned();
        let settings = &mut model.center;
        (settings.company, settings.timezone) = (self.company, self.timezone);
        (settings.region, settings.languages) = (self.region, self.languages);
        let taken = model.users.iter().any(|(_, user)| user.agent.as_ref() == Some(&self.user));
        if !taken && !model.agents.contains(&self.user) {
            model.agents.insert(self.user.clone(), AgentModel { name: self.name.clone(), ..AgentModel::default() });
        }
        let user = UserModel {
            name: self.name,
            role: Role::Admin,
            agent: (!taken).then(|| self.user.clone()),
            language,
            password: Some(self.password),
            sip: None,
        };
        model.users.insert(self.user, user);
        Some(model)
    }
}

/// The center with an own password for somebody who has none yet, or forgot theirs. `None`: there is no such user.
pub fn with_password(present: &CenterModel, user: &str, password: Password) -> Option<CenterModel> {
    let mut model = present.clone();
    model.users.get_mut(user)?.password = Some(password);
    Some(model)
}

/// In the order in which they are done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FirstStep)]
pub enum Step {
    /// A queue that waits for agents.
    Queue,
    /// An agent with somebody who can sign in as them, or with a phone of a fixed address.
    Agents,
    /// A number with a flow.
    Number,
    /// A line that calls come in through.
    Trunk,
    /// A call that was answered.
    Call,
}

impl Step {
    pub const ALL: [Self; 5] = [Self::Queue, Self::Agents, Self::Number, Self::Trunk, Self::Call];

    /// How many there are of what the step asks for; 0: it is still to be done. Calls are for the store to count.
    pub fn count(self, model: &CenterModel) -> usize {
        let works = |agent: &str| {
            model.users.iter().any(|(_, user)| {
                user.agent.as_deref() == Some(agent) && (user.password.is_some() || user.sip.is_some())
            })
        };
        match self {
            Self::Queue => model.queues.len(),
            Self::Agents => model.agents.iter().filter(|(key, agent)| agent.phone.is_some() || works(key)).count(),
            Self::Number => model.numbers.len(),
            Self::Trunk => model.trunks.iter().filter(|(_, trunk)| brings_calls(trunk)).count(),
            Self::Call => 0,
        }
    }
}

fn brings_calls(trunk: &TrunkModel) -> bool {
    !trunk.networks.is_empty() || trunk.destination.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginning(user: &str) -> Beginning {
        Beginning {
            user: user.to_owned(),
            name: "Wei Chen".to_owned(),
            password: Password::Plain("long enough".to_owned()),
            company: "Aurelia".to_owned(),
            timezone: "Asia/Shanghai".to_owned(),
            region: "CN".to_owned(),
            languages: vec!["zh".to_owned(), "en".to_owned()],
        }
    }

    #[test]
    fn a_center_begins_with_an_administrator_who_has_a_seat() {
        let begun = beginning("wei").of(&CenterModel::default()).unwrap();
        assert_eq!(crate::setup::check(&begun), []);
        let center = &begun.center;
        assert_eq!((center.company.as_str(), center.timezone.as_str()), ("Aurelia", "Asia/Shanghai"));
        let user = begun.users.get("wei").unwrap();
        assert_eq!(
            (user.role, user.agent.as_deref(), user.language.as_deref()),
            (Role::Admin, Some("wei"), Some("zh"))
        );
        assert_eq!(begun.agents.get("wei").unwrap().name, "Wei Chen");
        assert!(!needs_administrator(&begun) && beginning("eva").of(&begun).is_none(), "once");
    }

    #[test]
    fn what_was_set_up_before_stays_and_so_does_who_has_the_seat() {
        let present =
            crate::setup::read("[queue.sales]\n[agent.wei]\nname = \"W\"\n[user.ana]\nagent = \"wei\"").unwrap();
        assert!(needs_administrator(&present));
        let begun = beginning("wei").of(&present).unwrap();
        assert_eq!(crate::setup::check(&begun), []);
        assert!(begun.queues.contains("sales") && begun.agents.get("wei").unwrap().name == "W");
        assert_eq!((begun.users.get("wei").unwrap().agent.as_deref(), begun.users.len()), (None, 2));
    }

    #[test]
    fn an_own_password_changes_nothing_else() {
        let begun = beginning("wei").of(&CenterModel::default()).unwrap();
        let own = || Password::Plain("another one".to_owned());
        let changed = with_password(&begun, "wei", own()).unwrap();
        assert_eq!(changed.users.get("wei").unwrap().password, Some(own()));
        let role = |model: &CenterModel| model.users.get("wei").unwrap().role;
        assert_eq!(role(&changed), role(&begun));
        assert!(with_password(&begun, "eva", own()).is_none());
        for (text, fits) in
            [("1234567", false), ("12345678", true), ("密码密码密码密码", true), (&"x".repeat(257), false)]
        {
            assert_eq!(is_password(text), fits, "{text}");
        }
    }

    #[test]
    fn a_center_grows_step_by_step() {
        let counts = |text: &str| {
            let model = crate::setup::read(text).unwrap();
            Step::ALL.map(|step| step.count(&model))
        };
        assert_eq!(counts(""), [0; 5]);
        assert_eq!(counts("[queue.a]\n[agent.ana]\n[trunk.t]\n[number.1]\nflow = \"queue\""), [1, 0, 1, 0, 0]);
        let user = "[user.ana]\nagent = \"ana\"\npassword = { plain = \"good enough\" }";
        let trunk = "[trunk.t]\nnetworks = [\"192.0.2.0/24\"]";
        assert_eq!(counts(&format!("[agent.ana]\n[agent.bo]\n{user}\n{trunk}")), [0, 1, 0, 1, 0]);
        assert_eq!(counts("[agent.ana]\nphone = \"sip:ana@192.0.2.7\""), [0, 1, 0, 0, 0]);
    }
}
