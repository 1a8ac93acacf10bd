//! A workspace's connections for reading: a few, lent for one read at a time, beside the writer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldbook_server_store::{Reader, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::lock::lock;
use crate::refused::Refused;
use crate::tasks;
use crate::writer::Ask;

/// Readers that are idle, and how many more may be lent.
pub struct Readers {
    idle: Mutex<Vec<Box<dyn Reader>>>,
    free: Arc<Semaphore>,
    /// Places for reads that go on for as long as a client takes; the others are for everybody else.
    long: Arc<Semaphore>,
    asks: mpsc::Sender<Ask>,
}

impl Readers {
    /// At most `max`, each opened by the writer when it is first needed.
    pub fn new(max: usize, asks: mpsc::Sender<Ask>) -> Self {
        let (free, long) = (Arc::new(Semaphore::new(max)), Arc::new(Semaphore::new(max / 2)));
        Self { idle: Mutex::default(), free, long, asks }
    }

    /// A place for a read that goes on for as long as a client takes, if one is left.
    pub fn long(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.long).try_acquire_owned().ok()
    }

    /// The same, once one is left within a time.
    pub async fn long_within(&self, time: Duration) -> Option<OwnedSemaphorePermit> {
        timeout(time, Arc::clone(&self.long).acquire_owned()).await.ok()?.ok()
    }

    /// Reads. The reader goes back by itself, also when the caller went away meanwhile; one that panicked or
    /// says that it is unusable is dropped, and the next read opens another.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut dyn Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refused> {
        let place = Arc::clone(&self.free).acquire_owned().await.map_err(|_| Refused::unavailable())?;
        let idle = lock(&self.idle).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => self.open().await?,
        };
        let readers = Arc::clone(self);
        let done = tasks::blocking(move || {
            let outcome = work(reader.as_mut());
            if !matches!(outcome, Err(StoreError::Unusable(_))) {
                readers.give_back(reader, place);
            }
            outcome
        });
        Ok(done.await.map_err(|_| Refused::internal())??)
    }

    /// Closes them, so that the writer's connection is the last.
    pub fn close(&self) {
        self.free.close();
        lock(&self.idle).clear();
    }

    async fn open(&self) -> Result<Box<dyn Reader>, Refused> {
        let (answer, opened) = oneshot::channel();
        self.asks.send(Ask::Reader(answer)).await.map_err(|_| Refused::unavailable())?;
        Ok(opened.await.map_err(|_| Refused::unavailable())??)
    }

    fn give_back(&self, reader: Box<dyn Reader>, place: OwnedSemaphorePermit) {
        if !self.free.is_closed() {
            lock(&self.idle).push(reader);
        }
        drop(place);
    }
}
