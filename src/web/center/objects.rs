//! The objects of the center one by one: what the pages of the set-up change.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::change::{Changed, Meant, Of, change, change_of};
use super::queue::merge;
use crate::door::Role;
use crate::setup::edit::{self, Fields};
use crate::setup::{CenterModel, Kind, Mistake, print_one, without_secrets};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Payload};
use crate::web::tagged::tagged;
use crate::web::{ApiError, WebState};

/// The objects of one kind, in their order.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupObjects)]
struct Listed {
    /// Of the center.
    version: u32,
    kind: &'static str,
    items: Vec<Entry>,
    /// Every field of an object of which nothing is said.
    #[schema(value_type = Object)]
    defaults: Fields,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SetupEntry)]
struct Entry {
    key: String,
    /// Of the center, in which this object became what it is.
    version: u32,
    /// Those that differ from their default. No passwords.
    #[schema(value_type = Object)]
    fields: Fields,
    /// Passwords that are known: `password`, `sip`, `account.password`.
    secrets: Vec<&'static str>,
}

/// One object, its text and who refers to it.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupObject)]
struct Sheet {
    kind: &'static str,
    #[serde(flatten)]
    entry: Entry,
    #[schema(value_type = Object)]
    defaults: Fields,
    /// As in a center file, without passwords.
    toml: String,
    /// Fields that refer to it, as `queue.vip.skills.mandarin`: it cannot go while there are any.
    used_by: Vec<String>,
}

/// What an object is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetupPut)]
pub struct Put {
    #[schema(value_type = Object)]
    fields: Fields,
}

/// What many objects are to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetupPatch)]
pub struct Patch {
    /// Kind to key to the fields that change.
    #[schema(value_type = Object)]
    objects: Fields,
}

/// What is there, by kind and key.
pub(super) type At = Path<(String, String)>;

pub(super) fn kind_of(word: &str) -> Result<Kind, ApiError> {
    Kind::from_word(word).ok_or(ApiError::NotFound)
}

pub(super) fn wrong(mistakes: Vec<Mistake>) -> ApiError {
    ApiError::Center { mistakes }
}

fn entry(model: &CenterModel, kind: Kind, key: &str, version: u32) -> Result<Entry, ApiError> {
    let fields = edit::shown(model, kind, key)?.ok_or(ApiError::NotFound)?;
    Ok(Entry { key: key.to_owned(), version, fields, secrets: edit::secrets(model, kind, key) })
}

/// All objects of a kind: `skill`, `group`, `hours`, `queue`, `agent`, `user`, `trunk`, `number`, `reason`,
/// `disposition`, or the `center` itself. Administrators.
#[utoipa::path(
    get, path = "/center/objects/{kind}", tag = "set-up", params(("kind" = String, Path)),
    responses((status = 200, description = "The objects", body = Listed))
)]
pub async fn objects(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
) -> Result<Response, ApiError> {
    signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let versions = state.store.object_versions(kind).await?;
    let (model, ids) = state.store.center().await?;
    let of = |key: String| entry(&model, kind, &key, versions.get(&key).copied().unwrap_or(0));
    let items = edit::keys(&model, kind).into_iter().map(of).collect::<Result<_, _>>()?;
    Ok(tagged(ids.version, Listed { version: ids.version, kind: kind.word(), items, defaults: edit::defaults(kind)? }))
}

/// One object, with the version in which it became what it is as its tag. Administrators.
#[utoipa::path(
    get, path = "/center/objects/{kind}/{key}", tag = "set-up", params(("kind" = String, Path), ("key" = String, Path)),
    responses((status = 200, description = "The object", body = Sheet))
)]
pub async fn object(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, key)): At,
) -> Result<Response, ApiError> {
    signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let version = state.store.object_version(kind, &key).await?;
    let (model, _) = state.store.center().await?;
    let version = version.unwrap_or(0);
    let entry = entry(&model, kind, &key, version)?;
    let used_by = edit::uses(&model, kind, &key).into_iter().map(|path| path.join(".")).collect();
    let toml = print_one(&without_secrets(model), kind, &key)?.unwrap_or_default();
    let body = Sheet { kind: kind.word(), entry, defaults: edit::defaults(kind)?, toml, used_by };
    Ok(tagged(version, body))
}

