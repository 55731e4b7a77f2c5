//! The center as a file for `carillon apply` and for the demo.

use std::path::Path;

use crate::server::home;
use crate::setup::{self, CenterModel};

/// A center file, or every mistake in it with its line.
pub fn read_center(path: &Path) -> Result<CenterModel, Vec<String>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| vec![unread(&name, &error)])?;
    setup::read(&text).map_err(|mistakes| mistakes.iter().map(|mistake| mistake.in_file(&name)).collect())
}

fn unread(name: &str, error: &std::io::Error) -> String {
    let example = home::find().map(|home| home.join("config/demo-center.toml").display().to_string());
    match (error.kind(), example) {
        (std::io::ErrorKind::NotFound, Ok(example)) => {
            format!("{name}: there is no such file; {example} is an example")
        }
        _ => format!("{name}: {error}"),
    }
}

/// What a center without anybody wants.
pub const EMPTY: &str = "nothing is set up yet. `carillon serve` prints a link: behind it the browser leads from nothing \
    to the first call. Or a center file says who works and which numbers lead where: `carillon apply FILE` \
    (config/demo-center.toml is an example), then `carillon user password NAME` for whoever signs in. `carillon demo` \
    shows a complete center without any of this";
