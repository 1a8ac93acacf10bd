//! Ctrl-C and the system's wish that the program ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::exit::Exit;
use crate::failure::Failure;

/// A runtime for the calls and signals of one command.
pub fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Exit::Failed, "runtime", format!("cannot start: {error}")))
}

/// Waits for Ctrl-C or SIGTERM. Where neither can be heard, it waits for ever.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        if let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The wish that the program ends.
#[derive(Debug, Default)]
pub struct Stop {
    /// Rings once.
    pub bell: Notify,
    wished: AtomicBool,
}

impl Stop {
    /// Whether the program was asked to end.
    pub fn is_wished(&self) -> bool {
        self.wished.load(Ordering::Acquire)
    }
}

/// Listens from now on. Who asks a second time does not want to wait: then the program ends at once.
pub fn stop(runtime: &Runtime) -> Arc<Stop> {
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    runtime.spawn(async move {
        asked_to_stop().await;
        asked.wished.store(true, Ordering::Release);
        asked.bell.notify_one();
        asked_to_stop().await;
        std::process::exit(130);
    });
    stop
}
