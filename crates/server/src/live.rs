//! `POST …/live`: an event stream that says what changes as soon as it is durable, in what the device has.
//!
//! First `head`. At each new head the changes since what was sent last, if they fit one page, else again
//! `head`, whereupon the device pulls; so also when the user's view is another by then. In silence a `beat`. Nothing is queued for a reader that is slow: the
//! next event is made when the last one is taken, from the version where that one ended.
//! Before each event the session is looked up again: one that has ended gets one more event, which says why, and no news.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldbook_model::{Cursor, Cut, WorkspaceId};
use fieldbook_protocol::live::{Event, Head};
use fieldbook_protocol::page::{PullRequest, ScopeAsk};
use fieldbook_protocol::{Branch, ProblemCode, Standing};
use fieldbook_server_sync::{Call, Stand};
use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use crate::caller::{At, Caller};
use crate::metrics::Listening;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;
use crate::workspace::Workspace;
use crate::{clock, pull};

/// Answers with a stream that ends with the session, the server or the connection.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/live", request_body = PullRequest, params(("workspace" = String, Path, description = "The workspace's id"), ("fieldbook-waiting" = Option<String>, Header, description = "How many ops the device has to send; what is no number says nothing")), responses((status = 200, description = "A stream of events", body = String, content_type = "text/event-stream"), Problems), security(("token" = [])))]
pub async fn live(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Live)?;
    let PullRequest { cursor, trail, scopes, cuts, schema, branch, .. } = pull::asked(&app, body).await?;
    if matches!(workspace.stands(&Standing { cursor, trail }).await?, Stand::Apart(_)) {
        let words = "This device has seen another history of the workspace than the server has; it has to pull first.";
        return Err(Refused::new(ProblemCode::HistoryDiffers, words));
    }
    // Subscribed before the head is read, so that no head falls between the two.
    let heads = workspace.heads();
    let people = app.people.subscribe();
    let head = workspace.head().await?.cursor();
    let first = Event::Head(Head { head, time: clock::now() });
    let (listening, lease) = (app.metrics.listening(), reply::lease(&app, id)?);
    let live = Live {
        listening,
        app,
        caller,
        id,
        workspace,
        heads,
        people,
        last: cursor,
        scopes,
        cuts,
        schema,
        branch,
    };
    let rest = stream::unfold(Some(live), async |live| live?.next().await);
    let events = stream::iter([first]).chain(rest);
    let bytes = events.map(|event| Ok::<_, Infallible>(Bytes::from(event.write())));
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Told to proxies, some of which would else collect the events.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([kind, unbuffered, lease], Body::from_stream(bytes)).into_response())
}

/// A live stream between two of its events.
struct Live {
    /// Counts it, until it ends.
    #[expect(dead_code, reason = "its end is what counts")]
    listening: Listening,
    app: Arc<App>,
    caller: Caller,
    id: WorkspaceId,
    workspace: Arc<Workspace>,
    heads: watch::Receiver<Cursor>,
    /// Rings when somebody's role has changed: perhaps the reader's.
    people: watch::Receiver<()>,
    /// The version of the schema that the device has.
    schema: Option<u32>,
    /// Its log, if that began as a copy of another.
    branch: Option<Box<Branch>>,
    /// The version that was sent last.
    last: Cursor,
    /// What the device has.
    scopes: Vec<ScopeAsk>,
    /// What it leaves out.
    cuts: Vec<Cut>,
}

enum Wake {
    News,
    People,
    Silence,
    End,
}

impl Live {
    /// The next event, and the stream behind it unless it is the last.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        loop {
            let wake = self.wake().await;
            if let Err(Refused(problem)) = self.caller.still_may(&self.app, self.id, Call::Live) {
                return Some((Event::Problem(Box::new(problem)), None));
            }
            let event = match wake {
                Wake::News => self.news().await,
                Wake::People => None,
                Wake::Silence => Some(Event::Beat(clock::now())),
                Wake::End => return None,
            };
            if let Some(event) = event {
                return Some((event, Some(self)));
            }
        }
    }

    async fn wake(&mut self) -> Wake {
        tokio::select! {
            biased;
            () = self.app.stopping() => Wake::End,
            changed = self.heads.changed() => changed.map_or(Wake::End, |()| Wake::News),
            Ok(()) = self.people.changed() => Wake::People,
            () = tokio::time::sleep(self.app.config.beat) => Wake::Silence,
        }
    }

    /// What there is to say of a new head; nothing, when the last page already reached it.
    async fn news(&mut self) -> Option<Event> {
        let mut head = *self.heads.borrow_and_update();
        if head.epoch == self.last.epoch && head.version <= self.last.version {
            return None;
        }
        let request = PullRequest {
            scopes: self.scopes.clone(),
            cuts: self.cuts.clone(),
            schema: self.schema,
            branch: self.branch.clone(),
            ..PullRequest::since(self.last)
        };
        let principal = self.caller.principal.clone();
        match self.workspace.page(request, principal, self.app.config.live_page).await {
            // One of another start is a snapshot, which a pull brings.
            Ok(page) if !page.end.more && page.start.base == self.last.version => {
                self.last = page.end.to;
                return Some(Event::Changes(page.text));
            }
            Ok(page) => head = Cursor { epoch: page.end.to.epoch, version: page.end.head },
            Err(Refused(problem)) if problem.code == ProblemCode::Revoked => return None,
            // The failure is logged where it happened; the device's pull will tell it when it can go on.
            Err(_) => {}
        }
        self.last = head;
        Some(Event::Head(Head { head, time: clock::now() }))
    }
}
