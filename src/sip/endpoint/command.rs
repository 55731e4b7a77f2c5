//! Commands of the layer above.

use bytes::Bytes;

use super::{Counter, Endpoint, Output};
use crate::base::{Instant, LegId};
use crate::sip::dialog::{KeptDialog, Leg, Way};
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
            Command::TakeUp { leg, dialog, offer } => {
                if !self.take_up(now, leg, &dialog, offer, out) {
                    let end = LegEnd::Lost(Reason { status: 481, text: "cannot be taken up".to_owned() });
                    out.push(Output::Event(Event::Ended { leg, end }));
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

    /// How this leg is written down; `None`: it is not up, or cannot be taken up by another process.
    pub fn kept(&self, leg: LegId) -> Option<KeptDialog> {
        let entry = self.legs.get(&leg)?;
        let trunk = entry.trunk.and_then(|trunk| self.trunks.whereabouts(trunk)).map(|(name, _)| name.to_owned());
        entry.leg.keep(trunk)
    }

    fn take_up(&mut self, now: Instant, id: LegId, dialog: &KeptDialog, offer: Bytes, out: &mut Vec<Output>) -> bool {
        if self.legs.contains_key(&id) || self.legs.len() >= self.settings.limits.legs {
            return false;
        }
        let account = dialog.trunk.as_ref().and_then(|trunk| self.accounts.get(trunk).cloned());
        let trunk = dialog.trunk.as_ref().and_then(|trunk| self.trunks.id(trunk));
        let Ok(leg) = Leg::taken_up(id, dialog, account) else { return false };
        self.keep_leg(leg, None, None, trunk);
        self.with_leg(now, id, out, |leg, core| leg.command(core, Command::Offer { leg: id, offer }))
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
