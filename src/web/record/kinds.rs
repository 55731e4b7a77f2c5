//! The kinds: told to everybody who may read their records, changed by administrators.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asking::Asker;
use crate::door::Role;
use crate::record::{
    Access, Beside, Change, Due, Field, Kind, Life, Lines, ListView, Pop, Rule, Scope, Section, Use, Verb, Words,
};
use crate::store::record::{Catalogue, KindVersion};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::describe::problems;
use crate::web::payload::{Id, Payload};
use crate::web::{ApiError, WebState};

/// A kind in a menu.
#[derive(Serialize, ToSchema)]
#[schema(as = KindHead)]
pub struct Head {
    kind: String,
    name: Words,
    /// Of many of them.
    names: Words,
    group: Option<String>,
    /// Its place among those of its group; the first is offered first during a call.
    rank: i64,
    icon: Option<String>,
    version: u32,
    /// `customer`: its records stand on the timeline and the pop of one.
    of: Option<&'static str>,
    /// What the desktop does with its records beside a call.
    beside: Option<Use>,
    may: KindMay,
}

/// What the asker may do with a kind.
#[derive(Serialize, ToSchema)]
struct KindMay {
    create: bool,
    configure: bool,
}

/// A kind, whole. A field that the asker may not read is not told.
#[derive(Serialize, ToSchema)]
#[schema(as = Kind)]
pub struct Whole {
    #[serde(flatten)]
    head: Head,
    number: Option<String>,
    title: String,
    fields: Vec<Field>,
    lines: Vec<Lines>,
    life: Option<Life>,
    due: Option<Due>,
    /// What is done by itself; told to administrators.
    rules: Vec<Rule>,
    list: ListView,
    form: Form,
    pop: Option<Pop>,
    call: Option<Beside>,
    access: Access,
    /// Fields of other kinds that refer to this one.
    back: Vec<Back>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KindForm)]
struct Form {
    sections: Vec<Section>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KindBack)]
struct Back {
    kind: String,
    field: String,
    /// Of many of that kind.
    names: Words,
}

fn head(asker: &Asker, kind: &Kind, version: u32) -> Head {
    Head {
        kind: kind.key.clone(),
        name: kind.name.clone(),
        names: kind.names.clone(),
        group: kind.group.clone(),
        rank: kind.rank,
        icon: kind.icon.clone(),
        version,
        of: kind.of_customer.then_some(crate::record::CUSTOMER),
        beside: kind.call.as_ref().map(|call| call.role),
        may: KindMay {
            create: kind.scope(Verb::Create, &asker.who()) != Scope::None,
            configure: asker.may_configure(),
        },
    }
}

fn reads(asker: &Asker, kind: &Kind) -> bool {
    asker.may_configure() || kind.scope(Verb::Read, &asker.who()) != Scope::None
}

/// The kinds whose records the asker may read, in the order of menus.
#[utoipa::path(
    get, path = "/kinds", tag = "kinds",
    responses((status = 200, description = "The kinds", body = Items<Head>))
)]
pub async fn kinds(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
) -> Result<Json<Items<Head>>, ApiError> {
    let asker = Asker::new(&state, identity);
    let kinds = state.records.kinds();
    let mut items: Vec<Head> = kinds
        .values()
        .filter(|stored| reads(&asker, &stored.kind))
        .map(|stored| head(&asker, &stored.kind, stored.version))
        .collect();
    items.sort_by(|a, b| (&a.group, a.rank, &a.kind).cmp(&(&b.group, b.rank, &b.kind)));
    Ok(Json(Items { items }))
}

/// A kind with its fields, states and views, as far as the asker may read it.
#[utoipa::path(
    get, path = "/kinds/{kind}", tag = "kinds", params(("kind" = String, Path)),
    responses((status = 200, description = "The kind", body = Whole))
)]
pub async fn kind(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(key): Id<String>,
) -> Result<Json<Whole>, ApiError> {
    let asker = Asker::new(&state, identity);
    let kinds = state.records.kinds();
    let stored = kinds.get(&key).filter(|stored| reads(&asker, &stored.kind)).ok_or(ApiError::NotFound)?;
    Ok(Json(whole(&asker, &stored.kind, stored.version, &kinds)))
}

