//! Everything that runs beside a request begins here, so that one can see what there is: a task for each
//! connection, a task that reads a pull's next page ahead, one that reads an export's next piece, one that looks for changes of members, one that forgets what was kept for long enough, one that asks each
//! workspace now and then to forget, a thread for each workspace's writer.

use std::io;

use tokio::task::{JoinHandle, spawn_blocking};

/// Runs a task beside the others.
#[expect(clippy::disallowed_methods, reason = "the shell's one place that starts tasks")]
pub fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}

/// Runs what blocks (SQL, Argon2) where it holds nobody up.
pub fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn_blocking(work)
}

/// Starts a thread of a name.
pub fn thread(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name).spawn(work).map(drop)
}
