//! `POST …/pull`: pages until the device is level. While the client takes a page the next one is read, and
//! only that one: a client that stops taking holds one page of memory and no reader.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldbook_model::WorkspaceId;
use fieldbook_protocol::page::{PullRequest, Staged};
use fieldbook_protocol::{Problem, Standing};
use fieldbook_server_sync::{Call, Stand};
use futures_util::{StreamExt, stream};
use tokio::task::JoinHandle;

use crate::caller::{At, Caller};
use crate::page::PageText;
use crate::refused::Refused;
use crate::state::App;
use crate::workspace::Workspace;
use crate::{body, tasks};

/// The bytes of a request, which holds a cursor and the scopes that the device has.
pub const REQUEST_BYTES_MAX: usize = 256 << 10;

/// Answers a pull. What fails before the first page is a problem document; later the stream is cut off.
pub async fn pull(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let request = asked(&app, body).await?;
    let standing = Standing { cursor: request.cursor, trail: request.trail.clone() };
    if matches!(workspace.stands(&standing).await?, Stand::Apart(_) | Stand::Less(_)) {
        workspace.part(standing).await?;
    }
    let mut pull = Pull { app, caller, id, workspace, request };
    let first = pull.page().await?;
    let rest = stream::unfold(pull.ahead(&first), |reading| async {
        match reading?.await {
            Ok((pull, Ok(page))) => {
                let ahead = pull.ahead(&page);
                Some((Ok(Bytes::from(page.text)), ahead))
            }
            Ok((_, Err(Refused(problem)))) => Some((Err(cut_off(&problem)), None)),
            Err(_) => Some((Err(cut_off(&Refused::internal().0)), None)),
        }
    });
    let pages = stream::iter([Ok(Bytes::from(first.text))]).chain(rest);
    let kind = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(pages)).into_response())
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
}

/// A page that is being read.
type Reading = JoinHandle<(Pull, Result<PageText, Refused>)>;

impl Pull {
    async fn page(&mut self) -> Result<PageText, Refused> {
        let (request, principal) = (self.request.clone(), self.caller.principal.clone());
        let page = self.workspace.page(request, principal, self.app.config.pull_page).await?;
        let stands = page.end.to == page.start.from;
        assert!(!(page.end.more && stands), "BUG: a page that leads nowhere");
        Ok(page)
    }

    /// Begins to read the page after one, if there is one.
    fn ahead(mut self, last: &PageText) -> Option<Reading> {
        let (version, view) = (last.end.to.version, last.start.view.clone());
        self.request.staged = Some(Staged { version, view });
        last.end.more.then(|| {
            tasks::spawn(async move {
                let page = match self.caller.still_may(&self.app, self.id, Call::Pull) {
                    Ok(()) => self.page().await,
                    Err(refused) => Err(refused),
                };
                (self, page)
            })
        })
    }
}
