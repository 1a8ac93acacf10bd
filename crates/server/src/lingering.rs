//! A connection that lingers when the server ends it: it says that nothing more comes, then reads and drops what the client still sends,
//! a bounded amount for a bounded time. A connection that is closed on unread bytes is reset, and the client would lose the
//! answer that says why (RFC 9112, 9.6).

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long, and how much, is read at the end. Whoever takes its answer closes long before.
const BOUNDS: Bounds = Bounds { time_max: Duration::from_secs(2), bytes_max: 8 << 20 };
/// What is read at once.
const CHUNK_BYTES: usize = 16 << 10;

/// A stream with an end that loses no answer.
pub struct Lingering<S> {
    stream: S,
    bounds: Bounds,
    end: End,
}

/// Of what is read at the end.
#[derive(Clone, Copy)]
struct Bounds {
    time_max: Duration,
    bytes_max: usize,
}

/// How far the end of a connection has come.
enum End {
    /// It goes on.
    Open,
    /// Nothing more is written, and this many more bytes are read until then.
    Draining { left: usize, until: Pin<Box<Sleep>> },
    /// The client has closed, or has had its time.
    Over,
}

impl<S> Lingering<S> {
    /// Takes over a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, bounds: BOUNDS, end: End::Open }
    }
}

impl<S: AsyncRead + Unpin> Lingering<S> {
    /// Reads and drops until the client closes or its bounds are reached.
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let End::Draining { left, until } = &mut self.end else { return Poll::Ready(()) };
        let mut space = [MaybeUninit::<u8>::uninit(); CHUNK_BYTES];
        while *left > 0 && until.as_mut().poll(cx).is_pending() {
            let mut chunk = ReadBuf::uninit(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk));
            match chunk.filled().len() {
                // A client that broke off has what it wanted, or does not want it.
                0 => break,
                _ if read.is_err() => break,
                some => *left = left.saturating_sub(some),
            }
        }
        self.end = End::Over;
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.end, End::Open) {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            let Bounds { time_max, bytes_max } = self.bounds;
            self.end = End::Draining { left: bytes_max, until: Box::pin(sleep(time_max)) };
        }
        self.drain(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_still_comes_is_read_until_the_client_closes() {
        let (here, mut there) = duplex(64);
        let mut here = Lingering::new(here);
        here.write_all(b"too large").await.expect("the answer");
        let client = async {
            there.write_all(&[b'x'; 4096]).await.expect("it is read");
            let mut answer = String::new();
            there.read_to_string(&mut answer).await.expect("the whole answer");
            drop(there);
            answer
        };
        let (ended, answer) = tokio::join!(here.shutdown(), client);
        ended.expect("an end");
        assert_eq!(answer, "too large");
        assert!(matches!(here.end, End::Over));
    }

    #[tokio::test]
    async fn whoever_never_closes_has_a_time_and_whoever_never_ends_a_number_of_bytes() {
        let (here, _there) = duplex(64);
        let bounds = Bounds { time_max: Duration::from_millis(20), bytes_max: 1 << 20 };
        Lingering { bounds, ..Lingering::new(here) }.shutdown().await.expect("an end");

        let (here, mut there) = duplex(CHUNK_BYTES);
        let bounds = Bounds { time_max: Duration::from_secs(3600), bytes_max: 1 << 20 };
        let mut here = Lingering { bounds, ..Lingering::new(here) };
        let endless = async {
            let mut sent = 0;
            while let Ok(bytes) = there.write(&[0; CHUNK_BYTES]).await {
                sent += bytes;
            }
            sent
        };
        let ended = async move { here.shutdown().await.expect("an end") };
        let (sent, ()) = tokio::join!(endless, ended);
        assert!(((1 << 20)..=(1 << 20) + 2 * CHUNK_BYTES).contains(&sent), "{sent}");
    }
}
