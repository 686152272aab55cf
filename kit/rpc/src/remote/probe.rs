//! Asks replicas how they are, over the paths that every internal listener has: `/healthz` for alive, `/readyz` for
//! willing. No other work of the replica is needed for the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use rand::RngExt;

use super::endpoint::Endpoint;
use super::pool::Pool;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// So a replica that returns is used within seconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const PROBE_TIME: Duration = Duration::from_secs(1);

/// Probes a replica that was left out until it is ready; one probe at a time, with growing pauses.
pub(super) fn until_back(pool: &Arc<Pool>, number: usize) {
    let pool = Arc::downgrade(pool);
    tokio::spawn(async move {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(jittered(pause)).await;
            // Whoever asked is gone.
            let Some(pool) = pool.upgrade() else { return };
            let endpoint = pool.endpoint(number);
            if !endpoint.is_out() {
                return;
            }
            let answer = ask(&pool, endpoint, "/readyz", PROBE_TIME).await;
            if answer.is_some_and(|status| status != StatusCode::SERVICE_UNAVAILABLE) {
                return pool.take_back(number);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
}

/// Whether the replica answers anything at all. One that was stopped still has its connections accepted, by the
/// kernel, and then nothing happens.
pub(super) async fn is_alive(pool: &Pool, endpoint: &Endpoint, within: Duration) -> bool {
    ask(pool, endpoint, "/healthz", within).await.is_some()
}

async fn ask(pool: &Pool, endpoint: &Endpoint, path: &str, within: Duration) -> Option<StatusCode> {
    let request = Request::get(format!("{}{path}", endpoint.base.as_str())).body(Body::empty()).ok()?;
    let answer = tokio::time::timeout(within, pool.client.request(request)).await;
    answer.ok()?.ok().map(|response| response.status())
}

/// Three quarters to five quarters, so that the processes of a shop do not probe in step.
fn jittered(pause: Duration) -> Duration {
    pause * rand::rng().random_range(75..=125) / 100
}
