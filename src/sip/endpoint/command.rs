//! Commands of the layer above.

use super::{Counter, Endpoint, Output};
use crate::base::Instant;
use crate::sip::dialog::{Leg, Way};
use crate::sip::wire::{NameAddr, Uri};
use crate::sip::{Command, Destination, Event, Invite, LegEnd, Reason, Target, TrunkIdentity};

impl Endpoint {
    pub(super) fn command(&mut self, now: Instant, command: Command, out: &mut Vec<Output>) {
        match command {
            Command::Invite(invite) => {
                if let Err((status, text)) = self.call(now, &invite, out) {
                    let end = LegEnd::Lost(Reason { status, text: text.to_owned() });
                    out.push(Output::Event(Event::Ended { leg: invite.leg, end }));
                }
            }
            Command::Refer { leg, to, replaces } => {
                if !self.refer(now, leg, (&to, replaces), out) {
                    out.push(Output::Counted(Counter::LateCommand));
                }
            }
            command => {
                let id = command.leg();
                if !self.with_leg(now, id, out, |leg, core| leg.command(core, command)) {
                    out.push(Output::Counted(Counter::LateCommand));
                }
            }
        }
    }

    fn call(&mut self, now: Instant, invite: &Invite, out: &mut Vec<Output>) -> Result<(), (u16, &'static str)> {
        if self.legs.contains_key(&invite.leg) {
            return Err((500, "leg exists"));
        }
        if self.legs.len() >= self.settings.limits.legs {
            out.push(Output::Counted(Counter::Full));
            return Err((503, "too many legs"));
        }
        let (uri, hop, path) = self.locate(&invite.target)?;
        let symmetric = matches!(invite.target, Target::Contact { .. });
        let trunk = match &invite.target {
            Target::Trunk { trunk, .. } => Some(trunk),
            Target::Contact { .. } | Target::Uri { .. } => None,
        };
        let asserts = trunk.is_some_and(|trunk| self.identities.get(trunk) == Some(&TrunkIdentity::Exchanged));
        let account = trunk.and_then(|trunk| self.accounts.get(trunk).cloned());
        let trunk = trunk.and_then(|trunk| self.trunks.id(trunk));
        let routes = trunk.map_or(path, |trunk| self.registrations.service_route(trunk).to_vec());
        let way = Way { uri, hop, symmetric, routes, asserts };
        let leg = Leg::outgoing(&mut self.core(now, out), invite, way, account).map_err(|_| {
            out.push(Output::Counted(Counter::Full));
            (503, "too many transactions")
        })?;
        self.keep_leg(leg, None, None, trunk);
        Ok(())
    }

    /// URI, next hop, and the proxies on the way.
    fn locate(&self, target: &Target) -> Result<(Uri, Destination, Vec<NameAddr>), (u16, &'static str)> {
        match target {
            Target::Contact { user, contact } => self.registrar.find(user, *contact).ok_or((480, "contact gone")),
            Target::Uri { uri, destination } | Target::Trunk { uri, destination, .. } => {
                let uri = Uri::parse(uri).ok().filter(Uri::is_sip).ok_or((416, "not a SIP URI"))?;
                Ok((uri, *destination, Vec::new()))
            }
        }
    }
}
