//! Whoever comes when there is no place: told so in one breath, and sent away.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use axum::{http::header, response::IntoResponse};
use hyper::rt::Write;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};

use super::{super::headers, line::Line};
use crate::model::refusal::Refusal;

/// How many are told at a time. The line of those beyond is cut without a word: they would cost what there is none of.
pub(super) const MOST: usize = 16;

/// How long telling one may take.
const LONGEST: Duration = Duration::from_secs(2);

/// What stands at the door.
pub(super) struct Door {
    words: Arc<[u8]>,
    places: Arc<Semaphore>,
}

impl Door {
    /// The door of a site that is reached under that origin.
    pub fn new(origin: &str) -> Self {
        Self { words: words(origin).into(), places: Arc::new(Semaphore::new(MOST)) }
    }

    /// Tells one that there is no place.
    pub fn turn_away(&self, stream: TcpStream) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let words = Arc::clone(&self.words);
        tokio::spawn(async move {
            // Whether it arrives is the client's affair.
            let _ = timeout(LONGEST, tell(stream, &words)).await;
            drop(place);
        });
    }
}

async fn tell(stream: TcpStream, words: &[u8]) -> std::io::Result<()> {
    let mut line = Line::new(stream, LONGEST);
    let mut told = 0;
    while told < words.len() {
        told += poll_fn(|context| Pin::new(&mut line).poll_write(context, &words[told..])).await?;
    }
    poll_fn(|context| Pin::new(&mut line).poll_shutdown(context)).await
}

/// The answer, with the headers that every answer has.
fn words(origin: &str) -> Vec<u8> {
    let sentence = format!("{}\n", Refusal::Overloaded);
    let mut response = Refusal::Overloaded.into_response();
    headers::add(origin, &mut response);
    let mut words = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    let own = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_LENGTH, sentence.len().to_string()),
        (header::CONNECTION, "close".to_owned()),
    ];
    let lines = response.headers().iter().filter(|(name, _)| !own.iter().any(|(own, _)| own == *name));
    let lines = lines.map(|(name, value)| (name, value.as_bytes()));
    for (name, value) in lines.chain(own.iter().map(|(name, value)| (name, value.as_bytes()))) {
        for part in [name.as_str().as_bytes(), b": ", value, b"\r\n"] {
            words.extend_from_slice(part);
        }
    }
    words.extend_from_slice(b"\r\n");
    words.extend_from_slice(sentence.as_bytes());
    words
}
