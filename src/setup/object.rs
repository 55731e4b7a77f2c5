//! One object of the center in the form that files, rows and plans share: its fields as TOML values,
//! without those that have their default.

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::SetupError;
use super::configuration::first_language;
use super::model::CenterModel;
use super::{Kind, Objects};

#[derive(Clone, PartialEq, Debug)]
pub struct Object {
    pub kind: Kind,
    pub key: String,
    /// For people, in the center's own language.
    pub name: String,
    /// Place among its kind.
    pub position: u32,
    pub fields: Table,
}

impl Object {
    /// The name of one field's value as it is written in a file.
    pub fn inline(value: &Value) -> String {
        value.to_string()
    }
}

/// The center's own settings have one row under this key.
pub(super) const CENTER_KEY: &str = "center";

/// All objects, in the order of the kinds.
pub fn objects_of(model: &CenterModel) -> Result<Vec<Object>, SetupError> {
    let language = first_language(model);
    let mut all = vec![Object {
        kind: Kind::Center,
        key: CENTER_KEY.to_owned(),
        name: model.center.company.clone(),
        position: 0,
        fields: fields(&model.center)?,
    }];
    let text = |name: &super::Label| name.in_language(language).to_owned();
    collect(&mut all, Kind::Skill, &model.skills, |it| text(&it.name))?;
    collect(&mut all, Kind::Group, &model.groups, |it| text(&it.name))?;
    collect(&mut all, Kind::Hours, &model.hours, |it| text(&it.name))?;
    collect(&mut all, Kind::Queue, &model.queues, |it| text(&it.name))?;
    collect(&mut all, Kind::Agent, &model.agents, |it| it.name.clone())?;
    collect(&mut all, Kind::User, &model.users, |it| it.name.clone())?;
    collect(&mut all, Kind::Flow, &model.flows, |_| String::new())?;
    collect(&mut all, Kind::Trunk, &model.trunks, |it| text(&it.name))?;
    collect(&mut all, Kind::Number, &model.numbers, |it| text(&it.name))?;
    collect(&mut all, Kind::Reason, &model.reasons, |it| text(&it.name))?;
    collect(&mut all, Kind::Disposition, &model.dispositions, |it| text(&it.name))?;
    collect(&mut all, Kind::Campaign, &model.campaigns, |it| text(&it.name))?;
    collect(&mut all, Kind::Alert, &model.alerts, |it| text(&it.name))?;
    collect(&mut all, Kind::Scorecard, &model.scorecards, |it| text(&it.name))?;
    Ok(all)
}

/// One of them.
pub(super) fn object_of(model: &CenterModel, kind: Kind, key: &str) -> Result<Option<Object>, SetupError> {
    Ok(objects_of(model)?.into_iter().find(|object| object.kind == kind && object.key == key))
}

fn collect<T: Serialize + Default>(
    all: &mut Vec<Object>,
    kind: Kind,
    objects: &Objects<T>,
    name: impl Fn(&T) -> String,
) -> Result<(), SetupError> {
    for (position, (key, object)) in (0u32..).zip(objects.iter()) {
        let name = match name(object) {
            empty if empty.is_empty() => key.to_owned(),
            name => name,
        };
        all.push(Object { kind, key: key.to_owned(), name, position, fields: fields(object)? });
    }
    Ok(())
}

/// The fields of an object that differ from its default.
fn fields<T: Serialize + Default>(object: &T) -> Result<Table, SetupError> {
    let table = |object: &T| Table::try_from(object).map_err(|error| SetupError::Invalid(error.to_string()));
    let mut fields = table(object)?;
    let defaults = table(&T::default())?;
    fields.retain(|name, value| defaults.get(name) != Some(value));
    Ok(fields)
}

/// The model that these objects are; their order is by `position`.
pub fn model_of(mut objects: Vec<Object>) -> Result<CenterModel, SetupError> {
    objects.sort_by_key(|object| (object.kind, object.position));
    let mut model = CenterModel::default();
    for object in objects {
        let key = object.key.clone();
        match object.kind {
            Kind::Center => model.center = read(object)?,
            Kind::Skill => model.skills.insert(key, read(object)?),
            Kind::Group => model.groups.insert(key, read(object)?),
            Kind::Hours => model.hours.insert(key, read(object)?),
            Kind::Queue => model.queues.insert(key, read(object)?),
            Kind::Agent => model.agents.insert(key, read(object)?),
            Kind::User => model.users.insert(key, read(object)?),
            Kind::Flow => model.flows.insert(key, read(object)?),
            Kind::Trunk => model.trunks.insert(key, read(object)?),
            Kind::Number => model.numbers.insert(key, read(object)?),
            Kind::Reason => model.reasons.insert(key, read(object)?),
            Kind::Disposition => model.dispositions.insert(key, read(object)?),
            Kind::Campaign => model.campaigns.insert(key, read(object)?),
            Kind::Alert => model.alerts.insert(key, read(object)?),
            Kind::Scorecard => model.scorecards.insert(key, read(object)?),
        }
    }
    Ok(model)
}

fn read<T: DeserializeOwned>(object: Object) -> Result<T, SetupError> {
    let (kind, key) = (object.kind, object.key);
    Value::Table(object.fields)
        .try_into()
        .map_err(|error: toml::de::Error| SetupError::Unreadable(format!("{kind} `{key}`: {}", error.message())))
}
