//! What the service does when others state something.

use souk_bus::Consumer;
use souk_contract::events::{OrderCanceled, OrderPlaced};
use souk_rpc::Context;

use crate::{Deps, NAME, flows};

pub(crate) fn consumer(deps: &Deps) -> Consumer {
    let (placing, canceling) = (deps.clone(), deps.clone());
    Consumer::new(NAME, deps.db.clone())
        .on(move |cx: Context, event: OrderPlaced| {
            let deps = placing.clone();
            async move { flows::capture::capture_order(&cx, &deps, event.order, event.totals.total).await }
        })
        .on(move |cx: Context, event: OrderCanceled| {
            let deps = canceling.clone();
            async move { flows::cancel::cancel_order(&cx, &deps, event.order, &event.reason).await }
        })
}
