//! The line to one client: what hyper reads from and writes to.
//!
//! A client that takes nothing of its answer is cut off. What hyper answers by itself is said in the site's own words. And a line is not closed in the face of one that is still sending: TCP
//! would take back what was answered, so the last answer is sent, and for a moment whatever still comes is let drop.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::prompt;
use crate::http::server::canned_responses::CannedResponse;

/// How long whoever was answered may go on sending.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How much of that is read, in bytes.
const MOST_WORDS: usize = 4 << 20;

/// One line.
pub(super) struct TimeoutStream {
    stream: TokioIo<TcpStream>,
    /// How long nothing may be taken of what is written.
    patience: Duration,
    /// Runs while nothing is.
    stuck: Option<Pin<Box<Sleep>>>,
    words: CannedResponse,
    /// What goes out instead of what was last handed over, and how much of it did.
    instead: Option<(Vec<u8>, usize)>,
    /// What is left of the end, once it has begun.
    ending: Option<Ending>,
}

/// The end of a line: all is written, and what still comes is dropped.
struct Ending {
    over: Pin<Box<Sleep>>,
    left: usize,
}

impl TimeoutStream {
    /// The line over this stream.
    pub fn new(stream: TcpStream, patience: Duration, words: CannedResponse) -> Self {
        Self { stream: TokioIo::new(prompt(stream)), patience, stuck: None, words, instead: None, ending: None }
    }

    /// Whether something else goes out instead of these bytes. Which method they answer is not known here: nobody could read it.
    fn is_replaced(&mut self, bytes: &[u8]) -> bool {
        if self.instead.is_none() {
            self.instead = self.words.instead_of(bytes).map(|words| (words, 0));
        }
        self.instead.is_some()
    }

    /// Writes what goes out instead, to the end.
    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((words, written)) = self.instead.take() {
            let tried = Write::poll_write(Pin::new(&mut self.stream), context, &words[written..]);
            let tried = self.watch(context, tried);
            let written = written + if let Poll::Ready(Ok(more)) = tried { more } else { 0 };
            if written < words.len() {
                self.instead = Some((words, written));
            }
            if ready!(tried)? == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What was tried to be written, or that nothing was for too long.
    fn watch<T>(&mut self, context: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.stuck = None;
            return tried;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Read for TimeoutStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl Write for TimeoutStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_replaced(bytes) {
            return self.poll_instead(context).map_ok(|()| bytes.len());
        }
        let tried = Write::poll_write(Pin::new(&mut self.stream), context, bytes);
        self.watch(context, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // hyper has nothing to say behind an answer of its own.
        if let [only] = pieces
            && self.is_replaced(only)
        {
            return self.poll_instead(context).map_ok(|()| only.len());
        }
        let tried = Write::poll_write_vectored(Pin::new(&mut self.stream), context, pieces);
        self.watch(context, tried)
    }

    fn is_write_vectored(&self) -> bool {
        Write::is_write_vectored(&self.stream)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Write::poll_flush(Pin::new(&mut self.stream), context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = &mut *self;
        let stream = line.stream.inner_mut();
        if line.ending.is_none() {
            ready!(AsyncWrite::poll_shutdown(Pin::new(&mut *stream), context))?;
        }
        let begin = || Ending { over: Box::pin(sleep(LAST_WORDS)), left: MOST_WORDS };
        let ending = line.ending.get_or_insert_with(begin);
        let mut scrap = [0; 4_096];
        loop {
            let mut words = ReadBuf::new(&mut scrap);
            match AsyncRead::poll_read(Pin::new(&mut *stream), context, &mut words) {
                Poll::Ready(Ok(())) if !words.filled().is_empty() && ending.left > words.filled().len() => {
                    ending.left -= words.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(ending.over.as_mut().poll(context));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}
