//! `GET /schemas/policy.json` and its like: the form of what machines read, as JSON Schema 2020-12.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use strum::{IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use crate::{
    domain::web::error::AppError,
    http::{
        public_json,
        routes::{cookies_json::CookieList, policy_json::Policy},
        state::{HttpState, page_cache::Document},
    },
};

/// Something that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str, suffix = ".json", serialize_all = "lowercase")]
pub(crate) enum Schema {
    /// `/policy.json` and each edition.
    Policy,
    /// `/cookies.json`.
    Cookies,
    /// A record of the ledger.
    Record,
    /// A receipt.
    Receipt,
    /// What a service under the policy is told.
    Consent,
}

impl Schema {
    /// What it calls itself.
    pub(crate) fn id(self) -> Option<String> {
        let schema: Value = serde_json::from_str(&self.text()).ok()?;
        Some(schema.get("$id")?.as_str()?.to_owned())
    }

    /// The schema itself. That of a record, a receipt and what a service is told is written by hand; the others are made from
    /// the types that are served.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Policy => of::<Policy>("policy"),
            Self::Cookies => of::<CookieList>("cookies"),
            Self::Record => include_str!("../../../docs/record.schema.json").to_owned(),
            Self::Receipt => include_str!("../../../docs/receipt.schema.json").to_owned(),
            Self::Consent => include_str!("../../../docs/consent.schema.json").to_owned(),
        }
    }
}

/// The schema of a type that is served, as a document of its own.
fn of<T: ToSchema>(name: &str) -> String {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let parts = parts.into_iter().map(|(name, part)| (name, serde_json::to_value(part).unwrap_or_default()));
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("$id".to_owned(), json!(format!("urn:harmony:schema:{name}:1")));
    schema.insert("title".to_owned(), json!(T::name()));
    if let Ok(Value::Object(own)) = serde_json::to_value(T::schema()) {
        schema.extend(own);
    }
    schema.insert("$defs".to_owned(), Value::Object(parts.collect()));
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    format!("{text}\n").replace("\"#/components/schemas/", "\"#/$defs/")
}

/// The form of a document.
///
/// What /policy.json, /cookies.json, a record or a receipt consists of, as JSON Schema 2020-12.
#[utoipa::path(
    get,
    path = "/schemas/{file}",
    operation_id = "readSchema",
    tag = "about",
    params(
        ("file" = String, Path, description = "policy.json, cookies.json, record.json, receipt.json or consent.json."),
        ("If-None-Match" = Option<String>, Header, description = "The tag of what is known already."),
    ),
    responses(
        (status = 200, description = "The schema.", body = Object, content_type = "application/schema+json"),
        (status = 304, description = "It is what is known already."),
        (status = 404, description = "There is no such schema.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn show(
    State(http): State<Arc<HttpState>>,
    file: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let named =
        file.ok().and_then(|Path(file)| Schema::VARIANTS.iter().copied().find(|schema| schema.into_str() == file));
    let Some(schema) = named else { return AppError::NotFound.into_response() };
    let version = http.app.current_version().version;
    let kept = http.page_cache.document(Document::Schema(schema.into_str()), version, || schema.text().into_bytes());
    public_json::answer(&*kept.await, &headers, "application/schema+json")
}
