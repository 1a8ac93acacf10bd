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

/// Ctrl-C or SIGTERM, heard from this call on and not only from when somebody waits. Within a runtime. Where neither can
/// be heard, it never comes.
pub fn asked_to_stop() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    async move {
        #[cfg(unix)]
        if let (Ok(mut interrupt), Ok(mut terminate)) = signals {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => return,
            }
        }
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Rings a bell at each SIGHUP, which asks a server to read its files again. Within a runtime. Where there is no such signal
/// it never rings.
pub fn ring_on_hangup(bell: &Arc<Notify>) {
    #[cfg(unix)]
    if let Ok(mut hangup) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        let bell = Arc::clone(bell);
        tokio::runtime::Handle::current().spawn(async move {
            while hangup.recv().await.is_some() {
                bell.notify_one();
            }
        });
    }
    #[cfg(not(unix))]
    let _ = bell;
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
    let first = {
        let _inside = runtime.enter();
        asked_to_stop()
    };
    runtime.spawn(async move {
        first.await;
        asked.wished.store(true, Ordering::Release);
        asked.bell.notify_one();
        asked_to_stop().await;
        std::process::exit(130);
    });
    stop
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn who_is_asked_to_end_before_the_first_wait_hears_it() {
        // A runtime on which nothing has run yet.
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let stop = stop(&runtime);
        // Unheard, it would end this process.
        let own = std::process::id().to_string();
        assert!(Command::new("kill").args(["-TERM", &own]).status().expect("kill is there").success());
        runtime.block_on(stop.bell.notified());
        assert!(stop.is_wished());
    }
}
