//! The public API: extract → flow → reply. This table is its contents.

mod admin;
mod carts;
mod checkout;
mod lines;
mod orders;
mod promotions;
mod refund_request;
mod requests;

use axum::middleware::from_fn_with_state;
use souk_app::http::{IdempotencyState, idempotent};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Deps;

pub(crate) fn routes(deps: &Deps) -> OpenApiRouter {
    let keys = IdempotencyState { db: deps.db.clone(), clock: deps.clock.clone() };
    let mutations = OpenApiRouter::new()
        .routes(routes!(carts::create_cart))
        .routes(routes!(carts::add_line))
        .routes(routes!(carts::set_quantity, carts::remove_line))
        .routes(routes!(carts::set_details))
        .routes(routes!(carts::add_code, carts::remove_code))
        .routes(routes!(promotions::create))
        .routes(routes!(promotions::replace, promotions::remove))
        .routes(routes!(orders::cancel_order))
        .routes(routes!(admin::cancel_order))
        .routes(routes!(admin::ship_order))
        .routes(routes!(admin::refund_order))
        .layer(from_fn_with_state(keys, idempotent));
    OpenApiRouter::new()
        .routes(routes!(carts::get_cart))
        .routes(routes!(carts::my_cart))
        .routes(routes!(carts::shipping_options))
        // Handles its key by itself: the record is part of the batch that begins the order.
        .routes(routes!(checkout::checkout))
        .routes(routes!(orders::my_orders))
        .routes(routes!(orders::get_order))
        .routes(routes!(orders::look_up))
        .routes(routes!(promotions::list))
        .routes(routes!(promotions::get))
        .routes(routes!(admin::list_orders))
        .routes(routes!(admin::get_order))
        .merge(mutations)
        .with_state(deps.clone())
}
