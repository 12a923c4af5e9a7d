//! `GET /policy.json` and `GET /editions/{version}`: the policy as JSON.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    content::Content,
    domain::{
        i18n::locale::Locale,
        policy::{
            document::{Edition, Section, Shortcode},
            plain_text,
            plain_text::PlainPart,
            version::Version,
        },
        web::{error::AppError, page::Page},
    },
    http::{
        routes::cookies_json::PurposeDeclared,
        state::{HttpState, page_cache::Document},
    },
};

/// One edition of the policy.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The version of this format. It rises when a field comes, goes or changes its meaning.
    #[schema(minimum = 1, maximum = 1)]
    format: u8,
    /// The edition.
    edition: EditionNamed,
    /// The language of the text (BCP 47).
    #[schema(value_type = String, pattern = "^[a-z0-9-]{2,12}$")]
    language: Locale,
    /// The title.
    title: String,
    /// The changes since the previous edition, one sentence each.
    summary: Vec<String>,
    /// The text before the first section, or an empty string.
    introduction: String,
    /// The sections, in order.
    sections: Vec<SectionRead>,
    /// Every purpose, as this edition describes it.
    purposes: Vec<PurposeDeclared>,
    /// Every edition, the oldest first.
    editions: Vec<EditionNamed>,
}

/// An edition and its URLs.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditionNamed {
    /// The version of the edition.
    #[schema(pattern = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$")]
    version: String,
    /// The day from which the edition applies, in UTC.
    #[schema(format = Date, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    effective: String,
    /// Its status today.
    standing: VersionStatus,
    /// The SHA-256 of the source text.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// The path of the HTML page.
    #[schema(pattern = "^/policy/")]
    page: String,
    /// The path of the JSON document.
    #[schema(pattern = "^/editions/")]
    data: String,
}

/// The status of an edition today.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VersionStatus {
    /// A newer edition applies.
    Past,
    /// This edition applies.
    InForce,
    /// The effective date is in the future.
    Coming,
}

/// A section of the text.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionRead {
    /// The anchor, unique in the edition and on the page.
    #[schema(pattern = "^[a-z][a-z0-9-]*$")]
    id: String,
    /// The level of the heading.
    #[schema(minimum = 2, maximum = 2)]
    level: u8,
    /// The heading.
    heading: String,
    /// The text without markup: an empty line between paragraphs, and ` | ` between cells.
    text: String,
    /// The widgets that the page renders inside the text, such as the table of cookies.
    inserts: Vec<&'static str>,
    /// The subsections, in order. One of level 4 belongs to the one of level 3 before it.
    subsections: Vec<SubsectionRead>,
}

/// A part of a section, under a heading of its own.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubsectionRead {
    /// The level of the heading.
    #[schema(minimum = 3, maximum = 4)]
    level: u8,
    /// The heading.
    heading: String,
    /// The text without markup: an empty line between paragraphs, and ` | ` between cells.
    text: String,
    /// The widgets that the page renders inside the text.
    inserts: Vec<&'static str>,
}

impl Policy {
    fn new(edition: &Edition, effective: Option<Version>, content: &Content) -> Self {
        Self {
            format: 1,
            edition: EditionNamed::new(edition, effective),
            language: content.publisher.language,
            title: edition.title.clone(),
            summary: edition.summary.clone(),
            introduction: plain_text::text(&edition.introduction),
            sections: edition.sections.iter().map(SectionRead::from).collect(),
            purposes: PurposeDeclared::all(content.inventory(edition.version)),
            editions: content.editions.iter().map(|other| EditionNamed::new(other, effective)).collect(),
        }
    }
}

impl EditionNamed {
    /// Describes an edition, given the version of the effective one.
    pub(crate) fn new(edition: &Edition, effective: Option<Version>) -> Self {
        let version = edition.version;
        Self {
            version: version.to_string(),
            effective: edition.effective.to_string(),
            standing: match Some(version).cmp(&effective) {
                std::cmp::Ordering::Less => VersionStatus::Past,
                std::cmp::Ordering::Equal => VersionStatus::InForce,
                std::cmp::Ordering::Greater => VersionStatus::Coming,
            },
            sha256: edition.sha256.clone(),
            page: Page::Edition(version).to_string(),
            data: format!("/editions/{version}"),
        }
    }
}

impl From<&Section> for SectionRead {
    fn from(section: &Section) -> Self {
        let (own, below) = plain_text::parts(section);
        let names = |part: &PlainPart| part.inserts.iter().map(Shortcode::into_str).collect();
        let subsections = below.into_iter().map(|part| SubsectionRead {
            level: part.level,
            inserts: names(&part),
            heading: part.heading,
            text: part.text,
        });
        Self {
            id: section.id.clone(),
            level: own.level,
            inserts: names(&own),
            heading: own.heading,
            text: own.text,
            subsections: subsections.collect(),
        }
    }
}

/// The current policy.
///
/// The current edition of the policy, with its text by sections and the list of all editions.
#[utoipa::path(
    get,
    path = "/policy.json",
    operation_id = "readPolicy",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (status = 200, description = "The edition.", body = Policy, headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn in_force(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let version = http.app.current_version().version;
    respond(&http, version, &headers).await
}

/// One edition of the policy.
///
/// A past, current or future edition, in the format of /policy.json. Its text never changes after its
/// effective date, but its status and the list of editions may.
#[utoipa::path(
    get,
    path = "/editions/{version}",
    operation_id = "readEdition",
    tag = "policy",
    params(
        ("version" = String, Path, description = "The version of the edition, such as 1.0."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy."),
    ),
    responses(
        (status = 200, description = "The edition.", body = Policy, headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
        (status = 404, description = "There is no such edition.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn one(
    State(http): State<Arc<HttpState>>,
    version: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let version = version.ok().and_then(|Path(version)| version.parse().ok()).ok_or(AppError::NotFound)?;
    respond(&http, version, &headers).await
}

async fn respond(http: &HttpState, version: Version, headers: &HeaderMap) -> Result<Response, AppError> {
    let in_force = http.app.current_version();
    let edition = in_force.content.edition(version).ok_or(AppError::NotFound)?;
    let document = http.page_cache.document(Document::Edition(version), in_force.effective, || {
        serde_json::to_vec(&Policy::new(edition, in_force.effective, &in_force.content)).unwrap_or_default()
    });
    Ok(document.await.to_public_response(headers, "application/json"))
}
