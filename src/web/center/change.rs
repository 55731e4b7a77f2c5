//! One change of the center, from what is wanted to the running center.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::acd::lint::{Judged, Severity, ToldFinding, lint_change};
use crate::base::nearest;
use crate::door::Identity;
use crate::setup::{CenterIds, CenterModel, Change, Kind, Mistake, Plan, check, rules_of};
use crate::web::tagged::{named_version, tagged};
use crate::web::{ApiError, WebState};

/// How a change is meant.
#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct Meant {
    /// Only tell what would change and what the linter says.
    pub(super) dry_run: bool,
    /// New warnings of the linter are known and wanted.
    accept_warnings: bool,
}

/// What a change would come to.
struct Prospect {
    plan: Plan,
    findings: Vec<Judged>,
}

/// What a change names the version of.
#[derive(Clone, Copy)]
pub enum Of<'k> {
    Center,
    /// Others may have changed other objects meanwhile.
    Object(Kind, &'k str),
}

/// Makes the center what `make` makes of the present one, or only tells what would come of it.
pub async fn change(
    state: &Arc<WebState>,
    identity: &Identity,
    meant: &Meant,
    headers: &HeaderMap,
    make: impl FnOnce(&CenterModel) -> Result<CenterModel, ApiError>,
) -> Result<Response, ApiError> {
    change_of(state, identity, meant, (Of::Center, headers), make).await
}

