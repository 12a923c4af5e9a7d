//! A client that speaks HTTP over a TCP socket, for tests that check the bytes of a response.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{browser::TAKES_HTML, site::Site};
use crate::http::server;

/// A site that listens on a free port.
pub(in crate::http::tests) struct RunningServer {
    pub address: SocketAddr,
    /// Requests the shutdown.
    pub stop: oneshot::Sender<()>,
    /// Completes after the shutdown.
    pub ended: JoinHandle<()>,
}

/// Serves the site on a free port as `harmony serve` does, until `stop` is used.
pub(in crate::http::tests) async fn serve_until(site: &Site) -> RunningServer {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (service, bounds) = (site.service(), site.http.settings.limits);
    let (stop, told) = oneshot::channel();
    let ended = tokio::spawn(async move {
        // If a test drops the sender, the server runs until the test ends.
        let told = async {
            if told.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        server::serve(listener, service, bounds, None, told).await;
    });
    RunningServer { address, stop, ended }
}

/// Serves the site on a free port until the test ends.
pub(in crate::http::tests) async fn serve(site: &Site) -> SocketAddr {
    serve_until(site).await.address
}

/// A response: the head in lower case, and the body.
pub(in crate::http::tests) struct RawResponse {
    pub head: String,
    pub body: Vec<u8>,
}

impl RawResponse {
    pub fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub fn length(&self) -> Option<usize> {
        self.header("content-length")?.parse().ok()
    }
}

impl RawResponse {
    /// Parses one response. If the server closed the connection without one, the status is empty.
    fn read(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let body = answer.get(end + 4..).unwrap_or_default().to_vec();
        Self { head: String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase(), body }
    }
}

/// Sends bytes and reads until the server closes the connection.
pub(in crate::http::tests) async fn ask(address: SocketAddr, request: Vec<u8>) -> RawResponse {
    tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        // The server may respond and close before it has read everything.
        let _ = connection.write_all(&request);
        rest(connection)
    })
    .await
    .unwrap()
}

/// Reads until the server closes the connection.
pub(in crate::http::tests) fn rest(mut connection: TcpStream) -> RawResponse {
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    RawResponse::read(&answer)
}

pub(in crate::http::tests) fn head(first_line: &str, headers: &[&str]) -> Vec<u8> {
    let lines = headers.iter().flat_map(|line| [line, "\r\n"]).collect::<String>();
    format!("{first_line} HTTP/1.1\r\nhost: localhost:3000\r\nconnection: close\r\naccept: {TAKES_HTML}\r\n{lines}\r\n")
        .into_bytes()
}
