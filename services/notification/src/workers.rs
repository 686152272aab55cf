//! What runs beside the requests: handing mails over, and forgetting what old ones said.

use std::time::Duration;

use souk_app::Worker;
use souk_rpc::{Context, Error};
use tokio_util::sync::CancellationToken;

use crate::flows::send_mails::send_mails;
use crate::{Deps, store};

/// Another replica's mails, and those that come again, do not ring here; they are looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn workers(deps: &Deps) -> Vec<Worker> {
    let (sender, forgetter) = (deps.clone(), deps.clone());
    vec![
        Worker::new("notification.sender", move |stop| send(sender, stop)),
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

async fn forget(deps: &Deps) -> Result<(), Error> {
    let cx = Context::system("notification.forgetter");
    let before = deps.clock.now().minus(DAY * deps.config.bodies_kept_days);
    Ok(deps.db.commit(&cx, store::mails::forget_texts(before)).await.map(|_| ())?)
}
