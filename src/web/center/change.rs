//! One change of the center, from what is wanted to the running center.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::acd::lint::{Judged, Severity, ToldFinding, lint_change};
use crate::door::Identity;
use crate::setup::{CenterIds, CenterModel, Change, Plan, check, rules_of};
use crate::web::tagged::{named_version, tagged};
use crate::web::{ApiError, WebState};

/// How a change is meant.
#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct Meant {
    /// Only tell what would change and what the linter says.
    dry_run: bool,
    /// New warnings of the linter are known and wanted.
    accept_warnings: bool,
}

/// What a change would come to.
struct Prospect {
    plan: Plan,
    findings: Vec<Judged>,
}

/// Makes the center what `make` makes of the present one, or only tells what would come of it.
pub async fn change(
    state: &Arc<WebState>,
    identity: &Identity,
    meant: &Meant,
    headers: &HeaderMap,
    make: impl FnOnce(&CenterModel) -> Result<CenterModel, ApiError>,
) -> Result<Response, ApiError> {
    // One after the other: what is judged is what is stored, and taken over in that order.
    let _turn = state.changes.lock().await;
    let (present, ids) = state.store.center().await?;
    expect_version(headers, ids.version, meant.dry_run)?;
    let wanted = make(&present)?;
    let prospect = look_ahead(state, &present, &ids, wanted).await?;
    if meant.dry_run || prospect.plan.is_empty() {
        return Ok(answer(prospect, ids.version, false));
    }
    refuse_findings(&prospect.findings, meant.accept_warnings)?;
    let ids = state.store.apply(&prospect.plan, &identity.user, (state.clock)()).await?;
    tracing::info!(version = ids.version, user = %identity.user, "the center was changed");
    state.keeper.take_over().await.map_err(|why| {
        ApiError::Internal(format!("version {} is stored, but the running center did not take it: {why}", ids.version))
    })?;
    Ok(answer(prospect, ids.version, true))
}

async fn look_ahead(
    state: &WebState,
    present: &CenterModel,
    ids: &CenterIds,
    wanted: CenterModel,
) -> Result<Prospect, ApiError> {
    let mistakes: Vec<String> = check(&wanted).iter().map(ToString::to_string).collect();
    if !mistakes.is_empty() {
        return Err(ApiError::Mistakes { mistakes });
    }
    state.keeper.judge(&wanted).await.map_err(|mistakes| ApiError::Mistakes { mistakes })?;
    let (before, after) = (rules_of(present, ids), rules_of(&wanted, ids));
    let (had, has) = (state.keeper.doors(present), state.keeper.doors(&wanted));
    let findings = lint_change((&before, had.as_ref()), (&after, has.as_ref()));
    Ok(Prospect { plan: state.store.plan(wanted).await?, findings })
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
    use axum::http::{HeaderValue, header};

    use super::*;

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
