//! `POST /verify`: says of a text whether it is a receipt of this site. It changes nothing.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{State, rejection::FormRejection},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;

use super::visitor::Visitor;
use crate::{
    model::refusal::Refusal,
    pages::{self, Judged},
    server::State as Site,
};

/// What the form holds.
#[derive(Deserialize)]
pub(super) struct Given {
    receipt: String,
}

/// Answers with the page of the form, and the verdict on it. It stands in no address, so nobody can forge it with a link.
pub(super) async fn judge(
    State(site): State<Arc<Site>>,
    Extension(visitor): Extension<Visitor>,
    given: Result<Form<Given>, FormRejection>,
) -> Response {
    let Ok(Form(Given { receipt: text })) = given else { return Refusal::Form.into_response() };
    match site.ledger.verify(&site.store, text.clone()).await {
        Ok((verdict, record)) => Html(pages::judged(&site, visitor, Judged { text, verdict, record })).into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}
