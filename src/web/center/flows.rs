//! The flows of the dialplan: those of the center, those that come as files, and what somebody is at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::Instant;
use crate::dialplan::Surroundings;
use crate::dialplan::drawing::{self, Look, look};
use crate::door::Role;
use crate::setup::{CenterModel, Kind};
use crate::store::center::FlowDraft;
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::payload::Id;
use crate::web::tagged::tagged;
use crate::web::{ApiError, WebState};

/// What flows need that is not in the store.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Dialplan {
    /// Flows that come as files, `(name, text)`; one of the center goes before the file of its name.
    pub files: Vec<(String, String)>,
    /// Names of all sounds: `zh/welcome`, `tone/beep`.
    pub sounds: Vec<String>,
    /// What is spoken, by the name of a sound without language, then by language.
    pub texts: BTreeMap<String, BTreeMap<String, String>>,
}

impl Dialplan {
    /// What a flow of this center is checked against.
    pub(super) fn around(&self, model: &CenterModel) -> Surroundings {
        let (queues, agents) = (model.queues.keys(), model.agents.keys());
        Surroundings::new(&self.sounds, queues.map(str::to_owned), agents.map(str::to_owned))
    }

    fn file(&self, key: &str) -> Option<&str> {
        self.files.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str())
    }
}

/// Where a flow is kept that leads calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FlowOrigin)]
pub enum Origin {
    /// A file of the folder `dialplans`.
    File,
    /// The center: with versions.
    Center,
}

/// One flow in the list.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowListed)]
pub struct Listed {
    key: String,
    /// For people.
    title: String,
    /// `null`: it is a draft alone.
    origin: Option<Origin>,
    /// Version of the center in which it became what it is; 0: of a file, or of none.
    version: u32,
    /// Calls can be led by it.
    works: bool,
    /// That lead to it.
    numbers: Vec<String>,
    /// When its draft was saved last, and by whom; `null`: there is none.
    draft: Option<DraftTold>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FlowDraftTold)]
struct DraftTold {
    at: Instant,
    author: String,
}

/// All flows: of the center, of files, and drafts. Administrators.
#[utoipa::path(
    get, path = "/center/flows", tag = "set-up",
    responses((status = 200, description = "The flows, by key", body = Items<Listed>))
)]
pub async fn flows(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Items<Listed>>, ApiError> {
    signed.at_least(Role::Admin)?;
    let (model, _) = state.store.center().await?;
    let versions = state.store.object_versions(Kind::Flow).await?;
    let mut drafts: BTreeMap<String, FlowDraft> = state.store.flow_drafts().await?.into_iter().collect();
    let plan = state.keeper.dialplan();
    let around = plan.around(&model);
    let files = plan.files.iter().map(|(name, _)| name.as_str());
    let keys: BTreeSet<&str> = files.chain(model.flows.keys()).collect();
    let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).chain(drafts.keys().cloned()).collect();
    let listed = |key: String| {
        let draft = drafts.remove(&key);
        let force = in_force(&plan, &model, &key);
        let text = force.map(|(_, text)| text).or(draft.as_ref().map(|draft| draft.text.as_str())).unwrap_or_default();
        let seen = look(&key, text, &around);
        let numbers = model.numbers.iter().filter(|(_, number)| number.flow == key);
        Listed {
            title: title(&seen, &key),
            origin: force.map(|(origin, _)| origin),
            version: versions.get(&key).copied().unwrap_or(0),
            works: force.is_some() && seen.findings.is_empty(),
            numbers: numbers.map(|(number, _)| number.to_owned()).collect(),
            draft: draft.map(|FlowDraft { at, author, .. }| DraftTold { at, author }),
            key,
        }
    };
    Ok(Json(Items { items: keys.into_iter().map(listed).collect() }))
}

fn in_force<'m>(plan: &'m Dialplan, model: &'m CenterModel, key: &str) -> Option<(Origin, &'m str)> {
    let of_center = model.flows.get(key).map(|flow| (Origin::Center, flow.text.as_str()));
    of_center.or_else(|| plan.file(key).map(|text| (Origin::File, text)))
}

fn title(seen: &Look, key: &str) -> String {
    let title = seen.drawing.as_ref().and_then(|drawing| drawing.head.get("title")).and_then(|title| title.as_str());
    title.unwrap_or(key).to_owned()
}

