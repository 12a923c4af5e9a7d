//! Whoever comes when there is no place: told so in one breath, and sent away.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use hyper::rt::Write;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};

use crate::http::server::{canned_responses::CannedResponse, timeout_stream::TimeoutStream};

/// How many are told at a time. The line of those beyond is cut without a word: they would cost what there is none of.
pub(super) const MOST: usize = 16;

/// How long telling one may take.
const LONGEST: Duration = Duration::from_secs(2);

/// What stands at the door.
pub(super) struct ConnectionRejector {
    words: CannedResponse,
    places: Arc<Semaphore>,
}

impl ConnectionRejector {
    /// The door at which these words are said.
    pub fn new(words: CannedResponse) -> Self {
        Self { words, places: Arc::new(Semaphore::new(MOST)) }
    }

    /// Tells one that there is no place.
    pub fn turn_away(&self, stream: TcpStream) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let words = self.words.clone();
        tokio::spawn(async move {
            // Whether it arrives is the client's affair.
            let _ = timeout(LONGEST, tell(stream, words)).await;
            drop(place);
        });
    }
}

async fn tell(stream: TcpStream, all: CannedResponse) -> std::io::Result<()> {
    let words = Arc::clone(&all.overloaded);
    let mut line = TimeoutStream::new(stream, LONGEST, all);
    let mut told = 0;
    while told < words.len() {
        told += poll_fn(|context| Pin::new(&mut line).poll_write(context, &words[told..])).await?;
    }
    poll_fn(|context| Pin::new(&mut line).poll_shutdown(context)).await
}
