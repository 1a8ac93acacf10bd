//! What is counted while the server runs, for Prometheus. What a workspace's store knows is not counted here but looked up
//! when somebody asks (`metrics_now`).
//!
//! A label has one of a few values that this program knows: a path's pattern, a status, a code. Never a name, an id of a
//! record, or anything that a caller made up.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use fieldbook_model::json;
use fieldbook_protocol::{PushReply, Verdict};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::refused::Refused;
use crate::state::App;

/// What became of an op.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    outcome: &'static str,
    /// The code of a refusal, else nothing.
    reason: String,
}

/// A call's path pattern and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    path: String,
    status: u16,
}

/// The counts of a server.
pub struct Metrics {
    registry: Registry,
    calls: Family<Called, Counter>,
    answers: Family<Answered, Counter>,
    commit_seconds: Histogram,
    push_seconds: Histogram,
    push_ops: Histogram,
    push_bytes: Histogram,
    page_bytes: Histogram,
    live: Gauge,
}

/// From half a millisecond to sixteen seconds.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_5, 2.0, 16))
}

/// From 256 bytes to 4 MiB.
fn bytes() -> Histogram {
    Histogram::new(exponential_buckets(256.0, 4.0, 8))
}

impl Metrics {
    /// Nothing is counted yet.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("fieldbook"),
            calls: Family::default(),
            answers: Family::default(),
            commit_seconds: seconds(),
            push_seconds: seconds(),
            push_ops: Histogram::new(exponential_buckets(1.0, 4.0, 6)),
            push_bytes: bytes(),
            page_bytes: bytes(),
            live: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let Self {
            calls, answers, commit_seconds, push_seconds, push_ops, push_bytes, page_bytes, live, ..
        } = self;
        let all = &mut self.registry;
        all.register("calls", "Calls by the pattern of their path and their status", calls.clone());
        all.register(
            "ops",
            "Ops that were answered: committed, held for a person or a lost record, duplicate, or refused for a reason; one that is sent again counts again",
            answers.clone(),
        );
        all.register_with_unit(
            "commit",
            "Time in which a group of pushes was decided and made durable",
            Unit::Seconds,
            commit_seconds.clone(),
        );
        all.register_with_unit(
            "push",
            "Time from a whole push to its answer, the wait for the writer included",
            Unit::Seconds,
            push_seconds.clone(),
        );
        all.register("push_ops", "Ops in a push", push_ops.clone());
        all.register_with_unit("push_body", "Size of a push", Unit::Bytes, push_bytes.clone());
        all.register_with_unit("pull_page", "Size of a page of a pull", Unit::Bytes, page_bytes.clone());
        all.register("live_streams", "Live streams that are open", live.clone());
    }

    /// What is registered.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A group of pushes was committed, or failed.
    pub fn committed(&self, replies: &[Result<PushReply, Refused>], took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        for answer in replies.iter().flatten().flat_map(|reply| &reply.answers) {
            self.answers.get_or_create(&Answered::of(&answer.verdict)).inc();
        }
    }

    /// A push was answered.
    pub fn pushed(&self, ops: usize, bytes: usize, took: Duration) {
        self.push_seconds.observe(took.as_secs_f64());
        self.push_ops.observe(ops as f64);
        self.push_bytes.observe(bytes as f64);
    }

    /// A page goes out.
    pub fn pulled(&self, bytes: usize) {
        self.page_bytes.observe(bytes as f64);
    }

    /// Somebody listens, until what this gives is dropped.
    pub fn listening(&self) -> Listening {
        self.live.inc();
        Listening(self.live.clone())
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// An open live stream.
pub struct Listening(Gauge);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Answered {
    fn of(verdict: &Verdict) -> Self {
        let (outcome, reason) = match verdict {
            Verdict::Committed => ("committed", String::new()),
            Verdict::DuplicateOf { .. } => ("duplicate", String::new()),
            Verdict::Conflicted { .. } => ("held", String::new()),
            Verdict::Rejected { refusal, .. } => {
                ("refused", json::write(&refusal.code).trim_matches('"').to_owned())
            }
        };
        Self { outcome, reason }
    }
}

/// Counts a call by its status. One whose client went away is not counted.
pub async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let path = path.as_ref().map_or("none", MatchedPath::as_str).to_owned();
    let called = Called { path, status: response.status().as_u16() };
    app.metrics.calls.get_or_create(&called).inc();
    response
}
