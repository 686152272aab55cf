//! One request to one replica, and what it means when no answer comes.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use tokio::time::Instant;

use super::endpoint::Place;
use super::errand::{Errand, Manner};
use super::pool::{Fault, Pool, Tried};
use super::tracked::Tracked;
use super::{RemoteConfig, probe, too_late};
use crate::Error;

/// How it went.
pub(super) enum Outcome {
    Answered(Response<Body>),
    /// 503: this replica cannot, another one may.
    Refused(Response<Body>),
    /// Not a byte of it was sent: no connection came about.
    Unsent(Error),
    /// It was sent, or may have been, and no answer came.
    Unanswered(Error),
    /// The deadline came first, or the request could not even be made.
    Over(Error),
}

/// `tried` holds this replica too.
pub(super) async fn attempt(
    pool: &Arc<Pool>,
    place: Place,
    tried: Tried,
    errand: &Errand,
    deadline: Instant,
    config: &RemoteConfig,
) -> Outcome {
    let time_left = deadline.saturating_duration_since(Instant::now());
    let request = match errand.request(Some(&place.endpoint.base), time_left) {
        Ok(request) => request,
        Err(error) => return Outcome::Over(error),
    };
    let may_go_elsewhere = errand.manner != Manner::Change;
    let answer = match watched(pool, &place, tried, request, may_go_elsewhere, deadline, config).await {
        Watched::Answer(answer) => answer,
        Watched::Stalled => return Outcome::Unanswered(unreachable()),
        Watched::Late => return Outcome::Over(too_late()),
    };
    match answer {
        Ok(response) => answered(pool, place, errand.manner, response, deadline, config).await,
        Err(error) => {
            let unsent = was_never_sent(&error);
            let peer = place.endpoint.base.as_str();
            tracing::warn!(peer, %error, cause = std::error::Error::source(&error), unsent, "peer not reached");
            pool.failed(&place, if unsent { Fault::Unreachable } else { Fault::Broke });
            if unsent { Outcome::Unsent(unreachable()) } else { Outcome::Unanswered(unreachable()) }
        }
    }
}

enum Watched {
    Answer(Result<Response<Incoming>, legacy::Error>),
    Stalled,
    Late,
}

/// Waits for the answer; when it takes long and somebody else could give it, asks whether the replica is alive.
/// Slow is not stalled: a payment provider may take its ten seconds, and the replica that waits for it says so.
async fn watched(
    pool: &Arc<Pool>,
    place: &Place,
    tried: Tried,
    request: Request<Body>,
    may_go_elsewhere: bool,
    deadline: Instant,
    config: &RemoteConfig,
) -> Watched {
    let sent = pool.client.request(request);
    tokio::pin!(sent);
    loop {
        let time_left = deadline.saturating_duration_since(Instant::now());
        let patience = config.patience.min(time_left / 4).max(Duration::from_millis(10));
        match tokio::time::timeout(patience.min(time_left), &mut sent).await {
            Ok(answer) => return Watched::Answer(answer),
            Err(_) if Instant::now() >= deadline => return Watched::Late,
            Err(_) => {}
        }
        if !pool.has_other(tried) {
            continue;
        }
        let check = async {
            // Whoever looks at the same replica at the same moment leaves the finding to one of them.
            let Some(_check) = place.endpoint.begin_check() else { return true };
            probe::is_alive(pool, &place.endpoint, patience).await
        };
        let alive = tokio::select! {
            biased;
            answer = &mut sent => return Watched::Answer(answer),
            alive = check => alive,
        };
        if !alive {
            place.endpoint.note_stalled();
            pool.failed(place, Fault::Stalled);
        }
        if may_go_elsewhere && place.endpoint.is_stalled() {
            return Watched::Stalled;
        }
    }
}

async fn answered(
    pool: &Arc<Pool>,
    place: Place,
    manner: Manner,
    response: Response<Incoming>,
    deadline: Instant,
    config: &RemoteConfig,
) -> Outcome {
    let refused = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    match (says_goodbye(&response), refused) {
        // It still answers what it has; the next request goes elsewhere.
        (true, _) => pool.failed(&place, Fault::Closing),
        (false, true) => pool.failed(&place, Fault::Refused),
        (false, false) => pool.answered(&place),
    }
    let (parts, body) = response.into_parts();
    let body = match manner {
        Manner::Read | Manner::Change => Body::new(Tracked { body, _place: place }),
        Manner::Call => {
            let whole = Limited::new(body, config.reply_bytes_max).collect();
            match tokio::time::timeout_at(deadline, whole).await {
                Ok(Ok(body)) => Body::from(body.to_bytes()),
                Ok(Err(error)) => {
                    pool.failed(&place, Fault::Broke);
                    return Outcome::Unanswered(Error::unavailable(format!("a reply broke off: {error}")));
                }
                Err(_) => return Outcome::Over(Error::timeout("a reply did not arrive whole in time")),
            }
        }
    };
    let response = Response::from_parts(parts, body);
    if refused { Outcome::Refused(response) } else { Outcome::Answered(response) }
}

/// Internal listeners keep connections open; one that closes it is going down.
fn says_goodbye(response: &Response<Incoming>) -> bool {
    response
        .headers()
        .get(header::CONNECTION)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

/// No connection came about, or the request was handed back by one that had ended before.
fn was_never_sent(error: &legacy::Error) -> bool {
    if error.is_connect() {
        return true;
    }
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<hyper::Error>());
    cause.is_some_and(hyper::Error::is_canceled)
}

fn unreachable() -> Error {
    Error::unavailable("another part of the shop cannot be reached right now")
}
