//! Sign-in and sign-out as the gateway sees them: the cookie, the memory of who is who, and the guest's cart.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use souk_contract::order::ClaimCart;
use souk_rpc::Context;
use souk_types::CartId;

use crate::access::{self, COOKIE, LOOPBACK_COOKIE};
use crate::handle::Shared;
use crate::visit::Visit;

/// How the user service says which token the browser shall keep; empty means none.
pub(crate) const SET_SESSION: HeaderName = HeaderName::from_static("souk-set-session");
/// A guest's cart at sign-in, and the user's cart in the answer.
pub(crate) const CART: HeaderName = HeaderName::from_static("souk-cart");

const CART_COOKIE: &str = "__Host-souk_cart";
const LOOPBACK_CART_COOKIE: &str = "souk_cart";

/// Signing in must not wait long for a cart.
const CLAIM_TIME: Duration = Duration::from_secs(2);

/// Whose sessions a request ends, if its service agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The one that the request came with.
    This,
    /// Others too, which we cannot name.
    Many,
}

impl Ending {
    pub(crate) fn of(method: &Method, path: &str) -> Option<Ending> {
        match (method.as_str(), path) {
            ("DELETE", "/v1/sessions/current") => Some(Ending::This),
            ("DELETE", path) if path.starts_with("/v1/sessions") => Some(Ending::Many),
            (_, "/v1/me/password" | "/v1/password-resets/confirm") => Some(Ending::Many),
            (_, path) if path.starts_with("/v1/admin/staff") || path.starts_with("/v1/admin/api-keys") => {
                Some(Ending::Many)
            }
            _ => None,
        }
    }
}

/// The cart that a guest carries, by header or cookie.
pub(crate) fn guest_cart(headers: &HeaderMap) -> Option<CartId> {
    let header = headers.get(CART).and_then(|value| value.to_str().ok());
    let cookie =
        || access::cookie(headers, CART_COOKIE).or_else(|| access::cookie(headers, LOOPBACK_CART_COOKIE));
    header.or_else(cookie)?.trim().parse().ok()
}

/// After the service has answered: forgets ended sessions, sets or clears the cookie, hands over the cart.
pub(crate) async fn conclude(
    shared: &Shared,
    visit: &mut Visit<'_>,
    cx: &Context,
    token: Option<&str>,
    response: &mut Response<Body>,
) {
    if response.status().is_success() {
        match (visit.ending, token) {
            (Some(Ending::This), Some(token)) => shared.doorkeeper.forget(token).await,
            (Some(Ending::Many), _) => shared.doorkeeper.forget_all().await,
            _ => {}
        }
    }
    let Some(session) = response.headers_mut().remove(SET_SESSION) else { return };
    if session.is_empty() {
        visit.clear_cookie = true;
        return;
    }
    visit.clear_cookie = false;
    let Ok(token) = session.to_str() else { return };
    let max_age = u64::from(shared.config.session_days) * 86_400;
    set_cookie(response.headers_mut(), token, max_age, visit.client.plain_loopback);
    let Some(cart) = visit.guest_cart else { return };
    if let Some(cart) = claim_cart(shared, cx, token, cart).await {
        response.headers_mut().insert(CART, cart);
    }
}

/// Hands the guest's cart to whoever has just signed in. If that fails the sign-in still stands, and the
/// guest's cart is where it was.
async fn claim_cart(shared: &Shared, cx: &Context, token: &str, cart: CartId) -> Option<HeaderValue> {
    let claimed = tokio::time::timeout(CLAIM_TIME, async {
        let caller = shared.doorkeeper.who(cx, token).await?;
        let cx = Context { caller, ..cx.clone() };
        let user = cx.require_user()?;
        shared.order.claim_cart(&cx, ClaimCart { cart, user }).await
    });
    match claimed.await {
        Ok(Ok(claimed)) => HeaderValue::try_from(claimed.cart?.to_string()).ok(),
        Ok(Err(error)) => {
            tracing::warn!(request.id = cx.request_id, %error, "a guest's cart was not taken over at sign-in");
            None
        }
        Err(_) => {
            tracing::warn!(
                request.id = cx.request_id,
                "a guest's cart was not taken over in time at sign-in"
            );
            None
        }
    }
}

/// Clears the cookie under the name it has here.
pub(crate) fn clear_cookie(headers: &mut HeaderMap, plain_loopback: bool) {
    set_cookie(headers, "", 0, plain_loopback);
}

/// A reply that carries a cookie is for one browser only, whatever its service thought.
fn set_cookie(headers: &mut HeaderMap, token: &str, max_age: u64, plain_loopback: bool) {
    let (name, secure) = if plain_loopback { (LOOPBACK_COOKIE, "") } else { (COOKIE, " Secure;") };
    let text = format!("{name}={token}; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={max_age}");
    let Ok(mut cookie) = HeaderValue::try_from(text) else { return };
    cookie.set_sensitive(true);
    headers.append(header::SET_COOKIE, cookie);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
}
