//! Notices commits of a home, by this process or another, so that live queries and the loop wake at once.
//!
//! Whoever has committed writes a byte to the file `bell`. The database's own files tell too early: a commit
//! can be read only some time after its last write to the log, and nothing is written to a file then.

use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;

use crate::error::DeviceError;

/// The file that is written to after each commit. What is in it means nothing.
const BELL: &str = "bell";

/// Counts what may have been commits. Who listens looks for itself what is new.
#[derive(Debug)]
pub struct Bell {
    rings: watch::Sender<u64>,
    /// Rings for other processes.
    file: Option<File>,
    /// Rings when another process writes to the bell. Dropped, it stops.
    _others: Option<RecommendedWatcher>,
}

impl Bell {
    /// A bell for a home; it rings for other processes too where the file system can tell. Only the bell's
    /// own file is watched: the log's would wake everybody for each page of each commit.
    pub fn new(home: &Path) -> Result<Arc<Self>, DeviceError> {
        let path = home.join(BELL);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        if let Err(error) = &file {
            tracing::warn!(%error, "changes by this process are seen late by others");
        }
        let (rings, _) = watch::channel(0);
        let others = rings.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| matches!(event.kind, EventKind::Modify(_))) {
                others.send_modify(|count| *count += 1);
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(&path, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        if let Err(error) = &watcher {
            tracing::warn!(%error, "changes by other processes are seen only when this one wakes");
        }
        Ok(Arc::new(Self { rings, file: file.ok(), _others: watcher.ok() }))
    }

    /// This process has committed. That nobody hears it is no reason to fail.
    pub fn ring(&self) {
        self.rings.send_modify(|count| *count += 1);
        if let Some(mut file) = self.file.as_ref() {
            let _ = file.rewind().and_then(|()| file.write_all(b"\n"));
        }
    }

    /// Listens from now on.
    pub fn listen(self: &Arc<Self>) -> Changes {
        Changes { rings: self.rings.subscribe(), _bell: Arc::clone(self) }
    }
}

/// Rings for other processes, where this one listens to nothing. That nobody hears it is no reason to fail.
pub fn ring(home: &Path) {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(home.join(BELL));
    let _ = file.and_then(|mut file| file.write_all(b"\n"));
}

/// Tells when something may have been committed.
#[derive(Debug)]
pub struct Changes {
    rings: watch::Receiver<u64>,
    _bell: Arc<Bell>,
}

impl Changes {
    /// Waits until something may have been committed since the last call.
    pub async fn next(&mut self) {
        // The sender lives as long as this receiver does.
        let _ = self.rings.changed().await;
    }
}
