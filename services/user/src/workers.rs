//! What runs beside the requests: mails that were asked for, use that was noted, things that have expired.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use souk_app::Worker;
use souk_rpc::{Context, Error};
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
        let found_some = pass("user.mails", flows::answer_mail_requests::answer(&cx, &deps)).await;
        if found_some == Some(true) {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = deps.mail_asked.notified() => {}
            () = tokio::time::sleep(LOOK_FOR_MAILS_EVERY) => {}
        }
    }
}

/// Writes once more after the token is canceled: the last notes are not lost.
async fn write_touches(deps: Deps, stop: CancellationToken) {
    let (cx, pause) = (Context::system("user.touches"), deps.config.write_seen_every());
    loop {
        let running = stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some();
        pass("user.touches", flows::touch::write(&cx, &deps)).await;
        if !running {
            return;
        }
    }
}

/// A pass that fails, or panics, must not end its worker.
async fn pass<T>(worker: &'static str, work: impl Future<Output = Result<T, Error>>) -> Option<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(done)) => return Some(done),
        Ok(Err(error)) => tracing::warn!(worker, %error, "a pass failed, the next one will try again"),
        Err(_) => tracing::error!(worker, "a pass panicked, the next one will try again"),
    }
    None
}
