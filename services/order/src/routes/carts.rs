//! Carts. A guest's cart is opened by knowing its id; an owned one answers its owner only.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error};
use souk_types::{CartId, LineId};

use super::lines::AddLine;
use super::requests::{CartDetails, CreateCart, ExplainParams, SeenVersion, SetQuantity, check_code};
use crate::Deps;
use crate::flows::create_cart;
use crate::flows::edit_cart::{self, Access};
use crate::flows::find_variants::find_variants;
use crate::views::{CartView, ShippingOptions};

/// Start a cart
///
/// Somebody who is signed in has one cart only: the lines go into the one that is there.
#[utoipa::path(post, path = "/v1/carts", operation_id = "create_cart", tag = "carts",
    params(IdempotencyParam), request_body = CreateCart,
    responses(
        (status = 201, body = CartView, description = "The new cart.",
            headers(("Location" = String, description = "Where it lives."))),
        (status = 200, body = CartView, description = "The cart that the caller has."),
        Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn create_cart(
    State(deps): State<Deps>,
    cx: Context,
    Json(request): Json<CreateCart>,
) -> Result<Response, Error> {
    let (currency, lines) = request.check()?;
    let lines = find_variants(&cx, &deps, lines).await?;
    let (priced, new) = create_cart::create_cart(&cx, &deps, currency.as_deref(), &lines).await?;
    let body = CartView::from(priced);
    if new {
        return Ok(Created { location: format!("/v1/carts/{}", body.id), body }.into_response());
    }
    Ok(Json(body).into_response())
}

/// Get a cart
#[utoipa::path(get, path = "/v1/carts/{id}", operation_id = "get_cart", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id: for guests it is the key to it."), ExplainParams),
    responses((status = 200, body = CartView, description = "The cart, priced now."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn get_cart(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<CartId>,
    Query(params): Query<ExplainParams>,
) -> Result<Json<CartView>, Error> {
    let explain = params.check()?;
    let priced = create_cart::get_cart(&cx, &deps, id).await?;
    Ok(Json(if explain { CartView::explained(priced) } else { priced.into() }))
}

/// Get my cart
#[utoipa::path(get, path = "/v1/me/cart", operation_id = "get_my_cart", tag = "carts",
    responses((status = 200, body = CartView, description = "The caller's cart."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn my_cart(State(deps): State<Deps>, cx: Context) -> Result<Json<CartView>, Error> {
    Ok(Json(create_cart::my_cart(&cx, &deps).await?.into()))
}

/// Add a line to a cart
///
/// A variant that is in the cart already gets the quantity added.
#[utoipa::path(post, path = "/v1/carts/{id}/lines", operation_id = "add_cart_line", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id."), IdempotencyParam), request_body = AddLine,
    responses((status = 200, body = CartView, description = "The cart with the line."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn add_line(
    State(deps): State<Deps>,
    cx: Context,
    Path(cart): Path<CartId>,
    Json(request): Json<AddLine>,
) -> Result<Json<CartView>, Error> {
    let (line, version) = request.check()?;
    let lines = find_variants(&cx, &deps, vec![line]).await?;
    Ok(Json(edit_cart::add_lines(&cx, &deps, Access { cart, version }, &lines).await?.into()))
}

/// Change the quantity of a line
#[utoipa::path(patch, path = "/v1/carts/{id}/lines/{line_id}", operation_id = "set_cart_line_quantity", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id."),
        ("line_id" = LineId, Path, description = "The line's id."), IdempotencyParam),
    request_body = SetQuantity,
    responses((status = 200, body = CartView, description = "The cart with the new quantity."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn set_quantity(
    State(deps): State<Deps>,
    cx: Context,
    Path((cart, line)): Path<(CartId, LineId)>,
    Json(request): Json<SetQuantity>,
) -> Result<Json<CartView>, Error> {
    let (quantity, version) = request.check()?;
    Ok(Json(edit_cart::set_quantity(&cx, &deps, Access { cart, version }, line, quantity).await?.into()))
}

/// Remove a line
#[utoipa::path(delete, path = "/v1/carts/{id}/lines/{line_id}", operation_id = "remove_cart_line", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id."),
        ("line_id" = LineId, Path, description = "The line's id."), SeenVersion, IdempotencyParam),
    responses((status = 200, body = CartView, description = "The cart without the line."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn remove_line(
    State(deps): State<Deps>,
    cx: Context,
    Path((cart, line)): Path<(CartId, LineId)>,
    Query(seen): Query<SeenVersion>,
) -> Result<Json<CartView>, Error> {
    let version = seen.check()?;
    Ok(Json(edit_cart::remove_line(&cx, &deps, Access { cart, version }, line).await?.into()))
}

/// Name a code
///
/// It stays in the cart; the cart says whether it applies, and why not. A code that is there already changes nothing.
#[utoipa::path(put, path = "/v1/carts/{id}/codes/{code}", operation_id = "add_cart_code", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id."),
        ("code" = String, Path, description = "Upper and lower case are one.", min_length = 1, max_length = 40,
            pattern = "^[A-Za-z0-9_-]+$", example = "SPRING"),
        SeenVersion, IdempotencyParam),
    responses((status = 200, body = CartView, description = "The cart with the code."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn add_code(
    State(deps): State<Deps>,
    cx: Context,
    Path((cart, code)): Path<(CartId, String)>,
    Query(seen): Query<SeenVersion>,
) -> Result<Json<CartView>, Error> {
    check_code(&code)?;
    let version = seen.check()?;
    Ok(Json(edit_cart::add_code(&cx, &deps, Access { cart, version }, &code).await?.into()))
}

/// Take a code back
#[utoipa::path(delete, path = "/v1/carts/{id}/codes/{code}", operation_id = "remove_cart_code", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id."),
        ("code" = String, Path, description = "Upper and lower case are one.", min_length = 1, max_length = 40,
            pattern = "^[A-Za-z0-9_-]+$", example = "SPRING"),
        SeenVersion, IdempotencyParam),
    responses((status = 200, body = CartView, description = "The cart without the code."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn remove_code(
    State(deps): State<Deps>,
    cx: Context,
    Path((cart, code)): Path<(CartId, String)>,
    Query(seen): Query<SeenVersion>,
) -> Result<Json<CartView>, Error> {
    check_code(&code)?;
    let version = seen.check()?;
    Ok(Json(edit_cart::remove_code(&cx, &deps, Access { cart, version }, &code).await?.into()))
}

/// Say who gets it and how
///
/// What is absent stays as it is.
#[utoipa::path(put, path = "/v1/carts/{id}/details", operation_id = "set_cart_details", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id."), IdempotencyParam), request_body = CartDetails,
    responses((status = 200, body = CartView, description = "The cart with its details."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn set_details(
    State(deps): State<Deps>,
    cx: Context,
    Path(cart): Path<CartId>,
    Json(request): Json<CartDetails>,
) -> Result<Json<CartView>, Error> {
    let (details, version) = request.check()?;
    Ok(Json(edit_cart::set_details(&cx, &deps, Access { cart, version }, details).await?.into()))
}

/// List the ways to send a cart
#[utoipa::path(get, path = "/v1/carts/{id}/shipping-options", operation_id = "list_shipping_options", tag = "carts",
    params(("id" = CartId, Path, description = "The cart's id.")),
    responses(
        (status = 200, body = ShippingOptions, description = "What is offered for its address and currency."),
        Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn shipping_options(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<CartId>,
) -> Result<Json<ShippingOptions>, Error> {
    let priced = create_cart::get_cart(&cx, &deps, id).await?;
    Ok(Json(ShippingOptions::from(&priced)))
}
