//! `GET /v2/account/export`: everything of whoever calls, in pieces. While the client takes one the next is read, and only that
//! one. Before each goes out it is asked again whether the session lasts and its person is still a member there.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldbook_model::{WallTime, WorkspaceId, json};
use fieldbook_protocol::export::{
    EXPORT_FORMAT, ExportAccount, ExportDevice, ExportEnd, ExportLine, ExportNote,
};
use fieldbook_server_store::{DeviceRow, Entry, Exported, Own, Reader, Reads, WorkspaceRow};
use fieldbook_server_sync::{Principal, Role};
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::account::{in_workspace, written};
use crate::caller::Caller;
use crate::openapi::Problems;
use crate::pull::PAGES;
use crate::refused::Refused;
use crate::state::App;
use crate::{clock, tasks};

/// The bytes after which a piece goes out, at the end of a line.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that are read before the client takes them, beside the one that waits.
const AHEAD: usize = 1;
/// In which a client takes a piece, or is cut off.
const TAKING_MAX: Duration = Duration::from_secs(300);
/// How long the export waits for a reader of a workspace that others hold for as long as their clients take.
const READER_TIME_MAX: Duration = Duration::from_secs(60);
/// The notes that are looked at in one go.
const NOTES_MAX: u32 = 500;

/// Answers with everything of whoever calls, who gave the password a short while ago. What fails later cuts the stream off.
#[utoipa::path(get, path = "/v2/account/export", responses((status = 200, description = "The account, devices, notes and all records, open conflicts and changes that the person may read, in lines of JSON; the last line is `end`", body = String, content_type = "application/x-ndjson"), Problems), security(("token" = [])))]
pub async fn export(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refused> {
    caller.confirmed()?;
    let (user, by, at) = (caller.principal.user, caller.by.clone(), clock::now());
    let own = written(&app, move |accounts| accounts.give_out(user, &by, at)).await?;
    let (pieces, coming) = mpsc::channel(AHEAD);
    let giving = Giving { app: Arc::clone(&app), principal: caller.principal.clone(), pieces };
    drop(tasks::spawn(giving.everything(own, at)));
    let going = Going { app, caller, coming };
    let body = stream::unfold(Some(going), |going| async {
        let mut going = going?;
        let piece = going.next().await?;
        let left = piece.is_ok().then_some(going);
        Some((piece, left))
    });
    let kind = HeaderValue::from_static(PAGES);
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(body)).into_response())
}

/// Some whole lines.
struct Piece {
    /// Whose records they are, if they are any.
    of: Option<WorkspaceId>,
    text: String,
}

type Pieces = mpsc::Sender<Result<Piece, Refused>>;

/// What goes out.
struct Going {
    app: Arc<App>,
    caller: Caller,
    coming: mpsc::Receiver<Result<Piece, Refused>>,
}

impl Going {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        let piece = self.coming.recv().await?;
        let piece = piece.and_then(|piece| self.still_for(piece.of).map(|()| Bytes::from(piece.text)));
        Some(piece.map_err(|Refused(problem)| {
            tracing::warn!(code = ?problem.code, "an export is cut off");
            io::Error::other("cut off")
        }))
    }

    fn still_for(&mut self, of: Option<WorkspaceId>) -> Result<(), Refused> {
        self.caller.lasts(&self.app)?;
        let Some(id) = of else { return Ok(()) };
        let user = self.caller.principal.user;
        let found = self.app.sessions.read(|accounts| accounts.workspace_in(id, user))?;
        found.map(drop).ok_or_else(Refused::revoked)
    }
}

/// What is read for it.
struct Giving {
    app: Arc<App>,
    principal: Principal,
    pieces: Pieces,
}

impl Giving {
    async fn everything(self, own: Own, at: WallTime) {
        if let Err(refused) = self.all(own, at).await {
            // Whoever went away needs no reason.
            drop(self.pieces.send_timeout(Err(refused), TAKING_MAX).await);
        }
    }

