//! Carts and orders, as the gateway sees them.

use serde::{Deserialize, Serialize};
use souk_rpc::contract;
use souk_types::{CartId, Money, UserId};

use crate::Done;

contract! {
    /// Carts and orders.
    pub trait Order = "order" {
        /// Hands a guest's cart to the user who has just signed in, merging it into the cart the user has.
        /// An unknown, spent or foreign cart changes nothing.
        claim_cart(ClaimCart) -> CartClaimed;
        /// Prices a page of open carts by the promotions of the shop and by others, and tells what would change.
        /// Nothing is written.
        replay_prices(ReplayPrices) -> PricesReplayed;
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

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReplayPrices {
    /// A JSON list of promotions, as `POST /v1/admin/promotions` takes them.
    pub rules: String,
    /// The last cart of the page before.
    #[serde(default)]
    pub after: Option<CartId>,
    /// Carts of a page, 100 at most.
    pub limit: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricesReplayed {
    /// Carts that were priced by both.
    pub carts: u32,
    /// Carts that cannot be priced now.
    pub unpriced: u32,
    pub changes: Vec<PriceChange>,
    /// `None` on the last page.
    pub next: Option<CartId>,
}

/// A cart that would cost something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceChange {
    pub cart: CartId,
    pub before: Money,
    pub after: Money,
    /// Titles of the promotions that apply.
    pub promotions_before: Vec<String>,
    pub promotions_after: Vec<String>,
}
