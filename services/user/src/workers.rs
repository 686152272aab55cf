//! What runs beside the requests: mails that were asked for, use that was noted, things that have expired.

use std::time::Duration;

use souk_app::Worker;
use souk_rpc::Context;
use tokio_util::sync::CancellationToken;

use crate::{Deps, flows};

/// Another replica's requests do not ring here; they are looked for so often.
const LOOK_FOR_MAILS_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn workers(deps: &Deps) -> Vec<Worker> {
    let (mails, touches, prune) = (deps.clone(), deps.clone(), deps.clone());
    vec![
        Worker::new("user.mails", move |stop| answer_mails(mails, stop)),
        Worker::new("user.touches", move |stop| write_touches(touches, stop)),
        Worker::every("user.prune", deps.config.prune_every(), move || {
            let deps = prune.clone();
            async move { flows::prune::prune(&Context::system("user.prune"), &deps).await }
        }),
    ]
}

async fn answer_mails(deps: Deps, stop: CancellationToken) {
    let cx = Context::system("user.mails");
    while !stop.is_cancelled() {
        match flows::answer_mail_requests::answer(&cx, &deps).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "mails that were asked for wait for the next pass"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = deps.mail_asked.notified() => {}
            () = tokio::time::sleep(LOOK_FOR_MAILS_EVERY) => {}
        }
    }
}

async fn write_touches(deps: Deps, stop: CancellationToken) {
    let (cx, pause) = (Context::system("user.touches"), deps.config.write_seen_every());
    loop {
        let running = stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some();
        if let Err(error) = flows::touch::write(&cx, &deps).await {
            tracing::warn!(%error, "use of sessions was not written down");
        }
        if !running {
            return;
        }
    }
}
