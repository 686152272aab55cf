//! Listens, serves, and drains: says goodbye, stops accepting, lets what is under way finish, then closes.
//!
//! A connection that rests must not be closed while its client may be writing into it: the client could not know
//! whether its request was read. So a closing door lingers first: every answer says `Connection: close`, and only
//! connections that nobody has used meanwhile are closed. Clients of ours let a connection go after resting for 2 s
//! (`souk_rpc`), sooner than a door that lingers for [`PEERS_LINGER`] closes it.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Response, header};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long an internal door lingers.
pub const PEERS_LINGER: Duration = Duration::from_secs(3);

/// How often a closing door looks whether its last connection has gone.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long somebody who was let in last may take to begin.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// The kernel's queue of connections is not longer.
const BACKLOG_MAX: usize = 1_024;
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// What a listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections_max: usize,
    /// How long a client may take to send its headers, and how long a connection may rest between requests: longer
    /// than the 60 s after which the usual proxies let go, so that they never send into a closing connection.
    pub header_time: Duration,
    /// How long a closing door still accepts, and tells keep-alive clients to go.
    pub linger: Linger,
    /// How long requests under way may take to finish after that.
    pub drain_time: Duration,
}

/// How a door closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linger {
    /// Nobody else could serve the clients anyway.
    No,
    /// For peers: until nobody is connected, and no longer than this.
    UntilUnused(Duration),
    /// For a balancer that has to find out by itself, from `/readyz`.
    For(Duration),
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: 10_000,
            header_time: Duration::from_secs(75),
            linger: Linger::No,
            drain_time: Duration::from_secs(20),
        }
    }
}

/// Serves `router` until `token` is canceled, then drains. Handlers find the peer as `ConnectInfo<SocketAddr>`.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, token: CancellationToken) {
    let door = Door::new(router, limits);
    door.admit(&listener, &token).await;
    door.closing.store(true, Ordering::Relaxed);
    let never = CancellationToken::new();
    tokio::select! {
        () = door.admit(&listener, &never) => {}
        () = door.linger() => {}
    }
    door.shut(listener).await;
    if tokio::time::timeout(limits.drain_time, door.graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the time to drain was over");
    }
}

struct Door {
    router: Router,
    limits: Limits,
    http: auto::Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
    closing: Arc<AtomicBool>,
}

impl Door {
    fn new(router: Router, limits: Limits) -> Door {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_time).pipeline_flush(true);
        http.http2().timer(TokioTimer::new()).max_concurrent_streams(200);
        Door {
            router,
            limits,
            http,
            graceful: GracefulShutdown::new(),
            places: Arc::new(Semaphore::new(limits.connections_max)),
            closing: Arc::default(),
        }
    }

    /// Lets clients in until `token` is canceled.
    async fn admit(&self, listener: &TcpListener, token: &CancellationToken) {
        loop {
            let Some(place) = free_place(&self.places, token).await else { return };
            let Some((stream, peer)) = accept(listener, token).await else { return };
            self.welcome(stream, peer, Some(place));
        }
    }

    /// Ends when it is time to stop accepting.
    async fn linger(&self) {
        match self.limits.linger {
            Linger::No => {}
            Linger::UntilUnused(longest) => drop(tokio::time::timeout(longest, self.unused()).await),
            Linger::For(time) => tokio::time::sleep(time).await,
        }
    }

    /// Stops accepting. Whoever was let in at the last moment, by the kernel even, would be cut off without a word: they
    /// are let in, and get a moment to ask.
    async fn shut(&self, listener: TcpListener) {
        // The runtime may not have heard yet of those who wait; the system knows.
        if let Ok(listener) = listener.into_std() {
            for _ in 0..BACKLOG_MAX {
                let Ok((stream, peer)) = listener.accept() else { break };
                if stream.set_nonblocking(true).is_ok()
                    && let Ok(stream) = TcpStream::from_std(stream)
                {
                    self.welcome(stream, peer, None);
                }
            }
        }
        if self.limits.linger != Linger::No {
            let _ = tokio::time::timeout(LAST_WORDS, self.unused()).await;
        }
    }

    /// Until nobody is connected.
    async fn unused(&self) {
        while self.graceful.count() > 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn welcome(&self, stream: TcpStream, peer: SocketAddr, place: Option<OwnedSemaphorePermit>) {
        let spoken = Arc::new(AtomicBool::new(false));
        let (asked, closing) = (Arc::clone(&spoken), Arc::clone(&self.closing));
        let service = self.router.clone().map_request(move |mut request: http::Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let service = service.map_response(move |mut response: Response<Body>| {
            if closing.load(Ordering::Relaxed) {
                response.headers_mut().insert(header::CONNECTION, CLOSE);
            }
            response
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = self.graceful.watch(connection.into_owned());
        let header_time = self.limits.header_time;
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // Hyper's own limit begins once it knows the protocol, and a silent client never tells it.
            // A client that goes away in the middle is no news.
            if tokio::time::timeout(header_time, &mut connection).await.is_err()
                && spoken.load(Ordering::Relaxed)
            {
                let _ = connection.await;
            }
            drop(place);
        });
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
