//! `GET /metrics`, on an address of its own: what was counted, and what stands in the stores at this moment. Who is stuck,
//! since when, and why.
//!
//! A workspace is named by its id. After a number of them the others are told in sum, so that a server of any size has a
//! bounded answer.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fieldbook_model::{WallTime, WorkspaceId};
use fieldbook_server_store::{DeviceRow, Stuck, Why};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::Mutex;

use crate::around::around;
use crate::clock;
use crate::origin;
use crate::refused::Refused;
use crate::state::App;

const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Workspaces that are told one by one.
const WORKSPACES_MAX: usize = 200;
/// What the workspaces behind those are called together.
const OTHERS: &str = "others";
const HOUR: Duration = Duration::from_secs(3_600);
/// How long ago a device was last seen: within a time, and what that is called.
const SILENCES: [(Duration, &str); 4] = [
    (HOUR, "hour"),
    (Duration::from_secs(86_400), "day"),
    (Duration::from_secs(7 * 86_400), "week"),
    (Duration::from_secs(30 * 86_400), "month"),
];
const LONGER: &str = "longer";

/// The one path. One call at a time looks, so that whoever asks often does not take the readers of others.
pub fn app(state: &Arc<App>, address: SocketAddr) -> Router {
    let alone = Arc::new(Mutex::new(()));
    let state = (Arc::clone(state), alone);
    Router::new()
        .route("/metrics", get(metrics))
        .fallback(async || Refused::not_found())
        .layer(from_fn_with_state(address.ip(), origin::no_page))
        .layer(from_fn(around))
        .with_state(state)
}

async fn metrics(State((app, alone)): State<(Arc<App>, Arc<Mutex<()>>)>) -> Result<Response, Refused> {
    let _alone = alone.lock().await;
    let now = look(&app).await?;
    let mut text = String::new();
    let written = encode_registry(&mut text, app.metrics.registry())
        .and_then(|()| encode_registry(&mut text, &now))
        .and_then(|()| encode_eof(&mut text));
    written.map_err(|_| Refused::internal())?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, HeaderValue::from_static(KIND))], text).into_response())
}

