//! Who may do what with which records.
//!
//! | grant | whom it lets in |
//! | --- | --- |
//! | `agent`, `supervisor`, `admin` | everybody of this role or a higher one |
//! | `owner` | of agents, the one in the field `owner`; supervisors and administrators |
//! | `team` | of agents, those of the group in the field `team`; supervisors and administrators |
//! | `nobody` | nobody at all |
//!
//! Several are joined by `or`. A record that has neither owner nor team is everybody's to whom `owner` or `team`
//! opens. Administrators pass every grant but `nobody`.

use serde::Serialize;

/// Each may do what the ones before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordRole)]
pub enum Role {
    Agent,
    Supervisor,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Agent, Self::Supervisor, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// Sign-in name.
    pub user: &'a str,
    pub role: Role,
    /// The group of this one's seat.
    pub team: Option<&'a str>,
}

/// Whom a verb is open to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    least: Option<Role>,
    owner: bool,
    team: bool,
}

/// Which records somebody reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    All,
    None,
    /// Those of nobody, and the own ones, or those of the own group.
    Own {
        owner: bool,
        team: bool,
    },
}

/// Words of grants.
pub const GRANTS: [&str; 6] = ["agent", "supervisor", "admin", "owner", "team", "nobody"];

impl Grant {
    pub const fn from_role(least: Role) -> Self {
        Self { least: Some(least), owner: false, team: false }
    }

    /// Reads `owner or team`; `Err` with the word that is none.
    pub fn read(text: &str) -> Result<Self, &str> {
        let mut grant = Self { least: None, owner: false, team: false };
        for word in text.split(" or ").map(str::trim) {
            match word {
                "owner" => grant.owner = true,
                "team" => grant.team = true,
                "nobody" if text.trim() == "nobody" => {}
                role => {
                    let role = Role::from_word(role).ok_or(role)?;
                    grant.least = Some(grant.least.map_or(role, |least| least.min(role)));
                }
            }
        }
        Ok(grant)
    }

    /// Whether the fields `owner` and `team` are looked at.
    pub const fn asks(self) -> (bool, bool) {
        (self.owner, self.team)
    }

    /// The lowest role that may reach any record at all; `None`: nobody may.
    pub fn lowest(self) -> Option<Role> {
        if self.owner || self.team { Some(Role::Agent) } else { self.least }
    }

    pub fn scope(self, who: &Who) -> Scope {
        let nobody = self.least.is_none() && !self.owner && !self.team;
        let own = self.owner || self.team;
        match who.role {
            _ if nobody => Scope::None,
            Role::Admin => Scope::All,
            role if self.least.is_some_and(|least| role >= least) => Scope::All,
            Role::Supervisor if own => Scope::All,
            Role::Agent if own => Scope::Own { owner: self.owner, team: self.team },
            _ => Scope::None,
        }
    }
}

impl Scope {
    /// Whether a record of this owner and team is among them.
    pub fn has(self, who: &Who, owner: Option<&str>, team: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Own { .. } if owner.is_none() && team.is_none() => true,
            Self::Own { owner: by_owner, team: by_team } => {
                (by_owner && owner == Some(who.user)) || (by_team && team.is_some() && team == who.team)
            }
        }
    }
}

impl std::fmt::Display for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = [self.least.map(Role::as_str), self.owner.then_some("owner"), self.team.then_some("team")];
        let words: Vec<_> = words.into_iter().flatten().collect();
        f.write_str(&if words.is_empty() { "nobody".to_owned() } else { words.join(" or ") })
    }
}

impl Serialize for Grant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reaches_what() {
        let who = |role, user, team| Who { user, role, team };
        let (ana, sam, adam) =
            (who(Role::Agent, "ana", Some("east")), who(Role::Supervisor, "sam", None), who(Role::Admin, "adam", None));
        let records = [(None, None), (Some("ana"), None), (Some("ben"), Some("east")), (Some("ben"), Some("west"))];
        for (grant, reached) in [
            ("agent", [[true; 4], [true; 4], [true; 4]]),
            ("supervisor", [[false; 4], [true; 4], [true; 4]]),
            ("admin", [[false; 4], [false; 4], [true; 4]]),
            ("nobody", [[false; 4]; 3]),
            ("owner", [[true, true, false, false], [true; 4], [true; 4]]),
            ("team", [[true, false, true, false], [true; 4], [true; 4]]),
            ("owner or team", [[true, true, true, false], [true; 4], [true; 4]]),
            ("owner or admin", [[true, true, false, false], [true; 4], [true; 4]]),
        ] {
            let read = Grant::read(grant).unwrap();
            for (who, expected) in [ana, sam, adam].iter().zip(reached) {
                let scope = read.scope(who);
                assert_eq!(records.map(|(owner, team)| scope.has(who, owner, team)), expected, "{grant} {}", who.user);
            }
        }
        assert_eq!(Grant::read("owner or teem"), Err("teem"));
        assert_eq!(Grant::read("agent or nobody"), Err("nobody"));
        assert_eq!(Grant::read(" owner or team ").unwrap().to_string(), "owner or team");
        assert!(!Grant::read("team").unwrap().scope(&who(Role::Agent, "x", None)).has(&ana, Some("ben"), Some("west")));
    }
}
