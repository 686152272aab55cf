//! What a client is still sending when it has been refused already.
//!
//! A server that closes while the client still writes resets the connection, and the client may never read why it was
//! refused. One that closes without a word lets the client's next request run into nothing. So the rest is read and
//! thrown away, within bounds; what is beyond them is parted with, and that is said: `Connection: close`.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, Version, header};
use http_body::Body as _;
use http_body_util::{BodyExt, Limited};

/// The longest rest that is read away: twice what staff may send.
const REST_BYTES_MAX: usize = 16 << 20;

/// How the client speaks.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) version: Version,
    /// It waits for a word before it sends the body.
    pub(crate) waits: bool,
}

/// Deals with what nobody has read of a request's body, for `time_max` at the most.
pub(crate) fn part_with(rest: Body, manner: Manner, response: &mut Response<Body>, time_max: Duration) {
    let cut_short = response.status() == StatusCode::PAYLOAD_TOO_LARGE;
    let is_read = rest.is_end_stream();
    if is_read && !cut_short {
        return;
    }
    let is_short = rest.size_hint().upper().is_some_and(|bytes| bytes <= REST_BYTES_MAX as u64);
    if (is_read || manner.waits || !is_short) && manner.version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if is_read || manner.waits {
        return;
    }
    // One for each connection at the most, and it keeps nothing.
    tokio::spawn(async move {
        let mut rest = Limited::new(rest, REST_BYTES_MAX);
        let read = async { while let Some(Ok(_)) = rest.frame().await {} };
        let _ = tokio::time::timeout(time_max, read).await;
    });
}
