//! `POST /v2/workspaces`: somebody makes a workspace, where whoever runs the server lets people do so.
//!
//! First its file, then its row with its owner; a file that no row came to is taken away. One is made at a time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fieldbook_model::schema::toml;
use fieldbook_model::{Role, Schema, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::account::{InWorkspace, NewWorkspaceRequest};
use fieldbook_server_store::{NewWorkspace, WorkspaceRow};

use crate::account::{in_workspace, written};
use crate::auth::refused;
use crate::caller::Caller;
use crate::config::Makers;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, reply};

/// The bytes of a request: a schema file, with what JSON escapes of it.
const REQUEST_BYTES_MAX: usize = 2 * toml::BYTES_MAX;

/// Answers whoever makes a workspace.
#[utoipa::path(post, path = "/v2/workspaces", request_body = NewWorkspaceRequest, responses((status = 200, description = "It is there, and the caller owns it", body = InWorkspace, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn new_workspace(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Body,
) -> Result<Response, Refused> {
    let maker = caller.principal.user;
    let own = app.sessions.read(|accounts| accounts.workspaces_of(maker))?;
    may_make(app.config.makers, &own)?;
    let time_max = app.config.body_time_max;
    let asked: NewWorkspaceRequest =
        body::document(body, REQUEST_BYTES_MAX, time_max, "wish for a workspace").await?;
    let NewWorkspaceRequest { id, name, schema, like } = asked;
    let new = NewWorkspace { id, name, maker, made_max: app.config.made_max };
    let _alone = app.making.lock().await;
    let before = app.sessions.read(|accounts| accounts.made_before(&new)).map_err(refused)?;
    let made = match before {
        Some(made) => made,
        None => {
            let schema = match (schema, like) {
                (Some(text), None) => read(&text)?,
                (None, like) => of(&app, &own, like.unwrap_or(caller.principal.workspace)).await?,
                (Some(_), Some(_)) => {
                    let words = "A workspace has the record types of a schema or those of another workspace: name one of the two.";
                    return Err(Refused::new(ProblemCode::BadRequest, words));
                }
            };
            make(&app, &caller, new, schema).await?
        }
    };
    Ok(reply::document(&in_workspace(&made)))
}

/// Whether somebody may make one who is a member of these.
fn may_make(makers: Makers, own: &[(WorkspaceRow, Role)]) -> Result<(), Refused> {
    let (lets, words) = match makers {
        Makers::Nobody => (
            false,
            "On this server workspaces are made by whoever runs it: fieldbook admin workspace add. That person can let others make them, too: fieldbook serve --workspaces-by owners.",
        ),
        Makers::Owners => (
            own.iter().any(|(_, role)| *role == Role::Owner),
            "On this server workspaces are made by people who own one: ask one of them, or whoever runs the server, who can let everybody make them: fieldbook serve --workspaces-by everybody.",
        ),
        Makers::Everybody => (
            !own.is_empty(),
            "On this server workspaces are made by people who are members of one, and you are a member of none: ask whoever runs the server.",
        ),
    };
    if lets { Ok(()) } else { Err(Refused::new(ProblemCode::Forbidden, words)) }
}

/// The schema of a file's text.
fn read(text: &str) -> Result<Schema, Refused> {
    toml::read("schema.toml", text).map_err(|wrong| {
        let count = wrong.len();
        let words = format!(
            "The schema is not right in {count} places; they are told one by one by: fieldbook schema check FILE."
        );
        Refused::new(ProblemCode::BadRequest, words)
    })
}

/// The schema of a workspace in which the caller reads.
async fn of(app: &App, own: &[(WorkspaceRow, Role)], like: WorkspaceId) -> Result<Schema, Refused> {
    if !own.iter().any(|(row, role)| row.id == like && role.reads()) {
        let words = "You are in no such workspace whose record types the new one could have.";
        return Err(Refused::new(ProblemCode::NotFound, words));
    }
    app.workspaces.look(like, |reader| Ok(Schema::clone(&*reader.schema()?))).await
}

async fn make(
    app: &Arc<App>,
    caller: &Caller,
    new: NewWorkspace,
    schema: Schema,
) -> Result<(WorkspaceRow, Role), Refused> {
    let (id, by, now) = (new.id, caller.by.clone(), clock::now());
    app.workspaces.create(id, schema).await?;
    let made = written(app, move |accounts| accounts.make_workspace(&new, &by, now)).await;
    if made.is_err() {
        // Whoever runs the server was faster with the name. What cannot be removed is when it is wished for again.
        let _ = app.workspaces.remove(id).await;
    }
    made
}
