//! `GET /cookies.json`: the inventory as JSON.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::CurrentVersion,
    content::Content,
    domain::{
        cookies::{
            declaration::Declaration,
            inventory::{Inventory, PurposeText},
            service_entry::{Retention, ServiceEntry, StatedAttributes},
        },
        policy::document::Edition,
        web::error::AppError,
    },
    http::{
        routes::policy_json::EditionNamed,
        state::{HttpState, page_cache::Document},
    },
};

/// Every cookie that this site may set under the current edition of the policy, and what partner
/// services declare beside them.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CookieList {
    /// The version of this format. It rises when a field comes, goes or changes its meaning.
    #[schema(minimum = 2, maximum = 2)]
    format: u8,
    /// The current edition.
    edition: EditionNamed,
    /// Every purpose of a cookie.
    purposes: Vec<PurposeDeclared>,
    /// The cookies, in the order of the publisher's list.
    cookies: Vec<CookieDeclared>,
    /// What partner services keep in browsers, by service. This site sets none of it.
    services: Vec<ServiceDeclared>,
}

/// What a partner service declares.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceDeclared {
    /// The id of the service.
    #[schema(pattern = "^[a-z0-9-]{1,40}$")]
    id: String,
    /// The name of the service.
    name: String,
    /// What it keeps, in the order of the publisher's list.
    entries: Vec<EntryDeclared>,
}

/// A cookie or storage of a service. A null attribute is not stated.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryDeclared {
    /// Where the browser keeps it.
    #[schema(pattern = "^(cookie|local storage|session storage|indexeddb)$")]
    kind: &'static str,
    /// The name, or a pattern in which one `*` stands for one or more characters.
    name: String,
    /// The name of the purpose.
    #[schema(pattern = "^[a-z][a-z0-9_-]*$")]
    purpose: String,
    /// Whether the purpose is essential.
    essential: bool,
    /// How long the browser keeps it: for the session, for `max_age`, or until somebody deletes it.
    #[schema(pattern = "^(session|period|until_deleted)$")]
    kept: &'static str,
    /// The period in seconds; null for none.
    #[schema(required)]
    max_age: Option<u64>,
    /// `HttpOnly`.
    #[schema(required)]
    http_only: Option<bool>,
    /// `Secure`.
    #[schema(required)]
    secure: Option<bool>,
    /// `SameSite`.
    #[schema(required, pattern = "^(Strict|Lax|None)$")]
    same_site: Option<&'static str>,
    /// `Path`.
    #[schema(required)]
    path: Option<String>,
    /// Whether it belongs to the origin of the service's page, or to another one.
    #[schema(required, pattern = "^(first|third)$")]
    party: Option<&'static str>,
    /// Who sets it.
    set_by: String,
    /// What it is for.
    description: String,
    /// The first edition of the policy that declares it like this.
    #[schema(pattern = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$")]
    since: String,
}

impl EntryDeclared {
    fn new(entry: &ServiceEntry, service: &str) -> Self {
        let (kept, max_age) = match entry.storage.retention() {
            Retention::Session => ("session", None),
            Retention::Seconds(seconds) => ("period", Some(seconds)),
            Retention::UntilDeleted => ("until_deleted", None),
        };
        let StatedAttributes { http_only, secure, same_site, path } = entry.storage.attributes();
        Self {
            kind: entry.storage.kind().into_str(),
            name: entry.name.as_str().to_owned(),
            purpose: entry.purpose.as_str().to_owned(),
            essential: entry.purpose.is_essential(),
            kept,
            max_age,
            http_only,
            secure,
            same_site: same_site.map(|same_site| same_site.into_str()),
            path,
            party: entry.party.map(|party| party.into_str()),
            set_by: entry.set_by.as_deref().unwrap_or(service).to_owned(),
            description: entry.description.clone(),
            since: entry.since.to_string(),
        }
    }
}

