//! Who hears of what.

/// Event type → its consumers: the shop's choreography, declared once in the contract. Of what is not listed
/// nobody hears.
pub type Routes = &'static [(&'static str, &'static [&'static str])];

pub(crate) fn consumers_of(routes: Routes, kind: &str) -> &'static [&'static str] {
    routes.iter().find(|(listed, _)| *listed == kind).map_or(&[], |(_, consumers)| consumers)
}

/// Every consumer once, in the order of the table.
pub(crate) fn all_consumers(routes: Routes) -> Vec<&'static str> {
    let mut all = Vec::new();
    for consumer in routes.iter().flat_map(|(_, consumers)| *consumers) {
        if !all.contains(consumer) {
            all.push(*consumer);
        }
    }
    all
}

/// The service that a consumer lives in: `product.search` in `product`.
pub(crate) fn service_of(consumer: &'static str) -> &'static str {
    consumer.split_once('.').map_or(consumer, |(service, _)| service)
}

/// Every service that some consumer lives in, once.
pub(crate) fn services_of(routes: Routes) -> Vec<&'static str> {
    let mut services: Vec<_> = all_consumers(routes).into_iter().map(service_of).collect();
    services.sort_unstable();
    services.dedup();
    services
}
