//! Who calls, and whether they may: the one door of every path that names a workspace.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use fieldbook_model::WorkspaceId;
use fieldbook_protocol::{ProblemCode, WAITING};
use fieldbook_server_store::{By, Session};
use fieldbook_server_sync::policy::may;
use fieldbook_server_sync::{Call, Principal};

use crate::accounts::Token;
use crate::clock;
use crate::connections::Peer;
use crate::places::Place;
use crate::refusals::Heard;
use crate::refused::Refused;
use crate::state::App;
use crate::workspace::Workspace;

/// A signed-in caller.
pub struct Caller {
    /// Whom the token stands for.
    pub principal: Principal,
    /// Who that is, for the notes of what is decided.
    pub by: By,
    token: Token,
    is_confirmed: bool,
    /// Held until the call, or the stream that it answers with, has ended.
    _place: Place,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let token = token(&parts.headers)?;
        let session = app.sessions.session(&token, waiting(&parts.headers))?;
        Self::of(app, session, (token, parts))
    }
}

/// A signed-in caller who pushes.
pub struct Pusher(pub Caller);

impl FromRequestParts<Arc<App>> for Pusher {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let token = token(&parts.headers)?;
        let session = app.sessions.session_that_pushes(&token)?;
        Caller::of(app, session, (token, parts)).map(Self)
    }
}

fn token(headers: &HeaderMap) -> Result<Token, Refused> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(bearer).ok_or_else(|| {
        Refused::new(ProblemCode::SignInNeeded, "Sign in, and send the token as `Authorization: Bearer`.")
    })?;
    Ok(Token::new(token))
}

/// How many ops a device says that it has to send. What is no number says nothing.
fn waiting(headers: &HeaderMap) -> Option<u64> {
    headers.get(WAITING)?.to_str().ok()?.parse().ok()
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

impl Caller {
    fn of(app: &App, session: Session, (token, parts): (Token, &Parts)) -> Result<Self, Refused> {
        let is_confirmed = session.is_confirmed(clock::now());
        let principal = session.principal;
        let by = match parts.extensions.get::<Peer>() {
            Some(Peer(address)) => By::principal(&principal, address),
            None => By { address: None, ..By::principal(&principal, "") },
        };
        Heard::tell(parts, &principal, &by);
        let place = app.places.take(&principal)?;
        Ok(Self { principal, by, token, is_confirmed, _place: place })
    }

    /// Refuses what is dangerous to whoever has not given the password for a while.
    pub fn confirmed(&self) -> Result<(), Refused> {
        match self.is_confirmed {
            true => Ok(()),
            false => {
                let words = "This is dangerous: give your password once more, then ask again.";
                Err(Refused::new(ProblemCode::ConfirmNeeded, words))
            }
        }
    }

    /// Lets the caller into a workspace. Who may not learns no more than that there is nothing.
    pub fn enter(&self, app: &App, id: WorkspaceId, call: Call) -> Result<Arc<Workspace>, Refused> {
        self.may(id, call)?;
        app.workspaces.enter(id, &app.config)
    }

    /// Whoever was removed is told so, and gets a verdict for what is queued; nothing else (rule 33).
    pub fn may(&self, id: WorkspaceId, call: Call) -> Result<(), Refused> {
        match may(&self.principal, id, call) {
            true => Ok(()),
            false if may(&self.principal, id, Call::Pull) => Err(Refused::forbidden(call)),
            false if may(&self.principal, id, Call::Push) => Err(Refused::revoked()),
            false => Err(Refused::not_found()),
        }
    }

    /// Asks again, for a stream that goes on: whether the session lasts, and what its user may by now.
    pub fn still_may(&mut self, app: &App, id: WorkspaceId, call: Call) -> Result<(), Refused> {
        self.lasts(app)?;
        self.may(id, call)
    }

    /// Asks again whether the session lasts, and what its user is by now.
    pub fn lasts(&mut self, app: &App) -> Result<(), Refused> {
        self.principal = app.sessions.session(&self.token, None)?.principal;
        Ok(())
    }
}

/// The workspace that the path names. What is no id names none.
pub struct At(pub WorkspaceId);

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        let id = named.ok().and_then(|Path(named)| WorkspaceId::parse(&named).ok());
        id.map(Self).ok_or_else(Refused::not_found)
    }
}
