//! Runs a server from its start to its orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{fmt, io};

use axum::Router;
use fieldbook_model::{Role, WallTime};
use fieldbook_protocol::Fingerprint;
use fieldbook_server_store::{
    AccountError, Breached, BreachedError, By, Data, DataError, InviteState, NewInvite, Outer, PasswordRules,
    SERVER_KEY, StoreError, Unlock,
};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::clock;
use crate::config::Config;
use crate::connections::{Door, accept};
use crate::keeping;
use crate::members;
use crate::metrics_now;
use crate::open_files;
use crate::routes::app;
use crate::state::App;
use crate::tasks;
use crate::tls::{Certificate, TlsError};

/// Connections of those who read what is counted.
const METRICS_CONNECTIONS_MAX: usize = 8;

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// There is no certificate to show.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The list of stolen passwords is none.
    #[error(transparent)]
    Breached(#[from] BreachedError),
    /// A workspace could not be closed in time. What was answered is durable.
    #[error("stopped before every workspace was closed")]
    Hurried,
}

/// A server that listens.
#[derive(Clone)]
pub struct Ready {
    /// Where.
    pub address: SocketAddr,
    /// Of the certificate that it shows; `None` where everything travels in clear.
    pub fingerprint: Option<Fingerprint>,
    /// Where what is counted is read.
    pub metrics: Option<SocketAddr>,
    /// For each workspace without a member, an invitation for its first owner: the workspace's name and the code.
    pub first_owners: Vec<(String, String)>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").field("address", &self.address).finish_non_exhaustive()
    }
}

/// For how long the invitation of a first owner works.
const FIRST_MS: i64 = 24 * 3_600_000;

/// Invites the first owner of each workspace that has no member. An invitation of an earlier start works no more.
fn invite_first_owners(data: &Data) -> Result<Vec<(String, String)>, AccountError> {
    let (accounts, now, by) = (data.accounts(), clock::now(), By::operator(BY));
    let mut invited = Vec::new();
    for row in accounts.workspaces()? {
        if !accounts.members(row.id)?.is_empty() {
            continue;
        }
        let earlier = accounts.invites(row.id, now)?;
        for invite in earlier.iter().filter(|it| it.made_by == BY && it.state == InviteState::Open) {
            accounts.revoke_invite((row.id, &invite.id), &by, now)?;
        }
        let expires_at = WallTime(now.0.saturating_add(FIRST_MS));
        let (workspace, role) = (row.id, Role::Owner);
        let new = NewInvite { workspace, role, grants: Vec::new(), address: None, expires_at };
        let mut code = [0; 32];
        getrandom::fill(&mut code).map_err(|error| StoreError::Retry(error.to_string()))?;
        invited.push((row.name, accounts.invite(&new, code, &by, now)?.code));
    }
    Ok(invited)
}

/// In whose name a server invites by itself.
const BY: &str = "the server's start";

/// Serves a data folder, which `unlock` opens, until `shutdown`. `ready` is told once the server listens.
pub async fn serve(
    mut config: Config,
    unlock: Unlock,
    shutdown: impl Future<Output = ()>,
    ready: impl FnOnce(Ready),
) -> Result<(), ServeError> {
    let address = config.listen;
    if Data::is_clear(&config.data)? {
        tracing::warn!(
            "the files are an earlier version's, in clear: encrypting them, which can take a while"
        );
    }
    let breached = config.breached.as_deref().map(Breached::open).transpose()?;
    let (mut data, _alone) = Data::open_to_serve(&config.data, &unlock)?;
    data.hold_passwords_against(breached.map(PasswordRules::with).unwrap_or_default());
    let beside = matches!(unlock.outer, Outer::Beside);
    data.accounts().support_key((unlock.fresh)()).map_err(DataError::from)?;
    drop(unlock);
    let first_owners = invite_first_owners(&data).map_err(DataError::from)?;
    config.connections_max = open_files::connections_max(config.connections_max);
    let certificate = config.tls.as_ref().map(|tls| Certificate::open(tls, &config.data, address.ip()));
    let certificate = certificate.transpose()?.map(Arc::new);
    let state = App::open(config, &data)?;
    let (listener, here) = listen(address).await?;
    let counted = match state.config.metrics {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let router = app(Arc::clone(&state));
    tasks::spawn(members::carry(Arc::clone(&state)));
    tasks::spawn(keeping::keep(Arc::clone(&state)));
    let fresh = certificate.clone().map(|certificate| {
        let (look, asked) = (state.config.tls_look, Arc::clone(&state.config.reload));
        tasks::spawn(certificate.keep_fresh(look, asked))
    });
    let fingerprint = certificate.as_ref().map(|certificate| certificate.fingerprint());
    let tls = certificate.is_some();
    tracing::info!(address = %here, tls, version = env!("CARGO_PKG_VERSION"), "listening");
    if beside {
        tracing::warn!(
            "the key lies beside the data, in {SERVER_KEY}: whoever has this disk has both. \
            Keep it elsewhere: fieldbook admin key rotate --new-key-file FILE"
        );
    }
    let metrics = counted.as_ref().map(|(_, here)| *here);
    let told = counted.map(|(listener, here)| tasks::spawn(tell_metrics(listener, here, Arc::clone(&state))));
    ready(Ready { address: here, fingerprint, metrics, first_owners });
    let served = serve_at(Door { listener, certificate }, &state, &router, shutdown).await;
    fresh.inspect(|fresh| fresh.abort());
    told.inspect(|told| told.abort());
    served
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let unheard = |error| ServeError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(unheard)?;
    let here = listener.local_addr().map_err(unheard)?;
    Ok((listener, here))
}

/// Answers whoever reads what is counted, a few at a time.
async fn tell_metrics(listener: TcpListener, here: SocketAddr, state: Arc<App>) {
    let (places, router) =
        (Arc::new(Semaphore::new(METRICS_CONNECTIONS_MAX)), metrics_now::app(&state, here));
    accept(&Door { listener, certificate: None }, &places, &state, &router).await;
}

async fn serve_at(
    door: Door,
    state: &Arc<App>,
    router: &Router,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let places = Arc::new(Semaphore::new(state.config.connections_max as usize));
    tokio::select! {
        () = accept(&door, &places, state, router) => {}
        () = shutdown => {}
    }
    drop(door);
    tracing::info!("stopping");
    let ended = end(state, &places).await;
    tracing::info!(in_order = ended.is_ok(), "stopped");
    ended
}

/// Ends the streams and idle connections, lets what is being answered be answered, and closes the files. A
/// client that does not take its answer gets half of the time, and is then cut off; the rest is the writers'.
async fn end(state: &App, places: &Semaphore) -> Result<(), ServeError> {
    let half = state.config.stop_time_max / 2;
    state.stop();
    if timeout(half, places.acquire_many(state.config.connections_max)).await.is_err() {
        tracing::warn!("some clients did not take their answers in time");
    }
    timeout(half, state.workspaces.close()).await.map_err(|_| ServeError::Hurried)
}
