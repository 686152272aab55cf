//! Hands a guest's cart to the user who has just signed in.

use souk_contract::order::CartClaimed;
use souk_db::batch;
use souk_rpc::Context;
use souk_types::{CartId, UserId};

use super::RACES_MAX;
use crate::Deps;
use crate::domain::cart::{Cart, CartState};
use crate::error::OrderError;
use crate::store;

/// An unknown, spent or foreign cart changes nothing. Repeating it changes nothing either: the cart has an owner by
/// then, or its lines have gone into the owner's.
pub(crate) async fn claim_cart(
    cx: &Context,
    deps: &Deps,
    id: CartId,
    user: UserId,
) -> Result<CartClaimed, OrderError> {
    for _ in 0..RACES_MAX {
        let guest = store::carts::get(&deps.db, id).await?;
        let guest = guest.filter(|cart| cart.user.is_none() && cart.state == CartState::Open);
        let own = store::carts::of_user(&deps.db, user).await?;
        let (Some(guest), own) = (guest, own.clone()) else {
            return Ok(CartClaimed { cart: own.map(|cart| cart.id) });
        };
        match hand_over(cx, deps, guest, own, user).await {
            Err(OrderError::Db(error)) if error.is_lost_race() || error.is_unique(store::carts::SAVE) => {}
            claimed => return claimed,
        }
    }
    Err(OrderError::Contended)
}

async fn hand_over(
    cx: &Context,
    deps: &Deps,
    guest: Cart,
    own: Option<Cart>,
    user: UserId,
) -> Result<CartClaimed, OrderError> {
    let now = deps.clock.now();
    let Some(mut own) = own else {
        let claimed = Cart { user: Some(user), ..guest };
        deps.db.commit(cx, store::carts::save(&claimed, now)).await?;
        return Ok(CartClaimed { cart: Some(claimed.id) });
    };
    if own.state != CartState::Open {
        // The user's own cart is being paid for: the guest's stays as it is until the next sign-in.
        return Ok(CartClaimed { cart: Some(own.id) });
    }
    own.merge(&guest);
    deps.db.commit(cx, batch![store::carts::save(&own, now), store::carts::mark_merged(&guest, now)]).await?;
    Ok(CartClaimed { cart: Some(own.id) })
}
