//! A server whose routes answer fixed bytes: what axum alone costs, beside which `.ci/bench`
//! measures Harmony.
//!
//! `bare_route 127.0.0.1:4000 FOLDER` answers `/0`, `/1` and so on: the body is `FOLDER/0`, and each
//! line of `FOLDER/0.headers` a header.

use std::{env, error::Error, fs, path::Path};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue},
    routing::get,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("it needs an address and a folder".into());
    };
    let mut routes = Router::new();
    for number in 0.. {
        let path = Path::new(&folder).join(number.to_string());
        if !path.exists() {
            break;
        }
        let body = Bytes::from(fs::read(&path)?);
        let mut headers = HeaderMap::new();
        for line in fs::read_to_string(path.with_extension("headers"))?.lines() {
            let (name, value) = line.split_once(": ").ok_or("a header has a name and a value")?;
            headers.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
        routes = routes.route(&format!("/{number}"), get(async move || (headers.clone(), body.clone())));
    }
    Ok(axum::serve(tokio::net::TcpListener::bind(address).await?, routes).await?)
}