impl ServiceDeclared {
    /// `entries` are all of one service.
    fn new(content: &Content, entries: &[ServiceEntry]) -> Option<Self> {
        let id = entries.first()?.service.clone();
        let name = content.service_name(&id).to_owned();
        let entries = entries.iter().map(|entry| EntryDeclared::new(entry, &name)).collect();
        Some(Self { id, name, entries })
    }
}

/// Why a cookie exists.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurposeDeclared {
    /// The name of the purpose.
    #[schema(pattern = "^[a-z][a-z0-9_-]*$")]
    name: String,
    /// Whether the site cannot work without the purpose. If so, the purpose is always on.
    essential: bool,
    /// The question of the consent prompt; null for an essential purpose.
    #[schema(required)]
    question: Option<String>,
    /// What the purpose means on this site.
    description: String,
}

/// A cookie as the inventory declares it and as the server sends it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CookieDeclared {
    /// The name of the cookie.
    name: String,
    /// The name of the purpose.
    #[schema(pattern = "^[a-z][a-z0-9_-]*$")]
    purpose: String,
    /// Whether the purpose is essential.
    essential: bool,
    /// `Max-Age` in seconds; null for a session cookie.
    #[schema(required)]
    max_age: Option<u64>,
    /// `HttpOnly`: whether scripts cannot read the cookie.
    http_only: bool,
    /// `Secure`: whether browsers send the cookie over https only.
    secure: bool,
    /// `SameSite`: which cross-site requests include the cookie.
    #[schema(pattern = "^(Strict|Lax|None)$")]
    same_site: &'static str,
    /// `Path`: the part of the site that receives the cookie.
    path: String,
    /// Who sets the cookie.
    set_by: String,
    /// What the cookie is for.
    description: String,
    /// The first edition of the policy that declares the cookie like this.
    #[schema(pattern = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$")]
    since: String,
}

impl From<&Declaration> for CookieDeclared {
    fn from(declaration: &Declaration) -> Self {
        Self {
            name: declaration.name.clone(),
            purpose: declaration.purpose.as_str().to_owned(),
            essential: declaration.purpose.is_essential(),
            max_age: declaration.lifetime.max_age(),
            http_only: declaration.attributes.http_only,
            secure: declaration.attributes.secure,
            same_site: declaration.attributes.same_site.into_str(),
            path: declaration.attributes.path.clone(),
            set_by: declaration.set_by.clone(),
            description: declaration.description.clone(),
            since: declaration.since.to_string(),
        }
    }
}

impl CookieList {
    fn new(in_force: &CurrentVersion, edition: &Edition) -> Self {
        let (content, inventory) = (&in_force.content, in_force.inventory());
        let cookies = inventory.declarations().iter().map(CookieDeclared::from).collect();
        let edition = EditionNamed::new(edition, in_force.effective);
        let services = inventory.services().by_service().filter_map(|entries| ServiceDeclared::new(content, entries));
        Self { format: 2, edition, purposes: PurposeDeclared::all(&inventory), cookies, services: services.collect() }
    }
}

impl PurposeDeclared {
    /// Every purpose, as the inventory describes it.
    pub(crate) fn all(inventory: &Inventory) -> Vec<Self> {
        let describe = |text: &PurposeText| Self {
            name: text.purpose.as_str().to_owned(),
            essential: text.purpose.is_essential(),
            question: (!text.purpose.is_essential()).then(|| text.question.clone()),
            description: text.description.clone(),
        };
        inventory.purposes().iter().map(describe).collect()
    }
}

/// The cookies of this site.
///
/// Every cookie that this site may set under the current edition of the policy. The server sends no
/// other cookie. What partner services keep in browsers stands apart, by service.
#[utoipa::path(
    get,
    path = "/cookies.json",
    operation_id = "readCookies",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (status = 200, description = "The list.", body = CookieList, headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn show(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let in_force = http.app.current_version();
    let edition = in_force.edition().ok_or(AppError::NotFound)?;
    let document = http.page_cache.document(Document::Cookies, in_force.effective, || {
        serde_json::to_vec(&CookieList::new(&in_force, edition)).unwrap_or_default()
    });
    Ok(document.await.to_public_response(&headers, "application/json"))
}
