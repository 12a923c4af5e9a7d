//! `GET /cookies.json`: the inventory for machines.

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        cookies::{declaration::Declaration, inventory::Inventory, purpose::Purpose},
        policy::document::Edition,
        web::error::AppError,
    },
    http::{
        public_json,
        routes::policy_json::EditionNamed,
        state::{HttpState, page_cache::Document},
    },
};

/// Every cookie that this site may set, with its purpose, as of the edition of the policy that is in force.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CookieList {
    /// The form of this document, raised when a field comes, goes or means something else.
    #[schema(minimum = 1, maximum = 1)]
    format: u8,
    /// The edition that is in force.
    edition: EditionNamed,
    /// Why there are cookies.
    purposes: Vec<PurposeDeclared>,
    /// The cookies, in the order of the publisher's list.
    cookies: Vec<CookieDeclared>,
}

/// Why a cookie exists.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurposeDeclared {
    /// Its name.
    #[schema(pattern = "^[a-z]+$")]
    name: &'static str,
    /// Whether the site cannot work without it: it is always on then, and not asked about.
    essential: bool,
    /// What is asked; null for an essential purpose.
    #[schema(required)]
    question: Option<String>,
    /// What it means on this site.
    description: String,
}

/// One cookie as it is declared, and as it leaves the server.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CookieDeclared {
    /// Its name.
    name: String,
    /// The name of its purpose.
    #[schema(pattern = "^[a-z]+$")]
    purpose: &'static str,
    /// Whether its purpose is essential.
    essential: bool,
    /// How long a browser keeps it, in seconds; null for a session cookie.
    #[schema(required)]
    max_age: Option<u64>,
    /// Whether it is out of reach of scripts.
    http_only: bool,
    /// Whether it is sent over https only.
    secure: bool,
    /// Which cross-site requests carry it: Strict, Lax or None.
    #[schema(pattern = "^(Strict|Lax|None)$")]
    same_site: &'static str,
    /// The part of the site that receives it.
    path: String,
    /// Who sets it.
    set_by: String,
    /// What it is for.
    description: String,
    /// The edition of the policy that first declared it like this.
    #[schema(pattern = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$")]
    since: String,
}

impl From<&Declaration> for CookieDeclared {
    fn from(declaration: &Declaration) -> Self {
        Self {
            name: declaration.name.clone(),
            purpose: declaration.purpose.into_str(),
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
    fn new(edition: &Edition, inventory: &Inventory) -> Self {
        let cookies = inventory.declarations().iter().map(CookieDeclared::from).collect();
        let edition = EditionNamed::new(edition, edition.version);
        Self { format: 1, edition, purposes: PurposeDeclared::all(inventory), cookies }
    }
}

impl PurposeDeclared {
    /// Every purpose, as it is described in an inventory.
    pub(crate) fn all(inventory: &Inventory) -> Vec<Self> {
        let read = |purpose: Purpose| {
            let text = inventory.purpose_text(purpose);
            Self {
                name: purpose.into_str(),
                essential: purpose.is_essential(),
                question: (!purpose.is_essential()).then(|| text.question.clone()),
                description: text.description.clone(),
            }
        };
        Purpose::ALL.into_iter().map(read).collect()
    }
}

/// The cookies of this site.
///
/// Every cookie that this site may set as of the edition in force. What is not in this list cannot leave the server.
#[utoipa::path(
    get,
    path = "/cookies.json",
    operation_id = "readCookies",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The tag of what is known already.")),
    responses(
        (status = 200, description = "The list.", body = CookieList, headers(("ETag", description = "Its tag."))),
        (status = 304, description = "It is what is known already."),
    ),
)]
pub(crate) async fn show(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let in_force = http.app.current_version();
    let Some(edition) = in_force.edition() else { return AppError::NotFound.into_response() };
    let inventory = in_force.inventory();
    let kept = http.page_cache.document(Document::Cookies, in_force.version, || {
        serde_json::to_vec(&CookieList::new(edition, &inventory)).unwrap_or_default()
    });
    public_json::answer(&*kept.await, &headers, "application/json")
}