/// A kind as far as the asker may read it.
fn whole(asker: &Asker, kind: &Kind, version: u32, kinds: &Catalogue) -> Whole {
    let role = asker.who().role;
    let readable = |fields: &[Field]| fields.iter().filter(|field| field.may_read(role)).cloned().collect::<Vec<_>>();
    let hidden = |key: &String| kind.field(key).is_some_and(|field| !field.may_read(role));
    let mut list = kind.list.clone();
    list.columns.retain(|key| !hidden(key));
    list.sum = list.sum.filter(|key| !hidden(key));
    let mut sections = kind.form.clone();
    sections.iter_mut().for_each(|section| section.fields.retain(|key| !hidden(key)));
    let mut pop = kind.pop.clone();
    pop.iter_mut().for_each(|pop| pop.show.retain(|key| !hidden(key)));
    let mut back = Vec::new();
    for other in kinds.values().filter(|other| reads(asker, &other.kind)) {
        let refers = |field: &&Field| field.kind.as_deref() == Some(&*kind.key) && field.may_read(role);
        back.extend(other.kind.fields.iter().filter(refers).map(|field| Back {
            kind: other.kind.key.clone(),
            field: field.key.clone(),
            names: other.kind.names.clone(),
        }));
    }
    Whole {
        head: head(asker, kind, version),
        number: kind.number.as_ref().map(ToString::to_string),
        title: kind.title.to_string(),
        fields: readable(&kind.fields),
        lines: kind.lines.iter().map(|it| Lines { fields: readable(&it.fields), ..it.clone() }).collect(),
        life: kind.life.clone(),
        due: kind.due.clone(),
        rules: if asker.may_configure() { kind.rules.clone() } else { Vec::new() },
        list,
        form: Form { sections },
        pop,
        call: kind.call.clone(),
        access: kind.access,
        back,
    }
}

/// A definition as it was written.
#[derive(Serialize, ToSchema)]
#[schema(as = KindSource)]
pub struct Source {
    source: String,
    version: u32,
}

/// The definition of the version in force. Administrators.
#[utoipa::path(
    get, path = "/kinds/{kind}/source", tag = "kinds", params(("kind" = String, Path)),
    responses((status = 200, description = "The definition", body = Source))
)]
pub async fn source(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<Json<Source>, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Admin)?);
    let found = state.records.kind_source(&key, None).await;
    let (source, version) = found.map_err(|error| asker.plainly_refused(error))?;
    Ok(Json(Source { source, version }))
}

/// Earlier versions, the newest first. Administrators.
#[utoipa::path(
    get, path = "/kinds/{kind}/versions", tag = "kinds", params(("kind" = String, Path)),
    responses((status = 200, description = "The versions", body = Items<KindVersion>))
)]
pub async fn versions(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<Json<Items<KindVersion>>, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Admin)?);
    let items = state.records.kind_versions(&key).await.map_err(|error| asker.plainly_refused(error))?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KindDraft)]
pub struct Draft {
    /// TOML.
    source: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KindPlan)]
pub struct Planned {
    changes: Vec<Change>,
    /// The kind as it would be, of the version in force.
    kind: Whole,
}

/// What a definition would change. Administrators.
#[utoipa::path(
    post, path = "/kinds/{kind}/plan", tag = "kinds", request_body = Draft, params(("kind" = String, Path)),
    responses((status = 200, description = "What would change", body = Planned), problems::Definition)
)]
pub async fn plan(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(draft): Payload<Draft>,
) -> Result<Json<Planned>, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Admin)?);
    let planned = state.records.plan_kind(&key, &draft.source).await;
    let (kind, plan) = planned.map_err(|error| asker.plainly_refused(error))?;
    let kinds = state.records.kinds();
    let version = kinds.get(&key).map_or(0, |stored| stored.version);
    Ok(Json(Planned { changes: plan.changes, kind: whole(&asker, &kind, version, &kinds) }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KindPublish)]
pub struct Publish {
    /// TOML.
    source: String,
    /// The version that it was planned against; 0: the kind is new.
    over: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KindPublished)]
pub struct Published {
    version: u32,
}

/// Makes a definition the one in force; a new key is a new kind. Administrators.
#[utoipa::path(
    put, path = "/kinds/{kind}", tag = "kinds", request_body = Publish, params(("kind" = String, Path)),
    responses((status = 200, description = "The new version", body = Published), problems::Definition)
)]
pub async fn publish(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(asked): Payload<Publish>,
) -> Result<Json<Published>, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Admin)?);
    let user = &asker.identity.user;
    let version = state.records.publish_kind(&key, &asked.source, asked.over, user, asker.now).await;
    let version = version.map_err(|error| asker.plainly_refused(error))?;
    tracing::info!(kind = key, version, by = user, "a kind was published");
    Ok(Json(Published { version }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KindRollBack)]
pub struct RollBack {
    version: u32,
}

/// Makes an earlier version the one in force, as a new version. Administrators.
#[utoipa::path(
    post, path = "/kinds/{kind}/roll-back", tag = "kinds", request_body = RollBack, params(("kind" = String, Path)),
    responses((status = 200, description = "The new version", body = Published), problems::Definition)
)]
pub async fn roll_back(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(asked): Payload<RollBack>,
) -> Result<Json<Published>, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Admin)?);
    let user = &asker.identity.user;
    let version = state.records.restore_kind(&key, asked.version, user, asker.now).await;
    let version = version.map_err(|error| asker.plainly_refused(error))?;
    tracing::info!(kind = key, version, to = asked.version, by = user, "a kind went back to an earlier version");
    Ok(Json(Published { version }))
}
