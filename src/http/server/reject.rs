//! Rejects connections over the limit with a 503.

use std::{future::poll_fn, io, pin::Pin, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use hyper::rt::Write;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};

use crate::{
    domain::web::error::AppError,
    http::{middleware::security_headers, server::timeout_stream::TimeoutStream},
};

/// How many connections get the 503 at the same time. The server closes further ones without a
/// response, because each response needs a file descriptor.
pub(super) const MAX_REJECTIONS: usize = 16;

/// How long one rejection may take.
const REJECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends the 503 to connections over the limit.
pub(super) struct ConnectionRejector {
    response: Arc<[u8]>,
    permits: Arc<Semaphore>,
}

impl ConnectionRejector {
    /// A rejector whose response has this `Strict-Transport-Security`.
    pub fn new(hsts: Option<&HeaderValue>) -> Self {
        Self { response: overloaded_response(hsts), permits: Arc::new(Semaphore::new(MAX_REJECTIONS)) }
    }

    /// Sends the 503 in the background and closes the connection.
    pub fn reject(&self, stream: TcpStream) {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { return };
        let response = Arc::clone(&self.response);
        tokio::spawn(async move {
            // The server does not need to know whether the client receives it.
            let _ = timeout(REJECTION_TIMEOUT, send(stream, &response)).await;
            drop(permit);
        });
    }
}

async fn send(stream: TcpStream, response: &[u8]) -> io::Result<()> {
    let mut stream = TimeoutStream::new(stream, REJECTION_TIMEOUT);
    let mut written = 0;
    while written < response.len() {
        written += poll_fn(|context| Pin::new(&mut stream).poll_write(context, &response[written..])).await?;
    }
    poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await
}

/// The bytes of the 503, with the headers that every response has.
fn overloaded_response(hsts: Option<&HeaderValue>) -> Arc<[u8]> {
    let body = format!("{}\n", AppError::Overloaded);
    let mut response = AppError::Overloaded.into_response();
    security_headers::add(hsts.cloned(), response.headers_mut());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes.into()
}
