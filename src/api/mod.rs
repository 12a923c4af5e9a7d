//! Server functions that the forms post to: one file per noun, one function per verb.
//!
//! Each works as the target of a plain form: a browser without JavaScript posts to it and gets a
//! `303`. A function reads the request context, calls one use case in `app`, and chooses the next
//! page.

pub mod account;
pub mod appearance;
pub mod consent;
pub mod cookies;
pub mod identity;
pub mod language;
pub mod passkey;
pub mod session;
pub mod subscription;

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::domain::{account::form_error::FormError, web::error::AppError};

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::Form
            }
            ServerFnErrorErr::Request(_) => Self::Malformed,
            _ => Self::Inner,
        }
    }
}

impl FromServerFnError for FormError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        AppError::from_server_fn_error(error).into()
    }
}
