//! What runs beside the requests: handing mails over, and forgetting what old ones said.

use std::time::Duration;

use souk_app::Worker;
use souk_db::batch;
use souk_rpc::{Context, Error};
use tokio_util::sync::CancellationToken;

use crate::flows::deliver::{UnderWay, begin};
use crate::flows::send_mails::send_mails;
use crate::{Deps, store};

/// Another replica's mails, and those that come again, do not ring here; they are looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
const PARK_EVERY: Duration = Duration::from_secs(30);
/// What a receiver has in hand when the shop closes; what takes longer comes again.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn workers(deps: &Deps) -> Vec<Worker> {
    let (sender, courier, parker, forgetter) = (deps.clone(), deps.clone(), deps.clone(), deps.clone());
    vec![
        Worker::new("notification.sender", move |stop| send(sender, stop)),
        Worker::new("notification.webhooks", move |stop| deliver(courier, stop)),
        Worker::every("notification.webhook_parker", PARK_EVERY, move || {
            let deps = parker.clone();
            async move { park(&deps).await }
        }),
        Worker::every("notification.forgetter", FORGET_EVERY, move || {
            let deps = forgetter.clone();
            async move { forget(&deps).await }
        }),
    ]
}

async fn send(deps: Deps, stop: CancellationToken) {
    let cx = Context::patient("notification.sender");
    while !stop.is_cancelled() {
        match send_mails(&cx, &deps).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "mails wait for the next pass"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = deps.mail_queued.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn deliver(deps: Deps, stop: CancellationToken) {
    let cx = Context::patient("notification.webhooks");
    let mut under_way = UnderWay::default();
    while !stop.is_cancelled() {
        if let Err(error) = begin(&cx, &deps, &mut under_way).await {
            tracing::warn!(%error, "deliveries wait for the next pass");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = under_way.ended() => {}
            () = deps.delivery_queued.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    under_way.close(CLOSE_WITHIN).await;
}

async fn park(deps: &Deps) -> Result<(), Error> {
    let cx = Context::patient("notification.webhook_parker");
    Ok(deps.db.commit(&cx, store::deliveries::park_stray()).await.map(|_| ())?)
}

async fn forget(deps: &Deps) -> Result<(), Error> {
    let cx = Context::system("notification.forgetter");
    let now = deps.clock.now();
    let delivered = store::deliveries::prune(now.minus(DAY * deps.config.webhooks.kept_days));
    let said = store::mails::forget_texts(now.minus(DAY * deps.config.bodies_kept_days));
    Ok(deps.db.commit(&cx, batch![said, delivered]).await.map(|_| ())?)
}
