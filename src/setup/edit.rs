//! One object of the center, by kind and key: shown, put, taken away. What forms and programs change.
//!
//! Objects go in and out as JSON with the fields of a center file. What has its default is left out, and no password is
//! ever shown: one that is not named stays as it is, `null` takes a user's away.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::model::{CenterModel, CenterSettings};
use super::object::CENTER_KEY;
use super::{Kind, Mistake, Objects, SetupError, check, keep_secrets};
use crate::base::with_nearest;

/// The fields of an object, by name.
pub type Fields = Map<String, Value>;

/// The fields of one object that differ from their default; `None`: there is none of that key.
pub fn shown(model: &CenterModel, kind: Kind, key: &str) -> Result<Option<Fields>, SetupError> {
    match objects(model, kind) {
        Some(objects) => objects.shown(key),
        None if key == CENTER_KEY => of(&model.center, true).map(Some),
        None => Ok(None),
    }
}

/// Every field of an object of which nothing is said.
pub fn defaults(kind: Kind) -> Result<Fields, SetupError> {
    match objects(&CenterModel::default(), kind) {
        Some(objects) => objects.defaults(),
        None => of(&CenterSettings::default(), false),
    }
}

/// In their order.
pub fn keys(model: &CenterModel, kind: Kind) -> Vec<String> {
    objects(model, kind).map_or_else(|| vec![CENTER_KEY.to_owned()], |objects| objects.known())
}

/// Passwords of an object that are known, by the place of their field.
pub fn secrets(model: &CenterModel, kind: Kind, key: &str) -> Vec<&'static str> {
    let user = model.users.get(key).filter(|_| kind == Kind::User);
    let trunk = model.trunks.get(key).filter(|_| kind == Kind::Trunk);
    let account = trunk.and_then(|trunk| trunk.account.as_ref());
    [
        ("password", user.is_some_and(|user| user.password.is_some())),
        ("sip", user.is_some_and(|user| user.sip.is_some())),
        ("account.password", account.is_some_and(|account| account.password.is_some())),
    ]
    .into_iter()
    .filter_map(|(place, known)| known.then_some(place))
    .collect()
}

/// Puts an object: what is not named gets its default, but for passwords. A new key comes last. Whether the center
/// can be so is for [`check()`] to say.
pub fn put(model: &mut CenterModel, kind: Kind, key: &str, fields: &Fields) -> Result<(), Vec<Mistake>> {
    let place = |error: (Vec<&str>, String)| {
        let object = std::iter::once(kind.word()).chain((kind != Kind::Center).then_some(key));
        Mistake { path: object.chain(error.0).map(str::to_owned).collect(), message: error.1 }
    };
    let told = |errors: Vec<(Vec<&str>, String)>| errors.into_iter().map(place).collect::<Vec<_>>();
    let before = kept_of(model, kind, key);
    match objects_mut(model, kind) {
        Some(objects) => objects.put(key, fields).map_err(told)?,
        None => model.center = read(fields).map_err(told)?,
    }
    keep_secrets(model, &before);
    let taken = |name: &str| fields.get(name).is_some_and(Value::is_null);
    if let Some(user) = model.users.get_mut(key).filter(|_| kind == Kind::User) {
        user.password.take_if(|_| taken("password"));
        user.sip.take_if(|_| taken("sip"));
    }
    Ok(())
}

/// A center of this object alone, with its passwords.
fn kept_of(model: &CenterModel, kind: Kind, key: &str) -> CenterModel {
    let mut alone = CenterModel::default();
    match kind {
        Kind::User => model.users.get(key).into_iter().for_each(|it| alone.users.insert(key.to_owned(), it.clone())),
        Kind::Trunk => model.trunks.get(key).into_iter().for_each(|it| alone.trunks.insert(key.to_owned(), it.clone())),
        _ => {}
    }
    alone
}

