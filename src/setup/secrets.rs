//! A center without its passwords, and with those it had.

use super::model::CenterModel;

/// The model for eyes that need no password: without any.
pub fn without_secrets(mut model: CenterModel) -> CenterModel {
    for (_, user) in model.users.iter_mut() {
        (user.password, user.sip) = (None, None);
    }
    for account in model.trunks.iter_mut().filter_map(|(_, trunk)| trunk.account.as_mut()) {
        account.password = None;
    }
    model
}

/// Users whose passwords `wanted` does not name keep those they have; so do the accounts of trunks, as long as
/// user and realm are the same.
pub fn keep_secrets(wanted: &mut CenterModel, current: &CenterModel) {
    for (name, user) in wanted.users.iter_mut() {
        let Some(known) = current.users.get(name) else { continue };
        if user.password.is_none() {
            user.password.clone_from(&known.password);
        }
        if user.sip.is_none() {
            user.sip.clone_from(&known.sip);
        }
    }
    for (key, trunk) in wanted.trunks.iter_mut() {
        let known = current.trunks.get(key).and_then(|known| known.account.as_ref());
        if let (Some(account), Some(known)) = (&mut trunk.account, known)
            && account.password.is_none()
            && (&account.user, &account.realm) == (&known.user, &known.realm)
        {
            account.password.clone_from(&known.password);
        }
    }
}
