//! After a product was edited: the caches in front of the shop let its pages go, so that the edit is seen at once.
//! Lists and search results are not named; they live for seconds only.

use std::collections::BTreeSet;
use std::time::Duration;

use souk_contract::events::ProductRemoved;
use souk_rpc::{Context, Error};
use souk_types::{Envelope, Event, ProductId};

use crate::Deps;
use crate::store::products;

/// By then every cache has asked again by itself: a page is fresh for 10 s and may be shown for a minute more. A cache
/// that is gone for longer must not become a heap of dead letters.
const WORTH_WHILE: Duration = Duration::from_secs(75);

/// Many events, one round of requests. As with the index it matters which product to look at, not what the event says.
pub(crate) async fn purge_pages(deps: &Deps, events: Vec<(Context, Envelope)>) -> Vec<Result<(), Error>> {
    if deps.purger.is_idle() {
        return events.iter().map(|_| Ok(())).collect();
    }
    let outcome = purge(deps, &events).await;
    metrics::counter!("souk_cache_purges_total", "outcome" => if outcome.is_ok() { "done" } else { "failed" })
        .increment(events.len() as u64);
    let now = deps.clock.now();
    let settled = |(_, envelope): &(Context, Envelope)| match &outcome {
        Err(error) if now.since(envelope.time) > WORTH_WHILE => {
            tracing::warn!(product.id = %envelope.subject, %error, "a cache was not told of an edit; the page has expired");
            Ok(())
        }
        outcome => outcome.clone(),
    };
    events.iter().map(settled).collect()
}

async fn purge(deps: &Deps, events: &[(Context, Envelope)]) -> Result<(), Error> {
    let ids: BTreeSet<ProductId> = events.iter().map(|(_, envelope)| ProductId(envelope.subject)).collect();
    let ids: Vec<ProductId> = ids.into_iter().collect();
    let saved = products::get_many(&deps.db, &ids).await?;
    // The cache asks again in a moment, and must not get what this process kept from before the edit.
    deps.pages.forget(&saved).await;
    let mut slugs: Vec<(ProductId, String)> =
        saved.into_iter().map(|product| (product.id, product.slug)).collect();
    // The slug of what was removed is free again: only the event knows it.
    let removals = events.iter().filter(|(_, envelope)| envelope.kind == ProductRemoved::TYPE);
    for (_, envelope) in removals {
        if let Ok(ProductRemoved { product, slug: Some(slug) }) = envelope.open() {
            slugs.push((product, slug));
        }
    }
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for pattern in &deps.config.purge_paths {
        if pattern.contains("{slug}") {
            let path = |(id, slug): &(ProductId, String)| fill(pattern, *id, slug);
            paths.extend(slugs.iter().map(path));
        } else {
            paths.extend(ids.iter().map(|id| fill(pattern, *id, "")));
        }
    }
    deps.purger.purge(&paths.into_iter().collect::<Vec<_>>()).await
}

fn fill(pattern: &str, id: ProductId, slug: &str) -> String {
    pattern.replace("{id}", &id.to_string()).replace("{slug}", slug)
}
