//! Where envelopes for the consumers of one service are handed in.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use serde::{Deserialize, Serialize};
use souk_db::{Db, inbox};
use souk_rpc::{Context, Error, Remote};
use souk_types::{Clock, Envelope};

use crate::direct::Direct;

const PATH: &str = "/rpc/events/accept";

/// Envelopes per request or commit.
pub(crate) const CHUNK: usize = 256;

/// The largest request accepted: a chunk of envelopes of 64 KB each.
const REQUEST_BYTES_MAX: usize = 16 << 20;

const ACCEPT_TIME_MAX: Duration = Duration::from_secs(5);

/// The inboxes of one service.
#[derive(Clone)]
pub enum Sink {
    /// The service lives in this process.
    Local(Db),
    /// It lives in another one, which serves [`Bus::accept_routes`](crate::Bus::accept_routes).
    Http(Remote),
}

impl Sink {
    /// Ok only when the consumer has all of them, durably. Repeating it changes nothing.
    pub(crate) async fn accept(
        &self,
        consumer: &'static str,
        envelopes: &[Envelope],
        clock: &Clock,
    ) -> Result<(), Error> {
        let cx = Context {
            deadline: Some(Instant::now() + ACCEPT_TIME_MAX),
            ..Context::patient(format!("bus to {consumer}"))
        };
        match self {
            Sink::Local(db) => {
                db.commit(&cx, inbox::accept(consumer, envelopes, clock.now())).await?;
                Ok(())
            }
            Sink::Http(remote) => remote.call(&cx, PATH, &Outgoing { consumer, envelopes }).await,
        }
    }
}

#[derive(Serialize)]
struct Outgoing<'a> {
    consumer: &'a str,
    envelopes: &'a [Envelope],
}

#[derive(Deserialize)]
struct Incoming {
    consumer: String,
    envelopes: Vec<Envelope>,
}

/// `POST /rpc/events/accept` for the internal listener.
pub(crate) fn accept_routes(direct: std::sync::Arc<Direct>) -> Router {
    let accept = souk_rpc::method(move |_cx: Context, incoming: Incoming| {
        let direct = std::sync::Arc::clone(&direct);
        async move {
            let (consumer, sink) = direct.local(&incoming.consumer)?;
            sink.accept(consumer, &incoming.envelopes, direct.clock()).await
        }
    });
    Router::new().route(PATH, accept).layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
}