/// The same where the headers name the version of `of`.
pub async fn change_of(
    state: &Arc<WebState>,
    identity: &Identity,
    meant: &Meant,
    (of, headers): (Of<'_>, &HeaderMap),
    make: impl FnOnce(&CenterModel) -> Result<CenterModel, ApiError>,
) -> Result<Response, ApiError> {
    // One after the other: what is judged is what is stored, and taken over in that order.
    let _turn = state.changes.lock().await;
    let (present, ids) = state.store.center().await?;
    match of {
        Of::Center => expect_version(headers, ids.version, meant.dry_run)?,
        Of::Object(kind, key) => {
            let known = state.store.object_version(kind, key).await?;
            // The center itself is there before anything was applied.
            expect_object(headers, kind, known.or((kind == Kind::Center).then_some(0)), meant.dry_run)?;
        }
    }
    let wanted = make(&present)?;
    let prospect = look_ahead(state, &present, &ids, wanted).await?;
    // Another process was faster: its work would be undone by what was made of the center before it.
    if prospect.plan.base() != ids.version {
        return Err(ApiError::VersionChanged { what: "center", present: prospect.plan.base() });
    }
    if meant.dry_run || prospect.plan.is_empty() {
        return Ok(answer(prospect, ids.version, false));
    }
    refuse_findings(&prospect.findings, meant.accept_warnings)?;
    let version = put_in_force(state, &prospect.plan, &identity.user).await?;
    Ok(answer(prospect, version, true))
}

/// The same for somebody who was shown no center: what they change stands on the present one, whatever its version, and
/// warnings of the linter are not theirs. `author`: in whose name.
pub async fn change_blindly(
    state: &Arc<WebState>,
    author: &str,
    make: impl FnOnce(&CenterModel) -> Result<CenterModel, ApiError>,
) -> Result<(), ApiError> {
    let _turn = state.changes.lock().await;
    let (present, ids) = state.store.center().await?;
    let prospect = look_ahead(state, &present, &ids, make(&present)?).await?;
    // A file that was applied meanwhile may have made somebody else what this makes.
    if prospect.plan.base() != ids.version {
        return Err(ApiError::VersionChanged { what: "center", present: prospect.plan.base() });
    }
    put_in_force(state, &prospect.plan, author).await.map(drop)
}

/// A new version, and the running center by it.
async fn put_in_force(state: &WebState, plan: &Plan, author: &str) -> Result<u32, ApiError> {
    let ids = state.store.apply(plan, author, (state.clock)()).await?;
    tracing::info!(version = ids.version, user = author, "the center was changed");
    state.keeper.take_over().await.map_err(|why| {
        ApiError::Internal(format!("version {} is stored, but the running center did not take it: {why}", ids.version))
    })?;
    Ok(ids.version)
}

async fn look_ahead(
    state: &WebState,
    present: &CenterModel,
    ids: &CenterIds,
    wanted: CenterModel,
) -> Result<Prospect, ApiError> {
    let mistakes = check(&wanted);
    if !mistakes.is_empty() {
        return Err(ApiError::Center { mistakes });
    }
    state.keeper.judge(&wanted).await.map_err(|mistakes| ApiError::Mistakes { mistakes })?;
    let (before, after) = (state.keeper.flows(present), state.keeper.flows(&wanted));
    let mistakes = unknown_flows((present, &before), (&wanted, &after));
    if !mistakes.is_empty() {
        return Err(ApiError::Center { mistakes });
    }
    let (before, after) = (rules_of(present, ids), rules_of(&wanted, ids));
    let (had, has) = (state.keeper.doors(present), state.keeper.doors(&wanted));
    let findings = lint_change((&before, had.as_ref()), (&after, has.as_ref()));
    Ok(Prospect { plan: state.store.plan(wanted).await?, findings })
}

/// Numbers and campaigns that are new or changed and lead nowhere, or whose flow goes.
fn unknown_flows(
    (present, before): (&CenterModel, &[String]),
    (wanted, known): (&CenterModel, &[String]),
) -> Vec<Mistake> {
    let numbers = wanted
        .numbers
        .iter()
        .map(|(key, number)| (Kind::Number, key, &number.flow, present.numbers.get(key) != Some(number)));
    let campaigns = wanted.campaigns.iter().filter_map(|(key, campaign)| {
        Some((Kind::Campaign, key, campaign.flow.as_ref()?, present.campaigns.get(key) != Some(campaign)))
    });
    let all = numbers.chain(campaigns);
    let lost = all.filter(|(_, _, flow, is_new)| !known.contains(flow) && (*is_new || before.contains(flow)));
    let mistake = |(kind, key, flow, _): (Kind, &str, &String, bool)| {
        let near = nearest(flow, known.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let path = [kind.word(), key, "flow"].map(str::to_owned).into();
        Mistake { path, message: format!("there is no flow `{flow}`{near}") }
    };
    lost.map(mistake).collect()
}

/// A change says which version it changes. A dry run need not, but is told when it is behind.
fn expect_version(headers: &HeaderMap, present: u32, dry_run: bool) -> Result<(), ApiError> {
    match named_version(headers) {
        Ok(version) if version == present => Ok(()),
        Ok(_) => Err(ApiError::VersionChanged { what: "center", present }),
        Err(ApiError::VersionRequired) if dry_run => Ok(()),
        Err(error) => Err(error),
    }
}

/// `present`: `None` where there is no such object. Who makes a new one says so: `If-None-Match: *`.
fn expect_object(headers: &HeaderMap, kind: Kind, present: Option<u32>, dry_run: bool) -> Result<(), ApiError> {
    let what = kind.word();
    let is_new = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes().trim_ascii() == b"*");
    match (present, is_new) {
        (None, true) => return Ok(()),
        (Some(present), true) => return Err(ApiError::VersionChanged { what, present }),
        _ => {}
    }
    match (named_version(headers), present) {
        (Err(ApiError::VersionRequired), _) if dry_run => Ok(()),
        (Err(error), _) => Err(error),
        (Ok(_), None) => Err(ApiError::VersionChanged { what, present: 0 }),
        (Ok(version), Some(present)) if version == present => Ok(()),
        (Ok(_), Some(present)) => Err(ApiError::VersionChanged { what, present }),
    }
}

fn refuse_findings(findings: &[Judged], accept_warnings: bool) -> Result<(), ApiError> {
    let is_error = |judged: &&Judged| judged.finding.severity() == Severity::Error;
    let errors = findings.iter().filter(is_error).count() > 0;
    let warned = findings.iter().any(|judged| judged.is_new && judged.finding.severity() == Severity::Warning);
    if errors || (warned && !accept_warnings) {
        return Err(ApiError::Findings { errors, findings: findings.to_vec() });
    }
    Ok(())
}

/// What a change comes to, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = Prospect)]
pub struct Changed {
    version: u32,
    applied: bool,
    changes: Vec<Change>,
    /// Of the rules as they are then.
    #[schema(value_type = Vec<ToldFinding>)]
    findings: Vec<Judged>,
}

fn answer(prospect: Prospect, version: u32, applied: bool) -> Response {
    let Prospect { plan, findings } = prospect;
    tagged(version, Changed { version, applied, changes: plan.changes, findings })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_change_of_an_object_names_that_object_or_that_it_is_new() {
        let with = |name: header::HeaderName, text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(text));
            headers
        };
        let judged = |headers: &HeaderMap, present, dry_run| match expect_object(headers, Kind::Skill, present, dry_run)
        {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        let (new, third, none) = (with(header::IF_NONE_MATCH, "*"), with(header::IF_MATCH, "\"3\""), HeaderMap::new());
        for (headers, present, dry_run, said) in [
            (&new, None, false, "done"),
            (&new, Some(3), false, "the skill has changed: it has version 3 now"),
            (&third, Some(3), false, "done"),
            (&third, Some(4), false, "the skill has changed: it has version 4 now"),
            (&third, Some(4), true, "the skill has changed: it has version 4 now"),
            (&third, None, false, "the skill has changed: it has version 0 now"),
            (&none, Some(3), true, "done"),
            (&none, Some(3), false, "say in If-Match which version this changes"),
            (&none, None, false, "say in If-Match which version this changes"),
        ] {
            assert_eq!(judged(headers, present, dry_run), said, "{headers:?} {present:?} {dry_run}");
        }
    }

    #[test]
    fn a_change_must_know_what_it_changes() {
        let with = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            headers
        };
        assert!(expect_version(&HeaderMap::new(), 3, true).is_ok());
        assert!(matches!(expect_version(&HeaderMap::new(), 3, false), Err(ApiError::VersionRequired)));
        assert!(expect_version(&with("\"3\""), 3, false).is_ok() && expect_version(&with("3"), 3, false).is_ok());
        assert!(matches!(expect_version(&with("\"2\""), 3, true), Err(ApiError::VersionChanged { present: 3, .. })));
        assert!(matches!(expect_version(&with("*"), 3, false), Err(ApiError::BadRequest(_))));
    }
}
