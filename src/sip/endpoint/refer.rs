//! Requests that speak of another dialog: REFER and Replaces (RFC 3515, RFC 3891), and who may make them.
//!
//! | from | REFER in a dialog | REFER outside | INVITE with Replaces |
//! | --- | --- | --- | --- |
//! | a phone of a user, or one rung at its address | told, if it reads | 403 | told, if there is such a dialog, else 481 |
//! | a trunk | 603 | 403 | 403 |
//!
//! A phone may only have its own calls moved, and only take over what its user may: that is decided above.

use super::reply::reply_to;
use super::{Counter, Endpoint, Output};
use crate::base::{Instant, LegId};
use crate::sip::dialog::{Owner, Part};
use crate::sip::wire::{Method, Name, NameAddr, Replaces, Request, Uri};
use crate::sip::{Origin, Received, ReferTo};

impl Endpoint {
    /// REFER in the dialog of this leg.
    pub(super) fn refer_inside(
        &mut self,
        now: Instant,
        id: LegId,
        request: &Request,
        received: &Received,
        out: &mut Vec<Output>,
    ) {
        let may = self.legs.get(&id).is_some_and(|entry| entry.leg.may_refer());
        let to = if may { self.refer_to(request) } else { Err(603) };
        let via = reply_to(request.via(), received);
        match self.layer.serve(request, via, Owner::Leg(id, Part::Theirs)) {
            Ok(transaction) => {
                self.with_leg(now, id, out, |leg, core| leg.referred(core, request, transaction, to));
            }
            Err(_) => self.overloaded(request, received, Counter::Full, out),
        }
    }

    /// Where a REFER wants its call to go, or the status it is refused with.
    fn refer_to(&self, request: &Request) -> Result<ReferTo, u16> {
        let to = request.header(Name::ReferTo).and_then(|value| NameAddr::parse(value).ok()).ok_or(400u16)?;
        let method = to.uri.params.get("method");
        if method.is_some_and(|method| method != Method::Invite.as_str()) {
            return Err(603);
        }
        let leg = match to.uri.header(Name::Replaces.as_str()) {
            None => None,
            Some(text) => {
                let replaces = Replaces::parse(&text).map_err(|_| 400u16)?;
                Some(self.leg_of(&replaces).ok_or(481u16)?)
            }
        };
        let (called, called_whole) = super::invite::called(&to.uri);
        if called.is_empty() && leg.is_none() {
            return Err(400);
        }
        Ok(ReferTo { called, called_whole, leg })
    }

    fn leg_of(&self, replaces: &Replaces) -> Option<LegId> {
        self.find_leg(&replaces.to_tag, &replaces.call_id, Some(&replaces.from_tag))
    }

    /// The leg that an INVITE wants to take the place of, or the status it is refused with.
    pub(super) fn replaced(&self, request: &Request, origin: &Origin) -> Result<Option<LegId>, u16> {
        let Some(text) = request.header(Name::Replaces) else { return Ok(None) };
        if matches!(origin, Origin::Trunk(_)) {
            return Err(403);
        }
        let replaces = Replaces::parse(text).map_err(|_| 400u16)?;
        let leg = self.leg_of(&replaces).ok_or(481u16)?;
        let is_up = self.legs.get(&leg).is_some_and(|entry| entry.leg.is_up());
        match replaces.early_only && is_up {
            true => Err(486),
            false => Ok(Some(leg)),
        }
    }

    /// Asks a peer to connect its call elsewhere; `replaces`: in the place of this leg.
    pub(super) fn refer(
        &mut self,
        now: Instant,
        id: LegId,
        (to, replaces): (&str, Option<LegId>),
        out: &mut Vec<Output>,
    ) -> bool {
        let Ok(mut uri) = Uri::parse(to) else { return false };
        if let Some(other) = replaces {
            let Some(entry) = self.legs.get(&other) else { return false };
            uri = uri.with_header(Name::Replaces.as_str(), &entry.leg.dialog().replaces().to_string());
        }
        let to = NameAddr::new(uri);
        self.with_leg(now, id, out, |leg, core| leg.refer(core, &to))
    }

    /// Whoever is nobody of ours wants a call to go somewhere.
    pub(super) fn refer_outside(&self, request: &Request, received: &Received, out: &mut Vec<Output>) {
        out.push(Output::Counted(Counter::ReferRefused));
        self.refuse(request, received, 403, out);
    }
}
