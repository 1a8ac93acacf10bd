//! Knows whether the body of a request was read to its end. Behind one that was not no other request can be read, so that its answer says
//! that the connection ends: a client that is not told sends its next request in vain.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Frame, SizeHint};

/// A body that is watched.
pub struct Watched<B> {
    body: B,
    whole: Arc<AtomicBool>,
}

/// Whether a body was read to its end.
pub struct Whole(Arc<AtomicBool>);

impl Whole {
    /// Whether it was by now.
    pub fn is_read(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Watches a body.
pub fn watched<B: Body>(body: B) -> (Watched<B>, Whole) {
    let whole = Arc::new(AtomicBool::new(body.is_end_stream()));
    (Watched { body, whole: Arc::clone(&whole) }, Whole(whole))
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.whole.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
