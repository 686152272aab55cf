//! What happens in the catalog and the warehouse.

use serde::{Deserialize, Serialize};
use souk_types::{OrderId, ProductId};

use super::event;
use crate::product::Shortage;

/// A product, or anything that shows on it, was created or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSaved {
    pub product: ProductId,
    pub version: i64,
}
event!(ProductSaved = "product.saved" of product);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRemoved {
    pub product: ProductId,
    /// What it was called in addresses; free for others from now on.
    #[serde(default)]
    pub slug: Option<String>,
}
event!(ProductRemoved = "product.removed" of product);

/// An order was placed whose hold had expired, and the stock went to somebody else meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockAllocationFailed {
    pub order: OrderId,
    pub shortages: Vec<Shortage>,
}
event!(StockAllocationFailed = "stock.allocation_failed" of order);
