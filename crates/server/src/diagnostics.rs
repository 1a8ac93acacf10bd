//! `POST …/diagnostics`: a device sends what it tells whoever helps. The server keeps the file as it came and opens it for nobody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fieldbook_model::chain::Hash;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::diagnostics::{DiagnosticsReply, FILE_BYTES_MAX, begins_as_one};
use fieldbook_server_store::{Data, Inbox, InboxLimits};
use fieldbook_server_sync::{Call, Principal};
use tokio::sync::Semaphore;

use crate::caller::{At, Caller};
use crate::lock::lock;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::throttle::Throttle;
use crate::{body, clock, reply, tasks};

/// A device sends one in so long.
const EVERY: Duration = Duration::from_secs(60);
/// Two at once: the second with what the first left out.
const BURST: u32 = 2;
/// Devices that are remembered.
const DEVICES_MAX: usize = 10_000;
/// Files that are taken at a time: each is in memory for as long as it comes in.
const AT_A_TIME: usize = 4;
/// A file may take so many times as long as another body: it is as much larger.
const SLOWER: u32 = 10;
/// After this it may go better when too many are sent at once.
const FULL_MS: u64 = 5_000;

/// Where they go, and how many may come.
pub struct Intake {
    inbox: Inbox,
    tries: Mutex<Throttle>,
    places: Semaphore,
}

impl Intake {
    /// That of a data folder.
    pub fn of(data: &Data) -> Self {
        Self {
            inbox: Inbox::of(data.folder()),
            tries: Mutex::new(Throttle::new(BURST, EVERY, DEVICES_MAX)),
            places: Semaphore::new(AT_A_TIME),
        }
    }
}

/// Takes a file.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/diagnostics", request_body(content = Vec<u8>, description = "A file of the age format", content_type = "application/octet-stream"), params(("workspace" = String, Path, description = "The workspace's id")), responses((status = 200, description = "It is kept", body = DiagnosticsReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn diagnostics(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    caller.enter(&app, id, Call::Pull)?;
    let Principal { device, .. } = caller.principal;
    let full = |_| {
        let words = "Too many send diagnostics just now; wait a moment, then try again.";
        Refused::new(ProblemCode::Unavailable, words).after(FULL_MS)
    };
    let _place = app.diagnostics.places.try_acquire().map_err(full)?;
    let key = Hash::of(&device.bytes()[..]);
    lock(&app.diagnostics.tries).take(key, clock::mono()).map_err(too_often)?;
    let file = body::read(body, FILE_BYTES_MAX, app.config.body_time_max * SLOWER).await?;
    if !begins_as_one(&file) {
        lock(&app.diagnostics.tries).give_back(key);
        let words = "This is no diagnostics file: it does not begin as an age file does.";
        return Err(Refused::new(ProblemCode::BadRequest, words));
    }
    let (inbox, at) = (app.diagnostics.inbox.clone(), clock::now());
    let kept = tasks::blocking(move || inbox.put((device, at), &file, &InboxLimits::default()));
    let sent = kept.await.map_err(|_| Refused::internal())?.map_err(|error| {
        tracing::error!(%error, "diagnostics cannot be kept");
        Refused::unavailable()
    })?;
    tracing::info!(name = sent.name(), bytes = sent.bytes, "diagnostics came");
    Ok(reply::document(&DiagnosticsReply { name: sent.name(), bytes: sent.bytes }))
}

fn too_often(wait: Duration) -> Refused {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    let words = "This device has sent diagnostics just now; wait a minute, then try again.";
    Refused::new(ProblemCode::TooMany, words).after(ms)
}
