//! A TCP stream with a write timeout, which lingers when it is closed.
//!
//! - The stream fails if the client reads nothing of a response for too long.
//! - If a server closes while the client is still sending, TCP resets the connection, and the
//!   client may lose the response. So the stream goes on reading for a moment and discards what it
//!   reads.

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

use super::without_delay;

/// How long the stream goes on reading after the last response.
const LINGER: Duration = Duration::from_secs(1);

/// How much the stream reads in that time.
const MAX_LINGER_BYTES: usize = 4 << 20;

/// A TCP stream with a write timeout.
pub(super) struct TimeoutStream {
    stream: TokioIo<TcpStream>,
    write_timeout: Duration,
    /// Runs while the client accepts no bytes.
    stalled: Option<Pin<Box<Sleep>>>,
    lingering: Option<Lingering>,
}

/// The state of a stream that has sent everything and discards what it still reads.
struct Lingering {
    timer: Pin<Box<Sleep>>,
    bytes_left: usize,
}

impl TimeoutStream {
    pub fn new(stream: TcpStream, write_timeout: Duration) -> Self {
        Self { stream: TokioIo::new(without_delay(stream)), write_timeout, stalled: None, lingering: None }
    }

    /// The result of a write, or a timeout if the client has accepted no bytes for too long.
    fn check_timeout<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.stalled = None;
            return result;
        }
        let write_timeout = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(write_timeout)));
        ready!(stalled.as_mut().poll(context));
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
        let result = Write::poll_write(Pin::new(&mut self.stream), context, bytes);
        self.check_timeout(context, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Write::poll_write_vectored(Pin::new(&mut self.stream), context, slices);
        self.check_timeout(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        Write::is_write_vectored(&self.stream)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Write::poll_flush(Pin::new(&mut self.stream), context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let stream = this.stream.inner_mut();
        if this.lingering.is_none() {
            ready!(AsyncWrite::poll_shutdown(Pin::new(&mut *stream), context))?;
        }
        let begin = || Lingering { timer: Box::pin(sleep(LINGER)), bytes_left: MAX_LINGER_BYTES };
        let lingering = this.lingering.get_or_insert_with(begin);
        let mut discarded = [0; 4_096];
        loop {
            let mut buffer = ReadBuf::new(&mut discarded);
            match AsyncRead::poll_read(Pin::new(&mut *stream), context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() && lingering.bytes_left > buffer.filled().len() => {
                    lingering.bytes_left -= buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(lingering.timer.as_mut().poll(context));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}
