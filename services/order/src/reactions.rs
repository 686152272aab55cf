//! What the order service does when something has happened elsewhere.

use std::future::Future;

use souk_bus::Consumer;
use souk_rpc::Context;
use souk_types::Event;

use crate::error::OrderError;
use crate::flows::payment_events as flows;
use crate::{Deps, NAME};

pub(crate) fn consumer(deps: &Deps) -> Consumer {
    let consumer = Consumer::new(NAME, deps.db.clone());
    let consumer =
        on(consumer, deps, |cx, deps, event| async move { flows::authorized(&cx, &deps, event).await });
    let consumer =
        on(consumer, deps, |cx, deps, event| async move { flows::declined(&cx, &deps, event).await });
    let consumer =
        on(consumer, deps, |cx, deps, event| async move { flows::captured(&cx, &deps, event).await });
    let consumer =
        on(consumer, deps, |cx, deps, event| async move { flows::voided(&cx, &deps, event).await });
    let consumer =
        on(consumer, deps, |cx, deps, event| async move { flows::refunded(&cx, &deps, event).await });
    on(consumer, deps, |cx, deps, event| async move { flows::stock_failed(&cx, &deps, event).await })
}

fn on<E, F, Fut>(consumer: Consumer, deps: &Deps, react: F) -> Consumer
where
    E: Event,
    F: Fn(Context, Deps, E) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), OrderError>> + Send + 'static,
{
    let deps = deps.clone();
    consumer.on(move |cx: Context, event: E| react(cx, deps.clone(), event))
}