/// Whether there was one.
pub fn remove(model: &mut CenterModel, kind: Kind, key: &str) -> bool {
    objects_mut(model, kind).is_some_and(|objects| objects.forget(key))
}

/// Those that are named come first, in that order.
pub fn arrange(model: &mut CenterModel, kind: Kind, keys: &[String]) {
    if let Some(objects) = objects_mut(model, kind) {
        objects.order(keys);
    }
}

/// What refers to an object, by the path of the field: what would be wrong if it were gone.
pub fn uses(model: &CenterModel, kind: Kind, key: &str) -> Vec<Vec<String>> {
    let mut without = model.clone();
    if !remove(&mut without, kind, key) {
        return Vec::new();
    }
    let before: BTreeSet<Vec<String>> = check(model).into_iter().map(|mistake| mistake.path).collect();
    let mut paths: Vec<_> = check(&without).into_iter().map(|it| it.path).filter(|it| !before.contains(it)).collect();
    paths.dedup();
    paths
}

/// The object of another model takes the place of the one here; `false`: there is none of that key.
pub fn copy(model: &mut CenterModel, from: &CenterModel, kind: Kind, key: &str) -> bool {
    macro_rules! copied {
        ($objects:ident) => {
            from.$objects.get(key).map(|object| model.$objects.insert(key.to_owned(), object.clone())).is_some()
        };
    }
    match kind {
        Kind::Center => {
            model.center = from.center.clone();
            true
        }
        Kind::Skill => copied!(skills),
        Kind::Group => copied!(groups),
        Kind::Hours => copied!(hours),
        Kind::Queue => copied!(queues),
        Kind::Agent => copied!(agents),
        Kind::User => copied!(users),
        Kind::Flow => copied!(flows),
        Kind::Trunk => copied!(trunks),
        Kind::Number => copied!(numbers),
        Kind::Reason => copied!(reasons),
        Kind::Disposition => copied!(dispositions),
        Kind::Campaign => copied!(campaigns),
        Kind::Alert => copied!(alerts),
        Kind::Scorecard => copied!(scorecards),
    }
}

/// Place within the object, and what is wrong there.
type Wrong<'f> = (Vec<&'f str>, String);

/// The objects of one kind, whatever they are.
trait Drawer {
    fn known(&self) -> Vec<String>;
    fn shown(&self, key: &str) -> Result<Option<Fields>, SetupError>;
    fn defaults(&self) -> Result<Fields, SetupError>;
    fn put<'f>(&mut self, key: &str, fields: &'f Fields) -> Result<(), Vec<Wrong<'f>>>;
    fn forget(&mut self, key: &str) -> bool;
    fn order(&mut self, keys: &[String]);
}

impl<T: Serialize + DeserializeOwned + Default> Drawer for Objects<T> {
    fn known(&self) -> Vec<String> {
        self.keys().map(str::to_owned).collect()
    }

    fn shown(&self, key: &str) -> Result<Option<Fields>, SetupError> {
        self.get(key).map(|object| of(object, true)).transpose()
    }

    fn defaults(&self) -> Result<Fields, SetupError> {
        of(&T::default(), false)
    }

    fn put<'f>(&mut self, key: &str, fields: &'f Fields) -> Result<(), Vec<Wrong<'f>>> {
        self.insert(key.to_owned(), read(fields)?);
        Ok(())
    }

    fn forget(&mut self, key: &str) -> bool {
        self.remove(key).is_some()
    }

    fn order(&mut self, keys: &[String]) {
        self.arrange(keys);
    }
}

fn objects(model: &CenterModel, kind: Kind) -> Option<&dyn Drawer> {
    Some(match kind {
        Kind::Center => return None,
        Kind::Skill => &model.skills,
        Kind::Group => &model.groups,
        Kind::Hours => &model.hours,
        Kind::Queue => &model.queues,
        Kind::Agent => &model.agents,
        Kind::User => &model.users,
        Kind::Flow => &model.flows,
        Kind::Trunk => &model.trunks,
        Kind::Number => &model.numbers,
        Kind::Reason => &model.reasons,
        Kind::Disposition => &model.dispositions,
        Kind::Campaign => &model.campaigns,
        Kind::Alert => &model.alerts,
        Kind::Scorecard => &model.scorecards,
    })
}

