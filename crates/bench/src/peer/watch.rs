//! Who looks at a live query, and when each record was there for the first time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use fieldbook_device::Device;
use fieldbook_device::store::{Cell, Table};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::peer::machine::now_us;

type Times = Arc<Mutex<BTreeMap<String, i64>>>;

/// A live query on a thread of its own, until this is dropped.
pub struct Watch {
    times: Times,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to look at a device's products. What is there already is noted before this returns.
    ///
    /// # Panics
    /// When the query does not work.
    pub fn start(runtime: Handle, device: &Device) -> Self {
        let mut reader = device.reader().expect("a reader");
        let mut changes = device.changes();
        let mut live = reader.live("SELECT id FROM product").expect("a live query");
        let (times, stop) = (Times::default(), Arc::new(Notify::new()));
        note(&times, reader.refresh(&mut live).expect("a result"));
        let (noted, stopped) = (Arc::clone(&times), Arc::clone(&stop));
        // The name shows in a profile.
        let thread = std::thread::Builder::new().name("watch".into()).spawn(move || {
            let mut goes_on = true;
            while goes_on {
                goes_on = runtime.block_on(async {
                    tokio::select! {
                        () = changes.next() => true,
                        () = stopped.notified() => false,
                    }
                });
                note(&noted, reader.refresh(&mut live).expect("a result"));
            }
        });
        Self { times, stop, thread: Some(thread.expect("a thread")) }
    }

    /// When a record was seen first.
    pub fn seen(&self, id: &str) -> Option<i64> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn note(times: &Times, table: Option<Table>) {
    let now = now_us();
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    for row in table.into_iter().flat_map(|table| table.rows) {
        if let [Cell::Text(id)] = &row[..] {
            times.entry(id.clone()).or_insert(now);
        }
    }
}
