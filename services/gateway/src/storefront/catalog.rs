//! What pages show of the catalog, asked of the product service as anybody may ask: over the same routes, so that its ready
//! bytes and caches serve the pages too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use souk_rpc::{Caller, Context, Error};

use crate::routes::Target;
use crate::upstream::Ways;

/// A page does not wait longer for its data.
const PATIENCE: Duration = Duration::from_secs(2);
const REPLY_BYTES_MAX: usize = 2 << 20;

/// Asks on behalf of a page that is for everybody.
#[derive(Clone)]
pub(super) struct Catalog {
    ways: Arc<Ways>,
    cx: Context,
}

/// Why there is nothing to show.
#[derive(Debug, Clone)]
pub(super) enum Missing {
    /// There is no such thing.
    NotThere,
    /// The query makes no sense, such as the cursor of another list.
    BadQuery,
    /// It cannot be told now.
    Later(String),
}

impl Catalog {
    pub(super) fn new(ways: &Arc<Ways>, cx: &Context) -> Catalog {
        let cx = Context { caller: Caller::Guest, deadline: Some(Instant::now() + PATIENCE), ..cx.clone() };
        Catalog { ways: Arc::clone(ways), cx }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Missing> {
        let uri: Uri = path.parse().map_err(|_| Missing::BadQuery)?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri;
        let answer = self.ways.ask(Target::Product, self.cx.clone(), request).await.map_err(later)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(Missing::NotThere),
            status if status.is_client_error() => return Err(Missing::BadQuery),
            status => return Err(Missing::Later(format!("{path} answered {status}"))),
        }
        let body = Limited::new(answer.into_body(), REPLY_BYTES_MAX).collect();
        let body = tokio::time::timeout(PATIENCE, body)
            .await
            .map_err(|_| Missing::Later(format!("{path} is late")))?;
        let bytes = body.map_err(|error| Missing::Later(error.to_string()))?.to_bytes();
        serde_json::from_slice(&bytes).map_err(|error| Missing::Later(error.to_string()))
    }
}

fn later(error: Error) -> Missing {
    Missing::Later(error.to_string())
}
