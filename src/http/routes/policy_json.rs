//! `GET /policy.json` and `GET /editions/1.0`: the policy for machines.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
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
        public_json,
        routes::cookies_json::PurposeDeclared,
        state::{HttpState, page_cache::Document},
    },
};

/// One edition of the policy.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The form of this document, raised when a field comes, goes or means something else.
    #[schema(minimum = 1, maximum = 1)]
    format: u8,
    /// Which edition it is.
    edition: EditionNamed,
    /// The language of the text (BCP 47).
    #[schema(pattern = "^[a-z]{2}$")]
    language: &'static str,
    /// The title.
    title: String,
    /// What changed against the edition before it, one sentence each.
    summary: Vec<String>,
    /// The text before the first section; empty if there is none.
    introduction: String,
    /// The sections, in order.
    sections: Vec<SectionRead>,
    /// Every purpose, as this edition describes it.
    purposes: Vec<PurposeDeclared>,
    /// Every edition that there is, the oldest first.
    editions: Vec<EditionNamed>,
}

/// An edition, and where it is.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditionNamed {
    /// Its version.
    #[schema(pattern = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$")]
    version: String,
    /// The day from which it is in force, in UTC.
    #[schema(format = Date, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    effective: String,
    /// How it stands to today.
    standing: VersionStatus,
    /// The SHA-256 of its source text.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// The path of its page, for people.
    #[schema(pattern = "^/policy/")]
    page: String,
    /// The path of this document on it, for machines.
    #[schema(pattern = "^/editions/")]
    data: String,
}

/// How an edition stands to today.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VersionStatus {
    /// A newer one is in force.
    Past,
    /// It is in force.
    InForce,
    /// Its day is to come.
    Coming,
}

/// A section of the text.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionRead {
    /// Its anchor, unique in the edition and on its page.
    #[schema(pattern = "^[a-z][a-z0-9-]*$")]
    id: String,
    /// The level of its heading.
    #[schema(minimum = 2, maximum = 2)]
    level: u8,
    /// Its heading.
    heading: String,
    /// Its text without marks, an empty line between paragraphs.
    text: String,
    /// What the page sets into the text because the server knows it, such as the table of /cookies.json.
    inserts: Vec<&'static str>,
    /// What stands under the headings below its own.
    subsections: Vec<SubsectionRead>,
}

/// What stands under a heading within a section.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubsectionRead {
    /// The level of its heading.
    #[schema(minimum = 3, maximum = 3)]
    level: u8,
    /// Its heading.
    heading: String,
    /// Its text without marks, an empty line between paragraphs.
    text: String,
    /// What the page sets into the text because the server knows it.
    inserts: Vec<&'static str>,
}

impl Policy {
    fn new(edition: &Edition, in_force: Version, content: &Content) -> Self {
        Self {
            format: 1,
            edition: EditionNamed::new(edition, in_force),
            language: Locale::default().tag(),
            title: edition.title.clone(),
            summary: edition.summary.clone(),
            introduction: plain_text::text(&edition.introduction),
            sections: edition.sections.iter().map(SectionRead::from).collect(),
            purposes: PurposeDeclared::all(content.inventory(edition.version)),
            editions: content.editions.iter().map(|other| EditionNamed::new(other, in_force)).collect(),
        }
    }
}

impl EditionNamed {
    /// That edition, while another or itself is in force.
    pub(crate) fn new(edition: &Edition, in_force: Version) -> Self {
        let version = edition.version;
        Self {
            version: version.to_string(),
            effective: edition.effective.to_string(),
            standing: match version.cmp(&in_force) {
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
            level: 3,
            inserts: names(&part),
            heading: part.heading,
            text: part.text,
        });
        Self {
            id: section.id.clone(),
            level: 2,
            inserts: names(&own),
            heading: own.heading,
            text: own.text,
            subsections: subsections.collect(),
        }
    }
}

/// The policy in force.
///
/// The edition of the policy that is in force now, with its text by sections and the list of all editions.
#[utoipa::path(
    get,
    path = "/policy.json",
    operation_id = "readPolicy",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The tag of what is known already.")),
    responses(
        (status = 200, description = "The edition.", body = Policy, headers(("ETag", description = "Its tag."))),
        (status = 304, description = "It is what is known already."),
    ),
)]
pub(crate) async fn in_force(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let version = http.app.current_version().version;
    answer(&http, version, &headers).await
}

/// One edition of the policy.
///
/// The same of any edition, be it past, in force or coming. Its text never changes once its day has come; how it stands to
/// today, and the list of editions, may.
#[utoipa::path(
    get,
    path = "/editions/{version}",
    operation_id = "readEdition",
    tag = "policy",
    params(
        ("version" = String, Path, description = "The version of the edition, such as 1.0."),
        ("If-None-Match" = Option<String>, Header, description = "The tag of what is known already."),
    ),
    responses(
        (status = 200, description = "The edition.", body = Policy, headers(("ETag", description = "Its tag."))),
        (status = 304, description = "It is what is known already."),
        (status = 404, description = "There is no such edition.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn one(
    State(http): State<Arc<HttpState>>,
    version: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let version = version.ok().and_then(|Path(version)| version.parse().ok());
    let Some(version) = version else { return AppError::NotFound.into_response() };
    answer(&http, version, &headers).await
}

async fn answer(http: &HttpState, version: Version, headers: &HeaderMap) -> Response {
    let in_force = http.app.current_version();
    let Some(edition) = in_force.content.edition(version) else { return AppError::NotFound.into_response() };
    let kept = http.page_cache.document(Document::Edition(version), in_force.version, || {
        serde_json::to_vec(&Policy::new(edition, in_force.version, &in_force.content)).unwrap_or_default()
    });
    public_json::answer(&*kept.await, headers, "application/json")
}
