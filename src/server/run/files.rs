//! The files the center runs by: flows and sounds, read and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::acd::lint::Doors;
use crate::dialplan::{self, Surroundings};
use crate::media::sound::Sounds;
use crate::net::sounds::{self, SoundsError};
use crate::setup::CenterModel;

/// What is wrong with them; all of it at once.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error(
        "{}: there is no such folder; `{key}` in the settings says where it is (--set {key}=FOLDER). It comes with \
         the program, in the same folder as `config`", .path.display()
    )]
    NoFolder { path: PathBuf, key: &'static str },
    #[error("{}: {error}", .path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Sounds(#[from] SoundsError),
    #[error("{}", all(.0))]
    Flows(Vec<dialplan::Mistake>),
}

fn all(mistakes: &[dialplan::Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Flows that were read and checked.
#[derive(Debug)]
pub struct Flows {
    /// `(name, text)`, in order of name.
    pub texts: Vec<(String, String)>,
    /// What is missing for the flows that no number leads to: they wait until somebody makes it.
    pub waiting: Vec<dialplan::Mistake>,
    /// Name to the keys of the queues that the flow puts callers into.
    queues: BTreeMap<String, BTreeSet<String>>,
}

impl Flows {
    /// Queues that calls get into: those of the flows of all numbers and campaigns.
    pub fn doors(&self, model: &CenterModel) -> Doors {
        let flows = used(model).into_iter().filter_map(|flow| self.queues.get(flow));
        flows.flatten().cloned().collect()
    }
}

/// Flows that somebody is led by.
fn used(center: &CenterModel) -> BTreeSet<&str> {
    let campaigns = center.campaigns.iter().filter_map(|(_, campaign)| campaign.flow.as_deref());
    center.numbers.iter().map(|(_, number)| number.flow.as_str()).chain(campaigns).collect()
}

/// Names of all sounds: `zh/welcome`, `music/hold`.
pub fn names(sounds: &Sounds) -> Vec<String> {
    sounds.iter().map(|(name, _)| name.to_owned()).collect()
}

pub fn load_sounds(folder: &Path) -> Result<Sounds, FilesError> {
    is_there(folder, "folders.sounds")?;
    Ok(sounds::load(folder)?)
}

fn is_there(folder: &Path, key: &'static str) -> Result<(), FilesError> {
    if folder.is_dir() { Ok(()) } else { Err(FilesError::NoFolder { path: folder.to_owned(), key }) }
}

/// What is spoken, by the name of a sound and its language; nothing where nothing can be read.
pub fn spoken(sounds_folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = std::fs::read_to_string(sounds_folder.join("texts.toml")).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

/// The flows of the folder, `(name, text)`, right or wrong.
pub fn flow_files(dialplans: &Path) -> Result<Vec<(String, String)>, FilesError> {
    let files = read_flows(dialplans)?;
    Ok(files.into_iter().filter_map(|(file, text)| Some((stem(&file)?, text))).collect())
}

/// Reads and checks every flow of the folder and of the center, and the spoken texts if there are some.
pub fn load_flows(
    dialplans: &Path,
    sounds_folder: &Path,
    sounds: &[String],
    center: &CenterModel,
) -> Result<Flows, FilesError> {
    let (queues, agents) = (center.queues.keys(), center.agents.keys());
    let around = Surroundings::new(sounds, queues.map(str::to_owned), agents.map(str::to_owned));
    is_there(dialplans, "folders.dialplans")?;
    let mut files = read_flows(dialplans)?;
    files.retain(|(file, _)| !stem(file).is_some_and(|name| center.flows.contains(&name)));
    files.extend(center.flows.iter().map(|(key, flow)| (format!("{OF_CENTER}{key}"), flow.text.clone())));
    let mut waiting = Vec::new();
    let (flows, mut mistakes) = match dialplan::check_all(&files, &around) {
        Ok(flows) => (flows, Vec::new()),
        Err(mistakes) => {
            waiting = set_aside(&mut files, mistakes, center);
            match dialplan::check_all(&files, &around) {
                Ok(flows) => (flows, Vec::new()),
                Err(mistakes) => (BTreeMap::new(), mistakes),
            }
        }
    };
    let texts = sounds_folder.join("texts.toml");
    if let Ok(text) = std::fs::read_to_string(&texts) {
        mistakes.extend(dialplan::check_texts(&texts.display().to_string(), &text, &around));
    }
    if !mistakes.is_empty() {
        return Err(FilesError::Flows(mistakes));
    }
    let keys = |flow: &dialplan::Flow| flow.queues().into_iter().map(str::to_owned).collect();
    Ok(Flows {
        texts: files.into_iter().filter_map(|(name, text)| Some((stem(&name)?, text))).collect(),
        waiting,
        queues: flows.into_iter().map(|(name, flow)| (name, keys(&flow))).collect(),
    })
}

/// How the place of a flow is told that is no file.
const OF_CENTER: &str = "flow/";

fn stem(name: &str) -> Option<String> {
    Path::new(name).file_stem().and_then(|stem| stem.to_str()).map(str::to_owned)
}

/// Flows that no number and no campaign leads to, and that only name queues or agents which nobody has made yet, stand in nobody's
/// way. What else is wrong is so for all of them.
fn set_aside(
    files: &mut Vec<(String, String)>,
    mistakes: Vec<dialplan::Mistake>,
    center: &CenterModel,
) -> Vec<dialplan::Mistake> {
    let used = used(center);
    let is_missing = |mistake: &dialplan::Mistake| {
        matches!(mistake.problem, dialplan::Problem::UnknownQueue { .. } | dialplan::Problem::UnknownAgent { .. })
    };
    let broken: BTreeSet<&str> = mistakes.iter().filter(|it| !is_missing(it)).map(|it| it.file.as_str()).collect();
    let waits = |file: &str| {
        let is_used = stem(file).is_none_or(|name| used.contains(name.as_str()));
        !is_used && !broken.contains(file) && mistakes.iter().any(|mistake| mistake.file == file)
    };
    files.retain(|(file, _)| !waits(file));
    let waiting: Vec<bool> = mistakes.iter().map(|mistake| waits(&mistake.file)).collect();
    let mut waiting = waiting.into_iter();
    mistakes.into_iter().filter(|_| waiting.next() == Some(true)).collect()
}

fn read_flows(folder: &Path) -> Result<Vec<(String, String)>, FilesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| FilesError::Read { path, error }
    };
    let entries = std::fs::read_dir(folder).map_err(failed(folder))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
        .iter()
        .map(|path| Ok((path.display().to_string(), std::fs::read_to_string(path).map_err(failed(path))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_flows_and_sounds_are_sound() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sounds = load_sounds(&root.join("sounds")).unwrap();
        let center = CenterModel::default();
        let loaded = load_flows(&root.join("dialplans"), &root.join("sounds"), &names(&sounds), &center);
        match loaded {
            // Which queues there are is the demo center's business, tested there.
            Ok(flows) => {
                assert_eq!(flows.texts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["echo"]);
                assert!(flows.waiting.iter().any(|mistake| mistake.file.ends_with("hotline.toml")));
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_flow_of_the_center_goes_before_the_file_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let flow = |title: &str| format!("title = \"{title}\"\nstart = \"a\"\n[step.a]\ndo = \"hangup\"\n");
        std::fs::write(folder.path().join("line.toml"), flow("file")).unwrap();
        std::fs::write(folder.path().join("other.toml"), flow("other")).unwrap();
        let load = |center: &str| {
            let loaded = load_flows(folder.path(), folder.path(), &[], &crate::setup::read(center).unwrap());
            loaded.map(|flows| flows.texts).map_err(|error| error.to_string())
        };
        let pair = |name: &str, title: &str| (name.to_owned(), flow(title));
        assert_eq!(load("[center]\n").unwrap(), [pair("line", "file"), pair("other", "other")]);
        let own = format!("[flow.line]\ntext = '''\n{}'''\n[flow.own]\ntext = '''\n{}'''\n", flow("own"), flow("new"));
        assert_eq!(load(&own).unwrap(), [pair("other", "other"), pair("line", "own"), pair("own", "new")]);
        let told = load("[flow.line]\ntext = 'start = \"b\"'\n").unwrap_err();
        assert!(told.starts_with("flow/line:1:1: the flow needs the key `step`"), "{told}");
        assert_eq!(flow_files(folder.path()).unwrap(), [pair("line", "file"), pair("other", "other")]);
    }

    #[test]
    fn a_flow_names_queues_and_agents_of_the_center() {
        let folder = tempfile::tempdir().unwrap();
        let flow = "start = \"a\"\n[step.a]\ndo = \"answer\"\nnext = \"b\"\n[step.b]\ndo = \"queue\"\n\
                    queue = \"sales\"\nagent = \"anna\"\nnext = \"c\"\n[step.c]\ndo = \"hangup\"\n";
        std::fs::write(folder.path().join("line.toml"), flow).unwrap();
        let load = |agent: &str, number: &str| {
            let text = format!("[center]\n[queue.sales]\n[agent.{agent}]\n[number.4000]\nflow = \"{number}\"\n");
            load_flows(folder.path(), folder.path(), &[], &crate::setup::read(&text).unwrap())
        };
        assert_eq!(load("anna", "line").unwrap().texts.len(), 1);
        // As long as no number leads there, it waits for its agent.
        let other = load("ana", "other").unwrap();
        assert_eq!((other.texts.len(), other.waiting.len()), (0, 1));
        let Err(FilesError::Flows(mistakes)) = load("ana", "line") else { panic!("the agent anna is gone") };
        let told: Vec<_> = mistakes.iter().map(|it| format!("{}: {}", it.line, it.problem)).collect();
        assert_eq!(told, ["8: no agent has the key `anna`; did you mean `ana`?"]);
    }
}
