//! What this service does when something happens elsewhere, and how its own changes reach the search index.

use souk_bus::Consumer;
use souk_contract::events::{OrderCanceled, OrderPlaced, OrderShipped, ProductRemoved, ProductSaved};
use souk_rpc::Context;
use souk_types::Event;

use crate::{Deps, NAME, flows};

pub(crate) fn consumers(deps: &Deps) -> Vec<Consumer> {
    vec![stock(deps), search(deps), purge(deps)]
}

/// Orders take stock, give it back and carry it away.
fn stock(deps: &Deps) -> Consumer {
    let (placing, canceling, shipping) = (deps.clone(), deps.clone(), deps.clone());
    Consumer::new(NAME, deps.db.clone())
        .on::<OrderPlaced>(move |cx: Context, placed: OrderPlaced| {
            let deps = placing.clone();
            async move { flows::allocate_stock::allocate_stock(&cx, &deps, &placed).await }
        })
        .on::<OrderCanceled>(move |cx: Context, canceled: OrderCanceled| {
            let deps = canceling.clone();
            async move { flows::cancel_allocation::cancel_allocation(&cx, &deps, &canceled).await }
        })
        .on::<OrderShipped>(move |cx: Context, shipped: OrderShipped| {
            let deps = shipping.clone();
            async move { flows::ship_stock::ship_stock(&cx, &deps, &shipped).await }
        })
}

/// Many changes, one commit of the index; the events count as done only after it.
fn search(deps: &Deps) -> Consumer {
    let deps = deps.clone();
    Consumer::new("product.search", deps.db.clone()).batch(
        &[ProductSaved::TYPE, ProductRemoved::TYPE],
        move |events| {
            let deps = deps.clone();
            async move { flows::index_products::index_products(&deps, events).await }
        },
    )
}

/// Apart from the search index: a cache that does not answer must not make hits old.
fn purge(deps: &Deps) -> Consumer {
    let deps = deps.clone();
    Consumer::new("product.purge", deps.db.clone()).batch(
        &[ProductSaved::TYPE, ProductRemoved::TYPE],
        move |events| {
            let deps = deps.clone();
            async move { flows::purge_pages::purge_pages(&deps, events).await }
        },
    )
}
