//! Carts and orders, as the gateway sees them.

use serde::{Deserialize, Serialize};
use souk_rpc::contract;
use souk_types::{CartId, UserId};

use crate::Done;

contract! {
    /// Carts and orders.
    pub trait Order = "order" {
        /// Hands a guest's cart to the user who has just signed in, merging it into the cart the user has.
        /// An unknown, spent or foreign cart changes nothing.
        claim_cart(ClaimCart) -> CartClaimed;
        /// Whether the service and its database answer.
        ping(Done) -> Done;
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClaimCart {
    pub cart: CartId,
    pub user: UserId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartClaimed {
    /// The user's cart from now on.
    pub cart: Option<CartId>,
}
