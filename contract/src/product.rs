//! Catalog and stock, as the other services see them.

use serde::{Deserialize, Serialize};
use souk_rpc::contract;
use souk_types::{CategoryId, CollectionId, Currency, Money, OrderId, ProductId, Timestamp, VariantId};

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
        /// Creates or updates products by their key; a row that breaks a rule is reported and the rest goes in.
        import_products(ImportProducts) -> ImportReport;
        /// What a guest of the shop finds for some words, best first, by the names that the import knows it by.
        search_products(SearchProducts) -> FoundProducts;
        /// Whether the service and its database answer.
        ping(Done) -> Done;
    }
}

/// At most 200 variants, by id or by SKU.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetOffers {
    pub variants: Vec<VariantId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<String>,
    pub currency: Currency,
    /// Whether the offers name their categories and collections.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub groups: bool,
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
    /// Its category and those above it, when they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryId>,
    /// When they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<CollectionId>,
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

/// Rows of an import file, at most 500 at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportProducts {
    pub rows: Vec<ImportRow>,
}

/// One product of an import file and where it stands there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportRow {
    /// Line of the file, from 1.
    pub line: u64,
    pub product: ImportedProduct,
}

/// A product as an import file states it (docs/guides/import.md). `key` recognizes it when it comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedProduct {
    pub key: String,
    pub title: String,
    /// Made from the title when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(default = "published_by_default")]
    pub published: bool,
    /// Path from the root of the category tree, such as `["Office", "Toner"]`; missing ones are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<String>,
    #[serde(default = "standard_tax")]
    pub tax_category: String,
    /// Name → text, number (as text or integer), or boolean.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<ImportedMedia>,
    /// Names of the options in order, such as `["Size", "Color"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    pub variants: Vec<ImportedVariant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedMedia {
    pub url: String,
    #[serde(default)]
    pub alt: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedVariant {
    pub sku: String,
    /// One value per option of the product, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub option_values: Vec<String>,
    /// EAN, UPC or ISBN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<String>,
    /// ISO 4217 code → minor units. Without a price it is shown but not sold.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub prices: std::collections::BTreeMap<String, i64>,
    #[serde(default)]
    pub weight_grams: u32,
    #[serde(default)]
    pub backorder: bool,
    /// Location code → units, set on first import only: afterwards stock changes by movements.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub stock: std::collections::BTreeMap<String, i64>,
}

fn published_by_default() -> bool {
    true
}

fn standard_tax() -> String {
    "standard".to_owned()
}

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub rejected: Vec<RejectedRow>,
}

/// A row that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    pub line: u64,
    pub field: String,
    pub rule: String,
    pub detail: String,
}

/// Words as a guest types them into the search of the shop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SearchProducts {
    /// Up to 500 characters.
    pub text: String,
    /// 1 to 100.
    pub limit: u32,
}

/// What was found, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundProducts {
    pub products: Vec<FoundProduct>,
    /// What was searched for instead, when the catalog lacks a word of the query.
    pub repaired: Option<String>,
    /// Whether the index that answered holds every product; while it is filled it finds less than there is.
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundProduct {
    pub id: ProductId,
    /// The `key` of its row in the import file; `None` for what staff have made.
    pub import_key: Option<String>,
}
