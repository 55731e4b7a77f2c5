//! A letter to a customer, as a PDF: the words that somebody wrote or filled in, on the paper of the house.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::base::{CustomerId, Instant};
use crate::crm::{BODY_MAX, CustomerCard, SUBJECT_MAX};
use crate::paper::{Block, Pair, Sheet};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::error::FieldRefused;
use crate::web::payload::{Id, Payload};
use crate::web::press::PaperLanguage;
use crate::web::{ApiError, Listed, WebState};

pub(super) fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(letter))
}

/// A letter as it is to be printed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerLetter)]
struct Letter {
    /// Up to 200 characters, on one line.
    #[serde(default)]
    subject: String,
    /// 1 to 20,000 characters.
    body: String,
    /// Of its date; without it, the writer's.
    language: Option<PaperLanguage>,
}

/// Prints a letter. Nothing is sent, nothing is kept.
#[utoipa::path(
    post, path = "/customers/{id}/letters", tag = "customers", request_body = Letter, params(("id" = i64, Path)),
    responses((status = 200, description = "The PDF", body = Vec<u8>, content_type = "application/pdf"), problems::Printed)
)]
async fn letter(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
    Payload(letter): Payload<Letter>,
) -> Result<Response, ApiError> {
    let faults = faults(&letter);
    if !faults.is_empty() {
        return Err(ApiError::Fields(faults));
    }
    let card = state.store.customer(CustomerId(id)).await?;
    let language = letter.language.unwrap_or_else(|| PaperLanguage::of(&identity.language));
    let sheet = sheet(&letter, &card, language, (state.clock)(), &state.directory.now());
    tracing::info!(customer = id, by = identity.user, "a letter is printed");
    state.press.print(sheet, &format!("letter-{id}")).await
}

fn faults(letter: &Letter) -> Vec<FieldRefused> {
    let refused = |field: &str, detail: String| FieldRefused { field: field.to_owned(), code: "not_text", detail };
    let Letter { subject, body, .. } = letter;
    let mut faults = Vec::new();
    if subject.chars().count() > SUBJECT_MAX || subject.contains(['\n', '\r']) {
        faults.push(refused("subject", format!("up to {SUBJECT_MAX} characters, on one line")));
    }
    if body.trim().is_empty() || body.chars().count() > BODY_MAX {
        faults.push(refused("body", format!("1 to {BODY_MAX} characters")));
    }
    faults
}

fn sheet(letter: &Letter, card: &CustomerCard, language: PaperLanguage, now: Instant, listed: &Listed) -> Sheet {
    let center = &listed.model.center;
    let zone = jiff::tz::TimeZone::get(&center.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = now.date_in(&zone).map(|day| language.day(day)).unwrap_or_default();
    let lines = [card.organisation.clone(), Some(card.name.clone())].into_iter().flatten().collect();
    let facts = vec![Pair::new(language.say("Date", "日期"), day)];
    let mut blocks = vec![Block::To { lines, facts }];
    blocks.extend(
        Some(letter.subject.trim()).filter(|text| !text.is_empty()).map(|text| Block::Subject(text.to_owned())),
    );
    blocks.push(Block::Text(letter.body.trim().to_owned()));
    Sheet {
        language: language.as_str().to_owned(),
        house: center.company.clone(),
        name: letter.subject.trim().to_owned(),
        blocks,
        ..Sheet::default()
    }
}
