//! The shape of a service: what `build` hands to the wiring.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use futures::FutureExt;
use souk_bus::Consumer;
use souk_db::Db;
use souk_redis::Redis;
use souk_rpc::Error;
use souk_types::{Chance, Clock};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

/// What a service is given to stand on: its own database, what its replicas share, time and chance.
#[derive(Clone)]
pub struct Kit {
    pub db: Db,
    /// What the replicas of a service share; without it each remembers and counts for itself.
    pub redis: Option<Redis>,
    pub clock: Clock,
    pub chance: Chance,
    /// `souk up --dev`: controls that a real shop must not have are mounted.
    pub dev: bool,
}

/// A service, built and not yet started.
pub struct Service {
    /// Such as `order`; also the name of its database.
    pub name: &'static str,
    pub db: Db,
    /// `/rpc/{service}/…`: for peers only.
    pub rpc: Router,
    /// `/v1/…` and its OpenAPI: reached through the gateway.
    pub public: OpenApiRouter,
    pub consumers: Vec<Consumer>,
    pub workers: Vec<Worker>,
}

/// What a worker does from start to end.
pub type Run = Box<dyn FnOnce(CancellationToken) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Something that runs beside the requests until the shop closes.
pub struct Worker {
    pub name: &'static str,
    pub run: Run,
}

impl Worker {
    /// Runs until it is done; it must end soon after the token is canceled.
    pub fn new<F, Fut>(name: &'static str, run: F) -> Worker
    where
        F: FnOnce(CancellationToken) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Worker { name, run: Box::new(|token| Box::pin(run(token))) }
    }

    /// Runs `pass` again and again with a pause between the passes. A pass that fails or panics is logged and the next
    /// one tried; one that is under way when the token is canceled is finished.
    pub fn every<F, Fut>(name: &'static str, pause: Duration, pass: F) -> Worker
    where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        Worker::new(name, move |token| async move {
            while !token.is_cancelled() {
                match AssertUnwindSafe(pass()).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::warn!(worker = name, %error, "a pass failed, the next one will try again");
                    }
                    Err(_) => tracing::error!(worker = name, "a pass panicked, the next one will try again"),
                }
                tokio::select! {
                    () = token.cancelled() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        })
    }
}
