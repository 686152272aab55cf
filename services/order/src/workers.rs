//! What runs beside the requests.

use std::time::Duration;

use souk_app::Worker;
use souk_rpc::Context;

use crate::Deps;
use crate::flows::place_order::{give_up_unpaid, resume_abandoned};
use crate::store;

/// Old carts are looked for this often.
const PRUNE_PAUSE: Duration = Duration::from_secs(600);

pub(crate) fn workers(deps: &Deps) -> Vec<Worker> {
    let pause = Duration::from_secs(deps.config.sweep_seconds.into());
    let (resumer, sweeper, pruner) = (deps.clone(), deps.clone(), deps.clone());
    vec![
        Worker::every("order.resumer", pause, move || {
            let deps = resumer.clone();
            async move { resume_abandoned(&Context::system("order.resumer"), &deps).await }
        }),
        Worker::every("order.sweeper", pause, move || {
            let deps = sweeper.clone();
            async move { give_up_unpaid(&Context::system("order.sweeper"), &deps).await }
        }),
        Worker::every("order.pruner", PRUNE_PAUSE, move || {
            let deps = pruner.clone();
            async move {
                let before = deps.clock.now().minus(deps.config.cart_window());
                let cx = Context::system("order.pruner");
                // Each in a commit of its own: neither keeps the writer for long.
                deps.db.commit(&cx, store::carts::prune(before)).await?;
                deps.db.commit(&cx, store::checkouts::prune(before)).await?;
                Ok(())
            }
        }),
    ]
}
