//! Keeps the tables of the machinery small: what was sent, done or answered long ago is removed in small bites.

use std::time::Duration;

use souk_app::Worker;
use souk_db::{Batch, Db, idempotency, inbox, outbox};
use souk_rpc::{Context, Error};
use souk_types::Clock;

/// Longer than any redelivery, and long enough to look into what happened last week.
const EVENTS_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How long a repeated Idempotency-Key gets the same reply.
const KEYS_KEPT: Duration = Duration::from_secs(3 * 86_400);
const PAUSE: Duration = Duration::from_secs(60);

pub(crate) fn worker(db: Db, clock: Clock) -> Worker {
    Worker::every("prune", PAUSE, move || {
        let (db, clock) = (db.clone(), clock.clone());
        async move { pass(&db, &clock).await }
    })
}

async fn pass(db: &Db, clock: &Clock) -> Result<(), Error> {
    let cx = Context::system("prune");
    let now = clock.now();
    let (events, keys) = (now.minus(EVENTS_KEPT), now.minus(KEYS_KEPT));
    // One bite of each a pass: thousands of rows a minute, far more than a shop makes.
    let bites: [Batch; 3] =
        [outbox::prune(events).into(), inbox::prune(events), idempotency::prune(keys).into()];
    for bite in bites {
        db.commit(&cx, bite).await?;
    }
    Ok(())
}
