//! Forgets what was kept for long enough: notes of decisions, deleted workspaces, whose files then go, and blobs that nothing names.

use std::sync::Arc;
use std::time::Duration;

use fieldbook_model::WallTime;
use fieldbook_server_store::By;

use crate::account::written;
use crate::refused::Refused;
use crate::state::App;
use crate::{blobs, clock};

/// In whose name a server forgets by itself.
const BY: &str = "the server";

/// Works until the server stops. What failed is in the log, and tried again the next time.
pub async fn keep(app: Arc<App>) {
    let (first, then) = app.config.forget;
    let mut wait = first;
    loop {
        tokio::select! {
            () = app.stopping() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let _ = forget(&app).await;
        let _ = blobs::collect(&app).await;
        wait = then;
    }
}

async fn forget(app: &Arc<App>) -> Result<(), Refused> {
    let now = clock::now();
    let (notes, workspaces) = (before(now, app.config.keep_notes), before(now, app.config.keep_deleted));
    let gone = written(app, move |accounts| {
        accounts.forget_audit(notes)?;
        accounts.forget_workspaces(workspaces, &By::operator(BY), now)?;
        Ok(accounts.forgotten_workspaces()?)
    });
    // All that are forgotten, and not only those of today: a crash may have left a file behind.
    for id in gone.await? {
        app.workspaces.remove(id).await?;
        blobs::remove(app, id).await?;
    }
    Ok(())
}

pub fn before(now: WallTime, span: Duration) -> WallTime {
    WallTime(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
