//! What all calls share.

use std::sync::Arc;

use fieldbook_server_store::{Data, DataError};
use tokio::sync::watch;

use crate::accounts::Sessions;
use crate::blobs::Shelf;
use crate::config::Config;
use crate::diagnostics::Intake;
use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::places::Places;
use crate::refusals::Refusals;
use crate::workspaces::Workspaces;

/// A server's memory.
pub struct App {
    /// As it was started.
    pub(crate) config: Config,
    /// Who is signed in.
    pub(crate) sessions: Arc<Sessions>,
    /// What is open.
    pub(crate) workspaces: Workspaces,
    /// How often one may try a password.
    pub(crate) gate: Gate,
    /// Where diagnostics go that devices send.
    pub(crate) diagnostics: Intake,
    /// The workspaces' blobs.
    pub(crate) blobs: Shelf,
    /// The calls that are under way.
    pub(crate) places: Arc<Places>,
    /// Which refusals were noted a short while ago.
    pub(crate) refusals: Refusals,
    /// What is counted for whoever runs the server.
    pub(crate) metrics: Arc<Metrics>,
    /// Rings when somebody's role has changed.
    pub(crate) people: watch::Sender<()>,
    /// Held by whoever carries into the logs what is wanted of members: one at a time.
    pub(crate) carrying: tokio::sync::Mutex<()>,
    /// Held by whoever makes a workspace: one at a time, so that nobody makes more than one person may.
    pub(crate) making: tokio::sync::Mutex<()>,
    stop: watch::Sender<bool>,
}

impl App {
    /// For a data folder that this process alone serves: the caller holds [`Data::serve`]'s lock.
    pub fn open(config: Config, data: &Data) -> Result<Arc<Self>, DataError> {
        let sessions = Arc::new(Sessions::open(data, config.sessions)?);
        let gate = Gate::new(config.sign_in);
        let ((stop, _), (people, _)) = (watch::channel(false), watch::channel(()));
        let metrics = Arc::new(Metrics::new());
        let workspaces = Workspaces::new(data.files(), Arc::clone(&metrics));
        let places = Arc::new(Places::new(config.calls));
        let diagnostics = Intake::of(data);
        Ok(Arc::new(Self {
            config,
            sessions,
            workspaces,
            gate,
            diagnostics,
            blobs: Shelf::of(data),
            places,
            refusals: Refusals::new(),
            metrics,
            people,
            carrying: tokio::sync::Mutex::default(),
            making: tokio::sync::Mutex::default(),
            stop,
        }))
    }

    /// Tells everything that waits to come to its end.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the stop.
    pub(crate) async fn stopping(&self) {
        // The sender lives as long as `self`, so that the only end of this is the stop.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}

/// What opens the data folder of a test: a key beside it.
#[cfg(test)]
pub(crate) fn unlock() -> fieldbook_server_store::Unlock {
    use fieldbook_crypto::Fresh;
    use fieldbook_server_store::{Outer, Unlock};
    Unlock { outer: Outer::Beside, fresh: || Fresh::new([7; 32]) }
}