/// A flow whole: what leads calls, what somebody is at, and what there is to choose from.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowSheet)]
struct Sheet {
    key: String,
    origin: Option<Origin>,
    /// Of what leads calls, as the history has it; 0: of a file, or of none.
    version: u32,
    /// What leads calls; `null`: nothing yet.
    published: Option<String>,
    draft: Option<FlowDraft>,
    /// The draft, or what leads calls where there is none.
    look: Look,
    choices: Choices,
}

/// What the steps of a flow can name.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowChoices)]
struct Choices {
    sounds: Vec<Sound>,
    queues: Vec<String>,
    agents: Vec<String>,
    skills: Vec<String>,
}

/// A sound, by its name without language.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowSound)]
struct Sound {
    name: String,
    /// What is spoken, by language; none: music, a tone.
    texts: BTreeMap<String, String>,
}

/// One flow, with the version of its draft as its tag; `"0"` where there never was a draft. Administrators.
#[utoipa::path(
    get, path = "/center/flows/{key}", tag = "set-up", params(("key" = String, Path)),
    responses((status = 200, description = "The flow", body = Sheet))
)]
pub async fn flow(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<Response, ApiError> {
    signed.at_least(Role::Admin)?;
    let (tag, draft) = state.store.flow_draft(&key).await?;
    let version = state.store.object_version(Kind::Flow, &key).await?.unwrap_or(0);
    let (model, _) = state.store.center().await?;
    let plan = state.keeper.dialplan();
    let force = in_force(&plan, &model, &key);
    let text = draft.as_ref().map(|draft| draft.text.as_str()).or(force.map(|(_, text)| text));
    let look = look(&key, text.ok_or(ApiError::NotFound)?, &plan.around(&model));
    let names = |keys: &mut dyn Iterator<Item = &str>| keys.map(str::to_owned).collect();
    let choices = Choices {
        sounds: sounds(&plan),
        queues: names(&mut model.queues.keys()),
        agents: names(&mut model.agents.keys()),
        skills: names(&mut model.skills.keys()),
    };
    let (origin, published) = (force.map(|(origin, _)| origin), force.map(|(_, text)| text.to_owned()));
    Ok(tagged(tag, Sheet { key, origin, version, published, draft, look, choices }))
}

/// Those that a flow can play: spoken ones are told once for all languages.
fn sounds(plan: &Dialplan) -> Vec<Sound> {
    let name = |sound: &String| {
        let spoken = sound.split_once('/').filter(|(folder, _)| ["zh", "en"].contains(folder));
        spoken.map_or(sound.as_str(), |(_, name)| name).to_owned()
    };
    let names: BTreeSet<String> = plan.sounds.iter().map(name).collect();
    names.into_iter().map(|name| Sound { texts: plan.texts.get(&name).cloned().unwrap_or_default(), name }).collect()
}

/// A flow as it was.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowVersion)]
pub struct Version {
    version: u32,
    text: String,
}

/// The text of a flow as an earlier version of the center had it. Administrators.
#[utoipa::path(
    get, path = "/center/flows/{key}/versions/{version}", tag = "set-up",
    params(("key" = String, Path), ("version" = u32, Path)),
    responses((status = 200, description = "The flow as it was", body = Version))
)]
pub async fn flow_version(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((key, version)): Path<(String, String)>,
) -> Result<Json<Version>, ApiError> {
    signed.at_least(Role::Admin)?;
    let version: u32 = version.parse().map_err(|_| ApiError::NotFound)?;
    let then = state.store.center_as_of(version).await?;
    let text = then.flows.get(&key).map(|flow| flow.text.clone()).ok_or(ApiError::NotFound)?;
    Ok(Json(Version { version, text }))
}

/// What steps there are and what each asks for. Administrators.
#[utoipa::path(
    get, path = "/center/flow-forms", tag = "set-up",
    responses((status = 200, description = "The kinds of steps and their keys", body = drawing::Forms))
)]
pub async fn flow_forms(signed: Signed) -> Result<Json<drawing::Forms>, ApiError> {
    signed.at_least(Role::Admin)?;
    Ok(Json(drawing::forms()))
}
