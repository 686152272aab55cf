//! What runs beside the requests: webhooks in, the reconciler, the comparison, and the sandbox's webhooks out.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use souk_app::Worker;
use souk_rpc::Context;
use tokio_util::sync::CancellationToken;

use crate::providers::SandboxParts;
use crate::providers::sandbox::{Delivery, dispatch};
use crate::{Deps, flows};

/// Webhooks of other processes do not ring here, so the worker looks by itself as well.
const WEBHOOK_PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MIN: Duration = Duration::from_millis(100);

pub(crate) fn workers(deps: &Deps, sandbox: Option<SandboxParts>) -> Vec<Worker> {
    let reconcile = &deps.config.reconcile;
    let (for_webhooks, for_reconciler, for_comparison) = (deps.clone(), deps.clone(), deps.clone());
    // A zero in the configuration must not become a busy loop.
    let compare_pause = Duration::from_secs(reconcile.compare_pause_s).max(PAUSE_MIN);
    let reconcile_pause = Duration::from_millis(reconcile.pause_ms.max(10));
    let mut workers = vec![
        Worker::new("payment.webhooks", move |token| act_on_webhooks(for_webhooks, token)),
        Worker::every("payment.reconciler", reconcile_pause, move || {
            let deps = for_reconciler.clone();
            async move { flows::reconcile::reconcile(&Context::system("payment.reconciler"), &deps).await }
        }),
        Worker::every("payment.comparison", compare_pause, move || {
            let deps = for_comparison.clone();
            async move { flows::compare::compare_all(&Context::system("payment.comparison"), &deps).await }
        }),
    ];
    if let Some(parts) = sandbox {
        let delivery = delivery(deps, &parts);
        workers.push(Worker::new("sandbox.webhooks", move |token| dispatch(parts.parcels, delivery, token)));
    }
    workers
}

async fn act_on_webhooks(deps: Deps, token: CancellationToken) {
    let cx = Context::system("payment.webhooks");
    while !token.is_cancelled() {
        match flows::act_on_webhooks::act_on_webhooks(&cx, &deps).await {
            Ok(0) => {}
            // There may be more.
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "webhooks could not be read, the next pass tries again"),
        }
        tokio::select! {
            () = token.cancelled() => {}
            () = deps.webhook_kept.notified() => {}
            () = tokio::time::sleep(WEBHOOK_PAUSE) => {}
        }
    }
}

fn delivery(deps: &Deps, parts: &SandboxParts) -> Delivery {
    if let Some(url) = &parts.config.webhook_url {
        return Delivery::http(url);
    }
    let (deps, name) = (deps.clone(), parts.name.clone());
    Delivery::Inbox(Arc::new(move |headers, body| {
        let (deps, name) = (deps.clone(), name.clone());
        async move {
            let cx = Context::guest("sandbox.webhooks");
            let received = flows::receive_webhook::receive_webhook(&cx, &deps, &name, &headers, &body).await;
            received
                .inspect_err(|error| tracing::warn!(%error, "a webhook of the sandbox was not taken"))
                .is_ok()
        }
        .boxed()
    }))
}
