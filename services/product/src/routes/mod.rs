//! Public HTTP: extract → flow → reply. `shop` is for everybody, the others are for staff.

mod categories;
mod collections;
mod fields;
mod locations;
mod products;
mod search;
mod shop;
mod stock;

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use souk_app::http::{IdempotencyState, idempotent};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Deps;

/// The table of contents.
pub(crate) fn router(deps: &Deps) -> OpenApiRouter {
    let state = IdempotencyState { db: deps.db.clone(), clock: deps.clock.clone() };
    let staff = OpenApiRouter::new()
        .routes(routes!(products::list_all_products, products::create_product))
        .routes(routes!(products::get_product, products::replace_product, products::remove_product))
        .routes(routes!(products::publish_product))
        .routes(routes!(products::unpublish_product))
        .routes(routes!(categories::create_category))
        .routes(routes!(categories::replace_category, categories::remove_category))
        .routes(routes!(collections::create_collection))
        .routes(routes!(
            collections::get_collection_for_staff,
            collections::replace_collection,
            collections::remove_collection
        ))
        .routes(routes!(locations::list_locations, locations::create_location))
        .routes(routes!(locations::replace_location))
        .routes(routes!(stock::list_stock))
        .routes(routes!(stock::adjust_stock))
        .routes(routes!(stock::list_movements))
        .layer(from_fn_with_state(state, idempotent));
    OpenApiRouter::new()
        .routes(routes!(shop::list_products))
        .routes(routes!(shop::show_product))
        .routes(routes!(shop::show_availability))
        .routes(routes!(shop::list_categories))
        .routes(routes!(shop::list_collections))
        .routes(routes!(shop::show_collection))
        .routes(routes!(search::search_products))
        .merge(staff)
        .with_state(Arc::new(deps.clone()))
}
