//! `GET /schemas/{file}`: the JSON Schema 2020-12 of each JSON document.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Map, Value, json};
use strum::{IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use crate::{
    domain::web::error::AppError,
    http::{
        routes::{cookies_json::CookieList, policy_json::Policy},
        state::{HttpState, page_cache::Document},
    },
};

/// A JSON document that has a schema.
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
    /// The response of the partner API.
    Consent,
}

impl Schema {
    /// The `$id` of the schema.
    pub(crate) fn id(self) -> Option<String> {
        let schema: Value = serde_json::from_str(&self.text()).ok()?;
        Some(schema.get("$id")?.as_str()?.to_owned())
    }

    /// The text of the schema. Those of records, receipts and the partner API are written by hand.
    /// The others are derived from the Rust types.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Policy => schema_of::<Policy>("policy"),
            Self::Cookies => schema_of::<CookieList>("cookies"),
            Self::Record => include_str!("../../../docs/record.schema.json").to_owned(),
            Self::Receipt => include_str!("../../../docs/receipt.schema.json").to_owned(),
            Self::Consent => include_str!("../../../docs/consent.schema.json").to_owned(),
        }
    }
}

/// The schema of a Rust type, as a document of its own.
fn schema_of<T: ToSchema>(name: &str) -> String {
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

/// The schema of a document.
///
/// The JSON Schema 2020-12 of /policy.json, /cookies.json, a record, a receipt or the partner API.
#[utoipa::path(
    get,
    path = "/schemas/{file}",
    operation_id = "readSchema",
    tag = "about",
    params(
        ("file" = String, Path, description = "policy.json, cookies.json, record.json, receipt.json or consent.json."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy."),
    ),
    responses(
        (status = 200, description = "The schema.", body = Object, content_type = "application/schema+json"),
        (status = 304, description = "The cached copy is current."),
        (status = 404, description = "There is no such schema.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn show(
    State(http): State<Arc<HttpState>>,
    file: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let named =
        file.ok().and_then(|Path(file)| Schema::VARIANTS.iter().copied().find(|schema| schema.into_str() == file));
    let schema = named.ok_or(AppError::NotFound)?;
    let effective = http.app.current_version().effective;
    let document =
        http.page_cache.document(Document::Schema(schema.into_str()), effective, || schema.text().into_bytes());
    Ok(document.await.to_public_response(&headers, "application/schema+json"))
}