fn objects_mut(model: &mut CenterModel, kind: Kind) -> Option<&mut dyn Drawer> {
    Some(match kind {
        Kind::Center => return None,
        Kind::Skill => &mut model.skills,
        Kind::Group => &mut model.groups,
        Kind::Hours => &mut model.hours,
        Kind::Queue => &mut model.queues,
        Kind::Agent => &mut model.agents,
        Kind::User => &mut model.users,
        Kind::Flow => &mut model.flows,
        Kind::Trunk => &mut model.trunks,
        Kind::Number => &mut model.numbers,
        Kind::Reason => &mut model.reasons,
        Kind::Disposition => &mut model.dispositions,
        Kind::Campaign => &mut model.campaigns,
        Kind::Alert => &mut model.alerts,
        Kind::Scorecard => &mut model.scorecards,
    })
}

/// The fields of an object, all or those that are not as they would be anyway. Passwords do not come along.
fn of<T: Serialize + Default>(object: &T, only_different: bool) -> Result<Fields, SetupError> {
    let fields = |object: &T| match serde_json::to_value(object) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(SetupError::Invalid(format!("{other} has no fields"))),
        Err(error) => Err(SetupError::Invalid(error.to_string())),
    };
    let mut shown = fields(object)?;
    if only_different {
        let defaults = fields(&T::default())?;
        shown.retain(|name, value| defaults.get(name) != Some(value));
    }
    // Where one is known (`account`), it is a table of the hash; else `null`.
    if let Some(Value::Object(account)) = shown.get_mut("account") {
        account.remove("password");
    }
    for name in ["password", "sip"].into_iter().filter(|_| only_different) {
        shown.remove(name);
    }
    Ok(shown)
}

/// All that is wrong, field by field; where no field is wrong by itself, what is wrong with the whole.
fn read<T: DeserializeOwned>(fields: &Fields) -> Result<T, Vec<Wrong<'_>>> {
    let whole = match T::deserialize(&Value::Object(fields.clone())) {
        Ok(object) => return Ok(object),
        Err(error) => error,
    };
    let wrong_alone = |(name, value): (&String, &Value)| {
        let alone = Value::Object([(name.clone(), value.clone())].into_iter().collect());
        T::deserialize(&alone).err().map(|error| with_nearest(&error.to_string()))
    };
    let told = fields.iter().filter_map(|field| Some((vec![field.0.as_str()], wrong_alone(field)?)));
    let mut wrong: Vec<Wrong<'_>> = told.collect();
    if wrong.is_empty() {
        wrong.push((Vec::new(), with_nearest(&whole.to_string())));
    }
    Err(wrong)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::setup::{print, read};

    const CENTER: &str = r#"