    async fn all(&self, own: Own, at: WallTime) -> Result<(), Refused> {
        let Own { user, name, made_at, .. } = own.clone();
        let account = ExportAccount { format: EXPORT_FORMAT, user_id: user, user: name, made_at, at };
        let mut lines = vec![ExportLine::Account(account)];
        lines.extend(own.workspaces.iter().map(|it| ExportLine::Membership(in_workspace(it))));
        lines.extend(own.devices.iter().cloned().map(device));
        self.send(None, lines).await?;
        let own = Arc::new(own);
        let (mut after, mut notes) = (0, 0);
        loop {
            let (sessions, of) = (Arc::clone(&self.app.sessions), Arc::clone(&own));
            let found = tasks::blocking(move || {
                let entries = sessions.read(|accounts| accounts.audit_of(&of, after, NOTES_MAX))?;
                let last = entries.last().map(|entry| entry.place);
                let lines = entries.into_iter().filter_map(|entry| note(&of, entry));
                Ok::<_, Refused>((last, lines.collect::<Vec<_>>()))
            });
            let (last, lines) = found.await.map_err(|_| Refused::internal())??;
            let Some(last) = last else { break };
            after = last;
            notes += lines.len() as u64;
            self.send(None, lines).await?;
        }
        let mut end = ExportEnd { notes, ..ExportEnd::default() };
        for workspace in &own.workspaces {
            self.send(Some(workspace.0.id), vec![ExportLine::Workspace(in_workspace(workspace))]).await?;
            end = self.within(workspace, end).await?;
        }
        self.send(None, vec![ExportLine::End(end)]).await
    }

    async fn send(&self, of: Option<WorkspaceId>, lines: Vec<ExportLine>) -> Result<(), Refused> {
        if lines.is_empty() {
            return Ok(());
        }
        let text = lines.iter().map(|line| json::write(line) + "\n").collect();
        let sent = self.pieces.send_timeout(Ok(Piece { of, text }), TAKING_MAX).await;
        sent.map_err(|_| Refused::unavailable())
    }

    /// Sends what the person reads of a workspace, from one snapshot, and counts it to what was before.
    async fn within(
        &self,
        (row, role): &(WorkspaceRow, Role),
        before: ExportEnd,
    ) -> Result<ExportEnd, Refused> {
        let id = row.id;
        let workspace = self.app.workspaces.enter(id, &self.app.config)?;
        let readers = workspace.readers();
        let _place = readers.long_within(READER_TIME_MAX).await.ok_or_else(Refused::unavailable)?;
        let principal = Principal { workspace: id, role: role.clone(), ..self.principal.clone() };
        let (pieces, runtime) = (self.pieces.clone(), Handle::current());
        let read = move |reader: &mut dyn Reader| {
            let (mut text, mut end) = (String::new(), before);
            let send = |text: String| {
                let sent = pieces.send_timeout(Ok(Piece { of: Some(id), text }), TAKING_MAX);
                match runtime.block_on(sent) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            };
            let mut take = |what, line: String| {
                text.push_str(&line);
                text.push('\n');
                *count(&mut end, what) += 1;
                match text.len() < PIECE_BYTES {
                    true => ControlFlow::Continue(()),
                    false => send(std::mem::take(&mut text)),
                }
            };
            let reads = reader.export_for(&principal, &mut take)?;
            let is_taken = text.is_empty() || send(text).is_continue();
            Ok((reads, is_taken, end))
        };
        match readers.read(read).await? {
            (Reads::Pages, true, end) => Ok(end),
            (Reads::Pages, false, _) => Err(Refused::unavailable()),
            (Reads::Nothing, ..) => Err(Refused::revoked()),
        }
    }
}

/// Where a line of a workspace counts.
fn count(end: &mut ExportEnd, what: Exported) -> &mut u64 {
    match what {
        Exported::Record => &mut end.records,
        Exported::Conflict => &mut end.conflicts,
        Exported::Change => &mut end.changes,
    }
}

fn device(row: DeviceRow) -> ExportLine {
    ExportLine::Device(ExportDevice {
        device_id: row.id,
        device: row.name,
        workspace_id: row.workspace,
        first_signed_in: row.signed_in,
        signed_in: row.session_at,
        last_seen: row.last_seen,
        ended_at: row.ended_at,
        waiting: row.waiting,
    })
}

/// A note that is the person's own or about that person; who else decided it, and from where, is not that person's.
fn note(of: &Own, entry: Entry) -> Option<ExportLine> {
    let own = of.did(&entry);
    (own || of.is_about(&entry)).then(|| {
        ExportLine::Note(ExportNote {
            at: entry.at,
            workspace_id: entry.workspace,
            deed: entry.deed.name(),
            about: entry.about,
            is_done: entry.is_done,
            own,
            device_id: entry.by.device.filter(|_| own),
            address: entry.by.address.filter(|_| own),
        })
    })
}
