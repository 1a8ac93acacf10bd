//! The workspaces that are open: each from its first call on, until the server stops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fieldbook_model::{Schema, WorkspaceId};
use fieldbook_server_store::{Files, Reader, Store, StoreError};
use futures_util::future::join_all;

use crate::config::Config;
use crate::lock::lock;
use crate::metrics::Metrics;
use crate::refused::Refused;
use crate::tasks;
use crate::workspace::Workspace;

/// Open workspaces by id.
pub struct Workspaces {
    files: Files,
    open: Mutex<BTreeMap<WorkspaceId, Arc<Workspace>>>,
    metrics: Arc<Metrics>,
}

impl Workspaces {
    /// None is open.
    pub fn new(files: Files, metrics: Arc<Metrics>) -> Self {
        Self { files, open: Mutex::default(), metrics }
    }

    /// A workspace that exists; whoever asks was let in before.
    pub fn enter(&self, id: WorkspaceId, config: &Config) -> Result<Arc<Workspace>, Refused> {
        let mut open = lock(&self.open);
        if let Some(workspace) = open.get(&id).filter(|workspace| !workspace.is_dead()) {
            return Ok(Arc::clone(workspace));
        }
        let files = self.files.clone();
        // Carried out by the workspace's own writer, so that a file which takes long holds up no other.
        let opener = move || -> Result<Box<dyn Store>, StoreError> { Ok(Box::new(files.open_store(id)?)) };
        let started = Workspace::start(id, Box::new(opener), config, &self.metrics);
        let workspace = Arc::new(started.map_err(|error| {
            tracing::error!(%error, "no thread for a workspace");
            Refused::unavailable()
        })?);
        open.insert(id, Arc::clone(&workspace));
        Ok(workspace)
    }

    /// Makes the file of a workspace of which nobody knows yet. An empty one is left of a try that was cut off.
    pub async fn create(&self, id: WorkspaceId, schema: Schema) -> Result<(), Refused> {
        let files = self.files.clone();
        let made = tasks::blocking(move || files.create_again(id, &schema));
        Ok(made.await.map_err(|_| Refused::internal())??)
    }

    /// Looks into a workspace without keeping it open where it was not.
    pub async fn look<T: Send + 'static>(
        &self,
        id: WorkspaceId,
        work: impl FnOnce(&mut dyn Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refused> {
        let open = lock(&self.open).get(&id).filter(|workspace| !workspace.is_dead()).cloned();
        if let Some(workspace) = open {
            return workspace.readers().read(work).await;
        }
        let files = self.files.clone();
        let looked = tasks::blocking(move || {
            let store = files.open_store(id)?;
            work(store.reader()?.as_mut())
        });
        Ok(looked.await.map_err(|_| Refused::internal())??)
    }

    /// Closes a workspace that is forgotten, and removes its files. One that has none is as it should be.
    pub async fn remove(&self, id: WorkspaceId) -> Result<(), Refused> {
        let open = lock(&self.open).remove(&id);
        if let Some(workspace) = open {
            workspace.close().await;
        }
        let files = self.files.clone();
        Ok(tasks::blocking(move || files.remove(id)).await.map_err(|_| Refused::internal())??)
    }

    /// Closes all, side by side.
    pub async fn close(&self) {
        let open = std::mem::take(&mut *lock(&self.open));
        join_all(open.values().map(|workspace| workspace.close())).await;
    }
}
