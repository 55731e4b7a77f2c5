//! From the store and the files to the configuration the center runs by, at the start and again on demand.

use std::path::PathBuf;
use std::sync::Arc;

use super::files;
use crate::center::{Configuration, Input};
use crate::config::Folders;
use crate::door::Door;
use crate::store::Store;
use crate::store::center::{self, CenterModel};
use crate::web::Directory;

pub struct Loader {
    store: Store,
    dialplans: PathBuf,
    sounds_folder: PathBuf,
    /// Loaded once: the media workers keep them.
    sounds: Vec<String>,
    directory: Arc<Directory>,
}

impl Loader {
    pub fn new(store: Store, folders: Folders, sounds: Vec<String>) -> Self {
        Self { store, dialplans: folders.dialplans, sounds_folder: folders.sounds, sounds, directory: Arc::default() }
    }

    /// What the pages know of the center; replaced with every load.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.clone()
    }

    /// Reads and checks everything; on failure nothing has changed.
    pub async fn load(&self) -> anyhow::Result<(Configuration, CenterModel)> {
        let (model, ids) = self.store.center().await?;
        let queues: Vec<String> = model.queues.keys().map(str::to_owned).collect();
        let flows = files::load_flows(&self.dialplans, &self.sounds_folder, &self.sounds, queues)?;
        let mistakes = center::check(&model);
        if !mistakes.is_empty() {
            let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            anyhow::bail!(told.join("\n"));
        }
        let configuration = center::configuration(&model, &ids, flows, self.sounds.clone());
        self.directory.replace(model.clone(), ids);
        Ok((configuration, model))
    }

    /// Loads again and tells the center. Calls go on; a mistake changes nothing.
    pub async fn reload(&self, door: &Door) -> anyhow::Result<()> {
        let (configuration, _) = self.load().await?;
        door.send(Input::Configure(Box::new(configuration))).await?;
        Ok(())
    }
}
