//! Checkout: the one mutation that handles its Idempotency-Key by itself.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use souk_app::http::{IdempotencyKey, IdempotencyRequired, Json, Path, Problems, stored_reply};
use souk_rpc::{Context, Error};
use souk_types::CartId;

use super::requests::CheckoutRequest;
use crate::Deps;
use crate::flows::place_order::{Checkout, Reply, place_order};
use crate::store::checkouts::Request;
use crate::views::OrderView;

/// Buy a cart
///
/// Prices the cart anew, holds the stock and asks for the money. Sent again with the same key it is done once and
/// answered with the same bytes; a new try after a refusal needs a new key.
#[utoipa::path(post, path = "/v1/carts/{id}/checkout", operation_id = "checkout", tag = "checkout",
    params(("id" = CartId, Path, description = "The cart's id."), IdempotencyRequired),
    request_body = CheckoutRequest,
    responses(
        (status = 201, body = OrderView, description = "The order is placed.",
            headers(("Location" = String, description = "Where it lives."))),
        (status = 202, body = OrderView, description = "The order waits for its payment: the buyer has to go to \
            `next_action.url`, or, without one, the provider has not answered yet."),
        Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn checkout(
    State(deps): State<Deps>,
    cx: Context,
    Path(cart): Path<CartId>,
    key: IdempotencyKey,
    Json(request): Json<CheckoutRequest>,
) -> Result<Response, Error> {
    request.check()?;
    // Over what was said and not how it was spaced.
    let body = serde_json::to_vec(&request).map_err(Error::internal)?;
    let fingerprint = key.identify(&cx, "checkout", &body).fingerprint;
    let CheckoutRequest { version, payment, return_url, expected_total } = request;
    let request = Request { payment, return_url };
    let checkout = Checkout { cart, key: key.0, fingerprint, version, expected_total, request };
    Ok(respond(place_order(&cx, &deps, checkout).await?))
}

fn respond(reply: Reply) -> Response {
    let Reply { order, stored, replayed } = reply;
    let mut response = if replayed {
        stored_reply(stored.status, Some(&stored.content_type), stored.body)
    } else {
        let status = axum::http::StatusCode::from_u16(stored.status).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, stored.content_type)], stored.body).into_response()
    };
    if stored.status < 300
        && let Ok(location) = HeaderValue::try_from(format!("/v1/orders/{order}"))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
