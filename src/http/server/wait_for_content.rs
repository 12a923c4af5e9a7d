//! A debug build starts with errors in the content: it shows them until they are corrected.

use std::{future::Future, sync::Arc, time::Duration};

use axum::Router;
use tokio::net::TcpListener;

use crate::{
    config::http_limits::HttpLimits,
    content::{Diagnostic, reload::ContentStore},
    http::content_errors,
};

/// How often the content is loaded again while it has errors.
const INTERVAL: Duration = Duration::from_millis(250);

/// Loads the content with `load`. While it has errors, a debug build serves them at the listener,
/// until they are corrected or `stop` completes. The listener is returned if it was not needed.
///
/// # Errors
/// The errors, in a release build or if `stop` completed first.
pub async fn load(
    listener: TcpListener,
    limits: HttpLimits,
    load: impl Fn() -> Result<ContentStore, Vec<Diagnostic>>,
    stop: impl Future<Output = ()>,
) -> Result<(ContentStore, Option<TcpListener>), Vec<Diagnostic>> {
    let errors = match load() {
        Ok(content) => return Ok((content, Some(listener))),
        Err(errors) if !cfg!(debug_assertions) => return Err(errors),
        Err(errors) => errors,
    };
    for error in &errors {
        tracing::error!(%error, "the content has an error: the browser shows it until it is corrected");
    }
    let (shown, latest) = tokio::sync::watch::channel(Arc::<[Diagnostic]>::from(errors));
    let page = move || {
        let errors = Arc::clone(&latest.borrow());
        async move { content_errors::response(&errors) }
    };
    let mut loaded = None;
    let corrected = async {
        loop {
            tokio::time::sleep(INTERVAL).await;
            match load() {
                Ok(content) => break loaded = Some(content),
                Err(errors) => shown.send_if_modified(|shown| {
                    let is_new = **shown != *errors;
                    *shown = errors.into();
                    is_new
                }),
            };
        }
    };
    let stop = async {
        tokio::select! {
            () = corrected => {}
            () = stop => {}
        }
    };
    super::serve(listener, Router::new().fallback(page), limits, None, stop).await;
    match loaded {
        Some(content) => Ok((content, None)),
        None => Err(shown.borrow().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        path::{Path, PathBuf},
        sync::atomic::{AtomicBool, Ordering},
    };

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::{config::Config, system::clock::Clock};

    #[tokio::test]
    async fn errors_are_served_until_they_are_corrected() -> io::Result<()> {
        let is_corrected = Arc::new(AtomicBool::new(false));
        let load = {
            let is_corrected = Arc::clone(&is_corrected);
            move || {
                if !is_corrected.load(Ordering::Relaxed) {
                    let what = "no Markdown".to_owned();
                    return Err(vec![Diagnostic { file: PathBuf::from("content/policy/en/1.0.md"), line: 12, what }]);
                }
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
                ContentStore::load(folder, Clock::system().now().day())
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let Ok(config) = Config::load(None, []) else { unreachable!("the defaults are valid") };
        let served = tokio::spawn(super::load(listener, config.limits.http, load, std::future::pending()));
        let mut client = TcpStream::connect(address).await?;
        client.write_all(b"GET /policy HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut told = String::new();
        client.read_to_string(&mut told).await?;
        assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("content/policy/en/1.0.md:12"), "{told}");
        is_corrected.store(true, Ordering::Relaxed);
        assert!(served.await?.is_ok_and(|(_, listener)| listener.is_none()));
        assert!(TcpStream::connect(address).await.is_err(), "nothing listens any more");
        Ok(())
    }
}
