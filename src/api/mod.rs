//! What may be asked: server functions, one file per noun, one function per verb.
//!
//! Each is a plain form's target first: a browser without JavaScript posts to it and is sent on with a 303. A body finds
//! the visitor's jar, calls one thing in `server`, and says where to look next.

pub mod account;
pub mod appearance;
pub mod consent;
pub mod cookies;
pub mod language;
pub mod session;

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