/// The whole object; what is not named gets its default, but for passwords: those stay, and `null` takes a user's away.
/// A new one comes with `If-None-Match: *`. Administrators.
#[utoipa::path(
    put, path = "/center/objects/{kind}/{key}", tag = "set-up", request_body = Put,
    params(("kind" = String, Path), ("key" = String, Path), Meant,
        ("If-Match" = Option<String>, Header, description = "The version of the object that this changes: `\"12\"`; a dry run may do without"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there is none of that key yet")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn put_object(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, key)): At,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(put): Payload<Put>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let make = |present: &CenterModel| {
        if kind == Kind::Center && !edit::keys(present, kind).contains(&key) {
            return Err(ApiError::NotFound);
        }
        let mut wanted = present.clone();
        edit::put(&mut wanted, kind, &key, &put.fields).map_err(wrong)?;
        Ok(wanted)
    };
    change_of(&state, &identity, &meant, (Of::Object(kind, &key), &headers), make).await
}

/// Takes an object away. What refers to it is told as mistakes. Administrators.
#[utoipa::path(
    delete, path = "/center/objects/{kind}/{key}", tag = "set-up",
    params(("kind" = String, Path), ("key" = String, Path), Meant,
        ("If-Match" = Option<String>, Header, description = "The version of the object that goes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn delete_object(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, key)): At,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        if edit::remove(&mut wanted, kind, &key) { Ok(wanted) } else { Err(ApiError::NotFound) }
    };
    change_of(&state, &identity, &meant, (Of::Object(kind, &key), &headers), make).await
}

/// Many objects in one version: `{"objects": {"agent": {"ana": {"skills": {"gems": 7, "pearls": null}}}, "reason": {"old": null}}}`.
/// Only what is named changes (RFC 7396), `null` takes away, an unknown key is a new object. Administrators.
#[utoipa::path(
    patch, path = "/center/objects", tag = "set-up",
    request_body = Patch,
    params(Meant, ("If-Match" = Option<String>, Header, description = "The version of the center that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn patch_objects(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(patch): Payload<Patch>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        let mistakes = patched(&mut wanted, &patch.objects)?;
        if mistakes.is_empty() { Ok(wanted) } else { Err(wrong(mistakes)) }
    };
    change(&state, &identity, &meant, &headers, make).await
}

fn patched(wanted: &mut CenterModel, patch: &Fields) -> Result<Vec<Mistake>, ApiError> {
    let mut mistakes = Vec::new();
    for (word, objects) in patch {
        let kind = Kind::from_word(word);
        let (Some(kind), Some(objects)) = (kind, objects.as_object()) else {
            return Err(ApiError::BadRequest(format!("`{word}` is no kind of objects by key")));
        };
        for (key, change) in objects {
            if change.is_null() {
                edit::remove(wanted, kind, key);
                continue;
            }
            let mut fields = Value::Object(edit::shown(wanted, kind, key)?.unwrap_or_default());
            merge(&mut fields, change, 0);
            match fields {
                Value::Object(fields) => {
                    let wrong = edit::put(wanted, kind, key, &fields).err();
                    mistakes.extend(wrong.into_iter().flatten());
                }
                _ => return Err(ApiError::BadRequest(format!("`{word}.{key}` is no object"))),
            }
        }
    }
    Ok(mistakes)
}

/// Puts the objects of a kind in another order, where it counts: the menu of reasons, the digits of dispositions.
#[utoipa::path(
    put, path = "/center/order/{kind}", tag = "set-up", request_body = Order,
    params(("kind" = String, Path), Meant, ("If-Match" = Option<String>, Header, description = "The version of the center that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn put_order(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(order): Payload<Order>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        edit::arrange(&mut wanted, kind, &order.keys);
        Ok(wanted)
    };
    change(&state, &identity, &meant, &headers, make).await
}

/// Those that are named come first, in this order.
#[derive(Deserialize, ToSchema)]
#[schema(as = SetupOrder)]
#[serde(deny_unknown_fields)]
pub struct Order {
    keys: Vec<String>,
}
