//! A talk with colleagues around it, and what each ear hears.

use std::net::SocketAddr;

use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, OtherState, Target};
use carillon::center::input::{SuperviseCommand, Watch};
use carillon::crm::Outcome;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::scenery::OUTSIDE;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

/// Ana has a customer on the line; Ben and Cem are ready. Ben serves sales, Cem service.
pub struct Scene {
    pub world: World,
    pub customer: SocketAddr,
}

pub fn scene() -> Scene {
    let staff = [("ana", 5, 0), ("ben", 4, 0), ("cem", 0, 5)];
    let mut world = World::new(7, &staff, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    let customer = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.run(secs(1));
    Scene { world, customer }
}

impl Scene {
    /// Each of these with those it hears, by first letters: `c` is the customer, `o` somebody outside, a `~` what
    /// is played.
    pub fn ears(&self) -> String {
        let mut phones = vec![("c", self.customer), ("o", OUTSIDE.parse().unwrap())];
        phones.extend(["ana", "ben", "cem"].map(|key| (&key[..1], self.world.phone_of(key))));
        // Ana is `a`, Ben `b`, Cem `d`: the customer has the `c`.
        phones[4].0 = "d";
        let legs: Vec<_> = phones
            .iter()
            .filter_map(|(name, addr)| {
                let phone = self.world.phones.get(addr)?;
                Some((*name, self.world.media.leg_towards(phone.rtp())?))
            })
            .collect();
        let name = |leg| legs.iter().find(|(_, of)| *of == leg).map_or("?", |(name, _)| name);
        let ear = |(of, leg): &(&str, _)| {
            let from = self.world.media.hears.get(leg).cloned().unwrap_or_default();
            let heard: String = from.into_iter().map(name).collect();
            let played = if self.world.media.playing.contains_key(leg) { "~" } else { "" };
            format!("{of}:{heard}{played}")
        };
        legs.iter().map(ear).collect::<Vec<_>>().join(" ")
    }

    pub fn ana(&mut self, ask: DeskCommand) {
        assert_eq!(self.world.command("ana", ask), Reply::Done);
    }

    pub fn agent(&self, key: &str) -> Target {
        Target::Agent { agent: self.world.agent(key) }
    }

    pub fn consult(&mut self, to: Target) {
        self.ana(DeskCommand::Consult { interaction: None, to });
    }

    pub fn sue(&mut self, watch: Watch) -> Reply {
        let agent = self.world.agent("ana");
        self.world.supervise(SuperviseCommand::Supervise { agent, watch, phone: Some("cem".to_owned()) })
    }

    pub fn kinds(&self) -> Vec<String> {
        self.world.store.kinds(self.world.only_row().id).into_iter().map(str::to_owned).collect()
    }

    pub fn over(mut self, outcome: Outcome) {
        self.world.wind_down();
        assert_eq!(self.world.only_row().outcome, Some(outcome));
    }
}

pub fn other(world: &World, key: &str) -> Vec<OtherState> {
    world.desk(key).others.iter().map(|(_, state)| *state).collect()
}
