//! Reports that come with the program: `config/reports/*.toml`.

use std::sync::LazyLock;

use rust_embed::RustEmbed;

use crate::report::{NotAReport, Report, read};

#[derive(RustEmbed)]
#[folder = "config/reports"]
struct Files;

static REPORTS: LazyLock<Vec<Report>> = LazyLock::new(|| {
    let mut reports: Vec<Report> = files().into_iter().filter_map(Result::ok).collect();
    reports.sort_by_key(|report| report.position);
    reports
});

/// All of them, in their order.
pub fn reports() -> &'static [Report] {
    &REPORTS
}

fn files() -> Vec<Result<Report, NotAReport>> {
    let text = |name: &str| Files::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    let report = |name: std::borrow::Cow<'static, str>| Some(read(name.strip_suffix(".toml")?, &text(&name)?));
    Files::iter().filter_map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_is_right() {
        for report in files() {
            let report = report.unwrap_or_else(|error| panic!("{error}"));
            assert!(!report.about.zh.is_empty() && !report.name.zh.is_empty(), "{}", report.key);
        }
        let positions: Vec<u16> = reports().iter().map(|report| report.position).collect();
        assert!(positions.len() >= 13 && positions.windows(2).all(|pair| pair[0] < pair[1]), "{positions:?}");
    }
}