type Seconds = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    workspace: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Held {
    workspace: String,
    why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Silent {
    workspace: String,
    seen_within: &'static str,
}

/// What is told of workspaces.
#[derive(Default)]
struct Now {
    readable: Family<Of, Gauge>,
    held: Family<Held, Gauge>,
    held_devices: Family<Held, Gauge>,
    held_oldest: Family<Held, Seconds>,
    conflicts: Family<Of, Gauge>,
    backup: Family<Of, Seconds>,
    devices: Family<Silent, Gauge>,
    devices_waiting: Family<Silent, Gauge>,
    ops_waiting: Family<Silent, Gauge>,
}

/// Looks into every store.
async fn look(app: &Arc<App>) -> Result<Registry, Refused> {
    let (now, at) = (Now::default(), clock::now());
    let names = names(app.sessions.workspaces()?.into_iter().map(|row| row.id).collect());
    for (id, name) in &names {
        let looked = app.workspaces.look(*id, |reader| Ok((reader.stuck()?, reader.backup_at()?))).await;
        now.read(name, looked.is_ok());
        if let Ok((stuck, backup)) = looked {
            now.stuck(name, &stuck, at);
            backup.inspect(|backup| raise(&now.backup.get_or_create(&of(name)), age(*backup, at)));
        }
    }
    for device in app.sessions.devices()? {
        if let Some(name) = names.get(&device.workspace) {
            now.device(name, &device, at);
        }
    }
    Ok(now.registry())
}

/// What each workspace is called: its id, and those that came last together.
fn names(mut ids: Vec<WorkspaceId>) -> BTreeMap<WorkspaceId, String> {
    ids.sort();
    let name = |(at, id): (usize, WorkspaceId)| {
        let name = if at < WORKSPACES_MAX { id.to_string() } else { OTHERS.to_owned() };
        (id, name)
    };
    ids.into_iter().enumerate().map(name).collect()
}

fn of(name: &str) -> Of {
    Of { workspace: name.to_owned() }
}

fn age(since: WallTime, now: WallTime) -> f64 {
    Duration::from_millis(u64::try_from(now.0.saturating_sub(since.0)).unwrap_or(0)).as_secs_f64()
}

/// Of several the oldest counts.
fn raise(gauge: &Seconds, to: f64) {
    gauge.set(gauge.get().max(to));
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Now {
    /// One that cannot be read is told, also among others.
    fn read(&self, name: &str, readable: bool) {
        match self.readable.get(&of(name)).map(|gauge| gauge.get()) {
            Some(before) => drop(self.readable.get_or_create(&of(name)).set(before.min(readable.into()))),
            None => drop(self.readable.get_or_create(&of(name)).set(readable.into())),
        }
    }

    fn stuck(&self, name: &str, stuck: &[Stuck], now: WallTime) {
        for (why, word) in [(Why::Conflict, "conflict"), (Why::LostBase, "lost-base")] {
            let held = Held { workspace: name.to_owned(), why: word };
            let of_why = || stuck.iter().filter(|stuck| stuck.why == why);
            self.held.get_or_create(&held).inc_by(count(of_why().map(|stuck| stuck.ops).sum()));
            self.held_devices.get_or_create(&held).inc_by(count(of_why().count() as u64));
            let oldest = of_why().map(|stuck| age(stuck.since, now)).fold(0.0, f64::max);
            raise(&self.held_oldest.get_or_create(&held), oldest);
        }
        let open = stuck.iter().filter(|stuck| stuck.why == Why::Conflict).map(|stuck| stuck.conflicts);
        self.conflicts.get_or_create(&of(name)).inc_by(count(open.sum()));
    }

    fn device(&self, name: &str, device: &DeviceRow, now: WallTime) {
        let silence = age(device.last_seen, now);
        let within = SILENCES.iter().find(|(within, _)| silence < within.as_secs_f64());
        let seen_within = within.map_or(LONGER, |(_, word)| word);
        let label = Silent { workspace: name.to_owned(), seen_within };
        self.devices.get_or_create(&label).inc();
        let waiting = device.waiting.unwrap_or(0);
        self.devices_waiting.get_or_create(&label).inc_by((waiting > 0).into());
        self.ops_waiting.get_or_create(&label).inc_by(count(waiting));
    }

    fn registry(self) -> Registry {
        let mut all = Registry::with_prefix("fieldbook_workspace");
        all.register("readable", "Whether the workspace's database can be read", self.readable);
        all.register(
            "held_ops",
            "Ops that wait for a person or for a record that the server lost",
            self.held,
        );
        all.register("held_devices", "Devices that have such ops", self.held_devices);
        let oldest = "Age of the oldest of them, 0 where there is none";
        all.register_with_unit("held_oldest", oldest, Unit::Seconds, self.held_oldest);
        all.register("open_conflicts", "Conflicts that nobody has decided", self.conflicts);
        let backup = "Age of the last backup that is known to be safe; absent where there is none";
        all.register_with_unit("backup_age", backup, Unit::Seconds, self.backup);
        all.register("devices", "Devices, by when they were last seen", self.devices);
        let waiting = "Devices that had something to send when they were last seen";
        all.register("devices_waiting", waiting, self.devices_waiting);
        let waiting = "Ops that devices had to send, as they last said";
        all.register("ops_waiting", waiting, self.ops_waiting);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_beyond_a_number_are_told_together() {
        let ids = (0..300).map(|n| WorkspaceId::v7(n, [1; 10])).collect();
        let named = names(ids);
        assert_eq!(named.values().filter(|name| *name == OTHERS).count(), 100);
        let words: std::collections::BTreeSet<_> = named.values().collect();
        assert_eq!(words.len(), WORKSPACES_MAX + 1);
    }

    #[test]
    fn of_workspaces_that_are_told_together_the_worst_counts() {
        let now = Now::default();
        now.read(OTHERS, true);
        now.read(OTHERS, false);
        now.read(OTHERS, true);
        assert_eq!(now.readable.get_or_create(&of(OTHERS)).get(), 0);
        let stuck = |since| Stuck {
            why: Why::Conflict,
            device: fieldbook_model::DeviceId::v7(1, [1; 10]),
            name: "ann".to_owned(),
            ops: 3,
            conflicts: 1,
            since: WallTime(since),
        };
        now.stuck(OTHERS, &[stuck(9_000)], WallTime(10_000));
        now.stuck(OTHERS, &[stuck(4_000)], WallTime(10_000));
        now.stuck(OTHERS, &[], WallTime(10_000));
        let held = Held { workspace: OTHERS.to_owned(), why: "conflict" };
        assert_eq!(now.held.get_or_create(&held).get(), 6);
        assert_eq!(now.held_oldest.get_or_create(&held).get(), 6.0);
    }
}
