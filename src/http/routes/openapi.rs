//! `GET /openapi.json`: the description of every route for machines, as OpenAPI 3.1, made from the routes themselves.

use std::sync::Arc;

use axum::{Extension, extract::State, http::HeaderMap, response::Response};
use serde_json::Value;
use utoipa::openapi::{InfoBuilder, License, OpenApi, OpenApiBuilder, Server, tag::TagBuilder};

use super::schemas::Schema;
use crate::http::{
    public_json,
    state::{HttpState, page_cache::Document},
};

/// What the description says before the routes add themselves.
pub(crate) fn about() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Harmony")
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(License::builder().name(env!("CARGO_PKG_LICENSE")).identifier(Some(env!("CARGO_PKG_LICENSE"))).build()))
        .description(Some(
            "What programs may ask this site: the policy and its editions, the cookies that it may set, receipts of decisions, \
             and how the server is. Documents that are the same for everybody can be read from any origin, bear an ETag and \
             set no cookie. Whatever is refused is a sentence of plain text with a status of 4xx, and below /api/v1/ a problem in JSON (RFC 9457).",
        ))
        .build();
    let tag = |name: &str, says: &str| TagBuilder::new().name(name).description(Some(says)).build();
    let tags = [
        tag("policy", "The policy and the cookies, the same for everybody."),
        tag("person", "What is about the person who asks, for whom their browser's cookies speak."),
        tag("services", "What pages and servers of the services under the policy ask."),
        tag("operation", "What whatever watches over the server asks."),
        tag("about", "What describes the rest."),
    ];
    // Its addresses are those of the site that tells it, and none takes a name or a token: a browser's cookies speak for a person.
    let servers = [Server::new("/")];
    OpenApiBuilder::new().info(info).servers(Some(servers)).security(Some([])).tags(Some(tags)).build()
}

/// The schemas that were published for themselves, by the names that the routes use.
const PUBLISHED: [(&str, Schema); 3] =
    [("Record", Schema::Record), ("Receipt", Schema::Receipt), ("Consent", Schema::Consent)];

/// The description as it is served. Records, receipts and what services are told come with the schemas that were published for them.
pub(crate) fn text(description: &OpenApi) -> Vec<u8> {
    let mut document = serde_json::to_value(description).unwrap_or_default();
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        for (name, schema) in PUBLISHED {
            schemas.extend(components(name, serde_json::from_str(&schema.text()).unwrap_or_default()));
        }
    }
    serde_json::to_vec(&document).unwrap_or_default()
}

/// A published schema and its parts as components of the description: most programs know no other references, no schemas with names
/// of their own within the document, and none that are `false`.
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
            let is_told = own.get("prefixItems").and_then(Value::as_array).map(Vec::len);
            if let Some(most) = is_told.filter(|_| own.get("items") == Some(&Value::Bool(false))) {
                own.remove("items");
                own.insert("maxItems".to_owned(), most.into());
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
                for never in properties.values_mut().filter(|property| **property == Value::Bool(false)) {
                    *never = serde_json::json!({ "not": {} });
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
/// Every route for machines, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "readDescription",
    tag = "about",
    params(("If-None-Match" = Option<String>, Header, description = "The tag of what is known already.")),
    responses(
        (status = 200, description = "The description.", body = Object, headers(("ETag", description = "Its tag."))),
        (status = 304, description = "It is what is known already."),
    ),
)]
pub(crate) async fn show(
    State(http): State<Arc<HttpState>>,
    Extension(description): Extension<Arc<OpenApi>>,
    headers: HeaderMap,
) -> Response {
    let version = http.app.current_version().version;
    let kept = http.page_cache.document(Document::OpenApi, version, || text(&description));
    public_json::answer(&*kept.await, &headers, "application/json")
}
