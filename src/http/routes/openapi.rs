//! `GET /openapi.json`: the OpenAPI 3.1 description of the HTTP API, built from the handlers.

use std::sync::Arc;

use axum::{Extension, extract::State, http::HeaderMap, response::Response};
use serde_json::Value;
use utoipa::openapi::{InfoBuilder, License, OpenApi, OpenApiBuilder, Server, tag::TagBuilder};

use super::schemas::Schema;
use crate::http::state::{HttpState, page_cache::Document};

/// The description without its paths, which `router` adds from the handlers.
pub(crate) fn about() -> OpenApi {
    let info = InfoBuilder::new()
        .title("The HTTP API of a cookie policy")
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(License::builder().name(env!("CARGO_PKG_LICENSE")).identifier(Some(env!("CARGO_PKG_LICENSE"))).build()))
        .description(Some(
            "The HTTP API of this site: the policy and its editions, the cookies that it may set, receipts of decisions, \
             and the state of the server. Documents that are the same for every client can be read from any origin, \
             have an ETag and set no cookie. An error is a 4xx or 5xx status with a sentence of plain text. \
             Below /api/v1/, an error is a problem in JSON (RFC 9457).",
        ))
        .build();
    let tag = |name: &str, text: &str| TagBuilder::new().name(name).description(Some(text)).build();
    let tags = [
        tag("policy", "The policy and the cookies, the same for every client."),
        tag("person", "Data about one person, whom the cookies of the browser identify."),
        tag("services", "The API for the pages and servers of partner services."),
        tag("operation", "The API for monitoring and security contacts."),
        tag("about", "Descriptions of this API."),
    ];
    // The paths are relative to the site that serves the description. No operation takes
    // credentials beyond the browser's cookies.
    let servers = [Server::new("/")];
    OpenApiBuilder::new().info(info).servers(Some(servers)).security(Some([])).tags(Some(tags)).build()
}

/// The schemas that `docs/` publishes, by the names that the handlers use.
const PUBLISHED: [(&str, Schema); 3] =
    [("Record", Schema::Record), ("Receipt", Schema::Receipt), ("Consent", Schema::Consent)];

/// The JSON of the description, with the published schemas of records, receipts and the partner
/// API.
pub(crate) fn text(description: &OpenApi) -> Vec<u8> {
    let mut document = serde_json::to_value(description).unwrap_or_default();
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        for (name, schema) in PUBLISHED {
            schemas.extend(components(name, serde_json::from_str(&schema.text()).unwrap_or_default()));
        }
    }
    serde_json::to_vec(&document).unwrap_or_default()
}

/// Converts a published schema and its `$defs` to components.
///
/// Most OpenAPI tools support only references to components, and neither an `$id` inside the
/// document nor `false` as a schema.
fn components(name: &str, mut schema: Value) -> Vec<(String, Value)> {
    let mut parts = Vec::new();
    if let Some(whole) = schema.as_object_mut() {
        whole.remove("$id");
        whole.remove("$schema");
        if let Some(Value::Object(own)) = whole.remove("$defs") {
            parts.extend(own.into_iter().map(|(part, schema)| (format!("{name}_{part}"), schema)));
        }
    }
    parts.push((name.to_owned(), schema));
    for (_, schema) in &mut parts {
        as_component(name, schema);
    }
    parts
}

fn as_component(name: &str, schema: &mut Value) {
    match schema {
        Value::Object(own) => {
            let tuple_length = own.get("prefixItems").and_then(Value::as_array).map(Vec::len);
            if let Some(max_items) = tuple_length.filter(|_| own.get("items") == Some(&Value::Bool(false))) {
                own.remove("items");
                own.insert("maxItems".to_owned(), max_items.into());
            }
            if let Some(Value::String(to)) = own.get_mut("$ref") {
                if let Some(part) = to.strip_prefix("#/$defs/") {
                    *to = format!("#/components/schemas/{name}_{part}");
                } else if let Some((name, _)) =
                    PUBLISHED.into_iter().find(|(_, schema)| schema.id().as_deref() == Some(to.as_str()))
                {
                    *to = format!("#/components/schemas/{name}");
                }
            }
            if let Some(Value::Object(properties)) = own.get_mut("properties") {
                for forbidden in properties.values_mut().filter(|property| **property == Value::Bool(false)) {
                    *forbidden = serde_json::json!({ "not": {} });
                }
            }
            for inner in own.values_mut() {
                as_component(name, inner);
            }
        }
        Value::Array(all) => {
            for inner in all {
                as_component(name, inner);
            }
        }
        _ => {}
    }
}

/// This description.
///
/// Every operation of the HTTP API, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "readDescription",
    tag = "about",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (status = 200, description = "The description.", body = Object, headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn show(
    State(http): State<Arc<HttpState>>,
    Extension(description): Extension<Arc<OpenApi>>,
    headers: HeaderMap,
) -> Response {
    let effective = http.app.current_version().effective;
    let document = http.page_cache.document(Document::OpenApi, effective, || text(&description));
    document.await.to_public_response(&headers, "application/json")
}
