//! Catalog and stock, as the other services see them.

use serde::{Deserialize, Serialize};
use souk_rpc::contract;
use souk_types::{Currency, Money, OrderId, ProductId, Timestamp, VariantId};

use crate::Done;

contract! {
    /// Catalog and stock.
    pub trait Product = "product" {
        /// What variants cost now, from authority. Variants that do not exist are left out.
        offers(GetOffers) -> Offers;
        /// Holds stock for an order, all lines or none, until it is allocated, released or expires.
        /// Repeating it for the same order changes nothing and answers the same.
        hold_stock(HoldStock) -> HoldOutcome;
        /// Gives back what an order holds. Releasing what is not held is fine.
        release_stock(ReleaseStock) -> Done;
        /// Whether the service and its database answer.
        ping(Done) -> Done;
    }
}

/// At most 200 variants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetOffers {
    pub variants: Vec<VariantId>,
    pub currency: Currency,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    pub offers: Vec<Offer>,
}

/// A variant as it may be bought now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub variant: VariantId,
    pub product: ProductId,
    pub sku: String,
    /// The product's title.
    pub title: String,
    /// The option values, such as `M / red`; empty when there is one variant only.
    pub variant_title: String,
    pub slug: String,
    /// `None`: not for sale in this currency.
    pub unit_price: Option<Money>,
    pub tax_category: String,
    pub weight_grams: u32,
    /// Published, and so is its product.
    pub published: bool,
    /// Units that can be sold now over all locations.
    pub available: i64,
    /// More than `available` may be sold.
    pub backorder: bool,
    #[serde(default)]
    pub image: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldStock {
    pub order: OrderId,
    pub lines: Vec<HoldLine>,
    pub expires_at: Timestamp,
}

/// Each variant stands in one line of a hold at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldLine {
    pub variant: VariantId,
    pub quantity: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum HoldOutcome {
    Held {
        expires_at: Timestamp,
    },
    /// Nothing is held.
    SoldOut {
        shortages: Vec<Shortage>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    pub variant: VariantId,
    pub requested: u32,
    pub available: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReleaseStock {
    pub order: OrderId,
}