[skill.gems]
[group.shop]
[hours.office]
week = { mon = ["09:00-18:00"] }
[queue.sales]
skills = { gems = 3 }
hours = "office"
[queue.vip]
overflow = [{ when = "full", to = "sales" }]
[agent.ana]
name = "Ana"
skills = { gems = 7 }
group = "shop"
[user.ana]
agent = "ana"
password = { argon2 = "$argon2id$x" }
sip = { ha1 = { md5 = "a", sha256 = "b" } }
[trunk.main]
destination = "udp:192.0.2.1:5060"
prefixes = ["+49"]
account = { user = "4711", realm = "carrier", password = { ha1 = { md5 = "a", sha256 = "b" } } }
[number.4000]
flow = "hotline"
trunk = "main"
[reason.lunch]
[reason.break]
[disposition.solved]
queues = ["sales"]
"#;

    fn center() -> CenterModel {
        read(CENTER).unwrap()
    }

    fn fields(value: Value) -> Fields {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_shown_can_be_put_back_and_changes_nothing() {
        let model = center();
        let mut again = model.clone();
        for kind in Kind::ALL {
            for key in keys(&model, kind) {
                let shown = shown(&model, kind, &key).unwrap().unwrap();
                let text = Value::Object(shown.clone()).to_string();
                assert!(!text.contains("argon2") && !text.contains("sha256"), "{kind} {key}: {text}");
                put(&mut again, kind, &key, &shown).unwrap();
            }
            assert!(!defaults(kind).unwrap().is_empty(), "{kind}");
        }
        assert_eq!(again, model);
        assert_eq!(secrets(&model, Kind::User, "ana"), ["password", "sip"]);
        assert_eq!(secrets(&model, Kind::Trunk, "main"), ["account.password"]);
        assert_eq!(secrets(&model, Kind::Agent, "ana"), [""; 0]);
    }

    #[test]
    fn a_password_goes_only_when_it_is_named() {
        let mut model = center();
        put(&mut model, Kind::User, "ana", &fields(json!({"agent": "ana", "password": null}))).unwrap();
        assert_eq!(secrets(&model, Kind::User, "ana"), ["sip"]);
        let other = json!({"account": {"user": "4711", "realm": "elsewhere"}});
        put(&mut model, Kind::Trunk, "main", &fields(other)).unwrap();
        assert_eq!(secrets(&model, Kind::Trunk, "main"), [""; 0], "good for one realm only");
    }

    #[test]
    fn every_wrong_field_is_told_at_its_place() {
        let mut model = center();
        let before = model.clone();
        let wrong =
            json!({"rin_s": 3, "priority": "high", "skills": {"gems": "x"}, "wrap_up": {"mode": "never"}, "ring_s": 9});
        let mistakes = put(&mut model, Kind::Queue, "sales", &fields(wrong)).unwrap_err();
        let told = mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let places: BTreeSet<_> = mistakes.iter().map(|mistake| mistake.path.join(".")).collect();
        let wanted = ["priority", "rin_s", "skills", "wrap_up"].map(|field| format!("queue.sales.{field}"));
        assert_eq!(places, wanted.into(), "{told}");
        assert!(told.contains("did you mean `ring_s`?"), "{told}");
        assert_eq!(model, before);
    }

    #[test]
    fn who_uses_it_is_told_before_it_goes() {
        let model = center();
        let told = |kind, key: &str| uses(&model, kind, key).into_iter().map(|path| path.join(".")).collect::<Vec<_>>();
        assert_eq!(told(Kind::Skill, "gems"), ["queue.sales.skills.gems", "agent.ana.skills.gems"]);
        assert_eq!(told(Kind::Queue, "sales"), ["queue.vip.overflow", "disposition.solved.queues"]);
        assert_eq!(told(Kind::Agent, "ana"), ["user.ana.agent"]);
        assert_eq!(told(Kind::Trunk, "main"), ["number.4000.trunk"]);
        assert!(told(Kind::Reason, "lunch").is_empty() && told(Kind::Reason, "none").is_empty());
    }

    #[test]
    fn objects_go_come_back_and_change_places() {
        let (mut model, before) = (center(), center());
        assert!(remove(&mut model, Kind::Reason, "lunch") && !remove(&mut model, Kind::Reason, "lunch"));
        assert!(copy(&mut model, &before, Kind::Reason, "lunch") && !copy(&mut model, &before, Kind::Reason, "none"));
        assert_eq!(keys(&model, Kind::Reason), ["break", "lunch"]);
        arrange(&mut model, Kind::Reason, &["lunch".to_owned()]);
        assert_eq!(print(&model).unwrap(), print(&before).unwrap());
        assert!(!remove(&mut model, Kind::Center, "center"), "the center itself stays");
    }
}
