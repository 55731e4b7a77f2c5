//! What a center still needs until somebody who calls it is answered.

use super::model::{CenterModel, TrunkModel};

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
