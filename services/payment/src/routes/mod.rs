//! The public side: extract, flow, reply. This file is the table of contents.

mod exceptions;
mod ledger;
mod ledger_export;
mod methods;
mod payments;
mod received;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use souk_app::http::{IdempotencyState, idempotent};
use souk_rpc::Error;
use souk_types::Cursor;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Deps;

/// Webhooks for providers, reading for staff; with `challenges`, the sandbox's pages for developers.
pub(crate) fn router(deps: &Deps, challenges: Option<Router>) -> OpenApiRouter {
    let records = IdempotencyState { db: deps.db.clone(), clock: deps.clock.clone() };
    let changes = OpenApiRouter::new()
        .routes(routes!(received::receive_payment))
        .layer(from_fn_with_state(records, idempotent))
        .with_state(deps.clone());
    let router = OpenApiRouter::new()
        .routes(routes!(webhooks::receive_webhook))
        .routes(routes!(methods::list_methods))
        .routes(routes!(payments::list_payments))
        .routes(routes!(payments::get_payment))
        .routes(routes!(ledger::list_balances))
        .routes(routes!(ledger::list_postings))
        .routes(routes!(ledger::verify_ledger))
        .routes(routes!(ledger_export::export_ledger))
        .routes(routes!(exceptions::list_exceptions))
        .with_state(deps.clone())
        .merge(changes);
    match challenges {
        Some(challenges) => router.merge(OpenApiRouter::from(challenges)),
        None => router,
    }
}

/// The bounds of a page, checked.
fn page_of<K: serde::de::DeserializeOwned>(
    limit: Option<u32>,
    cursor: Option<&str>,
) -> Result<(u32, Option<K>), Error> {
    let limit = limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid("?limit", "range", "must be from 1 to 100"));
    }
    let cursor = cursor.map(Cursor::decode).transpose();
    let after = cursor.map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
    Ok((limit, after))
}

/// A limit as a length.
fn length(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
