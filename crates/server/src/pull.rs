//! `POST …/pull`: pages until the device is level. While the client takes a page the next one is read, and
//! only that one: a client that stops taking holds one page of memory and no reader. A pull that others outrun ends with
//! pages from one snapshot (rule 28); while these go out they hold a reader.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldbook_model::WorkspaceId;
use fieldbook_protocol::page::{PullRequest, Staged};
use fieldbook_protocol::{Problem, ProblemCode, Standing};
use fieldbook_server_store::push::NO_SUCH_LOG;
use fieldbook_server_store::{Chase, Next};
use fieldbook_server_sync::{Call, Stand};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::caller::{At, Caller};
use crate::openapi::Problems;
use crate::page::PageText;
use crate::refused::Refused;
use crate::reply;
use crate::rest::{self, Rest};
use crate::state::App;
use crate::workspace::Workspace;
use crate::{body, tasks};

/// The bytes of a request, which holds a cursor and the scopes that the device has.
pub const REQUEST_BYTES_MAX: usize = 256 << 10;

/// The media type of pages.
pub const PAGES: &str = "application/x-ndjson";

/// What a pull wants beside its pages. It stands in the URL, where a server of before passes it over.
#[derive(Deserialize)]
pub struct Wish {
    /// What the view comes to.
    #[serde(default)]
    compare: bool,
}

/// Answers a pull. What fails before the first page is a problem document; later the stream is cut off.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/pull", request_body = PullRequest, params(("workspace" = String, Path, description = "The workspace's id"), ("compare" = Option<bool>, Query, description = "Whether the last page says what the view comes to"), ("fieldbook-waiting" = Option<String>, Header, description = "How many ops the device has to send; what is no number says nothing")), responses((status = 200, description = "Pages, each in lines of JSON", body = String, content_type = "application/x-ndjson"), Problems), security(("token" = [])))]
pub async fn pull(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    wish: Result<Query<Wish>, QueryRejection>,
    body: Body,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(Wish { compare }) =
        wish.map_err(|_| Refused::new(ProblemCode::BadRequest, "A pull may say ?compare=true or nothing."))?;
    let request = PullRequest { compare, ..asked(&app, body).await? };
    let standing = Standing { cursor: request.cursor, trail: request.trail.clone() };
    if matches!(workspace.stands(&standing).await?, Stand::Apart(_) | Stand::Less(_)) {
        workspace.part(standing).await?;
    }
    if let Some(branch) = request.branch.clone().filter(|_| request.load.is_none())
        && !workspace.knows(branch, caller.principal.user).await?
    {
        return Err(Refused::new(ProblemCode::LogForked, NO_SUCH_LOG));
    }
    let lease = reply::lease(&app, id)?;
    let mut pull = Pull { app, caller, id, workspace, request, chase: Chase::default() };
    let first = pull.page().await?;
    let rest = stream::unfold(pull.ahead(&first), |coming| async {
        let (page, coming) = coming?.next().await?;
        let bytes = page.map(|page| Bytes::from(page.text));
        Some((bytes.map_err(|Refused(problem)| cut_off(&problem)), coming))
    });
    // Whoever packs pages asks once more after the end.
    let pages = stream::iter([Ok(Bytes::from(first.text))]).chain(rest).fuse();
    let kind = HeaderValue::from_static(PAGES);
    Ok(([(header::CONTENT_TYPE, kind), lease], Body::from_stream(pages)).into_response())
}

/// What a device asks for.
pub async fn asked(app: &App, body: Body) -> Result<PullRequest, Refused> {
    body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, "pull").await
}

/// Breaks the stream, so that the client cannot take what it has for everything.
fn cut_off(problem: &Problem) -> io::Error {
    tracing::warn!(code = ?problem.code, "a pull is cut off");
    io::Error::other("cut off")
}

/// A pull between two of its pages.
struct Pull {
    app: Arc<App>,
    caller: Caller,
    id: WorkspaceId,
    workspace: Arc<Workspace>,
    request: PullRequest,
    chase: Chase,
}

/// What comes next.
enum Coming {
    /// A page that is being read.
    Page(JoinHandle<(Pull, Result<PageText, Refused>)>),
    /// All that is left, from one snapshot.
    Rest(Box<Pull>, Rest),
}

impl Coming {
    /// The next page, and what comes after it. What fails ends the pull.
    async fn next(self) -> Option<(Result<PageText, Refused>, Option<Self>)> {
        let failed = |refused| Some((Err(refused), None));
        match self {
            Self::Page(reading) => match reading.await {
                Ok((pull, Ok(page))) => {
                    let ahead = pull.ahead(&page);
                    Some((Ok(page), ahead))
                }
                Ok((_, Err(refused))) => failed(refused),
                Err(_) => failed(Refused::internal()),
            },
            Self::Rest(mut pull, mut rest) => match (rest.recv().await, pull.still_may()) {
                (Some(Ok(page)), Ok(())) => {
                    pull.app.metrics.pulled(page.text.len());
                    let more = page.end.more.then_some(Self::Rest(pull, rest));
                    Some((Ok(page), more))
                }
                (Some(Err(refused)), _) | (_, Err(refused)) => failed(refused),
                (None, Ok(())) => failed(Refused::unavailable()),
            },
        }
    }
}

impl Pull {
    async fn page(&mut self) -> Result<PageText, Refused> {
        let (request, principal) = (self.request.clone(), self.caller.principal.clone());
        let (limit, next) = (self.app.config.pull_page, self.chase.page());
        let page = self.workspace.page_of(request, principal, limit, next).await?;
        let stands = page.end.to == page.start.from;
        self.app.metrics.pulled(page.text.len());
        assert!(!(page.end.more && stands), "BUG: a page that leads nowhere");
        Ok(page)
    }

    fn still_may(&mut self) -> Result<(), Refused> {
        self.caller.still_may(&self.app, self.id, Call::Pull)
    }

    /// Begins to read what comes after a page, if there is anything.
    fn ahead(mut self, last: &PageText) -> Option<Coming> {
        let (version, view) = (last.end.to.version, last.start.view.clone());
        self.request.staged = Some(Staged { version, view });
        self.chase.has_read(&last.start, &last.end);
        if !last.end.more {
            return None;
        }
        if let Some(rest) = self.rest() {
            return Some(Coming::Rest(Box::new(self), rest));
        }
        Some(Coming::Page(tasks::spawn(async move {
            let page = match self.still_may() {
                Ok(()) => self.page().await,
                Err(refused) => Err(refused),
            };
            (self, page)
        })))
    }

    /// Begins to read all that is left, once that is due and a reader can be spared.
    fn rest(&self) -> Option<Rest> {
        let asked = (self.request.clone(), self.caller.principal.clone());
        match self.chase.next() {
            Next::Rest => rest::read(self.workspace.readers(), asked, self.app.config.pull_page),
            Next::Page { .. } => None,
        }
    }
}
