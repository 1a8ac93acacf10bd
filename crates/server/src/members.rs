//! Carries what an operator wants of members into the logs of their workspaces: `fieldbook admin` writes it into
//! `accounts.db`, and only the workspace's writer may write a workspace. And tells the open streams of an order to wipe.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fieldbook_model::WorkspaceId;
use fieldbook_server_store::Wanted;

use crate::refused::Refused;
use crate::state::App;
use crate::tasks;

/// How often it is looked for changes: somebody waits for them at a prompt.
const LOOK: Duration = Duration::from_millis(200);

/// Works until the server stops.
pub async fn carry(app: Arc<App>) {
    let (mut seen, mut wipes) = (None, None);
    loop {
        let now = app.sessions.data_version().ok();
        if now.is_none() || now != seen {
            // What failed is tried again at the next look.
            seen = if all(&app).await.is_ok() && told(&app, &mut wipes).is_ok() { now } else { None };
        }
        tokio::select! {
            () = app.stopping() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Has the open streams look whether they still may, when there is an order to wipe more or a session less.
fn told(app: &App, known: &mut Option<(u64, u64)>) -> Result<(), Refused> {
    let standing = (app.sessions.wipes_standing()?, app.sessions.last_end()?);
    if known.replace(standing).is_some_and(|known| known != standing) {
        app.people.send_replace(());
    }
    Ok(())
}

/// Carries all that waits, for somebody who waits for it.
pub async fn carry_now(app: &Arc<App>) -> Result<(), Refused> {
    all(app).await
}

/// Carries all that waits, workspace by workspace. One at a time: what is refused for somebody's role leaves nothing in the log by
/// which a second one could know it.
async fn all(app: &Arc<App>) -> Result<(), Refused> {
    let _alone = app.carrying.lock().await;
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<Wanted>> = BTreeMap::new();
    for wanted in app.sessions.wanted()? {
        by_workspace.entry(wanted.workspace).or_default().push(wanted);
    }
    for (id, wanted) in by_workspace {
        let members = app.sessions.members(id)?;
        let workspace = app.workspaces.enter(id, &app.config)?;
        let outcomes = workspace.members(members, wanted.clone()).await?;
        let sessions = Arc::clone(&app.sessions);
        let settled = tasks::blocking(move || sessions.settle(&wanted, &outcomes)).await;
        settled.map_err(|_| Refused::internal())??;
        app.people.send_replace(());
    }
    Ok(())
}
