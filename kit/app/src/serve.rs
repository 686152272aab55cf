//! Listens, serves, and drains: stops accepting, lets what is under way finish, then closes.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What a listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections_max: usize,
    /// How long a client may take to send its headers, and how long a connection may rest between requests: longer
    /// than the 60 s after which the usual proxies let go, so that they never send into a closing connection.
    pub header_time: Duration,
    /// How long requests under way may take to finish once the shop closes.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: 10_000,
            header_time: Duration::from_secs(75),
            drain_time: Duration::from_secs(20),
        }
    }
}

/// Serves `router` until `token` is canceled, then drains. Handlers find the peer as `ConnectInfo<SocketAddr>`.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, token: CancellationToken) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_time).pipeline_flush(true);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(200);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections_max));
    loop {
        let Some(place) = free_place(&places, &token).await else { break };
        let Some((stream, peer)) = accept(&listener, &token).await else { break };
        let spoken = Arc::new(AtomicBool::new(false));
        let service = router.clone().map_request({
            let spoken = Arc::clone(&spoken);
            move |mut request: http::Request<Incoming>| {
                spoken.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            }
        });
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // Hyper's own limit begins once it knows the protocol, and a silent client never tells it.
            // A client that goes away in the middle is no news.
            if tokio::time::timeout(limits.header_time, &mut connection).await.is_err()
                && spoken.load(Ordering::Relaxed)
            {
                let _ = connection.await;
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the time to drain was over");
    }
}

/// Waits until one more connection is allowed; `None` when the shop closes.
async fn free_place(places: &Arc<Semaphore>, token: &CancellationToken) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        biased;
        () = token.cancelled() => None,
        place = Arc::clone(places).acquire_owned() => place.ok(),
    }
}

async fn accept(listener: &TcpListener, token: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            () = token.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                return Some((stream, peer));
            }
            // Out of file descriptors, most likely: wait for some to come back.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
