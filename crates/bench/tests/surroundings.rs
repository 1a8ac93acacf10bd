//! What whoever embeds a device tells it while it syncs: a real device on a real server, in one process.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use fieldbook_bench::shop::{Product, op};
use fieldbook_bench::stage::Stage;
use fieldbook_device::sync::Conditions;
use fieldbook_device::sync::status::{Activity, Connection, Facts};
use fieldbook_device::{Device, Until};
use tokio::sync::Notify;

/// A sync loop on a thread, and all facts that it reports.
struct Loop {
    stop: Arc<Notify>,
    facts: Receiver<Facts>,
    thread: std::thread::JoinHandle<()>,
}

impl Loop {
    fn start(stage: &Stage, device: &Arc<Device>) -> Self {
        let (tell, facts) = channel();
        let (device, runtime, stop) = (Arc::clone(device), stage.handle(), Arc::new(Notify::new()));
        let stop_there = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let report = |facts: &Facts| tell.send(facts.clone()).unwrap_or(());
            device.sync(&runtime, Until::Stopped, &stop_there, report).expect("a sync");
        });
        Self { stop, facts, thread }
    }

    /// Waits for facts of a kind.
    #[track_caller]
    fn until(&self, what: &str, is: impl Fn(&Facts) -> bool) -> Facts {
        let mut last = None;
        loop {
            match self.facts.recv_timeout(Duration::from_secs(15)) {
                Ok(facts) if is(&facts) => return facts,
                Ok(facts) => last = Some(facts),
                Err(_) => panic!("never {what}: {last:?}"),
            }
        }
    }

    fn end(self) {
        self.stop.notify_one();
        self.thread.join().expect("an end");
    }
}

fn calm(facts: &Facts) -> bool {
    facts.connection == Connection::Connected && facts.activity == Activity::Nothing
}

fn act(device: &Device, n: u64) {
    device.act(op(vec![Product::nth(n).insert()])).expect("an act");
}

#[test]
fn what_waits_in_a_bundle_goes_when_somebody_asks_or_the_device_is_charged() {
    let stage = Stage::new();
    let device = stage.device("till");
    let low = Conditions { low_battery: true, ..Conditions::default() };
    device.surround(low);
    let syncing = Loop::start(&stage, &device);
    syncing.until("level", calm);
    act(&device, 1);
    syncing.until("sent at once", |facts| calm(facts) && facts.conditions == low);
    for n in [2, 4] {
        act(&device, n);
        let held = |facts: &Facts| matches!(facts.activity, Activity::Waiting { until: Some(_), .. });
        assert_eq!(syncing.until("held", held).says(), "bundling, the battery is low");
        match n {
            2 => device.sync_now(),
            _ => device.surround(Conditions::default()),
        }
        syncing.until("sent", calm);
    }
    syncing.end();
}

#[test]
fn a_network_that_is_gone_and_comes_back_is_told() {
    let stage = Stage::new();
    let device = stage.device("till");
    let syncing = Loop::start(&stage, &device);
    syncing.until("level", calm);
    device.surround(Conditions { no_network: true, ..Conditions::default() });
    let told = syncing.until("without a network", |facts| facts.connection == Connection::NoNetwork);
    assert_eq!(told.says(), "no network");
    act(&device, 1);
    syncing.until("waiting", |facts| facts.activity == Activity::Waiting { pending: 1, until: None });
    device.surround(Conditions::default());
    syncing.until("sent", |facts| calm(facts) && facts.pending == 0);
    syncing.end();
}
