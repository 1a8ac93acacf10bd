//! Takes connections, a bounded number at a time, and serves each until it ends or the server stops.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use crate::lingering::Lingering;
use crate::patience::Patient;
use crate::state::App;
use crate::tasks;
use crate::tls::Certificate;
use crate::whole::watched;

/// The address that a request came from; behind a proxy of ours, the one that the proxy names.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The bytes that a request's head may have, and that a connection holds of a reply that is not taken yet.
const BUFFER_BYTES_MAX: usize = 128 << 10;

/// After a failure of the system (no file descriptor is left) nothing is accepted for so long.
const PAUSE: Duration = Duration::from_millis(100);

/// Where connections come in, and what they are shown.
pub struct Door {
    /// Where they come in.
    pub listener: TcpListener,
    /// What they are shown; `None` where everything travels in clear.
    pub certificate: Option<Arc<Certificate>>,
}

/// Accepts for ever. A connection holds one of `places`; while none is free the system's queue waits.
pub async fn accept(door: &Door, places: &Arc<Semaphore>, app: &Arc<App>, router: &Router) {
    loop {
        match next(&door.listener, places).await {
            Ok((stream, peer, place)) => {
                let tls = door.certificate.as_ref().map(|certificate| certificate.acceptor());
                let serving = serve((stream, tls), peer.ip(), router.clone(), Arc::clone(app));
                tasks::spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection just now");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Replies are small and somebody waits for each: none is held back to be sent with the next.
    stream.set_nodelay(true)?;
    Ok((stream, peer, place))
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput, NotConnected};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput | NotConnected
    )
}

/// Serves one connection, in clear or behind a handshake, which gets as long as the head of a request.
async fn serve((stream, tls): (TcpStream, Option<TlsAcceptor>), peer: IpAddr, router: Router, app: Arc<App>) {
    let stream = Lingering::new(Patient::new(stream, app.config.stall_time_max));
    let Some(tls) = tls else { return converse(stream, peer, router, app).await };
    let shaken = tokio::select! {
        shaken = timeout(app.config.head_time_max, tls.accept(stream)) => shaken,
        () = app.stopping() => return,
    };
    // A handshake that fails or lasts is its client's affair: it does not trust us, or speaks something else.
    if let Ok(Ok(stream)) = shaken {
        converse(stream, peer, router, app).await;
    }
}

/// Answers the calls of one connection. When the server stops, the call that is being answered is answered to its end.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, peer: IpAddr, router: Router, app: Arc<App>) {
    let io = TokioIo::new(stream);
    let trusted_proxy = app.config.trusted_proxy;
    let service = service_fn(move |request: Request<Incoming>| {
        let forwarded = trusted_proxy.then(|| forwarded_for(request.headers())).flatten();
        answer(router.clone(), forwarded.unwrap_or(peer), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(app.config.head_time_max)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    tokio::select! {
        // A connection that breaks is its client's affair; the device asks again.
        _ = connection.as_mut() => return,
        () = app.stopping() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn answer(
    mut router: Router,
    peer: IpAddr,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(Peer(peer));
    let (head, body) = request.into_parts();
    let (body, whole) = watched(body);
    let mut answered = router.call(Request::from_parts(head, Body::new(body))).await;
    if let Ok(response) = &mut answered
        && !whole.is_read()
    {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answered
}

/// The last address in `X-Forwarded-For`, which the nearest proxy wrote; what stands before it anybody can
/// have written. Some proxies write the port too.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(last);
    bare.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_addresses_that_were_forwarded_the_last_counts() {
        let check = |values: &[&'static str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            assert_eq!(forwarded_for(&headers).map(|address| address.to_string()).as_deref(), expected);
        };
        check(&[], None);
        check(&["192.0.2.1"], Some("192.0.2.1"));
        check(&["192.0.2.1, 192.0.2.2"], Some("192.0.2.2"));
        check(&["192.0.2.1", "192.0.2.2,192.0.2.3 "], Some("192.0.2.3"));
        check(&["192.0.2.1:4180"], Some("192.0.2.1"));
        check(&["2001:db8::1"], Some("2001:db8::1"));
        check(&["[2001:db8::1]"], Some("2001:db8::1"));
        check(&["[2001:db8::1]:4180"], Some("2001:db8::1"));
        check(&["192.0.2.1, unknown"], None);
        check(&[""], None);
    }
}
