//! Runs a server from its start to its orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use fieldbook_protocol::Fingerprint;
use fieldbook_server_store::{Data, DataError, Outer, SERVER_KEY, Unlock};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::config::Config;
use crate::connections::{Door, accept};
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
    /// A workspace could not be closed in time. What was answered is durable.
    #[error("stopped before every workspace was closed")]
    Hurried,
}

/// A server that listens.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Where.
    pub address: SocketAddr,
    /// Of the certificate that it shows; `None` where everything travels in clear.
    pub fingerprint: Option<Fingerprint>,
    /// Where what is counted is read.
    pub metrics: Option<SocketAddr>,
}

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
    let (data, _alone) = Data::open_to_serve(&config.data, &unlock)?;
    let beside = matches!(unlock.outer, Outer::Beside);
    data.accounts().support_key((unlock.fresh)()).map_err(DataError::from)?;
    drop(unlock);
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
    let told = counted.map(|(listener, _)| tasks::spawn(tell_metrics(listener, Arc::clone(&state))));
    ready(Ready { address: here, fingerprint, metrics });
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
async fn tell_metrics(listener: TcpListener, state: Arc<App>) {
    let (places, router) = (Arc::new(Semaphore::new(METRICS_CONNECTIONS_MAX)), metrics_now::app(&state));
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
