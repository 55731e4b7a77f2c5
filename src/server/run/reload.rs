//! From the store and the files to the configuration the center runs by, at the start and again on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::files::{self, FilesError};
use crate::acd::lint::Doors;
use crate::center::{Configuration, Input};
use crate::config::Folders;
use crate::door::{Door, Sessions};
use crate::setup::{self, CenterModel};
use crate::sip::trunk::resolved;
use crate::sip::{Destination, Named, Trunk};
use crate::store::Store;
use crate::web::{self, Directory, keeping};

/// Names of trunks, and what they stood for when they were last looked up.
#[derive(Default)]
struct Names {
    wanted: BTreeSet<Named>,
    known: BTreeMap<Named, Vec<Destination>>,
}

pub struct Loader {
    store: Store,
    dialplans: PathBuf,
    sounds_folder: PathBuf,
    /// Loaded once: the media workers keep them.
    sounds: Vec<String>,
    directory: Arc<Directory>,
    names: Mutex<Names>,
    /// Two loads at once could reach the center in the wrong order.
    turn: tokio::sync::Mutex<()>,
}

impl Loader {
    pub fn new(store: Store, folders: Folders, sounds: Vec<String>) -> Self {
        Self {
            store,
            dialplans: folders.dialplans,
            sounds_folder: folders.sounds,
            sounds,
            directory: Arc::default(),
            names: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// What the pages know of the center; replaced with every load.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.clone()
    }

    /// Reads and checks everything; on failure nothing has changed.
    pub async fn load(&self) -> anyhow::Result<(Configuration, CenterModel)> {
        let (model, ids) = self.store.center().await?;
        let flows = self.flows(&model)?;
        // Flows that come with the program name queues that nobody has made yet: no news where there is nothing at all.
        for missing in flows.waiting.iter().filter(|_| !model.is_blank()) {
            tracing::info!(
                "a flow that no number leads to waits: {}:{}: {}",
                missing.file,
                missing.line,
                missing.problem
            );
        }
        let mistakes = setup::check(&model);
        if !mistakes.is_empty() {
            let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            anyhow::bail!(told.join("\n"));
        }
        let mut configuration = setup::configuration(&model, &ids, flows.texts, self.sounds.clone());
        configuration.trunks = self.places(configuration.trunks);
        self.directory.replace(model.clone(), ids);
        Ok((configuration, model))
    }

    /// The trunks, with the places that their names stand for.
    fn places(&self, trunks: Vec<Trunk>) -> Vec<Trunk> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.wanted = trunks.iter().filter_map(|trunk| trunk.named.clone()).collect();
        let Names { wanted, known } = &mut *names;
        known.retain(|name, _| wanted.contains(name));
        resolved(trunks, known)
    }

    /// Names that trunks go by.
    pub fn wanted_names(&self) -> BTreeSet<Named> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).wanted.clone()
    }

    /// What a name stands for now. `true`: it is something else than before.
    pub fn name_found(&self, name: Named, places: Vec<Destination>) -> bool {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.known.insert(name, places.clone()) != Some(places)
    }

    fn flows(&self, model: &CenterModel) -> Result<files::Flows, FilesError> {
        files::load_flows(&self.dialplans, &self.sounds_folder, &self.sounds, model)
    }

    /// What flows are made of: read anew, for whoever edits them.
    fn dialplan(&self) -> web::Dialplan {
        web::Dialplan {
            files: files::flow_files(&self.dialplans).unwrap_or_default(),
            sounds: self.sounds.clone(),
            texts: files::spoken(&self.sounds_folder),
        }
    }

    /// The version that is loaded.
    pub fn version(&self) -> u32 {
        self.directory.now().ids.version
    }

    /// Loads again, tells the center and looks at who is signed in. Calls go on; a mistake changes nothing.
    pub async fn reload(&self, door: &Door, sessions: &Sessions) -> anyhow::Result<()> {
        let _turn = self.turn.lock().await;
        let (configuration, _) = self.load().await?;
        door.send(Input::Configure(Box::new(configuration))).await?;
        let listed = self.directory.now();
        let ended = sessions.refresh(|user, via| listed.session_for(user, via));
        keeping::forget(&self.store, door, ended).await;
        Ok(())
    }
}

/// The loader for the pages that change the center.
pub struct Keeper {
    pub loader: Arc<Loader>,
    pub door: Door,
    pub sessions: Arc<Sessions>,
}

impl web::Keeper for Keeper {
    fn judge<'a>(&'a self, model: &'a CenterModel) -> BoxFuture<'a, Result<(), Vec<String>>> {
        let judged = match self.loader.flows(model) {
            Ok(_) => Ok(()),
            Err(FilesError::Flows(mistakes)) => Err(mistakes.iter().map(ToString::to_string).collect()),
            Err(other) => Err(vec![other.to_string()]),
        };
        std::future::ready(judged).boxed()
    }

    fn doors(&self, model: &CenterModel) -> Option<Doors> {
        Some(self.loader.flows(model).ok()?.doors(model))
    }

    fn flows(&self, model: &CenterModel) -> Vec<String> {
        self.loader.flows(model).map_or_else(|_| Vec::new(), |flows| flows.texts.into_iter().map(|it| it.0).collect())
    }

    fn dialplan(&self) -> web::Dialplan {
        self.loader.dialplan()
    }

    fn take_over(&self) -> BoxFuture<'_, Result<(), String>> {
        async {
            self.loader.reload(&self.door, &self.sessions).await.map_err(|error| format!("{error:#}"))?;
            // The inlet keeps its order: what is asked after the configuration is answered under it.
            self.door.board().await.map(drop).map_err(|error| error.to_string())
        }
        .boxed()
    }
}
