//! Counts what waits: the queue and the dead letters of each service, for those who watch the shop.

use std::time::Duration;

use souk_app::Worker;
use souk_db::{Db, inbox};
use souk_rpc::Error;

/// Sooner than most who watch ask.
const PAUSE: Duration = Duration::from_secs(10);

pub(crate) fn worker(service: &'static str, db: Db) -> Worker {
    Worker::every("queues", PAUSE, move || {
        let db = db.clone();
        async move { pass(service, &db).await }
    })
}

async fn pass(service: &'static str, db: &Db) -> Result<(), Error> {
    let lag = inbox::lag(db).await?;
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::gauge!("souk_inbox_pending", "service" => service).set(number(lag.pending));
    metrics::gauge!("souk_dead_letters", "service" => service).set(number(lag.dead));
    Ok(())
}
